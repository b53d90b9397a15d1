package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/secrets"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// everyPage fills a broker so that each page has something to show, and returns what
// each parameter of their addresses may be, one of which fits.
func everyPage(t *testing.T, b *testbroker.Broker) map[string][]string {
	t.Helper()
	values := everyGET(t, b)
	b.Put("/api/v1/secrets/pass", testbroker.Object{"value": "hush", "hosts": []string{"example.org"}}).OK()
	b.Put("/api/v1/roles/auditor", testbroker.Object{"actions": []string{"read"}}).OK()
	rule := testbroker.Object{"name": "ci", "issuer": "https://ci.example", "audience": "x", "claims": testbroker.Object{"sub": []string{"x"}}, "role": "viewer"}
	values["token"] = []string{b.Post("/api/v1/tokens", testbroker.Object{"name": "ci", "role": "viewer"}).OK().Text("id")}
	values["person"] = []string{b.Post("/api/v1/users", testbroker.Object{"name": "jo"}).OK().Text("id")}
	values["rule"] = []string{b.Post("/api/v1/trust-rules", rule).OK().Text("id")}
	values["role"], values["secret"] = []string{"auditor"}, []string{"pass"}
	values["delivery"] = values["uuid"]
	values["environment"] = append(values["environment"], values["uuid"]...)
	return values
}

// questionsOfPages are what pages are asked with, besides with nothing.
var questionsOfPages = map[string][]string{
	"/":                                     {"?team=Shop", "?name=none"},
	"/pacticipants/:pacticipant":            {"?branch=main"},
	"/pacticipants/:pacticipant/merge":      {"?into=Net"},
	"/network":                              {"?around=Shop", "?team=Shop"},
	"/network/download":                     {"?as=csv"},
	"/search":                               {"?q=Sho", "?q=Sho&team=Shop"},
	"/tokens":                               {"?team=Shop"},
	"/people":                               {"?team=Shop"},
	"/webhooks":                             {"?team=Shop"},
	"/can-i-deploy":                         {"?pacticipant=Shop&version=2&environment=test", "?pacticipant=Shop&version=3&environment=test", "?pacticipant=Shop&version=9&environment=test"},
	"/matrix":                               {"?q[][pacticipant]=Shop&q[][version]=2&q[][pacticipant]=Stock&q[][version]=7"},
	"/compare":                              {"?consumer=Shop&provider=Stock"},
	"/activity":                             {"?team=Shop"},
	"/contracts/provider/:provider/changes": {"?from=6&to=7"},
	"/pacts/provider/:provider/consumer/:consumer/version/:number": {"?from=1"},
}

// severalStatesOfPages are the pages that read several states, how many at most, and why.
var severalStatesOfPages = map[string]struct {
	atMost int
	why    string
}{
	"/pacticipants/:pacticipant":       {3, "what happened gets its place first, and is read after the rest"},
	"/activity":                        {5, "what happened gets its place first"},
	"/audit":                           {4, "what happened a moment ago is written first"},
	"/pacticipants/:pacticipant/merge": {2, "what would be merged is looked at in a transaction, and counted after that"},
	"/can-i-deploy":                    {3, "what has not been compared is compared before the answer, after which the page reads what else it says"},
	"/matrix":                          {3, "as with the verdict"},
	"/matrix/provider/:provider/consumer/:consumer":                                                           {2, "as with the verdict"},
	"/pacticipants/:pacticipant/branches/:branch/latest-version/can-i-deploy/to-environment/:environment":     {2, "as with the verdict"},
	"/pacticipants/:pacticipant/latest-version/:tag/can-i-deploy/to/:to":                                      {2, "as with the verdict"},
	"/contracts/provider/:provider/version/:number/consumer/:consumer/pact-version/:sha/verification-results": {4, "what has not been compared is compared, then the documents are read, which never change"},
	"/contracts/provider/:provider/changes":                                                                   {13, "it compares documents, which never change, and may wait for memory"},
	"/search":                                                                                                 {3, "it looks into contents and documents, which never change, and may wait for others who do"},
	"/health":                                                                                                 {2, "it looks at one thing after the other, also outside of the database"},
}

// unseenPages are those that answer nobody where people cannot sign in, or that read
// nothing from the database.
var unseenPages = []string{
	"/sign-in", "/sign-in/start", "/sign-in/callback", "/account",
	"/doc/:rel", "/problem/:problem", "/problems/:problem", "/docs/:operation", "/browse", "/static/:digest/:file",
}

// What a page says is of one moment, as with the API.
func TestPages_readOneStateOfTheDatabase(t *testing.T) {
	var asked, read statements
	b := testbroker.New(t, testbroker.Traced(asked.note), testbroker.Snapshots(read.note), testbroker.With(func(s *config.Settings) { s.Secrets.Key = secrets.NewKey() }))
	values := everyPage(t, b)
	pages, err := web.New(web.Services{})
	require.NoError(t, err)
	for _, route := range pages.Routes() {
		if route.Method != http.MethodGet {
			continue
		}
		answered := false
		for _, address := range filledIn(route.Path, values) {
			for _, query := range append(questionsOfPages[route.Path], "") {
				var states []string
				var answer testbroker.Response
				took := asked.during(func() { states = read.during(func() { answer = b.Visit(address + query) }) })
				answered = answered || answer.Status < 400
				states = slices.DeleteFunc(states, ofContents)
				if len(states) > max(1, severalStatesOfPages[route.Path].atMost) && answer.Status < 300 {
					t.Errorf("%s%s (%d) reads %d states with %d statements:\n  %s", address, query, answer.Status, len(states), len(took), strings.Join(states, "\n  "))
				}
			}
		}
		if !answered && !slices.Contains(unseenPages, route.Path) {
			t.Errorf("%s has no answer for %q", route.Path, filledIn(route.Path, values))
		}
	}
}
