package v1_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestMarkExternal(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").With("Pay/Pal")
		const address = "/api/v1/applications/Pay%2FPal/external"
		require.Equal(t, "not_external", b.Get(address).OK(http.StatusNotFound).Text("code"))

		b.Put(address, map[string]any{"reason": "another company", "since": "2026-03-01T12:00:00Z"}).OK(http.StatusOK)

		require.JSONEq(t, `{"application":"Pay/Pal","since":"2026-03-01T12:00:00Z","reason":"another company"}`, string(b.Get(address).OK(http.StatusOK).Body))
		b.Delete(address).OK(http.StatusNoContent)
		b.Get(address).OK(http.StatusNotFound)
		b.Delete(address).OK(http.StatusNotFound)
		b.Put("/api/v1/applications/Nobody/external", map[string]any{"reason": "x"}).OK(http.StatusNotFound)
	})
}

func TestOwnAPI_refusesWhatTheContractDoesNotDescribe(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").With("PayPal")
	const address = "/api/v1/applications/PayPal/external"
	for _, scenario := range []struct {
		body    any
		pointer string
	}{
		{map[string]any{}, "/reason"},
		{map[string]any{"reason": ""}, "/reason"},
		{map[string]any{"reason": 7}, "/reason"},
		{map[string]any{"reason": "x", "since": "yesterday"}, "/since"},
		{map[string]any{"reason": "x", "why": 1}, "/why"},
		{[]any{}, "/"},
	} {
		problem := b.Put(address, scenario.body).OK(http.StatusBadRequest)
		require.Equal(t, scenario.pointer, problem.Text("errors", 0, "pointer"), string(problem.Body))
		require.Equal(t, "invalid", problem.Text("code"))
		require.Equal(t, problem.Header.Get("X-Request-Id"), problem.Text("request_id"))
		require.Equal(t, false, problem.Find("retryable"))
	}
	require.Equal(t, "/page", b.Get(address+"?page=2").OK(http.StatusBadRequest).Text("errors", 0, "pointer"))
	require.Equal(t, "malformed", b.Put(address, "").OK(http.StatusBadRequest).Text("code"))
	require.Equal(t, "unsupported_media_type", b.Put(address, "a=b", testbroker.ContentType("text/plain")).OK(http.StatusUnsupportedMediaType).Text("code"))
	require.Equal(t, "not_acceptable", b.Get(address, testbroker.Accept("image/png")).OK(http.StatusNotAcceptable).Text("code"))
	require.Equal(t, "method_not_allowed", b.Post(address, nil).OK(http.StatusMethodNotAllowed).Text("code"))
	require.Equal(t, "not_found", b.Get("/api/v1/nothing").OK(http.StatusNotFound).Text("code"))
}
