package vcs_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const secret = "hush"

// hear sends an event to the broker as GitHub or GitLab does.
func hear(b *testbroker.Broker, system, body string) testbroker.Response {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return b.Post("/api/v1/vcs/"+system, body, testbroker.Header("X-GitHub-Event", "delete"), testbroker.Header("X-Gitlab-Token", secret),
		testbroker.Header("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil))))
}

// deleted are the events of both systems that a branch was deleted, with names as they
// stand in JSON.
func deleted(branch, repository string) map[string]string {
	return map[string]string{
		"github": `{"ref":` + branch + `,"ref_type":"branch","repository":{"html_url":` + repository + `}}`,
		"gitlab": `{"object_kind":"push","ref":"refs/heads/` + strings.TrimPrefix(branch, `"`) + `,"after":"0000000000000000000000000000000000000000","project":{"web_url":` + repository + `}}`,
	}
}

func hearing(s *config.Settings) { s.VCS.GitHubSecret, s.VCS.GitLabSecret = secret, secret }

// Version control systems know branches that no broker does: whatever their names hold,
// they are told that nothing was closed, and the broker does not fail.
func TestHear_takesEveryNameThatABranchMayHave(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Post("/pacticipants", testbroker.Object{"name": "Web", "repositoryUrl": "https://git.example/shop/web"}).OK(http.StatusCreated)
		known := []string{"main", "feat/ä", "renovate/x-1.x", "100%_a", "日本", "it's", `back\slash`}
		b.Version("Web", "1", known...)
		state := func(branch string) string {
			t.Helper()
			return b.Get("/api/v1/applications/Web/branches/" + url.PathEscape(branch)).OK(http.StatusOK).Text("state")
		}
		for i, branch := range known[1:] {
			system := []string{"github", "gitlab"}[i%2]
			written, err := json.Marshal(branch)
			require.NoError(t, err)
			answer := hear(b, system, deleted(string(written), `"https://git.example/shop/web"`)[system]).OK(http.StatusOK)
			require.Equal(t, "closed", answer.Text("applications", 0, "outcome"), branch)
			require.Equal(t, "closed", state(branch))
			require.Equal(t, "active", state("main"), "no other one is closed")
		}
		for _, odd := range []string{`"a\u0000b"`, `"\ud800"`, `"%"`, `"_"`, `" "`, `"` + strings.Repeat("x", 10_000) + `"`, `"main "`, `"MAIN"`, `"\u202emain"`, `"'; DELETE FROM branches; --"`} {
			for system, body := range deleted(odd, `"https://git.example/shop/web"`) {
				answer := hear(b, system, body)
				require.Less(t, answer.Status, 500, "%s %.100s: %s", system, odd, answer.Body)
				if answer.Status == http.StatusOK {
					require.Equal(t, "no_such_branch", answer.Text("applications", 0, "outcome"), "%s %.100s", system, odd)
				}
			}
		}
		for _, odd := range []string{`"https://git.example/a\u0000b"`, `"https://git.example/%00"`, `"https://git.example/%ff/web"`, `"https://git.example/%zz"`, `"%"`, `"git@:x"`, `"://"`, `"https://git.example/"`, `"` + strings.Repeat("https://git.example/x", 5_000) + `"`, `null`, `"https://[::1/x"`, `"https://git.example/_hop/web"`, `"https://git.example/%/web"`} {
			for system, body := range deleted(`"main"`, odd) {
				answer := hear(b, system, body)
				require.Less(t, answer.Status, 500, "%s %.100s: %s", system, odd, answer.Body)
				require.NotContains(t, string(answer.Body), "Web", "%s %.100s is no repository of it", system, odd)
			}
		}
		require.Equal(t, "active", state("main"))
	}, testbroker.With(hearing))
}

// A repository is the same in whichever form the address is written, and no other one
// that only looks like it.
func TestHear_findsTheApplicationsOfARepository(t *testing.T) {
	b := testbroker.New(t, testbroker.With(hearing))
	for name, address := range map[string]string{
		"web": "https://git.example/Shop/Web.git", "ssh": "git@git.example:shop/web.git", "port": "ssh://git@git.example:22/shop/web", "within": "https://git.example/shop/web/-/tree/main/packages/a",
		"other-host": "https://git.example.org/shop/web", "other-group": "https://git.example/big/shop/web", "longer": "https://git.example/shop/web-2", "no-address": "shop/web", "none": "",
	} {
		b.Post("/pacticipants", testbroker.Object{"name": name, "repositoryUrl": address}).OK(http.StatusCreated)
		b.Version(name, "1", "feat")
	}
	for _, address := range []string{"https://git.example/shop/web", "https://GIT.EXAMPLE/SHOP/WEB.git", "git@git.example:Shop/web.git", "ssh://git@git.example/shop/web/"} {
		answer := hear(b, "github", deleted(`"feat"`, `"`+address+`"`)["github"]).OK(http.StatusOK)
		names := []string{}
		all, _ := answer.Find("applications").([]any)
		for i := range all {
			names = append(names, answer.Text("applications", i, "application"))
		}
		require.ElementsMatch(t, []string{"web", "ssh", "port", "within"}, names, address)
	}
}
