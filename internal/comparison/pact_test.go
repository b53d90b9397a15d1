package comparison_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

const pactDocument = `{"openapi":"3.0.3","info":{},"paths":{"/a":{
	"get":{"parameters":[{"name":"q","in":"query","schema":{"type":"integer"}},{"name":"X-A","in":"header","schema":{"type":"integer"}}],
		"responses":{"200":{"description":"ok","headers":{"X-B":{"schema":{"type":"integer"}}},"content":{"application/json":{"schema":{"type":"object","properties":{"n":{"type":"integer"}}}}}}}},
	"post":{"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}}}},"responses":{"200":{"description":"ok"}}}}}}`

// pactCase is a whole pact, and what comes of it with pactDocument.
type pactCase struct{ name, pact, want string }

func TestPacts_ofEveryVersion(t *testing.T) {
	get := func(metadata, request, response string) string {
		return `{"interactions":[{"description":"d","request":{"method":"GET","path":"/a"` + request + `},"response":{"status":200` + response + `}}],"metadata":` + metadata + `}`
	}
	post := func(metadata, body string) string {
		return `{"interactions":[{"description":"d","request":{"method":"POST","path":"/a","headers":{"Content-Type":"application/json"}` + body + `},"response":{"status":200}}],"metadata":` + metadata + `}`
	}
	const v1, v2, v3, v4 = `{"pact-specification":{"version":"1.0.0"}}`, `{"pactSpecificationVersion":"2.0.0"}`, `{"pactSpecification":{"version":"3.0.0"}}`, `{"pactSpecification":{"version":"4.0"}}`
	const badAnswer, badRequest = "error response.body.incompatible", "error request.body.incompatible"
	tests := []pactCase{
		{"1: a query is text, headers are texts", get(v1, `,"query":"q=1","headers":{"X-A":"1"}`, `,"headers":{"X-B":"1"},"body":{"n":1}`), ""},
		{"1: and all is judged", get(v1, `,"query":"q=x","headers":{"X-A":"x"}`, `,"headers":{"X-B":"x"},"body":{"n":"x"}`), "error request.query.incompatible; error request.header.incompatible; error response.header.incompatible; " + badAnswer},
		{"2: matching rules say nothing", get(v2, ``, `,"body":{"n":"x"},"matchingRules":{"$.body.n":{"match":"type"}}`), badAnswer},
		{"2: a query by names", get(v2, `,"query":{"q":"1"}`, ``), ""},
		{"3: a query by names with lists", get(v3, `,"query":{"q":["1"]}`, ``), ""},
		{"3: a query by names with lists is judged", get(v3, `,"query":{"q":["x"]}`, ``), "error request.query.incompatible"},
		{"3: headers with lists", get(v3, `,"headers":{"X-A":["1"]}`, `,"headers":{"X-B":["1"]}`), ""},
		{"3: generators say nothing", get(v3, ``, `,"body":{"n":"x"},"generators":{"body":{"$.n":{"type":"RandomInt"}}}`), badAnswer},
		{"3: a body that looks like one of version 4 is what it is", get(v3, ``, `,"body":{"content":{"n":1}}`), badAnswer},
		{"4: a body has its content within", get(v4, ``, `,"body":{"content":{"n":1},"contentType":"application/json","encoded":false}`), ""},
		{"4: and it is judged", get(v4, ``, `,"body":{"content":{"n":"x"},"contentType":"application/json","encoded":false}`), badAnswer},
		{"4: JSON as text", get(v4, ``, `,"body":{"content":"{\"n\":1}","contentType":"application/json","encoded":"JSON"}`), ""},
		{"4: JSON as text is judged", get(v4, ``, `,"body":{"content":"{\"n\":\"x\"}","contentType":"application/json","encoded":"json"}`), badAnswer},
		{"4: a text that is not encoded is a text", get(v4, ``, `,"body":{"content":"{\"n\":1}","contentType":"application/json","encoded":false}`), badAnswer},
		{"4: base64", get(v4, ``, `,"body":{"content":"eyJuIjoxfQ==","contentType":"application/json","encoded":"base64"}`), ""},
		{"4: base64 as a flag", get(v4, ``, `,"body":{"content":"eyJuIjoxfQ==","contentType":"application/json","encoded":true}`), ""},
		{"4: base64 without padding", get(v4, ``, `,"body":{"content":"eyJuIjoxfQ","contentType":"application/json","encoded":"base64"}`), ""},
		{"4: base64 with line breaks", get(v4, ``, `,"body":{"content":"eyJu\nIjoxfQ==","contentType":"application/json","encoded":"base64"}`), ""},
		{"4: base64 is judged", get(v4, ``, `,"body":{"content":"eyJuIjoieCJ9","contentType":"application/json","encoded":"base64"}`), badAnswer},
		{"4: no body", get(v4, ``, ``), ""},
		{"4: a body that is null is none", get(v4, ``, `,"body":null`), ""},
		{"4: content that is null is not judged in an answer", get(v4, ``, `,"body":{"content":null}`), ""},
		{"4: a body without content is an empty text", post(v4, `,"body":{"contentType":"application/json"}`), badRequest},
		{"4: a request's body", post(v4, `,"body":{"content":{"n":1}}`), ""},
		{"4: a request without a body that is required", post(v4, ``), badRequest},
		{"4: a request with null in place of a body that is required", post(v4, `,"body":null`), badRequest},
		{"a newer version reads like 4", get(`{"pactSpecification":{"version":"5.1"}}`, ``, `,"body":{"content":{"n":"x"}}`), badAnswer},
		{"a version that is a number", get(`{"pactSpecification":{"version":4.0}}`, ``, `,"body":{"content":{"n":1}}`), ""},
		{"the first place of the version counts", get(`{"pactSpecification":{"version":"4.0"},"pact-specification":{"version":"1.0.0"}}`, ``, `,"body":{"content":{"n":1}}`), ""},
		{"no version reads like 2", get(`{}`, ``, `,"body":{"content":{"n":1}}`), badAnswer},
		{"a version that is none reads like 2", get(`{"pactSpecification":{"version":"x"}}`, ``, `,"body":{"n":1}`), ""},
		{"no metadata reads like 2", get(`null`, ``, `,"body":{"n":1}`), ""},

		{"null in place of query and headers is none", get(v3, `,"query":null,"headers":null`, `,"headers":null`), ""},
		{"a name without a value, as new libraries write it", get(v4, `,"query":{"flag":[null]}`, ``), "warning request.query.unknown"},
		{"a name with an empty list", get(v4, `,"query":{"flag":[]}`, ``), "warning request.query.unknown"},
		{"a mark at the beginning", "\ufeff" + get(v2, ``, `,"body":{"n":1}`), ""},
		{"a type in other letters", strings.Replace(get(v4, ``, `,"body":{"content":{"n":"x"}}`), `{"description"`, `{"type":"synchronous/http","description"`, 1), badAnswer},
		{"pending only warns", strings.Replace(get(v4, ``, `,"body":{"content":{"n":"x"}}`), `{"description"`, `{"pending":true,"description"`, 1), "warning response.body.incompatible"},
		{"pending false does not", strings.Replace(get(v4, ``, `,"body":{"content":{"n":"x"}}`), `{"description"`, `{"pending":false,"description"`, 1), badAnswer},
		{"no interactions", `{"consumer":{"name":"a"}}`, ""},
		{"null in place of interactions", `{"interactions":null}`, ""},
		{"a body that is null is not judged in an answer", get(v2, ``, `,"body":null`), ""},
		{"an empty body is not judged in an answer", get(v2, ``, `,"body":""`), ""},
	}
	d, err := comparison.ReadDocument([]byte(pactDocument))
	require.NoError(t, err)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.ElementsMatch(t, splitWant(tt.want), kindsAndCodes(findingsFor(t, d, tt.pact)))
		})
	}
}

