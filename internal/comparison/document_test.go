package comparison_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
)

func TestReadDocument_knowsWhatItIs(t *testing.T) {
	for name, tt := range map[string]struct{ text, specification, version string }{
		"Swagger as text":            {`swagger: "2.0"`, "oas", "2.0"},
		"Swagger as a number":        {`swagger: 2.0`, "oas", "2.0"},
		"Swagger in JSON":            {`{"swagger":"2.0"}`, "oas", "2.0"},
		"3.0":                        {`openapi: 3.0.3`, "oas", "3.0.3"},
		"3.1":                        {`openapi: 3.1.0`, "oas", "3.1.0"},
		"3.1 as a number":            {`openapi: 3.1`, "oas", "3.1"},
		"3.2":                        {`openapi: 3.2.0`, "oas", "3.2.0"},
		"AsyncAPI 2":                 {`asyncapi: 2.6.0`, "asyncapi", "2.6.0"},
		"AsyncAPI 3":                 {`asyncapi: 3.0.0`, "asyncapi", "3.0.0"},
		"a mark at the beginning":    {"\ufeffopenapi: 3.0.3", "oas", "3.0.3"},
		"a mark before JSON":         {"\ufeff {\"openapi\":\"3.0.3\"}", "oas", "3.0.3"},
		"a YAML document with marks": {"---\nopenapi: 3.0.3\n...\n", "oas", "3.0.3"},
		"comments before all":        {"# Shop\n\nopenapi: 3.0.3\n", "oas", "3.0.3"},
		"YAML that looks like JSON":  {"{openapi: 3.0.3, paths: {}}", "oas", "3.0.3"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := comparison.ReadDocument([]byte(tt.text))
			require.NoError(t, err)
			require.Equal(t, tt.specification, d.Specification())
			require.Equal(t, tt.version, d.Version())
			require.Empty(t, d.Operations())
		})
	}
}

func TestReadDocument_refusesWhatIsNone(t *testing.T) {
	for name, tt := range map[string]struct{ text, reason string }{
		"nothing":                {``, "neither JSON nor YAML"},
		"blank":                  {" \n ", "neither JSON nor YAML"},
		"a text":                 {`hello`, "no object"},
		"a list":                 {`- openapi: 3.0.3`, "no object"},
		"null":                   {`null`, "no object"},
		"broken JSON":            {`{"openapi":"3.0.3",`, "neither JSON nor YAML"},
		"two values":             {`{"openapi":"3.0.3"} {}`, "neither JSON nor YAML"},
		"broken YAML":            {"openapi: 3.0.3\n a: [", "neither JSON nor YAML"},
		"tabs in YAML":           {"openapi: 3.0.3\ninfo:\n\ttitle: x", "neither JSON nor YAML"},
		"no version":             {`info: {}`, "does not say what it is"},
		"Swagger 1":              {`swagger: "1.2"`, "does not say what it is"},
		"OpenAPI 4":              {`openapi: 4.0.0`, "does not say what it is"},
		"OpenAPI 30":             {`openapi: 30.1`, "does not say what it is"},
		"a version that is null": {`openapi:`, "does not say what it is"},
		"AsyncAPI 1":             {`asyncapi: 1.2.0`, "does not say what it is"},
		"GraphQL":                {`type Query { a: Int }`, "does not say what it is"},
		"a key that is a list":   {"openapi: 3.0.3\n? [a, b]\n: c\n", "is no text"},
		"an unknown alias":       {"openapi: 3.0.3\na: *b\n", "neither JSON nor YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := comparison.ReadDocument([]byte(tt.text))
			var refusal *comparison.Refusal
			require.True(t, errors.As(err, &refusal), "%v", err)
			require.Equal(t, "provider contract", refusal.Side)
			require.ErrorContains(t, err, tt.reason)
		})
	}
}

