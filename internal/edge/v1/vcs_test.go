package v1_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const (
	githubSecret, gitlabSecret = "hub hub", "lab lab"
	noCommit                   = "0000000000000000000000000000000000000000"
)

func hearingVCS(s *config.Settings) {
	s.VCS.GitHubSecret, s.VCS.GitLabSecret = githubSecret, gitlabSecret
}

// toGitHubs sends what GitHub would, signed with the secret.
func toGitHubs(b *testbroker.Broker, event, secret string, payload any) testbroker.Response {
	body, err := json.Marshal(payload)
	if err != nil {
		panic(err) // the test has made it
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return b.Post("/api/v1/vcs/github", string(body), testbroker.ContentType("application/json"),
		testbroker.Header("X-GitHub-Event", event), testbroker.Header("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil))))
}

// deletedAtGitHub is the event of a deleted branch, as GitHub documents it.
func deletedAtGitHub(branch, repository string) testbroker.Object {
	return testbroker.Object{
		"ref": branch, "ref_type": "branch", "pusher_type": "user", "sender": testbroker.Object{"login": "jo"},
		"repository": testbroker.Object{
			"id": 186853002, "full_name": repository, "html_url": "https://github.com/" + repository, "url": "https://api.github.com/repos/" + repository,
			"clone_url": "https://github.com/" + repository + ".git", "ssh_url": "git@github.com:" + repository + ".git",
		},
	}
}

func toGitLabs(b *testbroker.Broker, token string, payload any) testbroker.Response {
	return b.Post("/api/v1/vcs/gitlab", payload, testbroker.Header("X-Gitlab-Event", "Push Hook"), testbroker.Header("X-Gitlab-Token", token))
}

// pushedToGitLab is the event of a push, as GitLab documents it.
func pushedToGitLab(ref, after, project string) testbroker.Object {
	return testbroker.Object{
		"object_kind": "push", "event_name": "push", "before": "95790bf891e76fee5e1747ab589903a6a1f80f22", "after": after, "ref": ref, "checkout_sha": nil,
		"project": testbroker.Object{
			"path_with_namespace": project, "web_url": "https://git.example.org/" + project,
			"git_http_url": "https://git.example.org/" + project + ".git", "git_ssh_url": "git@git.example.org:" + project + ".git",
		},
		"commits": []any{}, "total_commits_count": 0,
	}
}

// built makes an application known that is built from the repository, with a version
// on the branches.
func built(b *testbroker.Broker, application, repository string, branches ...string) {
	b.Post("/pacticipants", testbroker.Object{"name": application, "repositoryUrl": repository}).OK(http.StatusCreated)
	b.Version(application, "1", branches...)
}

func stateOf(b *testbroker.Broker, application, branch string) string {
	return b.Get("/api/v1/applications/" + application + "/branches/" + strings.ReplaceAll(branch, "/", "%2F")).OK(http.StatusOK).Text("state")
}

func TestVCS_aBranchThatWasDeletedAtGitHubIsClosedInAllApplicationsOfTheRepository(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		built(b, "Web", "https://github.com/Shop/web", "main", "feat/cart")
		built(b, "Worker", "git@github.com:shop/web.git", "main", "feat/cart")
		built(b, "Docs", "ssh://git@github.com/shop/web", "main")
		built(b, "Odd", "https://github.com/shop/web.git", "feat/cart")
		b.Patch(at.Pacticipant("Odd"), testbroker.Object{"mainBranch": "feat/cart"}).OK()
		for i, other := range []string{"https://github.com/shop/web-api", "https://github.com/else/web", "https://gitlab.com/shop/web", "about shop/web"} {
			built(b, fmt.Sprint("Other", i), other, "main", "feat/cart")
		}
		answer := toGitHubs(b, "delete", githubSecret, deletedAtGitHub("feat/cart", "shop/web")).OK(http.StatusOK)
		require.JSONEq(t, `{"event":"delete","branch":"feat/cart","ignored":null,"applications":[{"application":"Web","outcome":"closed"},
			{"application":"Worker","outcome":"closed"},{"application":"Docs","outcome":"no_such_branch"},{"application":"Odd","outcome":"main_branch"}]}`, string(answer.Body))
		require.Equal(t, "closed", stateOf(b, "Web", "feat/cart"))
		require.Equal(t, "closed", stateOf(b, "Worker", "feat/cart"))
		require.Equal(t, "active", stateOf(b, "Odd", "feat/cart"))
		require.Equal(t, "active", stateOf(b, "Web", "main"))
		for i := range 4 {
			require.Equal(t, "active", stateOf(b, fmt.Sprint("Other", i), "feat/cart"))
		}

		closed := b.Get("/api/v1/events?type=branch_closed").OK(http.StatusOK)
		again := toGitHubs(b, "delete", githubSecret, deletedAtGitHub("feat/cart", "shop/web")).OK(http.StatusOK)
		require.Equal(t, "already_closed", again.Text("applications", 0, "outcome"))
		require.Equal(t, closed.Find("items"), b.Get("/api/v1/events?type=branch_closed").OK(http.StatusOK).Find("items"), "nothing happened once more")
		require.Len(t, closed.Find("items"), 2)
	}, testbroker.With(hearingVCS))
}

func TestVCS_aBranchThatWasDeletedAtGitLabIsClosed(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		built(b, "Web", "https://git.example.org/group/sub/web", "main", "feat/cart")
		answer := toGitLabs(b, gitlabSecret, pushedToGitLab("refs/heads/feat/cart", noCommit, "group/sub/web")).OK(http.StatusOK)
		require.JSONEq(t, `{"event":"push","branch":"feat/cart","ignored":null,"applications":[{"application":"Web","outcome":"closed"}]}`, string(answer.Body))
		require.Equal(t, "closed", stateOf(b, "Web", "feat/cart"))
		require.Equal(t, "already_closed", toGitLabs(b, gitlabSecret, pushedToGitLab("refs/heads/feat/cart", noCommit+noCommit[:24], "group/sub/web")).OK(http.StatusOK).Text("applications", 0, "outcome"))

		system := pushedToGitLab("refs/heads/main", noCommit, "group/sub/web")
		delete(system, "object_kind")
		require.Equal(t, "main_branch", toGitLabs(b, gitlabSecret, system).OK(http.StatusOK).Text("applications", 0, "outcome"))
	}, testbroker.With(hearingVCS))
}

