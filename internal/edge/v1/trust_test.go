package v1_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testissuer"
)

func withIssuers(s *config.Settings) {
	withTokens(s)
	s.Access.TrustPrivateHosts = []string{"127.0.0.1"}
}

// exchange shows a token of a CI provider.
func exchange(b *testbroker.Broker, token string) testbroker.Response {
	return b.Post("/api/v1/token-exchange", url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {token}, "subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"},
	}.Encode(), testbroker.ContentType("application/x-www-form-urlencoded"))
}

func TestExchangeToken_letsAPipelineSignInWithoutASecret(t *testing.T) {
	issuer := testissuer.New(t)
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		rule := testbroker.Object{
			"name": "web", "issuer": issuer.URL, "audience": "http://broker.test", "role": "consumer-ci", "applications": []string{"Web"},
			"claims": testbroker.Object{"repository": []string{"octo/web"}, "ref": []string{"refs/heads/**"}},
		}
		made := admin.Post("/api/v1/trust-rules", rule).OK(http.StatusCreated)
		token := issuer.Sign(issuer.Claims("http://broker.test", "octo/web"))

		tried := admin.Post("/api/v1/trust-rules/try", testbroker.Object{"subject_token": token}).OK(http.StatusOK)
		require.Equal(t, []any{true, made.Text("id")}, []any{tried.Find("accepted"), tried.Find("rule")})
		other := admin.Post("/api/v1/trust-rules/try", testbroker.Object{"subject_token": issuer.Sign(issuer.Claims("http://broker.test", "octo/evil"))}).OK(http.StatusOK)
		require.Equal(t, false, other.Find("accepted"))
		require.Contains(t, other.Text("rules", 0, "reasons", 0), `repository is "octo/evil"`)

		given := exchange(b, token).OK(http.StatusOK)
		require.Equal(t, []any{900.0, "Bearer", "no-store"}, []any{given.Find("expires_in"), given.Find("token_type"), given.Header.Get("Cache-Control")})
		job := b.Always(testbroker.Header("Authorization", "Bearer "+given.Text("access_token")))
		job.Put("/pacticipants/Web/versions/1", testbroker.Object{}).OK(http.StatusCreated)
		job.Put("/pacticipants/Api/versions/1", testbroker.Object{}).OK(http.StatusForbidden)
		job.Get("/api/v1/trust-rules").OK(http.StatusForbidden)
		require.NotContains(t, string(admin.Get("/api/v1/tokens").Body), "octo/web", "they come and go, and are not listed")
		entry := entries(t, admin.Get("/api/v1/audit?action=exchangeToken&outcome=done"))
		require.Len(t, entry, 1)
		require.Contains(t, entry[0]["changes"], map[string]any{"what": "under the trust rule", "before": nil, "after": "web"})
		require.Contains(t, entries(t, admin.Get("/api/v1/audit?action=putVersion"))[0]["actor"], "octo/web:ref:refs/heads/main")

		for name, refused := range map[string]string{
			"another repository": issuer.Sign(issuer.Claims("http://broker.test", "octo/evil")), "another audience": issuer.Sign(issuer.Claims("x", "octo/web")), "no token": "x",
		} {
			answer := exchange(b, refused).OK(http.StatusBadRequest)
			require.Equal(t, "invalid_grant", answer.Text("error"), name)
			require.NotContains(t, answer.Text("error_description"), "octo/web", name)
		}
		require.Len(t, entries(t, admin.Get("/api/v1/audit?action=exchangeToken&outcome=unauthorized")), 1)

		rule["claims"] = testbroker.Object{"repository": []string{"octo/other"}}
		admin.Put("/api/v1/trust-rules/"+made.Text("id"), rule).OK(http.StatusOK)
		job.Get("/pacticipants").OK(http.StatusUnauthorized)
		require.Equal(t, "octo/other", admin.Get("/api/v1/trust-rules").Text("items", 0, "claims", "repository", 0))
		admin.Delete("/api/v1/trust-rules/" + made.Text("id")).OK(http.StatusNoContent)
		admin.Delete("/api/v1/trust-rules/" + made.Text("id")).OK(http.StatusNotFound)
		exchange(b, token).OK(http.StatusBadRequest)
	}, testbroker.With(withIssuers))
}

