package app_test

import (
	"net/http"
	"testing"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestHandler_servesTheDocumentation(t *testing.T) {
	b := testbroker.New(t)
	b.Get("/docs", testbroker.Accept("text/html")).OK(http.StatusOK)
	b.Get("/doc/pb:pacticipant", testbroker.Accept("text/html")).OK(http.StatusOK)
	b.Get("/doc/nothing", testbroker.Accept("text/html")).OK(http.StatusNotFound)
	b.Get("/openapi.yaml", testbroker.Accept("")).OK(http.StatusOK)
}
