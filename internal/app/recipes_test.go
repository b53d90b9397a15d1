package app_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// section is what stands under a heading of docs/webhooks.md up to the end of its
// first listing.
var section = regexp.MustCompile("(?s)\n### ([^\n]+)\n.*?\n```(\\w+)\n(.*?)\n```\n")

// recipes are the listings of docs/webhooks.md by the headings above them.
func recipes(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/webhooks.md")
	require.NoError(t, err)
	found := map[string]string{}
	for _, match := range section.FindAllStringSubmatch(string(page), -1) {
		found[match[1]] = match[3]
	}
	return found
}

// recorded is a request that the recording server got.
type recorded struct {
	path   string
	header http.Header
	body   string
}

// recordingServer answers 204 to everything and hands it on.
func recordingServer(t testing.TB) (address string, got <-chan recorded) {
	requests := make(chan recorded, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusNoContent)
		requests <- recorded{r.URL.RequestURI(), r.Header, string(body)}
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func within[T any](t *testing.T, values <-chan T) T {
	t.Helper()
	select {
	case value := <-values:
		return value
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// callingHere lets webhooks call servers of the test.
func callingHere(s *config.Settings) {
	s.Webhooks.Hosts = []string{"127.0.0.1"}
	s.Webhooks.Schemes = []string{"http"}
	s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
}

var (
	ofSecret = regexp.MustCompile(`\$\{secret\.(\w+)\}`)
	ofHost   = regexp.MustCompile(`"url": "https://[^/"]+`)
)

// moment is a part of the scenario that recipes are tried with.
type moment int

const (
	// published: Shop publishes 42f0, which 7e1 of Stock, the head of main, ought to verify.
	published moment = iota
	// verified: 7e1 fails to.
	verified
	// deployed: 7e1 gets to production all the same.
	deployed
)

// expected is what a system demands of a request: what its path begins with,
// headers, and what is in its body.
type expected struct {
	path    string
	headers map[string]string
	// json are values in a JSON body, by their dotted paths; form those of a form.
	json map[string]string
	form map[string]string
}

const pactAddress = string(testbroker.Base) + "/pacts/provider/Stock/consumer/Shop/pact-version/"

// theRecipes are what each of the recipes must send in the course of the scenario.
var theRecipes = map[string]map[moment]*expected{
	"Start a GitHub workflow that verifies a contract": {published: {
		path:    "/repos/example/stock/dispatches",
		headers: map[string]string{"Accept": "application/vnd.github+json", "Authorization": "Bearer secret of GITHUB_TOKEN", "Content-Type": "application/json", "X-GitHub-Api-Version": "2022-11-28"},
		json:    map[string]string{"event_type": "contract_requiring_verification_published", "client_payload.pact_url": pactAddress, "client_payload.sha": "7e1", "client_payload.branch": "main", "client_payload.message": "Verify Shop 42f0"},
	}},
	"Trigger a GitLab pipeline that verifies a contract": {published: {
		path: "/api/v4/projects/4711/trigger/pipeline", headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		form: map[string]string{"token": "secret of GITLAB_TRIGGER_TOKEN", "ref": "main", "variables[PACT_URL]": pactAddress, "variables[PROVIDER_VERSION]": "7e1"},
	}},
	"Start a Jenkins build that verifies a contract": {published: {
		path:    "/job/stock-verify/buildWithParameters?PACT_URL=" + url.QueryEscape(pactAddress),
		headers: map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("accord:secret of JENKINS_TOKEN"))},
	}},
	"Run an Azure pipeline that verifies a contract": {published: {
		path:    "/example/shop/_apis/pipelines/12/runs?api-version=7.1",
		headers: map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(":secret of AZURE_TOKEN")), "Content-Type": "application/json"},
		json:    map[string]string{"resources.repositories.self.refName": "refs/heads/main", "resources.repositories.self.version": "7e1", "templateParameters.pactUrl": pactAddress},
	}},
	"Set the status of a GitHub commit": {published: {
		path: "/repos/example/shop/statuses/42f0", headers: map[string]string{"Authorization": "Bearer secret of GITHUB_TOKEN"},
		json: map[string]string{"state": "pending", "context": "contract with Stock", "target_url": pactAddress},
	}, verified: {
		path: "/repos/example/shop/statuses/42f0",
		json: map[string]string{"state": "failure", "context": "contract with Stock", "description": "Verified by Stock 7e1", "target_url": pactAddress},
	}},
	"Set the status of a GitLab commit": {published: {
		path: "/api/v4/projects/4711/statuses/42f0", headers: map[string]string{"Private-Token": "secret of GITLAB_TOKEN"},
		json: map[string]string{"state": "pending", "name": "contract with Stock", "target_url": pactAddress},
	}, verified: {
		path: "/api/v4/projects/4711/statuses/42f0", json: map[string]string{"state": "failed", "description": "Verified by Stock 7e1"},
	}},
	"Tell Slack that a verification failed": {verified: {
		path: "/services/T00000000/B00000000/secret%20of%20SLACK_KEY", json: map[string]string{"text": "Stock 7e1 breaks Shop 42f0: <" + pactAddress},
	}},
	"Tell Teams what was deployed to production": {deployed: {
		path: "/workflows/0123456789abcdef/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=secret+of+TEAMS_SIGNATURE",
		json: map[string]string{"type": "message", "attachments.0.content.body.0.text": "7e1 is in production"},
	}},
}

