package edge_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
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
		{Method: "GET", Path: "/thing", Handler: none, Action: access.Read},
		{Method: "PUT", Path: "/thing", Handler: none, Action: access.Publish},
		{Method: "POST", Path: "/question", Handler: none, Action: access.Read},
		{Method: "GET", Path: "/heartbeat", Handler: none, Action: access.ReadHeartbeat},
		{Method: "GET", Path: "/badge", Handler: none, Action: access.ReadBadges},
		{Method: "GET", Path: "/events", Handler: none, Action: access.ReadEvents},
		{Method: "GET", Path: "/webhooks", Handler: none, Action: access.ManageWebhooks},
		{Method: "GET", Path: "/open", Handler: none, Action: access.Public},
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
		{publicRead, "GET", "/events", "", no},
		{publicRead, "HEAD", "/events", "", no},
		{publicRead, "GET", "/events", asReader, yes},
		{publicRead, "GET", "/webhooks", "", no},
		{publicRead, "HEAD", "/webhooks", "", no},
		{publicRead, "GET", "/webhooks", asWriter, yes},
		{both, "GET", "/events", asWriter, yes},
		{both, "GET", "/webhooks", asReader, no},
		{both, "GET", "/webhooks", asWriter, yes},
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
			require.Equal(t, []string{`Basic realm="Restricted area"`}, w.Header().Values("WWW-Authenticate"))
		}
	}
}

func TestBasicAuth_isAskedBeforeTheBodyIsRead(t *testing.T) {
	h := broker(edge.Options{Gate: edge.BasicAuth{Username: "w", Password: "write"}})
	w := call(h, "PUT", "/things/x", `{`, "Content-Type: application/json")
	require.Equal(t, http.StatusUnauthorized, w.Code)
}

func TestNew_logsWhoAskedFromWhereAndHowLongItTook(t *testing.T) {
	var log bytes.Buffer
	h := broker(edge.Options{
		Logger:  slog.New(slog.NewTextHandler(&log, nil)),
		Gate:    edge.BasicAuth{Username: "w", Password: "write", PublicRead: true},
		Proxies: edge.Proxies{netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("10.0.0.0/8")},
	})
	call(h, "PUT", "/things/a", "{}", "Content-Type: application/json", asWriter, "X-Forwarded-For: 198.51.100.9, 203.0.113.7, 10.0.0.1")
	require.Regexp(t, `status=201 .*took_ms=[0-9.]+ .*client=203\.0\.113\.7 proxy=192\.0\.2\.1 user=w\n`, log.String())

	log.Reset()
	call(h, "PUT", "/things/a", "{}", asNobody)
	require.Regexp(t, `status=401 .*client=192\.0\.2\.1\n`, log.String())
	log.Reset()
	call(h, "GET", "/things/a", "")
	require.NotContains(t, log.String(), "user=")
}
