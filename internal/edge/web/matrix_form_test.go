package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// inOrder is the query that a form sends as it stands; what belongs to which selector
// depends on the order of the fields.
func (e element) inOrder() string {
	var parts []string
	add := func(field element, value string) {
		parts = append(parts, url.QueryEscape(field.is("name"))+"="+url.QueryEscape(value))
	}
	for node := range e.Descendants() {
		field := element{node}
		if node.Type != html.ElementNode {
			continue
		}
		switch _, checked := field.attribute("checked"); {
		case node.Data == "input" && (checked || field.is("type") != "checkbox"):
			add(field, field.is("value"))
		case node.Data == "select":
			for _, option := range field.all("option") {
				if _, selected := option.attribute("selected"); selected {
					add(field, option.is("value"))
				}
			}
		}
	}
	return strings.Join(parts, "&")
}

// matrixRows are what the rows of a page say.
func matrixRows(t *testing.T, page element) []string {
	return texts(page.one(t, "section", "aria-labelledby", "rw").all("tr"))
}

// several is a broker in which branches, tags and environments tell versions apart.
func several(t *testing.T) *testbroker.Broker {
	b := testbroker.New(t)
	b.Pact("Web", "1").Branch("main").Saying(testbroker.Content("Web", "Stock", "one")).With("Stock").VerifiedBy("7")
	b.Pact("Web", "2").Branch("feat/x").Saying(testbroker.Content("Web", "Stock", "two")).With("Stock").FailedBy("7")
	b.Pact("Web", "3").Branch("main").Saying(testbroker.Content("Web", "Stock", "three")).With("Stock")
	b.Pact("App", "1").Branch("main").With("Stock").VerifiedBy("7")
	b.Put("/pacticipants/Web", testbroker.Object{"name": "Web", "mainBranch": "main"}).OK()
	b.Put("/pacticipants/Web/versions/2/tags/dev", nil).OK()
	b.Put("/pacticipants/App/versions/1/tags/dev", nil).OK()
	b.Deploy("Web", "1", "prod")
	b.Deploy("Stock", "7", "prod")
	b.Version("Stock", "7", "main")
	return b
}

// tight takes the spaces out that text() puts after a name.
var tight = strings.NewReplacer(" .", ".", " ,", ",")

// The form of a question asks the same question when it is sent as it stands, and the
// page says in words what that is.
func TestMatrix_asksAgainWhatItSaysWasAsked(t *testing.T) {
	b, rows := several(t), 0
	for query, said := range map[string]string{
		"q[][pacticipant]=Web&q[][pacticipant]=Stock":                                                                                      "any version of Web with any version of Stock. Every result, those that were replaced too, at most 100 rows.",
		"q[][pacticipant]=Web&q[][version]=1&latestby=cvpv":                                                                                "version 1 of Web. The newest result of each pair of versions, at most 100 rows.",
		"q[][pacticipant]=Web&q[][branch]=feat%2Fx&q[][latest]=true&q[][pacticipant]=Stock&latestby=cvp":                                   "the latest version of Web on branch feat/x with any version of Stock. The newest provider version of each consumer version, at most 100 rows.",
		"q[][pacticipant]=Web&q[][mainBranch]=true&success[]=&success[]=true&limit=2":                                                      "the versions of Web on its main branch. Every result, those that were replaced too, where it works or is not known, at most 2 rows.",
		"q[][pacticipant]=Web&q[][tag]=dev&q[][pacticipant]=Stock&q[][environment]=prod&success[]=false":                                   "the versions of Web with tag dev with the versions of Stock that are now in prod. Every result, those that were replaced too, where it fails, at most 100 rows.",
		"q[][pacticipant]=Stock&q[][version]=7&environment=prod&ignore[][pacticipant]=Web&ignore[][version]=1":                             "version 7 of Stock, with all versions of the others that are now in prod, without version 1 of Web. Every result, those that were replaced too.",
		"q[][pacticipant]=Stock&tag=dev&latest=true&latestby=cp&ignore[][pacticipant]=Web&ignore[][pacticipant]=Stock&ignore[][version]=1": "any version of Stock, with the latest versions of the others with tag dev, without any version of Web and version 1 of Stock. The newest versions of each pair of applications.",
		"q[][pacticipant]=Web&mainBranch=true":                                                                                             "any version of Web, with all versions of the others on their main branches. Every result, those that were replaced too.",
		"q[][pacticipant]=Web&q[][pacticipant]=App&q[][pacticipant]=Stock":                                                                 "any version of Web, any version of App with any version of Stock. Every result, those that were replaced too, at most 100 rows.",
	} {
		page := visited(t, b, "/matrix?"+query)
		require.Equal(t, "Asked: "+said+" As JSON", tight.Replace(page.one(t, "p", "class", "whom").text()), query)
		sent := b.Visit("/matrix?" + page.one(t, "form", "class", "asking").inOrder()).OK(http.StatusFound)
		again := visited(t, b, sent.Header.Get("Location"))
		require.Equal(t, page.one(t, "p", "class", "whom").text(), again.one(t, "p", "class", "whom").text(), query)
		require.Equal(t, matrixRows(t, page), matrixRows(t, again), query)
		rows += len(matrixRows(t, page))
		asked := page.one(t, "p", "class", "whom").one(t, "a").is("href")
		require.Equal(t, b.Get("/matrix?"+query).OK(http.StatusOK).Find("matrix"), b.Get(asked).OK(http.StatusOK).Find("matrix"), asked)
	}
	require.Greater(t, rows, 10)
}

