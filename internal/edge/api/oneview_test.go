package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

func TestReadAtOnce_namesOperationsThatThereAre(t *testing.T) {
	routes := (&API{}).Routes()
	for _, operation := range readsAtOnce {
		require.True(t, slices.ContainsFunc(routes, func(r edge.Route) bool { return r.Operation == operation && r.Method == http.MethodGet }), operation)
	}
}

// requested is a request that has come in.
func requested(t *testing.T) *gin.Context {
	t.Helper()
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
	return c
}

func TestReadAtOnce_readsInAViewAndSaysWhyThereIsNone(t *testing.T) {
	broken := errors.New("no view")
	a := &API{View: func(context.Context, func(context.Context) error) error { return broken }}
	for _, route := range a.Routes() {
		if slices.Contains(readsAtOnce, route.Operation) {
			require.ErrorIs(t, route.Handler(requested(t)), broken, route.Operation)
		}
	}
}

// Which contracts are meant is read at once, by whatever address they are asked for.
func TestReadPartAtOnce_isForWhatReadsContractsAfterwards(t *testing.T) {
	broken := errors.New("no view")
	a := &API{View: func(context.Context, func(context.Context) error) error { return broken }}
	for _, operation := range []string{"comparePactWithVersion", "comparePactContents", "listProviderStates", "listProviderStatesOnBranch", "listProviderStatesInEnvironment"} {
		routes := a.Routes()
		at := slices.IndexFunc(routes, func(r edge.Route) bool { return r.Operation == operation })
		require.ErrorIs(t, routes[at].Handler(requested(t)), broken, operation)
	}
}

func TestReadPartAtOnce_givesTheRequestBackAsItWas(t *testing.T) {
	type key struct{}
	a := &API{View: func(ctx context.Context, read func(context.Context) error) error {
		return read(context.WithValue(ctx, key{}, true))
	}}
	c := requested(t)
	before := c.Request
	failed := errors.New("not found")
	require.ErrorIs(t, a.readPartAtOnce(c, func() error {
		require.Equal(t, true, c.Request.Context().Value(key{}))
		return failed
	}), failed)
	require.Same(t, before, c.Request)
	require.NoError(t, (&API{}).readPartAtOnce(c, func() error { return nil }), "without a view it is read as it comes")
}
