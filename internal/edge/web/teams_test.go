package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestTeams_narrowPagesAndAreNamedInVerdicts(t *testing.T) {
	b := testbroker.New(t)
	b.Environment("production")
	b.Pact("Web", "1").With("Api")
	b.Version("Api", "1", "main")
	b.Deploy("Api", "1", "production")
	b.Pact("Bank", "1").With("Ledger")
	require.NotContains(t, read(b, "/"), "Any team")
	b.Put("/api/v1/teams/Core", testbroker.Object{"contact": "#core", "applications": []string{"Api"}}).OK(http.StatusCreated)
	require.Contains(t, read(b, "/"), "Any team")
	narrowed := read(b, "/?team=Core")
	require.Contains(t, narrowed, "1 to 1 of 1")
	require.Contains(t, narrowed, `value="Core" selected`)
	require.Len(t, visited(t, b, "/network?team=Core").one(t, "tbody").all("tr"), 1)
	require.Equal(t, "consumer,provider,state\n\"Web\",\"Api\",not_known\n", string(b.Visit("/network/download?as=csv&team=Core").OK().Body))
	for _, page := range []string{"/", "/network", "/network/download", "/environments"} {
		require.Contains(t, string(b.Visit(page+"?as=csv&team=Nobody").OK(http.StatusBadRequest).Body), "must be a team that is there, not Nobody", page)
	}
	b.Version("Bank", "1", "main")
	b.Deploy("Bank", "1", "production")
	there := read(b, "/environments?team=Core")
	require.Contains(t, there, "1 to 1 of 1")
	require.Contains(t, there, `value="Core" selected`)
	require.Contains(t, there, "/environments?show=blocked&amp;team=Core")
	require.NotContains(t, there, "<bdi>Bank</bdi>")
	require.Contains(t, visited(t, b, "/can-i-deploy?pacticipant=Web&version=1&environment=production").one(t, "dl", "class", "answers").text(), "Team Core #core")
}

func TestTeams_narrowTheMatrix(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").With("Api")
	b.Pact("Web", "1").With("Ledger")
	b.Version("Api", "1", "main")
	ask := "/matrix?q[][pacticipant]=Web&q[][version]=1&latestby=cvp"
	require.NotContains(t, read(b, ask), "Any team")
	b.Put("/api/v1/teams/Core", testbroker.Object{"applications": []string{"Api"}}).OK(http.StatusCreated)
	b.Put("/api/v1/teams/Nothing", testbroker.Object{"applications": []string{"Other"}}).OK(http.StatusCreated)
	require.Contains(t, read(b, ask), "2 rows")
	narrowed := visited(t, b, ask+"&team=Core")
	require.Contains(t, narrowed.text(), "of these those of the team Core")
	require.Contains(t, narrowed.text(), "1 of 2 rows")
	require.NotContains(t, narrowed.text(), "Ledger")
	require.Contains(t, visited(t, b, ask+"&team=Nothing").text(), "None of 2 rows is about an application of the team Nothing.")
	require.Contains(t, read(b, "/matrix?team=Core"), `value="Core" selected`)
	require.Contains(t, string(b.Visit("/matrix?q[][pacticipant]=Wep&team=Core").OK(http.StatusBadRequest).Body), `value="Core" selected`)
	require.Contains(t, string(b.Visit(ask+"&team=Nobody").OK(http.StatusBadRequest).Body), "must be a team that is there, not Nobody")
}

