package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestEditApplication_changesWhatTheFormSays(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Shop", "1", "main", "release")
		b.Put("/pacticipants/Shop/labels/old", nil).OK()
		b.Put("/pacticipants/Shop/labels/stays", nil).OK()
		page := visited(t, b, "/pacticipants/Shop/edit")
		require.Equal(t, []string{"main", "release"}, slices.Sorted(slices.Values(values(page.one(t, "datalist", "id", "branches")))))
		sent := filled(t, page, "/pacticipants/Shop/edit", "displayName", "The <shop>", "mainBranch", "release", "repositoryUrl", "https://git.example.org/shop", "repositoryName", "shop", "repositoryNamespace", "web",
			"labels", "stays\nnew one", "external", "yes", "reason", "of another company")
		require.Equal(t, "/pacticipants/Shop", b.Submit("/pacticipants/Shop/edit", sent).OK(http.StatusSeeOther).Header.Get("Location"))
		kept := b.Get("/pacticipants/Shop").OK()
		require.Equal(t, "The <shop>", kept.Text("displayName"))
		require.Equal(t, "release", kept.Text("mainBranch"))
		require.Equal(t, "https://git.example.org/shop", kept.Text("repositoryUrl"))
		b.Get("/pacticipants/Shop/labels/old").OK(http.StatusNotFound)
		b.Get("/pacticipants/Shop/labels/new%20one").OK()
		application := visited(t, b, "/pacticipants/Shop")
		require.Equal(t, "/pacticipants/Shop/edit", application.with(t, "a", "Edit").is("href"))
		require.True(t, application.has("p", "of another company"))

		again := visited(t, b, "/pacticipants/Shop/edit")
		since := b.Get("/api/v1/applications/Shop/external").OK().Text("since")
		b.Submit("/pacticipants/Shop/edit", filled(t, again, "/pacticipants/Shop/edit", "reason", "said otherwise", "displayName", "")).OK(http.StatusSeeOther)
		external := b.Get("/api/v1/applications/Shop/external").OK()
		require.Equal(t, since, external.Text("since"), "a new reason does not move the time")
		require.Equal(t, "said otherwise", external.Text("reason"))
		b.Submit("/pacticipants/Shop/edit", filled(t, again, "/pacticipants/Shop/edit", "external", "", "displayName", "")).OK(http.StatusSeeOther)
		b.Get("/api/v1/applications/Shop/external").OK(http.StatusNotFound)
		require.Equal(t, "Shop", b.Get("/pacticipants/Shop").OK().Text("displayName"))
	})
}

func TestEditApplication_saysWhatIsWrong(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Shop", "1", "main")
	page := visited(t, b, "/pacticipants/Shop/edit")
	for name, c := range map[string]struct{ field, value, said string }{
		"branch with a blank":   {"mainBranch", "my branch", "The main branch cannot contain spaces."},
		"address of no web":     {"repositoryUrl", "javascript:alert(1)", "The address of the repository "},
		"control character":     {"displayName", "a\x07b", "The name for people "},
		"label that is endless": {"labels", strings.Repeat("x", 2000), "A label "},
		"too many labels":       {"labels", manyLabels(101), "A label can be put on an application 100 times at most."},
		"long repository":       {"repositoryName", strings.Repeat("x", 2000), "The name of the repository cannot be longer"},
		"invisible":             {"mainBranch", "ma\u200bin", "The main branch "},
	} {
		refused := pageOf(t, b.Submit("/pacticipants/Shop/edit", filled(t, page, "/pacticipants/Shop/edit", "labels", "other", c.field, c.value)).OK(http.StatusUnprocessableEntity))
		require.Contains(t, refused.one(t, "div", "role", "alert").text(), c.said, name)
		require.Equal(t, c.value, url.Values(refused.one(t, "form", "action", "/pacticipants/Shop/edit").form()).Get(c.field), "what was written stands there again")
		b.Get("/pacticipants/Shop/labels/other").OK(http.StatusNotFound)
	}
	b.Submit("/pacticipants/Nobody/edit", nil).OK(http.StatusNotFound)
	b.Submit("/pacticipants/Shop/edit", nil, testbroker.Header("Origin", "https://elsewhere.example")).OK(http.StatusForbidden)
}