func TestVCS_ignoresOtherEventsAndSaysWhy(t *testing.T) {
	b := testbroker.New(t, testbroker.With(hearingVCS))
	built(b, "Web", "https://git.example.org/shop/web", "main", "feat")
	tag := deletedAtGitHub("feat", "shop/web")
	tag["ref_type"] = "tag"
	for want, answer := range map[string]testbroker.Response{
		"only the event delete tells that a branch was deleted":                                                        toGitHubs(b, "ping", githubSecret, testbroker.Object{"zen": "Design for failure."}),
		"no application has the repository github.com/shop/web: set the repositoryUrl of those that are built from it": toGitHubs(b, "delete", githubSecret, deletedAtGitHub("feat", "shop/web")),
		"only the event push tells that a branch was deleted":                                                          toGitLabs(b, gitlabSecret, testbroker.Object{"object_kind": "tag_push", "ref": "refs/tags/feat", "after": noCommit}),
	} {
		require.Equal(t, want, answer.OK(http.StatusOK).Text("ignored"))
	}
	for _, answer := range []testbroker.Response{
		toGitHubs(b, "delete", githubSecret, tag),
		toGitLabs(b, gitlabSecret, pushedToGitLab("refs/heads/feat", "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", "shop/web")),
		toGitLabs(b, gitlabSecret, pushedToGitLab("refs/keep-around/feat", noCommit, "shop/web")),
		toGitLabs(b, gitlabSecret, testbroker.Object{"object_kind": "push", "ref": "refs/heads/feat"}),
	} {
		require.Equal(t, "no branch was deleted", answer.OK(http.StatusOK).Text("ignored"))
	}
	require.Equal(t, "active", stateOf(b, "Web", "feat"))
}

func TestVCS_isNotHeardWithoutTheRightSecret(t *testing.T) {
	b := testbroker.New(t, testbroker.With(hearingVCS))
	built(b, "Web", "https://github.com/shop/web", "main", "feat")
	deleted := deletedAtGitHub("feat", "shop/web")
	problem := toGitHubs(b, "delete", "another", deleted).OK(http.StatusUnauthorized)
	require.Contains(t, problem.Text("action"), "PACT_BROKER_VCS_GITHUB_SECRET")
	for _, signature := range []string{"", "sha256=", "sha1=" + noCommit, strings.Repeat("0", 64), "sha256=" + strings.Repeat("0", 64)} {
		b.Post("/api/v1/vcs/github", deleted, testbroker.Header("X-GitHub-Event", "delete"), testbroker.Header("X-Hub-Signature-256", signature)).OK(http.StatusUnauthorized)
	}
	for _, token := range []string{"", "lab", githubSecret, gitlabSecret + " "} {
		problem = toGitLabs(b, token, pushedToGitLab("refs/heads/feat", noCommit, "shop/web"))
		if strings.TrimSpace(token) != gitlabSecret { // spaces around a header are not a part of it
			problem.OK(http.StatusUnauthorized)
			require.Contains(t, problem.Text("action"), "PACT_BROKER_VCS_GITLAB_SECRET")
		}
	}
	require.Equal(t, "active", stateOf(b, "Web", "feat"))

	deaf := testbroker.New(t)
	built(deaf, "Web", "https://github.com/shop/web", "main", "feat")
	require.Contains(t, toGitHubs(deaf, "delete", "", deleted).OK(http.StatusNotFound).Text("action"), "Set PACT_BROKER_VCS_GITHUB_SECRET, or PACT_BROKER_VCS_GITHUB_SECRET_FILE")
	require.Contains(t, toGitLabs(deaf, "", pushedToGitLab("refs/heads/feat", noCommit, "shop/web")).OK(http.StatusNotFound).Text("action"), "Set PACT_BROKER_VCS_GITLAB_SECRET")
	require.Equal(t, "active", stateOf(deaf, "Web", "feat"))
}