func TestPacts_thatAreNoneAreRefused(t *testing.T) {
	with := func(interaction string) string {
		return `{"interactions":[{"request":{"path":"/a"},"response":{"status":200}},` + interaction + `]}`
	}
	for name, tt := range map[string]struct{ pact, reason string }{
		"nothing":                     {``, "it is no JSON"},
		"no JSON":                     {`{"interactions":[`, "it is no JSON"},
		"YAML":                        {"interactions: []", "it is no JSON"},
		"more than JSON":              {`{} {}`, "something follows after its end"},
		"a list":                      {`[]`, "no object"},
		"interactions are no list":    {`{"interactions":{}}`, "`interactions` is no list"},
		"an interaction is no object": {with(`7`), "interaction 1 is no object"},
		"no request":                  {with(`{"response":{"status":200}}`), "interaction 1 has no request"},
		"no response":                 {with(`{"request":{"path":"/a"}}`), "interaction 1 has no response"},
		"a method that is no text":    {with(`{"request":{"method":1,"path":"/a"},"response":{"status":200}}`), "method of interaction 1"},
		"no path":                     {with(`{"request":{"method":"GET"},"response":{"status":200}}`), "interaction 1 has no path"},
		"a path that is no text":      {with(`{"request":{"path":["a"]},"response":{"status":200}}`), "interaction 1 has no path"},
		"no status":                   {with(`{"request":{"path":"/a"},"response":{}}`), "interaction 1 has no status"},
		"a status that is text":       {with(`{"request":{"path":"/a"},"response":{"status":"200"}}`), "interaction 1 has no status"},
		"a status with a fraction":    {with(`{"request":{"path":"/a"},"response":{"status":200.5}}`), "interaction 1 has no status"},
		"a query that is a number":    {with(`{"request":{"path":"/a","query":1},"response":{"status":200}}`), "query of interaction 1"},
		"a query of numbers":          {with(`{"request":{"path":"/a","query":{"q":1}},"response":{"status":200}}`), "query of interaction 1"},
		"a query that is a list":      {with(`{"request":{"path":"/a","query":["q=1"]},"response":{"status":200}}`), "query of interaction 1"},
		"headers that are a list":     {with(`{"request":{"path":"/a","headers":[]},"response":{"status":200}}`), "request headers of interaction 1"},
		"headers of numbers":          {with(`{"request":{"path":"/a"},"response":{"status":200,"headers":{"a":1}}}`), "response headers of interaction 1"},
		"nested too deeply":           {with(strings.Repeat("[", 200) + strings.Repeat("]", 200)), "it is no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := comparison.ReadPact([]byte(tt.pact))
			var refusal *comparison.Refusal
			require.True(t, errors.As(err, &refusal), "%v", err)
			require.Equal(t, "pact", refusal.Side)
			require.ErrorContains(t, err, tt.reason)
		})
	}
}

