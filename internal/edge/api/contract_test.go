package api_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	broker "accord"
	"accord/internal/edge/api"
)

// parameter is how the table of routes writes what the document writes {so}.
var parameter = regexp.MustCompile(`:(\w+)`)

func document(t *testing.T) *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData(broker.OpenAPI)
	require.NoError(t, err)
	return doc
}

func TestDocument_isValid(t *testing.T) {
	require.NoError(t, document(t).Validate(context.Background()))
}

func TestDocument_describesEveryRoute(t *testing.T) {
	documented := map[string]string{}
	for path, item := range document(t).Paths.Map() {
		for method, operation := range item.Operations() {
			documented[method+" "+path] = operation.OperationID
		}
	}
	for _, route := range (&api.API{}).Routes() {
		require.Equal(t, route.Operation, documented[route.Method+" "+parameter.ReplaceAllString(route.Path, "{$1}")], route.Path)
	}
}
