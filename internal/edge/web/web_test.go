package web_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/edge/web"
	"accord/internal/support/openapitest"
)

// parameter is how the table of routes writes what openapi.yaml writes {so}.
var parameter = regexp.MustCompile(`:(\w+)`)

func TestRoutes_withAnOperationAreDescribedInTheContract(t *testing.T) {
	described := map[string]string{}
	for _, operation := range openapitest.Operations() {
		described[operation.Method+" "+operation.Path] = operation.Handler()
	}
	pages, err := web.New(web.Lists{})
	require.NoError(t, err)
	for _, route := range pages.Routes() {
		if route.Operation != "" {
			require.Equal(t, route.Operation, described[route.Method+" "+parameter.ReplaceAllString(route.Path, "{$1}")], route.Path)
		}
	}
}
