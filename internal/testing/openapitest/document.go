// Package openapitest holds the broker to its published contract: it checks
// that answers given in tests match openapi.yaml, and remembers which of the
// documented answers were seen. It is imported by tests and their helpers only.
package openapitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"

	broker "accord"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// resource is the name under which schemas refer to the document.
const resource = "accord:openapi"

// document is the contract, read once per process, with its schemas compiled
// when they are first needed.
type document struct {
	api        *openapi3.T
	operations []Operation
	common     map[string]response
	notes      notebook

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

// response is one documented answer and where in the document it stands.
type response struct {
	pointer string
	*openapi3.Response
}

// contract reads the embedded document; a document that cannot be used panics,
// since no test could mean anything then.
var contract = sync.OnceValue(func() *document {
	d, err := read(broker.OpenAPI)
	if err != nil {
		panic(fmt.Sprintf("openapi.yaml: %v", err))
	}
	d.notes.dir = os.Getenv(SeenVariable)
	return d
})

// read understands and checks a document.
func read(text []byte) (*document, error) {
	api, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if err := api.Validate(context.Background()); err != nil {
		return nil, err
	}
	compiler, err := newCompiler(text)
	if err != nil {
		return nil, err
	}
	common, err := commonResponses(api)
	if err != nil {
		return nil, err
	}
	return &document{
		api:        api,
		operations: operations(api),
		common:     common,
		compiler:   compiler,
		schemas:    map[string]*jsonschema.Schema{},
	}, nil
}

// newCompiler makes the whole document known to the schema compiler: schemas
// of OpenAPI 3.1 are JSON Schema 2020-12, so they compile where they stand.
func newCompiler(text []byte) (*jsonschema.Compiler, error) {
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	return compiler, compiler.AddResource(resource, value)
}

// commonResponses are the answers that any operation may give, by status.
func commonResponses(api *openapi3.T) (map[string]response, error) {
	listed, _ := api.Extensions["x-common-responses"].(map[string]any)
	common := make(map[string]response, len(listed))
	for status, entry := range listed {
		ref, _ := entry.(map[string]any)["$ref"].(string)
		name, ok := strings.CutPrefix(ref, "#/components/responses/")
		found := api.Components.Responses[name]
		if !ok || found == nil {
			return nil, fmt.Errorf("x-common-responses: %s refers to %q, which is no response", status, ref)
		}
		common[status] = response{ref, found.Value}
	}
	return common, nil
}

// schema returns the compiled schema of a response for a media type.
func (d *document) schema(r response, mediaType string) (*jsonschema.Schema, error) {
	location := resource + r.pointer + "/content/" + token(mediaType) + "/schema"
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, known := d.schemas[location]; known {
		return s, nil
	}
	s, err := d.compiler.Compile(location)
	if err != nil {
		return nil, err
	}
	d.schemas[location] = s
	return s, nil
}

// token writes one step of a JSON pointer as it stands in an address.
func token(step string) string {
	return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(step))
}
