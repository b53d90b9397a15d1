package app_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// everyGET fills a broker so that each GET has an answer, and returns what each
// parameter of their addresses may be, one of which fits.
func everyGET(t *testing.T, b *testbroker.Broker) map[string][]string {
	t.Helper()
	test := b.Environment("test")
	one, two := testbroker.Content("Shop", "Stock", "one"), testbroker.Content("Shop", "Stock", "two")
	b.Version("Shop", "0", "main")
	b.Version("Stock", "5", "main")
	b.Post("/api/v1/webhooks", testbroker.Object{"description": "w", "events": []string{"contract_published", "provider_verification_published"}, "request": testbroker.Object{"method": "POST", "url": "https://example.org"}}).OK()
	b.Post("/webhooks/provider/Stock/consumer/Shop", testbroker.Object{"events": []any{testbroker.Object{"name": "provider_verification_published"}}, "request": testbroker.Object{"method": "POST", "url": "https://example.org"}}).OK()
	for _, document := range []string{"openapi: 3.0.3\npaths: {}", "openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}"} {
		b.Version("Stock", map[bool]string{true: "6", false: "7"}[strings.HasSuffix(document, "{}")], "main")
		b.Post("/provider-contracts/provider/Stock/publish", testbroker.Object{
			"pacticipantVersionNumber": map[bool]string{true: "6", false: "7"}[strings.HasSuffix(document, "{}")],
			"contract":                 testbroker.Object{"content": base64.StdEncoding.EncodeToString([]byte(document)), "selfVerificationResults": testbroker.Object{"success": true}},
		}).OK()
	}
	b.Pact("Shop", "1").Branch("main").Tags("dev", "prod").Saying(one).With("Stock").VerifiedBy("7")
	b.Pact("Shop", "2").Branch("main").Tags("dev", "prod").Saying(two).With("Stock").VerifiedBy("7")
	b.Pact("Shop", "3").Branch("main").Saying(two).With("Stock")
	deployed, released := b.Deploy("Shop", "2", "test"), b.Release("Shop", "2", "test")
	b.Deploy("Stock", "7", "test")
	b.Put(at.Label("Shop", "core"), nil).OK()
	b.Put("/api/v1/applications/Stock/external", testbroker.Object{"reason": "others"}).OK()
	b.Put("/api/v1/teams/Shop", testbroker.Object{"contact": "#shop", "applications": []string{"Shop"}}).OK()
	b.Post("/api/v1/applications/Stock/branches/main/reopen", nil)
	b.Version("Web", "1")
	b.Post("/api/v1/applications/Web/rename", testbroker.Object{"name": "Net"}, testbroker.Header("X-Request-Id", "r-1")).OK()

	uuids := []string{test, b.Get("/api/v1/webhooks").OK().Text("items", 0, "id"), b.Get("/api/v1/webhook-deliveries").OK().Text("items", 0, "id")}
	for _, address := range []string{deployed, released} {
		uuids = append(uuids, address[strings.LastIndex(address, "/")+1:])
	}
	sha := func(version string) string {
		link := b.Get(at.Pact("Stock", "Shop", version)).OK().Link("pb:pact-version")
		return link[strings.LastIndex(link, "/")+1:]
	}
	result := b.Get(at.LatestResultOfPact("Stock", "Shop", "2")).OK().Link("self")
	return map[string][]string{
		"pacticipant": {"Shop", "Stock"}, "consumer": {"Shop"}, "provider": {"Stock"}, "application": {"Shop"}, "team": {"Shop"}, "label": {"core"}, "branch": {"main"},
		"number": {"2", "7"}, "otherNumber": {"1", "6"}, "consumerNumber": {"2"}, "tag": {"dev"}, "to": {"prod"}, "environment": {"test"}, "uuid": uuids, "request": {"r-1"},
		"sha": {sha("2"), sha("1")}, "otherSha": {sha("1")}, "result": {result[strings.LastIndex(result, "/")+1:]}, "providerTag": {"dev"}, "metadata": {contracts.Metadata{ConsumerVersion: "2"}.Encode()},
		"part": {"provider-contract", "consumer-contract", "provider-contract-verification-results", "cross-contract-verification-results"},
	}
}

// filledIn are the addresses that a path with parameters may stand for.
func filledIn(path string, values map[string][]string) []string {
	all := []string{""}
	for _, word := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		fitting := []string{word}
		if name, found := strings.CutPrefix(word, ":"); found {
			fitting = values[name]
		}
		var longer []string
		for _, begun := range all {
			for _, value := range fitting {
				longer = append(longer, begun+"/"+url.PathEscape(value))
			}
		}
		all = longer
	}
	return all
}

