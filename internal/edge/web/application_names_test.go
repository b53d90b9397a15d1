package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestRename_keepsAllAndTheFormerName(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").Branch("main").With("Stock").VerifiedBy("7").DeployedTo("production")
		require.Equal(t, "/pacticipants/Shop/rename", visited(t, b, "/pacticipants/Shop/edit").with(t, "a", "Rename Shop").is("href"))
		page := visited(t, b, "/pacticipants/Shop/rename")
		require.True(t, page.has("p", "None that still lead here."))
		sent := filled(t, page, "/pacticipants/Shop/rename", "name", " Web <shop> ")
		require.Equal(t, "/pacticipants/Web%20%3Cshop%3E", b.Submit("/pacticipants/Shop/rename", sent).OK(http.StatusSeeOther).Header.Get("Location"))
		renamed := visited(t, b, "/pacticipants/Web%20%3Cshop%3E/rename")
		require.True(t, renamed.has("b", "Shop"))
		require.True(t, visited(t, b, "/pacticipants/Web%20%3Cshop%3E").has("span", "production"))
		b.Get("/pacticipants/Shop/versions/1").OK()
		b.Submit("/pacticipants/Web%20%3Cshop%3E/rename/forget", filled(t, renamed, "/pacticipants/Web%20%3Cshop%3E/rename/forget")).OK(http.StatusSeeOther)
		b.Get("/pacticipants/Shop").OK(http.StatusNotFound)
		b.Submit("/pacticipants/Web%20%3Cshop%3E/rename/forget", url.Values{"former": {"Shop"}}).OK(http.StatusNotFound)
	})
}

func TestRename_saysWhatIsWrong(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").With("Stock")
	for name, said := range map[string]string{"": "The name ", "Stock": "There is an application Stock already.", "tab\tted": "The name "} {
		refused := pageOf(t, b.Submit("/pacticipants/Shop/rename", url.Values{"name": {name}}).OK(http.StatusUnprocessableEntity))
		require.Contains(t, refused.one(t, "div", "role", "alert").text(), said, name)
		require.Equal(t, name == "Stock", refused.has("a", "Merge Shop into it"), name)
	}
	b.Get("/pacticipants/Shop").OK()
	b.Submit("/pacticipants/Nobody/rename", url.Values{"name": {"x"}}).OK(http.StatusNotFound)
}

func TestMerge_saysWhatComesOfItFirst(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").Branch("main").With("Stock").VerifiedBy("7")
		b.Pact("shop-web", "2").Branch("main").With("Stock").DeployedTo("production")
		ask := visited(t, b, "/pacticipants/shop-web/merge")
		require.Contains(t, values(ask.one(t, "datalist", "id", "others")), "Shop")
		page := visited(t, b, "/pacticipants/shop-web/merge?into=Shop")
		require.Equal(t, map[string]int{"Versions": 1, "Integrations in which it is the consumer": 1, "Contents of contracts": 1, "Places where it runs": 1}, counts(t, page))
		sent := filled(t, page, "/pacticipants/shop-web/merge", "confirm", "Shop")
		require.True(t, pageOf(t, b.Submit("/pacticipants/shop-web/merge", sent).OK(http.StatusUnprocessableEntity)).has("p", "Nothing was merged"))
		b.Get("/pacticipants/Shop/versions/2").OK(http.StatusNotFound)
		merges := func() []any {
			return b.Get("/api/v1/audit?action=" + url.QueryEscape("POST /pacticipants/:pacticipant/merge")).OK(http.StatusOK).Find("items").([]any)
		}
		require.Empty(t, merges(), "looking what would come of it is no entry of the audit")
		sent.Set("confirm", "shop-web")
		require.Equal(t, "/pacticipants/Shop", b.Submit("/pacticipants/shop-web/merge", sent).OK(http.StatusSeeOther).Header.Get("Location"))
		b.Get("/pacticipants/Shop/versions/2").OK()
		require.Equal(t, "Shop", b.Get("/pacticipants/shop-web").OK().Text("name"))
		require.Len(t, merges(), 1)
	})
}

func TestMerge_saysThatOneOfBothNeedsTheOther(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").With("Stock")
	b.Pact("shop-web", "1").With("Stock")
	const said = "Shop becomes a consumer of itself"
	require.False(t, visited(t, b, "/pacticipants/shop-web/merge?into=Shop").has("p", said))
	b.Pact("shop-web", "2").With("Shop")
	require.True(t, visited(t, b, "/pacticipants/shop-web/merge?into=Shop").has("p", said))
}

func TestMerge_leavesAloneWhatClashes(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").With("Stock")
	b.Pact("shop-web", "1").Saying(testbroker.Content("shop-web", "Stock", "another request")).With("Stock")
	page := visited(t, b, "/pacticipants/shop-web/merge?into=Shop")
	require.True(t, page.has("b", "Both have something else in the same place."))
	sent := filled(t, page, "/pacticipants/shop-web/merge", "confirm", "shop-web")
	require.True(t, pageOf(t, b.Submit("/pacticipants/shop-web/merge", sent).OK(http.StatusUnprocessableEntity)).has("p", "something else in the same place"))
	b.Get("/pacticipants/shop-web/versions/1").OK()
	sent.Set("newest", "yes")
	b.Submit("/pacticipants/shop-web/merge", sent).OK(http.StatusSeeOther)

	for into, said := range map[string]string{"Nobody": "Nobody", "Shop": "must be another application"} {
		require.Contains(t, pageOf(t, b.Visit("/pacticipants/Shop/merge?into="+into).OK(http.StatusUnprocessableEntity)).one(t, "div", "role", "alert").text(), said)
	}
	require.True(t, pageOf(t, b.Submit("/pacticipants/Shop/merge", nil).OK(http.StatusUnprocessableEntity)).has("p", "Say into which application."))
	b.Visit("/pacticipants/Nobody/merge").OK(http.StatusNotFound)
}

// What a form changes is changed together or not at all.
func TestEditApplication_changesAllOrNothing(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Shop", "1", "main")
		b.Put("/pacticipants/Shop/labels/old", nil).OK()
		page := visited(t, b, "/pacticipants/Shop/edit")
		sent := filled(t, page, "/pacticipants/Shop/edit", "displayName", "Another", "labels", "new\nma\u200bin")
		b.Submit("/pacticipants/Shop/edit", sent).OK(http.StatusUnprocessableEntity)
		require.Equal(t, "Shop", b.Get("/pacticipants/Shop").OK().Text("displayName"))
		b.Get("/pacticipants/Shop/labels/old").OK()
		b.Get("/pacticipants/Shop/labels/new").OK(http.StatusNotFound)
	})
}