// What YAML reads as something else than text must not change what is meant.
func TestReadDocument_readsYAMLAsItIsMeant(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(yamlDocument))
	require.NoError(t, err)
	for body, want := range map[string]string{
		`{"day":"2024-01-01"}`: "", `{"day":"2024-01-02"}`: "", `{"day":"2024-01-03"}`: "response.body.incompatible",
		`{"word":"yes"}`: "", `{"word":"off"}`: "", `{"word":true}`: "response.body.incompatible",
		`{"flag":true}`: "", `{"flag":"true"}`: "response.body.incompatible",
		`{"number":1}`: "", `{"number":2.5}`: "", `{"number":1000}`: "", `{"number":16}`: "", `{"number":10}`: "response.body.incompatible",
		`{"text":"1"}`: "", `{"text":"true"}`: "", `{"text":"2"}`: "", `{"text":"~x"}`: "",
		`{"nothing":null}`: "", `{"nothing":"a"}`: "",
		`{"1":1}`: "", `{"null":1}`: "", `{"true":1}`: "", `{"1":"x"}`: "response.body.incompatible", `{"null":"x"}`: "response.body.incompatible",
	} {
		for status, code := range map[string]string{"200": want, "201": want} {
			found := findingsFor(t, d, `{"interactions":[{"description":"d","request":{"path":"/t"},"response":{"status":`+status+`,"body":`+body+`}}]}`)
			if code == "" {
				require.Empty(t, found, body)
				continue
			}
			require.Equal(t, []string{"error " + code}, kindsAndCodes(found), body)
		}
	}
}

const yamlDocument = `
openapi: 3.0.3
info: {title: Shop, version: 2024-01-01}
x-shared:
  answer: &answer
    description: ok
    content: {application/json: {schema: {$ref: '#/components/schemas/T'}}}
  more: &more {x-more: 1}
paths:
  /t:
    get:
      responses:
        200: {<<: *answer}
        201: {<<: [*more, *answer], description: own}
components:
  schemas:
    T:
      type: object
      properties:
        day: {type: string, enum: [2024-01-01, '2024-01-02']}
        word: {type: string, enum: [yes, no, on, off, y, n]}
        flag: {type: boolean, enum: [true]}
        number: {type: number, enum: [1, 2.5, 1e3, 0x10]}
        text: {type: string, enum: ['1', "true", !!str 2, ~x]}
        nothing: {nullable: true, type: string, enum: [null, a]}
        1: {type: integer}
        null: {type: integer}
        true: {type: integer}
`

// A document and its translation must say the same.
func TestReadDocument_readsJSONAndYAMLAlike(t *testing.T) {
	for _, text := range []string{
		`{"openapi":"3.0.3","info":{},"paths":{"/t":{"get":{"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"integer","maximum":12345678901234567890}}}}}}}}}`,
		"openapi: 3.0.3\ninfo: {}\npaths: {/t: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: integer, maximum: 12345678901234567890}}}}}}}}\n",
	} {
		d, err := comparison.ReadDocument([]byte(text))
		require.NoError(t, err)
		for body, want := range map[string][]string{`12345678901234567890`: {}, `12345678901234567891`: {"error response.body.incompatible"}, `1.0`: {}} {
			require.Equal(t, want, kindsAndCodes(findingsFor(t, d, `{"interactions":[{"request":{"path":"/t"},"response":{"status":200,"body":`+body+`}}]}`)), body)
		}
	}
}

