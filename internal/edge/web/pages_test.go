package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// company is a broker with the example data.
func company(t *testing.T) (b *testbroker.Broker, newest func(application string) string) {
	b = testbroker.New(t, testbroker.With(func(s *config.Settings) { s.SeedExampleData = true }))
	return b, func(application string) string {
		return b.Get("/pacticipants/" + application + "/latest-version").OK(http.StatusOK).Find("number").(string)
	}
}

func TestShowVerdict_saysWhyAndWhatToDo(t *testing.T) {
	b, newest := company(t)
	no := read(b, "/can-i-deploy?pacticipant=checkout-web&environment=production&version=main")
	require.Contains(t, no, "a refund of a captured payment")
	require.Contains(t, no, "Deploy payments "+newest("payments")[:8]+" first")
	require.Contains(t, no, "--version "+newest("payments"))
	require.Contains(t, read(b, "/can-i-deploy?pacticipant=payments&environment=production&version="+newest("payments")), "It works with everything that it meets there.")
	require.Contains(t, read(b, "/pacticipants/order-service/branches/main/latest-version/can-i-deploy/to-environment/production"), "Not known")
	require.Contains(t, read(b, "/can-i-deploy"), "Can I deploy?")
	both := visited(t, b, "/can-i-deploy?pacticipant=order-service&environment=test&version="+newest("order-service"))
	require.Equal(t, "Not known", both.one(t, "h1").text())
	because := both.one(t, "p", "class", "because").text()
	require.Contains(t, because, " fulfilled, as it runs in test: 1 interaction failed. No version of stock has verified the contract ( stock 541e51c0 runs in test). A missing result weighs more than a failure", because)
	require.NotContains(t, read(b, "/pacticipants/order-service/branches/main/latest-version/can-i-deploy/to-environment/production"), "A missing result weighs more", "nothing fails there")
	require.Equal(t, "1 fails 1 not known 3 work", strings.TrimSpace(both.one(t, "ul", "aria-label", "Pairs by their states").text()), "the failure is seen beside the answer")
	stopped := visited(t, b, "/can-i-deploy?pacticipant=checkout-web&environment=production&version=main")
	named := stopped.one(t, "p", "class", "because").all("a")
	require.Equal(t, []string{"payments d7cee2ae", "checkout-web 309f9bb3"}, texts(named), "the provider that is meant is named first")
	require.Equal(t, "/pacticipants/payments/versions/"+named[0].is("title"), named[0].is("href"))
	require.Equal(t, []string{"Why", "What to do next"}, texts(stopped.all("h2", "class", "big"))[:2])
	for _, list := range []string{"/", "/environments"} {
		near := visited(t, b, list+"?name=oder-service").one(t, "div", "class", "card empty").with(t, "a", "order-service").is("href")
		require.Equal(t, list+"?name=order-service", near)
		require.Contains(t, visited(t, b, near).one(t, "tbody").text(), "order-service")
	}
	b.Get("/can-i-deploy?pacticipant=nobody&version=1", browser).OK(http.StatusBadRequest)
}

