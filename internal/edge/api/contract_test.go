package api_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/edge/api"
	"accord/internal/support/openapitest"
)

// parameter is how the table of routes writes what openapi.yaml writes {so}.
var parameter = regexp.MustCompile(`:(\w+)`)

func TestRoutes_areDescribedInTheContract(t *testing.T) {
	described := map[string]string{}
	for _, operation := range openapitest.Operations() {
		described[operation.Method+" "+operation.Path] = operation.Handler()
	}
	for _, route := range (&api.API{}).Routes() {
		require.Equal(t, route.Operation, described[route.Method+" "+parameter.ReplaceAllString(route.Path, "{$1}")], route.Path)
	}
}