func TestExchangeToken_isLimitedForOneToken(t *testing.T) {
	issuer := testissuer.New(t)
	b := testbroker.New(t, testbroker.With(withIssuers))
	b.Post("/api/v1/trust-rules", testbroker.Object{
		"name": "web", "issuer": issuer.URL, "audience": "broker", "role": "viewer", "claims": testbroker.Object{"repository": []string{"octo/web"}},
	}, testbroker.As("admin", "sesame")).OK(http.StatusCreated)
	claims := issuer.Claims("broker", "octo/web")
	claims["jti"] = "one"
	for range 50 {
		exchange(b, issuer.Sign(claims)).OK(http.StatusOK)
	}
	require.Contains(t, exchange(b, issuer.Sign(claims)).OK(http.StatusBadRequest).Text("error_description"), "50 times already")
	claims["jti"] = "two"
	exchange(b, issuer.Sign(claims)).OK(http.StatusOK)
}

func TestExchangeToken_refusesWhatIsNoExchange(t *testing.T) {
	b := testbroker.New(t)
	const grant, jwt = "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:token-type:jwt"
	for name, test := range map[string]struct {
		form url.Values
		code string
	}{
		"another grant":  {url.Values{"grant_type": {"password"}}, "unsupported_grant_type"},
		"no token":       {url.Values{"grant_type": {grant}, "subject_token_type": {jwt}}, "invalid_request"},
		"no type":        {url.Values{"grant_type": {grant}, "subject_token": {"x"}}, "invalid_request"},
		"another wish":   {url.Values{"grant_type": {grant}, "subject_token": {"x"}, "subject_token_type": {jwt}, "requested_token_type": {"saml"}}, "invalid_request"},
		"somebody else":  {url.Values{"grant_type": {grant}, "subject_token": {"x"}, "subject_token_type": {jwt}, "actor_token": {"y"}}, "invalid_request"},
		"no known token": {url.Values{"grant_type": {grant}, "subject_token": {"x"}, "subject_token_type": {jwt}}, "invalid_grant"},
	} {
		answer := b.Post("/api/v1/token-exchange", test.form.Encode(), testbroker.ContentType("application/x-www-form-urlencoded")).OK(http.StatusBadRequest)
		require.Equal(t, test.code, answer.Text("error"), name)
	}
	b.Post("/api/v1/token-exchange", "a=%", testbroker.ContentType("application/x-www-form-urlencoded")).OK(http.StatusBadRequest)
	b.Post("/api/v1/token-exchange", testbroker.Object{}).OK(http.StatusUnsupportedMediaType)
}

// Where no setting names it, a private issuer is not asked, and nobody learns why.
func TestTrustRules_doNotReachIntoPrivateNetworks(t *testing.T) {
	issuer := testissuer.New(t)
	b := testbroker.New(t, testbroker.With(withTokens)).Always(testbroker.As("admin", "sesame"))
	rule := testbroker.Object{"name": "web", "issuer": issuer.URL, "audience": "broker", "role": "viewer", "claims": testbroker.Object{"sub": []string{"x"}}}
	require.Contains(t, string(b.Post("/api/v1/trust-rules", rule).OK(http.StatusBadRequest).Body), "https://")
	rule["issuer"] = "https://127.0.0.1:1"
	b.Post("/api/v1/trust-rules", rule).OK(http.StatusCreated)
	claims := issuer.Claims("broker", "octo/web")
	claims["iss"] = "https://127.0.0.1:1"
	tried := b.Post("/api/v1/trust-rules/try", testbroker.Object{"subject_token": issuer.Sign(claims)}).OK(http.StatusOK)
	require.Contains(t, tried.Text("refused"), "private or local address")
	require.NotContains(t, exchange(b, issuer.Sign(claims)).OK(http.StatusBadRequest).Text("error_description"), "private")
}

func TestTrustRules_ofTheSettingsFileAreChangedThere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.yml")
	require.NoError(t, os.WriteFile(file, []byte("- {name: web, issuer: https://gitlab.com, audience: broker, claims: {project_path: [octo/web]}, role: viewer}\n"), 0o600))
	b := testbroker.New(t, testbroker.With(withTokens), testbroker.With(func(s *config.Settings) { s.Access.TrustRules = file })).Always(testbroker.As("admin", "sesame"))
	listed := b.Get("/api/v1/trust-rules").OK(http.StatusOK)
	require.Equal(t, "web", listed.Text("items", 0, "name"))
	address := "/api/v1/trust-rules/" + listed.Text("items", 0, "id")
	rule := testbroker.Object{"name": "web", "issuer": "https://gitlab.com", "audience": "broker", "role": "admin", "claims": testbroker.Object{"sub": []string{"x"}}}
	require.Contains(t, b.Put(address, rule).OK(http.StatusConflict).Text("detail"), "PACT_BROKER_TRUST_RULES")
	b.Delete(address).OK(http.StatusConflict)
}

