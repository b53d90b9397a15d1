package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// browser asks as browsers do.
var browser = testbroker.Accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")

// open asks for an address as a browser does, wherever it leads.
func open(b *testbroker.Broker, address string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, address, nil)
	browser(r)
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

// send sends a form as a browser does.
func send(b *testbroker.Broker, address, form string, changes ...testbroker.Change) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, change := range append([]testbroker.Change{browser}, changes...) {
		change(r)
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

// read is the page at an address.
func read(b *testbroker.Broker, address string) string {
	return string(b.Get(address, browser).OK(http.StatusOK).Body)
}

func TestShowHome_saysHowToBegin(t *testing.T) {
	page := read(testbroker.New(t), "/")
	require.Contains(t, page, "Nothing is published yet")
	require.Contains(t, page, "--broker-base-url http://broker.test")
}

func TestShowHome_showsThePairsAndWhatNeedsSomebody(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("<Web> & co", "1").Branch("main").With("Ledger").FailedBy("7").DeployedTo("production")
	b.Deploy("Ledger", "7", "production")
	b.Pact("App", "1").With("Ledger").VerifiedBy("7")

	page := read(b, "/")
	require.Contains(t, page, `<a class="name" href="/pacticipants/%3CWeb%3E%20%26%20co">&lt;Web&gt; &amp; co</a>`)
	require.Contains(t, visited(t, b, "/").one(t, "section", "aria-labelledby", "attn").text(), "Ledger fails the contract of <Web> & co 1 in production")
	require.Contains(t, page, "2 integrations of 3 applications. 1 needs somebody.")
	require.Contains(t, page, "1 to 2 of 2")

	require.Contains(t, read(b, "/?name=app"), "1 to 1 of 1")
	require.Contains(t, read(b, "/?status=failed"), "1 to 1 of 1")
	require.Contains(t, read(b, "/?environment=production"), "1 to 1 of 1")
	require.Contains(t, read(b, "/?q=%3Cnone%3E"), "No integration fits")
	require.Contains(t, read(b, "/?page=2&size=1"), `rel="prev" href="?page=1&amp;size=1"`)
	require.Contains(t, read(b, "/?sort=provider&label=x"), "No integration fits")
	b.Get("/?page=0", browser).OK(http.StatusBadRequest)
}

func TestShowHome_leavesTheIndexToClients(t *testing.T) {
	b := testbroker.New(t)
	require.NotEmpty(t, b.Get("/").OK(http.StatusOK).Link("pb:pacticipants"), "clients get the index")
	require.NotEmpty(t, b.Get("/", testbroker.Accept("text/html, application/json")).OK(http.StatusOK).Link("pb:pacticipants"), "no HAL browser")
}

// A contract without a result says whose turn it is; who has never answered anybody is
// not waited for, and needs attention.
func TestShowHome_saysWhoHasToVerify(t *testing.T) {
	b, _ := company(t)
	home := visited(t, b, "/")
	turns := map[string]string{}
	for _, row := range home.one(t, "tbody").all("tr") {
		if cell := row.all("td")[1].text(); strings.Contains(cell, "to verify") {
			turns[row.one(t, "th").text()] = strings.TrimSuffix(cell, " just now")
		}
	}
	require.Equal(t, map[string]string{
		"mobile-app not known pricing":     "Never verified pricing to verify,",
		"storefront-bff not known pricing": "Never verified pricing to verify,",
		"order-service not known stock":    "Waiting stock to verify,",
	}, turns)
	attention := home.one(t, "section", "aria-labelledby", "attn").text()
	require.Contains(t, attention, "pricing has verified no contract of its 2 consumers yet")
	require.Contains(t, attention, "stock has no result for the newest contract of order-service")
	require.Contains(t, values(home.one(t, "select", "name", "provider")), "pricing")
	require.True(t, home.has("option", "payments, needed by 3"))
}

// Where a newer version must wait though all that runs works, both the entry and the row
// say so.
func TestShowHome_saysThatANewerVersionMustWait(t *testing.T) {
	b, newest := company(t)
	home := visited(t, b, "/")
	attention := home.one(t, "section", "aria-labelledby", "attn").text()
	require.Contains(t, attention, "checkout-web 309f9bb3 cannot go to production : payments d7cee2ae , which runs there, fails its contract")
	require.Contains(t, attention, "What runs there now works with it: checkout-web 20ff9774")
	var actions []string
	for _, action := range home.one(t, "section", "aria-labelledby", "attn").all("a", "class", "btn s") {
		actions = append(actions, action.is("aria-label"))
	}
	require.Equal(t, []string{"See why: order-service with shipping", "See why: checkout-web to production", "Open application: pricing", "Open contract: order-service with stock"}, actions, "each link says where it leads")
	stuck := home.one(t, "tbody").with(t, "a", "309f9bb3 cannot go to production")
	require.Equal(t, "/can-i-deploy?environment=production&pacticipant=checkout-web&version="+newest("checkout-web"), stuck.is("href"))
	require.Equal(t, 1, strings.Count(home.one(t, "tbody").text(), "cannot go"))
}

func TestShowHome_saysWhatIsNoStatus(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").With("Stock")
	page := visited(t, b, "/?status=bogus&sort=provider")
	require.Contains(t, page.one(t, "main").text(), "is no status, so all are shown.")
	require.Contains(t, page.one(t, "nav", "aria-label", "Status").one(t, "a", "aria-current", "true").text(), "All")
	require.Contains(t, page.one(t, "tbody").text(), "Stock")
	for _, name := range []string{"", "failed", "not-known", "verified", "external"} {
		require.NotContains(t, read(b, "/?status="+name), "is no status", name)
	}
}
