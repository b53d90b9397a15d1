package comparison_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

// openAPI32 is a document with what OpenAPI 3.2 has brought; other versions do not
// know it.
const openAPI32 = `{"openapi":"3.2.0","info":{},"paths":{
	"/find":{"query":{"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["q"],"properties":{"q":{"type":"string"}}}}}},"responses":{"200":{"content":{"application/json":{"schema":{"type":"array","items":{"type":"integer"}}}}}}},
		"additionalOperations":{"COPY":{"responses":{"204":{"description":"copied"}}},"GET":{"responses":{"200":{"description":"got"}}}}},
	"/list":{"get":{"parameters":[{"name":"all","in":"querystring","content":{"application/x-www-form-urlencoded":{"schema":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"},"t":{"type":"array","items":{"type":"string"}}},"additionalProperties":false}}}}],"responses":{"200":{"description":"ok"}}}},
	"/pets":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"}}}},"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"}}}}}}}},
	"components":{"schemas":{
		"Pet":{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Other"}],"discriminator":{"propertyName":"kind","mapping":{"cat":"#/components/schemas/Cat"},"defaultMapping":"Other"}},
		"Cat":{"type":"object","required":["meow"],"properties":{"kind":{"type":"string"},"meow":{"type":"integer"}}},
		"Other":{"type":"object","required":["name"],"properties":{"kind":{"type":"string"},"name":{"type":"string"}}}}}}`

func TestOpenAPI32(t *testing.T) {
	const unknown, body = "error request.path-or-method.unknown", "error request.body.incompatible"
	jsonBody := func(method, path, content string) string {
		return `"method":"` + method + `","path":"` + path + `","headers":{"Content-Type":"application/json"},"body":` + content
	}
	checkInteractions(t, openAPI32, []interactionCase{
		{"QUERY is a method", jsonBody("QUERY", "/find", `{"q":"x"}`), `"status":200,"body":[1]`, ""},
		{"in any letters", jsonBody("query", "/find", `{"q":"x"}`), `"status":200`, ""},
		{"its body is judged", jsonBody("QUERY", "/find", `{}`), `"status":200`, body},
		{"its answer is judged", jsonBody("QUERY", "/find", `{"q":"x"}`), `"status":200,"body":["x"]`, "error response.body.incompatible"},
		{"a method of the document's own", `"method":"COPY","path":"/find"`, `"status":204`, ""},
		{"with the statuses that it has", `"method":"COPY","path":"/find"`, `"status":200`, "error response.status.unknown"},
		{"none that the document has not", `"method":"MOVE","path":"/find"`, `"status":204`, unknown},
		{"the whole query", `"method":"GET","path":"/list","query":"n=1&t=a&t=b"`, `"status":200`, ""},
		{"a wrong part of it", `"method":"GET","path":"/list","query":"n=x"`, `"status":200`, "error request.query.incompatible"},
		{"a part that is missing", `"method":"GET","path":"/list","query":"t=a"`, `"status":200`, "error request.query.incompatible"},
		{"a part that may not be there", `"method":"GET","path":"/list","query":"n=1&z=1"`, `"status":200`, "error request.query.incompatible"},
		{"a kind that is known", jsonBody("POST", "/pets", `{"kind":"cat","meow":1}`), `"status":200,"body":{"kind":"cat","meow":1}`, ""},
		{"and lacks what it has", jsonBody("POST", "/pets", `{"kind":"cat","name":"x"}`), `"status":200`, body},
		{"a kind that is not known", jsonBody("POST", "/pets", `{"kind":"cow","name":"x"}`), `"status":200,"body":{"kind":"cow","name":"x"}`, ""},
		{"no kind at all", jsonBody("POST", "/pets", `{"name":"x"}`), `"status":200,"body":{"name":"x"}`, ""},
		{"and is what others are not", jsonBody("POST", "/pets", `{"kind":"cow"}`), `"status":200,"body":{"kind":"cow","meow":1}`, body + ";error response.body.incompatible"},
	})
}

func TestOpenAPI31_doesNotKnowWhatCameLater(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(strings.Replace(openAPI32, "3.2.0", "3.1.1", 1)))
	require.NoError(t, err)
	for _, method := range []string{"QUERY", "COPY"} {
		require.Equal(t, []string{"error request.path-or-method.unknown"}, kindsAndCodes(findingsFor(t, d, `{"interactions":[{"request":{"method":"`+method+`","path":"/find"},"response":{"status":200}}]}`)))
	}
}

func TestFindings_nameTheMethodsOfAPath(t *testing.T) {
	report, err := compare(openAPI32, `{"interactions":[{"request":{"method":"PUT","path":"/find"},"response":{"status":200}}]}`)
	require.NoError(t, err)
	require.Equal(t, "The document has no PUT /find; this path has GET, COPY, QUERY.", report.Findings[0].Message)
}

func TestNotices_nameDialectsThatAreNotUsual(t *testing.T) {
	document := func(version, dialect string) string {
		return `{"openapi":"` + version + `","info":{},"jsonSchemaDialect":"` + dialect + `","paths":{}}`
	}
	require.Equal(t, []string{"The schemas are said to be of the dialect http://json-schema.org/draft-04/schema#; they are judged by JSON Schema 2020-12, to which keywords of other dialects say nothing."},
		noticesOf(t, document("3.1.0", "http://json-schema.org/draft-04/schema#")))
	require.Empty(t, noticesOf(t, document("3.1.0", "https://spec.openapis.org/oas/3.1/dialect/base")))
	require.Empty(t, noticesOf(t, document("3.1.0", "https://json-schema.org/draft/2020-12/schema")))
	require.Empty(t, noticesOf(t, document("3.0.3", "http://json-schema.org/draft-04/schema#")), "3.0 has no such thing")
}