func TestShowEnvironments_givesTheAnswersOfCanIDeploy(t *testing.T) {
	b, newest := company(t)
	words := map[any]string{true: "can go now", false: "payments fails", nil: "stock has no result"}
	page := read(b, "/environments")
	for application, want := range map[string]any{"checkout-web": false, "payments": true, "order-service": nil, "shipping": true} {
		require.Equal(t, want, b.Get("/can-i-deploy?pacticipant="+application+"&version="+newest(application)+"&environment=production").Find("summary", "deployable"), application)
		require.Contains(t, page, "environment=production&amp;pacticipant="+application+"&amp;version="+newest(application)+"\">"+words[want], application)
	}
	require.Contains(t, read(b, "/environments?show=blocked"), "1 to 1 of 1")

	// What does not work where it runs is marked on both sides, with the contract.
	failing := visited(t, b, "/environments?show=failing")
	require.Equal(t, "2 fail where they run", strings.TrimSpace(failing.one(t, "ul", "class", "tally").all("li")[0].text()))
	links := map[string]string{}
	for _, row := range failing.one(t, "tbody").all("tr") {
		for _, link := range row.all("a", "class", "no") {
			links[row.one(t, "th").text()+": "+link.text()] = link.is("href")
		}
	}
	require.Len(t, links, 2)
	failure := links["order-service: Now: shipping fails"]
	require.Equal(t, failure, links["shipping: Now: fails the contract of order-service"])
	require.Contains(t, visited(t, b, failure).one(t, "main").text(), "Failed by shipping")
	require.Contains(t, visited(t, b, "/environments/"+b.Environment("test")).one(t, "main").text(), "Now: shipping fails")
	require.Equal(t, "Fails shipping fails; stock has no result", cardOf(t, visited(t, b, "/pacticipants/order-service/versions/"+newest("order-service")), "test"))
	require.Contains(t, read(b, "/environments/"+b.Environment("production")), "What came and went")
}

func TestShowApplication_showsWhoIsAffected(t *testing.T) {
	b, newest := company(t)
	page := read(b, "/pacticipants/order-service")
	require.Contains(t, page, "Neighbours of order-service")
	require.Contains(t, page, "shipping fails")
	require.Contains(t, page, newest("order-service"))
	require.Contains(t, read(b, "/pacticipants/order-service?branch=main"), "1 to 2 of 2")
	b.Get("/pacticipants/nobody", browser).OK(http.StatusNotFound)
}

func TestShowApplication_saysInWordsWhichBranchesNobodyWorksOn(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	b := testbroker.New(t, testbroker.At(func() time.Time { return now }), testbroker.With(func(s *config.Settings) { s.Cleaning.LivingBranch = 30 * 24 * time.Hour }))
	b.Version("Web", "1", "main", "feat/old", "feat/done")
	now = now.Add(31 * 24 * time.Hour)
	b.Version("Web", "2", "feat/new")
	b.Post("/api/v1/applications/Web/branches/feat%2Fdone/close", nil).OK(http.StatusOK)

	page := read(b, "/pacticipants/Web")

	words := map[string]string{}
	for _, row := range regexp.MustCompile(`<li class="spread">.*?</li>`).FindAllString(page[strings.Index(page, ">Branches</h2>"):], 4) {
		name := regexp.MustCompile(`main|feat/\w+`).FindString(row)
		words[name] = regexp.MustCompile(`main branch|stale|closed|active`).FindString(regexp.MustCompile(`<span class="(label|sub)">.*`).FindString(row))
	}
	require.Equal(t, map[string]string{"main": "main branch", "feat/old": "stale", "feat/done": "closed", "feat/new": "active"}, words)
}

func TestShowMatrix_showsVersionsWithVersions(t *testing.T) {
	b, newest := company(t)
	page := read(b, "/matrix/provider/payments/consumer/checkout-web")
	require.Contains(t, page, "together in production")
	require.Contains(t, page, newest("checkout-web"))
	require.Contains(t, read(b, "/matrix?q[][pacticipant]=checkout-web&q[][pacticipant]=payments&latestby=cvpv"), "6 rows")
	require.Equal(t, "/matrix/provider/payments/consumer/checkout-web", open(b, "/matrix?consumer=checkout-web&provider=payments").Header().Get("Location"))
	require.Equal(t, "/matrix/provider/payments/consumer/checkout-web", open(b, "/dashboard/provider/payments/consumer/checkout-web").Header().Get("Location"))
}