// Whoever binds something to a label sees which applications have it, whoever put it on.
func TestPages_nameTheApplicationsThatALabelBrings(t *testing.T) {
	b := testbroker.New(t)
	for _, application := range []string{"Web", "Api"} {
		b.Version(application, "1", "main")
	}
	b.Put("/pacticipants/Web/labels/shop", nil).OK(http.StatusCreated)
	form := func(label string, rest url.Values) url.Values {
		rest.Set("labels", label)
		return rest
	}
	token := func(label string) string {
		return string(b.Submit("/tokens", form(label, url.Values{"name": {"ci-" + label}, "role": {"developer"}, "expires": {"90"}})).OK(http.StatusOK).Body)
	}
	require.Contains(t, token("shop"), "Applications by a label now: <a href=\"/pacticipants/Web\"")
	require.NotContains(t, token("later"), "by a label now")
	person := string(b.Submit("/people", form("shop", url.Values{"name": {"jo"}, "role": {"developer"}})).OK(http.StatusOK).Body)
	require.Contains(t, person, "Applications by a label now: <a href=\"/pacticipants/Web\"")
	rule := url.Values{"name": {"r"}, "issuer": {"https://gitlab.com"}, "audience": {"broker"}, "role": {"developer"}, "claims": {"project_path = octo/web"}}
	bound := b.Submit("/trust-rules", form("shop", rule)).OK(http.StatusSeeOther).Header.Get("Location")
	require.Equal(t, "/trust-rules", b.Submit("/trust-rules", form("later", rule)).OK(http.StatusSeeOther).Header.Get("Location"))
	require.Equal(t, bound, b.Submit(bound, form("shop", rule)).OK(http.StatusSeeOther).Header.Get("Location"))
	for _, page := range []string{
		bound, "/tokens/" + b.Get("/api/v1/tokens").OK().Text("items", 0, "id"), "/people/" + b.Get("/api/v1/users").OK().Text("items", 0, "id"),
	} {
		require.Contains(t, visited(t, b, page).text(), "Applications by a label Web They have one of the labels now", page)
	}
	require.NotContains(t, visited(t, b, "/tokens/"+b.Get("/api/v1/tokens").OK().Text("items", 1, "id")).text(), "Applications by a label")
}

// linksOf are the addresses in an element that are of a list, by what they say.
func linksOf(e element) map[string]string {
	led := map[string]string{}
	for _, a := range e.all("a") {
		led[a.text()] = a.is("href")
	}
	return led
}

// rowsOf are the headings of the rows of the only table of a page.
func rowsOf(t *testing.T, b *testbroker.Broker, address string) []string {
	t.Helper()
	named := []string{}
	for _, row := range visited(t, b, address).all("th", "scope", "row") {
		link := row.all("a")
		if len(link) == 0 {
			link = []element{row}
		}
		named = append(named, link[0].text())
	}
	return named
}

// Who may do something is narrowed down to a team, and so are the numbers beside the
// states, the pages of the list and what leads to others.
func TestTeams_narrowPagesOfTokensAndPeople(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for _, page := range []string{"/tokens", "/people", "/audit", "/webhooks", "/search?q=a"} {
			require.Empty(t, visited(t, b, page).all("select", "name", "team"), "%s: nobody has made a team", page)
		}
		member := b.Post("/api/v1/users", testbroker.Object{"name": "member", "password": password}).OK(http.StatusCreated).Text("id")
		b.Post("/api/v1/users", testbroker.Object{"name": "stranger", "password": password}).OK(http.StatusCreated)
		const name = "Core & Co 100%_ü"
		b.Put("/api/v1/teams/"+url.PathEscape(name), testbroker.Object{"people": []string{member}}).OK(http.StatusCreated)
		b.Put("/api/v1/teams/Co", testbroker.Object{}).OK(http.StatusCreated)
		b.Post("/api/v1/users", testbroker.Object{"name": "helper", "password": password, "role": "developer", "teams": []string{"Co", name}}).OK(http.StatusCreated)
		b.Post("/api/v1/users", testbroker.Object{"name": "other", "password": password, "role": "developer", "teams": []string{"Co"}}).OK(http.StatusCreated)
		for i := range 52 {
			b.Post("/api/v1/tokens", testbroker.Object{"name": fmt.Sprintf("build %02d", i), "role": "developer", "teams": []string{name}}).OK(http.StatusCreated)
		}
		b.Post("/api/v1/tokens", testbroker.Object{"name": "by label", "role": "viewer", "labels": []string{name}}).OK(http.StatusCreated)
		b.Post("/api/v1/tokens", testbroker.Object{"name": "of Co", "role": "developer", "teams": []string{"Co"}}).OK(http.StatusCreated)

		of := "team=" + url.QueryEscape(name)
		require.Equal(t, []string{"helper", "member"}, rowsOf(t, b, "/people?"+of))
		require.Equal(t, []string{"helper"}, rowsOf(t, b, "/people?name=h&"+of))
		require.Equal(t, []string{"helper", "other"}, rowsOf(t, b, "/people?team=Co"))
		people := visited(t, b, "/people?status=in&"+of)
		require.Equal(t, []string{"All 2", "May sign in 2", "Never did 2", "Kept out 0"}, texts(people.one(t, "nav", "aria-label", "Status").all("a")))
		require.Contains(t, people.text(), "4 accounts.")
		for text, led := range linksOf(people.one(t, "nav", "aria-label", "Status")) {
			require.Contains(t, led, of, text)
		}
		require.True(t, visited(t, b, "/people?status=out&"+of).has("h2", "Nobody fits"))

		tokens := visited(t, b, "/tokens?"+of)
		require.Equal(t, name, tokens.one(t, "select", "name", "team").one(t, "option", "selected", "").is("value"))
		require.Equal(t, []string{"All 52", "Needs a look 52", "Fine 0", "Ended 0"}, texts(tokens.one(t, "nav", "aria-label", "Status").all("a")))
		require.Contains(t, tokens.text(), "54 tokens.")
		require.Contains(t, tokens.text(), "1 to 50 of 52")
		require.Equal(t, []string{"build 50", "build 51"}, rowsOf(t, b, "/tokens"+tokens.one(t, "a", "rel", "next").is("href")), "the next page is one of the team")
		require.Equal(t, []string{"of Co"}, rowsOf(t, b, "/tokens?team=Co"))
		for _, led := range linksOf(tokens.one(t, "nav", "aria-label", "Status")) {
			require.Contains(t, led, of)
		}
		for _, page := range []string{"/tokens", "/people", "/audit", "/webhooks", "/search", "/activity", "/secrets", "/trust-rules"} {
			require.Contains(t, string(b.Visit(page+"?team=Nobody").OK(http.StatusBadRequest).Body), "must be a team that is there", page)
			require.Contains(t, string(b.Visit(page+"?team=core+%26").OK(http.StatusBadRequest).Body), "must be a team that is there", page)
		}
	})
}

