package v1_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func withTokens(s *config.Settings) {
	s.Access.Tokens, s.Access.BasicAuth, s.Access.Username, s.Access.Password = true, true, "admin", "sesame"
}

func TestTokens_areMadeRotatedAndRevoked(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		made := admin.Post("/api/v1/tokens", testbroker.Object{"name": "build", "owner": "shop", "role": "consumer-ci", "applications": []string{"Web"}, "expires_at": "2126-01-01T00:00:00Z"}).OK(http.StatusCreated)
		require.Equal(t, "no-store", made.Header.Get("Cache-Control"))
		secret := made.Text("secret")
		bearer := b.Always(testbroker.Header("Authorization", "Bearer "+secret))
		bearer.Get("/pacticipants").OK(http.StatusOK)
		b.Get("/pacticipants", testbroker.As("any name", secret)).OK(http.StatusOK)
		bearer.Put("/pacticipants/Web/versions/1", testbroker.Object{}).OK(http.StatusCreated)
		refused := bearer.Put("/pacticipants/Api/versions/1", testbroker.Object{}).OK(http.StatusForbidden)
		require.Contains(t, string(refused.Body), "Api is none of them")
		bearer.Get("/api/v1/tokens").OK(http.StatusForbidden)

		again := admin.Post("/api/v1/tokens/"+made.Text("id")+"/rotate", testbroker.Object{"overlap_seconds": 3600}).OK(http.StatusCreated)
		bearer.Get("/pacticipants").OK(http.StatusOK)
		b.Get("/pacticipants", testbroker.Header("Authorization", "Bearer "+again.Text("secret"))).OK(http.StatusOK)

		list := admin.Get("/api/v1/tokens?limit=1").OK(http.StatusOK)
		require.NotContains(t, string(list.Body), secret)
		require.Equal(t, made.Text("prefix"), list.Text("items", 0, "prefix"))
		rest := admin.Get("/api/v1/tokens?limit=1&cursor=" + list.Text("next_cursor")).OK(http.StatusOK)
		require.Equal(t, again.Text("id"), rest.Text("items", 0, "id"))

		admin.Delete("/api/v1/tokens/" + made.Text("id")).OK(http.StatusNoContent)
		admin.Delete("/api/v1/tokens/" + made.Text("id")).OK(http.StatusNoContent)
		ended := bearer.Get("/pacticipants").OK(http.StatusUnauthorized)
		require.Equal(t, []string{`Basic realm="Restricted area"`, `Bearer realm="Restricted area"`}, ended.Header.Values("WWW-Authenticate"))
		admin.Post("/api/v1/tokens/"+made.Text("id")+"/rotate", testbroker.Object{"overlap_seconds": 0}).OK(http.StatusConflict)
	}, testbroker.With(withTokens))
}

// A tag named like an environment records a deployment, which not every role may.
func TestTokens_doNotRecordDeploymentsByTagging(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		admin.Environment("production")
		as := func(role string) *testbroker.Broker {
			secret := admin.Post("/api/v1/tokens", testbroker.Object{"name": role, "role": role}).OK(http.StatusCreated).Text("secret")
			return b.Always(testbroker.Header("Authorization", "Bearer "+secret))
		}
		consumer, deployer := as("consumer-ci"), as("deployer")
		consumer.Put("/pacticipants/Web/versions/1/tags/dev", testbroker.Object{}).OK(http.StatusCreated)
		consumer.Put("/pacticipants/Web/versions/1/tags/production", testbroker.Object{}).OK(http.StatusForbidden)
		consumer.Get("/pacticipants/Web/versions/1/tags/production").OK(http.StatusNotFound)
		deployer.Put("/pacticipants/Web/versions/1/tags/production", testbroker.Object{}).OK(http.StatusCreated)

		// No other way to put a tag on a version, or to take it off, leads round that.
		consumer.Delete("/pacticipants/Web/versions/1/tags/production").OK(http.StatusForbidden)
		consumer.Put("/pacticipants/Web/versions/1", testbroker.Object{"tags": []testbroker.Object{{"name": "dev"}}}).OK(http.StatusForbidden)
		deployer.Get("/pacticipants/Web/versions/1/tags/production").OK(http.StatusOK)
		publish := func(number, tag string) testbroker.Response {
			return consumer.Publish("Web", number, "", []string{tag}, map[string]any{"Api": nil})
		}
		provider := as("provider-ci")
		for _, ci := range []*testbroker.Broker{consumer, provider} {
			ci.Put("/pacticipants/Web/versions/2", testbroker.Object{"tags": []testbroker.Object{{"name": "production"}}}).OK(http.StatusForbidden)
			ci.Put("/pacticipants/Web/versions/2/tags/production", testbroker.Object{}).OK(http.StatusForbidden)
		}
		publish("2", "production").OK(http.StatusForbidden)
		consumer.Get("/pacticipants/Web/versions/2").OK(http.StatusNotFound)
		publish("2", "main").OK(http.StatusOK)
		consumer.Put("/pacticipants/Web/versions/2", testbroker.Object{"tags": []testbroker.Object{{"name": "dev"}}}).OK(http.StatusOK)
		consumer.Delete("/pacticipants/Web/versions/2/tags/dev").OK(http.StatusNoContent)
		deployer.Delete("/pacticipants/Web/versions/1/tags/production").OK(http.StatusNoContent)
	}, testbroker.With(withTokens))
}

