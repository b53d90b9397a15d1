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
