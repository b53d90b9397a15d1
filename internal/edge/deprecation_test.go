package edge_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
)

func TestDeprecation_endsAtItsSunset(t *testing.T) {
	since := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	now := since
	h := edge.New(edge.Options{BaseURLs: []string{"http://broker.test"}, Now: func() time.Time { return now }, API: []edge.Route{{
		Method: "GET", Path: "/api/v1/old/:name", Operation: "old", Offers: []string{edge.JSON},
		Deprecated: &edge.Deprecation{Since: since, Sunset: since.AddDate(1, 0, 0), Successor: "/api/v1/new/:name"},
		Handler:    func(c *gin.Context) error { return edge.HAL(c, http.StatusOK, "old") },
	}}})
	w := call(h, "GET", "/api/v1/old/a%2Fb", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "@1798761600", w.Header().Get("Deprecation"))
	require.Equal(t, "Sat, 01 Jan 2028 00:00:00 GMT", w.Header().Get("Sunset"))
	require.Equal(t, `<http://broker.test/api/v1/new/a%2Fb>; rel="successor-version"`, w.Header().Values("Link")[0])
	now = since.AddDate(1, 0, 0)
	w = call(h, "GET", "/api/v1/old/a%2Fb", "")
	require.Equal(t, http.StatusGone, w.Code)
	require.Contains(t, w.Body.String(), `"code":"endpoint_removed","action":"Use http://broker.test/api/v1/new/a%2Fb instead."`)
	require.Equal(t, `<http://broker.test/api/v1/new/a%2Fb>; rel="successor-version"`, w.Header().Values("Link")[0])
}
