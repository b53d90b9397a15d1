package canideploy

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

var drawnWords = []string{"a", "Shop", "0123456789", "注文サービス", "for", "a-word-that-is-longer-than-any-line-of-a-screen-may-be", "é", "1.2.3-beta+4"}

func drawWords(random *rand.Rand, most int) []string {
	words := make([]string, random.IntN(most))
	for i := range words {
		words[i] = drawnWords[random.IntN(len(drawnWords))]
	}
	return words
}

// Lines break between words only; nothing is lost, and no line is too long but one
// that is a single word.
func TestWrap_losesNothing(t *testing.T) {
	random := testrandom.New(t)
	for range 500 {
		words, width, indent := drawWords(random, 20), 20+random.IntN(60), random.IntN(8)
		lines := wrap(strings.Join(words, " "), width, indent)
		require.Equal(t, words, append([]string{}, strings.Fields(strings.Join(lines, " "))...))
		for i, line := range lines {
			if strings.Contains(line, " ") {
				require.LessOrEqual(t, text.StringWidthWithoutEscSequences(line), width-indent)
			}
			if i > 0 {
				first := strings.Fields(line)[0]
				require.Greater(t, text.StringWidthWithoutEscSequences(lines[i-1]+" "+first), width-indent, "a line goes on as long as there is room")
			}
		}
	}
}

func TestBullet_indentsWhatGoesOn(t *testing.T) {
	s := screen{width: 16}
	require.Equal(t, "- one two three\n  four\n  five six\n", s.bullet("- ", plain, "one two three four\nfive six"))
	require.Equal(t, "  -> one\n     two\n", screen{}.bullet("  -> ", plain, "one\ntwo"), "without a width only its own lines count")
	require.Equal(t, "- \x1b[31mone two three\x1b[0m\n  \x1b[31mfour\x1b[0m\n", screen{width: 16, colour: true}.bullet("- ", red, "one two three four"), "each line for itself")
	require.Equal(t, "-\n", s.bullet("- ", plain, ""), "no blanks at the end")
}

// Cells are cut anywhere; put together again they are what they were.
func TestCut_losesNothing(t *testing.T) {
	random := testrandom.New(t)
	for range 500 {
		words, width := strings.Join(drawWords(random, 8), ""), 2+random.IntN(20)
		pieces := strings.Split(cut(words, width), "\n")
		require.Equal(t, words, strings.Join(pieces, ""))
		for _, piece := range pieces {
			require.LessOrEqual(t, text.StringWidthWithoutEscSequences(piece), width)
		}
	}
	require.Equal(t, "注\n文", cut("注文", 1), "a letter that is wider than the cell stays whole")
}

// Room is taken from the widest columns, and never more than is needed.
func TestFit_takesFromTheWidest(t *testing.T) {
	for _, test := range []struct {
		widths []int
		width  int
		want   []int
	}{
		{[]int{8, 10, 8}, 0, []int{8, 10, 8}},
		{[]int{8, 10, 8}, 80, []int{8, 10, 8}},
		{[]int{8, 10, 8}, 36, []int{8, 10, 8}},
		{[]int{8, 10, 8}, 35, []int{8, 9, 8}},
		{[]int{8, 40, 8}, 40, []int{8, 14, 8}},
		{[]int{30, 30}, 27, []int{10, 10}},
		{[]int{4, 4, 4}, 10, []int{4, 4, 4}},
		{[]int{5, 4, 3}, 1, []int{4, 4, 3}},
	} {
		require.Equal(t, test.want, fit(slices.Clone(test.widths), test.width), "%v in %d", test.widths, test.width)
	}
}

// A command can be copied as it is shown: a shell joins the lines again.
func TestFoldCommand_canBeCopied(t *testing.T) {
	random := testrandom.New(t)
	for range 300 {
		parts := []string{"broker"}
		for range random.IntN(8) {
			parts = append(parts, "--"+strings.Join(append(drawWords(random, 4), "x"), " "))
		}
		command, width := strings.Join(parts, " "), 30+random.IntN(60)
		folded := foldCommand(command, width)
		require.Equal(t, command, strings.ReplaceAll(folded, " \\\n      ", ""))
		for i, line := range strings.Split(folded, "\n") {
			if strings.Count(line, " --") > 1 {
				require.LessOrEqual(t, len(line), width+len("       \\"), "line %d of %s", i, folded)
			}
		}
	}
	for _, quoted := range []string{`say "--a  --b" --` + strings.Repeat("c", 99), `say '--a' --` + strings.Repeat("c", 99)} {
		require.Equal(t, quoted, foldCommand(quoted, 20))
	}
}

// Names come from other people. None of them moves the cursor, paints, or turns the
// direction in which a line is read.
func TestWrite_showsHostileNamesAsText(t *testing.T) {
	a, err := parse([]string{"-a", "Shop", "-e", "1a2b"})
	require.NoError(t, err)
	for name, hostile := range map[string]string{
		"an escape": `\u001b[2J`, "a return": `\r`, "a bell": `\u0007`, "another control": `\u009b31m`, "a turn": `\u202e`, "an inner turn": `\u2067`, "a mark": `\u200f`,
	} {
		t.Run(name, func(t *testing.T) {
			m, err := readMatrix([]byte(strings.NewReplacer("Stock", "St"+hostile+"ock", "it failed", "it"+hostile+" failed", "results/2", "results"+hostile+"/2").Replace(noAnswer)))
			require.NoError(t, err)
			for _, s := range []screen{{}, {terminal: true, width: 80}} {
				var out strings.Builder
				require.NoError(t, m.write(&out, a, s))
				require.Contains(t, out.String(), "St")
				require.False(t, strings.ContainsAny(out.String(), "\x1b\r\x07\u009b\u202e\u2067\u200f"), "%q", out.String())
			}
		})
	}
}

