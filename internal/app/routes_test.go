package app_test

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/testing/openapitest"
)

// parameter is how the tables of routes write what openapi.yaml writes {so}.
var parameter = regexp.MustCompile(`:(\w+)`)

func TestRoutes_areTheOperationsOfTheContract(t *testing.T) {
	described, served := map[string]bool{}, map[string]bool{}
	for _, operation := range openapitest.Operations() {
		described[operation.Method+" "+operation.Path+" by "+operation.Handler()] = true
	}
	pages, err := web.New(web.Services{})
	require.NoError(t, err)
	for _, route := range slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes(), pages.Routes()) {
		if route.Operation != "" { // pages for people have none
			served[route.Method+" "+parameter.ReplaceAllString(route.Path, "{$1}")+" by "+route.Operation] = true
		}
	}
	require.Empty(t, without(described, served), "described but not served")
	require.Empty(t, without(served, described), "served but not described")
}

// without lists what is in a and not in b.
func without(a, b map[string]bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(a)), func(name string) bool { return b[name] })
}