func TestTrustRules_giveOwnRolesForTeams(t *testing.T) {
	issuer := testissuer.New(t)
	file := filepath.Join(t.TempDir(), "rules.yml")
	text := "- {name: kept, issuer: " + issuer.URL + ", audience: broker, claims: {repository: [octo/kept]}, role: tagger, teams: [Core]}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		admin := b.Always(testbroker.As("admin", "sesame"))
		as := func(repository string) *testbroker.Broker {
			given := exchange(b, issuer.Sign(issuer.Claims("broker", repository))).OK(http.StatusOK)
			return b.Always(testbroker.Header("Authorization", "Bearer "+given.Text("access_token")))
		}
		kept := as("octo/kept")
		kept.Get("/pacticipants").OK(http.StatusForbidden)

		rule := testbroker.Object{"name": "own", "issuer": issuer.URL, "audience": "broker", "role": "tagger", "teams": []string{"Core"}, "claims": testbroker.Object{"repository": []string{"octo/own"}}}
		wrong := admin.Post("/api/v1/trust-rules", rule).OK(http.StatusBadRequest)
		require.Contains(t, string(wrong.Body), "role")
		require.Contains(t, string(wrong.Body), "teams")
		admin.Put("/api/v1/roles/tagger", testbroker.Object{"actions": []string{"read", "make_versions"}}).OK(http.StatusCreated)
		admin.Put("/api/v1/teams/Core", testbroker.Object{"applications": []string{"Web"}}).OK(http.StatusCreated)
		made := admin.Post("/api/v1/trust-rules", rule).OK(http.StatusCreated)
		require.Equal(t, "Core", made.Text("teams", 0))
		require.Equal(t, false, made.Find("all_applications"))
		for _, job := range []*testbroker.Broker{kept, as("octo/own")} {
			job.Put("/pacticipants/Web/versions/1", testbroker.Object{}).OK(http.StatusCreated, http.StatusOK)
			job.Put("/pacticipants/Api/versions/1", testbroker.Object{}).OK(http.StatusForbidden)
			job.Get("/webhooks").OK(http.StatusForbidden)
		}
		for _, token := range []string{"octo/kept", "octo/own"} {
			as(token)
		}
		admin.Delete("/api/v1/roles/tagger").OK(http.StatusConflict)
		admin.Delete("/api/v1/teams/Core").OK(http.StatusConflict)
		delete(rule, "teams")
		rule["role"] = "viewer"
		admin.Put("/api/v1/trust-rules/"+made.Text("id"), rule).OK(http.StatusOK)
		require.Equal(t, true, admin.Get("/api/v1/trust-rules").Find("items", 1, "all_applications"))
	}, testbroker.With(withIssuers), testbroker.With(func(s *config.Settings) { s.Access.TrustRules = file }))
}

// What the settings allow may become less, and rules that were kept before do not count then.
func TestTrustRules_tellWhyTheyAreIgnored(t *testing.T) {
	b := testbroker.New(t, testbroker.OnPostgres(), testbroker.With(withIssuers))
	admin := testbroker.As("admin", "sesame")
	made := b.Post("/api/v1/trust-rules", testbroker.Object{
		"name": "web", "issuer": "http://127.0.0.1:9", "audience": "a", "role": "viewer", "claims": testbroker.Object{"repository": []string{"octo/web"}},
	}, admin).OK(http.StatusCreated)
	require.Empty(t, made.Find("ignored"))
	require.NotContains(t, string(b.Visit("/trust-rules", admin).OK(http.StatusOK).Body), "ignored")

	stricter := b.Replica(func(s *config.Settings) { s.Access.TrustPrivateHosts = nil })
	listed := stricter.Get("/api/v1/trust-rules", admin).OK(http.StatusOK)
	require.Contains(t, listed.Text("items", 0, "ignored", 0), "issuer must begin with https://")
	require.Contains(t, string(stricter.Visit("/trust-rules", admin).OK(http.StatusOK).Body), "ignored: it does not say what a rule must")
	page := string(stricter.Visit("/trust-rules/"+made.Text("id"), admin).OK(http.StatusOK).Body)
	require.Contains(t, page, "No token is given under this rule")
	require.Contains(t, page, "issuer must begin with https://")
}