func TestTeams_narrowPagesOfSecretsAndTrustRules(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Put("/api/v1/teams/Shop", testbroker.Object{}).OK(http.StatusCreated)
		b.Put("/api/v1/teams/Money", testbroker.Object{}).OK(http.StatusCreated)
		secret := testbroker.Object{"value": "sesame", "hosts": []string{"example.org"}}
		b.Put("/api/v1/secrets/other", secret).OK(http.StatusCreated)
		secret["teams"] = []string{"Shop"}
		for i := range 51 {
			b.Put(fmt.Sprintf("/api/v1/secrets/shop-%02d", i), secret).OK(http.StatusCreated)
		}
		rule := testbroker.Object{"name": "of all", "issuer": "https://gitlab.com", "audience": "accord", "claims": testbroker.Object{"project_path": []string{"octo/api"}}, "role": "developer"}
		b.Post("/api/v1/trust-rules", rule).OK(http.StatusCreated)
		rule["name"], rule["teams"] = "of the shop", []string{"Shop"}
		b.Post("/api/v1/trust-rules", rule).OK(http.StatusCreated)

		first := visited(t, b, "/secrets?team=Shop")
		require.Equal(t, "Shop", first.one(t, "select", "name", "team").one(t, "option", "selected", "").is("value"))
		require.Len(t, first.all("th", "scope", "row"), 50)
		require.Equal(t, []string{"shop-50"}, rowsOf(t, b, "/secrets"+first.one(t, "a", "rel", "next").is("href")), "the next page is one of the team")
		require.True(t, visited(t, b, "/secrets?team=Money").has("h2", "No secret of this team"))
		require.Len(t, b.Get("/api/v1/secrets?team=Shop&limit=60").OK(http.StatusOK).Find("items"), 51)
		b.Get("/api/v1/secrets?team=Nobody").OK(http.StatusBadRequest)
		require.Len(t, rowsOf(t, b, "/trust-rules"), 2)
		require.Equal(t, []string{"of the shop"}, rowsOf(t, b, "/trust-rules?team=Shop"))
		require.True(t, visited(t, b, "/trust-rules?team=Money").has("h2", "No rule fits"))
	}, testbroker.With(testbroker.CallingHere))
}

