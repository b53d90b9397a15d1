// Package openapitest holds the broker to its published contract: it checks
// that answers given in tests match openapi.yaml, and remembers which of the
// documented answers were seen. It is imported by tests and their helpers only.
package openapitest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/accord-broker/accord/internal/support/openapi"

	broker "github.com/accord-broker/accord"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// document is the contract, read once per process.
type document struct {
	api        *openapi3.T
	operations []Operation
	common     map[string]response
	notes      notebook
	schemas    *openapi.Document
	requests   *openapi.Requests
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
	schemas, err := openapi.Read(text)
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
		schemas:    schemas,
		requests:   schemas.Requests(),
	}, nil
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

// schema returns the schema of a response for a media type.
func (d *document) schema(r response, mediaType string) (*jsonschema.Schema, error) {
	return d.schemas.Schema(strings.TrimPrefix(r.pointer, "#") + "/content/" + openapi.Token(mediaType) + "/schema")
}
