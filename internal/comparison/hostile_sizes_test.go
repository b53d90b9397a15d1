package comparison_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// many writes something for each number, with commas between.
func many(n int, write func(i int) string) string {
	var text strings.Builder
	for i := range n {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(write(i))
	}
	return text.String()
}

func pactOf(interactions string) string { return `{"interactions":[` + interactions + `]}` }

// Two files that are large each in their own way must not take the time of both
// multiplied: a comparison ends with a report, or says why it does not go on. Where one
// does not end at all the test does not either.
func TestCompare_doesNotMultiplyLargeFiles(t *testing.T) {
	const n = 12_000
	get := func(i int) string {
		return fmt.Sprintf(`{"request":{"path":"/p%d"},"response":{"status":200}}`, i)
	}
	operation := func(parts string) string {
		return `{"openapi":"3.1.0","info":{},"paths":{"/a":{"get":{` + parts + `}}}}`
	}
	request := func(parts string) string { return `{"request":{"path":"/a",` + parts + `},"response":{"status":200}}` }
	answer := func(body string) string {
		return `{"request":{"path":"/a"},"response":{"status":200,"body":` + body + `}}`
	}
	schema := func(schema string) string {
		return operation(`"responses":{"200":{"content":{"application/json":{"schema":` + schema + `}}}}`)
	}
	tests := map[string]struct{ document, pact string }{
		"paths and interactions": {`{"openapi":"3.0.3","paths":{` + many(n, func(i int) string { return fmt.Sprintf(`"/q%d":{"get":{"responses":{"200":{}}}}`, i) }) + `}}`, pactOf(many(n, get))},
		"templates of many parameters": {`{"openapi":"3.0.3","paths":{` + many(2000, func(i int) string {
			return fmt.Sprintf(`"/%s%d":{"get":{}}`, strings.Repeat("{a}-", 40), i)
		}) + `}}`, pactOf(many(300, func(int) string {
			return `{"request":{"path":"/` + strings.Repeat("-", 20_000) + `"},"response":{"status":200}}`
		}))},
		"parameters and interactions": {operation(`"parameters":[` + many(n, func(i int) string { return fmt.Sprintf(`{"name":"p%d","in":"query"}`, i) }) + `],"responses":{"200":{}}`), pactOf(many(n, func(int) string { return request(`"query":"a=1"`) }))},
		"parameters and the query": {operation(`"parameters":[` + many(n, func(i int) string { return fmt.Sprintf(`{"name":"p%d","in":"query"}`, i) }) + `],"responses":{"200":{}}`),
			pactOf(request(`"query":"` + strings.ReplaceAll(many(n, func(i int) string { return fmt.Sprintf("q%d=1", i) }), ",", "&") + `"`))},
		"headers and headers": {operation(`"parameters":[` + many(n, func(i int) string { return fmt.Sprintf(`{"name":"p%d","in":"header"}`, i) }) + `],"responses":{"200":{"headers":{` + many(n, func(i int) string { return fmt.Sprintf(`"h%d":{}`, i) }) + `}}}`),
			pactOf(`{"request":{"path":"/a","headers":{` + many(n, func(i int) string { return fmt.Sprintf(`"q%d":"1"`, i) }) + `}},"response":{"status":200,"headers":{` + many(n, func(i int) string { return fmt.Sprintf(`"g%d":"1"`, i) }) + `}}}`)},
		"types and Accept": {operation(`"responses":{"200":{"content":{` + many(n, func(i int) string { return fmt.Sprintf(`"a/b%d":{}`, i) }) + `}}}`), pactOf(request(`"headers":{"Accept":"` + many(n, func(i int) string { return fmt.Sprintf("c/d%d", i) }) + `"}`))},
		"security schemes and the query": {`{"openapi":"3.0.3","security":[` + many(n, func(i int) string { return fmt.Sprintf(`{"k%d":[]}`, i) }) + `],"components":{"securitySchemes":{` +
			many(n, func(i int) string { return fmt.Sprintf(`"k%d":{"type":"apiKey","in":"query","name":"k%d"}`, i, i) }) + `}},"paths":{"/a":{"get":{"responses":{"200":{}}}}}}`,
			pactOf(request(`"query":"` + strings.ReplaceAll(many(n, func(i int) string { return fmt.Sprintf("q%d=1", i) }), ",", "&") + `"`))},
		"unknown security schemes": {`{"openapi":"3.0.3","security":[` + many(n, func(i int) string { return fmt.Sprintf(`{"k%d":[]}`, i) }) + `],"paths":{"/a":{"get":{"responses":{"200":{}}}}}}`, pactOf(request(`"query":null`))},
		"required names":           {schema(`{"type":"object","oneOf":[{}],"required":[` + many(4*n, func(i int) string { return fmt.Sprintf(`"r%d"`, i) }) + `]}`), pactOf(answer(`{}`))},
		"properties that nobody described": {schema(`{"type":"array","items":{"type":"object","properties":{` + many(4000, func(i int) string { return fmt.Sprintf(`"a_property_%d":{}`, i) }) + `}}}`),
			pactOf(answer(`[` + many(n, func(i int) string { return fmt.Sprintf(`{"another_property_%d":1}`, i) }) + `]`))},
		"properties that nobody described in a composition": {schema(`{"type":"array","items":{"allOf":[{"type":"object","properties":{` + many(4000, func(i int) string { return fmt.Sprintf(`"a_property_%d":{"type":"integer"}`, i) }) + `}},{"properties":{"z":{}}}]}}`),
			pactOf(answer(`[` + many(n/4, func(i int) string { return fmt.Sprintf(`{"a_property_%d":"x","another":1}`, i%4000) }) + `]`))},
		"properties that nobody described, each by itself": {schema(`{"allOf":[{"properties":{` + many(5000, func(i int) string { return fmt.Sprintf(`"a%d":{}`, i) }) + `}}]}`),
			pactOf(answer(`{` + many(4*n, func(i int) string { return fmt.Sprintf(`"b%d":1`, i) }) + `}`))},
		"discriminators with a mapping": {`{"openapi":"3.0.3","paths":{"/a":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"oneOf":[` + many(8000, func(i int) string { return fmt.Sprintf(`{"$ref":"#/components/schemas/S%d"}`, i) }) +
			`],"discriminator":{"propertyName":"k","mapping":{` + many(n, func(i int) string { return fmt.Sprintf(`"m%d":"#/components/schemas/S%d"`, i, i%8000) }) + `}}}}}}}}}},"components":{"schemas":{` + many(8000, func(i int) string { return fmt.Sprintf(`"S%d":{"type":"object","properties":{"k":{}}}`, i) }) + `}}}`,
			pactOf(answer(`{"k":"m11999"}`))},
		"channels and messages": {`{"asyncapi":"2.6.0","channels":{` + many(n, func(i int) string { return fmt.Sprintf(`"c%d":{"publish":{"operationId":"o%d"}}`, i, i) }) + `}}`,
			`{"metadata":{"pactSpecification":{"version":"4.0"}},"interactions":[` + many(n/2, func(i int) string { return event(fmt.Sprintf("x%d", i), contents(`1`)) }) + `]}`},
		"forms": {operation(`"responses":{"200":{"content":{"application/x-www-form-urlencoded":{"schema":{"type":"object","additionalProperties":{"anyOf":[` + many(900, func(int) string { return `{"type":"string"}` }) + `]}}}}}}`),
			pactOf(`{"request":{"path":"/a"},"response":{"status":200,"headers":{"Content-Type":"application/x-www-form-urlencoded"},"body":"` + strings.ReplaceAll(many(n, func(i int) string { return fmt.Sprintf("q%d=1", i) }), ",", "&") + `"}}`)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := comparison.ReadDocument([]byte(tt.document))
			require.NoError(t, err)
			p, err := comparison.ReadPact([]byte(tt.pact))
			require.NoError(t, err)
			d.Notices()
			if _, err = comparison.Compare(d, p); err != nil {
				require.Regexp(t, "asks for more work than any honest|it has too many parts", err)
			}
		})
	}
}
