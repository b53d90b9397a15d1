package edge_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Who sends a request again while the first is being answered is told so, and neither
// waits nor does it a second time; once it is answered, the answer is told again.
func TestIdempotencyKey_inUseIsAConflict(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		began, goOn := make(chan struct{}, 10), make(chan struct{})
		receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			began <- struct{}{}
			<-goOn
		}))
		t.Cleanup(receiver.Close)
		hook := "/webhooks/" + b.Post("/api/v1/webhooks", testbroker.Object{"events": []string{"contract_published"}, "request": testbroker.Object{"method": "POST", "url": receiver.URL}}).OK(http.StatusCreated).Text("id") + "/execute"
		key := func(value string) testbroker.Change { return testbroker.Header("Idempotency-Key", value) }
		first := make(chan testbroker.Response, 1)
		go func() { first <- b.Post(hook, nil, key("one")) }()
		<-began

		refused := b.Post(hook, nil, key("one")).OK(http.StatusConflict)
		require.Contains(t, string(refused.Body), "is being answered right now")
		require.Empty(t, refused.Header.Get("Idempotency-Replayed"))
		b.Post(hook, testbroker.Object{}, key(`"one"`)).OK(http.StatusConflict)
		b.Post("/pacticipants", testbroker.Object{"name": "Web"}, key("two")).OK(http.StatusCreated)
		require.Empty(t, began, "nothing is done twice, whatever comes of the first")

		close(goOn)
		answered := (<-first).OK(http.StatusOK)
		again := b.Post(hook, nil, key("one")).OK(http.StatusOK)
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		require.Equal(t, string(answered.Body), string(again.Body))
		require.Empty(t, began)
		b.Post(hook, nil, key("three")).OK(http.StatusOK)
		require.Len(t, began, 1, "another key is another request")
	}, testbroker.With(testbroker.CallingHere))
}
