package app_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/canideploy"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testissuer"
)

// TestCanIDeploy_signsInAsAJob asks a broker that lets nobody in without
// credentials, from jobs of GitHub and of GitLab that have no secret.
func TestCanIDeploy_signsInAsAJob(t *testing.T) {
	issuer := testissuer.New(t)
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{Tokens: true, BasicAuth: true, Username: "admin", Password: "sesame", TrustPrivateHosts: []string{"127.0.0.1"}}
	}))
	admin := b.Always(testbroker.As("admin", "sesame"))
	admin.Pact("Web", "1").With("Api").VerifiedBy("1")
	admin.Post("/api/v1/trust-rules", testbroker.Object{
		"name": "web", "issuer": issuer.URL, "audience": b.URL(), "role": "viewer", "claims": testbroker.Object{"repository": []string{"octo/web"}},
	}).OK(http.StatusCreated)
	repository := "octo/web"
	github := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer of-the-runner" || r.URL.Query().Get("api-version") != "2.0" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"count": 1, "value": "` + issuer.Sign(issuer.Claims(r.URL.Query().Get("audience"), repository)) + `"}`))
	}))
	t.Cleanup(github.Close)
	onGitHub := map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": github.URL + "?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-runner", "PACT_BROKER_TOKEN": "of no use"}
	asked := func(variables map[string]string, more ...string) (int, string) {
		var out, errOut bytes.Buffer
		args := append([]string{"-b", b.URL(), "-a", "Web", "-e", "1", "-a", "Api", "-e", "1", "--ci-identity"}, more...)
		code := canideploy.Run(args, strings.NewReader(""), &out, &errOut, func(name string) string { return variables[name] })
		return code, out.String() + errOut.String()
	}
	code, said := asked(onGitHub)
	require.Equal(t, 0, code, said)
	code, said = asked(map[string]string{"PACT_BROKER_ID_TOKEN": issuer.Sign(issuer.Claims(b.URL(), "octo/web"))})
	require.Equal(t, 0, code, said)

	for want, variables := range map[string]map[string]string{
		"id-token: write":                {},
		"does not trust this CI job":     {"PACT_BROKER_ID_TOKEN": issuer.Sign(issuer.Claims("elsewhere", "octo/web"))},
		"GitHub gave no token":           {"ACTIONS_ID_TOKEN_REQUEST_URL": github.URL},
		"The token is not accepted: it ": {"PACT_BROKER_ID_TOKEN": "x"},
	} {
		code, said = asked(variables)
		require.Equal(t, 2, code, said)
		require.Contains(t, said, want)
	}
	repository = "octo/evil"
	code, said = asked(onGitHub)
	require.Equal(t, 2, code, said)
	require.Contains(t, said, "No trust rule fits")
	code, said = asked(onGitHub, "--ci-audience", "elsewhere")
	require.Equal(t, 2, code, said)
}
