package web

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

func TestQueryLines_areOneForEachField(t *testing.T) {
	for query, want := range map[string]string{
		`{a}`:                                    "{\n  a\n}",
		`query Q($a:Int!=1){b(c:$a)}`:            "query Q($a: Int! = 1) {\n  b(c: $a)\n}",
		`{a,b c:d e(f:[1,2],g:{h:"{ \" }"}){i}}`: "{\n  a\n  b\n  c: d\n  e(f: [1, 2], g: { h: \"{ \\\" }\" }) {\n    i\n  }\n}",
		`{...F ...on T@include(if:$x){y}} fragment F on T{z}`: "{\n  ...F\n  ... on T @include(if: $x) {\n    y\n  }\n}\nfragment F on T {\n  z\n}",
		"{ a # why\n b }":                     "{\n  a\n  # why\n  b\n}",
		"mutation { a(b: \"\"\"x\ny\"\"\") }": "mutation {\n  a(b: \"\"\"x\ny\"\"\")\n}",
		"":                                    "",
		"}}} a":                               "}\n}\n}\na",
	} {
		require.Equal(t, want, strings.Join(queryLines(query), "\n"), query)
	}
}

// However broken a query is, the page shows each of its words, in their order.
func TestQueryLines_loseNoWord(t *testing.T) {
	random := testrandom.New(t)
	words := []string{"{", "}", "(", ")", "[", "]", "a", "query", "on", "...", "@x", "$y", ":", "!", "=", `"s { "`, "1", "\n", " ", "#c\n", "|", "&", "é", `"`}
	squeezed := func(text string) string { return strings.Join(strings.Fields(text), "") }
	for range 2_000 {
		var query strings.Builder
		for range random.IntN(30) {
			query.WriteString(words[random.IntN(len(words))] + " ")
		}
		require.Equal(t, squeezed(query.String()), squeezed(strings.Join(queryLines(query.String()), "\n")), query.String())
	}
}

func TestContentOf_findsQueriesOfGraphQL(t *testing.T) {
	for content, want := range map[string]string{
		`{"query":"{ a }"}`: "{ a }", `{"query":"  # c\n query A { a }"}`: "  # c\n query A { a }", `{"query":"mutation($a: A) { a }"}`: "mutation($a: A) { a }",
		`{"query":"shoes"}`: "", `{"query":"shoes {red}"}`: "", `{"query":"query the index"}`: "", `{"query":{"a":1}}`: "", `[]`: "",
	} {
		query, is := contentOf([]byte(content), "application/json", false).graphQL()
		require.Equal(t, want != "", is, content)
		if is {
			require.Equal(t, want, query)
		}
	}
	query, is := contentOf([]byte(`"{ a }"`), "application/graphql; charset=utf-8", false).graphQL()
	require.True(t, is)
	require.Equal(t, "{ a }", query)
}

func TestHeadingOf_leavesOpenWhatTheRuleLeavesOpen(t *testing.T) {
	for _, c := range []struct{ path, regex, want string }{
		{"/orders/1", `^\/orders\/\d+$`, "/orders/{…}"}, {"/orders/1/lines/2", `/orders/\d+/lines/[0-9]+`, "/orders/{…}/lines/{…}"}, {"/a.b/1", `/a\.b/\w+`, "/a.b/{…}"}, {"/a-b/1", `/a\-b/\w+`, "/a-b/{…}"},
		{"/orders", "/orders", ""}, {"/orders/1", `.*`, ""}, {"/orders/1", `/(orders/\d+|x)`, ""}, {"/orders/1", `/orders/[^/]+`, ""}, {"/orders/1/x", `/orders/\d+`, ""},
	} {
		require.Equal(t, c.want, headingOf(c.path, c.regex), c)
	}
}

func TestMarkupOf_keepsCodeApart(t *testing.T) {
	require.Equal(t, []markupBlock{{Text: "before\n" + "<b>"}, {Code: true, Text: "a {\n  b\n}"}, {Text: "after"}}, markupOf([]byte(`{"markup":"before\n<b>\n`+"```proto\\na {\\n  b\\n}\\n```\\n"+`after\n","markupType":"COMMON_MARK"}`)))
	require.Equal(t, []markupBlock{{Code: true, Text: "open"}}, markupOf([]byte(`{"markup":"`+"```\\nopen"+`"}`)))
	for _, none := range []string{`{}`, `{"markup":" "}`, `[]`, `null`} {
		require.Empty(t, markupOf([]byte(none)), none)
	}
}
