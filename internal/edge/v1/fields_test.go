package v1_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Whoever gets a field wrong learns in which part of the request it stands, and finds
// a page about it.
func TestFields_tellWhereTheyStand(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		const web = `{"versions":[{"application":"Web"}]`
		key := testbroker.Header("Idempotency-Key", "\x01")
		for _, test := range []struct {
			answer               testbroker.Response
			pointer, title, kind string
			detail               string
		}{
			{b.Post("/api/v1/verdicts?dry=1", web+"}"), "/dry", "Invalid query parameter", "invalid-query-parameter-value", "takes no query parameters"},
			{b.Post("/api/v1/verdicts", `{"versions":[]}`), "/versions", "Invalid body parameter", "invalid-body-property-value", "has 0 elements, but must have at least 1"},
			{b.Post("/api/v1/verdicts", `{}`), "/versions", "Invalid body parameter", "missing-body-property", "is missing"},
			{b.Post("/api/v1/verdicts", web+"}", key), "/Idempotency-Key", "Invalid header", "invalid-header-value", "visible ASCII"},
			{b.Get("/api/v1/events?limit=0"), "/limit", "Invalid query parameter", "invalid-query-parameter-value", "at least 1"},
		} {
			problem := test.answer.OK(http.StatusBadRequest)
			require.Equal(t, test.pointer, problem.Text("errors", 0, "pointer"), "%s", problem.Body)
			require.Equal(t, test.title, problem.Text("errors", 0, "title"), test.pointer)
			require.Contains(t, problem.Text("errors", 0, "detail"), test.detail)
			address, err := url.Parse(problem.Text("errors", 0, "type"))
			require.NoError(t, err)
			require.Equal(t, "/problems/"+test.kind, address.Path)
			require.Contains(t, string(b.Get(address.Path).OK(http.StatusOK).Body), "Correct the fields that are named.")
		}
	})
}
