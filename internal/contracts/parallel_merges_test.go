package contracts_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// descriptions are those of the interactions of a contract, in order.
func descriptions(answer testbroker.Response) (all []string) {
	for i := range answer.OK(http.StatusOK).Find("interactions").([]any) {
		all = append(all, answer.Text("interactions", i, "description"))
	}
	slices.Sort(all)
	return all
}

// A consumer whose tests run in parts merges what each part has to say, all at the same
// moment: nothing is lost, whichever way is taken, and nobody has to try again.
func TestMerge_ofManyPartsAtTheSameMomentLosesNone(t *testing.T) {
	const parts = 12
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		var want []string
		for i := range parts {
			want = append(want, fmt.Sprintf("part %02d", i))
		}
		content := func(i int) map[string]any { return testbroker.Content("Otter", "River", want[i]) }
		const patched, published = "/pacts/provider/River/consumer/Otter/version/1", "/pacts/provider/River/consumer/Otter/version/2"
		statuses := testbroker.StatusesAtOnce(parts, func(i int) testbroker.Response {
			return b.Patch(patched, content(i), testbroker.ContentType("application/json"))
		})
		require.Equal(t, map[int]int{http.StatusCreated: 1, http.StatusOK: parts - 1}, statuses)
		require.Equal(t, want, descriptions(b.Get(patched)))

		statuses = testbroker.StatusesAtOnce(parts, func(i int) testbroker.Response {
			body := b.Publishing("Otter", "2", "main", map[string]any{"River": content(i)})
			body["contracts"].([]any)[0].(map[string]any)["onConflict"] = "merge"
			return b.Post("/contracts/publish", body)
		})
		require.Equal(t, map[int]int{http.StatusOK: parts}, statuses)
		merged := b.Get(published)
		require.Equal(t, want, descriptions(merged))
		require.Equal(t, b.Get(patched).Text("_links", "pb:pact-version", "href"), merged.Text("_links", "pb:pact-version", "href"), "both say the same, and share its name")
	}, testbroker.With(func(s *config.Settings) { s.Publishing.AllowModification = true }))
}

// Of several who publish different contents for one version at the same moment one is
// first; all others are refused, and told so, or have said the same.
func TestPublish_ofDifferentContentsAtTheSameMomentKeepsTheFirst(t *testing.T) {
	const many = 9
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		answers := testbroker.AtOnce(many, func(i int) testbroker.Response {
			return b.Publish("Otter", "1", "main", nil, map[string]any{"River": testbroker.Content("Otter", "River", fmt.Sprint(i%3)), "Lake": testbroker.Content("Otter", "Lake", fmt.Sprint(i%3))})
		})
		kept := descriptions(b.Get("/pacts/provider/River/consumer/Otter/version/1"))
		require.Equal(t, kept, descriptions(b.Get("/pacts/provider/Lake/consumer/Otter/version/1")), "all of one, and nothing of another")
		for i, answer := range answers {
			if fmt.Sprint(i%3) == kept[0] {
				answer.OK(http.StatusOK)
				continue
			}
			answer.OK(http.StatusConflict)
			require.Equal(t, "error", answer.Text("notices", 0, "type"))
		}
		items := b.Get("/api/v1/events?type=contract_content_changed").OK(http.StatusOK).Find("items").([]any)
		require.Len(t, items, 2, "one for each provider: nothing was changed after that")
	})
}

// What is sent with a key or a condition happens in one transaction with that; merging
// is a part of it like anything else.
func TestMerge_withAKeyOrACondition(t *testing.T) {
	allowing := testbroker.With(func(s *config.Settings) { s.Publishing.AllowModification = true })
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		merging := func(version, description string) testbroker.Object {
			body := b.Publishing("Otter", version, "", map[string]any{"River": testbroker.Content("Otter", "River", description)})
			body["contracts"].([]any)[0].(map[string]any)["onConflict"] = "merge"
			return body
		}
		const published = "/pacts/provider/River/consumer/Otter/version/1"
		b.Post("/contracts/publish", merging("1", "a greeting")).OK(http.StatusOK)
		for range 2 {
			b.Post("/contracts/publish", merging("1", "a farewell"), testbroker.Header("Idempotency-Key", "farewell")).OK(http.StatusOK)
		}
		require.Equal(t, []string{"a farewell", "a greeting"}, descriptions(b.Get(published)))

		const patched = "/pacts/provider/River/consumer/Otter/version/2"
		patch := func(description string, with ...testbroker.Change) testbroker.Response {
			return b.Patch(patched, testbroker.Content("Otter", "River", description), append(with, testbroker.ContentType("application/json"))...)
		}
		patch("a greeting").OK(http.StatusCreated)
		etag := b.Get(patched).OK(http.StatusOK).Header.Get("ETag")
		patch("a farewell", testbroker.Header("If-Match", etag)).OK(http.StatusOK)
		patch("too late", testbroker.Header("If-Match", etag)).OK(http.StatusPreconditionFailed)
		require.Equal(t, []string{"a farewell", "a greeting"}, descriptions(b.Get(patched)))
	}, allowing)
}
