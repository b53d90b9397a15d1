package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestPresent_showsAFailureAsAPage(t *testing.T) {
	b := testbroker.New(t)
	b.Version("order-service", "1")
	for address, said := range map[string]string{
		"/nowhere":                      "There is nothing here",
		"/pacticipants/order-servce?x=": `<a class="name" href="/pacticipants/order-service">order-service</a>`,
		"//":                            "There is nothing",
		"/%3Cscript%3E":                 "&lt;script&gt;",
	} {
		answer := b.Get(address, browser).OK(http.StatusNotFound)
		require.Equal(t, "text/html;charset=utf-8", answer.Header.Get("Content-Type"), address)
		require.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'")
		require.Contains(t, string(answer.Body), said, address)
		require.NotContains(t, string(answer.Body), "<script>")
	}
	require.Contains(t, string(b.Get("/matrix?latestby=x&q[]pacticipant=order-service&as=resource", browser).OK(http.StatusBadRequest).Body), "This cannot be understood")
}

func TestPresent_showsAResourceWithItsLinks(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Shop", "<b>1</b>")
	page := read(b, "/pacticipants/Shop/versions/%3Cb%3E1%3C%2Fb%3E?as=resource")
	require.Contains(t, page, `href="/pacticipants/Shop?as=resource"`)
	require.Contains(t, page, "&lt;b&gt;1&lt;/b&gt;")
	require.NotContains(t, page, "<b>1</b>")
	index := read(b, "/?as=resource")
	require.Contains(t, index, `name="gap-pacticipant"`)

	followed := open(b, "/browse?template=http%3A%2F%2Fbroker.test%2Fpacticipants%2F%7Bpacticipant%7D&gap-pacticipant=a%2Fb")
	require.Equal(t, "/pacticipants/a%2Fb?as=resource", followed.Header().Get("Location"))
	require.Equal(t, http.StatusBadRequest, open(b, "/browse?path=https%3A%2F%2Felsewhere.test%2F").Code)
	require.Equal(t, http.StatusBadRequest, open(b, "/browse?path=%2F%2Felsewhere.test%2F").Code)
}

func TestPresent_leavesClientsAlone(t *testing.T) {
	b := testbroker.New(t)
	require.Equal(t, "application/hal+json;charset=utf-8", b.Get("/pacticipants", testbroker.Accept("text/html, */*")).OK(http.StatusOK).Header.Get("Content-Type"))
	require.Equal(t, "application/hal+json;charset=utf-8", b.Get("/pacticipants.json", browser).OK(http.StatusOK).Header.Get("Content-Type"))
}

func TestSetAppearance_keepsItAndLeadsBack(t *testing.T) {
	b := testbroker.New(t)
	answer := send(b, "/appearance", "theme=dark&back=%2F%3Fname%3Dx")
	require.Equal(t, http.StatusSeeOther, answer.Code)
	require.Equal(t, "/?name=x", answer.Header().Get("Location"))
	require.Contains(t, answer.Header().Get("Set-Cookie"), "accord-theme=dark")
	require.Contains(t, string(b.Get("/", browser, testbroker.Header("Cookie", "accord-theme=dark")).Body), `data-theme="dark"`)
	for _, elsewhere := range []string{"https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere.test", "javascript:alert(1)"} {
		require.Equal(t, "/", send(b, "/appearance", "theme=auto&back="+elsewhere).Header().Get("Location"), elsewhere)
	}
}

func TestForms_ofOtherSitesChangeNothing(t *testing.T) {
	answer := send(testbroker.New(t), "/appearance", "theme=dark", testbroker.Header("Sec-Fetch-Site", "cross-site"))
	require.Equal(t, http.StatusForbidden, answer.Code)
	require.Empty(t, answer.Header().Get("Set-Cookie"))
}

