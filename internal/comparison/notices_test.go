package comparison_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

func TestNotices_nameWhatSpoilsComparisons(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(`
openapi: 3.0.3
info: {title: Shop, version: '1', x-opc-config-bas-path: /v1}
servers: [{url: 'https://shop.test/v1'}, {url: 'https://shop.test/'}]
security: [{nobody: []}]
paths:
  /items/{id}: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/None'}}}}}}}
  /items/{name}: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {$ref: 'other.yaml#/A'}}}}}}}
`))
	require.NoError(t, err)
	require.Equal(t, []string{
		"The reference at [root].paths./items/{id}.get.responses.200.content.application/json.schema (#/components/schemas/None) leads to nothing, so nobody can tell what is meant.",
		"The reference at [root].paths./items/{name}.get.responses.200.content.application/json.schema (other.yaml#/A) leads out of the document and is not followed. Publish one document that holds everything.",
		"The path of the server https://shop.test/v1 does not count: pacts are compared with the paths as they stand. If consumers call them with /v1 in front, set x-opc-config-base-path in info.",
		"GET /items/{id} and /items/{name} fit the same requests; pacts that use them cannot be compared.",
		`The security scheme nobody is asked for and defined nowhere; it does not count.`,
		"Nobody knows the setting x-opc-config-bas-path in info; it does not count.",
	}, d.Notices())
}

func TestFindings_sayBothSidesAndWhatToDo(t *testing.T) {
	report, err := compare(withSchema(`{"type":"object","properties":{"price":{"type":"integer"},"name":{"type":"string"}}}`, ""), expecting(`{"pirce":1,"name":null}`))
	require.NoError(t, err)
	require.Len(t, report.Findings, 2)
	byPath := map[string]comparison.Finding{}
	for _, finding := range report.Findings {
		byPath[finding.PactPath] = finding
	}
	added, null := byPath["[root].interactions[0].response.body"], byPath["[root].interactions[0].response.body.name"]
	require.Equal(t, `The response's body has "pirce", which the document does not describe (did you mean "price"?).`, added.Message)
	require.Equal(t, "name in the response's body is null, and must be a string.", null.Message)
	require.Equal(t, "Consumer: expect what the document promises. Provider: correct the schema, if this is what is sent.", null.Remedy)
	require.Equal(t, "[root].paths./items.get.responses.200.content.application/json.schema.properties.name.type", null.SpecPath)
	require.Equal(t, "/paths/~1items/get/responses/200/content/application~1json/schema/properties/name/type", null.SpecPointer)
}
