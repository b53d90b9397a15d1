package edge_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

// What is refused before a handler is asked says why, and what to do.
func TestNew_refusesWithTheRemedy(t *testing.T) {
	h := broker(edge.Options{})
	for _, test := range []struct {
		method, target string
		headers        []string
		status         int
		media, body    string
	}{
		{"DELETE", "/things", nil, 405, "", `{"error":"This address does not take DELETE. It takes GET, OPTIONS."}`},
		{"GET", "/things", []string{"Accept: image/png"}, 406, "",
			`{"error":"This address does not answer in a form that the Accept header names, or not in its character set. It answers with application/hal+json or text/csv, in UTF-8."}`},
		{"PUT", "/things/x", nil, 415, "application/hal+json;charset=utf-8",
			`{"error":"The request has no Content-Type header. Send the header Content-Type: application/json, also where the body is empty."}`},
		{"PUT", "/things/x", []string{"Content-Type: text/plain"}, 415, "application/hal+json;charset=utf-8",
			`{"error":"This address does not take a body of the type text/plain. Send the header Content-Type: application/json, also where the body is empty."}`},
		{"POST", "/any", []string{"Content-Type: text/plain"}, 415, "application/hal+json;charset=utf-8",
			`{"error":"This address does not take a body of the type text/plain. Send the header Content-Type: application/json, also where the body is empty."}`},
		{"BREW", "/things", nil, 501, "", `{"error":"HTTP knows no such method. Use GET, POST, PUT, PATCH or DELETE."}`},
	} {
		w := call(h, test.method, test.target, "", test.headers...)
		require.Equal(t, test.status, w.Code, test.target)
		require.Equal(t, test.media, w.Header().Get("Content-Type"), test.target)
		require.Equal(t, test.body, w.Body.String(), test.target)
	}
	w := call(h, "DELETE", "/things", "", "Accept: application/problem+json")
	require.Equal(t, "application/problem+json;charset=utf-8", w.Header().Get("Content-Type"))
	require.JSONEq(t, `{"title":"Method Not Allowed","type":"http://broker.test/problem/method-not-allowed","status":405,
		"detail":"This address does not take DELETE. It takes GET, OPTIONS."}`, w.Body.String())
	require.Empty(t, call(h, "HEAD", "/things", "", "Accept: image/png").Body.String())
}

// Whatever goes wrong under /api/v1 has a code, a remedy, the address and the id
// of the request.
func TestNew_completesProblemsOfItsOwnAPI(t *testing.T) {
	h := broker(edge.Options{Gate: edge.BasicAuth{Username: "w", Password: "write"}})
	for _, test := range []struct {
		method, target string
		headers        []string
		status         int
		code, kind     string
	}{
		{"GET", "/api/v1/fail/generic", []string{asWriter}, 404, "not_found", "problems/not-found"},
		{"GET", "/api/v1/nowhere", []string{asWriter}, 404, "not_found", "problems/not-found"},
		{"GET", "/api/v1//nowhere", []string{asWriter}, 404, "not_found", "problems/not-found"},
		{"GET", "/api/v1/fail/a%0Ab", []string{asWriter}, 422, "unprocessable", "problems/unprocessable"},
		{"GET", "/api/v1/fail/conflict", []string{asWriter}, 409, "conflict", "problems/conflict"},
		{"DELETE", "/api/v1/fail/conflict", []string{asWriter}, 405, "method_not_allowed", "problems/method-not-allowed"},
		{"BREW", "/api/v1/fail/conflict", []string{asWriter}, 405, "method_not_allowed", "problems/method-not-allowed"},
		{"BREW", "/api/v1/fail/conflict", nil, 401, "unauthorized", "problems/unauthorized"},
		{"BREW", "/api/v1/nowhere", []string{asWriter}, 404, "not_found", "problems/not-found"},
		{"GET", "/api/v1/fail/conflict", []string{asWriter, "Accept: image/png"}, 406, "not_acceptable", "problems/not-acceptable"},
		{"GET", "/api/v1/fail/conflict", nil, 401, "unauthorized", "problems/unauthorized"},
		{"GET", "/api/v1/fail/fields", []string{asWriter}, 400, "invalid", "problems/validation-error"},
	} {
		w := call(h, test.method, test.target, "", append(test.headers, "X-Request-Id: me")...)
		var p map[string]any
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p), test.target)
		require.Equal(t, test.status, w.Code, test.target)
		require.Equal(t, "application/problem+json;charset=utf-8", w.Header().Get("Content-Type"), test.target)
		require.Equal(t, test.code, p["code"], test.target)
		require.Equal(t, "http://broker.test/"+test.kind, p["type"], test.target)
		require.Equal(t, test.target, p["instance"], test.target)
		require.Equal(t, "me", p["request_id"], test.target)
		require.NotEmpty(t, p["action"], test.target)
	}
}

// A method that nobody knows is no fault of the broker's: under /api/v1 it is refused
// like one that the address does not take.
func TestNew_refusesUnknownMethodsOfItsOwnAPI(t *testing.T) {
	w := call(broker(edge.Options{}), "BREW", "/api/v1/fail/conflict", "")
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "GET, OPTIONS", w.Header().Get("Allow"))
	require.Contains(t, w.Body.String(), `"detail":"This address does not take BREW."`)
}

func TestBasicAuth_saysWhatIsNeeded(t *testing.T) {
	gate := edge.BasicAuth{Username: "w", Password: "write"}
	w := call(guarded(gate), "GET", "/thing", "")
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.Equal(t, "text/plain;charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, "A user name and a password are needed: send them as basic authentication.\n", w.Body.String())
	w = call(guarded(gate), "GET", "/thing", "", "Authorization: Digest x")
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Contains(t, w.Body.String(), "Send a user name and a password, as Basic.")
}

func TestCredentials_sayWhichSchemesTheyTake(t *testing.T) {
	for _, gate := range []edge.Credentials{{Tokens: noTokens{}}, {Tokens: noTokens{}, BasicAuth: edge.BasicAuth{Username: "w", Password: "write"}}} {
		w := call(broker(edge.Options{Gate: gate, API: readable()}), "GET", "/things/a", "", "Authorization: Digest x")
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.Equal(t, "The Authorization header has a scheme that this broker does not take. Send a token as Bearer, or as the password of Basic with any user name.\n", w.Body.String())
	}
}
