package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// hostileJSON are values, as JSON, of which no member of a body may make a broker
// fail: what databases refuse, what is no number of theirs, another type, far too much.
var hostileJSON = []string{
	`"a\u0000b"`, `"\ud800"`, `"\r\nX-Injected: 1"`, `"%'\\_ OR '1'='1"`, `"` + strings.Repeat("n", 5_000) + `"`,
	`null`, `1e309`, `9223372036854775807`, `["\u0000",null,{}]`, `{"\u0000":{"a":[{"\u0000":1}]}}`, `"9999-12-31T23:59:59.999999999+23:59"`,
}

// fuller are bodies with members that those of the table of access do without.
var fuller = map[string]testbroker.Object{
	"createPacticipant": {"name": "Odd", "displayName": "x", "mainBranch": "x", "repositoryUrl": "x", "repositoryName": "x", "repositoryNamespace": "x"},
	"createEnvironment": {"name": "odd", "displayName": "x", "production": true, "contacts": []any{testbroker.Object{"name": "x", "details": testbroker.Object{"emailAddress": "x"}}}},
	"publishContracts": {"pacticipantName": "Web", "pacticipantVersionNumber": "1", "branch": "x", "tags": []any{"x"}, "buildUrl": "x", "contracts": []any{testbroker.Object{
		"consumerName": "Web", "providerName": "Api", "specification": "pact", "contentType": "application/json", "content": "eyJpbnRlcmFjdGlvbnMiOltdfQ==", "writeMode": "merge", "onConflict": "merge",
	}}},
	"publishVerificationResult": {"success": true, "providerApplicationVersion": "1", "buildUrl": "x", "testResults": testbroker.Object{"tests": []any{testbroker.Object{"status": "x"}}},
		"verifiedBy": testbroker.Object{"implementation": "x", "version": "x", "clientLanguage": testbroker.Object{"name": "x"}}, "executionDate": "x", "consumerVersionSelectors": []any{testbroker.Object{"branch": "x"}}},
	"publishPact": {"consumer": testbroker.Object{"name": "Web"}, "provider": testbroker.Object{"name": "Api"}, "metadata": testbroker.Object{"pactSpecification": testbroker.Object{"version": "x"}},
		"interactions": []any{testbroker.Object{"_id": "x", "description": "x", "providerState": "x", "providerStates": []any{testbroker.Object{"name": "x", "params": testbroker.Object{"a": "x"}}},
			"request": testbroker.Object{"method": "x", "path": "x", "query": "x", "headers": testbroker.Object{"a": "x"}, "body": "x", "matchingRules": testbroker.Object{"$.body": "x"}}, "response": testbroker.Object{"status": 200, "body": "x"}}}},
	"createWebhook": {"description": "x", "enabled": true, "consumer": testbroker.Object{"name": "Web", "label": "x"}, "provider": testbroker.Object{"name": "Api"}, "events": []any{testbroker.Object{"name": "contract_published"}},
		"request": testbroker.Object{"method": "POST", "url": "https://example.org", "headers": testbroker.Object{"a": "x"}, "body": testbroker.Object{"a": "x"}, "username": "x", "password": "x"}},
	"v1CreateWebhook": {"description": "x", "enabled": true, "events": []any{"contract_published"}, "filter": testbroker.Object{"branch": []any{"x"}, "environment": []any{"x"}}, "format": "template",
		"request": testbroker.Object{"method": "POST", "url": "https://example.org", "headers": testbroker.Object{"a": "x"}, "body": "x", "username": "x", "password": "x"}},
	"putVersion":       {"buildUrl": "x", "tags": []any{testbroker.Object{"name": "x"}}},
	"askVerdict":       {"versions": []any{testbroker.Object{"application": "Web", "version": "1", "branch": "x", "tag": "x", "latest": true, "main_branch": true}}, "environment": "x", "to_environment": "x", "branch": "x", "to": "x"},
	"replayDeliveries": {"since": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z", "webhook": "x", "event": "x", "status": "x", "webhooks": []any{"x"}, "dry_run": true},
	"createToken":      {"name": "x", "role": "viewer", "applications": []any{"Web"}, "labels": []any{"x"}, "teams": []any{"x"}, "expires_at": "x", "expires_in_days": 1},
	"createTrustRule":  {"name": "x", "issuer": "https://ci.example", "audience": "x", "claims": testbroker.Object{"sub": []any{"x"}}, "role": "viewer", "applications": []any{"Web"}, "labels": []any{"x"}, "teams": []any{"x"}},
	"createUser":       {"name": "odd", "role": "viewer", "applications": []any{"Web"}, "labels": []any{"x"}, "teams": []any{"x"}, "password": "x", "issuer": "x", "subject": "x"},
	"hearGitHub":       {"ref": "x", "ref_type": "branch", "repository": testbroker.Object{"html_url": "https://git.example/a/b", "clone_url": "x", "ssh_url": "x"}},
	"checkDocument":    {"content": "b3BlbmFwaTogMy4wLjMK", "specification": "oas", "contentType": "application/yaml", "content_type": "application/yaml", "version": "1", "name": "x"},
	"putTeam":          {"applications": []any{"Web"}, "labels": []any{"x"}, "contacts": []any{testbroker.Object{"name": "x"}}, "description": "x"},
	"putRole":          {"actions": []any{"read"}, "description": "x"},
	"putSecret":        {"value": "hush", "hosts": []any{"example.org"}, "description": "x"},
}

// alike name the operation whose fuller body another one takes, too.
var alike = map[string]string{
	"replacePacticipant": "createPacticipant", "updatePacticipant": "createPacticipant", "replaceEnvironment": "createEnvironment", "mergePact": "publishPact", "putWebhook": "createWebhook", "testUnsavedWebhook": "createWebhook",
	"createPairWebhook": "createWebhook", "v1PutWebhook": "v1CreateWebhook", "putTrustRule": "createTrustRule", "updateVersion": "putVersion", "publishVerificationResultWithMetadata": "publishVerificationResult",
}

// spoilt are the bodies of an operation in which one member is one of the values.
func spoilt(t *testing.T, operation string, values []string) []string {
	t.Helper()
	var texts []string
	for _, body := range []any{bodies[operation], fuller[operation], fuller[alike[operation]]} {
		written, err := json.Marshal(body)
		require.NoError(t, err)
		var value any
		require.NoError(t, json.Unmarshal(written, &value))
		if object, is := value.(map[string]any); is && len(object) > 0 {
			texts = append(texts, spoiltWithin(value, values)...)
		}
	}
	return texts
}

// mark stands where a hostile value comes.
const mark = "\"@here@\""

// spoiltWithin are the texts of a value in which one part after the other is another.
func spoiltWithin(value any, others []string) []string {
	var texts []string
	var walk func(at any, put func(any) any)
	walk = func(at any, put func(any) any) {
		written, _ := json.Marshal(put(strings.Trim(mark, `"`)))
		for _, other := range others {
			texts = append(texts, strings.Replace(string(written), mark, other, 1))
		}
		switch at := at.(type) {
		case map[string]any:
			for name, part := range at {
				walk(part, func(other any) any {
					copied := map[string]any{}
					for n, p := range at {
						copied[n] = p
					}
					copied[name] = other
					return put(copied)
				})
			}
		case []any:
			for i, part := range at {
				walk(part, func(other any) any {
					copied := slices.Clone(at)
					copied[i] = other
					return put(copied)
				})
			}
		}
	}
	walk(value, func(other any) any { return other })
	return texts
}

// Whatever a member of a body says, whatever name stands in an address: it is done or
// refused, and never a failure of the broker.
func TestWrites_neverFailWhateverIsSent(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		things := thingsOf(b)
		routes := slices.DeleteFunc(slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes()), func(r edge.Route) bool { return r.Method == http.MethodGet })
		// What renames comes last: nothing would be found any more by its name.
		slices.SortStableFunc(routes, func(x, y edge.Route) int { return rankOf(x) - rankOf(y) })
		asked, failures := 0, map[string]string{}
		ask := func(route edge.Route, address string, body any) {
			answer := b.Do(route.Method, address, body, testbroker.ContentType(mediaOf(route)))
			if asked++; answer.Status >= 500 {
				failures[route.Operation] = fmt.Sprintf("%s %.200s %.300v: %.200s", route.Method, address, body, answer.Body)
			}
			require.Empty(t, answer.Header.Get("X-Injected"), address)
		}
		for _, route := range routes {
			for i, address := range misspelt(route, things) {
				if i%4 == 0 { // reading has all of them
					ask(route, address, bodies[route.Operation])
				}
			}
			if route.Method == http.MethodDelete {
				continue
			}
			for _, address := range askedBadly(route, things) {
				ask(route, address, bodies[route.Operation])
			}
			address := parameter.ReplaceAllStringFunc(route.Path, func(name string) string { return things[name[1:]] })
			for _, body := range spoilt(t, route.Operation, hostileJSON) {
				ask(route, address, body)
			}
		}
		require.Empty(t, failures)
		require.Greater(t, asked, 5_000)
	}, testbroker.With(func(s *config.Settings) {
		s.Secrets.Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
		s.VCS.GitHubSecret, s.VCS.GitLabSecret = "hub", "lab"
	}))
}

func rankOf(r edge.Route) int {
	switch r.Operation {
	case "renameApplication", "mergeApplication":
		return 1
	}
	return 0
}