// Schemas that lead to each other in very many ways are named when the document is
// published: comparisons that come to them end without an outcome.
func TestNotices_nameSchemasThatExplode(t *testing.T) {
	const told = "leads to others in so many ways that what comes to it cannot be compared"
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		document := withSchema(`{"$ref":"#/components/schemas/S0"}`, doubling(keyword, 40))
		notices := noticesOf(t, document)
		require.Len(t, notices, 1, "the nearest of them is named once")
		require.Regexp(t, `The schema at \[root\]\.components\.schemas\.S2\d `+told, notices[0])
		_, err := compare(document, expecting(`1`))
		require.ErrorContains(t, err, "asks for more work")
	}
	require.Empty(t, noticesOf(t, withSchema(`{"$ref":"#/components/schemas/S0"}`, doubling("anyOf", 10))))
	require.Empty(t, noticesOf(t, withSchema(`{}`, circle(20_000))), "what leads to properties waits for values that have them")
	require.Empty(t, noticesOf(t, withSchema(`{}`, `"Node":{"oneOf":[{"$ref":"#/components/schemas/Leaf"}],"discriminator":{"propertyName":"k"}},"Leaf":{"allOf":[{"$ref":"#/components/schemas/Node"},{"properties":{"k":{}}}]}`)))
}

func TestNotices_nameReferencesThatLeadInCircles(t *testing.T) {
	require.Equal(t, []string{
		"The reference at [root].components.schemas.A (#/components/schemas/B) leads to nothing, so nobody can tell what is meant.",
		"The reference at [root].components.schemas.B (#/components/schemas/A) leads to nothing, so nobody can tell what is meant.",
	}, noticesOf(t, withSchema(`{}`, `"A":{"$ref":"#/components/schemas/B"},"B":{"$ref":"#/components/schemas/A"}`)))
}

func TestNotices_nameServersOfAllPlacesWithTheirVariables(t *testing.T) {
	notices := noticesOf(t, `{"openapi":"3.0.3","info":{},"servers":[{"url":"https://{region}.shop.test:8443/{base}/","variables":{"region":{"default":"eu"},"base":{"default":"v2"}}},{"url":"https://shop.test"}],
		"paths":{"/a":{"servers":[{"url":"/items"}],"get":{"servers":[{"url":"get/it?x#y"}],"responses":{"200":{}}}}}}`)
	require.Len(t, notices, 3)
	require.Contains(t, notices[0], "with /v2 in front")
	require.Contains(t, notices[1], "with /items in front")
	require.Contains(t, notices[2], "with /get/it in front")
}

func TestFindings_sayWhatIsOddAboutPathsAndStatuses(t *testing.T) {
	report, err := compare(`{"openapi":"3.0.3","info":{},"paths":{"/a":{"get":{"responses":{"2xx":{"description":"ok"}}}}}}`,
		`{"interactions":[{"request":{"path":"/100%"},"response":{"status":200}},{"request":{"path":"/a"},"response":{"status":200}}]}`)
	require.NoError(t, err)
	require.Equal(t, "The document has no GET /100%. A percent sign begins two hexadecimal digits in a path; one that stands for itself is written %25.", report.Findings[0].Message)
	require.Equal(t, "GET /a has no answer with status 200; it has 2xx (a range is written in capitals, as in 2XX).", report.Findings[1].Message)
}

func TestFindings_ofTypesOfSwagger2LeadToWhatIsConsumed(t *testing.T) {
	for document, place := range map[string]string{
		`{"swagger":"2.0","info":{},"consumes":["text/csv"],"paths":{"/a":{"post":{"responses":{"200":{}}}}}}`: "/consumes",
		`{"swagger":"2.0","info":{},"paths":{"/a":{"post":{"consumes":["text/csv"],"responses":{"200":{}}}}}}`: "/paths/~1a/post/consumes",
	} {
		report, err := compare(document, `{"interactions":[{"request":{"method":"POST","path":"/a","headers":{"Content-Type":"application/json"}},"response":{"status":200}}]}`)
		require.NoError(t, err)
		require.Equal(t, place, report.Findings[0].SpecPointer)
	}
}

func TestFindings_sayThatAServersPathStandsInTheWay(t *testing.T) {
	document := `{"openapi":"3.0.3","info":{},"servers":[{"url":"https://shop.test/v1"}],"paths":{"/a":{"get":{"responses":{"200":{}}}}}}`
	report, err := compare(document, `{"interactions":[{"request":{"method":"GET","path":"/v1/a"},"response":{"status":200}},{"request":{"method":"GET","path":"/v1"},"response":{"status":200}}]}`)
	require.NoError(t, err)
	require.Equal(t, "The document has no GET /v1/a. It has that path without /v1, which stands in its servers: set x-opc-config-base-path: /v1 in its info, or leave it out of the pact.", report.Findings[0].Message)
	require.NotContains(t, report.Findings[1].Message, "x-opc")
}
