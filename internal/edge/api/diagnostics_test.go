package api_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
)

func TestShowHeartbeat_answers(t *testing.T) {
	w := call(t, &api.API{}, "GET", "/diagnostic/status/heartbeat", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, `{"ok":true,"_links":{"self":{"href":"http://broker.test/diagnostic/status/heartbeat"}}}`, w.Body.String())
}

func TestShowDependencies_failsWhenOneIsDown(t *testing.T) {
	state := error(nil)
	a := &api.API{Dependencies: map[string]api.Probe{"database": func(context.Context) error { return state }}}
	w := call(t, a, "GET", "/diagnostic/status/dependencies", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), `"database":{"ok":true}`)

	state = errors.New("no answer")
	w = call(t, a, "GET", "/diagnostic/status/dependencies", "")
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Contains(t, w.Body.String(), `"database":{"ok":false,"error":{"message":"no answer"}}`)
}

func TestRoutes_leaveTheDiagnosticsOutOnRequest(t *testing.T) {
	diagnostic := func(route edge.Route) bool { return strings.HasPrefix(route.Path, "/diagnostic/") }
	require.True(t, slices.ContainsFunc((&api.API{}).Routes(), diagnostic))
	require.False(t, slices.ContainsFunc((&api.API{HideDiagnostics: true}).Routes(), diagnostic))
}
