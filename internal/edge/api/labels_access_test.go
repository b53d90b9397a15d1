package api_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// trustRuleOfSettings is a rule for the applications with the label "of-settings".
const trustRuleOfSettings = `
- name: ci
  issuer: https://gitlab.com
  audience: https://broker.example.org
  claims: {project_path: [octo/api]}
  role: deployer
  labels: [of-settings]
`

// A label by which somebody has rights, or an application secrets, is put on and taken
// off by those alone who administer, whichever way; any other by who may change the
// application.
func TestLabels_thatGiveSomethingAreForThoseWhoAdminister(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(rules, []byte(trustRuleOfSettings), 0o600))
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		admin := guarded.Always(testbroker.As("admin", "sesame"))
		for _, name := range []string{"Web", "Twin"} {
			admin.Post("/pacticipants", testbroker.Object{"name": name}).OK(http.StatusCreated)
		}
		give := func(name string) testbroker.Object {
			return testbroker.Object{"name": name, "role": "deployer", "labels": []string{name}}
		}
		admin.Post("/api/v1/tokens", give("of-token")).OK(http.StatusCreated)
		admin.Post("/api/v1/users", testbroker.Object{"name": "al", "role": "deployer", "labels": []string{"of-person"}, "password": "correct horse battery"}).OK(http.StatusCreated)
		admin.Put("/api/v1/teams/shop", testbroker.Object{"labels": []string{"of-team"}}).OK(http.StatusCreated)
		admin.Put("/api/v1/secrets/ci", boundTo{labels: []string{"of-secret"}}.in(secretBody())).OK(http.StatusCreated)
		rule := give("of-rule")
		rule["issuer"], rule["audience"], rule["claims"] = "https://gitlab.com", "https://broker.example.org", testbroker.Object{"project_path": []string{"octo/web"}}
		admin.Post("/api/v1/trust-rules", rule).OK(http.StatusCreated)
		revoked := admin.Post("/api/v1/tokens", give("of-nothing")).OK(http.StatusCreated)
		admin.Delete("/api/v1/tokens/" + revoked.Text("id")).OK(http.StatusNoContent)

		admin.Post("/api/v1/users", testbroker.Object{"name": "jo", "role": "developer", "applications": []string{"Web"}, "password": "correct horse battery"}).OK(http.StatusCreated)
		jo := guarded.SignIn("jo", "correct horse battery")
		developer, both := developerOf(guarded, "Web"), developerOf(guarded, "Web", "Twin")
		save := func(labels string) testbroker.Response {
			return guarded.Submit("/pacticipants/Web/edit", url.Values{"displayName": {"Web"}, "labels": {labels}}, jo)
		}
		for _, label := range []string{"of-token", "of-person", "of-team", "of-secret", "of-rule", "of-settings"} {
			at := "/pacticipants/Web/labels/" + label
			answer := developer.Put(at, nil).OK(http.StatusForbidden)
			require.Contains(t, string(answer.Body), "The label "+label+" decides who may do what", label)
			save(label).OK(http.StatusForbidden)
			developer.Get(at).OK(http.StatusNotFound)
			admin.Put(at, nil).OK(http.StatusCreated)
			developer.Put(at, nil).OK(http.StatusOK)
			developer.Delete(at).OK(http.StatusForbidden)
			save("").OK(http.StatusForbidden)
			both.Post("/api/v1/applications/Web/merge", testbroker.Object{"into": "Twin"}).OK(http.StatusForbidden)
			admin.Delete(at).OK(http.StatusNoContent)
		}
		developer.Put("/pacticipants/Web/labels/of-nothing", nil).OK(http.StatusCreated)
		save("").OK(http.StatusSeeOther)
		developer.Get("/pacticipants/Web/labels/of-nothing").OK(http.StatusNotFound)
	}, testbroker.With(func(s *config.Settings) {
		askAllWithKey(s)
		s.Access.TrustRules = rules
	}))
}

// Where case does not count, a label is not taken off under another spelling by who may
// not take it off under its own.
func TestLabels_thatGiveSomethingStayUnderEverySpelling(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		admin := guarded.Always(testbroker.As("admin", "sesame"))
		admin.Post("/pacticipants", testbroker.Object{"name": "Web"}).OK(http.StatusCreated)
		admin.Put("/api/v1/teams/shop", testbroker.Object{"labels": []string{"silver"}}).OK(http.StatusCreated)
		admin.Put("/pacticipants/Web/labels/silver", nil).OK(http.StatusCreated)
		developerOf(guarded, "Web").Delete("/pacticipants/Web/labels/SILVER").OK(http.StatusForbidden)
		admin.Get("/pacticipants/Web/labels/silver").OK(http.StatusOK)
		admin.Delete("/pacticipants/Web/labels/SILVER").OK(http.StatusNoContent)
	}, testbroker.With(func(s *config.Settings) {
		askAllWithKey(s)
		s.Publishing.CaseSensitiveNames = false
	}))
}
