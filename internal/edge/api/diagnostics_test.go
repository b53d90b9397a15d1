package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/edge/api"
)

func TestShowHeartbeat_answers(t *testing.T) {
	w := call(&api.API{}, "GET", "/diagnostic/status/heartbeat", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, `{"ok":true,"_links":{"self":{"href":"http://broker.test/diagnostic/status/heartbeat"}}}`, w.Body.String())
	require.Equal(t, http.StatusNotFound, call(&api.API{HideDiagnostics: true}, "GET", "/diagnostic/status/heartbeat", "").Code)
}

func TestShowDependencies_failsWhenOneIsDown(t *testing.T) {
	state := error(nil)
	a := &api.API{Dependencies: map[string]api.Probe{"database": func(context.Context) error { return state }}}
	w := call(a, "GET", "/diagnostic/status/dependencies", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), `"database":{"ok":true}`)

	state = errors.New("no answer")
	w = call(a, "GET", "/diagnostic/status/dependencies", "")
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Contains(t, w.Body.String(), `"database":{"ok":false,"error":{"message":"no answer"}}`)
}