// questions are what the addresses need besides, by operation.
var questions = map[string]string{
	"showMatrix":           "?q[][pacticipant]=Shop&q[][version]=2&q[][pacticipant]=Stock&q[][version]=7",
	"canIDeploy":           "?pacticipant=Shop&version=2&environment=test",
	"showVerdict":          "?pacticipant=Shop&version=2&environment=test",
	"listContractChanges":  "?to=2&from=1",
	"showProviderDocument": "?version=7",
}

// severalStates are the GETs that may read several states, and why.
var severalStates = map[string]string{
	"listEvents":              "facts get their places first, and are read by them: what comes in between comes after them",
	"listAudit":               "what happened a moment ago is written first, and is a part of the chain before it is read",
	"showProviderDocument":    "it finds a document, which never changes, and reads it",
	"listDocumentChanges":     "it compares documents, which never change, with pacts, and may wait for memory",
	"showComparedResult":      "it compares what has not been compared, which changes what is kept",
	"showBidirectionalOfPair": "it compares what has not been compared, which changes what is kept",
}

// ofContents reports whether a statement reads contents of contracts, which never change.
func ofContents(statement string) bool {
	return strings.HasPrefix(statement, "SELECT body FROM pact_versions WHERE id") ||
		strings.HasPrefix(statement, "SELECT id, body FROM pact_versions") || strings.HasPrefix(statement, "SELECT id, size FROM pact_versions")
}

// What an answer says is of one moment: whatever takes more than one statement reads
// them from one unchanging state of the database. Contents never change, and reading them may have
// to wait for memory, so that they may be read afterwards.
func TestGET_readsOneStateOfTheDatabase(t *testing.T) {
	var asked, read statements
	b := testbroker.New(t, testbroker.Traced(asked.note), testbroker.Snapshots(read.note), testbroker.With(func(s *config.Settings) { s.Server.DiagnosticEndpoints = true }))
	values := everyGET(t, b)
	for _, route := range slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes()) {
		if route.Method != http.MethodGet {
			continue
		}
		offers := route.Offers
		if len(offers) == 0 {
			offers = []string{edge.HALJSON}
		}
		for _, offer := range offers {
			if offer == edge.EventStream {
				continue
			}
			if offer == edge.Anything {
				offer = "*/*"
			}
			answered := false
			for _, address := range filledIn(route.Path, values) {
				var states []string
				var answer testbroker.Response
				took := asked.during(func() {
					states = read.during(func() {
						answer = b.Get(address+questions[route.Operation], testbroker.Accept(offer))
					})
				})
				answered = answered || answer.Status < 400
				states = slices.DeleteFunc(states, ofContents)
				if len(states) > 1 && answer.Status < 300 && severalStates[route.Operation] == "" {
					t.Errorf("%s %s (%s, %d) reads %d states with %d statements:\n  %s", route.Operation, address, offer, answer.Status, len(states), len(took), strings.Join(states, "\n  "))
				}
			}
			if !answered {
				t.Errorf("%s %s (%s) has no answer: %s", route.Operation, route.Path, offer, b.Get(filledIn(route.Path, values)[0]+questions[route.Operation], testbroker.Accept(offer)).Body)
			}
		}
	}
	require.NotEmpty(t, values)
}

// Versions are deleted while an answer is put together that tells of them: it tells of
// the moment at which it began.
func TestGET_tellsOfOneMoment(t *testing.T) {
	for _, test := range []struct {
		what, address, accept string
		during                string // which statement
		steps                 []any
		want                  any
	}{
		{"the head of a branch", "/api/v1/applications/Shop/branches", edge.JSON, "WHERE v.id IN", []any{"items", 0, "head"}, "2"},
		{"the tags of a contract", "/pacts/provider/Stock/consumer/Shop/version/2", edge.Extended, "FROM tags", []any{"_embedded", "tags", 0, "name"}, "dev"},
	} {
		var armed atomic.Pointer[func()]
		b := testbroker.New(t, testbroker.Traced(func(statement string) {
			if deletes := armed.Load(); deletes != nil && strings.Contains(statement, test.during) {
				armed.Store(nil)
				(*deletes)()
			}
		}))
		b.Pact("Shop", "1").Branch("main").With("Stock")
		b.Pact("Shop", "2").Branch("main").Tags("dev").With("Stock")
		deletes := func() { b.Delete(at.Version("Shop", "2")).OK(http.StatusNoContent) }
		armed.Store(&deletes)
		answer := b.Get(test.address, testbroker.Accept(test.accept)).OK(http.StatusOK)
		require.Nil(t, armed.Load(), "%s: nothing was deleted in between", test.what)
		require.Equal(t, test.want, answer.Find(test.steps...), test.what)
	}
}
