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

// marker stands in everything that only those see who may change it.
const marker = "marker"

// marked fills a broker with things that not everybody may see, each with a
// marker in it, and returns what stands for the parameters of the routes that
// show them.
func marked(b, guarded *testbroker.Broker) map[string]string {
	b.Put("/api/v1/secrets/marker-secret", testbroker.Object{"value": "marker-value", "hosts": []string{"marker.example.org", "example.org"}, "applications": []string{"Web"}}, testbroker.Header("X-Request-Id", "the-request")).OK()
	hook := b.Post("/api/v1/webhooks", testbroker.Object{
		"description": "marker-webhook", "events": []string{"contract_published"}, "consumer": testbroker.Object{"name": "Web"},
		"request": testbroker.Object{"method": "POST", "url": "https://example.org/marker-url", "headers": testbroker.Object{"X": "${secret.marker-secret}"}, "body": testbroker.Object{"text": "marker-body"}},
	}).OK(http.StatusCreated).Text("id")
	b.Publish("Web", "2", "main", nil, map[string]any{"Api": nil}, testbroker.Header("X-Request-Id", "the-request")).OK(http.StatusOK)
	delivery := b.Get("/api/v1/webhook-deliveries?webhook="+hook).OK(http.StatusOK).Text("items", 0, "id")
	token := b.Post("/api/v1/tokens", testbroker.Object{"name": "marker-token", "owner": "marker-owner", "role": "viewer"}).OK(http.StatusCreated).Text("id")
	person := b.Post("/api/v1/users", testbroker.Object{"name": "marker-person", "role": "viewer"}).OK(http.StatusCreated).Text("id")
	b.Put("/api/v1/teams/shop", testbroker.Object{"contact": "#shop", "applications": []string{"Web"}, "groups": []string{"marker-group"}, "people": []string{person}}).OK(http.StatusCreated)
	rule := b.Post("/api/v1/trust-rules", testbroker.Object{"name": "marker-rule", "issuer": "https://marker.example", "audience": "x", "claims": testbroker.Object{"sub": []string{"marker-claim"}}, "role": "viewer"}).OK(http.StatusCreated).Text("id")
	guarded.Delete("/pacticipants/marker-refused").OK(http.StatusUnauthorized)
	return map[string]string{"webhook": hook, "delivery": delivery, "token": token, "person": person, "user": person, "rule": rule, "request": "the-request", "team": "shop", "secret": "marker-secret"}
}

// watchers are requests of those who may see none of what is marked.
func watchers(b, guarded *testbroker.Broker) map[string]testbroker.Change {
	b.Put("/api/v1/roles/watcher", testbroker.Object{"actions": []string{"read", "read_events", "read_badges", "read_heartbeat"}}).OK(http.StatusCreated)
	all := map[string]testbroker.Change{
		"a developer of another application who has signed in": sessionOf(b, guarded, access.Developer, "outside"), "a viewer who has signed in": sessionOf(b, guarded, access.Viewer, "all"),
		"the reader of basic auth": testbroker.As("reader", "read"), "anybody, where everybody may read": func(*http.Request) {},
	}
	for _, role := range []access.Role{access.Viewer, access.ConsumerCI, access.ProviderCI, access.Deployer, "watcher"} {
		all[string(role)+" for everything"] = testbroker.Header("Authorization", "Bearer "+makeToken(b, role, "all"))
	}
	all["a developer of another application"] = testbroker.Header("Authorization", "Bearer "+makeToken(b, access.Developer, "outside"))
	return all
}

// Whoever may not see a thing finds no trace of it in any answer.
func TestAccess_showsNothingToThoseWhoMayNotSeeIt(t *testing.T) {
	testbroker.Each(t, findNoMarkers, testbroker.With(func(s *config.Settings) {
		askAll(s)
		s.Access.ReadOnlyUsername, s.Access.ReadOnlyPassword, s.Access.PublicRead = "reader", "read", true
		s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	}))
}

// findNoMarkers reads every address as everybody who may see nothing that is
// marked.
func findNoMarkers(t *testing.T, guarded *testbroker.Broker) {
	b := guarded.Always(testbroker.As("admin", "sesame"))
	things, uuids := thingsOf(b), uuidsOf(b)
	maps.Copy(things, marked(b, guarded))
	address := func(route edge.Route) string {
		return addressOf(route, things, func(path string) string {
			switch {
			case strings.Contains(path, "deliver") && !strings.HasPrefix(path, "/webhooks/"), strings.Contains(path, "triggered-webhooks/:"):
				return things["delivery"]
			case strings.Contains(path, "webhooks"):
				return things["webhook"]
			}
			return uuids(path)
		})
	}
	pages, err := web.New(web.Services{})
	require.NoError(t, err)
	resources := slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes())
	read := func(as testbroker.Change, say func(route edge.Route, address, body string)) {
		for _, route := range resources {
			if route.Method == http.MethodGet {
				for _, media := range slices.DeleteFunc(append([]string{edge.JSON}, route.Offers...), func(media string) bool { return media == edge.EventStream }) {
					say(route, address(route), string(guarded.Get(address(route), as, testbroker.Accept(media)).Body))
				}
			}
		}
		for _, route := range pages.Routes() {
			if route.Method == http.MethodGet {
				asked := address(route) + "?q=mark&name=mark&webhook=" + things["webhook"]
				say(route, asked, string(guarded.Visit(asked, as).Body))
			}
		}
	}
	seen := map[string]int{}
	read(testbroker.Header("Authorization", "Bearer "+makeToken(b, access.Admin, "all")), func(route edge.Route, _, body string) { seen[route.Path] += strings.Count(body, marker) })
	for _, path := range []string{
		"/webhooks", "/webhooks/:uuid", "/api/v1/webhooks/:uuid", "/api/v1/webhook-deliveries", "/api/v1/webhook-deliveries/:uuid", "/api/v1/secrets", "/api/v1/tokens", "/api/v1/users",
		"/api/v1/teams", "/api/v1/teams/:team", "/api/v1/trust-rules", "/api/v1/audit", "/audit", "/tokens", "/tokens/:token", "/people", "/people/:person", "/teams/:team", "/trust-rules", "/trust-rules/:rule",
		"/webhooks/:uuid/deliveries/:delivery",
	} {
		require.NotZero(t, seen[path], "%s shows those who may see it nothing: the test proves nothing", path)
	}
	for who, as := range watchers(b, guarded) {
		read(as, func(route edge.Route, address, body string) {
			if strings.Contains(route.Path, ":secret") {
				body = strings.ReplaceAll(body, things["secret"], "") // a page to put in what there is not
			}
			for _, own := range []string{address, strings.ReplaceAll(address, "&", "&amp;"), url.QueryEscape(address), "name=mark", "q=mark", `value="mark"`} {
				body = strings.ReplaceAll(body, own, "") // what was asked may be said again
			}
			if i := strings.Index(body, marker); i >= 0 {
				t.Errorf("%s (%s) shows %s: …%s…", route.Path, address, who, body[max(0, i-120):min(len(body), i+80)])
			}
		})
	}
}
