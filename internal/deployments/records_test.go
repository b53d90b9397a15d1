package deployments_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// audited are the changes that the audit has noted, the oldest first.
func audited(b *testbroker.Broker) (changes []string) {
	page := b.Get("/api/v1/audit?limit=200").OK(http.StatusOK)
	items := page.Find("items").([]any)
	for i := range items {
		entry := items[len(items)-1-i].(map[string]any)
		for _, c := range entry["changes"].([]any) {
			change := c.(map[string]any)
			changes = append(changes, fmt.Sprintf("%s: %v → %v", change["what"], change["before"], change["after"]))
		}
	}
	return changes
}

// What begins and ends is noted with the version that it is about, deployments and
// releases alike; what changes nothing is noted as no change.
func TestRecords_areNotedInTheAudit(t *testing.T) {
	b := testbroker.New(t)
	b.Environment("live")
	b.Version("Till", "1")
	b.Version("Till", "2")
	before := len(audited(b))
	first := b.Deploy("Till", "1", "live")
	b.Deploy("Till", "1", "live")
	second := b.Deploy("Till", "2", "live")
	b.Undeploy(first) // it has ended already
	b.Undeploy(second)
	release := b.Release("Till", "1", "live")
	b.Release("Till", "1", "live")
	for range 2 {
		b.Patch(release, map[string]any{"currentlySupported": false}).OK(http.StatusOK)
	}
	b.Release("Till", "1", "live")
	require.Equal(t, []string{
		"deployed, Till: <nil> → 1", "deployed, Till: 1 → 2", "deployed, Till: 2 → <nil>",
		"released, Till: <nil> → 1", "released, Till: 1 → <nil>", "released, Till: <nil> → 1",
	}, audited(b)[before:])
}

// Slots are kept apart: an application instance is no other one, nor the slot without
// a name, nor that of another application or environment.
func TestDeploy_takesOneSlotOnly(t *testing.T) {
	b := testbroker.New(t)
	for _, environment := range []string{"live", "test"} {
		b.Environment(environment)
	}
	for _, application := range []string{"Till", "Shop"} {
		for _, number := range []string{"1", "2"} {
			b.Version(application, number)
		}
	}
	type slot struct{ application, environment, instance string }
	records := map[slot]string{}
	for _, application := range []string{"Till", "Shop"} {
		for _, environment := range []string{"live", "test"} {
			for _, instance := range []string{"", "north", "North"} {
				s := slot{application, environment, instance}
				var named []string
				if instance != "" {
					named = []string{instance}
				}
				records[s] = b.Deploy(application, "1", environment, named...)
			}
		}
	}
	current := func(record string) bool {
		return b.Get(record).OK(http.StatusOK).Find("currentlyDeployed").(bool)
	}
	taken := slot{"Till", "live", "north"}
	b.Deploy("Till", "2", "live", "north")
	for s, record := range records {
		require.Equal(t, s != taken, current(record), "%+v", s)
	}
}
