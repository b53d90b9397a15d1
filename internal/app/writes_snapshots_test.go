package app_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/secrets"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// written are bodies with which the writes succeed that need one.
func written() map[string]any {
	call := testbroker.Object{"method": "POST", "url": "https://example.org"}
	webhook := testbroker.Object{"events": []any{testbroker.Object{"name": "contract_published"}}, "request": call}
	own := testbroker.Object{"events": []string{"contract_published"}, "request": call}
	environment := testbroker.Object{"name": "other", "production": false}
	document := base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {}"))
	contract := testbroker.Object{"content": document, "contentType": "application/yaml", "specification": "oas", "selfVerificationResults": testbroker.Object{"success": true}}
	result := testbroker.Object{"success": true, "providerApplicationVersion": "7"}
	rule := testbroker.Object{"name": "other", "issuer": "https://ci.example", "audience": "x", "claims": testbroker.Object{"sub": []string{"x"}}, "role": "viewer"}
	return map[string]any{
		"createPacticipant": testbroker.Object{"name": "Shop"}, "replacePacticipant": testbroker.Object{"displayName": "The shop"}, "updatePacticipant": testbroker.Object{"displayName": "A shop"},
		"putVersion": testbroker.Object{"buildUrl": "https://example.org/1"}, "updateVersion": testbroker.Object{"buildUrl": "https://example.org/2"},
		"createEnvironment": environment, "replaceEnvironment": testbroker.Object{"name": "test", "production": true},
		"updateDeployedVersion": testbroker.Object{"currentlyDeployed": false}, "updateReleasedVersion": testbroker.Object{"currentlySupported": false},
		"publishContracts": testbroker.Object{"pacticipantName": "Shop", "pacticipantVersionNumber": "8", "contracts": []any{testbroker.Object{
			"consumerName": "Shop", "providerName": "Stock", "specification": "pact", "contentType": "application/json", "content": "eyJpbnRlcmFjdGlvbnMiOltdfQ==",
		}}},
		"publishPact": testbroker.Content("Shop", "Stock", "two"), "mergePact": testbroker.Content("Shop", "Stock", "two"),
		"publishProviderContract":   testbroker.Object{"pacticipantVersionNumber": "8", "contract": contract},
		"publishProviderContracts":  testbroker.Object{"pacticipantVersionNumber": "8", "contracts": []any{testbroker.Object{"name": "orders", "specification": "oas", "content": document}}},
		"putProviderContract":       testbroker.Object{"content": document, "contractType": "oas"},
		"publishVerificationResult": result, "publishVerificationResultWithMetadata": result,
		"createWebhook": webhook, "createProviderWebhook": webhook, "createConsumerWebhook": webhook, "createPairWebhook": webhook, "createPactWebhook": webhook, "putWebhook": webhook,
		"v1CreateWebhook": own, "v1PutWebhook": own, "addSigningKey": testbroker.Object{}, "replayDeliveries": testbroker.Object{"since": "2026-01-01T00:00:00Z"},
		"renameApplication": testbroker.Object{"name": "Shop"}, "markExternal": testbroker.Object{"reason": "theirs"},
		"putSecret":   testbroker.Object{"value": "hush", "hosts": []string{"example.org"}},
		"createToken": testbroker.Object{"name": "x", "role": "viewer"}, "rotateToken": testbroker.Object{"overlap_seconds": 0},
		"createTrustRule": rule, "putTrustRule": rule,
		"putTeam": testbroker.Object{"applications": []string{"Shop"}}, "putRole": testbroker.Object{"actions": []string{"read"}},
		"createUser": testbroker.Object{"name": "al"}, "updateUser": testbroker.Object{"role": "viewer"}, "setUserPassword": testbroker.Object{},
	}
}

// unansweredWrites are those that the test cannot let succeed, and why.
var unansweredWrites = map[string]string{
	"mergeApplication": "it takes away an application which the others are about",
	"hearGitHub":       "it takes what its version control system has signed",
	"hearGitLab":       "it takes what its version control system has signed",
	"redeliver":        "it takes deliveries that have ended",
}

// afterwards are the states that were read after the last statement that wrote.
func afterwards(took []string) []string {
	for i, one := range slices.Backward(took) {
		if wrote := strings.HasPrefix(one, "INSERT ") || strings.HasPrefix(one, "UPDATE ") || strings.HasPrefix(one, "DELETE "); wrote && !strings.HasPrefix(one, "INSERT INTO requests") {
			took = took[i:]
			break
		}
	}
	var states []string
	for _, one := range took {
		if state, found := strings.CutPrefix(one, "state: "); found && !ofContents(state) {
			states = append(states, state)
		}
	}
	return states
}

// What the answer to a write says of more than was written is of one moment, too.
func TestWrites_areAnsweredFromOneStateOfTheDatabase(t *testing.T) {
	var all statements
	b := testbroker.New(t, testbroker.Traced(all.note), testbroker.Snapshots(func(what string) { all.note("state: " + what) }), testbroker.With(func(s *config.Settings) { s.Secrets.Key = secrets.NewKey() }))
	values, bodies := everyPage(t, b), written()
	b.Version("Shop", "9", "feature")
	values["user"], values["branch"] = values["person"], append(values["branch"], "feature")
	for _, route := range slices.Concat((&api.API{}).Routes(), (&v1.API{}).Routes()) {
		if route.Method == http.MethodGet || route.Method == http.MethodDelete || route.OutsideTransaction {
			continue
		}
		offers, media := route.Offers, edge.JSON
		if len(offers) == 0 {
			offers = []string{"*/*"}
		}
		if len(route.Accepts) > 0 && !slices.Contains(route.Accepts, edge.AnyJSON) {
			media = route.Accepts[0]
		}
		answered, last := false, ""
		for _, offer := range offers {
			for _, address := range filledIn(route.Path, values) {
				var answer testbroker.Response
				took := all.during(func() {
					answer = b.Do(route.Method, address, bodies[route.Operation], testbroker.Accept(offer), testbroker.ContentType(media))
				})
				answered = answered || answer.Status < 300
				last = fmt.Sprintf("%s %d %s", address, answer.Status, answer.Body)
				if states := afterwards(took); len(states) > 1 && answer.Status < 300 {
					t.Errorf("%s %s (%s, %d) is answered from %d states:\n  %s", route.Operation, address, offer, answer.Status, len(states), strings.Join(states, "\n  "))
				}
			}
		}
		if !answered && unansweredWrites[route.Operation] == "" {
			t.Errorf("%s %s has no answer: %.300s", route.Operation, route.Path, last)
		}
	}
}
