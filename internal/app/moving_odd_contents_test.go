package app_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// oddContents are contracts as old Pact Brokers, or people with their hands in the
// database, may have left them.
var oddContents = map[string]string{
	"empty":              ``,
	"an empty object":    `{}`,
	"an array":           `[1,{"interactions":[]}]`,
	"a text":             `"interactions"`,
	"a number":           `7`,
	"null":               `null`,
	"cut":                `{"interactions":[{"description":"one","providerState":"there"},{"descr`,
	"no JSON":            `<pact/>`,
	"no UTF-8":           "{\"interactions\":[{\"description\":\"\xff\xfe\",\"providerState\":\"\xc3\"}]}",
	"control characters": "{\"interactions\":[{\"description\":\"a\x01\x1b[31m\\u0000\",\"providerState\":\"\\ud800\"}]}",
	"names twice":        `{"interactions":[],"interactions":[{"description":"a","description":"b"}],"_links":7,"createdAt":{}}`,
	"members of other types": `{"consumer":7,"provider":null,"metadata":[1],"messages":"x","interactions":[null,1,"x",[],[[]],{},{"description":{"a":1},"request":7,"response":[],"providerState":[1],"providerStates":"x"},` +
		`{"description":["x"],"providerStates":[1,null,{"name":7},{"name":"s","params":[1]},{"name":"t","params":"x"}],"request":{"method":[],"path":{"a":1},"query":7,"headers":[1],"body":{"contents":7},"matchingRules":[1],"generators":"x"},` +
		`"response":{"status":{"a":1},"headers":"x","matchingRules":{"body":{"$":7}},"body":null},"type":7,"pending":"x","comments":[1],"_id":{"a":1}}]}`,
	"lists of other types":   `{"interactions":{"a":1},"messages":{"b":[]}}`,
	"no values":              `{"interactions":[{"description":gone,"providerStates":[{"name":"s","params":{"a":gone,"b":'x'}}],"request":{"method":"GET","path":undefined},"response":{"status":NaN}}],"metadata":{"pactSpecification":{"version":nope}}}`,
	"brackets that miss":     `{"interactions":[{"description":"one"]}],"messages":[}]}}}`,
	"numbers beyond all":     `{"interactions":[{"description":1e999,"response":{"status":123456789012345678901234567890,"body":-0.0e-999}}]}`,
	"nested deep":            `{"interactions":[{"description":"one","request":{"body":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}}]}`,
	"nested deep and cut":    `{"interactions":[{"description":"one","request":{"body":` + strings.Repeat(`{"a":[`, 200_000),
	"a text of its own kind": `{"interactions":[{"description":"` + strings.Repeat("long ", 20_000) + `","providerState":"</script><b>"}]}`,
}