// Who has named one of two only gets the form back with it, whichever letters are in the
// name: a question has selectors.
func TestShowMatrix_asksForTheOtherOne(t *testing.T) {
	b := testbroker.New(t)
	for _, name := range []string{"Web", "Aqua", "q", "a&q[]=b", ""} {
		for _, side := range []string{"consumer", "provider"} {
			led := b.Visit("/matrix?" + url.Values{"consumer": {""}, "provider": {""}, side: {name}}.Encode()).OK(http.StatusFound).Header.Get("Location")
			page := visited(t, b, led)
			asked := page.all("input", "name", "q[][pacticipant]")
			require.True(t, slices.ContainsFunc(asked, func(e element) bool { return e.is("value") == name }), "%s %q", side, name)
		}
	}
	b.Visit("/matrix?q[][pacticipant]=Nobody&latestby=cvp").OK(http.StatusBadRequest)
}

func TestShowMatrix_saysHowMuchOfALongHistoryItShows(t *testing.T) {
	b := testbroker.New(t)
	pact := b.Pact("Web", "1").With("Stock")
	for i := range 15 {
		pact.VerifiedBy(fmt.Sprint(i))
		b.Pact("Web", fmt.Sprint(i+1)).With("Stock")
	}
	const all = "latestby=cvpv&limit=225"
	for _, address := range []string{"/matrix/provider/Stock/consumer/Web?" + all, "/matrix?q[][pacticipant]=Web&q[][pacticipant]=Stock&" + all} {
		page := read(b, address)
		require.Contains(t, page, "the first 200 of 225 rows", address)
		require.Equal(t, 200, strings.Count(page, ">Open contract</a>"), address)
	}
	require.NotContains(t, read(b, "/matrix/provider/Stock/consumer/Web?latestby=cvpv&limit=200"), "the first 200")
}

func TestShowNetwork_canBeTakenAlong(t *testing.T) {
	b, _ := company(t)
	require.Contains(t, read(b, "/network"), "order-service needs shipping: fails")
	require.Contains(t, read(b, "/network?around=stock"), "Neighbours of stock")
	require.Equal(t, "/network?around=stock", open(b, "/pacticipants/stock/network").Header().Get("Location"))
	for as, want := range map[string]string{"csv": "\"order-service\",\"shipping\",fails\n", "dot": `"order-service" -> "shipping" [label="fails"]`, "mermaid": `["order-service"] -->|fails|`} {
		answer := open(b, "/network/download?as="+as)
		require.Equal(t, http.StatusOK, answer.Code)
		require.Contains(t, answer.Body.String(), want)
		require.Contains(t, answer.Header().Get("Content-Disposition"), "attachment")
	}
	require.Equal(t, http.StatusBadRequest, open(b, "/network/download?as=exe").Code)
}

func TestShowActivityAndSearch_findWhatHappenedAndWhere(t *testing.T) {
	b, newest := company(t)
	require.Contains(t, read(b, "/activity"), "was deployed to")
	require.Contains(t, read(b, "/activity?kind=bad"), "failed the contract of")
	require.Contains(t, read(b, "/activity?name=nobody"), "Nothing happened")
	b.Get("/activity?before=x", browser).OK(http.StatusBadRequest)

	require.Contains(t, read(b, "/search?q=PAY"), "<mark>pay</mark>ments")
	require.Contains(t, read(b, "/search?q="+newest("payments")[:7]), "/pacticipants/payments/versions/"+newest("payments"))
	require.Contains(t, read(b, "/search?q=mai"), "branch=main")
	require.Contains(t, read(b, "/search?q=produc"), "<mark>produc</mark>tion")
}

func TestSearch_findsTheContractsThatAskForAnEndpoint(t *testing.T) {
	b, newest := company(t)
	found := html.UnescapeString(read(b, "/search?q="+url.QueryEscape("GET /payments/1")))
	require.Contains(t, found, "checkout-web asks it of payments, in ")
	require.Contains(t, found, "/pacts/provider/payments/consumer/checkout-web/version/"+newest("checkout-web")+"#i")
	require.NotContains(t, found, "DELETE /")
	require.NotContains(t, found, "not looked into")
	require.Contains(t, read(b, "/search"), "GET /orders/1")
	require.Contains(t, read(b, "/search?q=nobody"), "Nothing of that name")
	require.NotContains(t, read(b, "/search?q=payments"), "Nothing of that name")
}

