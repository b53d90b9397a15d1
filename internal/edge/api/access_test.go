package api_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// bodies are what makes a request to an operation one that could succeed.
var bodies = map[string]any{
	"publishContracts": publicationOf("Web", "1"), "publishPact": testbroker.Object{"consumer": testbroker.Object{"name": "Web"}, "provider": testbroker.Object{"name": "Api"}, "interactions": []any{}},
	"publishProviderContract": providerSubmission("1", orders, true), "publishProviderContracts": severalTable.good, "putProviderContract": oldProviderContractTable.good,
	"checkDocument": testbroker.Object{"content": "b3BlbmFwaTogMy4wLjMK"},
	"mergePact":     testbroker.Object{"interactions": []any{}}, "createPacticipant": testbroker.Object{"name": "Web"},
	"createEnvironment": environmentTable.good, "replaceEnvironment": environmentTable.good,
	"publishVerificationResult": resultTable.good, "publishVerificationResultWithMetadata": resultTable.good,
	"updateDeployedVersion": testbroker.Object{"currentlyDeployed": false}, "updateReleasedVersion": testbroker.Object{"currentlySupported": false},
	"createWebhook": webhookTable.good, "createConsumerWebhook": webhookTable.good, "createProviderWebhook": webhookTable.good,
	"createPairWebhook": webhookTable.good, "createPactWebhook": webhookTable.good, "putWebhook": webhookTable.good, "testUnsavedWebhook": webhookTable.good,
	"v1CreateWebhook": ownWebhook, "v1PutWebhook": ownWebhook, "putSecret": testbroker.Object{"value": "hush", "hosts": []string{"example.org"}},
	"replayDeliveries": testbroker.Object{"since": "2026-01-01T00:00:00Z"}, "addSigningKey": testbroker.Object{},
	"createTrustRule": trustRule, "putTrustRule": trustRule, "tryTrustRules": testbroker.Object{"subject_token": "x"},
	"createToken": testbroker.Object{"name": "x", "role": "viewer"}, "rotateToken": testbroker.Object{"overlap_seconds": 0},
	"putTeam": testbroker.Object{"applications": []string{"Web"}}, "putRole": testbroker.Object{"actions": []string{"read"}}, "createUser": testbroker.Object{"name": "jo"}, "updateUser": testbroker.Object{"role": "viewer"}, "setUserPassword": testbroker.Object{},
	"renameApplication": testbroker.Object{"name": "Shop"}, "mergeApplication": testbroker.Object{"into": "Api"},
	"hearGitHub": testbroker.Object{}, "hearGitLab": testbroker.Object{},
	"markExternal": testbroker.Object{"reason": "theirs"}, "askVerdict": testbroker.Object{"versions": []any{testbroker.Object{"application": "Web", "version": "1"}}},
}

var ownWebhook = testbroker.Object{"events": []string{"contract_published"}, "request": testbroker.Object{"method": "POST", "url": "https://example.org"}}

var trustRule = testbroker.Object{"name": "x", "issuer": "https://ci.example", "audience": "x", "claims": testbroker.Object{"sub": []string{"x"}}, "role": "viewer"}

func publicationOf(consumer, version string) testbroker.Object {
	return testbroker.Object{"pacticipantName": consumer, "pacticipantVersionNumber": version, "contracts": []any{testbroker.Object{
		"consumerName": consumer, "providerName": "Api", "specification": "pact", "contentType": "application/json", "content": "eyJpbnRlcmFjdGlvbnMiOltdfQ==",
	}}}
}

// scopes are those of the tokens of each role, which change Web and Api, another
// application alone, and everything.
var scopes = map[string]access.Wanted{
	"inside": {Applications: []string{"Web", "Api"}}, "outside": {Applications: []string{"Other"}}, "all": {},
}