// The page of a resource says which one it is, and the way to it has no step twice.
func TestResource_saysWhichItIs(t *testing.T) {
	b, newest := company(t)
	version := newest("payments")
	for address, want := range map[string][]string{
		"/?as=resource":             {"API", "Index"},
		"/pacticipants?as=resource": {"API", "Index", "/pacticipants"},
		"/pacticipants/payments/versions/" + version + "?as=resource": {"API", "Index", "Version " + version},
	} {
		page := visited(t, b, address)
		require.Equal(t, want, texts(page.one(t, "nav", "class", "crumbs").all("li")), address)
		require.Equal(t, want[len(want)-1], page.one(t, "h1").text(), address)
		require.Contains(t, page.one(t, "title").text(), want[len(want)-1], address)
	}
	deployed := visited(t, b, "/pacticipants/payments?as=resource").one(t, "section", "aria-labelledby", "links").text()
	require.Contains(t, deployed, "Deployment Production", "what a link leads to is named")
}

// The API has HTML of its own for a contract; who asks for the resource sees that, as of
// everything else, and of a large one the beginning.
func TestResource_isShownOfAContract(t *testing.T) {
	b := testbroker.New(t)
	const pair = "/pacts/provider/River/consumer/Otter"
	b.Put(pair+"/version/1", testbroker.Object{"interactions": []any{}, "note": "<script>alert(1)</script>", "long": strings.Repeat("x", 5<<20)}).OK(http.StatusCreated)
	sha := b.Get(pair+"/latest").OK(http.StatusOK).Text("_links", "pb:pact-version", "name")
	for _, address := range []string{pair + "/latest", pair + "/version/1", pair + "/pact-version/" + sha, "/pact/provider/River/consumer/Otter/latest"} {
		answer := b.Get(address+"?as=resource", browser).OK(http.StatusOK)
		require.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'", address)
		require.Less(t, len(answer.Body), 300_000, address)
		require.NotContains(t, string(answer.Body), "<script>alert", address)
		page := visited(t, b, address+"?as=resource")
		require.Len(t, page.all("header", "class", "bar"), 1, address)
		require.NotEmpty(t, page.one(t, "section", "aria-labelledby", "links").all("a", "href", "/pacticipants/River?as=resource"), address)
		require.Contains(t, page.one(t, "section", "aria-labelledby", "raw").text(), "only the beginning is shown", address)
		require.Contains(t, page.one(t, "p", "class", "lead").text(), "application/hal+json", address)
	}
}

// Who sends a form from another site is told so in plain words; no role would help.
func TestForms_ofOtherSitesSayWhatToDo(t *testing.T) {
	b := testbroker.New(t)
	for _, address := range []string{"/appearance", "/webhooks/new", "/nowhere"} {
		for _, sent := range []testbroker.Change{testbroker.Header("Sec-Fetch-Site", "cross-site"), testbroker.Header("Origin", "https://elsewhere.test")} {
			answer := send(b, address, "theme=dark", sent)
			require.Equal(t, http.StatusForbidden, answer.Code, address)
			require.Contains(t, answer.Body.String(), "<h1>This came from another site</h1>", address)
			require.Contains(t, answer.Body.String(), "Open the page here, at the address of the broker, and send it again.", address)
			for _, word := range []string{"cross-origin", "Sec-Fetch", "a role"} {
				require.NotContains(t, answer.Body.String(), word, address)
			}
		}
	}
}

// Tabs, bookmarks and links in a chat say what was asked.
func TestFrame_namesTheQuestion(t *testing.T) {
	b, newest := company(t)
	version := newest("checkout-web")
	for address, title := range map[string]string{
		"/can-i-deploy?pacticipant=checkout-web&version=" + version + "&environment=production":                   "Can I deploy checkout-web " + version[:8] + " to production?",
		"/can-i-deploy?pacticipant=checkout-web":                                                                  "Can I deploy checkout-web " + version[:8] + " with the main branches?",
		"/can-i-deploy?q[][pacticipant]=checkout-web&q[][latest]=true&q[][pacticipant]=payments&q[][latest]=true": "Do checkout-web " + version[:8] + " and payments " + newest("payments")[:8] + " work together?",
		"/network":                               "Network",
		"/network?around=payments":               "Network around payments",
		"/network?from=checkout-web&to=payments": "Network from checkout-web to payments",
		"/network?from=checkout-web":             "Network",
	} {
		require.Equal(t, title+" · Accord", visited(t, b, address).one(t, "title").text(), address)
	}
}
