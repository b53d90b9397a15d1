package canideploy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/stretchr/testify/require"
)

func rowsOf(t *testing.T, pairs ...[4]string) []matrixRow {
	t.Helper()
	var rows []matrixRow
	for _, p := range pairs {
		row := matrixRow{Consumer: side{Name: p[0]}, Provider: side{Name: p[2]}}
		require.NoError(t, json.Unmarshal(fmt.Appendf(nil, `{"number":%q}`, p[1]), &row.Consumer.Version))
		if p[3] != "" {
			require.NoError(t, json.Unmarshal(fmt.Appendf(nil, `{"number":%q}`, p[3]), &row.Provider.Version))
			require.NoError(t, json.Unmarshal([]byte(`{"success":true}`), &row.Result))
		}
		rows = append(rows, row)
	}
	return rows
}

func TestDrawTable_isPlainInAPipe(t *testing.T) {
	rows := rowsOf(t, [4]string{"Shop", "0123456789012345678901234567890123456789", "Stock", "10"}, [4]string{"Warehouse", "2", "Stock", ""})
	require.Equal(t, `
CONSUMER   VERSION                                   PROVIDER  VERSION  RESULT
Shop       0123456789012345678901234567890123456789  Stock     10       success
Warehouse  2                                         Stock     none     not verified
`, "\n"+drawTable(screen{}, rows, []int{0, 0}))
}

func TestDrawTable_hasBordersInATerminal(t *testing.T) {
	rows := rowsOf(t, [4]string{"Shop", "0123456789012345678901234567890123456789", "Stock", "10"})
	require.Equal(t, `
┌──────────┬────────────┬──────────┬─────────┬─────────┬───┐
│ CONSUMER │ VERSION    │ PROVIDER │ VERSION │ RESULT  │ # │
├──────────┼────────────┼──────────┼─────────┼─────────┼───┤
│ Shop     │ 0123456789 │ Stock    │ 10      │ success │ 1 │
└──────────┴────────────┴──────────┴─────────┴─────────┴───┘
`, "\n"+drawTable(screen{terminal: true, width: 80}, rows, []int{1}))
}

func TestDrawTable_saysByWhatRowsWereJudged(t *testing.T) {
	rows := rowsOf(t, [4]string{"Shop", "1", "Stock", "10"}, [4]string{"Shop", "1", "Mail", "3"}, [4]string{"Till", "2", "Stock", ""})
	rows[0].Type, rows[1].Type = "BDCT", "CDCT"
	require.Equal(t, `
CONSUMER  VERSION  PROVIDER  VERSION  RESULT        VERIFICATION TYPE  #
Shop      1        Stock     10       success       BDCT
Shop      1        Mail      3        success       CDCT               1
Till      2        Stock     none     not verified  unknown
`, "\n"+drawTable(screen{}, rows, []int{0, 1, 0}))
	require.NotContains(t, drawTable(screen{}, rows[1:], []int{0, 0}), "TYPE", "nothing new for those who only verify")
}

func TestDrawTable_keepsToTheWidth(t *testing.T) {
	long := strings.Repeat("very-long-name-", 9)
	for _, row := range [][4]string{
		{long, "1", "Stock", "10"}, {long, long, long, long}, {"注文サービス注文サービス注文サービス注文サービス", "1.0.0-beta+0123456789", "Stock 2", long},
		{"Shop", "0123456789012345678901234567890123456789", "Stock", "9876543210987654321098765432109876543210"},
	} {
		for _, width := range []int{40, 80, 120} {
			for _, colour := range []bool{false, true} {
				table := drawTable(screen{terminal: true, colour: colour, width: width}, rowsOf(t, row), []int{1})
				for line := range strings.Lines(table) {
					require.LessOrEqual(t, text.StringWidthWithoutEscSequences(strings.TrimRight(line, "\n")), width, table)
				}
				if !strings.Contains(row[1], "0123456789") {
					require.Equal(t, count(strings.Join(row[:], ""), 'v'), count(table, 'v'), "nothing of a name is lost:\n%s", table)
				}
			}
		}
	}
}

func count(words string, letter rune) int {
	return strings.Count(words, string(letter))
}

