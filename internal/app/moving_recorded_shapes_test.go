package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shapes are the members that the Pact Broker's recorded answers have, by kind of
// address and place.
type shapes map[string]map[string]bool

// recordedKinds are the kinds of addresses that an import may ask for.
var recordedKinds = []struct {
	name    string
	address *regexp.Regexp
	// asIs answers hold texts of others, which pass as they are.
	asIs bool
}{
	{name: "index", address: regexp.MustCompile(`^/$`)},
	{name: "applications", address: regexp.MustCompile(`^/pacticipants$`)},
	{name: "application", address: regexp.MustCompile(`^/pacticipants/[^/]+$`)},
	{name: "environments", address: regexp.MustCompile(`^/environments$`)},
	{name: "environment", address: regexp.MustCompile(`^/environments/[^/]+$`)},
	{name: "versions", address: regexp.MustCompile(`^/pacticipants/[^/]+/versions$`)},
	{name: "deployments", address: regexp.MustCompile(`^/environments/[^/]+/deployed-versions/currently-deployed$`)},
	{name: "version", address: regexp.MustCompile(`^/pacticipants/[^/]+/versions/[^/]+$`)},
	{name: "branches", address: regexp.MustCompile(`^/pacticipants/[^/]+/branches$`)},
	{name: "branch", address: regexp.MustCompile(`^/pacticipants/[^/]+/branches/[^/]+$`)},
	{name: "tag", address: regexp.MustCompile(`^/pacticipants/[^/]+/versions/[^/]+/tags/[^/]+$`)},
	{name: "deployment", address: regexp.MustCompile(`^/deployed-versions/[^/]+$`)},
	{name: "release", address: regexp.MustCompile(`^/released-versions/[^/]+$`)},
	{name: "integrations", address: regexp.MustCompile(`^/integrations$`)},
	{name: "matrix", address: regexp.MustCompile(`^/matrix$`)},
	{name: "result", address: regexp.MustCompile(`^/pacts/provider/[^/]+/consumer/[^/]+/pact-version/[^/]+/verification-results/[^/]+$`)},
	{name: "pact", address: regexp.MustCompile(`^/pacts/provider/[^/]+/consumer/[^/]+/(version|pact-version)/[^/]+$`), asIs: true},
	{name: "webhooks", address: regexp.MustCompile(`^/webhooks$`)},
	{name: "webhook", address: regexp.MustCompile(`^/webhooks/[^/]+$`)},
}

// textsOfOthers are the members whose value clients have sent.
var textsOfOthers = map[string]bool{"$.testResults": true, "$.request.body": true, "$.request.headers": true}

func recordedKind(path string) (name string, asIs, known bool) {
	for _, kind := range recordedKinds {
		if kind.address.MatchString(path) {
			return kind.name, kind.asIs, true
		}
	}
	return "", false, false
}

// recordedShapes reads the recorded answers.
func recordedShapes(t *testing.T, folder string) shapes {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	all := shapes{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		var scenario struct {
			Steps []struct {
				Request  string
				Response struct {
					Status int
					JSON   any
				}
			}
		}
		require.NoError(t, json.Unmarshal(text, &scenario), name)
		for _, step := range scenario.Steps {
			method, address, _ := strings.Cut(step.Request, " <base>")
			path, _, _ := strings.Cut(address, "?")
			kind, _, known := recordedKind(path)
			if method == http.MethodPost { // who makes something is shown it
				kind, known = strings.CutSuffix(kind, "s")
			}
			if known && step.Response.Status < http.StatusMultipleChoices {
				all.learn(kind, "$", step.Response.JSON)
			}
		}
	}
	// What stands in a list is as it is alone, with all that it can have.
	for _, list := range [][3]string{
		{"application", "applications", "$._embedded.pacticipants[]"}, {"environment", "environments", "$._embedded.environments[]"}, {"branch", "branches", "$._embedded.branches[]"}, {"version", "versions", "$._embedded.versions[]"}, {"deployments", "deployment", "$._embedded.deployedVersions[]"},
	} {
		for place := range all[list[0]] {
			if list[0] != "deployments" {
				all[list[1]][list[2]+strings.TrimPrefix(place, "$")] = true
			} else if rest, inList := strings.CutPrefix(place, list[2]); inList {
				all[list[1]]["$"+rest] = true
			}
		}
	}
	// A webhook tells whom it is for, which the recorded ones are not for anybody.
	for _, side := range []string{"$.consumer", "$.provider"} {
		all["webhook"][side], all["webhook"][side+".name"] = true, true
	}
	return all
}

func (s shapes) learn(kind, place string, value any) {
	if s[kind] == nil {
		s[kind] = map[string]bool{}
	}
	s[kind][place] = true
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			s.learn(kind, place+"."+name, member)
		}
	case []any:
		for _, item := range value {
			s.learn(kind, place+"[]", item)
		}
	}
}

// only is the value without the members that no recorded answer of the kind has.
func (s shapes) only(kind, place string, value any) any {
	if textsOfOthers[place] {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if !s[kind][place+"."+name] {
				delete(v, name)
				continue
			}
			v[name] = s.only(kind, place+"."+name, member)
		}
	case []any:
		for i, item := range v {
			v[i] = s.only(kind, place+"[]", item)
		}
	}
	return value
}

// asThePactBroker lets nothing pass that the Pact Broker would not answer.
func (m *moved) asThePactBroker(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, asIs, known := recordedKind(r.URL.EscapedPath())
		if r.URL.Path == "/metrics" { // no answer was recorded, and old Pact Brokers have none
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if !known || r.Method != http.MethodGet {
			m.report("an import asks for what no recorded answer tells: %s %s", r.Method, r.URL)
			w.WriteHeader(http.StatusNotFound)
			return
		}
		r.Header.Del("Accept-Encoding")
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		if !asIs && answer.Code == http.StatusOK {
			decoder := json.NewDecoder(bytes.NewReader(body))
			decoder.UseNumber()
			var value any
			require.NoError(m.t, decoder.Decode(&value))
			var err error
			body, err = json.Marshal(m.shapes.only(kind, "$", value))
			require.NoError(m.t, err)
		}
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body) // who asked has gone
	})
}
