package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// asWritten sends a request whose address openapi.yaml does not know, and returns
// the status and the body.
func asWritten(b *testbroker.Broker, method, address string) (int, string) {
	request := httptest.NewRequest(method, "http://broker.test"+address, strings.NewReader("{}"))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	b.Handler().ServeHTTP(recorder, request)
	return recorder.Code, recorder.Body.String()
}

func TestNamesWithSlashes_areTakenAsTheNativeCommandLineWritesThem(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for _, address := range []string{"/pacticipants/Otter/branches/feat/a/b/versions/3.2.0", "/pacticipants/Otter/versions/3.2.0/tags/feat/b"} {
			status, _ := asWritten(b, http.MethodPut, address)
			require.Equal(t, http.StatusCreated, status, address)
			status, _ = asWritten(b, http.MethodPut, address)
			require.Equal(t, http.StatusOK, status, address)
			status, _ = asWritten(b, http.MethodGet, address)
			require.Equal(t, http.StatusOK, status, address)
			status, _ = asWritten(b, http.MethodHead, address)
			require.Equal(t, http.StatusOK, status, address)
		}
		b.Get("/pacticipants/Otter/branches/feat%2Fa%2Fb/versions/3.2.0").OK(http.StatusOK)
		b.Get("/pacticipants/Otter/versions/3.2.0/tags/feat%2Fb").OK(http.StatusOK)

		b.Pact("Otter", "3.2.0").With("River")
		for address, said := range map[string]string{
			"/pacticipants/Otter/branches/feat/a/b":                       `"name":"feat/a/b"`,
			"/pacticipants/Otter/branches/feat/a/b/latest-version":        `"number":"3.2.0"`,
			"/pacticipants/Otter/branches/feat/a/b/versions":              `"number":"3.2.0"`,
			"/pacticipants/Otter/latest-version/feat/b":                   `"number":"3.2.0"`,
			"/pacts/provider/River/consumer/Otter/branch/feat/a/b":        `"number":"3.2.0"`,
			"/pacts/provider/River/consumer/Otter/latest/feat/b":          `/versions/3.2.0"`,
			"/pacts/provider/River/consumer/Otter/branch/feat/a/b/latest": `/versions/3.2.0"`,
		} {
			status, body := asWritten(b, http.MethodGet, address)
			require.Equal(t, http.StatusOK, status, address)
			require.Contains(t, body, said, address)
		}

		status, _ := asWritten(b, http.MethodDelete, "/pacticipants/Otter/versions/3.2.0/tags/feat/b")
		require.Equal(t, http.StatusNoContent, status)
		b.Get("/pacticipants/Otter/versions/3.2.0/tags/feat%2Fb").OK(http.StatusNotFound)
		status, _ = asWritten(b, http.MethodGet, "/pacticipants/Otter/branches/none/at/all")
		require.Equal(t, http.StatusNotFound, status)
		status, _ = asWritten(b, http.MethodPut, "/pacticipants/Otter/branches/feat//b/versions/1")
		require.NotEqual(t, http.StatusInternalServerError, status)
	})
}

// An address that may name a version on a branch, or a branch with that name,
// deletes neither.
func TestNamesWithSlashes_deleteNothingThatMayMeanSomethingElse(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Otter", "3", "feat/a")
	b.Version("Otter", "3", "feat/a/versions/3")
	status, _ := asWritten(b, http.MethodDelete, "/pacticipants/Otter/branches/feat/a/versions/3")
	require.Equal(t, http.StatusNotFound, status)
	b.Get("/pacticipants/Otter/branches/feat%2Fa/versions/3").OK(http.StatusOK)
	b.Get("/pacticipants/Otter/branches/feat%2Fa%2Fversions%2F3").OK(http.StatusOK)

	status, body := asWritten(b, http.MethodGet, "/pacticipants/Otter/branches/feat/a/versions/3")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "/branches/feat%2Fa/versions/3", "what reads takes the shortest name")
	status, _ = asWritten(b, http.MethodDelete, "/pacticipants/Otter/branches/feat/a/versions/3/more")
	require.Equal(t, http.StatusNotFound, status)
	status, _ = asWritten(b, http.MethodDelete, "/pacticipants/Otter/branches/feat/a")
	require.Equal(t, http.StatusNoContent, status, "a branch alone can mean one thing only")
}
