package integrations_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
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

// there are the names of all applications, in their order.
func there(b *testbroker.Broker) []string {
	names := []string{}
	page := b.Get("/pacticipants").OK(http.StatusOK)
	for i := 0; page.Find("_embedded", "pacticipants", i) != nil; i++ {
		names = append(names, page.Text("_embedded", "pacticipants", i, "name"))
	}
	slices.Sort(names)
	return names
}

// What belongs to another pair of the same applications' stays: their contracts, the
// versions that have them, and results.
func TestRemove_leavesWhatBelongsToOthers(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		kept := b.Pact("Otter", "1").With("River").VerifiedBy("10")
		gone := b.Pact("Otter", "2").With("Sea").VerifiedBy("20")
		back := b.Pact("River", "10").With("Otter")
		b.Delete("/integrations/provider/Sea/consumer/Otter").OK(http.StatusNoContent)
		require.Equal(t, []string{"Otter", "River"}, there(b))
		for _, pact := range []*testbroker.Pact{kept, back} {
			b.Get(pact.Path()).OK(http.StatusOK)
		}
		b.Get(gone.Path()).OK(http.StatusNotFound)
		b.Get("/pacticipants/Otter/versions/1").OK(http.StatusOK)
		b.Get("/pacticipants/Otter/versions/2").OK(http.StatusNotFound)
		rows := b.Get("/matrix?q[][pacticipant]=Otter&q[][pacticipant]=River").OK(http.StatusOK)
		require.EqualValues(t, 1, rows.Find("summary", "success"), "the result of the other pair counts on")
		b.Delete("/integrations/provider/River/consumer/Otter").OK(http.StatusNoContent)
		b.Get(back.Path()).OK(http.StatusOK)
		require.Equal(t, []string{"Otter", "River"}, there(b), "the way back is a pair of its own")
	})
}

// Who may not delete it deletes nothing, whichever of the two is not theirs; neither do
// names that there are not.
func TestRemove_isForThoseWhoManageBoth(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		admin.Pact("Otter", "1").With("River")
		as := func(role string, applications ...string) testbroker.Change {
			wanted := testbroker.Object{"name": "x", "role": role}
			if len(applications) > 0 {
				wanted["applications"] = applications
			}
			secret := admin.Post("/api/v1/tokens", wanted).OK(http.StatusCreated).Text("secret")
			return testbroker.Header("Authorization", "Bearer "+secret)
		}
		const pair = "/integrations/provider/River/consumer/Otter"
		for name, who := range map[string]testbroker.Change{
			"the consumer's": as("developer", "Otter"), "the provider's": as("developer", "River"), "another's": as("developer", "Heron"), "who only publishes": as("consumer-ci", "Otter", "River"), "who only reads": as("viewer"),
		} {
			b.Delete(pair, who).OK(http.StatusForbidden)
			b.Delete("/integrations", who).OK(http.StatusForbidden)
			require.Equal(t, []string{"Otter", "River"}, there(admin), name)
		}
		b.Delete("/integrations", as("developer", "Otter", "River")).OK(http.StatusForbidden)
		require.Empty(t, deletions(admin))
		for _, address := range []string{"/integrations/provider/Nobody/consumer/Otter", "/integrations/provider/River/consumer/Nobody", "/integrations/provider/r%2Fx/consumer/%25"} {
			admin.Delete(address).OK(http.StatusNotFound)
		}
		require.Empty(t, deletions(admin))
		b.Delete(pair, as("developer", "Otter", "River")).OK(http.StatusNoContent)
		require.Empty(t, there(admin))
		admin.Delete(pair).OK(http.StatusNotFound)
	}, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{Tokens: true, BasicAuth: true, Username: "admin", Password: "sesame"}
	}))
}

// However many delete it at once it is deleted and announced once, and what is published
// meanwhile is whole: there with its pair, or gone with it.
func TestRemove_byManyAtOnceAnnouncesItOnce(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Otter", "1").With("River")
		b.Pact("Otter", "1").With("Lake")
		var all sync.WaitGroup
		answers := make([]int, 8)
		for i := range answers {
			all.Go(func() {
				answers[i] = b.Delete("/integrations/provider/River/consumer/Otter").Status
			})
		}
		all.Wait()
		for _, status := range answers {
			require.Contains(t, []int{http.StatusNoContent, http.StatusNotFound}, status)
		}
		require.Contains(t, answers, http.StatusNoContent)
		require.Equal(t, []string{"integration_deleted Otter", "pacticipant_deleted River"}, deletions(b))
		require.Equal(t, []string{"Lake", "Otter"}, there(b))

		for i := range 6 {
			all.Go(func() {
				b.Publish("Otter", strconv.Itoa(100+i), "main", nil, map[string]any{"Sea": nil}).OK(http.StatusOK)
			})
			all.Go(func() {
				b.Delete("/integrations/provider/Sea/consumer/Otter").OK(http.StatusNoContent, http.StatusNotFound)
			})
		}
		all.Wait()
		left := b.Get("/integrations").OK(http.StatusOK)
		for i := 0; left.Find("_embedded", "integrations", i) != nil; i++ {
			provider := left.Text("_embedded", "integrations", i, "provider", "name")
			b.Get("/pacts/provider/" + provider + "/consumer/Otter/latest").OK(http.StatusOK)
			require.Contains(t, there(b), provider, "no pair is left without one of the two")
		}
	})
}

func TestRemoveAll_leavesEnvironmentsAndABrokerThatGoesOn(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Otter", "1").With("River").VerifiedBy("10")
		b.Environment("production")
		b.Deploy("Otter", "1", "production")
		b.Delete("/integrations").OK(http.StatusNoContent)
		require.Empty(t, there(b))
		b.Delete("/integrations").OK(http.StatusNoContent)
		require.Len(t, deletions(b), 2, "nothing is announced that was not there")
		again := b.Pact("Otter", "1").With("River")
		b.Get(again.Path()).OK(http.StatusOK)
		verdict := b.Get("/can-i-deploy?pacticipant=River&version=10&environment=production")
		require.NotEqual(t, true, verdict.Find("summary", "deployable"), "the version went with the rest")
		b.Version("River", "11")
		safe := b.Get("/can-i-deploy?pacticipant=River&version=11&environment=production").OK(http.StatusOK)
		require.Equal(t, true, safe.Find("summary", "deployable"), "nothing that was deployed before counts any more")
	})
}
