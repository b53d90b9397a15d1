package integrations_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// deletions are the facts that something was deleted, with whom they are about.
func deletions(b *testbroker.Broker) []string {
	page := b.Get("/api/v1/events?limit=100").OK(http.StatusOK)
	facts := []string{}
	for i := range page.Find("items").([]any) {
		if fact := strings.TrimPrefix(page.Text("items", i, "type"), "accord."); strings.HasSuffix(fact, "_deleted") {
			facts = append(facts, fact+" "+page.Text("items", i, "subject"))
		}
	}
	return facts
}

func TestRemove_announcesThePairAndWhoIsLeftWithoutUse(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Otter", "1").With("River")
		b.Pact("Beaver", "1").With("River")
		b.Delete("/integrations/provider/River/consumer/Otter").OK(http.StatusNoContent)
		require.Equal(t, []string{"integration_deleted Otter", "pacticipant_deleted Otter"}, deletions(b), "Beaver uses the River still")
		b.Delete("/integrations/provider/Beaver/consumer/River").OK(http.StatusNoContent)
		require.Len(t, deletions(b), 2, "that is no pair")
		b.Delete("/integrations/provider/River/consumer/Beaver").OK(http.StatusNoContent)
		require.Equal(t, []string{"integration_deleted Beaver", "pacticipant_deleted Beaver", "pacticipant_deleted River"}, deletions(b)[2:])
	})
}

func TestRemove_ofAnApplicationWithItselfAnnouncesItOnce(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Ouroboros", "1").With("Ouroboros")
	b.Delete("/integrations/provider/Ouroboros/consumer/Ouroboros").OK(http.StatusNoContent)
	require.Equal(t, []string{"integration_deleted Ouroboros", "pacticipant_deleted Ouroboros"}, deletions(b))
}

func TestRemoveAll_announcesEveryApplication(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Otter", "1").With("River")
	b.Version("Heron", "1")
	b.Delete("/integrations").OK(http.StatusNoContent)
	gone := deletions(b)
	slices.Sort(gone)
	require.Equal(t, []string{"pacticipant_deleted Heron", "pacticipant_deleted Otter", "pacticipant_deleted River"}, gone)
}
