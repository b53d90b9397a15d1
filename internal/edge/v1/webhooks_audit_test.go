package v1_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// A test run sends what only the broker knows, so the audit tells who sent it where.
func TestWebhooks_areAuditedWhenTested(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer receiver.Close()
		id := b.Post("/api/v1/webhooks", testbroker.Object{"events": []string{"contract_published"}, "request": testbroker.Object{"method": "POST", "url": receiver.URL + "/secret-path"}}).OK(http.StatusCreated).Text("id")
		b.Post("/webhooks/"+id+"/execute", "").OK(http.StatusOK)
		b.Post("/webhooks/execute", testbroker.Webhook(receiver.URL+"/secret-path", "contract_published")).OK(http.StatusOK)
		b.Submit("/webhooks/"+id+"/test", url.Values{})
		for _, action := range []string{"testWebhook", "testUnsavedWebhook", "POST /webhooks/:uuid/test"} {
			told := b.Get("/api/v1/audit?action=" + url.QueryEscape(action)).OK(http.StatusOK)
			require.Len(t, told.Find("items"), 1, action)
			require.Equal(t, "done", told.Text("items", 0, "outcome"))
			require.Equal(t, "POST to "+receiver.Listener.Addr().String(), told.Text("items", 0, "changes", 0, "after"))
			require.NotContains(t, string(told.Body), "secret-path")
		}
	}, testbroker.With(testbroker.CallingHere))
}
