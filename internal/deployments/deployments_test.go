package deployments_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// announced are the types of the facts since the last call, with their subjects,
// about environments, deployments and releases.
func announced(b *testbroker.Broker, cursor *string) []string {
	address := "/api/v1/events"
	if *cursor != "" {
		address += "?cursor=" + *cursor
	}
	page := b.Get(address).OK(http.StatusOK)
	*cursor = page.Text("next_cursor")
	facts := []string{}
	for i := range page.Find("items").([]any) {
		fact := strings.TrimPrefix(page.Text("items", i, "type"), "accord.")
		if strings.HasPrefix(fact, "environment") || strings.HasPrefix(fact, "deployment") || strings.HasPrefix(fact, "release") {
			number, _ := page.Find("items", i, "data", "version").(string)
			facts = append(facts, strings.TrimSpace(fact+" "+number))
		}
	}
	return facts
}

func TestRecords_announceWhatBeginsAndWhatEnds(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		cursor := ""
		live := b.Environment("live")
		for _, number := range []string{"1", "2"} {
			b.Version("Till", number)
		}
		require.Equal(t, []string{"environment_changed"}, announced(b, &cursor))

		b.Deploy("Till", "1", "live")
		require.Equal(t, []string{"deployment_recorded 1"}, announced(b, &cursor))
		b.Deploy("Till", "1", "live")
		require.Empty(t, announced(b, &cursor), "deploying again changes nothing")
		b.Deploy("Till", "1", "live", "north")
		require.Equal(t, []string{"deployment_recorded 1"}, announced(b, &cursor), "another instance takes nothing away")
		second := b.Deploy("Till", "2", "live")
		require.Equal(t, []string{"deployment_ended 1", "deployment_recorded 2"}, announced(b, &cursor))
		b.Undeploy(second)
		b.Undeploy(second)
		require.Equal(t, []string{"deployment_ended 2"}, announced(b, &cursor), "what has ended does not end again")

		release := b.Release("Till", "1", "live")
		b.Release("Till", "1", "live")
		require.Equal(t, []string{"release_recorded 1"}, announced(b, &cursor))
		for range 2 {
			b.Patch(release, map[string]any{"currentlySupported": false}).OK(http.StatusOK)
		}
		require.Equal(t, []string{"release_support_ended 1"}, announced(b, &cursor))
		b.Release("Till", "1", "live")
		require.Equal(t, []string{"release_recorded 1"}, announced(b, &cursor), "supported again")

		at := "/environments/" + live
		b.Put(at, map[string]any{"name": "live", "production": false}).OK(http.StatusOK)
		require.Empty(t, announced(b, &cursor), "the same again is no change")
		b.Put(at, map[string]any{"name": "prod", "production": true}).OK(http.StatusOK)
		b.Delete(at).OK(http.StatusNoContent)
		require.Equal(t, []string{"environment_changed", "environment_changed"}, announced(b, &cursor))
	})
}

func TestEnvironment_withoutADisplayNameIsNamedAfterItsName(t *testing.T) {
	b := testbroker.New(t)
	created := b.Post("/environments", map[string]any{"name": "prod-us", "production": true}).OK(http.StatusCreated)
	require.Equal(t, "Prod Us", created.Text("displayName"))
	at := "/environments/" + created.Text("uuid")
	require.Equal(t, "Live", b.Put(at, map[string]any{"name": "prod-us", "production": true, "displayName": "Live"}).OK(http.StatusOK).Text("displayName"))
	require.Equal(t, "Prod Eu", b.Put(at, map[string]any{"name": "prod-eu", "production": true}).OK(http.StatusOK).Text("displayName"))
}
