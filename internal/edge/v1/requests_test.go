package v1_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func named(id string) testbroker.Change { return testbroker.Header("X-Request-Id", id) }

// factsTold are the types of the facts that a history tells.
func factsTold(history testbroker.Response) []string {
	var types []string
	for _, fact := range history.Find("facts").([]any) {
		types = append(types, fact.(map[string]any)["type"].(string))
	}
	return types
}

func TestShowRequest_tellsWhatHappened(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		receiver := testbroker.NewReceiver(t)
		b.Post("/webhooks", testbroker.Webhook(receiver.URL, "contract_published")).OK()
		b.Work()
		b.Publish("Shop", "1", "main", nil, map[string]any{"Stock": testbroker.Content("Shop", "Stock", "one")}, named("push-1"),
			testbroker.Header("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")).OK()
		receiver.Next(t)
		history := b.Get("/api/v1/requests/push-1").OK(http.StatusOK)
		require.Equal(t, "publishContracts", history.Text("answers", 0, "operation"))
		require.Equal(t, "/contracts/publish", history.Text("answers", 0, "path"))
		require.InDelta(t, http.StatusOK, history.Find("answers", 0, "status"), 0)
		require.Contains(t, history.Text("answers", 0, "traceparent"), "0af7651916cd43dd8448eb211c80319c")
		require.Contains(t, factsTold(history), "accord.contract_published")
		require.Equal(t, "contract_published", history.Text("deliveries", 0, "event"))
		require.Eventually(t, func() bool {
			return b.Get("/api/v1/requests/push-1").OK(http.StatusOK).Text("deliveries", 0, "status") == "success"
		}, 10*time.Second, 20*time.Millisecond)
	}, testbroker.With(testbroker.CallingHere))
}

func TestShowRequest_tellsOfFailuresAndReplaysButNotOfReading(t *testing.T) {
	b := testbroker.New(t)
	b.Get("/pacticipants", named("look")).OK()
	b.Get("/api/v1/requests/look").OK(http.StatusNotFound)
	b.Post("/api/v1/verdicts", testbroker.Object{"versions": []any{}}, named("ask"))
	b.Get("/api/v1/requests/ask").OK(http.StatusNotFound)

	b.Post("/api/v1/tokens", testbroker.Object{"name": "x", "role": "emperor"}, named("bad")).OK(http.StatusBadRequest)
	require.Equal(t, "invalid", b.Get("/api/v1/requests/bad").OK(http.StatusOK).Text("answers", 0, "code"))

	for range 2 {
		b.Post("/pacticipants", testbroker.Object{"name": "Shop"}, named("twice"), testbroker.Header("Idempotency-Key", "k")).OK(http.StatusCreated)
	}
	history := b.Get("/api/v1/requests/twice").OK(http.StatusOK)
	require.Equal(t, true, history.Find("answers", 0, "replayed"))
	require.Equal(t, false, history.Find("answers", 1, "replayed"))
	require.Len(t, factsTold(history), 1, "it was created once")
}

// What a job announces names the request that the job goes back to.
func TestShowRequest_tellsWhichVerdictsChanged(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		uuid := b.Environment("test")
		shop := b.Pact("Shop", "1").Branch("main").With("Stock")
		shop.VerifiedBy("7")
		b.PollVerdicts()
		b.Post("/pacticipants/Stock/versions/7/deployed-versions/environment/"+uuid, nil, named("deploy-7")).OK(http.StatusCreated)
		b.PollVerdicts()
		require.Equal(t, []string{"accord.deployment_recorded", "accord.verdict_changed"}, factsTold(b.Get("/api/v1/requests/deploy-7").OK(http.StatusOK)))
	})
}

func TestShowRequest_keepsTheWebhooksFromWhoMayNotSeeThem(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{Tokens: true, BasicAuth: true, Username: "ci", Password: "hush", ReadOnlyUsername: "eye", ReadOnlyPassword: "see"}
	}))
	b.Put("/pacticipants/Shop/labels/web", nil, testbroker.As("ci", "hush"), named("one"))
	b.Post("/pacticipants", testbroker.Object{"name": "Shop"}, testbroker.As("ci", "hush"), named("one")).OK()
	b.Post("/pacticipants", testbroker.Object{"name": "Bank"}, named("nobody")).OK(http.StatusUnauthorized)
	b.Get("/api/v1/requests/one").OK(http.StatusUnauthorized)
	seen := b.Get("/api/v1/requests/one", testbroker.As("eye", "see")).OK(http.StatusOK)
	require.Equal(t, "ci", seen.Text("answers", 0, "actor"))
	require.Nil(t, seen.Find("deliveries"))
	b.Put("/api/v1/roles/auditor", testbroker.Object{"actions": []string{"read"}}, testbroker.As("ci", "hush"), named("one")).OK(http.StatusCreated)
	b.Put("/api/v1/roles/auditor", testbroker.Object{"actions": []string{"read"}}, testbroker.As("ci", "hush"), named("two")).OK(http.StatusOK)
	require.Equal(t, "/api/v1/roles/auditor", b.Get("/api/v1/requests/one", testbroker.As("ci", "hush")).OK(http.StatusOK).Text("answers", 0, "path"))
	require.NotContains(t, string(b.Get("/api/v1/requests/one", testbroker.As("eye", "see")).OK(http.StatusOK).Body), "auditor")
	b.Get("/api/v1/requests/two", testbroker.As("eye", "see")).OK(http.StatusNotFound)
	b.Get("/api/v1/requests/nobody", testbroker.As("eye", "see")).OK(http.StatusNotFound)
}