// addressesOf are all that may be asked for of the second version of a consumer, of both
// faces and the pages, or, without a consumer, all that concerns none alone.
func addressesOf(t *testing.T, consumer, sha, otherSHA string) []string {
	t.Helper()
	pages, err := web.New(web.Services{})
	require.NoError(t, err)
	things := map[string]string{"provider": "Stock", "number": "2", "otherNumber": "1", "consumerNumber": "2", "branch": "main", "tag": "dev", "providerTag": "dev", "to": "dev",
		"sha": sha, "otherSha": otherSHA, "result": "1", "metadata": "Y3ZuPTI", "environment": "test", "part": "pact", "label": "x"}
	addresses := []string{"/affected?provider=Stock", "/search?q=GET+/", "/search?q=one", "/environments/16926ef3-590f-4e3f-838e-719717aa88c9", "/webhooks/WMXDWEDSDEvZGlKJi5rnew"}
	if consumer != "" {
		things["consumer"], things["pacticipant"] = consumer, consumer
		addresses = []string{
			"/can-i-deploy?version=2&environment=test&pacticipant=" + url.QueryEscape(consumer), "/matrix?q[][version]=2&q[][pacticipant]=" + url.QueryEscape(consumer),
			"/api/v1/contracts/provider/Stock/consumer/" + url.PathEscape(consumer) + "/changes?from=2&to=1", "/api/v1/contracts/provider/Stock/consumer/" + url.PathEscape(consumer) + "/changes?from=1&to=2",
		}
	}
	for _, route := range slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes(), pages.Routes()) {
		ofConsumer := false
		address := parameter.ReplaceAllStringFunc(route.Path, func(name string) string {
			ofConsumer = ofConsumer || name == ":consumer" || name == ":pacticipant"
			if value, known := things[name[1:]]; known {
				return url.PathEscape(value)
			}
			return name
		})
		if route.Method == http.MethodGet && !strings.Contains(address, ":") && ofConsumer == (consumer != "") {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

// requireAnswers asks for the addresses in every form, and returns how many answers
// there were.
func requireAnswers(t *testing.T, b *testbroker.Broker, addresses []string) (found int) {
	t.Helper()
	for _, address := range addresses {
		for _, accept := range []string{"application/hal+json", "application/vnd.pactbrokerextended.v1+json, text/plain", "text/html,*/*;q=0.8"} {
			request, answer := httptest.NewRequest(http.MethodGet, string(testbroker.Base)+address, nil), httptest.NewRecorder()
			request.Header.Set("Accept", accept)
			b.Handler().ServeHTTP(answer, request)
			require.Less(t, answer.Code, 500, "%s as %s: %.300s", address, accept, answer.Body)
			if answer.Code == http.StatusOK {
				found++
			}
		}
	}
	return found
}

// oddConsumers are the statements that make a consumer of each content, which its second
// version has published, and a plain one before it. All are verified and tagged, and on
// main branches.
func oddConsumers(names []string) []string {
	var statements []string
	add := func(format string, values ...any) { statements = append(statements, fmt.Sprintf(format, values...)) }
	for i, name := range names {
		at, owner := "'2024-01-01 00:00:00'", 100+i
		add("INSERT INTO pacticipants (id, name, main_branch, created_at) VALUES (%d, '%s', 'main', %s)", owner, name, at)
		add("INSERT INTO branches (id, name, pacticipant_id, created_at) VALUES (%d, 'main', %d, %s)", owner, owner, at)
		add("INSERT INTO integrations (id, consumer_id, provider_id, created_at) VALUES (%d, %d, 5, %s)", owner, owner, at)
		for n, content := range []string{pactbrokerdb.Content("one"), oddContents[name]} {
			id := 1000 + 2*i + n
			add(`INSERT INTO versions (id, number, pacticipant_id, "order", created_at) VALUES (%d, '%d', %d, %d, %s)`, id, n+1, owner, id, at)
			add("INSERT INTO branch_versions (id, branch_id, version_id, created_at) VALUES (%d, %d, %d, %s)", id, owner, id, at)
			add("INSERT INTO tags (name, version_id, created_at) VALUES ('dev', %d, %s)", id, at)
			add("INSERT INTO pact_versions (id, consumer_id, provider_id, sha, content, created_at) VALUES (%d, %d, 5, '%040d', CAST(X'%s' AS TEXT), %s)", id, owner, id, hex.EncodeToString([]byte(content)), at)
			add("INSERT INTO pact_publications (id, consumer_version_id, provider_id, revision_number, pact_version_id, created_at) VALUES (%d, %d, 5, 1, %d, %s)", id, id, id, at)
			add("INSERT INTO verifications (id, number, success, pact_version_id, provider_version_id, execution_date, created_at) VALUES (%d, 1, TRUE, %d, 12, %s, %s)", id, id, at, at)
		}
	}
	return statements
}

// A broker cannot choose what another one has let in.
func TestImport_ofOddContentsFailsNoAnswer(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(oddContents))
	b := testbroker.New(t, testbroker.With(withKey))
	importedFrom(t, b, pactBroker(t, pactbrokerdb.SQLite, oddConsumers(names)...))
	requireAnswers(t, b, addressesOf(t, "", "", ""))
	for i, name := range names {
		sha, plain := fmt.Sprintf("%040d", 1000+2*i+1), fmt.Sprintf("%040d", 1000+2*i)
		require.Greater(t, requireAnswers(t, b, addressesOf(t, name, sha, plain)), 60, "%s: most of it is there", name)
		at := "/pacts/provider/Stock/consumer/" + url.PathEscape(name)
		for _, answer := range []testbroker.Response{
			b.Patch(at+"/version/2", pactbrokerdb.Content("three")), b.Put(at+"/version/2", pactbrokerdb.Content("four")),
			b.Post(at+"/pact-version/"+sha+"/verification-results", testbroker.Object{"success": true, "providerApplicationVersion": "c"}),
		} {
			require.Less(t, answer.Status, 500, "%s: %.300s", name, answer.Body)
		}
	}
}

// The same holds for every other text that is JSON inside.
func TestImport_ofOddTextsFailsNoAnswer(t *testing.T) {
	for name, written := range map[string]string{
		"cut": `{"tests":[{"a":1},{"b`, "a number": "7", "no UTF-8": "[\"\xff\"]", "a list of many types": `[1,null,"x",[],{"name":7,"details":[]},{"a":{}}]`,
		"contacts of other types": `[{"name":"x","details":7},{"name":"y","details":{"email":["a"],"b":{"c":1}}},{}]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			odd := "CAST(X'" + hex.EncodeToString([]byte(written)) + "' AS TEXT)"
			b := testbroker.New(t, testbroker.With(withKey))
			importedFrom(t, b, pactBroker(t, pactbrokerdb.SQLite,
				"UPDATE verifications SET test_results = "+odd+", consumer_version_selector_hashes = "+odd+", tag_names = "+odd+", verified_by_implementation = "+odd+", build_url = "+odd,
				"UPDATE environments SET contacts = "+odd, "UPDATE webhooks SET headers = "+odd+", body = "+odd+", description = "+odd,
				"UPDATE triggered_webhooks SET event_context = "+odd, "UPDATE webhook_executions SET logs = "+odd,
				"UPDATE pacticipants SET repository_url = "+odd+", main_branch = "+odd, "UPDATE versions SET build_url = "+odd))
			requireAnswers(t, b, append(addressesOf(t, "", "", ""), addressesOf(t, "Shop", strings.Repeat("2", 40), strings.Repeat("1", 40))...))
			for address, answer := range crawl(t, b) {
				require.False(t, strings.HasPrefix(answer, "5"), "%s: %.300s", address, answer)
			}
		})
	}
}

func TestImport_handsOutABrokenContractAsATextWithinWhatIsKnownOfIt(t *testing.T) {
	t.Parallel()
	b := testbroker.New(t, testbroker.With(withKey))
	importedFrom(t, b, pactBroker(t, pactbrokerdb.SQLite, `UPDATE pact_versions SET content = '{"interactions":[{"providerStates":[{"name":"s","params":{"a":gone}}]}], "x' WHERE sha LIKE '2%'`))
	answer := b.Get("/pacts/provider/Stock/consumer/Shop/version/2", testbroker.Accept("application/vnd.pactbrokerextended.v1+json")).OK(http.StatusOK)
	require.Equal(t, `{"interactions":[{"providerStates":[{"name":"s","params":{"a":gone}}]}], "x`, answer.Text("contract"))
}
