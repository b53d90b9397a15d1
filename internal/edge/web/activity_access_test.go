package web_test

import (
	"net/http"
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
		for who, caller := range map[string]struct {
			as     testbroker.Change
			events int
		}{
			"a stranger": {func(*http.Request) {}, http.StatusUnauthorized}, "who may read alone": {as("reader", "read"), http.StatusForbidden}, "who may read events": {as("watcher", "read", "read_events"), http.StatusOK},
		} {
			guarded.Get("/api/v1/events", caller.as).OK(caller.events)
			page := guarded.Visit("/activity", caller.as)
			application := string(guarded.Visit("/pacticipants/Shop", caller.as).OK(http.StatusOK).Body)
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
