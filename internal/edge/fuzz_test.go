package edge_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
)

// FuzzNew_survivesEveryAddress sends addresses and headers that no client of
// good will sends. Nothing may fail, and no name may reach a handler that a
// database could not take.
func FuzzNew_survivesEveryAddress(f *testing.F) {
	for _, seed := range []struct{ path, query, accept string }{
		{"/things/a%2Fb", "page=1&size=2", "application/hal+json"},
		{"//", "q[][pacticipant]=a&q[]", "*/*;q=x"},
		{"/things.csv", "%zz=%", ",;q=,"},
		{"/things/%00%ff", "a=%00", "application/problem+json"},
		{"/things/..", "+&&==&", "text/html"},
	} {
		f.Add(seed.path, seed.query, seed.accept)
	}
	fits := func(text string) bool { return utf8.ValidString(text) && !strings.ContainsAny(text, "\x00\n\t") }
	routes := append(pagedList(true), edge.Route{Method: "GET", Path: "/things/:name", Handler: func(c *gin.Context) error {
		if !fits(edge.Param(c, "name")) {
			panic("the name " + edge.Param(c, "name"))
		}
		for _, pair := range edge.Query(c) {
			if !utf8.ValidString(pair.Key+pair.Value) || strings.Contains(pair.Key+pair.Value, "\x00") {
				panic("the query " + pair.Key + "=" + pair.Value)
			}
		}
		return edge.NoContent(c)
	}})
	h := broker(edge.Options{API: routes, BaseURLs: []string{"http://broker.test/sub"}})
	f.Fuzz(func(t *testing.T, path, query, accept string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL = &url.URL{Path: path, RawPath: path, RawQuery: query}
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%q %q %q answered %d: %s", path, query, accept, w.Code, w.Body)
		}
	})
}
