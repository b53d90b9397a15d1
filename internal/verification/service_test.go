package verification_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func outcome(success bool, by string) testbroker.Object {
	return testbroker.Object{"success": success, "providerApplicationVersion": by}
}

// Builds that finish at the same moment lose nothing: each result has a number of its
// own, the last counts, and all of it is told once.
func TestPublish_atTheSameMomentKeepsEveryResult(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		pact := b.Pact("Shop", "1").With("Stock")
		results := b.Get(pact.Path()).OK(http.StatusOK).Link("pb:publish-verification-results")
		const many = 10
		numbers := map[string]bool{}
		for _, answer := range testbroker.AtOnce(many, func(i int) testbroker.Response { return b.Post(results, outcome(i%2 == 0, fmt.Sprint(i%3))) }) {
			numbers[answer.OK(http.StatusCreated).Link("self")] = answer.Find("success").(bool)
		}
		require.Len(t, numbers, many)
		latest := b.Get(results + "/latest").OK(http.StatusOK)
		require.Equal(t, numbers[latest.Link("self")], latest.Find("success"))
		rows, _ := b.Get("/matrix?q[][pacticipant]=Shop&q[][version]=1&q[][pacticipant]=Stock&latestby=cvpv").OK(http.StatusOK).Find("matrix").([]any)
		require.Len(t, rows, 3, "a row for each version of the provider, the last of its results")
		items, _ := b.Get("/api/v1/events?type=provider_verification_published&limit=100").OK(http.StatusOK).Find("items").([]any)
		require.Len(t, items, many)
	})
}

// Deleting a result brings back the one before it, for the pact, for its version and
// for the decision, until there is none.
func TestDelete_bringsBackWhatCountedBefore(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").With("Stock")
		results := b.Get("/pacts/provider/Stock/consumer/Shop/version/1").OK(http.StatusOK).Link("pb:publish-verification-results")
		b.Tag("Stock", "7", "prod")
		deployable := func() any {
			return b.Get("/can-i-deploy?pacticipant=Shop&version=1&to=prod").OK(http.StatusOK).Find("summary", "deployable")
		}
		require.Nil(t, deployable())
		var said []testbroker.Response
		for _, success := range []bool{true, false, true} {
			said = append(said, b.Post(results, outcome(success, "7")).OK(http.StatusCreated))
			require.Equal(t, success, deployable())
		}
		b.Delete(said[1].Link("self")).OK(http.StatusNoContent)
		require.Equal(t, true, deployable(), "not the last")
		require.Equal(t, said[2].Link("self"), b.Get(results+"/latest").OK(http.StatusOK).Link("self"))
		b.Delete(said[1].Link("self")).OK(http.StatusNotFound)
		statuses := map[int]int{}
		for _, answer := range testbroker.AtOnce(4, func(int) testbroker.Response { return b.Delete(said[2].Link("self")) }) {
			statuses[answer.Status]++
		}
		require.Equal(t, map[int]int{http.StatusNoContent: 1, http.StatusNotFound: 3}, statuses, "once")
		require.Equal(t, said[0].Link("self"), b.Get(results+"/latest").OK(http.StatusOK).Link("self"))
		require.Equal(t, true, deployable())
		b.Delete(said[0].Link("self")).OK(http.StatusNoContent)
		b.Get(results + "/latest").OK(http.StatusNotFound)
		require.Nil(t, deployable(), "nothing is known any more")
	})
}

// A result belongs to a content: who publishes it again, under another version or after
// something else, has it verified; who says something else has not.
func TestResults_belongToContents(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		one, two := testbroker.Content("Shop", "Stock", "one"), testbroker.Content("Shop", "Stock", "two")
		b.Pact("Shop", "1").Saying(one).With("Stock").VerifiedBy("7")
		b.Pact("Shop", "2").Saying(two).With("Stock").FailedBy("7")
		b.Pact("Shop", "3").Saying(one).With("Stock")
		summary := func(version string) any {
			return b.Get("/matrix?q[][pacticipant]=Shop&q[][version]="+version+"&q[][pacticipant]=Stock&q[][version]=7").OK(http.StatusOK).Find("summary", "deployable")
		}
		require.Equal(t, []any{true, false, true}, []any{summary("1"), summary("2"), summary("3")})
		require.Equal(t, true, b.Get("/verification-results/consumer/Shop/version/3/latest").OK(http.StatusOK).Find("success"))
		require.Equal(t, false, b.Get("/verification-results/consumer/Shop/version/2/latest").OK(http.StatusOK).Find("success"))
		b.Delete("/pacts/provider/Stock/consumer/Shop/version/1").OK(http.StatusOK)
		require.Equal(t, true, summary("3"), "another version still says it")
		b.Delete("/pacticipants/Stock/versions/7").OK(http.StatusNoContent)
		b.Get("/verification-results/consumer/Shop/version/3/latest").OK(http.StatusOK)
		b.Get("/pacts/provider/Stock/consumer/Shop/version/3").OK(http.StatusOK)
		b.Pact("Shop", "3").Saying(one).With("Stock").VerifiedBy("7")
		require.Equal(t, true, summary("3"), "a version of the same number is another one, whose results count")
	})
}
