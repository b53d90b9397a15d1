package web_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const branchOfShop = "/pacticipants/Shop/branches/feat%2Fcart"

func TestBranches_areClosedAndReopenedOnThePageOfTheirApplication(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Shop", "1", "main", "feat/cart")
		b.Patch("/pacticipants/Shop", testbroker.Object{"mainBranch": "main"}).OK()
		state := func() string {
			return b.Get("/api/v1/applications/Shop/branches/feat%2Fcart").OK(http.StatusOK).Text("state")
		}
		branches := visited(t, b, "/pacticipants/Shop").one(t, "section", "aria-labelledby", "brs")
		require.Equal(t, branchOfShop+"/close", branches.one(t, "a", "aria-label", "Close the branch feat/cart").is("href"))
		require.Empty(t, branches.all("a", "aria-label", "Close the branch main"), "a main branch is never closed")

		asked := visited(t, b, branchOfShop+"/close")
		require.True(t, asked.has("h1", "Close feat/cart?"))
		require.Equal(t, "active", state(), "to be asked closes nothing")
		require.Equal(t, "/pacticipants/Shop?branch=feat%2Fcart", b.Submit(asked.one(t, "form", "action", branchOfShop+"/close").is("action"), nil).OK(http.StatusSeeOther).Header.Get("Location"))
		require.Equal(t, "closed", state())

		chosen := visited(t, b, "/pacticipants/Shop?branch=feat%2Fcart")
		require.Contains(t, chosen.one(t, "section", "aria-labelledby", "vs").text(), "feat/cart is closed")
		require.Contains(t, chosen.one(t, "section", "aria-labelledby", "brs").text(), "closed")
		require.True(t, visited(t, b, branchOfShop+"/close").has("p", "It is closed already."))
		require.Equal(t, "/pacticipants/Shop?branch=feat%2Fcart", b.Submit(branchOfShop+"/reopen", nil).OK(http.StatusSeeOther).Header.Get("Location"))
		require.Equal(t, "active", state())

		require.True(t, visited(t, b, "/pacticipants/Shop/branches/main/close").has("p", "which is never closed"))
		b.Submit("/pacticipants/Shop/branches/main/close", nil).OK(http.StatusConflict)
		b.Submit(branchOfShop+"/close", nil, testbroker.Header("Origin", "https://elsewhere.example")).OK(http.StatusForbidden)
		for _, nothing := range []string{"/pacticipants/Shop/branches/none/close", "/pacticipants/Nobody/branches/main/close"} {
			b.Visit(nothing).OK(http.StatusNotFound)
			b.Submit(nothing, nil).OK(http.StatusNotFound)
		}
		b.Submit("/pacticipants/Shop/branches/none/reopen", nil).OK(http.StatusNotFound)
	})
}

// A branch that was closed before it became the main one is active, and there is
// nothing to reopen.
func TestBranches_thatAreMainOfferNothing(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Shop", "1", "feat/cart")
	b.Submit(branchOfShop+"/close", nil).OK(http.StatusSeeOther)
	require.Len(t, visited(t, b, "/pacticipants/Shop").all("form", "action", branchOfShop+"/reopen"), 1)
	b.Patch("/pacticipants/Shop", testbroker.Object{"mainBranch": "feat/cart"}).OK()
	page := visited(t, b, "/pacticipants/Shop")
	require.Empty(t, page.all("form", "action", branchOfShop+"/reopen"))
	require.False(t, page.has("a", "Close…"))
}

func TestBranches_tellTheirStateWhereverTheyAreShown(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
		b.Version("Shop", "1", "main", "feat/old", "feat/done")
		b.Patch("/pacticipants/Shop", testbroker.Object{"mainBranch": "main"}).OK()
		now = now.Add(31 * 24 * time.Hour)
		b.Version("Shop", "2", "feat/new")
		b.Submit("/pacticipants/Shop/branches/feat%2Fdone/close", nil).OK(http.StatusSeeOther)

		marks := visited(t, b, "/pacticipants/Shop/versions/1").one(t, "section", "aria-labelledby", "bt").text()
		require.Contains(t, marks, "main newest active · for 31 d")
		require.Contains(t, marks, "feat/old newest stale")
		require.Contains(t, marks, "feat/done newest closed")

		found := visited(t, b, "/search?q=feat").one(t, "section", "aria-labelledby", "branches").text()
		for _, said := range []string{"/new Shop · active", "/old Shop · stale", "/done Shop · closed"} {
			require.Contains(t, found, said)
		}
		require.Contains(t, visited(t, b, "/search?q=main").one(t, "section", "aria-labelledby", "branches").text(), "main Shop · active", "a main branch is never stale")

		page := visited(t, b, "/pacticipants/Shop")
		offered := page.one(t, "select", "name", "branch").text()
		for _, said := range []string{"feat/new", "feat/old (stale)", "feat/done (closed)", "main"} {
			require.Contains(t, offered, said)
		}
		require.NotContains(t, offered, "(active)")
		require.Contains(t, visited(t, b, "/pacticipants/Shop/edit").one(t, "datalist", "id", "branches").text(), "feat/done (closed)")
	}, testbroker.At(func() time.Time { return now }), testbroker.With(func(s *config.Settings) { s.Cleaning.LivingBranch = 30 * 24 * time.Hour }))
}

// A branch of which there are too many to list is offered once it is chosen.
func TestBranches_thatAreNotListedCanBeClosedAllTheSame(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Shop", "1", "feat/cart")
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		b.Version("Shop", "2", name)
	}
	require.False(t, visited(t, b, "/pacticipants/Shop").one(t, "section", "aria-labelledby", "brs").has("li", "feat/cart"))
	page := visited(t, b, "/pacticipants/Shop?branch=feat%2Fcart")
	require.Equal(t, "feat/cart", page.one(t, "option", "selected", "").is("value"))
	require.Equal(t, branchOfShop+"/close", page.one(t, "section", "aria-labelledby", "vs").with(t, "a", "Close…").is("href"))
}

func TestBranches_areClosedByThoseWhoMay(t *testing.T) {
	b, admin := withPeople(t)
	admin.Version("Shop", "1", "feat/cart")
	admin.Version("Stock", "1", "feat/cart")
	viewer, developer := person(admin, b, "jo", "viewer"), person(admin, b, "di", "developer", "Shop")
	b.Visit(branchOfShop+"/close", viewer).OK(http.StatusForbidden)
	for _, change := range []string{"/close", "/reopen"} {
		b.Submit(branchOfShop+change, nil, viewer).OK(http.StatusForbidden)
		b.Submit("/pacticipants/Stock/branches/feat%2Fcart"+change, nil, developer).OK(http.StatusForbidden)
	}
	b.Visit("/pacticipants/Stock/branches/feat%2Fcart/close", developer).OK(http.StatusForbidden)
	b.Visit(branchOfShop+"/close", developer).OK(http.StatusOK)
	require.False(t, visited(t, b, "/pacticipants/Shop", viewer).has("a", "Close…"))
	require.False(t, visited(t, b, "/pacticipants/Stock", developer).has("a", "Close…"))
	require.True(t, visited(t, b, "/pacticipants/Shop", developer).has("a", "Close…"))
	b.Submit(branchOfShop+"/close", nil, developer).OK(http.StatusSeeOther)
	require.Empty(t, visited(t, b, "/pacticipants/Shop", viewer).all("form", "action", branchOfShop+"/reopen"))
	require.Equal(t, "closed", admin.Get("/api/v1/applications/Shop/branches/feat%2Fcart").OK(http.StatusOK).Text("state"))
}
