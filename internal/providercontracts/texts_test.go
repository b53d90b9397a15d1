package providercontracts

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

func TestLinesOf(t *testing.T) {
	document := []byte("openapi: 3.0.3\r\n  paths:\n\n" + strings.Repeat("é", 300))
	require.Equal(t, map[int]string{1: "openapi: 3.0.3", 2: "paths:", 3: "", 4: strings.Repeat("é", 200) + "…"}, LinesOf(document, -1, 0, 1, 2, 3, 4, 5, 2))
	require.Empty(t, LinesOf(document))
	require.Empty(t, LinesOf(nil, 1))
}

// What the pact says is found by the place that a finding names.
func TestPactText_findsWhatIsMeant(t *testing.T) {
	pact := ReadPactText([]byte(`{"interactions": [
		{"request": {"path": "/a<b>", "headers": {"X-Tenant": "7"}, "query": {"q": ["a"]}}, "response": {"status": 200, "body": {"a.b": {"c": [1.50, {"d": null}]}, "a": {"b": "not this"}}}},
		{"type": "Synchronous/HTTP", "response": {"body": {"contentType": "application/json", "content": {"total": 17.5}}}}]}`))
	for place, want := range map[string]string{
		"[root].interactions[0].request.path":             `"/a<b>"`,
		"[root].interactions[0].request.headers.x-tenant": `"7"`,
		"[root].interactions[0].request.query.q":          `["a"]`,
		"[root].interactions[0].response.status":          `200`,
		"[root].interactions[0].response.body.a.b.c.0":    `1.50`,
		"[root].interactions[0].response.body.a.b.c.1.d":  `null`,
		"[root].interactions[1].response.body.total":      `17.5`,
		"[root].interactions[1].response.body":            `{"content":{"total":17.5},"contentType":"application/json"}`,
		"[root].interactions[0].response.body.a.b.c.2":    "",
		"[root].interactions[0].response.body.nothing":    "",
		"[root].interactions[0].response.body.a.b.c.x":    "",
		"[root].interactions[2].request.path":             "",
		"[root].interactions[-1].request.path":            "",
		"[root].interactions[x].request.path":             "",
		"[root].messages[0].contents":                     "",
		"":                                                "",
	} {
		require.Equal(t, want, pact.At(place), place)
	}
	require.NotContains(t, pact.At("[root].interactions[0]"), "\n")
	for _, odd := range []string{"", "7", `{"interactions": 7}`, `{"interactions": [7]}`, "{"} {
		require.Empty(t, ReadPactText([]byte(odd)).At("[root].interactions[0].request.path"), odd)
	}
	long := ReadPactText([]byte(`{"interactions": ["` + strings.Repeat("é", 300) + `"]}`))
	require.Len(t, []rune(long.At("[root].interactions[0]")), longestText+1)
}

func TestSources_tellDocumentsApart(t *testing.T) {
	at := func(sha string, line int) Finding {
		return Finding{Finding: comparison.Finding{}, SHA: sha, Line: line}
	}
	s := ReadSources([]Finding{at("1", 2), at("2", 1), at("2", 0)}, nil, map[string][]byte{"1": []byte("a\nb\n"), "2": []byte("c\nd\n")})
	require.Equal(t, []string{"b", "c", "", ""}, []string{s.Line(at("1", 2)), s.Line(at("2", 1)), s.Line(at("2", 0)), s.Line(at("3", 1))})
	require.Empty(t, Sources{}.Line(at("1", 2)))
}