func TestAccess_followsTheTableOnEveryRoute(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		things, uuids := thingsOf(b), uuidsOf(b)
		routes := slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes())
		for _, who := range callers(b, guarded) {
			for _, route := range routes {
				if changes(route) && who.scope != "outside" && route.Action != access.Publish && who.allows(route.Action) {
					continue // what they change would be missed by those that follow
				}
				answer := guarded.Do(route.Method, addressOf(route, things, uuids), bodies[route.Operation], who.as, testbroker.ContentType(mediaOf(route)))
				forbidden := answer.Status == http.StatusForbidden || answer.Status == http.StatusUnauthorized
				want := !who.allows(route.Action) || isScoped(route) && who.scope == "outside" || beyond(route) && who.scope != "all"
				hidden := answer.Status == http.StatusNotFound && (strings.Contains(route.Path, ":uuid") || strings.Contains(route.Path, ":secret"))
				if forbidden != want && (!want || !hidden) {
					t.Errorf("%s %s of %s for %s answered %d %.200s", route.Method, route.Path, route.Action, who.name, answer.Status, answer.Body)
				}
			}
		}
		for _, route := range routes {
			answer := guarded.Do(route.Method, addressOf(route, things, uuids), bodies[route.Operation], testbroker.ContentType(mediaOf(route)))
			if route.Action != access.Public {
				require.Equal(t, http.StatusUnauthorized, answer.Status, "%s %s without credentials", route.Method, route.Path)
			}
			require.NotEmpty(t, route.Action, "%s declares no action", route.Operation)
		}
	}, testbroker.With(func(s *config.Settings) {
		askAll(s)
		s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	}))
}

// The forms of the pages change no more than the API: neither for a weaker role
// nor for another application.
func TestAccess_followsTheTableOnEveryForm(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		things := thingsOf(b)
		maps.Copy(things, marked(b, guarded))
		before := rowsOf(t, guarded)
		who := map[string]testbroker.Change{"developer of another application": sessionOf(b, guarded, access.Developer, "outside")}
		for _, role := range []access.Role{access.Viewer, access.ConsumerCI, access.ProviderCI, access.Deployer} {
			who[string(role)] = sessionOf(b, guarded, role, "all")
		}
		after := rowsOf(t, guarded) // with the people and their sessions
		pages, err := web.New(web.Services{})
		require.NoError(t, err)
		forms := 0
		for _, route := range pages.Routes() {
			if route.Method == http.MethodGet || route.Action == access.Public || route.Action == access.Read {
				continue
			}
			forms++
			address := addressOf(route, things, func(string) string { return things["webhook"] })
			fields := url.Values{"name": {"marker-new"}, "consumer": {"Web"}, "displayName": {"Changed"}, "value": {"changed"}, "url": {"https://example.org"}, "method": {"POST"}, "events": {"contract_published"}}
			for name, as := range who {
				if access.Role(name).Allows(route.Action) {
					continue // such as putting versions on branches, which every build does
				}
				answer := guarded.Submit(address, fields, as)
				require.Contains(t, []int{http.StatusForbidden, http.StatusNotFound}, answer.Status, "%s for %s: %.300s", address, name, answer.Body)
			}
		}
		require.Greater(t, forms, 30)
		require.NotEqual(t, before, after, "the test proves nothing if no row is seen")
		require.Equal(t, after, rowsOf(t, guarded), "nothing was written")
	}, testbroker.With(func(s *config.Settings) {
		askAll(s)
		s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	}))
}

// Whoever may change one application alone neither makes it another one nor takes
// the name of another.
func TestAccess_asksForBothApplicationsOfARenameAndAMerge(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		thingsOf(b)
		b.Post("/pacticipants", testbroker.Object{"name": "Other"}).OK(http.StatusCreated)
		inside := testbroker.Header("Authorization", "Bearer "+makeToken(b, access.Developer, "inside"))
		before := rowsOf(t, guarded)
		for address, body := range map[string]testbroker.Object{
			"Web/rename": {"name": "Other"}, "Api/rename": {"name": "Fresh"}, "Other/rename": {"name": "Web"},
			"Web/merge": {"into": "Other"}, "Other/merge": {"into": "Web"},
		} {
			answer := guarded.Post("/api/v1/applications/"+address, body, inside)
			require.Equal(t, http.StatusForbidden, answer.Status, "%s %v: %s", address, body, answer.Body)
		}
		require.Equal(t, before, rowsOf(t, guarded), "nothing was written")
		guarded.Post("/api/v1/applications/Web/merge", testbroker.Object{"into": "Api"}, inside).OK(http.StatusOK)
	}, testbroker.With(askAll))
}