func TestUnsafeURL_isAnythingButTheWeb(t *testing.T) {
	for address, unsafe := range map[string]bool{
		"http://b/x": false, "https://b/x": false, "HTTPS://b": false,
		"javascript:alert(1)": true, "file:///etc/passwd": true, "//b/x": true, "b": true, "": true, "ht\x00tp://b": true, "data:text/html,x": true,
	} {
		require.Equal(t, unsafe, unsafeURL(address), address)
	}
}

// What was found is shown as far as it can be read at a glance.
func TestExplain_showsTenProblemsAtMost(t *testing.T) {
	problems := func(n int) string { return strings.TrimSuffix(strings.Repeat(`"wrong",`, n), ",") }
	for n, want := range map[int]bool{9: false, 10: false, 11: true, 30: true} {
		e, err := readExplanation([]byte(`{"decision":"no","pairs":[{"code":"failed","decision":"no","consumer":{"name":"Shop","version":"1"},"provider":{"name":"Stock","version":"2"},"title":"It fails",
			"result":{"failed_interactions":[{"description":"get","problems":[` + problems(n) + `]}]}}]}`))
		require.NoError(t, err)
		var out strings.Builder
		require.NoError(t, e.write(&out, &arguments{}, screen{}))
		require.Equal(t, min(n, 10), strings.Count(out.String(), "  - get: wrong\n"))
		require.Equal(t, want, strings.Contains(out.String(), "  - more is in the result\n"))
	}
}

// Each step is advised once, and none for what does not stand in the way.
func TestNext_advisesForWhatStandsInTheWay(t *testing.T) {
	pair := func(decision string, counted bool, titles ...string) client.Pair {
		p := client.Pair{Decision: decision, Counted: &counted}
		for _, title := range titles {
			p.Actions = append(p.Actions, client.Action{Title: title})
		}
		return p
	}
	e := &explanation{Verdict: client.Verdict{Pairs: []client.Pair{
		pair(client.No, true, "Mend Stock", "Look at it"), pair(client.Unknown, true, "Verify Mail"), pair(client.No, true, "Mend Stock"),
		pair(client.Yes, true, "Nothing"), pair(client.No, false, "Left out"), pair(client.No, true),
	}}}
	require.Equal(t, []string{"Mend Stock", "Verify Mail"}, e.next())
	require.Len(t, e.inTheWay(), 4)
}

// The end of an address is told with what the broker says of it.
func TestDeprecation_readsWhatHeadersSay(t *testing.T) {
	for value, want := range map[string]string{
		"@1767225600": "2026-01-01", "Thu, 01 Jan 2026 00:00:00 GMT": "2026-01-01", "@x": "", "true": "", "": "", "@": "",
	} {
		at, ok := deprecationDate(value)
		require.Equal(t, want != "", ok, value)
		if ok {
			require.Equal(t, want, at.Format("2006-01-02"), value)
		}
	}
	for name, test := range map[string]struct {
		links []string
		want  string
	}{
		"none":                       {nil, ""},
		"another one":                {[]string{`<http://b/x>; rel="self"`}, ""},
		"in one header":              {[]string{`<http://b/x>; rel="self", <http://b/new>; rel="successor-version"`}, "http://b/new"},
		"in two headers":             {[]string{`<http://b/x>; rel="self"`, `<http://b/new>; rel="sunset"`}, "http://b/new"},
		"without quotes":             {[]string{`<http://b/new>; rel=deprecation; type="text/html"`}, "http://b/new"},
		"what explains comes first":  {[]string{`<http://b/new>; rel="successor-version", <http://b/why>; rel="deprecation"`}, "http://b/why"},
		"a comma within the address": {[]string{`<http://b/a,b>; rel="deprecation"`}, "http://b/a,b"},
		"what is no link":            {[]string{`http://b/new; rel="deprecation"`}, ""},
	} {
		require.Equal(t, test.want, adviceLink(test.links), name)
	}
}

func TestRetryAfter_readsSecondsAndDates(t *testing.T) {
	now := (&fakeClock{}).now()
	for value, want := range map[string]string{
		"0": "0s", "7": "7s", "86400": "1h0m0s", "99999999999999": "1h0m0s", "-1": "none", "1.5": "none", "soon": "none", "": "none",
		"Sat, 21 Nov 2026 10:00:09 GMT": "9s", "Sat, 21 Nov 2026 09:00:00 GMT": "0s",
	} {
		wait, ok := retryAfter(value, now)
		got := wait.String()
		if !ok {
			got = "none"
		}
		require.Equal(t, want, got, value)
	}
}

// No answer but one that says so plainly is a yes.
func FuzzReadMatrix(f *testing.F) {
	for _, answer := range []string{yesAnswer, noAnswer, unknownAnswer, `{"summary":{"deployable":1}}`, `{"summary":null}`, `[]`, `{"summary":{"deployable":true},"matrix":[null,{"consumer":null}]}`} {
		f.Add([]byte(answer))
	}
	a, err := parse([]string{"-a", "Shop", "-e", "1"})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := readMatrix(body)
		if err != nil {
			return
		}
		if m.verdict() == yes {
			var plain struct{ Summary struct{ Deployable any } }
			require.NoError(t, json.Unmarshal(body, &plain))
			require.Equal(t, true, plain.Summary.Deployable)
			require.False(t, m.missing())
		}
		for _, s := range []screen{{}, {terminal: true, colour: true, width: 40}} {
			require.NoError(t, m.write(&strings.Builder{}, a, s))
		}
	})
}