// counts reads the table of what goes along.
func counts(t *testing.T, page element) map[string]int {
	found := map[string]int{}
	for _, row := range page.one(t, "tbody").all("tr") {
		n, err := strconv.Atoi(row.one(t, "td", "data-th", "How many").text())
		require.NoError(t, err)
		found[row.one(t, "th").text()] = n
	}
	return found
}

// manyLabels are so many labels, one a line.
func manyLabels(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString("label" + strconv.Itoa(i) + "\n")
	}
	return text.String()
}

func TestDeleteApplication_saysWhatGoesAlong(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").Branch("main").With("Stock").VerifiedBy("7").VerifiedBy("8")
		b.Pact("Shop", "2").Branch("main").With("Mail").DeployedTo("production")
		b.Pact("Web", "1").With("Shop")
		b.Post("/webhooks/provider/Stock/consumer/Shop", testbroker.Webhook("http://127.0.0.1/x", "contract_published")).OK()
		page := visited(t, b, "/pacticipants/Shop/delete")
		require.Equal(t, map[string]int{
			"Its versions": 2, "Integrations in which it is the consumer": 2, "Integrations in which it is the provider": 1, "Contents of contracts": 3, "Results": 2, "Places where it runs": 1, "Webhooks that name it": 1,
		}, counts(t, page))
		require.True(t, page.has("p", "Version 2 runs in production."))
		require.True(t, page.has("button", "Delete Shop and 12 things with it"))
		for _, wrong := range []string{"", "shop", "Sho"} {
			require.True(t, pageOf(t, b.Submit("/pacticipants/Shop/delete", url.Values{"confirm": {wrong}}).OK(http.StatusUnprocessableEntity)).has("p", "Nothing was deleted"))
		}
		b.Get("/pacticipants/Shop").OK()
		require.Equal(t, "/", b.Submit("/pacticipants/Shop/delete", url.Values{"confirm": {" Shop "}}).OK(http.StatusSeeOther).Header.Get("Location"))
		b.Get("/pacticipants/Shop").OK(http.StatusNotFound)
		b.Visit("/pacticipants/Shop/delete").OK(http.StatusNotFound)
	}, testbroker.With(testbroker.CallingHere))
}

func TestShowVersion_saysWhereItMayGo(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Stock", "7", "main")
		b.Deploy("Stock", "7", "test")
		b.Deploy("Stock", "7", "production")
		b.Environment("empty")
		old := b.Pact("Shop", "1").Branch("feat").Tags("dev").With("Stock").VerifiedBy("7").DeployedTo("test")
		b.Pact("Shop", "2").Branch("main").Saying(testbroker.Content("Shop", "Stock", "another request")).With("Stock").FailedBy("7").DeployedTo("production")
		b.Pact("Shop", "3").Branch("main").Saying(testbroker.Content("Shop", "Stock", "a third")).With("Stock")
		require.Equal(t, "1", old.Version)
		words := map[any]string{true: "Yes", false: "No", nil: "Not known"}
		for _, version := range []string{"1", "2", "3"} {
			page := visited(t, b, "/pacticipants/Shop/versions/"+version)
			for _, card := range page.one(t, "ul", "class", "places").all("li") {
				environment := card.one(t, "span", "class", classOfEnvironment(card)).text()
				answer := b.Get("/can-i-deploy?pacticipant=Shop&version="+version+"&environment="+environment).OK().Find("summary", "deployable")
				want := words[answer]
				if version == "1" && environment == "test" || version == "2" && environment == "production" {
					want = map[any]string{true: "Works", false: "Fails"}[answer]
				}
				require.Contains(t, card.one(t, "p", "class", "placever").text(), want, "%s in %s", version, environment)
				kind := map[any]string{true: "st yes", false: "st no", nil: "st unsure"}[answer]
				require.Equal(t, kind, card.one(t, "p", "class", "placever").all("span")[0].is("class"), "%s in %s", version, environment)
			}
		}
		first := visited(t, b, "/pacticipants/Shop/versions/1")
		require.Contains(t, first.one(t, "section", "aria-labelledby", "bt").text(), "feat newest")
		require.Contains(t, first.one(t, "section", "aria-labelledby", "cc").text(), "1 interaction Verified")
		require.Contains(t, visited(t, b, "/pacticipants/Shop/versions/3").one(t, "section", "aria-labelledby", "cc").text(), "No result")
		require.Contains(t, visited(t, b, "/pacticipants/Stock/versions/7").one(t, "section", "aria-labelledby", "cp").text(), "of main No result")
		require.True(t, visited(t, b, "/pacticipants/Shop/versions/2").has("section", "production from"))
		b.Visit("/pacticipants/Shop/versions/9").OK(http.StatusNotFound)
		b.Visit("/pacticipants/Nobody/versions/1").OK(http.StatusNotFound)
		require.Contains(t, b.Get("/pacticipants/Shop/versions/1").OK().Text("number"), "1", "clients see the resource")
		require.True(t, visited(t, b, "/pacticipants/Shop/versions/1?as=resource").has("h1", "Version 1"))
	})
}