func TestSearch_findsTheSameOnBothDatabases(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Shop", "abc_1", "feat/x")
		require.Contains(t, read(b, "/search?q=abc_"), "/pacticipants/Shop/versions/abc_1")
		require.Contains(t, read(b, "/search?q=feat"), "branch=feat%2Fx")
		require.NotContains(t, read(b, "/search?q=bc_"), "/pacticipants/Shop/versions/abc_1")
		require.Contains(t, read(b, "/"), "Applications without a contract")
		require.Contains(t, read(b, "/activity"), "has a new version")
		b.Pact("Shop", "2").Saying(testbroker.Object{"interactions": []any{testbroker.Object{"description": "an order", "request": testbroker.Object{"method": "get", "path": "/orders/1"}}}}).With("Orders")
		require.Contains(t, read(b, "/search?q=orders/7"), "Shop asks it of Orders, in 1 interaction")
		b.Pact("Shop", "3").Saying(testbroker.Object{"interactions": []any{}}).With("Orders")
		require.NotContains(t, read(b, "/search?q=orders/7"), "Shop asks it of Orders")
	})
}

func TestShowContract_saysWhatIsPromised(t *testing.T) {
	b, newest := company(t)
	page := html.UnescapeString(read(b, "/pacts/provider/payments/consumer/checkout-web/latest"))
	for _, said := range []string{
		"6 interactions", "Pact V4", "matches ^/payments/[A-Za-z0-9_]+$", "at least 1, each like this", "any whole number", "filled in by the provider: ${id}",
		"a date and time like yyyy-MM-dd'T'HH:mm:ssX", "The web shop shows the lines", "asks more in",
	} {
		require.Contains(t, page, said)
	}
	require.Contains(t, page, newest("payments"))
	failed := read(b, "/pacts/provider/shipping/consumer/order-service/version/"+newest("order-service"))
	require.Contains(t, failed, "status: expected 200 but was 404")
	require.Contains(t, failed, "Fails in test")
	messages := html.UnescapeString(read(b, "/pacts/provider/order-service/consumer/notification-worker/latest"))
	require.Contains(t, messages, "2 messages")
	require.Contains(t, messages, "matches ^[0-9]+$")
	b.Get("/pacts/provider/payments/consumer/nobody/latest", browser).OK(http.StatusNotFound)
}

func TestShowContract_whateverItSays(t *testing.T) {
	b := testbroker.New(t)
	for _, content := range []any{
		map[string]any{"foo": 1}, map[string]any{"interactions": "none"}, map[string]any{"interactions": []any{"x", nil, map[string]any{"request": 7, "response": []any{}, "providerStates": 1}}},
		map[string]any{"interactions": []any{map[string]any{"description": 7, "request": map[string]any{"path": nil, "query": "a=b", "body": "<b>", "matchingRules": "no"}}}},
	} {
		b.Delete("/pacts/provider/P/consumer/C/version/1")
		b.Put("/pacts/provider/P/consumer/C/version/1", content).OK(http.StatusCreated)
		require.NotContains(t, read(b, "/pacts/provider/P/consumer/C/version/1"), "<b><b>")
	}
}

func TestShowActivity_saysWhatACleanUpHasDeleted(t *testing.T) {
	b := testbroker.New(t)
	for n := range 3 {
		b.Version("Web", strconv.Itoa(n))
	}
	settings := b.Settings()
	settings.Cleaning.KeepVersions = `[{"latest":true}]`
	_, err := app.Clean(t.Context(), settings, func(cleaning.Step, int64, int64) {})
	require.NoError(t, err)
	page := read(b, "/activity")
	require.Contains(t, page, `<span class="name">The broker</span>  cleaned up: <bdi><b>2 versions deleted</b></bdi>`)
}

