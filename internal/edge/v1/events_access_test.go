package v1_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// Whoever follows the events is told nothing more once their token, their session or
// what these may do has ended.
func TestListEvents_endsForThoseWhoMayNotReadThemAnyMore(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		b.Put("/api/v1/roles/watcher", testbroker.Object{"actions": []string{"read", "read_events"}}).OK(http.StatusCreated)
		made := b.Post("/api/v1/tokens", testbroker.Object{"name": "revoked", "role": "viewer"}).OK(http.StatusCreated)
		other := b.Post("/api/v1/tokens", testbroker.Object{"name": "weakened", "role": "watcher"}).OK(http.StatusCreated)
		goes := b.Post("/api/v1/tokens", testbroker.Object{"name": "goes on", "role": "viewer"}).OK(http.StatusCreated)
		jo := b.Post("/api/v1/users", testbroker.Object{"name": "jo", "role": "viewer", "password": "correct horse battery"}).OK(http.StatusCreated).Text("id")
		bearer := func(token testbroker.Response) testbroker.Change {
			return testbroker.Header("Authorization", "Bearer "+token.Text("secret"))
		}
		who := map[string]testbroker.Change{"a token": bearer(made), "a role": bearer(other), "a person": guarded.SignIn("jo", "correct horse battery")}
		start := b.Get(feed + "?limit=200").Text("next_cursor")
		streams, answers := map[string]*stream{}, map[string]chan testbroker.Response{}
		for name, as := range who {
			streams[name] = follow(t, guarded, "?type=version_created", "", as)
			answers[name] = make(chan testbroker.Response, 1)
			go func() { answers[name] <- guarded.Get(feed+"?wait=60&type=version_created&cursor="+start, as) }()
		}
		on := follow(t, guarded, "?type=version_created", "", bearer(goes))
		require.Eventually(t, func() bool { return b.Followers() == 7 }, 10*time.Second, time.Millisecond)
		b.Delete("/api/v1/tokens/" + made.Text("id")).OK(http.StatusNoContent)
		b.Put("/api/v1/roles/watcher", testbroker.Object{"actions": []string{"read"}}).OK(http.StatusOK)
		b.Post("/api/v1/users/"+jo+"/disable", nil).OK()
		b.Version("Shop", "1")
		_, subject, _ := on.next()
		require.Equal(t, "Shop", subject)
		for name, s := range streams {
			for s.lines.Scan() {
				require.NotContains(t, s.lines.Text(), "Shop", name)
			}
			require.NoError(t, s.lines.Err(), name)
			answer := <-answers[name]
			require.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, answer.Status, "%s: %s", name, answer.Body)
		}
	}, testbroker.With(func(s *config.Settings) {
		s.Access.Tokens, s.Access.BasicAuth, s.Access.Username, s.Access.Password = true, true, "admin", "sesame"
	}))
}
