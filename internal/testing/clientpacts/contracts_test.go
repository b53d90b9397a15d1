// Package clientpacts_test verifies the contracts that the Pact Broker's own
// clients publish: each request of theirs is sent to this broker, in the state
// that the contract names, and the answer must be one that the client can use.
//
// The files are no part of this repository. They are read from
// ../shared/client-pacts beside it, or from where ACCORD_CLIENT_PACTS says.
package clientpacts_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// pact is a contract file, so far as verifying needs it.
type pact struct {
	Interactions []interaction `json:"interactions"`
}

type interaction struct {
	Description string `json:"description"`
	State       string `json:"providerState"`
	Request     struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Query   string            `json:"query"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
		Rules   rules             `json:"matchingRules"`
	} `json:"response"`
}

func TestRubyClient(t *testing.T) {
	verify(t, "pact_broker_client-pact_broker.json", 64, escapeBrackets)
}

func TestRubyClientV2(t *testing.T) {
	verify(t, "Pact Broker Client V2-Pact Broker.json", 67, ungroup)
}

// verify tries every interaction of the file against a broker of its own.
func verify(t *testing.T, file string, count int, query func(string) string) {
	contract := read(t, file)
	require.Len(t, contract.Interactions, count)
	for _, wanted := range contract.Interactions {
		t.Run(wanted.Description+" given "+wanted.State, func(t *testing.T) {
			t.Parallel()
			set, known := states[wanted.State]
			require.True(t, known, "unknown state %q", wanted.State)
			wanted.Request.Query = query(wanted.Request.Query)
			b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil }))
			wanted.tryOn(t, b, set(b))
		})
	}
}

func (wanted interaction) tryOn(t *testing.T, b *testbroker.Broker, known standIns) {
	path := known.apply(realPath(wanted.Request.Path))
	if wanted.Request.Query != "" {
		path += "?" + wanted.Request.Query
	}
	answer := b.Do(strings.ToUpper(wanted.Request.Method), path, []byte(wanted.Request.Body), asClient(wanted.Request.Headers))

	require.Equal(t, wanted.Response.Status, answer.Status, "%s %s: %s", wanted.Request.Method, path, answer.Body)
	for name, value := range wanted.Response.Headers {
		require.Empty(t, wanted.Response.Rules.differences([]string{"headers", name}, value, answer.Header.Get(name)))
	}
	if len(wanted.Response.Body) > 0 && string(wanted.Response.Body) != "null" {
		expected := decode(t, known.apply(string(wanted.Response.Body)))
		require.Empty(t, wanted.Response.Rules.differences([]string{"body"}, expected, answer.JSON()), "%s", answer.Body)
	}
}

// asClient sends these headers, no others, to where the contract believes the
// broker to be: several answers carry that host in their links.
func asClient(headers map[string]string) testbroker.Change {
	return func(r *http.Request) {
		r.Host = "example.org"
		r.Header = http.Header{}
		for name, value := range headers {
			r.Header.Set(name, value)
		}
	}
}

// apply puts this broker's identifiers in the place of the contract's.
func (s standIns) apply(text string) string {
	for named, ours := range s {
		text = strings.ReplaceAll(text, named, ours)
	}
	return text
}

// realPath returns the address that a placeholder in the older contract stands
// for: there the client followed a link that the contract does not show.
func realPath(path string) string {
	if real, placeholder := placeholders[path]; placeholder {
		return real
	}
	return path
}

var placeholders = map[string]string{
	"/HAL-REL-PLACEHOLDER-INDEX-PB-LATEST-TAGGED-VERSION-Condor-production": "/pacticipants/Condor/latest-version/production",
	"/HAL-REL-PLACEHOLDER-INDEX-PB-LATEST-VERSION-Condor":                   "/pacticipants/Condor/latest-version",
	"/HAL-REL-PLACEHOLDER-PB-WEBHOOKS":                                      "/webhooks",
	"/HAL-REL-PLACEHOLDER-PB-ENVIRONMENTS":                                  "/environments",
	"/HAL-REL-PLACEHOLDER-PB-PUBLISH-CONTRACTS":                             "/contracts/publish",
	"/HAL-REL-PLACEHOLDER-PB-PACTICIPANT-BRANCH-Foo-main":                   "/pacticipants/Foo/branches/main",
	"/HAL-REL-PLACEHOLDER-PB-ENVIRONMENT-" + otherEnvironment:               "/environments/" + otherEnvironment,
	"/HAL-REL-PLACEHOLDER-PB-PACTICIPANT-VERSION-Foo-" + fooVersion:         "/pacticipants/Foo/versions/" + fooVersion,
	"/HAL-REL-PLACEHOLDER-PB-RECORD-DEPLOYMENT-FOO-" + strings.ToUpper(fooVersion) + "-TEST": "/pacticipants/Foo/versions/" + fooVersion +
		"/deployed-versions/environment/" + testEnvironment,
	"/HAL-REL-PLACEHOLDER-PB-RECORD-RELEASE-FOO-" + strings.ToUpper(fooVersion) + "-TEST": "/pacticipants/Foo/versions/" + fooVersion +
		"/released-versions/environment/" + testEnvironment,
	"/PLACEHOLDER-ENVIRONMENT-CURRENTLY-DEPLOYED-" + otherEnvironment: "/environments/" + otherEnvironment + "/deployed-versions/currently-deployed",
	"/PLACEHOLDER-DEPLOYED-VERSION-" + deployedVersion:                "/deployed-versions/" + deployedVersion,
}

// read returns the contract, or ends the test where the files are not at hand;
// CI always has them.
func read(t *testing.T, file string) pact {
	t.Helper()
	folder := os.Getenv("ACCORD_CLIENT_PACTS")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "..", "shared", "client-pacts")
	}
	content, err := os.ReadFile(filepath.Join(folder, file))
	if os.IsNotExist(err) && os.Getenv("CI") == "" {
		t.Skipf("the contracts of the Pact Broker's clients are not in %s", folder)
	}
	require.NoError(t, err)
	var contract pact
	require.NoError(t, json.Unmarshal(content, &contract))
	return contract
}