// classOfEnvironment is the class of the chip of an environment on a card.
func classOfEnvironment(card element) string {
	if len(card.all("span", "class", "env prod")) > 0 {
		return "env prod"
	}
	return "env"
}

func TestDeleteVersion_saysWhatGoesAlong(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Shop", "1").Branch("main").Tags("dev", "rc").With("Stock").VerifiedBy("7").DeployedTo("test")
		b.Pact("Shop", "2").Branch("main").With("Stock")
		b.Pact("Shop", "1").Saying(testbroker.Content("Shop", "Mail", "only this one")).With("Mail").FailedBy("3")
		page := visited(t, b, "/pacticipants/Shop/versions/1/delete")
		require.Equal(t, map[string]int{
			"Contracts that it has published": 2, "Results for those that nobody else has published": 1, "Records of deployments and releases": 1, "Its places on branches": 1, "Its tags": 2,
		}, counts(t, page))
		require.True(t, page.has("td", "the contents of 1 are lost"))
		require.True(t, page.has("p", "This version runs in test."))
		require.Equal(t, map[string]int{"Results that it has published as a provider": 1}, counts(t, visited(t, b, "/pacticipants/Stock/versions/7/delete")))
		b.Submit("/pacticipants/Shop/versions/1/delete", url.Values{"confirm": {"2"}}).OK(http.StatusUnprocessableEntity)
		require.Equal(t, "/pacticipants/Shop", b.Submit("/pacticipants/Shop/versions/1/delete", url.Values{"confirm": {"1"}}).OK(http.StatusSeeOther).Header.Get("Location"))
		b.Get("/pacticipants/Shop/versions/1").OK(http.StatusNotFound)
		b.Get("/pacticipants/Shop/versions/2").OK()
	})
}

func TestChangingPages_areClosedToOthers(t *testing.T) {
	b, admin := withPeople(t)
	admin.Pact("Shop", "1").With("Stock")
	viewer, developer := person(admin, b, "jo", "viewer"), person(admin, b, "di", "developer", "Shop")
	for _, of := range []string{"", "/versions/1"} {
		for _, what := range []string{"/edit", "/rename", "/merge", "/delete"} {
			if of != "" && what != "/delete" {
				continue
			}
			b.Visit("/pacticipants/Shop"+of+what, viewer).OK(http.StatusForbidden)
			b.Submit("/pacticipants/Shop"+of+what, url.Values{"confirm": {"Shop"}}, viewer).OK(http.StatusForbidden)
			b.Visit("/pacticipants/Shop"+of+what, developer).OK(http.StatusOK)
		}
	}
	b.Visit("/pacticipants/Stock/edit", developer).OK(http.StatusForbidden)
	b.Submit("/pacticipants/Stock/edit", url.Values{"displayName": {"Mine"}}, developer).OK(http.StatusForbidden)
	b.Submit("/pacticipants/Stock/delete", url.Values{"confirm": {"Stock"}}, developer).OK(http.StatusForbidden)
	for who, shown := range map[string]bool{"viewer": false, "developer": true} {
		as := map[string]testbroker.Change{"viewer": viewer, "developer": developer}[who]
		require.Equal(t, shown, visited(t, b, "/pacticipants/Shop", as).has("a", "Edit"), who)
		require.Equal(t, shown, visited(t, b, "/pacticipants/Shop/versions/1", as).has("a", "Delete…"), who)
	}
	require.False(t, visited(t, b, "/pacticipants/Stock", developer).has("a", "Edit"))
}