func TestPacts_nameWhatTheyAreAbout(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(pactDocument))
	require.NoError(t, err)
	for name, tt := range map[string]struct{ states, want string }{
		"none":             {``, ""},
		"of version 1":     {`"providerState":"a b",`, "a b"},
		"of the oldest":    {`"provider_state":"a",`, "a"},
		"of version 3":     {`"providerStates":[{"name":"a"},{"name":"b","params":{"x":1}}],`, "a, b"},
		"null":             {`"providerState":null,`, ""},
		"of unknown shape": {`"providerStates":[1,{"nam":"a"}],`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			found := findingsFor(t, d, `{"interactions":[{"type":"Carrier/Pigeon"},{`+tt.states+`"description":"an a","request":{"path":"/b"},"response":{"status":200}}]}`)
			require.Len(t, found, 1)
			require.Equal(t, 1, found[0].Interaction, "the place in the pact, whatever else is there")
			require.Equal(t, "an a", found[0].Description)
			require.Equal(t, tt.want, found[0].State)
			require.Equal(t, "[root].interactions[1].request.path", found[0].PactPath)
		})
	}
}

func TestReport_saysWhatIsNotCovered(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(pactDocument))
	require.NoError(t, err)
	compared := func(interactions string) comparison.Report {
		p, err := comparison.ReadPact([]byte(`{"interactions":[` + interactions + `],"metadata":{"pactSpecification":{"version":"4.0"}}}`))
		require.NoError(t, err)
		report, err := comparison.Compare(d, p)
		require.NoError(t, err)
		return report
	}
	const http, message, pigeon = `{"request":{"path":"/a"},"response":{"status":200}}`, `{"type":"Asynchronous/Messages"}`, `{"type":"Carrier/Pigeon"}`
	for _, tt := range []struct {
		interactions     string
		covered, nothing bool
	}{
		{``, true, false},
		{http, true, false},
		{message, false, true},
		{pigeon, false, true},
		{message + "," + pigeon, false, true},
		{http + "," + message, false, false},
		{http + `,{"type":"Synchronous/Messages"}`, false, false},
	} {
		report := compared(tt.interactions)
		require.True(t, report.Compatible())
		require.Equal(t, tt.covered, report.Covered(), tt.interactions)
		require.Equal(t, tt.nothing, report.NothingCompared(), tt.interactions)
	}
	report := compared(http)
	require.Equal(t, []comparison.Judged{{Method: "GET", Path: "/a"}}, report.Interactions)
}

func TestReport_listsUpToABound(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(pactDocument))
	require.NoError(t, err)
	p, err := comparison.ReadPact([]byte(`{"interactions":[` + strings.TrimSuffix(strings.Repeat(`{"request":{"path":"/b"},"response":{"status":200}},`, 1200), ",") + `]}`))
	require.NoError(t, err)
	report, err := comparison.Compare(d, p)
	require.NoError(t, err)
	require.Len(t, report.Findings, 1000)
	require.Equal(t, 200, report.More)
	require.False(t, report.Compatible())
}