// An empty form asks nothing, and what is said of an application without a name is never
// taken for another's.
func TestMatrix_takesFieldsThatWereLeftEmpty(t *testing.T) {
	b := several(t)
	empty := visited(t, b, "/matrix").one(t, "form", "class", "asking")
	sent := b.Visit("/matrix?" + empty.inOrder()).OK(http.StatusFound)
	require.Equal(t, "/matrix?latestby=cvpv", sent.Header.Get("Location"))
	require.Len(t, visited(t, b, sent.Header.Get("Location")).all("form", "class", "asking"), 1)

	nameless := b.Visit("/matrix?q[][pacticipant]=Web&q[][version]=&q[][pacticipant]=&q[][version]=7&q[][branch]=+").OK(http.StatusFound)
	answer := b.Visit(nameless.Header.Get("Location"))
	require.Equal(t, http.StatusBadRequest, answer.Status)
	form := pageOf(t, answer).one(t, "form", "class", "asking")
	require.Equal(t, []string{"Web", "", "", ""}, form.form()["q[][pacticipant]"][:4:4])
	require.Equal(t, []string{"", "7"}, form.form()["q[][version]"][:2])
	require.Contains(t, form.text(), "Give the name of the pacticipant.")
}

// Who asks for something that is not there gets the question back, with what is near.
func TestMatrix_saysWhatIsWrongWithAQuestion(t *testing.T) {
	b := several(t)
	for query, want := range map[string]struct{ said, near string }{
		"q[][pacticipant]=Stok&q[][version]=7":                 {"There is no application named “Stok”.", "/matrix?q%5B%5D%5Bpacticipant%5D=Stock&q%5B%5D%5Bversion%5D=7&limit=100"},
		"q[][pacticipant]=Web&q[][pacticipant]=Quite%20else":   {"There is no application named “Quite else”.", ""},
		"q[][pacticipant]=Stock&environment=production":        {"There is no environment named “production”.", "/matrix?q%5B%5D%5Bpacticipant%5D=Stock&environment=prod&limit=100"},
		"q[][pacticipant]=Web&q[][version]=1&q[][latest]=true": {"Give either a version number or latest=true for Web, not both.", ""},
		"q[][pacticipant]=Web&limit=0":                         {"The limit must be a whole number of 1 or more.", ""},
		"q[][pacticipant]=Web&latestby=all":                    {"latestby must be one of cvpv, cvp, cp.", ""},
		"q[][pacticipant]=Web&success[]=maybe":                 {"success must be true, false or empty.", ""},
		"q[][pacticipant]=Web&tag=dev&environment=prod":        {"Give only one of tag, environment and mainBranch.", ""},
	} {
		for _, address := range []string{"/matrix?", "/can-i-deploy?"} {
			answer := b.Visit(address + query)
			require.Equal(t, http.StatusBadRequest, answer.Status, address+query)
			page := pageOf(t, answer).one(t, "main")
			require.Contains(t, page.text(), want.said, address+query)
			require.NotContains(t, page.text(), "q.0")
			require.Equal(t, strings.TrimSuffix(address, "?"), page.one(t, "form", "class", "asking").is("action"))
			if want.near != "" {
				near := strings.Replace(want.near, "/matrix?", address, 1)
				require.Len(t, page.all("a", "href", near), 1, "%s: %s", address+query, answer.Body)
				b.Visit(near).OK(http.StatusOK)
			}
		}
	}
	missing := b.Visit("/matrix/provider/Stok/consumer/Web")
	require.Equal(t, http.StatusNotFound, missing.Status)
	require.Contains(t, pageOf(t, missing).one(t, "main").text(), "Stock")
}

