package web

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	broker "github.com/accord-broker/accord"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/support/openapi"
)

// changesNothing are the operations and forms that send something and leave all as it
// was.
var changesNothing = map[string]bool{
	"askVerdict": true, "checkDocument": true, "tryTrustRules": true, "selectPactsForVerification": true,
	"POST /contracts/provider/:provider/changes": true, "POST /compare": true, "POST /trust-rules/try": true, "POST /appearance": true,
}

// What changes something is told in a sentence, whether it was an operation of the API or
// a form of a page.
func TestAudit_hasWordsForWhatChangesSomething(t *testing.T) {
	document, err := openapi.Read(broker.OpenAPI)
	require.NoError(t, err)
	said := func(action string) {
		if !changesNothing[action] {
			require.NotEmpty(t, phraseOf(action), action)
		}
	}
	operations := 0
	for _, path := range objectAt(document.Find("/paths")) {
		for method, operation := range objectAt(path) {
			if method != "get" && objectAt(operation)["operationId"] != nil {
				operations++
				said(stringAt(objectAt(operation)["operationId"]))
			}
		}
	}
	require.Greater(t, operations, 50)
	for _, route := range (&Web{}).Routes() {
		if route.Method == http.MethodPost && route.Operation == "" {
			said("POST " + route.Path)
		}
	}
}

func TestAudit_saysEntriesInSentences(t *testing.T) {
	words := auditWords{[]deployments.Environment{{UUID: "655d3d78-64e7-4b95-92c1-e4e2c6cbbdf7", Name: "production"}}}
	const hash = "a3b32ce8dcd5f6d76322ef9d3860379213438b1f"
	for want, e := range map[string]audit.Entry{
		"Recorded that storefront-bff a3b32ce8 runs in production": {Origin: audit.Origin{Action: "recordDeployment", Target: "/pacticipants/storefront-bff/versions/" + hash + "/deployed-versions/environment/655d3d78-64e7-4b95-92c1-e4e2c6cbbdf7"},
			Changes: []audit.Change{{What: "deployed, storefront-bff", After: hash}}},
		"Put the label über/all on Web":                               {Origin: audit.Origin{Action: "addLabel", Target: "/pacticipants/Web/labels/%C3%BCber%2Fall"}, Changes: []audit.Change{{What: "label of Web", After: "über/all"}}},
		"Took the tag prod off Web 1.2":                               {Origin: audit.Origin{Action: "removeTag", Target: "/pacticipants/Web/versions/1.2/tags/prod"}},
		"Made the environment staging":                                {Origin: audit.Origin{Action: "createEnvironment", Target: "/environments"}, Changes: []audit.Change{{What: "environment", After: "staging"}}},
		"Published contracts of Web and Api":                          {Origin: audit.Origin{Action: "publishContracts", Target: "/contracts/publish", Applications: []string{"Web", "Api"}}},
		"Published a result of Api for the contract of Web: it fails": {Origin: audit.Origin{Action: "publishVerificationResultWithMetadata", Target: "/pacts/provider/Api/consumer/Web/pact-version/1a/metadata/x/verification-results"}, Events: []string{"provider_verification_failed"}},
		"Paused the webhook build":                                    {Origin: audit.Origin{Action: "POST /webhooks/:uuid/pause", Target: "/webhooks/build/pause"}},
		"Could not publish contracts: not signed in":                  {Origin: audit.Origin{Action: "publishContracts", Target: "/contracts/publish"}, Outcome: audit.Unauthorized},
		"Could not make the environment: not allowed":                 {Origin: audit.Origin{Action: "createEnvironment", Target: "/environments"}, Outcome: audit.Forbidden},
		"No longer marked Web as external":                            {Origin: audit.Origin{Action: "unmarkExternal", Target: "/api/v1/applications/Web/external"}},
		"Could not sign in":                                           {Origin: audit.Origin{Action: "POST /sign-in", Target: "/sign-in"}, Outcome: audit.Unauthorized},
		"Signed in by a provider":                                     {Origin: audit.Origin{Action: "GET /sign-in/callback", Target: "/sign-in/callback"}},
		"Sign in, too many tries":                                     {Origin: audit.Origin{Action: "sign in", Target: "/sign-in"}, Outcome: audit.Throttled},
	} {
		if e.Outcome == "" {
			e.Outcome = audit.Done
		}
		row, text := words.row(moments{noon}, e), ""
		for _, part := range row.What {
			text += part.Text
		}
		require.Equal(t, want, text)
		require.Empty(t, row.Notes, "what the sentence says is not said again")
	}
	changed := words.row(moments{noon}, audit.Entry{Origin: audit.Origin{Action: "putWebhook", Target: "/webhooks/build"}, Outcome: audit.Done, Changes: []audit.Change{
		{What: "webhook", After: "build"}, {What: "events", After: []any{"contract_published"}}, {What: "format", After: "template"}, {What: "enabled", Before: true, After: false},
	}})
	require.Equal(t, []string{"events: A contract was published", "format: What was written for this webhook", "enabled: true became false"}, changed.Notes)
}
