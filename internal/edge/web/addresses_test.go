package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// The addresses of the Pact Broker's own pages lead to a page, so that bookmarks and
// links in chats stay good.
func TestOlderAddresses_leadToAPage(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").Branch("main").Tags("dev").With("Stock").VerifiedBy("7").DeployedTo("production")
	b.Pact("Shop", "2").With("Stock")
	b.Tag("Stock", "7", "prod")
	for address, heading := range map[string]string{
		"/": "Integrations", "/?tags=true&search=Shop&page=1&pageSize=30": "Integrations", "/?tags[]=dev": "Integrations", "/pacticipants": "Integrations", "/dashboard": "Integrations", "/integrations": "Integrations",
		"/pacticipants/Shop": "Shop", "/pacticipants/Shop/network": "Network around Shop", "/groups/Shop": "Network around Shop", "/relationships": "Network", "/dashboard/provider/Stock/consumer/Shop": "Shop",
		"/matrix": "Matrix", "/matrix/provider/Stock/consumer/Shop": "Shop", "/pacticipants/Shop/latest-version/dev/can-i-deploy/to/prod": "Yes",
		"/pacticipants/Shop/branches/main/latest-version/can-i-deploy/to-environment/production": "", "/doc/webhooks?context=pact": "", "/hal-browser/browser.html": "",
		"/pacts/provider/Stock/consumer/Shop/latest-untagged": "Shop",
		"/pacts/provider/Stock/consumer/Shop/latest":          "Shop", "/pacts/provider/Stock/consumer/Shop/version/1": "Shop", "/pacts/provider/Stock/consumer/Shop/latest/dev": "Shop",
		"/pacts/provider/Stock/consumer/Shop/latest/verification-results/latest": "", "/pacticipants/Shop/versions/1": "Shop 1",
	} {
		for range 3 {
			answer := b.Visit(address)
			if next := answer.Header.Get("Location"); next != "" {
				address = next
				continue
			}
			answer.OK(http.StatusOK)
			require.True(t, strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html"), address)
			require.Contains(t, pageOf(t, answer).one(t, "h1").text(), heading, address)
			break
		}
	}
}

// The address of a contract by its tag or branch leads to that contract, not to the newest;
// where no contract has a tag that is the name of a branch, it leads on to that of the branch.
func TestOlderAddresses_leadToTheContractOfTheTag(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").Branch("release").Tags("dev").With("Stock")
	b.Pact("Shop", "2").Branch("main").Tags("test").Saying(testbroker.Content("Shop", "Stock", "newer")).With("Stock")
	const of = "/pacts/provider/Stock/consumer/Shop"
	for address, number := range map[string]string{"/latest/dev": "1", "/latest/test": "2", "/latest": "2", "/branch/release/latest": "1", "/branch/main/latest": "2"} {
		require.Equal(t, number, visited(t, b, of+address).one(t, "div", "class", "details").one(t, "a", "class", "ver").is("title"), address)
	}
	lost := pageOf(t, b.Visit(of+"/latest/release").OK(http.StatusNotFound)).one(t, "main")
	require.Equal(t, of+"/branch/release/latest", lost.with(t, "a", "The latest contract of the branch release").is("href"))
	form := pageOf(t, b.Visit("/pacticipants/Shpo/latest-version/dev/can-i-deploy/to/prod").OK(http.StatusBadRequest)).one(t, "main")
	require.NotEmpty(t, form.with(t, "a", "Shop").is("href"), "a question with a mistyped name is asked again")
}

// What the API tells in a table or another text is a page for people, and stays what
// it is for everybody else.
func TestPresent_showsTextsAsPages(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").With("Stock").VerifiedBy("7")
	b.Pact("Shop", "2").Saying(testbroker.Content("Shop", "Stock", "another")).With("Stock")
	for address, said := range map[string]string{
		"/relationships?as=resource": "Stock", "/groups/Shop?as=resource": "Stock",
		"/pacts/provider/Stock/consumer/Shop/version/2/diff/previous-distinct": "another",
	} {
		answer := b.Visit(address).OK(http.StatusOK)
		require.Equal(t, "text/html;charset=utf-8", answer.Header.Get("Content-Type"), address)
		require.Contains(t, pageOf(t, answer).one(t, "pre", "class", "code json").text(), said, address)
	}
	for address, media := range map[string]string{"/relationships.csv": "text/csv", "/matrix/provider/Stock/consumer/Shop.txt": "text/plain", "/network/download?as=csv": "text/csv", "/pacticipants.json": "application/hal+json"} {
		require.True(t, strings.HasPrefix(b.Visit(address).OK(http.StatusOK).Header.Get("Content-Type"), media), address)
	}
	for _, client := range []string{"*/*", "text/csv", "text/html,*/*;q=0.8"} {
		require.True(t, strings.HasPrefix(b.Get("/groups/Shop", testbroker.Accept(client)).OK(http.StatusOK).Header.Get("Content-Type"), "text/csv"), client)
	}
}

// The address that a verifier is given leads a person to the contract, said for the
// version that it was selected for.
func TestContract_ofAnAddressForVerification(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Shop", "1").Branch("main").With("Stock")
	b.Pact("Shop", "2").Branch("feat/x").With("Stock")
	asked := testbroker.Object{"consumerVersionSelectors": []any{testbroker.Object{"branch": "main"}}}
	selected := b.Post("/pacts/provider/Stock/for-verification", asked).OK(http.StatusOK).Find("_embedded", "pacts", 0, "_links", "self", "href").(string)
	require.Contains(t, selected, "/metadata/")
	for address, version := range map[string]string{selected: "1", "/pacts/provider/Stock/consumer/Shop/latest-untagged": "2"} {
		answer := b.Visit(address).OK(http.StatusOK)
		page := pageOf(t, answer)
		require.NotEmpty(t, page.all("nav", "aria-label", "Pages"), address)
		require.NotEmpty(t, page.one(t, "main").all("a", "href", "/pacticipants/Shop/versions/"+version), address)
		require.Equal(t, version, answer.Header.Get("X-Pact-Consumer-Version"))
		require.NotContains(t, answer.Header.Get("Content-Security-Policy"), "https:")
	}
	plain := b.Get("/pacts/provider/Stock/consumer/Shop/version/2", testbroker.Accept("text/html")).OK(http.StatusOK)
	require.NotContains(t, plain.Header.Get("Content-Security-Policy"), "https:", "nothing is loaded from elsewhere")
	require.NotContains(t, string(plain.Body), "<img")
}

func TestErrorPage_saysWhatWasLookedForAndWhatIsNear(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("order-service", "1").Branch("main").With("stock")
	b.Pact("order-service", "309f9bb3aa00aa00aa00aa00aa00aa00aa00aa00").With("stock")
	production := b.Environment("production")
	b.Put("/api/v1/teams/Checkout", testbroker.Object{"applications": []string{"order-service"}}).OK(http.StatusCreated)
	for address, c := range map[string]struct{ heading, near string }{
		"/pacticipants/order-servce":            {"There is no application named “order-servce”", "/pacticipants/order-service"},
		"/pacticipants/order-servce/versions/1": {"There is no application named “order-servce”", "/pacticipants/order-service"},
		"/pacticipants/order-service/versions/309f9bb3": {
			"There is no version “309f9bb3” of “order-service”", "/pacticipants/order-service/versions/309f9bb3aa00aa00aa00aa00aa00aa00aa00aa00",
		},
		"/pacts/provider/stock/consumer/order-service/version/309f9bb3": {
			"There is no such contract of “order-service” with “stock”", "/pacts/provider/stock/consumer/order-service/version/309f9bb3aa00aa00aa00aa00aa00aa00aa00aa00",
		},
		"/pacticipants/order-service/versions/1/tags/x":                                        {"Version “1” of “order-service” has no tag “x”", "/pacticipants/order-service"},
		"/pacticipants/order-service/latest-version/main":                                      {"No version of “order-service” has the tag “main”", "/pacticipants/order-service?branch=main"},
		"/pacticipants/stock/latest-version":                                                   {"“stock” has no version yet", "/pacticipants/stock"},
		"/pacticipants/order-service/branches/mai":                                             {"“order-service” has no branch “mai”", "/pacticipants/order-service?branch=main"},
		"/pacticipants/order-service/labels/x":                                                 {"“order-service” has no label “x”", "/pacticipants/order-service"},
		"/pacticipants/order-service/nowhere":                                                  {"There is nothing at this address of “order-service”", "/pacticipants/order-service"},
		"/pacticipants/order-service/latest-version/can-i-deploy/to/production":                {"This address names no tag of “order-service” to ask about", "/can-i-deploy?environment=production&pacticipant=order-service"},
		"/network?around=order-servce":                                                         {"There is no application named “order-servce”", "/pacticipants/order-service"},
		"/network?from=order-service&to=stok":                                                  {"There is no application named “stok”", "/pacticipants/stock"},
		"/pacticipants/order-service/versions/9":                                               {"There is no version “9” of “order-service”", "/pacticipants/order-service"},
		"/environments/productio":                                                              {"There is no environment named “productio”", "/environments/" + production},
		"/pacts/provider/stock/consumer/order-servic/latest":                                   {"There is no application named “order-servic”", "/pacts/provider/stock/consumer/order-service/latest"},
		"/pacts/provider/stok/consumer/oder-servcie/latest":                                    {"There is no application named “oder-servcie”", "/pacts/provider/stock/consumer/order-service/latest"},
		"/matrix/provider/stok/consumer/order-service":                                         {"There is no application named “stok”", "/matrix/provider/stock/consumer/order-service"},
		"/pacts/provider/stock/consumer/order-service/latest/main":                             {"No contract of “order-service” with “stock” has the tag “main”, as which the end of the address was taken", "/pacts/provider/stock/consumer/order-service/latest"},
		"/pacts/provider/stock/consumer/order-service/branch/nope/latest":                      {"No contract of “order-service” with “stock” was published from a branch “nope”", "/pacts/provider/stock/consumer/order-service/latest"},
		"/pacts/provider/stock/consumer/order-service/latest/nope/verification-results/latest": {"No contract of “order-service” with “stock” has the tag “nope”", "/pacts/provider/stock/consumer/order-service/latest"},
		"/pacts/provider/stock/consumer/order-service":                                         {"There is no such contract of “order-service” with “stock”", "/pacts/provider/stock/consumer/order-service/latest"},
		"/environments/nope":                                                                   {"There is no environment named “nope”", "/environments"},
		"/webhooks/nope":                                                                       {"There is no webhook “nope”", "/webhooks"},
		"/pacticipants/odrer-service":                                                          {"There is no application named “odrer-service”", "/pacticipants/order-service"},
		"/contracts/provider/sotck/version/1":                                                  {"There is no application named “sotck”", "/pacticipants/stock"},
		"/contracts/provider/stock/version/1":                                                  {"“stock” has published no such contract", "/pacticipants/stock"},
		"/teams/Checkuot":                                                                      {"There is no team named “Checkuot”", "/teams/Checkout"},
		"/environments/porduction":                                                             {"There is no environment named “porduction”", "/environments/" + production},
		"/pacticipants/%3Cscript%3Ealert(1)%3C%2Fscript%3E/edit":                               {"There is no application named “<script>alert(1)</script>”", ""},
		"/somewhere": {"There is nothing here", ""},
	} {
		answer := b.Visit(address).OK(http.StatusNotFound)
		require.NotContains(t, string(answer.Body), "<script>alert", address)
		page := pageOf(t, answer)
		require.Equal(t, c.heading, page.one(t, "h1").text(), address)
		if c.near != "" {
			require.NotEmpty(t, page.one(t, "main").all("a", "href", c.near), "%s: %s", address, c.near)
		}
		require.NotEmpty(t, page.one(t, "main").all("input", "name", "q"), "a search to go on with")
	}
}

// A very long name is begun in a heading, where the whole can be had by pointing at it.
func TestPages_beginVeryLongTexts(t *testing.T) {
	b := testbroker.New(t)
	name := strings.Repeat("n", 5_000)
	lost := pageOf(t, b.Visit("/pacticipants/"+name).OK(http.StatusNotFound)).one(t, "main")
	said := "There is no application named “" + name + "”"
	require.Equal(t, said[:299+len("“")-1]+"…", lost.one(t, "h1").text())
	require.Equal(t, said, lost.one(t, "h1").one(t, "span").is("title"))
	require.Equal(t, "/pacticipants/"+name, lost.one(t, "code").one(t, "span").is("title"))

	path := "/" + strings.Repeat("é", 10_000)
	b.Pact("Web", "1").Saying(testbroker.Object{"interactions": []any{testbroker.Object{
		"description": "long", "request": testbroker.Object{"method": "GET", "path": path}, "response": testbroker.Object{"status": 200},
	}}}).With("Stock")
	contract := visited(t, b, "/pacts/provider/Stock/consumer/Web/latest")
	for _, place := range []element{contract.one(t, "section", "class", "group").one(t, "h2"), contract.one(t, "span", "class", "ep")} {
		require.Contains(t, place.text(), "/"+strings.Repeat("é", 298)+"…")
		require.NotContains(t, place.text(), strings.Repeat("é", 299))
		require.Len(t, place.all("span", "title", path), 1)
	}

	found := visited(t, b, "/search?q=%2F"+strings.Repeat("%C3%A9", 20)).one(t, "main").one(t, "section", "aria-labelledby", "endpoints")
	require.Contains(t, found.text(), strings.Repeat("é", 199)+"…")
	require.NotContains(t, found.text(), strings.Repeat("é", 500))
}