// A version that is asked for and not there is named, for the rows cannot.
func TestMatrix_namesVersionsThatAreNotThere(t *testing.T) {
	b := several(t)
	page := visited(t, b, "/matrix?q[][pacticipant]=Web&q[][branch]=gone")
	require.Contains(t, page.one(t, "div", "class", "note unsure").text(), "There is no version of Web from branch gone")
	require.Empty(t, visited(t, b, "/matrix?q[][pacticipant]=Web").all("div", "class", "note unsure"))
}

// A cell leads to the result and to the contract, says in which environments the two are
// together, and a grid says what its marks mean.
func TestMatrix_laysEachPairOutAsAGrid(t *testing.T) {
	b := several(t)
	page := visited(t, b, "/matrix?q[][pacticipant]=Stock&latestby=cvpv")
	grids := page.all("table", "class", "vgrid table-full")
	require.Len(t, grids, 2, "App and Web")
	web := page.one(t, "div", "aria-label", "Grid of versions of Web and Stock")
	require.Equal(t, []string{"2 feat/x Fails contract", "1 main prod Works together in prod contract"}, texts(web.one(t, "tbody").all("tr")))
	fails := web.one(t, "tbody").all("tr")[0]
	require.Regexp(t, `^/pacts/provider/Stock/consumer/Web/version/2\?result=[0-9]+$`, fails.one(t, "a", "class", "st no").is("href"))
	require.Equal(t, "/pacts/provider/Stock/consumer/Web/version/2", fails.one(t, "span", "class", "sub").one(t, "a").is("href"))
	require.Equal(t, "contract of 2", fails.one(t, "span", "class", "sub").one(t, "a").is("aria-label"))
	require.Len(t, page.one(t, "section", "aria-labelledby", "rw").all("a", "aria-label", "Open contract of Web 2"), 1)
	require.Contains(t, page.one(t, "ul", "class", "legend").text(), "Together in an environment")

	pair := visited(t, b, "/matrix/provider/Stock/consumer/Web")
	require.Equal(t, "Web waiting for a result Stock", pair.one(t, "h1").text(), "the worst of all places")
	require.Equal(t, []string{"Works 1", "Fails 1", "Not known 1"}, texts(pair.one(t, "section", "aria-labelledby", "rw").one(t, "ul").all("li")))
}

// An environment is chosen from those that there are; one that is not among them is shown
// as it was asked.
func TestMatrixForm_offersEnvironments(t *testing.T) {
	b, _ := company(t)
	for address, want := range map[string]struct {
		options []string
		chosen  string
	}{
		"/matrix": {[]string{"", "test", "staging", "production"}, ""},
		"/matrix?q[][pacticipant]=payments&environment=staging&latestby=cvpv": {[]string{"", "test", "staging", "production"}, "staging"},
		"/matrix?q[][pacticipant]=payments&environment=nowhere&latestby=cvpv": {[]string{"", "test", "staging", "production", "nowhere"}, "nowhere"},
	} {
		choice := pageOf(t, b.Visit(address)).one(t, "select", "id", "m-environment")
		require.Equal(t, want.options, values(choice), address)
		for _, option := range choice.all("option") {
			_, selected := option.attribute("selected")
			require.Equal(t, option.is("value") == want.chosen, selected, address)
		}
	}
}
