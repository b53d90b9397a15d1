package vcs_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// signed is the signature of GitHub for a body.
func signed(key, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

const zeros = "0000000000000000000000000000000000000000"

// What both systems send is many things; only that a branch was deleted closes one, and
// each answer says what was made of the event.
func TestHear_closesABranchOnlyWhereOneWasDeleted(t *testing.T) {
	b := testbroker.New(t, testbroker.With(hearing))
	b.Post("/pacticipants", testbroker.Object{"name": "Web", "repositoryUrl": "https://git.example/shop/web"}).OK(http.StatusCreated)
	b.Version("Web", "1", "feat", "refs/heads/feat", "v1")
	const github, gitlab = `"repository":{"html_url":"https://git.example/shop/web"}`, `"project":{"web_url":"https://git.example/shop/web"}`
	for name, c := range map[string]struct {
		system, event, body string
		status              int
		says                string
	}{
		"a push":                       {"github", "push", `{"ref":"refs/heads/feat",` + github + `}`, 200, "only the event delete"},
		"a ping":                       {"github", "ping", `{"zen":"Keep it logically awesome."}`, 200, "only the event delete"},
		"a branch that was made":       {"github", "create", `{"ref":"feat","ref_type":"branch",` + github + `}`, 200, "only the event delete"},
		"another case":                 {"github", "Delete", `{"ref":"feat","ref_type":"branch",` + github + `}`, 200, "only the event delete"},
		"a tag that was deleted":       {"github", "delete", `{"ref":"v1","ref_type":"tag",` + github + `}`, 200, "no branch was deleted"},
		"no kind of ref":               {"github", "delete", `{"ref":"feat",` + github + `}`, 200, "no branch was deleted"},
		"no event":                     {"github", "", `{"ref":"feat","ref_type":"branch",` + github + `}`, 400, "X-GitHub-Event"},
		"no branch":                    {"github", "delete", `{"ref_type":"branch",` + github + `}`, 400, "ref"},
		"a ref that is no text":        {"github", "delete", `{"ref":["feat"],"ref_type":"branch",` + github + `}`, 400, "is not an event of GitHub"},
		"a repository that is a text":  {"github", "delete", `{"ref":"feat","ref_type":"branch","repository":"shop/web"}`, 400, "is not an event of GitHub"},
		"no repository":                {"github", "delete", `{"ref":"feat","ref_type":"branch"}`, 400, "repository"},
		"another repository":           {"github", "delete", `{"ref":"feat","ref_type":"branch","repository":{"html_url":"https://git.example/shop/other"}}`, 200, "no application has the repository git.example/shop/other"},
		"a list":                       {"github", "delete", `[]`, 400, "must be an object"},
		"half an object":               {"github", "delete", `{"ref":"feat"`, 400, "is not JSON"},
		"nothing":                      {"github", "delete", ``, 400, ""},
		"a form":                       {"github", "delete", `payload=%7B%7D`, 400, "is not JSON"},
		"a push to a branch":           {"gitlab", "", `{"object_kind":"push","ref":"refs/heads/feat","after":"da1560886d4f094c3e6c9ef40349f7d38b5d27d7",` + gitlab + `}`, 200, "no branch was deleted"},
		"a push without a commit":      {"gitlab", "", `{"object_kind":"push","ref":"refs/heads/feat",` + gitlab + `}`, 200, "no branch was deleted"},
		"a push that deletes a tag":    {"gitlab", "", `{"object_kind":"push","ref":"refs/tags/v1","after":"` + zeros + `",` + gitlab + `}`, 200, "no branch was deleted"},
		"a tag push":                   {"gitlab", "", `{"object_kind":"tag_push","ref":"refs/tags/v1","after":"` + zeros + `",` + gitlab + `}`, 200, "only the event push"},
		"a merge request":              {"gitlab", "", `{"object_kind":"merge_request"}`, 200, "only the event push"},
		"an event of nothing":          {"gitlab", "", `{}`, 400, "object_kind"},
		"a ref without a name":         {"gitlab", "", `{"object_kind":"push","ref":"refs/heads/","after":"` + zeros + `",` + gitlab + `}`, 400, "ref"},
		"a branch without its folders": {"gitlab", "", `{"object_kind":"push","ref":"feat","after":"` + zeros + `",` + gitlab + `}`, 200, "no branch was deleted"},
		"no project":                   {"gitlab", "", `{"object_kind":"push","ref":"refs/heads/feat","after":"` + zeros + `"}`, 400, "project"},
		"a number":                     {"gitlab", "", `7`, 400, "must be a JSON object"},
	} {
		answer := b.Post("/api/v1/vcs/"+c.system, c.body, testbroker.Header("X-GitHub-Event", c.event), testbroker.Header("X-Gitlab-Token", secret), testbroker.Header("X-Hub-Signature-256", signed(secret, c.body)))
		require.Equal(t, c.status, answer.Status, "%s: %s", name, answer.Body)
		require.Contains(t, string(answer.Body), c.says, name)
		for _, branch := range []string{"feat", "refs%2Fheads%2Ffeat", "v1"} {
			require.Equal(t, "active", b.Get("/api/v1/applications/Web/branches/"+branch).OK(http.StatusOK).Text("state"), "%s closed %s", name, branch)
		}
	}
	system := `{"event_name":"push","ref":"refs/heads/feat","after":"` + zeros + `",` + gitlab + `}`
	b.Post("/api/v1/vcs/gitlab", system, testbroker.Header("X-Gitlab-Token", secret)).OK(http.StatusOK)
	require.Equal(t, "closed", b.Get("/api/v1/applications/Web/branches/feat").OK(http.StatusOK).Text("state"), "a system hook names the event otherwise")
}

// However a body, its signature or the token differ from those that were sent with the
// secret, nobody is heard, and nothing is said of what there is.
func TestHear_isDeafToWhoeverDoesNotKnowTheSecret(t *testing.T) {
	b := testbroker.New(t, testbroker.With(hearing), testbroker.With(func(s *config.Settings) {
		s.Access.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}
	}))
	b.Post("/pacticipants", testbroker.Object{"name": "Web", "repositoryUrl": "https://git.example/shop/web"}).OK(http.StatusCreated)
	b.Version("Web", "1", "feat")
	body := deleted(`"feat"`, `"https://git.example/shop/web"`)
	refused := func(system, sent, signature, token string) {
		t.Helper()
		answer := b.Post("/api/v1/vcs/"+system, sent, testbroker.Header("X-GitHub-Event", "delete"), testbroker.Header("X-Hub-Signature-256", signature), testbroker.Header("X-Gitlab-Token", token)).OK(http.StatusUnauthorized)
		require.NotContains(t, string(answer.Body), "Web")
		require.NotContains(t, string(answer.Body), `"`+secret+`"`)
	}
	good := signed(secret, body["github"])
	for _, wrong := range []string{"", "sha256=", secret, strings.TrimPrefix(good, "sha256="), strings.Replace(good, "sha256", "sha1", 1), strings.ToUpper(good), good + "0", good[:len(good)-1], " " + good[7:], signed("", body["github"]), signed(secret+" ", body["github"]), signed(secret, body["github"]+" ")} {
		refused("github", body["github"], wrong, secret)
	}
	for _, wrong := range []string{"", secret + "x", strings.ToUpper(secret), secret[:3], secret + secret, good} {
		refused("gitlab", body["gitlab"], good, wrong)
	}
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 100 {
			changed := []byte(body["github"])
			switch at := random.IntN(len(changed)); random.IntN(3) {
			case 0:
				changed[at] ^= byte(1 + random.IntN(255))
			case 1:
				changed = append(changed[:at], changed[at+1:]...)
			case 2:
				changed = append(changed, byte(random.IntN(256)))
			}
			from := testbroker.Header("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", random.IntN(256), random.IntN(256), random.IntN(256))) // one address must wait soon
			answer := b.For(t).Post("/api/v1/vcs/github", changed, from, testbroker.Header("X-GitHub-Event", "delete"), testbroker.Header("X-Hub-Signature-256", good))
			if answer.Find("code") != "malformed" { // what is no JSON is not even looked at
				require.Equal(t, http.StatusUnauthorized, answer.Status, "%q: %s", changed, answer.Body)
			}
		}
	}, 1)
	require.Equal(t, "active", b.Get("/api/v1/applications/Web/branches/feat").OK(http.StatusOK).Text("state"))

	without := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.VCS.GitLabSecret = secret }))
	hear(without, "github", body["github"]).OK(http.StatusNotFound)
	hear(without, "gitlab", body["gitlab"]).OK(http.StatusOK)
	without.Post("/api/v1/vcs/github", body["github"], testbroker.Header("X-GitHub-Event", "delete"), testbroker.Header("X-Hub-Signature-256", signed("", body["github"]))).OK(http.StatusNotFound)
}