// cardOf is what the page of a version says of an environment, without since when.
func cardOf(t *testing.T, page element, environment string) string {
	for _, card := range page.one(t, "ul", "class", "places").all("li") {
		if card.has("span", environment) {
			return card.one(t, "p", "class", "placever").text() + " " + card.one(t, "p", "class", "small second").text()
		}
	}
	return ""
}

// What was not tried is not known, in the grid as in the rows and on the first page; an
// external provider does not count.
func TestShowMatrix_saysOfWhatWasNotTriedThatItIsNotKnown(t *testing.T) {
	b, newest := company(t)
	page := visited(t, b, "/matrix/provider/pricing/consumer/mobile-app")
	for _, row := range page.one(t, "section", "aria-labelledby", "rw").one(t, "tbody").all("tr") {
		require.Contains(t, row.one(t, "th", "scope", "row").text(), "mobile-app", "each row is headed by its consumer")
	}
	grid := page.one(t, "table", "class", "vgrid table-full")
	require.Contains(t, grid.one(t, "thead").text(), newest("pricing")[:8])
	require.Contains(t, grid.one(t, "tbody").text(), "Not known together in test, staging, production contract")
	require.Contains(t, page.one(t, "section", "aria-labelledby", "rw").text(), "Not known never")
	external := visited(t, b, "/matrix/provider/card-gateway/consumer/payments")
	require.Contains(t, external.one(t, "section", "aria-labelledby", "rw").text(), "External never")
	part := visited(t, b, "/matrix/provider/payments/consumer/checkout-web?latestby=cp&success[]=true")
	require.NotContains(t, part.text(), "Not known together", "a filter leaves out what is known")
	none := "/matrix?q[][pacticipant]=mobile-app&q[][pacticipant]=stock&latestby=cvpv"
	require.Contains(t, visited(t, b, none).text(), "mobile-app and stock have no contract with each other.")
}

// The list of a contract's versions has the results of the first page, and what fails
// where a version runs.
func TestShowContractVersions_haveTheResultsThatCount(t *testing.T) {
	b := testbroker.New(t)
	asks := func(version, what string) *testbroker.Pact {
		return b.Pact("Shop", version).Branch("main").Saying(testbroker.Content("Shop", "Stock", what)).With("Stock")
	}
	b.Version("Stock", "7", "main")
	b.Version("Stock", "8", "main")
	asks("1", "one").FailedBy("7").VerifiedBy("8").DeployedTo("production")
	asks("2", "two").VerifiedBy("8").FailedBy("7")
	b.Deploy("Stock", "7", "production")
	b.Version("Stock", "8", "main")
	page := visited(t, b, "/pacts/provider/Stock/consumer/Shop/versions")
	results := map[string]string{}
	for _, row := range page.one(t, "tbody").all("tr") {
		for _, cell := range row.all("td") {
			if cell.is("data-th") == "Result" {
				results[row.one(t, "th").one(t, "a").is("title")] = cell.text()
			}
		}
	}
	require.Equal(t, map[string]string{"1": "Verified by 8 Fails in production", "2": "Verified by 8"}, results, "the last result for version 2 is that of an older version of Stock")
	require.Contains(t, visited(t, b, "/").one(t, "tbody").text(), "Verified by 8")
	require.Contains(t, page.one(t, "h1").text(), "Shop fails Stock")
}

