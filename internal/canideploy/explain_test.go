package canideploy

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

const explainedNo = `{"decision":"no","summary":"One of three pairs stands in the way.","pairs":[
{"code":"verified","decision":"yes","consumer":{"name":"Shop","version":"1a2b"},"provider":{"name":"Mail","version":"3"},"title":"Mail 3 has verified the contract"},
{"code":"failed","decision":"no","consumer":{"name":"Shop","version":"1a2b"},"provider":{"name":"Stock","version":"10"},"title":"Stock 10 fails the contract",
 "explanation":"Two of the fourteen interactions failed: a request for the stock of an article that has been withdrawn, and a request without a warehouse.",
 "since":"2026-11-20T09:30:00Z","self_healing":false,"owner":{"name":"Team Stock"},
 "actions":[{"title":"Look at the failed interactions","url":"http://broker/results/2"},{"title":"Verify again","command":"make verify"},{"title":"Odd","url":"javascript:alert(1)"}]},
{"code":"verification_pending","decision":"unknown","consumer":{"name":"Till","version":"7"},"provider":{"name":"Stock","version":""},"title":"A verification is running","self_healing":true}]}`

func TestExplain_printsEachPairInEightyColumns(t *testing.T) {
	got := ask(t, nil, []string{explainedNo}, "-a", "Shop", "-e", "1a2b", "--to-environment", "prod", "--explain")
	require.Equal(t, exitNo, got.code)
	require.Equal(t, `No: Shop 1a2b cannot be deployed to prod.
One of three pairs stands in the way.

Shop 1a2b and Stock 10
  Stock 10 fails the contract [failed]
  Two of the fourteen interactions failed: a request for the stock of an article
  that has been withdrawn, and a request without a warehouse.
  Since 2026-11-20 09:30 UTC. To be solved by Team Stock.
  -> Look at the failed interactions
     http://broker/results/2
  -> Verify again
     $ make verify
  -> Odd

Till 7 and Stock
  A verification is running [verification_pending]
  May clear up by itself.

Nothing stands between:
- Shop 1a2b and Mail 3: Mail 3 has verified the contract [verified]
`, got.out)
	for line := range strings.Lines(got.out) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 80, line)
	}
	require.True(t, strings.HasPrefix(got.broker.requests(), "GET /api/v1/verdicts?"))
}

func TestExplain_exitsByTheDecision(t *testing.T) {
	for answer, want := range map[string]int{
		`{"decision":"yes"}`: exitYes, `{"decision":"no"}`: exitNo, `{"decision":"unknown"}`: exitNo,
		`{"decision":"perhaps"}`: exitNoVerdict, `{}`: exitNoVerdict, `[`: exitNoVerdict,
	} {
		for _, format := range []string{"table", "json"} {
			got := ask(t, nil, []string{answer}, "-a", "Shop", "-e", "1", "--explain", "-o", format)
			require.Equal(t, want, got.code, answer)
			if format == "json" && want != exitNoVerdict {
				require.Equal(t, answer, got.out)
			}
		}
	}
}

func TestExplain_fallsBackWhereTheBrokerCannot(t *testing.T) {
	for _, noRoute := range []string{
		refusal(http.StatusNotFound), refusal(http.StatusMethodNotAllowed), refusal(http.StatusNotImplemented),
		"HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\n\r\n" + `{"title":"Not found","code":"not_found"}`,
	} {
		got := ask(t, nil, []string{noRoute, unknownAnswer, yesAnswer}, "-a", "Shop", "-e", "1", "--explain", "--retry-while-unknown", "3", "-o", "json")
		require.Equal(t, exitYes, got.code)
		require.Contains(t, got.errOut, "this broker does not explain verdicts (it has no /api/v1/verdicts); here is its ordinary answer\n")
		require.Equal(t, yesAnswer, got.out)
		require.Len(t, got.broker.asked, 3, "the route is not asked for again")
	}
}

func TestExplain_doesNotFallBackWhenTheNameIsWrong(t *testing.T) {
	problem := "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\n\r\n" + `{"title":"Not found","code":"unknown_application","detail":"there is no application Shop"}`
	got := ask(t, nil, []string{problem, yesAnswer}, "-a", "Shop", "-e", "1", "--explain")
	require.Equal(t, exitNoVerdict, got.code)
	require.Contains(t, got.errOut, "there is no application Shop")
	require.Len(t, got.broker.asked, 1)
}

func TestExplain_waitsForWhatMayCome(t *testing.T) {
	pending := strings.Replace(explainedNo, `"decision":"no"`, `"decision":"unknown"`, 1)
	got := ask(t, nil, []string{pending, `{"decision":"yes"}`}, "-a", "Shop", "-e", "1", "--explain", "--retry-while-unknown", "3")
	require.Equal(t, exitYes, got.code)
	require.Contains(t, got.errOut, "  Stock for Till 7: A verification is running\n")
}

func TestExplain_showsWhatFailedAndWhatWasLeftOut(t *testing.T) {
	answer := `{"decision":"no","notices":[{"type":"warning","text":"Mail is external."},{"type":"error","text":"It failed."}],"pairs":[
		{"code":"failed","decision":"no","consumer":{"name":"Shop","version":"1"},"provider":{"name":"Stock","version":"10"},"title":"Stock 10 fails the contract",
		 "result":{"failed_interactions":[{"id":"ab12","description":"","problems":["status: 500"]},{"id":null,"description":"get","problems":[]}]},
		 "actions":[{"title":"Verify","command":"verify --broker-url https://broker.example.org --webhook-callback-url https://broker.example.org/pacts --publish"},
		            {"title":"Deploy","command":"deploy --name 'a --b' --broker-url https://broker.example.org --to-environment production"}]},
		{"code":"unknown_version","decision":"no","consumer":{"name":"Shop","version":"2"},"provider":null,"title":"The broker does not know this version"},
		{"code":"external","decision":"yes","counted":false,"consumer":{"name":"Shop","version":"1"},"provider":{"name":"Mail","version":null},"title":"Mail is external"}]}`
	got := ask(t, nil, []string{answer}, "-a", "Shop", "-e", "1", "--explain")
	require.Equal(t, `No: Shop 1 cannot be deployed beside the latest versions of its partners.
Mail is external.

Shop 1 and Stock 10
  Stock 10 fails the contract [failed]
  - ab12: status: 500
  -> Verify
     $ verify --broker-url https://broker.example.org \
       --webhook-callback-url https://broker.example.org/pacts --publish
  -> Deploy
     $ deploy --name 'a --b' --broker-url https://broker.example.org --to-environment production

Shop 2
  The broker does not know this version [unknown_version]

Left out:
- Shop 1 and Mail: Mail is external [external]
`, got.out)
}
