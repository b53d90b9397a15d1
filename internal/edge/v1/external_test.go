package v1_test

import (
	"net/http"
	"strings"
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

// What can be read at an address of the own API is made and changed there on condition.
func TestOwnAPI_makesAndChangesOnCondition(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Bank", "1")
		for address, body := range map[string]testbroker.Object{
			"/api/v1/applications/Bank/external": {"reason": "another company"},
			"/api/v1/teams/Shop":                 {"contact": "#shop"},
			"/api/v1/webhooks/tell-about-builds": {"events": []string{"version_created"}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1"}},
		} {
			isNew, isThere := testbroker.Header("If-None-Match", "*"), testbroker.Header("If-Match", "*")
			b.Delete(address, isThere).OK(http.StatusPreconditionFailed)
			b.Put(address, body, isThere).OK(http.StatusPreconditionFailed)
			b.Get(address).OK(http.StatusNotFound)
			b.Put(address, body, isNew).OK(http.StatusOK, http.StatusCreated)
			b.Put(address, body, isNew).OK(http.StatusPreconditionFailed)
			tag := testbroker.Header("If-Match", b.Get(address, testbroker.Accept("application/json")).OK(http.StatusOK).Header.Get("ETag"))
			b.Put(address, body, tag).OK(http.StatusOK)
			b.Put(address, body, testbroker.Header("If-Match", `W/"other"`)).OK(http.StatusPreconditionFailed)
			b.Delete(address, isThere).OK(http.StatusNoContent)
			b.Get(address).OK(http.StatusNotFound)
		}
	}, testbroker.With(testbroker.CallingHere))
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

// What is wrong is told with what would be right.
func TestOwnAPI_saysWhatWouldBeRight(t *testing.T) {
	b := testbroker.New(t)
	const someTime = "but must be a time such as 2026-11-21T08:54:31Z"
	for query, says := range map[string]string{
		"limit=500":                      "is 500, but must be at most 200",
		"limit=0":                        "is 0, but must be at least 1",
		"limit=1e300":                    "is 1e+300, but must be at most 200",
		"limit=many":                     "is a text, but must be a whole number",
		"since=2026-11-30":               `is "2026-11-30", ` + someTime,
		"since=2026-11-30T08:00:00+1:00": `is "2026-11-30T08:00:00 1:00", ` + someTime + "; a + in an address is written %2B",
	} {
		require.Equal(t, says, b.Get("/api/v1/audit?"+query).OK(http.StatusBadRequest).Text("errors", 0, "detail"), query)
	}
	for body, says := range map[string]string{
		`{"name": "x", "role": "viewer", "applications": "web"}`:        "is a text, but must be a list",
		`{"name": 7, "role": "viewer"}`:                                 "is a number, but must be a text",
		`{"name": "x", "role": "viewer", "applications": [true]}`:       "is true or false, but must be a text",
		`{"name": "x", "role": "viewer", "expires_at": {}}`:             "is an object, but must be null or a text",
		`{"name": "x", "role": "viewer", "expires_at": "2027-01-01"}`:   `is "2027-01-01", ` + someTime,
		`{"name": "x", "role": "viewer", "expires_at": "` + long + `"}`: `is "` + long[:100] + `…", ` + someTime,
	} {
		require.Equal(t, says, b.Post("/api/v1/tokens", body).OK(http.StatusBadRequest).Text("errors", 0, "detail"), body)
	}
}

var long = strings.Repeat("x", 300)
