package deployments_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Of several who want one name at the same moment one gets it, whether they make an
// environment or rename one, and the others are told.
func TestEnvironments_ofOneNameThereIsOneWhoeverWantsIt(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		uuids := []string{b.Environment("a"), b.Environment("b"), b.Environment("c")}
		statuses := testbroker.StatusesAtOnce(6, func(i int) testbroker.Response {
			body := testbroker.Object{"name": "wanted", "displayName": fmt.Sprint(i), "production": false}
			if i < len(uuids) {
				return b.Put("/environments/"+uuids[i], body)
			}
			return b.Post("/environments", body)
		})
		require.Equal(t, 1, statuses[http.StatusOK]+statuses[http.StatusCreated], "%v", statuses)
		require.Equal(t, 5, statuses[http.StatusBadRequest], "%v", statuses)
		found, _ := b.Get("/environments?name=wanted").OK(http.StatusOK).Find("_embedded", "environments").([]any)
		require.Len(t, found, 1)
	})
}

// One place is taken by one version, however many come at the same moment, and what is
// recorded while an environment is deleted goes with it or is refused.
func TestDeploy_atTheSameMoment(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		test := b.Environment("test")
		const many = 8
		for i := range many {
			b.Version("Shop", fmt.Sprint(i))
		}
		deploy := func(i int) testbroker.Response {
			return b.Post(fmt.Sprintf("/pacticipants/Shop/versions/%d/deployed-versions/environment/%s", i, test), testbroker.Object{"applicationInstance": "blue"})
		}
		require.Equal(t, map[int]int{http.StatusCreated: many}, testbroker.StatusesAtOnce(many, deploy))
		current, _ := b.Get("/environments/"+test+"/deployed-versions/currently-deployed").OK(http.StatusOK).Find("_embedded", "deployedVersions").([]any)
		require.Len(t, current, 1)
		begun, ended := 0, 0
		items, _ := b.Get("/api/v1/events?limit=100").OK(http.StatusOK).Find("items").([]any)
		for _, item := range items {
			switch item.(map[string]any)["type"] {
			case "accord.deployment_recorded":
				begun++
			case "accord.deployment_ended":
				ended++
			}
		}
		require.Equal(t, begun-1, ended, "each that was taken over ended, and is told of")

		statuses := testbroker.StatusesAtOnce(many, func(i int) testbroker.Response {
			if i == 3 {
				return b.Delete("/environments/" + test)
			}
			return deploy(i)
		})
		require.Equal(t, 1, statuses[http.StatusNoContent], "%v", statuses)
		require.Equal(t, many-1, statuses[http.StatusCreated]+statuses[http.StatusNotFound], "%v", statuses)
		b.Get("/environments/" + test).OK(http.StatusNotFound)
	})
}

// Ending what has ended, from several sides at once, ends it once.
func TestUndeploy_andEndOfSupportHappenOnce(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("test")
		b.Version("Shop", "1")
		deployed, released := b.Deploy("Shop", "1", "test"), b.Release("Shop", "1", "test")
		require.Equal(t, map[int]int{http.StatusOK: 6}, testbroker.StatusesAtOnce(6, func(int) testbroker.Response {
			return b.Patch(deployed, testbroker.Object{"currentlyDeployed": false})
		}))
		require.Equal(t, map[int]int{http.StatusOK: 6}, testbroker.StatusesAtOnce(6, func(int) testbroker.Response {
			return b.Patch(released, testbroker.Object{"currentlySupported": false})
		}))
		for _, kind := range []string{"deployment_ended", "release_support_ended"} {
			items, _ := b.Get("/api/v1/events?type=" + kind).OK(http.StatusOK).Find("items").([]any)
			require.Len(t, items, 1, kind)
		}
	})
}
