package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// ofNoTeam says of lists and pages why they are not narrowed down to a team.
var ofNoTeam = map[string]string{
	"/api/v1/contracts/provider/:provider/consumer/:consumer/changes":    "of one pair",
	"/api/v1/providers/:provider/contracts":                              "of one application",
	"/api/v1/providers/:provider/contracts/:number/changes/:otherNumber": "of one application",
	"/api/v1/applications/:pacticipant/former-names":                     "of one application",
	"/api/v1/applications/:pacticipant/branches":                         "of one application",
	"/api/v1/teams": "lists the teams themselves",
	"/api/v1/roles": "roles are for any application",

	"/can-i-deploy":  "a verdict counts all that its version needs: of a part of it the answer would be another",
	"/integrations":  "leads to the first page",
	"/dashboard":     "leads to the first page",
	"/pacticipants":  "leads to the first page",
	"/relationships": "leads to the network",
	"/affected":      "leads to the part of the network around one application",
	"/publish":       "first steps, which list nothing",
	"/compare":       "a form with two documents",
	"/health":        "of the broker itself",
	"/jobs":          "of the broker itself",
	"/settings":      "of the broker itself",
	"/teams":         "lists the teams themselves",
	"/roles":         "roles are for any application",
	"/webhooks/new":  "a form for one webhook",
	"/deprecations":  "documentation",
	"/docs":          "documentation",

	"/browse":                     "one resource of the API",
	"/hal-browser":                "one resource of the API",
	"/hal-browser/browser.html":   "one resource of the API",
	"/account":                    "who one is",
	edge.PasswordPath:             "who one is",
	edge.SignInPath:               "who one is",
	edge.SignInPath + "/start":    "who one is",
	edge.SignInPath + "/callback": "who one is",
}

// TestLists_areNarrowedDownToATeam asks every list of the own API, and every page that is
// not about one thing, for a team that there is not.
func TestLists_areNarrowedDownToATeam(t *testing.T) {
	b := testbroker.New(t)
	pages, err := web.New(web.Services{})
	require.NoError(t, err)
	excused := map[string]bool{}
	check := func(path string, answer testbroker.Response) {
		takes := answer.Status == http.StatusBadRequest && strings.Contains(string(answer.Body), "must be a team that is there, not Nobody")
		if ofNoTeam[path] != "" {
			excused[path] = true
			require.False(t, takes, "%s takes a team, so it needs no excuse", path)
			return
		}
		require.True(t, takes, "%s takes no team, and has no reason", path)
	}
	for _, route := range (&v1.API{}).Routes() {
		if route.Method == http.MethodGet && strings.Contains(strings.ToLower(route.Operation), "list") {
			check(route.Path, b.Get(parameter.ReplaceAllString(route.Path, "x")+"?team=Nobody"))
		}
	}
	for _, route := range pages.Routes() {
		if route.Method == http.MethodGet && !strings.Contains(route.Path, ":") {
			check(route.Path, b.Visit(route.Path+"?as=csv&team=Nobody"))
		}
	}
	for path := range ofNoTeam {
		require.True(t, excused[path], "%s is no list any more", path)
	}
}