// Parts of a document that have another shape than they should say nothing, and
// break nothing.
func TestReadDocument_livesWithOddShapes(t *testing.T) {
	for name, document := range map[string]string{
		"no paths":                        `{"openapi":"3.1.0"}`,
		"paths are a list":                `{"openapi":"3.1.0","paths":[]}`,
		"a path is null":                  `{"openapi":"3.1.0","paths":{"/a":null}}`,
		"a path is a text":                `{"openapi":"3.1.0","paths":{"/a":"x"}}`,
		"an operation is null":            `{"openapi":"3.1.0","paths":{"/a":{"get":null}}}`,
		"an operation is a list":          `{"openapi":"3.1.0","paths":{"/a":{"get":[]}}}`,
		"parameters are an object":        `{"openapi":"3.1.0","paths":{"/a":{"get":{"parameters":{},"responses":{}}}}}`,
		"a parameter is a number":         `{"openapi":"3.1.0","paths":{"/a":{"get":{"parameters":[1,null,"x"],"responses":{}}}}}`,
		"a parameter has no name":         `{"openapi":"3.1.0","paths":{"/a":{"get":{"parameters":[{"in":"query"},{"in":"header","required":true}],"responses":{}}}}}`,
		"responses are a list":            `{"openapi":"3.1.0","paths":{"/a":{"get":{"responses":[]}}}}`,
		"a response is a text":            `{"openapi":"3.1.0","paths":{"/a":{"get":{"responses":{"200":"ok"}}}}}`,
		"content is a list":               `{"openapi":"3.1.0","paths":{"/a":{"get":{"responses":{"200":{"content":[]}}}}}}`,
		"a media type is null":            `{"openapi":"3.1.0","paths":{"/a":{"get":{"responses":{"200":{"content":{"application/json":null,"":{}}}}}}}}`,
		"a schema is a list":              `{"openapi":"3.1.0","paths":{"/a":{"get":{"responses":{"200":{"content":{"application/json":{"schema":[]}}}}}}}}`,
		"headers are a list":              `{"openapi":"3.1.0","paths":{"/a":{"get":{"responses":{"200":{"headers":[]}}}}}}`,
		"security is an object":           `{"openapi":"3.1.0","security":{},"paths":{"/a":{"get":{"security":"x","responses":{"200":{}}}}}}`,
		"security schemes are null":       `{"openapi":"3.1.0","security":[{"a":[]},null,1],"components":{"securitySchemes":null},"paths":{"/a":{"get":{"responses":{"200":{}}}}}}`,
		"a reference is a number":         `{"openapi":"3.1.0","paths":{"/a":{"$ref":7}}}`,
		"a reference is empty":            `{"openapi":"3.1.0","paths":{"/a":{"$ref":""}}}`,
		"a reference is the document":     `{"openapi":"3.1.0","paths":{"/a":{"$ref":"#"}}}`,
		"references in a circle":          `{"openapi":"3.1.0","paths":{"/a":{"$ref":"#/paths/~1b"},"/b":{"$ref":"#/paths/~1a"}}}`,
		"a parameter refers to itself":    `{"openapi":"3.1.0","paths":{"/a":{"get":{"parameters":[{"$ref":"#/paths/~1a/get/parameters/0"}],"responses":{"200":{}}}}}}`,
		"a template that does not end":    `{"openapi":"3.1.0","paths":{"/a/{b":{"get":{}},"/}":{"get":{}},"/{}":{"get":{}},"{":{"get":{}}}}`,
		"info is a text":                  `{"openapi":"3.1.0","info":"x","paths":{}}`,
		"servers of all shapes":           `{"openapi":"3.1.0","servers":[1,{"url":7},{"url":"://%%"}],"paths":{}}`,
		"swagger's parts of odd shape":    `{"swagger":"2.0","consumes":"a/b","produces":[1],"basePath":7,"paths":{"/a":{"get":{"responses":{"200":{"schema":7,"headers":{"X":1}}}}}}}`,
		"asyncapi without operations":     `{"asyncapi":"3.0.0"}`,
		"asyncapi's parts of odd shape":   `{"asyncapi":"3.0.0","operations":{"a":null,"b":{"channel":7,"messages":{},"reply":[]}},"channels":[]}`,
		"asyncapi 2 parts of odd shape":   `{"asyncapi":"2.6.0","channels":{"a":null,"b":{"publish":{"operationId":"b","message":{"oneOf":{}}}}}}`,
		"keywords of all the wrong kinds": `{"openapi":"3.1.0","paths":{"/a":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"type":{},"enum":{},"required":"a","properties":[],"items":7,"allOf":{},"oneOf":"x","anyOf":[1],"minimum":"1","pattern":7,"format":[],"maxLength":-1,"multipleOf":0,"additionalProperties":7,"discriminator":[],"nullable":"x","uniqueItems":1,"patternProperties":7,"not":7,"if":7,"then":7,"contains":7,"const":null,"dependentRequired":[],"dependentSchemas":7,"prefixItems":{},"$defs":7,"$anchor":7}}}}}}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			compareAnything(t, []byte(document), []byte(`{"interactions":[{"request":{"path":"/a","query":"a=1","headers":{"A":"b","Content-Type":"x","Accept":"y"},"body":{"a":1}},"response":{"status":200,"headers":{"X":"1","Content-Type":"application/json"},"body":{"a":[1]}}},
				{"type":"Asynchronous/Messages","comments":{"references":{"AsyncAPI":{"operationId":"b"}}},"contents":{"content":{"a":1}}}],"metadata":{"pactSpecification":{"version":"3.0.0"}}}`))
		})
	}
}

func TestSettings(t *testing.T) {
	document := func(setting string) string {
		return `{"openapi":"3.0.3","info":{"x-opc-config-` + setting + `":true},"paths":{"/a":{
			"get":{"parameters":[{"name":"o","in":"query","style":"deepObject","schema":{"type":"object","required":["x"],"properties":{"x":{"type":"integer"}}}},{"name":"l","in":"query","schema":{"type":"array","items":{"type":"integer"}}}],
				"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"object","properties":{"o":{"type":"object","nullable":true,"properties":{"a":{}}}}}}}}}},
			"post":{"requestBody":{"content":{"multipart/form-data":{"schema":{"type":"object","required":["n"]}},"application/x-www-form-urlencoded":{"schema":{"type":"object","properties":{"a":{"type":"object"}}}},"application/json":{"schema":{"type":"object","required":["n"]}}}},"responses":{"200":{"description":"ok"}}}}}}`
	}
	multipart := `"method":"POST","path":"/a","headers":{"Content-Type":"multipart/form-data; boundary=x"},"body":"--x\r\nContent-Disposition: form-data; name=\"m\"\r\n\r\n1\r\n--x--\r\n"`
	for _, tt := range []struct {
		setting string
		interactionCase
	}{
		{"none", interactionCase{"a list is judged", `"path":"/a","query":"l=x"`, `"status":200`, "error request.query.incompatible"}},
		{"no-validate-complex-parameters", interactionCase{"a list is not judged", `"path":"/a","query":"l=x"`, `"status":200`, ""}},
		{"none", interactionCase{"names lead into objects", `"path":"/a","query":"o[x]=1"`, `"status":200`, ""}},
		{"legacy-parser", interactionCase{"names are names", `"path":"/a","query":"o[x]=1"`, `"status":200`, "warning request.query.unknown"}},
		{"none", interactionCase{"an object's text is none", `"path":"/a","query":"o=[object Object]"`, `"status":200`, "error request.query.incompatible"}},
		{"cast-objects-in-pact", interactionCase{"an object's text is an object, which lacks what is required", `"path":"/a","query":"o=[object Object]"`, `"status":200`, "error request.query.incompatible"}},
		{"none", interactionCase{"nullable objects with properties are closed", `"path":"/a"`, `"status":200,"body":{"o":{"b":1}}`, "error response.body.incompatible"}},
		{"no-transform-non-nullable-response-schema", interactionCase{"nullable objects stay open", `"path":"/a"`, `"status":200,"body":{"o":{"b":1}}`, ""}},
		{"none", interactionCase{"multipart is judged", multipart, `"status":200`, "error request.body.incompatible"}},
		{"disable-multipart-formdata", interactionCase{"multipart is not judged", multipart, `"status":200`, "warning request.body.unvalidatable"}},
		{"no-validate-request-body-unless-application-json", interactionCase{"only JSON is judged", multipart, `"status":200`, "warning request.body.unvalidatable"}},
		{"no-validate-request-body-unless-application-json", interactionCase{"JSON is judged", `"method":"POST","path":"/a","headers":{"Content-Type":"application/json"},"body":{}`, `"status":200`, "error request.body.incompatible"}},
	} {
		t.Run(tt.setting, func(t *testing.T) { checkInteractions(t, document(tt.setting), []interactionCase{tt.interactionCase}) })
	}
}

func TestReadDocument_saysOfAllOperations(t *testing.T) {
	d, err := comparison.ReadDocument([]byte(`
openapi: 3.1.0
info: {x-opc-config-base-path: /v1}
paths:
  /a/{b*}: {get: {summary: spans}, trace: {}}
  /a: {$ref: '#/components/pathItems/A'}
  /a/{x}/{y}: {delete: {summary: [no text]}}
components: {pathItems: {A: {head: {summary: by reference}, parameters: [], summary: of the path}}}
`))
	require.NoError(t, err)
	require.Equal(t, []comparison.Operation{
		{Method: "HEAD", Path: "/a", Summary: "by reference"},
		{Method: "GET", Path: "/a/{b*}", Summary: "spans"}, {Method: "TRACE", Path: "/a/{b*}"},
		{Method: "DELETE", Path: "/a/{x}/{y}"},
	}, d.Operations())
}