func TestRecipes_sendWhatTheOtherSystemDemands(t *testing.T) {
	listings := recipes(t)
	require.Len(t, listings, len(theRecipes)+len(receivers), "each listing has its test")
	for title, demands := range theRecipes {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, listings, title)
			b := testbroker.New(t, testbroker.With(callingHere))
			b.Work()
			address, got := recordingServer(t)
			b.Version("Stock", "7e1", "main")
			for _, name := range ofSecret.FindAllStringSubmatch(listings[title], -1) {
				b.Put("/api/v1/secrets/"+name[1], map[string]string{"value": "secret of " + name[1]}).OK(http.StatusOK, http.StatusCreated)
			}
			b.Pact("Shop", "before").With("Stock")
			b.Post("/api/v1/webhooks", ofHost.ReplaceAllString(listings[title], `"url": "`+address)).OK(http.StatusCreated)

			pact := b.Pact("Shop", "42f0").Branch("main").With("Stock")
			demands[published].require(t, got)
			pact.FailedBy("7e1")
			demands[verified].require(t, got)
			b.Deploy("Stock", "7e1", "test")
			b.Deploy("Stock", "7e1", "production")
			demands[deployed].require(t, got)
			require.Empty(t, got)
		})
	}
}

// require waits for the request and compares it; nothing is expected of nil.
func (e *expected) require(t *testing.T, requests <-chan recorded) {
	t.Helper()
	if e == nil {
		return
	}
	got := within(t, requests)
	require.True(t, strings.HasPrefix(got.path, e.path), got.path)
	for name, value := range e.headers {
		require.Equal(t, value, got.header.Get(name), name)
	}
	require.NotContains(t, got.body+got.path, "${")
	if e.form != nil {
		sent, err := url.ParseQuery(got.body)
		require.NoError(t, err)
		for name, value := range e.form {
			require.Contains(t, sent.Get(name), value, name)
		}
	}
	if e.json == nil {
		return
	}
	var body any
	require.NoError(t, json.Unmarshal([]byte(got.body), &body), got.body)
	for path, value := range e.json {
		text, isText := member(body, path).(string)
		require.True(t, isText && strings.Contains(text, value), "%s is %v", path, member(body, path))
	}
}

// member is the part of a JSON value that a dotted path leads to.
func member(value any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch at := value.(type) {
		case map[string]any:
			value = at[step]
		case []any:
			index, err := strconv.Atoi(step)
			if err != nil || index >= len(at) {
				return nil
			}
			value = at[index]
		default:
			return nil
		}
	}
	return value
}
