package commands_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const shopDocument = `
openapi: 3.0.3
info: {title: Shop, version: '1'}
paths:
  /items:
    get:
      responses:
        '200': {description: ok, content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: integer}, price: {type: number}}}}}}}
`

func itemsPact(item string) string {
	return `{"interactions":[{"description":"items are listed","providerState":"there are items","request":{"method":"GET","path":"/items","headers":{"X-Page":"1"}},
		"response":{"status":200,"headers":{"Content-Type":"application/json"},"body":[` + item + `]}}]}`
}

// compareTexts runs the command on files with these contents.
func compareTexts(t *testing.T, document, pact string, more ...string) (code int, out, errors string) {
	folder := t.TempDir()
	files := []string{filepath.Join(folder, "contract"), filepath.Join(folder, "pact")}
	require.NoError(t, os.WriteFile(files[0], []byte(document), 0o600))
	require.NoError(t, os.WriteFile(files[1], []byte(pact), 0o600))
	return run(t, nil, append([]string{"compare-contract", "--provider-contract", files[0], "--pact", files[1]}, more...)...)
}

func TestCompareContract_tellsPeople(t *testing.T) {
	code, out, errors := compareTexts(t, shopDocument, itemsPact(`{"id":"7","prize":3.5}`))
	require.Equal(t, 1, code)
	require.Empty(t, errors)
	require.Equal(t, `ERROR  response.body.incompatible
  "items are listed" given "there are items"
  0 in the response's body has "prize", which the document does not describe
  (did you mean "price"?).
  pact:     [root].interactions[0].response.body.0
  contract: [root].paths./items.get.responses.200.content.application/json.schema.items
            CONTRACT:8
  Consumer: expect what the document promises. Provider: correct the schema, if
  this is what is sent.

ERROR  response.body.incompatible
  "items are listed" given "there are items"
  0.id in the response's body is a string, and must be an integer.
  pact:     [root].interactions[0].response.body.0.id
  contract: [root].paths./items.get.responses.200.content.application/json.schema.items.properties.id.type
            CONTRACT:8
  Consumer: expect what the document promises. Provider: correct the schema, if
  this is what is sent.

WARNING  request.header.unknown
  "items are listed" given "there are items"
  The request has the header x-page, which the operation does not describe.
  pact:     [root].interactions[0].request.headers.x-page
  contract: [root].paths./items.get
            CONTRACT:6
  Provider: describe the header, if it means something.

Not compatible: 2 errors, 1 warning; 1 interaction compared with OpenAPI 3.0.3.
`, contractFile.ReplaceAllString(out, "CONTRACT:"))
}

// contractFile is the name of the document's file, which differs each time.
var contractFile = regexp.MustCompile(`/\S*/contract:`)

func TestCompareContract_tellsPrograms(t *testing.T) {
	tests := map[string]struct {
		document, pact string
		code           int
		want           string
	}{
		"compatible":       {shopDocument, strings.Replace(itemsPact(`{"id":7}`), `,"headers":{"X-Page":"1"}`, "", 1), 0, `{"success":true,"results":[],"refused":null}`},
		"document refused": {"a: b", itemsPact(`{}`), 2, `{"success":null,"results":[],"refused":"The provider contract cannot be compared: it does not say what it is. Known are ` + "`swagger: \\\"2.0\\\"`, `openapi: 3.x`, `asyncapi: 2.x` and `asyncapi: 3.x`" + `."}`},
		"pact refused":     {shopDocument, `{"interactions":{}}`, 2, `{"success":null,"results":[],"refused":"The pact cannot be compared: ` + "`interactions`" + ` is no list."}`},
		"only messages":    {shopDocument, `{"interactions":[{"type":"Asynchronous/Messages","description":"an event"}]}`, 2, `{"success":null,"results":[],"refused":"Nothing in the pact could be compared: an OpenAPI document does not speak of messages, as an AsyncAPI document would."}`},
		"not compatible": {shopDocument, strings.Replace(itemsPact(`{}`), `"/items"`, `"/item"`, 1), 1, `{"success":false,"refused":null,"results":[{"type":"error","code":"request.path-or-method.unknown",
			"interaction":"items are listed","pact_path":"[root].interactions[0].request.path","spec_path":"[root].paths",
			"message":"The document has no GET /item. Did you mean /items? Consumer: call an operation that the provider has. Provider: describe this one, if it exists."}]}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			code, out, errors := compareTexts(t, tt.document, tt.pact, "--output", "json")
			require.Equal(t, tt.code, code)
			require.Empty(t, errors)
			require.JSONEq(t, tt.want, out)
		})
	}
}

func TestCompareContract_namesWhatItCouldNotCompare(t *testing.T) {
	pact := `{"interactions":[{"type":"Asynchronous/Messages","description":"an event"},{"request":{"path":"/items"},"response":{"status":200}}]}`
	code, out, errors := compareTexts(t, shopDocument, pact, "--output", "json")
	require.Zero(t, code)
	require.True(t, json.Valid([]byte(out)))
	require.Equal(t, "not compared: \"an event\", because an OpenAPI document does not speak of messages, as an AsyncAPI document would\n", errors)
	_, out, _ = compareTexts(t, shopDocument, pact)
	require.Contains(t, out, `Not compared: "an event", because`)
}

func TestCompareContract_saysWhatItNeeds(t *testing.T) {
	code, _, errors := run(t, nil, "compare-contract", "--pact", "x")
	require.Equal(t, 2, code)
	require.Contains(t, errors, "--provider-contract and --pact are both needed")
	code, out, _ := run(t, nil, "compare-contract", "--pact", "x", "--provider-contract", "/nowhere", "--output", "json")
	require.Equal(t, 2, code)
	require.Contains(t, out, `"refused": "The provider contract cannot be read: open /nowhere: no such file or directory."`)
	code, _, errors = compareTexts(t, shopDocument, "{}", "--output", "xml")
	require.Equal(t, 2, code)
	require.Contains(t, errors, `--output is "xml", but must be text or json`)
}
