package comparison_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// withSchema is a document with one operation that answers with a schema.
func withSchema(schema, schemas string) string {
	return fmt.Sprintf(`{"openapi":"3.1.0","info":{},"paths":{"/items":{"get":{"responses":{"200":{"description":"ok","content":
		{"application/json":{"schema":%s}}}}}}},"components":{"schemas":{%s}}}`, schema, schemas)
}

// expecting is a pact that expects a body of that operation.
func expecting(body string) string {
	return fmt.Sprintf(`{"consumer":{"name":"Web"},"provider":{"name":"Shop"},"interactions":[{"description":"items","request":{"method":"GET","path":"/items"},
		"response":{"status":200,"headers":{"Content-Type":"application/json"},"body":%s}}]}`, body)
}

func compare(document, pact string) (comparison.Report, error) {
	d, err := comparison.ReadDocument([]byte(document))
	if err != nil {
		return comparison.Report{}, err
	}
	p, err := comparison.ReadPact([]byte(pact))
	if err != nil {
		return comparison.Report{}, err
	}
	return comparison.Compare(d, p)
}

// deep is a value within n others.
func deep(open, inner, end string, n int) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
}

// doubling are schemas that each refer twice to the next one.
func doubling(keyword string, levels int) string {
	var schemas []string
	for i := range levels {
		schemas = append(schemas, fmt.Sprintf(`"S%d":{%q:[{"$ref":"#/components/schemas/S%d"},{"$ref":"#/components/schemas/S%d"}]}`, i, keyword, i+1, i+1))
	}
	return strings.Join(append(schemas, fmt.Sprintf(`"S%d":{"type":"string"}`, levels)), ",")
}

func TestCompare_endsForHostileFiles(t *testing.T) {
	selfTwice := `{"allOf":[{"properties":{"a":{"$ref":"#/components/schemas/S"}}},{"properties":{"a":{"$ref":"#/components/schemas/S"}}}]}`
	selfNot := `{"not":{"anyOf":[{"properties":{"a":{"$ref":"#/components/schemas/S"}},"minProperties":1},{"properties":{"a":{"$ref":"#/components/schemas/S"}},"minProperties":1}]}}`
	ref := `{"$ref":"#/components/schemas/S"}`
	tests := map[string]struct{ document, pact, refusal string }{
		"a bomb of references":                   {withSchema(`{"$ref":"#/components/schemas/S0"}`, doubling("allOf", 60)), expecting(`"x"`), "asks for more work"},
		"a bomb of alternatives":                 {withSchema(`{"$ref":"#/components/schemas/S0"}`, doubling("anyOf", 60)), expecting(`1`), "asks for more work"},
		"a schema that doubles with each level":  {withSchema(ref, `"S":`+selfTwice), expecting(deep(`{"a":`, "1", "}", 60)), "asks for more work"},
		"a schema that doubles unheard":          {withSchema(ref, `"S":`+selfNot), expecting(deep(`{"a":`, "1", "}", 60)), "asks for more work"},
		"a schema that is itself":                {withSchema(ref, `"S":{"$ref":"#/components/schemas/S"}`), expecting(`1`), ""},
		"a schema that is part of itself":        {withSchema(ref, `"S":{"allOf":[{"$ref":"#/components/schemas/S"}]}`), expecting(`1`), "refers to itself"},
		"a cycle of alternatives":                {withSchema(ref, `"S":{"oneOf":[{"$ref":"#/components/schemas/T"}]},"T":{"anyOf":[{"$ref":"#/components/schemas/S"}]}`), expecting(`{}`), "refers to itself"},
		"a document without end":                 {deep(`{"a":`, "1", "}", 100_000), expecting(`1`), "nested too deeply"},
		"a pact without end":                     {withSchema(`true`, ""), expecting(deep("[", "", "]", 100_000)), "no JSON"},
		"a flow of brackets":                     {strings.Repeat("[", 700_000), expecting(`1`), "neither JSON nor YAML"},
		"a number beyond all bounds":             {withSchema(`{"minimum":1e999999999}`, ""), expecting(`1`), "number beyond"},
		"an example beyond all bounds":           {withSchema(`{"minimum":1}`, ""), expecting(`1e999999999`), "number beyond"},
		"laughter":                               {laughter(), expecting(`1`), "it holds too much"},
		"an alias of itself":                     {"openapi: 3.0.0\npaths: &p\n  a: *p\n", expecting(`1`), "alias"},
		"a list":                                 {`[]`, expecting(`1`), "no object"},
		"nothing":                                {``, expecting(`1`), "neither JSON nor YAML"},
		"much too much":                          {strings.Repeat(" ", 21<<20), expecting(`1`), "20 MB is the limit"},
		"a hundred thousand schemas in a circle": {withSchema(`{"$ref":"#/components/schemas/S0"}`, circle(100_000)), expecting(`{}`), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			started := time.Now()
			_, err := compare(tt.document, tt.pact)
			require.Less(t, time.Since(started), 10*time.Second)
			if tt.refusal == "" {
				require.NoError(t, err)
				return
			}
			var refusal *comparison.Refusal
			require.True(t, errors.As(err, &refusal), "%v", err)
			require.Contains(t, err.Error(), tt.refusal)
		})
	}
}

// laughter is a YAML document whose aliases multiply to billions.
func laughter() string {
	var text strings.Builder
	text.WriteString("openapi: 3.0.0\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&text, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	return text.String()
}

// circle are schemas that each hold the next one, and the last the first.
func circle(n int) string {
	var schemas []string
	for i := range n {
		schemas = append(schemas, fmt.Sprintf(`"S%d":{"properties":{"a":{"$ref":"#/components/schemas/S%d"}}}`, i, (i+1)%n))
	}
	return strings.Join(schemas, ",")
}

func TestCompare_isNotHeldUpByAPattern(t *testing.T) {
	started := time.Now()
	report, err := compare(withSchema(`{"type":"string","pattern":"^(?=a)(a+)+$"}`, ""), expecting(`"`+strings.Repeat("a", 60)+`!"`))
	require.NoError(t, err)
	require.True(t, report.Compatible(), "a pattern that takes too long says nothing")
	require.Equal(t, []string{"warning response.body.unvalidatable"}, kindsAndCodes(report.Findings), "and that is told")
	require.Less(t, time.Since(started), 5*time.Second)
}

func TestCompare_fetchesNothing(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("something was fetched") }))
	defer server.Close()
	for _, ref := range []string{server.URL + "/schema.json", "file:///etc/passwd", "other.yaml#/a", "https://json-schema.org/draft/2020-12/schema"} {
		report, err := compare(withSchema(fmt.Sprintf(`{"$ref":%q}`, ref), ""), expecting(`1`))
		require.NoError(t, err)
		require.Equal(t, "response.body.unknown", report.Findings[0].Code, "nobody knows what stands there")
	}
}

func TestCompare_keepsWithinItsMemory(t *testing.T) {
	document := withSchema(`{"$ref":"#/components/schemas/S0"}`, doubling("anyOf", 60))
	d, err := comparison.ReadDocument([]byte(document))
	require.NoError(t, err)
	p, err := comparison.ReadPact([]byte(expecting(`1`)))
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = comparison.Compare(d, p)
	require.Error(t, err)
	runtime.ReadMemStats(&after)
	require.Less(t, after.HeapAlloc-min(before.HeapAlloc, after.HeapAlloc), uint64(256<<20))
}