// caller is somebody with a role for some applications.
type caller struct {
	name, scope string
	allows      func(access.Action) bool
	as          testbroker.Change
}

// callers are tokens with every role and with one of the broker's own for every
// action, each for every scope; a team's; and people who have signed in.
func callers(b, guarded *testbroker.Broker) (all []caller) {
	limits := []string{"outside", "inside", "all"}
	add := func(role access.Role, scope, through string, allows func(access.Action) bool, as testbroker.Change) {
		all = append(all, caller{strings.Join([]string{through, string(role), scope}, " "), scope, allows, as})
	}
	token := func(role access.Role, scope string) testbroker.Change {
		return testbroker.Header("Authorization", "Bearer "+makeToken(b, role, scope))
	}
	for _, role := range access.Roles() {
		for _, scope := range limits {
			if role != access.Admin || scope == "all" {
				add(role, scope, "token", role.Allows, token(role, scope))
			}
		}
	}
	for _, action := range access.Actions() {
		role := access.Role("only-" + string(action))
		b.Put("/api/v1/roles/"+string(role), testbroker.Object{"actions": []access.Action{action}}).OK(http.StatusCreated)
		allows := func(a access.Action) bool { return a == action || a == access.Public }
		for _, scope := range limits {
			if action != access.Administer || scope == "all" {
				add(role, scope, "token", allows, token(role, scope))
				add(role, scope, "session", allows, sessionOf(b, guarded, role, scope))
			}
		}
	}
	for _, role := range []access.Role{access.Viewer, access.Developer} {
		for _, scope := range []string{"outside", "inside"} {
			add(role, scope, "session", role.Allows, sessionOf(b, guarded, role, scope))
			b.Put("/api/v1/teams/"+scope, testbroker.Object{"applications": scopes[scope].Applications}).OK()
			made := b.Post("/api/v1/tokens", testbroker.Object{"name": "of the team " + scope, "role": role, "teams": []string{scope}}).OK(http.StatusCreated)
			add(role, scope, "token of a team", role.Allows, testbroker.Header("Authorization", "Bearer "+made.Text("secret")))
		}
	}
	return all
}

// askAll lets a broker ask everybody for credentials.
func askAll(s *config.Settings) {
	s.Access.Tokens, s.Access.BasicAuth, s.Access.Username, s.Access.Password = true, true, "admin", "sesame"
}

// sessionOf signs somebody in who has a role for the applications of a scope.
func sessionOf(admin, b *testbroker.Broker, role access.Role, scope string) testbroker.Change {
	name := string(role) + "-" + scope
	body := testbroker.Object{"name": name, "role": role, "password": "correct horse battery"}
	if applications := scopes[scope].Applications; applications != nil {
		body["applications"] = applications
	}
	admin.Post("/api/v1/users", body).OK(http.StatusCreated)
	return b.SignIn(name, "correct horse battery")
}

// fetched is what a browser says of the page that sends a request.
func fetched(site, origin string) testbroker.Change {
	return func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", site)
		r.Header.Set("Origin", origin)
	}
}

