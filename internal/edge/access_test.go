package edge_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/edge"
)

const (
	asWriter = "Authorization: Basic dzp3cml0ZQ==" // w:write
	asReader = "Authorization: Basic cjpyZWFk"     // r:read
	asNobody = "Authorization: Basic dzpyZWFk"     // w:read
	asBlank  = "Authorization: Basic Og=="         // :
	asBearer = "Authorization: Bearer abc"
)

// guarded is an API with an address for each kind of access.
func guarded(gate edge.BasicAuth) http.Handler {
	none := edge.NoContent
	return broker(edge.Options{Gate: gate, API: []edge.Route{
		{Method: "GET", Path: "/thing", Handler: none},
		{Method: "PUT", Path: "/thing", Handler: none},
		{Method: "POST", Path: "/question", Handler: none, Access: edge.Read},
		{Method: "GET", Path: "/heartbeat", Handler: none, Access: edge.Heartbeat},
		{Method: "GET", Path: "/badge", Handler: none, Access: edge.Badge},
		{Method: "GET", Path: "/open", Handler: none, Access: edge.Public},
	}})
}

func TestBasicAuth_asksForWhatARouteNeeds(t *testing.T) {
	both := edge.BasicAuth{Username: "w", Password: "write", ReadOnlyUsername: "r", ReadOnlyPassword: "read"}
	publicRead, publicHeartbeat, publicBadges := both, both, both
	publicRead.PublicRead, publicHeartbeat.PublicHeartbeat, publicBadges.PublicBadges = true, true, true
	const yes, no = http.StatusNoContent, http.StatusUnauthorized
	for _, test := range []struct {
		gate           edge.BasicAuth
		method, target string
		as             string
		want           int
	}{
		{both, "GET", "/thing", "", no},
		{both, "GET", "/thing", asReader, yes},
		{both, "GET", "/thing", asWriter, yes},
		{both, "GET", "/thing", asNobody, no},
		{both, "GET", "/thing", asBlank, no},
		{both, "GET", "/thing", asBearer, http.StatusBadRequest},
		{both, "HEAD", "/thing", asReader, yes},
		{both, "OPTIONS", "/thing", "", no},
		{both, "OPTIONS", "/thing", asReader, http.StatusOK},
		{both, "PUT", "/thing", asReader, no},
		{both, "PUT", "/thing", asWriter, yes},
		{both, "POST", "/question", asReader, yes},
		{both, "GET", "/heartbeat", "", no},
		{both, "GET", "/badge", "", no},
		{both, "GET", "/open", "", yes},
		{both, "GET", "/nowhere", "", no},
		{both, "GET", "/nowhere", asReader, http.StatusNotFound},
		{both, "PATCH", "/thing", "", no},
		{both, "PATCH", "/thing", asReader, no},
		{both, "PATCH", "/thing", asWriter, http.StatusMethodNotAllowed},
		{publicRead, "GET", "/thing", "", yes},
		{publicRead, "POST", "/question", "", yes},
		{publicRead, "PUT", "/thing", "", no},
		{publicHeartbeat, "GET", "/heartbeat", "", yes},
		{publicHeartbeat, "GET", "/thing", "", no},
		{publicBadges, "GET", "/badge", "", yes},
		{publicBadges, "GET", "/heartbeat", "", no},
		{edge.BasicAuth{Username: "w", Password: "write"}, "GET", "/thing", asBlank, no},
		{edge.BasicAuth{Username: "w", Password: "write"}, "GET", "/thing", asReader, no},
	} {
		w := call(guarded(test.gate), test.method, test.target, "", test.as)
		require.Equal(t, test.want, w.Code, "%+v", test)
		if test.want == no {
			require.Equal(t, `Basic realm="Restricted area"`, w.Header().Get("WWW-Authenticate"))
			require.Empty(t, w.Body.String())
		}
	}
}

func TestBasicAuth_isAskedBeforeTheBodyIsRead(t *testing.T) {
	h := broker(edge.Options{Gate: edge.BasicAuth{Username: "w", Password: "write"}})
	w := call(h, "PUT", "/things/x", `{`, "Content-Type: application/json")
	require.Equal(t, http.StatusUnauthorized, w.Code)
}