// Where case does not count, such a tag is one under every spelling.
func TestTokens_doNotRecordDeploymentsUnderAnotherSpelling(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		admin.Environment("production")
		admin.Put("/pacticipants/Web/versions/1/tags/production", testbroker.Object{}).OK(http.StatusCreated)
		secret := admin.Post("/api/v1/tokens", testbroker.Object{"name": "ci", "role": "consumer-ci"}).OK(http.StatusCreated).Text("secret")
		consumer := b.Always(testbroker.Header("Authorization", "Bearer "+secret))
		consumer.Delete("/pacticipants/Web/versions/1/tags/PRODUCTION").OK(http.StatusForbidden)
		admin.Get("/pacticipants/Web/versions/1/tags/production").OK(http.StatusOK)
		consumer.Put("/pacticipants/Web/versions/2/tags/Production", testbroker.Object{}).OK(http.StatusForbidden)
		consumer.Publish("Web", "2", "", []string{"Production"}, map[string]any{"Api": nil}).OK(http.StatusForbidden)
	}, testbroker.With(func(s *config.Settings) {
		withTokens(s)
		s.Publishing.CaseSensitiveNames = false
	}))
}

func TestTokens_sayWhatIsWrong(t *testing.T) {
	b := testbroker.New(t, testbroker.With(withTokens)).Always(testbroker.As("admin", "sesame"))
	for field, body := range map[string]testbroker.Object{
		"name": {"name": " ", "role": "viewer"}, "role": {"name": "x", "role": "boss"}, "colour": {"name": "x", "role": "viewer", "colour": "red"},
		"applications": {"name": "x", "role": "admin", "applications": []string{"Web"}}, "expires_at": {"name": "x", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"},
	} {
		require.Contains(t, string(b.Post("/api/v1/tokens", body).OK(http.StatusBadRequest).Body), field)
	}
	for field, body := range map[string]testbroker.Object{
		"/name": {"name": "bu\u200bild", "role": "viewer"}, "/owner": {"name": "build", "owner": "j\u202eo", "role": "viewer"},
	} {
		refused := b.Post("/api/v1/tokens", body).OK(http.StatusBadRequest)
		require.Equal(t, field, refused.Text("errors", 0, "pointer"))
		require.Contains(t, refused.Text("errors", 0, "detail"), "invisible character U+20")
	}
	for _, field := range []string{"applications", "labels"} {
		b.Post("/api/v1/tokens", testbroker.Object{"name": "x", "role": "viewer", field: []string{strings.Repeat("ü", 500)}}).OK(http.StatusCreated)
		refused := b.Post("/api/v1/tokens", testbroker.Object{"name": "x", "role": "viewer", field: []string{strings.Repeat("ü", 501)}}).OK(http.StatusBadRequest)
		require.Contains(t, refused.Text("errors", 0, "pointer"), "/"+field)
	}
	b.Post("/api/v1/tokens", testbroker.Object{"name": "ship ❤\ufe0f", "role": "viewer"}).OK(http.StatusCreated)
	b.Get("/api/v1/tokens?limit=0").OK(http.StatusBadRequest)
	b.Post("/api/v1/tokens/nobody/rotate", testbroker.Object{"overlap_seconds": -1}).OK(http.StatusBadRequest)
	b.Post("/api/v1/tokens/nobody/rotate", testbroker.Object{"overlap_seconds": 0}).OK(http.StatusNotFound)
	b.Delete("/api/v1/tokens/nobody").OK(http.StatusNotFound)
}

func TestAccess_refusesWhatIsNoTokenAndSaysWhatToSend(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Access.Tokens = true }))
	require.Contains(t, string(b.Get("/pacticipants").OK(http.StatusUnauthorized).Body), "Bearer TOKEN")
	for _, header := range []string{"Bearer", "Bearer x", "Bearer accord_x", "bearer " + "accord_0000000000000000000000000000000000000000000000000"} {
		b.Get("/pacticipants", testbroker.Header("Authorization", header)).OK(http.StatusUnauthorized)
	}
	b.Get("/pacticipants", testbroker.As("", "")).OK(http.StatusUnauthorized)
}

func TestAccess_limitsHowManyRequestsACallerSends(t *testing.T) {
	b := testbroker.New(t, testbroker.With(withTokens), testbroker.With(func(s *config.Settings) { s.Access.RequestsPerMinute = 2 }))
	admin := b.Always(testbroker.As("admin", "sesame"))
	require.Equal(t, `"default";r=1;t=60`, admin.Get("/api/v1/tokens").OK(http.StatusOK).Header.Get("RateLimit"))
	admin.Get("/pacticipants").OK(http.StatusOK)
	refused := admin.Get("/api/v1/tokens").OK(http.StatusTooManyRequests)
	require.Equal(t, "60", refused.Header.Get("Retry-After"))
	require.Contains(t, string(refused.Body), `"code":"too_many_requests"`)
	admin.Get("/pacticipants").OK(http.StatusTooManyRequests)
	b.Get("/pacticipants", testbroker.As("admin", "other")).OK(http.StatusUnauthorized)
}

func TestCreateToken_saysWhatIsWrongWithItsEnd(t *testing.T) {
	b := testbroker.New(t)
	for end, says := range map[string]string{
		"2099-12-01t15:30:00z": "must be a time such as", "9999-12-31T23:59:59Z": "must be within 100 years", "2001-01-01T00:00:00Z": "must be in the future",
	} {
		refused := b.Post("/api/v1/tokens", testbroker.Object{"name": "ci", "role": "viewer", "expires_at": end}).OK(http.StatusBadRequest)
		require.Contains(t, refused.Text("errors", 0, "detail"), says, end)
		require.Contains(t, string(refused.Body), "expires_at", end)
	}
	far := "2099-12-01T15:30:00Z"
	require.Equal(t, far, b.Post("/api/v1/tokens", testbroker.Object{"name": "ci", "role": "viewer", "expires_at": far}).OK(http.StatusCreated).Text("expires_at"))
}