// Whatever a browser is signed in as, no other site may use it.
func TestAccess_refusesWhatOtherSitesSendInTheNameOfASession(t *testing.T) {
	b := testbroker.New(t, testbroker.With(askAll))
	admin := b.Always(testbroker.As("admin", "sesame"))
	things, uuids := thingsOf(admin), uuidsOf(admin)
	before := rowsOf(t, b)
	asAdmin := sessionOf(admin, b, access.Admin, "all")
	pages, err := web.New(web.Services{})
	require.NoError(t, err)
	for _, route := range slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes(), pages.Routes()) {
		if route.Method == http.MethodGet {
			continue
		}
		for name, from := range map[string]testbroker.Change{
			"another site": testbroker.Header("Origin", "https://evil.example"), "no site": testbroker.Header("Origin", "null"),
			"a neighbour": fetched("same-site", "http://other.broker.test"), "another site, as browsers say": fetched("cross-site", "https://evil.example"),
			"nowhere": testbroker.Header("Origin", ""),
		} {
			if name == "nowhere" && route.Action == access.Public {
				continue // what everybody may send
			}
			send := func() testbroker.Response { return b.Submit(addressOf(route, things, uuids), nil, asAdmin, from) }
			if route.Operation != "" {
				send = func() testbroker.Response {
					return b.Do(route.Method, addressOf(route, things, uuids), bodies[route.Operation], asAdmin, testbroker.ContentType(mediaOf(route)), from)
				}
			}
			answer := send()
			require.Equal(t, http.StatusForbidden, answer.Status, "%s %s from %s: %.200s", route.Method, route.Path, name, answer.Body)
		}
	}
	require.Equal(t, len(before), len(rowsOf(t, b)))
	b.Post("/api/v1/tokens", bodies["createToken"], asAdmin).OK(http.StatusCreated)
}

func makeToken(b *testbroker.Broker, role access.Role, scope string) string {
	body := testbroker.Object{"name": string(role) + " " + scope, "role": role}
	if applications := scopes[scope].Applications; applications != nil {
		body["applications"] = applications
	}
	return b.Post("/api/v1/tokens", body).OK(http.StatusCreated).Text("secret")
}

func changes(r edge.Route) bool {
	return isScoped(r) || r.Action == access.Administer && r.Method != http.MethodGet
}

// isScoped reports whether a route is limited to the applications of a scope.
func isScoped(r edge.Route) bool {
	switch r.Action {
	case access.Read, access.ReadEvents, access.ReadBadges, access.ReadHeartbeat, access.Administer, access.Public:
		return false
	case access.ManageWebhooks:
		return r.Method != http.MethodGet && r.Operation != "replayDeliveries" || beyond(r) || strings.HasSuffix(r.Path, "/webhooks/status") || strings.Contains(r.Path, "triggered-webhooks")
	}
	return true
}

// beyond reports whether a route is about what belongs to no application.
func beyond(r edge.Route) bool {
	if r.Action != access.ManageWebhooks {
		return false
	}
	return strings.Contains(r.Path, ":secret") ||
		slices.Contains([]string{"createWebhook", "putWebhook", "testUnsavedWebhook", "v1CreateWebhook", "v1PutWebhook"}, r.Operation)
}

func addressOf(r edge.Route, things map[string]string, uuids func(string) string) string {
	return parameter.ReplaceAllStringFunc(r.Path, func(name string) string {
		if name == ":uuid" {
			return uuids(r.Path)
		}
		return things[name[1:]]
	})
}

func mediaOf(r edge.Route) string {
	if len(r.Accepts) == 0 || r.Accepts[0] == edge.AnyJSON {
		return edge.JSON
	}
	return r.Accepts[0]
}

// Who may change a thing and not read it is not told by a condition whether it is
// there, or what it says.
func TestAccess_letsNobodyReadByConditions(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		b.Post("/pacticipants", testbroker.Object{"name": "Web"}).OK(http.StatusCreated)
		tag := b.Get("/pacticipants/Web").OK(http.StatusOK).Header.Get("ETag")
		b.Put("/api/v1/roles/blind", testbroker.Object{"actions": []string{"manage_applications"}}).OK(http.StatusCreated)
		blind := guarded.Always(testbroker.Header("Authorization", "Bearer "+makeToken(b, "blind", "all")))
		for header, value := range map[string]string{"If-None-Match": "*", "If-Match": tag} {
			blind.Put("/pacticipants/Web", testbroker.Object{"displayName": "Changed"}, testbroker.Header(header, value)).OK(http.StatusForbidden)
		}
		blind.Put("/pacticipants/Web", testbroker.Object{"displayName": "Changed"}).OK(http.StatusOK)
	}, testbroker.With(askAll))
}
