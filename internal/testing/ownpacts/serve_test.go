//go:build pact

package ownpacts_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// serve answers with what is there when a request comes, and returns its address.
func serve(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}
