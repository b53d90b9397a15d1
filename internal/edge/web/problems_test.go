package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestShowProblem_explainsEveryCode(t *testing.T) {
	for _, code := range edge.Codes() {
		w := visit(t, "/problem/"+code.Page())
		require.Equal(t, http.StatusOK, w.Code, code.Name)
		require.Contains(t, w.Body.String(), "<h1>"+code.Name+"</h1>")
	}
	for _, target := range []string{"/problems/validation-error", "/problems/missing-body-property", "/problem/server-error", "/problem/not-found"} {
		require.Equal(t, http.StatusOK, visit(t, target).Code, target)
	}
	require.Equal(t, http.StatusNotFound, visit(t, "/problem/nothing").Code)
}

// The type of each failure leads to its page.
func TestShowProblem_isWhereTypesLead(t *testing.T) {
	b := testbroker.New(t)
	for _, failure := range []testbroker.Response{
		b.Get("/api/v1/nothing"), b.Get("/api/v1/verdicts"), b.Get("/api/v1/events?cursor=MTA"), b.Delete("/api/v1/events"), b.Get("/api/v1/applications/Shop/external"),
		b.Get("/pacticipants/Shop", testbroker.Accept("application/hal+json, application/problem+json")),
		b.Post("/pacticipants", "{", testbroker.Accept("application/hal+json, application/problem+json")),
		b.Post("/pacticipants", testbroker.Object{}, testbroker.Accept("application/hal+json, application/problem+json")),
	} {
		page := b.Get(failure.Text("type"), testbroker.Accept("text/html")).OK(http.StatusOK)
		require.Contains(t, string(page.Body), "What to do:", failure.Text("type"))
	}
	b.Get("/problem/nothing").OK(http.StatusNotFound)
	b.Get("/problems/nothing").OK(http.StatusNotFound)
}
