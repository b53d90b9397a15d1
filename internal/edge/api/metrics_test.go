package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestShowMetrics_countsWhatThereIs(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		empty := b.Get("/metrics").OK(http.StatusOK).JSON()
		require.Nil(t, b.Get("/metrics").Find("pactPublications", "first"))

		say := func(consumer string, what ...string) any { return testbroker.Content(consumer, "River", what...) }
		b.Environment("test")
		b.Environment("production")
		b.Pact("Otter", "1").Branch("main").Tags("dev", "test").Saying(say("Otter", "swim")).With("River").VerifiedBy("50").VerifiedBy("50").FailedBy("51")
		b.Pact("Otter", "2").Tags("dev").Saying(say("Otter", "swim", "dive")).With("River")
		b.Put("/pacts/provider/River/consumer/Otter/version/3", say("Otter", "swim")).OK(http.StatusCreated)
		b.Patch("/pacts/provider/River/consumer/Otter/version/3", say("Otter", "float"), testbroker.ContentType("application/json")).OK(http.StatusOK)
		b.Pact("Beaver", "1").Tags("dev").Saying(say("Beaver", "gnaw")).With("River")
		b.Tag("River", "50", "test")
		b.Deploy("River", "51", "test")
		b.Release("River", "51", "production")
		b.Post("/webhooks", map[string]any{"events": []any{map[string]any{"name": "contract_published"}}, "request": map[string]any{"method": "POST", "url": "https://ci.example.org"}}).OK(http.StatusCreated)
		b.Pact("Heron", "1").Branch("main").With("Lake")

		m := b.Get("/metrics").OK(http.StatusOK)
		count := func(what string) any { return m.Find(what) }
		figures := func(pairs ...any) map[string]any {
			all := map[string]any{}
			for i := 0; i < len(pairs); i += 2 {
				all[pairs[i].(string)] = float64(pairs[i+1].(int))
			}
			return all
		}
		require.Equal(t, figures("latestInteractionsCount", 4, "latestMessagesCount", 0, "latestInteractionsAndMessagesCount", 4), count("interactions"))
		require.Equal(t, figures("count", 5, "withMainBranchSetCount", 2), count("pacticipants"))
		require.Equal(t, figures("count", 3), count("integrations"))
		require.EqualValues(t, 6, m.Find("pactPublications", "count"))
		require.EqualValues(t, 5, m.Find("pactVersions", "count"))
		require.Equal(t, map[string]any{"distribution": figures("1", 4, "2", 1)}, count("pactRevisionsPerConsumerVersion"))
		require.Equal(t, []any{3.0, 2.0, 1.0, 2.0}, []any{
			m.Find("verificationResults", "count"), m.Find("verificationResults", "successCount"), m.Find("verificationResults", "failureCount"), m.Find("verificationResults", "distinctCount")})
		require.Equal(t, map[string]any{"distribution": figures("3", 1)}, count("verificationResultsPerPactVersion"))
		require.Equal(t, figures("count", 7, "withUserCreatedBranchCount", 2, "withBranchCount", 5, "withBranchSetCount", 5), count("pacticipantVersions"))
		require.Equal(t, figures("count", 5, "distinctCount", 2, "distinctWithPacticipantCount", 4), count("tags"))
		require.Equal(t, figures("count", 1), count("webhooks"))
		require.Equal(t, figures("count", 1), count("triggeredWebhooks"))
		require.Equal(t, figures("count", -1), count("matrix"))
		require.Equal(t, figures("count", 2), count("environments"))
		require.Equal(t, figures("count", 2, "userCreatedCount", 1, "currentlyDeployedCount", 1), count("deployedVersions"))
		require.Equal(t, figures("count", 1, "currentlySupportedCount", 1), count("releasedVersions"))

		b.Delete("/integrations").OK(http.StatusNoContent)
		for _, name := range []string{"test", "production"} {
			b.Delete("/environments/" + b.Environment(name)).OK(http.StatusNoContent)
		}
		require.Equal(t, empty, b.Get("/metrics").JSON(), "what awaits being purged does not count")
	})
}

func TestShowMetrics_countsNoWebhooksForThoseWhoMayNotSeeThemAll(t *testing.T) {
	guarded := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		askAll(s)
		s.Access.PublicRead = true
	}))
	b := guarded.Always(testbroker.As("admin", "sesame"))
	b.Post("/webhooks", map[string]any{"events": []any{map[string]any{"name": "contract_published"}}, "request": map[string]any{"method": "POST", "url": "https://ci.example.org"}}).OK(http.StatusCreated)
	b.Pact("Heron", "1").Branch("main").With("Lake")
	for _, kind := range []string{"webhooks", "triggeredWebhooks"} {
		require.EqualValues(t, 1, b.Get("/metrics").OK().Find(kind, "count"), kind)
		require.EqualValues(t, 0, guarded.Get("/metrics").OK().Find(kind, "count"), kind)
	}
}
