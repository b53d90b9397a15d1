package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Pages tell what happened to those alone whom the API tells it.
func TestActivity_isShownToThoseWhoMayReadEvents(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		b.Version("Shop", "1")
		as := func(role string, actions ...string) testbroker.Change {
			b.Put("/api/v1/roles/"+role, testbroker.Object{"actions": actions}).OK(http.StatusCreated)
			return testbroker.Header("Authorization", "Bearer "+b.Post("/api/v1/tokens", testbroker.Object{"name": role, "role": role}).OK(http.StatusCreated).Text("secret"))
		}
		limited := b.Post("/api/v1/tokens", testbroker.Object{"name": "limited", "role": "viewer", "applications": []string{"Other"}}).OK(http.StatusCreated).Text("secret")
		for who, caller := range map[string]struct {
			as     testbroker.Change
			events int
		}{
			"a stranger": {func(*http.Request) {}, http.StatusUnauthorized}, "who may read alone": {as("reader", "read"), http.StatusForbidden}, "who may read events": {as("watcher", "read", "read_events"), http.StatusOK},
			"a viewer who may change something else": {testbroker.Header("Authorization", "Bearer "+limited), http.StatusOK},
		} {
			guarded.Get("/api/v1/events", caller.as).OK(caller.events)
			page := guarded.Visit("/activity", caller.as)
			application := string(guarded.Visit("/pacticipants/Shop", caller.as).OK(http.StatusOK).Body)
			require.Equal(t, caller.events == http.StatusOK, strings.Contains(application, `href="/activity"`), "%s is led to what they may see", who)
			if caller.events == http.StatusOK {
				require.Contains(t, string(page.OK(http.StatusOK).Body), "has a new version", who)
				require.Contains(t, application, "has a new version", who)
				continue
			}
			require.NotEqual(t, http.StatusOK, page.Status, who)
			require.NotContains(t, string(page.Body)+application, "has a new version", who)
		}
	}, testbroker.With(func(s *config.Settings) {
		s.Access.Tokens, s.Access.BasicAuth, s.Access.Username, s.Access.Password, s.Access.PublicRead = true, true, "admin", "sesame", true
	}))
}

// With a user and a password in the settings alone, too, strangers are led to what they
// may see, and nowhere else.
func TestPages_leadStrangersOnlyWhereTheyMayGo(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{BasicAuth: true, Username: "admin", Password: "sesame", ReadOnlyUsername: "reader", ReadOnlyPassword: "open", PublicRead: true}
	}))
	b.Always(testbroker.As("admin", "sesame")).Version("Shop", "1")
	open := testbroker.New(t)
	open.Version("Shop", "1")
	for _, address := range []string{"/", "/pacticipants/Shop", "/nothing-here"} {
		for who, c := range map[string]struct {
			page        testbroker.Response
			leadsTo, no []string
		}{
			"a stranger":            {b.Visit(address), []string{"/matrix", "/teams"}, []string{"/activity", "/webhooks", "/audit", "/tokens", "/health"}},
			"who may read":          {b.Visit(address, testbroker.As("reader", "open")), []string{"/matrix", "/activity"}, []string{"/webhooks", "/audit", "/tokens", "/health"}},
			"who may do all":        {b.Visit(address, testbroker.As("admin", "sesame")), []string{"/activity", "/webhooks", "/audit", "/tokens", "/health"}, nil},
			"where nobody is asked": {open.Visit(address), []string{"/activity", "/webhooks", "/audit", "/tokens", "/health"}, nil},
		} {
			for _, link := range c.leadsTo {
				require.Contains(t, string(c.page.Body), `href="`+link+`"`, "%s at %s", who, address)
			}
			for _, link := range c.no {
				require.NotContains(t, string(c.page.Body), `href="`+link+`"`, "%s at %s", who, address)
			}
		}
	}
	me := b.Get("/api/v1/me").OK(http.StatusOK)
	require.Equal(t, []any{"read", "read_badges", "read_heartbeat"}, me.Find("grants", 0, "actions"))
}