// Secrets of version control systems are guessed no more often than passwords, and
// both count as one.
func TestVCS_secretsAreGuessedNoMoreOftenThanPasswords(t *testing.T) {
	b := testbroker.New(t, testbroker.With(hearingVCS), testbroker.With(func(s *config.Settings) {
		s.Access.BasicAuth, s.Access.Username, s.Access.Password = true, "jo", "sesame"
	}))
	deleted := deletedAtGitHub("feat", "shop/web")
	for range 50 {
		toGitHubs(b, "ping", githubSecret, testbroker.Object{}).OK(http.StatusOK) // right ones use nothing up
	}
	for range 7 {
		toGitHubs(b, "delete", "guess", deleted).OK(http.StatusUnauthorized)
		toGitLabs(b, "guess", pushedToGitLab("refs/heads/feat", noCommit, "shop/web")).OK(http.StatusUnauthorized)
	}
	for range 6 {
		b.Get("/pacticipants", testbroker.As("jo", "guess")).OK(http.StatusUnauthorized)
	}
	refused := toGitHubs(b, "delete", "guess", deleted).OK(http.StatusTooManyRequests)
	require.NotEmpty(t, refused.Header.Get("Retry-After"))
	toGitLabs(b, gitlabSecret, pushedToGitLab("refs/heads/feat", noCommit, "shop/web")).OK(http.StatusTooManyRequests)
	b.Get("/pacticipants", testbroker.As("jo", "sesame")).OK(http.StatusTooManyRequests)
}

func TestVCS_refusesBodiesThatAreNoEvents(t *testing.T) {
	b := testbroker.New(t, testbroker.With(hearingVCS))
	for pointer, body := range map[string]any{
		"/ref": deletedAtGitHub("", "shop/web"), "/repository": testbroker.Object{"ref": "feat", "ref_type": "branch"}, "/": testbroker.Object{"ref": 7},
	} {
		require.Equal(t, pointer, toGitHubs(b, "delete", githubSecret, body).OK(http.StatusBadRequest).Text("errors", 0, "pointer"))
	}
	require.Equal(t, "/X-GitHub-Event", toGitHubs(b, "", githubSecret, deletedAtGitHub("feat", "shop/web")).OK(http.StatusBadRequest).Text("errors", 0, "pointer"))
	for pointer, body := range map[string]any{
		"/ref": pushedToGitLab("refs/heads/", noCommit, "shop/web"), "/project": testbroker.Object{"object_kind": "push", "ref": "refs/heads/feat", "after": noCommit},
		"/object_kind": testbroker.Object{}, "/": testbroker.Object{"object_kind": []int{1}},
	} {
		require.Equal(t, pointer, toGitLabs(b, gitlabSecret, body).OK(http.StatusBadRequest).Text("errors", 0, "pointer"))
	}
}

func TestVCS_isHeardWhereEverybodyElseSignsIn(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		built(b, "Web", "https://github.com/shop/web", "main", "feat")
		toGitHubs(guarded, "delete", "another", deletedAtGitHub("feat", "shop/web")).OK(http.StatusUnauthorized)
		toGitHubs(guarded, "delete", githubSecret, deletedAtGitHub("feat", "shop/web")).OK(http.StatusOK)
		require.Equal(t, "closed", stateOf(b, "Web", "feat"))
		entry := b.Get("/api/v1/audit?application=Web&action=hearGitHub").OK(http.StatusOK)
		require.Equal(t, "vcs github", entry.Text("items", 0, "through"))
		require.Equal(t, "branch feat of Web is closed", entry.Text("items", 0, "changes", 0, "what"))
		require.Equal(t, true, entry.Find("items", 0, "changes", 0, "after"))
	}, testbroker.With(func(s *config.Settings) {
		hearingVCS(s)
		s.Access.Tokens, s.Access.BasicAuth, s.Access.Username, s.Access.Password = true, true, "admin", "sesame"
	}))
}
