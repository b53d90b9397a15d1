package api_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
	"github.com/accord-broker/accord/internal/testing/openapitest"
)

const base = "http://broker.test"

// call sends a request to an API that stands alone; headers are "Name: value".
// The answer must be one that openapi.yaml describes.
func call(t *testing.T, a *api.API, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	h := edge.New(edge.Options{API: a.Routes(), BaseURLs: []string{base}, Logger: slog.New(slog.DiscardHandler)})
	r := httptest.NewRequest(method, base+target, strings.NewReader(body))
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	openapitest.Validate(t, r, w.Code, w.Header(), w.Body.Bytes())
	return w
}

func TestRoutes_nameTheirOperationsAndTakeBodiesOnlyForWriting(t *testing.T) {
	for _, route := range (&api.API{}).Routes() {
		require.NotEmpty(t, route.Operation, route.Path)
		if route.Method == http.MethodGet || route.Method == http.MethodDelete {
			require.Empty(t, route.Accepts, route.Operation)
		}
	}
}