func TestTeams_narrowPagesOfWebhooksTheAuditAndTheSearch(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("web-test")
		b.Pact("Web", "web-1").Branch("web").With("Api")
		b.Pact("Webank", "web-1").Branch("web").With("Ledger")
		b.Put("/pacticipants/Web/labels/web", nil).OK()
		b.Put("/pacticipants/Webank/labels/web-money", nil).OK()
		hook := func(description string, sides testbroker.Object) string {
			sides["description"], sides["events"], sides["request"] = description, []string{"contract_published"}, testbroker.Object{"method": "POST", "url": "https://example.org"}
			return b.Post("/api/v1/webhooks", sides).OK(http.StatusCreated).Text("id")
		}
		for i := range 26 {
			hook(fmt.Sprintf("named %02d", i), testbroker.Object{"provider": testbroker.Object{"name": "Api"}})
		}
		hook("labelled", testbroker.Object{"consumer": testbroker.Object{"label": "web"}})
		hook("other", testbroker.Object{"consumer": testbroker.Object{"name": "Webank"}})
		all := hook("all", testbroker.Object{})
		b.Put("/api/v1/teams/Shop", testbroker.Object{"applications": []string{"Api"}, "labels": []string{"web"}}).OK(http.StatusCreated)
		b.Put("/api/v1/teams/Nothing", testbroker.Object{}).OK(http.StatusCreated)

		first := visited(t, b, "/webhooks?team=Shop")
		require.Len(t, first.all("th", "scope", "row"), 25)
		require.Equal(t, []string{"named 25", "labelled"}, rowsOf(t, b, "/webhooks"+first.one(t, "a", "rel", "next").is("href")))
		require.Contains(t, visited(t, b, "/webhooks?team=Nothing").text(), "No webhook of this team")
		require.NotContains(t, rowsOf(t, b, "/webhooks?after=26"), "named 25", "without a team the list goes on as before")

		b.Pact("Web", "web-2").Branch("web").With("Api")
		b.Pact("Webank", "web-2").Branch("web").With("Ledger")
		page := "/webhooks/" + all
		require.Len(t, rowsOf(t, b, page), 2)
		require.Equal(t, []string{"A contract was published: Web with Api"}, rowsOf(t, b, page+"?team=Shop"))
		require.Contains(t, visited(t, b, page+"?team=Nothing").text(), "No such delivery")
		for text, led := range linksOf(visited(t, b, page+"?team=Shop").one(t, "nav", "aria-label", "State")) {
			require.Contains(t, led, "team=Shop", text)
		}
		asked := visited(t, b, page+"/replay?team=Shop")
		require.Contains(t, asked.text(), "about applications of the team Shop")
		require.Contains(t, asked.with(t, "a", "Back to the deliveries").is("href"), "team=Shop")

		for _, entry := range rowsOf(t, b, "/audit?team=Shop") {
			require.NotContains(t, entry, "Webank")
			require.NotContains(t, entry, "Ledger")
		}
		require.NotEmpty(t, rowsOf(t, b, "/audit?team=Shop"))
		require.Contains(t, visited(t, b, "/audit?team=Nothing").text(), "Nothing fits the filter")
		require.Contains(t, visited(t, b, "/audit?outcome=throttled").text(), "Nothing fits the filter", "an outcome is a filter, too")
		require.Contains(t, visited(t, b, "/audit?to=2020-01-01").text(), "Nothing fits the filter", "and so is a day")
		require.Contains(t, linksOf(visited(t, b, "/audit?team=Shop").one(t, "nav", "aria-label", "Outcome"))["Changes"], "team=Shop")

		found := func(address string) map[string][]string {
			groups := map[string][]string{}
			for _, card := range visited(t, b, address).all("section") {
				if id := card.is("aria-labelledby"); id != "" && len(card.all("li")) > 0 {
					groups[id] = texts(card.all("li"))
				}
			}
			return groups
		}
		whole := found("/search?q=web")
		require.Len(t, whole["apps"], 2)
		require.Len(t, whole["versions"], 4)
		require.Len(t, whole["branches"], 2)
		require.Len(t, whole["envs"], 1)
		require.Len(t, whole["labels"], 2)
		require.Equal(t, map[string][]string{"apps": {"Web 0 consumers, 1 provider"}, "versions": {"web -2 Web", "web -1 Web"}, "branches": {"web Web · active"}, "labels": {"web"}}, found("/search?q=web&team=Shop"))
		require.Contains(t, visited(t, b, "/search?q=web&team=Nothing").text(), "Nothing of that name")
		require.NotEmpty(t, visited(t, b, "/search?q=web&team=Shop").one(t, "select", "name", "team").one(t, "option", "selected", "").is("value"))
	})
}
