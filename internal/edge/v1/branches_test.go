package v1_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// states are those of the branches in a list, by name.
func states(list testbroker.Response) map[string]any {
	all := map[string]any{}
	items, _ := list.Find("items").([]any)
	for _, item := range items {
		branch := item.(map[string]any)
		all[branch["name"].(string)] = branch["state"]
	}
	return all
}

func livingThirtyDays(s *config.Settings) { s.Cleaning.LivingBranch = 30 * 24 * time.Hour }

func TestBranches_areActiveUntilNothingComesAnyMoreOrSomebodyClosesThem(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
		b.Version("Web", "1", "main", "feat/old", "feat/done")
		now = now.Add(31 * 24 * time.Hour)
		b.Version("Web", "2", "feat/new")
		const list = "/api/v1/applications/Web/branches"
		closed := b.Post(list+"/feat%2Fdone/close", nil).OK(http.StatusOK)
		require.Equal(t, "closed", closed.Text("state"))
		require.Equal(t, "2026-07-02T12:00:00Z", closed.Text("closed_at"))

		require.Equal(t, map[string]any{"main": "active", "feat/old": "stale", "feat/done": "closed", "feat/new": "active"}, states(b.Get(list).OK(http.StatusOK)))
		require.Equal(t, map[string]any{"feat/old": "stale"}, states(b.Get(list+"?state=stale").OK(http.StatusOK)))
		require.Equal(t, map[string]any{"feat/done": "closed"}, states(b.Get(list+"?state=closed").OK(http.StatusOK)))
		require.Equal(t, map[string]any{"main": "active", "feat/new": "active"}, states(b.Get(list+"?state=active").OK(http.StatusOK)))
		require.JSONEq(t, `{"name":"feat/old","state":"stale","main":false,"head":"1","created_at":"2026-06-01T12:00:00Z","updated_at":"2026-06-01T12:00:00Z","closed_at":null}`,
			string(b.Get(list+"/feat%2Fold").OK(http.StatusOK).Body))
	}, testbroker.At(func() time.Time { return now }), testbroker.With(livingThirtyDays))
}

func TestBranches_areReopenedByANewVersionOrByHand(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Web", "1", "main", "feat")
		const feat = "/api/v1/applications/Web/branches/feat"
		state := func() string { return b.Get(feat).OK(http.StatusOK).Text("state") }
		b.Post(feat+"/close", nil).OK(http.StatusOK)
		first := b.Get(feat).OK(http.StatusOK).Text("closed_at")
		require.Equal(t, first, b.Post(feat+"/close", nil).OK(http.StatusOK).Text("closed_at"), "closing it again changes nothing")

		b.Put(at.BranchVersion("Web", "feat", "1"), nil).OK()
		require.Equal(t, "closed", state(), "the version was there before")
		b.Version("Web", "2", "feat")
		require.Equal(t, "active", state())
		require.Nil(t, b.Get(feat).OK(http.StatusOK).Find("closed_at"))

		b.Post(feat+"/close", nil).OK(http.StatusOK)
		require.Equal(t, "active", b.Post(feat+"/reopen", nil).OK(http.StatusOK).Text("state"))
		require.Equal(t, "active", b.Post(feat+"/reopen", nil).OK(http.StatusOK).Text("state"))
	})
}

func TestBranches_thatAreMainAreNeverClosed(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Web", "1", "main", "feat")
		const list = "/api/v1/applications/Web/branches"
		problem := b.Post(list+"/main/close", nil).OK(http.StatusConflict)
		require.Contains(t, problem.Text("detail"), "main is the main branch of Web")
		require.Contains(t, problem.Text("action"), "make another one the main branch first")

		b.Post(list+"/feat/close", nil).OK(http.StatusOK)
		b.Patch(at.Pacticipant("Web"), testbroker.Object{"mainBranch": "feat"}).OK()
		require.Equal(t, "active", b.Get(list+"/feat").OK(http.StatusOK).Text("state"), "it is the main branch now")
		require.Equal(t, map[string]any{"feat": "active", "main": "active"}, states(b.Get(list+"?state=active").OK(http.StatusOK)))
		require.Empty(t, states(b.Get(list+"?state=closed").OK(http.StatusOK)))
	})
}

func TestBranches_refuseWhatIsNotThere(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Web", "1", "main")
		for _, address := range []string{"Nobody/branches", "Nobody/branches/main", "Web/branches/nothing"} {
			b.Get("/api/v1/applications/" + address).OK(http.StatusNotFound)
		}
		require.Equal(t, "No application with name 'Nobody' found", b.Get("/api/v1/applications/Nobody/branches").OK(http.StatusNotFound).Text("detail"))
		require.Equal(t, "No pacticipant with name 'Nobody' found", b.Get("/pacticipants/Nobody/branches").OK(http.StatusNotFound).Text("error"))
		for _, address := range []string{"Nobody/branches/main", "Web/branches/nothing"} {
			b.Post("/api/v1/applications/"+address+"/close", nil).OK(http.StatusNotFound)
			b.Post("/api/v1/applications/"+address+"/reopen", nil).OK(http.StatusNotFound)
		}
		b.Get("/api/v1/applications/Web/branches?state=dead").OK(http.StatusBadRequest)
		b.Get("/api/v1/applications/Web/branches?cursor=*").OK(http.StatusBadRequest)
	})
}

func TestBranches_areReadPartByPart(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Web", "1", "c", "a", "main", "B", "ä")
		var names []string
		for address := "/api/v1/applications/Web/branches?limit=2&state=active"; address != ""; {
			part := b.Get(address).OK(http.StatusOK)
			for name := range states(part) {
				names = append(names, name)
			}
			address = ""
			if next, more := part.Find("next_cursor").(string); more {
				address = "/api/v1/applications/Web/branches?limit=2&state=active&cursor=" + next
			}
		}
		require.ElementsMatch(t, []string{"B", "a", "c", "main", "ä"}, names)
	})
}

// The compatible API tells of branches as before.
func TestBranches_lookAsBeforeToClientsOfThePactBroker(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Web", "1", "main", "feat")
	before := string(b.Get(at.Branch("Web", "feat")).OK().Body)
	b.Post("/api/v1/applications/Web/branches/feat/close", nil).OK(http.StatusOK)
	require.Equal(t, before, string(b.Get(at.Branch("Web", "feat")).OK().Body))
}