// A version that is not known is named with what may have been meant, and nothing else is
// said of it.
func TestVerdict_saysThatAVersionIsNotKnown(t *testing.T) {
	b, newest := company(t)
	number := newest("order-service")
	page := visited(t, b, "/can-i-deploy?pacticipant=order-service&version=mian&environment=test")
	require.Equal(t, "Can order-service mian go to test ?", page.one(t, "p", "class", "q").text())
	require.Equal(t, "There is no version mian of order-service.", page.one(t, "p", "class", "because").text())
	require.NotContains(t, page.one(t, "dl", "class", "answers").text(), "Since")
	why := page.one(t, "section", "aria-labelledby", "why").text()
	require.Contains(t, why, "No such version")
	require.NotContains(t, why, "Fails")
	require.NotContains(t, page.text(), "pact verifier", "nobody can verify with it")
	require.Equal(t, "/can-i-deploy?environment=test&pacticipant=order-service&version=main", page.with(t, "a", "main").is("href"))
	slip := number[:6] + "zz"
	near := visited(t, b, "/can-i-deploy?pacticipant=order-service&version="+slip+"&environment=test").with(t, "a", number[:8]).is("href")
	require.Contains(t, near, number)
	visited(t, b, near)
	both := visited(t, b, "/can-i-deploy?q[][pacticipant]=order-service&q[][version]="+slip+"&q[][pacticipant]=shipping&q[][branch]=main&q[][latest]=true&latestby=cvpv")
	require.Contains(t, both.one(t, "p", "class", "q").text(), "order-service "+slip+" and shipping")
	require.Contains(t, visited(t, b, both.with(t, "a", number[:8]).is("href")).one(t, "p", "class", "q").text(), "order-service "+number[:8])
}

// A question about several versions has a picture, too: each pair with its state, those
// that are asked about standing out.
func TestVerdict_drawsThePairsOfSeveralVersions(t *testing.T) {
	b, newest := company(t)
	query := url.Values{}
	address := "/can-i-deploy?latestby=cvpv"
	for _, name := range []string{"order-service", "shipping", "stock", "payments"} {
		query.Set("v", newest(name))
		address += "&q[][pacticipant]=" + name + "&q[][version]=" + query.Get("v")
	}
	page := visited(t, b, address)
	picture := page.one(t, "section", "class", "verdict unsure").one(t, "figure").one(t, "svg")
	require.Equal(t, "Pairs of this question", picture.all("title")[0].text())
	version := func(name string) string { return name + " " + newest(name)[:8] }
	require.Equal(t, strings.Join([]string{
		version("order-service") + " with " + version("shipping") + ": fails", version("order-service") + " with " + version("stock") + ": not known",
		version("order-service") + " with " + version("payments") + ": works", version("shipping") + " with " + version("stock") + ": works",
	}, "; "), picture.one(t, "desc").text())
	require.Len(t, picture.all("rect", "class", "box self"), 5, "two consumers and three providers")
	for _, link := range picture.all("a") {
		b.Visit(link.is("href")).OK(http.StatusOK)
	}
	target := visited(t, b, "/can-i-deploy?q[][pacticipant]=order-service&q[][branch]=main&q[][latest]=true&q[][pacticipant]=shipping&q[][branch]=main&q[][latest]=true&environment=production&latestby=cvpv")
	require.Len(t, target.one(t, "figure").all("rect", "class", "box"), 4, "those that run in production")
}

// Of an application that has to do with itself alone can-i-deploy counts results that the
// pages do not count, and the page says so.
func TestShowVersion_saysWhereResultsOfOtherVersionsCount(t *testing.T) {
	b := testbroker.New(t)
	for _, name := range []string{"Alone", "Social"} {
		b.Pact(name, "1").Branch("main").Saying(testbroker.Content(name, name, "one")).With(name).VerifiedBy("1").DeployedTo("production")
		b.Pact(name, "2").Branch("main").Saying(testbroker.Content(name, name, "two")).With(name).FailedBy("1").VerifiedBy("2")
	}
	b.Pact("Social", "2").With("Stock").VerifiedBy("7")
	b.Deploy("Stock", "7", "production")
	for name, deployable := range map[string]bool{"Alone": false, "Social": true} {
		require.Equal(t, deployable, b.Get("/can-i-deploy?pacticipant="+name+"&version=2&environment=production").OK(http.StatusOK).Find("summary", "deployable"), name)
		page := visited(t, b, "/pacticipants/"+name+"/versions/2")
		require.Equal(t, "Yes can go now", cardOf(t, page, "production"), name)
		require.Equal(t, !deployable, strings.Contains(page.text(), "Its only contract is with itself."), name)
	}
}