func TestWrap_keepsLongWordsWhole(t *testing.T) {
	require.Equal(t, []string{"see", "http://broker.example/very/long", "for it"}, wrap("see http://broker.example/very/long for it", 12, 0))
	require.Equal(t, []string{"one two", "three"}, wrap(" one  two three ", 12, 2))
	require.Equal(t, []string{"as it  is"}, wrap("as it  is", 0, 0))
}

func TestWrite_coloursWhatCounts(t *testing.T) {
	a, err := parse([]string{"-a", "Shop", "-e", "1a2b", "--to-environment", "prod"})
	require.NoError(t, err)
	for _, test := range []struct{ answer, want string }{
		{yesAnswer, "\x1b[32mYes: Shop 1a2b can be deployed to prod.\x1b[0m\n"},
		{noAnswer, "\x1b[31mNo: Shop 1a2b cannot be deployed to prod.\x1b[0m\n"},
		{unknownAnswer, "\x1b[33mNot known: whether Shop 1a2b can be deployed to prod.\x1b[0m\n"},
	} {
		m, err := readMatrix([]byte(test.answer))
		require.NoError(t, err)
		var out strings.Builder
		require.NoError(t, m.write(&out, a, screen{terminal: true, colour: true, width: 80}))
		require.True(t, strings.HasPrefix(out.String(), test.want), out.String())
		out.Reset()
		require.NoError(t, m.write(&out, a, screen{terminal: true, width: 80}))
		require.NotContains(t, out.String(), "\x1b")
	}
}

func TestWriteBody_endsTheLineOnlyInATerminal(t *testing.T) {
	for _, test := range []struct {
		body, want string
		s          screen
	}{{"{}", "{}", screen{}}, {"{}", "{}\n", screen{terminal: true}}, {"{}\n", "{}\n", screen{terminal: true}}} {
		var out strings.Builder
		require.NoError(t, writeBody(&out, []byte(test.body), test.s))
		require.Equal(t, test.want, out.String())
	}
}

func TestWrite_doesNotLetNamesSteerTheTerminal(t *testing.T) {
	a, err := parse([]string{"-a", "Shop", "-e", "1a2b"})
	require.NoError(t, err)
	for _, answer := range []string{strings.ReplaceAll(noAnswer, "Stock", `St\u001b[31mock`), strings.ReplaceAll(noAnswer, "it failed", `it\u001b[2J failed`),
		strings.ReplaceAll(noAnswer, "results/2", `results\u001b[2J/2`)} {
		m, err := readMatrix([]byte(answer))
		require.NoError(t, err)
		for _, s := range []screen{{}, {terminal: true, width: 80}} {
			var out strings.Builder
			require.NoError(t, m.write(&out, a, s))
			require.NotContains(t, out.String(), "\x1b")
		}
	}
}

func TestNext_saysEachThingOnce(t *testing.T) {
	a, err := parse([]string{"-a", "Shop", "-e", "1a2b", "--to-environment", "prod"})
	require.NoError(t, err)
	m, err := readMatrix([]byte(unknownAnswer))
	require.NoError(t, err)
	m.Rows = append(m.Rows, m.Rows[0])
	const verify = "Let the Stock that is in prod verify the contract of Shop 1a2b and publish the result. If none is there, deploy one first."
	require.Equal(t, []string{verify, "If a verification is still running, --retry-while-unknown 30 waits for its result."}, m.next(a))
	a.unknownRetries = 3
	require.Equal(t, []string{verify}, m.next(a), "who has waited need not be told to wait")
	a.environment = ""
	require.Equal(t, []string{"Let Stock verify the contract of Shop 1a2b and publish the result."}, m.next(a))
}

func TestShorten_leavesAddressesAlone(t *testing.T) {
	const hash = "0123456789abcdef0123456789abcdef01234567"
	s := screen{terminal: true, width: 80}
	require.Equal(t, "Shop 0123456789 and 1.2+0123456789", s.shorten("Shop "+hash+" and 1.2+"+hash))
	require.Equal(t, "http://b/pact-version/"+hash+"/x", s.shorten("http://b/pact-version/"+hash+"/x"))
	require.Equal(t, hash, screen{}.shorten(hash))
}
