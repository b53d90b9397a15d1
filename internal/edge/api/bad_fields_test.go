package api_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// The kinds of values that the fields of requests take, by what they refuse.
var (
	tooLong = strings.Repeat("n", 10_000)
	noText  = []any{7, true, []any{}, testbroker.Object{}}
	// scalars are taken for texts where the Pact Broker does so.
	badScalars    = []any{"a\x00b", "a\nb", []any{}, testbroker.Object{}}
	badLines      = append([]any{"a\x00b", "a\nb", "a\x1bb"}, noText...)
	badNameOf     = append([]any{" ", tooLong}, badLines...)
	requiredNames = append([]any{"", nil}, badNameOf...)
	badTexts      = append([]any{"a\x00b", "a\x1bb"}, noText...)
	noBoolean     = []any{7, "yes", nil, []any{}}
	noList        = []any{7, "dev", true, testbroker.Object{}}
	noObject      = []any{7, "x", []any{}}
)

// writeTable is what can be wrong with the body of a write: a good one, and for
// each of its fields the values that are refused. Fields of objects within the
// body are written "request.url", those of the first of a list "contracts.0.content".
type writeTable struct {
	good   testbroker.Object
	fields map[string][]any
}

var (
	pacticipantTable = writeTable{testbroker.Object{"name": "Fresh"}, map[string][]any{
		"name": append([]any{""}, badNameOf...), "displayName": badNameOf, "repositoryUrl": badLines, "repositoryName": badLines,
		"repositoryNamespace": badLines, "mainBranch": append([]any{"", "a b"}, badNameOf...),
	}}
	versionTable = writeTable{testbroker.Object{}, map[string][]any{
		"buildUrl": badScalars, "tags": append([]any{"dev", []any{"dev"}, []any{testbroker.Object{}}, []any{testbroker.Object{"name": " "}}, []any{testbroker.Object{"name": tooLong}}, []any{testbroker.Object{"name": "a\x00b"}}}, noList...),
	}}
	environmentTable = writeTable{testbroker.Object{"name": "fresh", "production": false}, map[string][]any{
		"name": append([]any{"a b"}, requiredNames...), "displayName": append([]any{tooLong}, badLines...), "production": noBoolean,
		"contacts": append([]any{[]any{testbroker.Object{}}, []any{testbroker.Object{"name": 1}}, []any{testbroker.Object{"name": "Joe", "details": 1}}}, noList...),
	}}
	resultTable = writeTable{testbroker.Object{"success": true, "providerApplicationVersion": "2"}, map[string][]any{
		"success": noBoolean, "providerApplicationVersion": requiredNames, "buildUrl": append([]any{"no address"}, badLines...),
	}}
	webhookTable = writeTable{
		testbroker.Object{"events": []any{testbroker.Object{"name": "contract_published"}}, "request": testbroker.Object{"method": "POST", "url": "https://example.org", "headers": testbroker.Object{"X-A": "b"}}},
		map[string][]any{
			"description": badTexts, "enabled": []any{7, "yes", []any{}},
			"events":   append([]any{[]any{}, []any{testbroker.Object{}}, []any{testbroker.Object{"name": "party"}}, []any{"contract_published"}}, noList...),
			"consumer": append([]any{testbroker.Object{"name": "Nobody"}, testbroker.Object{"name": 7}, testbroker.Object{"label": []any{}}, testbroker.Object{}}, noObject...),
			"provider": append([]any{testbroker.Object{"name": "a\x00b"}, testbroker.Object{"name": tooLong}}, noObject...),
			"request":  append([]any{nil, testbroker.Object{}}, noObject...), "request.method": append([]any{"", nil, "PARTY", "PO ST"}, badLines...),
			"request.url":      append([]any{"", nil, "no address", "ftp://example.org", "https://", "http://[::1"}, badLines...),
			"request.headers":  append([]any{testbroker.Object{"a b": "c"}, testbroker.Object{"X-A": "b\r\nX-B: c"}, testbroker.Object{"X-A": []any{}}, testbroker.Object{"X-\x00": "b"}}, noObject...),
			"request.username": badTexts, "request.password": badTexts,
		},
	}
)

var (
	evidenceFields = []any{7, "x", []any{}, testbroker.Object{"success": "yes"}, testbroker.Object{"success": 1}, testbroker.Object{"content": 7}, testbroker.Object{"verifier": "a\x00b"}, testbroker.Object{"format": tooLong}}
	// badDocuments are contents that are no document of a provider, in base64: no
	// base64, a list, a text, a document without a version, nothing that ends.
	badDocuments = append([]any{"", " ", nil, "%%%", "W10=", "aGVsbG8=", "aW5mbzoge30K", "e30=", base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\na: {")),
		base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\na: " + strings.Repeat("[", 1000) + strings.Repeat("]", 1000))), base64.StdEncoding.EncodeToString([]byte(bomb))}, noText...)
	providerContractTable = writeTable{providerSubmission("1", orders, true), map[string][]any{
		"pacticipantVersionNumber": requiredNames, "branch": badNameOf, "buildUrl": badLines, "tags": append([]any{[]any{1}, []any{" "}, []any{"a\x00b"}}, noList...),
		"contract": append([]any{nil}, noObject...), "contract.content": badDocuments, "contract.contentType": append([]any{tooLong, "a\nb"}, noText...),
		"contract.specification": append([]any{"graphql", "asyncapi"}, noText...), "contract.selfVerificationResults": evidenceFields,
	}}
	severalTable = writeTable{
		testbroker.Object{"pacticipantVersionNumber": "1", "contracts": []any{testbroker.Object{"name": "orders", "specification": "oas", "content": base64.StdEncoding.EncodeToString([]byte(orders))}}},
		map[string][]any{
			"pacticipantVersionNumber": requiredNames, "contracts": append([]any{nil, []any{}, []any{7}}, noList...), "contracts.0.name": requiredNames,
			"contracts.0.content": badDocuments, "contracts.0.specification": append([]any{"graphql"}, noText...), "contracts.0.selfVerificationResults": evidenceFields,
		},
	}
	oldProviderContractTable = writeTable{testbroker.Object{"content": base64.StdEncoding.EncodeToString([]byte(orders)), "contractType": "oas"}, map[string][]any{
		"content": badDocuments, "contractType": append([]any{"graphql"}, noText...), "contentType": append([]any{tooLong}, noText...), "verificationResults": evidenceFields,
	}}
)

// bomb is a document whose aliases stand for more than any memory holds.
var bomb = "openapi: 3.0.3\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
	"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"

// writeTables has a table for each operation that reads its body; nil stands for
// those whose body says nothing that counts.
var writeTables = map[string]*writeTable{
	"createPacticipant": &pacticipantTable, "replacePacticipant": &pacticipantTable, "updatePacticipant": &pacticipantTable,
	"addLabel": nil, "addTag": nil, "addBranchVersion": nil, "closeBranch": nil, "reopenBranch": nil, "hearGitHub": nil, "hearGitLab": nil, "putVersion": &versionTable, "updateVersion": &versionTable,
	"createEnvironment": &environmentTable, "replaceEnvironment": &environmentTable,
	"recordDeployment":      {testbroker.Object{}, map[string][]any{"applicationInstance": append([]any{tooLong}, badScalars...), "target": append([]any{tooLong}, badScalars...)}},
	"recordRelease":         nil,
	"updateDeployedVersion": {testbroker.Object{}, map[string][]any{"currentlyDeployed": []any{true}}},
	"updateReleasedVersion": {testbroker.Object{}, map[string][]any{"currentlySupported": []any{true}}},
	"publishContracts": {
		testbroker.Object{"pacticipantName": "Fresh", "pacticipantVersionNumber": "1", "contracts": []any{testbroker.Object{
			"consumerName": "Fresh", "providerName": "New", "specification": "pact", "contentType": "application/json",
			"content": base64.StdEncoding.EncodeToString([]byte(`{"consumer":{"name":"Fresh"},"provider":{"name":"New"},"interactions":[]}`)),
		}}},
		map[string][]any{
			"pacticipantName": requiredNames, "pacticipantVersionNumber": requiredNames, "branch": append([]any{""}, badNameOf...), "buildUrl": badLines,
			"tags": append([]any{[]any{1}, []any{" "}, []any{tooLong}, []any{"a\x00b"}}, noList...), "contracts": append([]any{nil, []any{}, []any{7}}, noList...),
			"contracts.0.consumerName": append([]any{"Another"}, requiredNames...), "contracts.0.providerName": requiredNames,
			"contracts.0.specification": append([]any{"other", nil}, noText...), "contracts.0.contentType": append([]any{"text/plain", nil}, noText...),
			"contracts.0.onConflict": append([]any{"fight"}, noText...),
			"contracts.0.content": append([]any{"", nil, "%%%", "e30", "bm8ganNvbg==", "W10=", base64.StdEncoding.EncodeToString([]byte("{\"a\":\"\xff\"}")),
				base64.StdEncoding.EncodeToString([]byte(`{"a":1,"a":2}`)), base64.StdEncoding.EncodeToString([]byte(badBodies["nested too deep"]))}, noText...),
		},
	},
	"publishProviderContract": &providerContractTable, "publishProviderContracts": &severalTable, "putProviderContract": &oldProviderContractTable,
	"checkDocument": {testbroker.Object{"content": "b3BlbmFwaTogMy4wLjMK"}, map[string][]any{
		"content": append([]any{"", nil, "%%%"}, noText...), "name": append([]any{""}, noText...), "compare_with_version": append([]any{""}, noText...),
	}},
	"publishPact": &pactTable, "mergePact": &pactTable,
	"selectPactsForVerification": {testbroker.Object{}, map[string][]any{
		"consumerVersionSelectors": append([]any{[]any{7}, []any{"x"}, []any{testbroker.Object{"latest": "maybe"}}, []any{testbroker.Object{"tag": 7, "latest": true}}, []any{testbroker.Object{"branch": "a\x00b"}}}, 7, "x", testbroker.Object{}),
		"providerVersionTags":      append([]any{[]any{7}}, 7, testbroker.Object{}), "providerVersionBranch": {7, []any{}, testbroker.Object{}},
		"includePendingStatus": {7, "maybe"},
		"includeWipPactsSince": {7, "yesterday", []any{}},
	}},
	"publishVerificationResult": &resultTable, "publishVerificationResultWithMetadata": &resultTable,
	"createWebhook": &webhookTable, "createProviderWebhook": &webhookTable, "createConsumerWebhook": &webhookTable, "createPairWebhook": &webhookTable,
	"createPactWebhook": &webhookTable, "putWebhook": &webhookTable, "testUnsavedWebhook": &webhookTable,
	"v1CreateWebhook": &detailedWebhookTable, "v1PutWebhook": &detailedWebhookTable,
	"pauseWebhook": nil, "resumeWebhook": nil, "addSigningKey": nil, "redeliver": nil,
	"replayDeliveries": {testbroker.Object{"since": "2026-01-01T00:00:00Z"}, map[string][]any{"since": append([]any{"yesterday", ""}, noText...), "status": append([]any{"party", ""}, noText...)}},
	"putSecret":        {testbroker.Object{"value": "hush"}, map[string][]any{"value": append([]any{nil, ""}, noText...)}},
	"createToken": {testbroker.Object{"name": "build", "role": "viewer"}, map[string][]any{
		"name": append([]any{"", nil, tooLong, " "}, badLines...), "owner": append([]any{tooLong}, badLines...), "role": append([]any{"boss", "", nil}, noText...),
		"applications": append([]any{[]any{""}, []any{7}, []any{"a\x00b"}}, noList...), "labels": append([]any{[]any{" "}, []any{"a\nb"}}, noList...),
		"teams": append([]any{[]any{"nobody"}, []any{7}}, noList...), "expires_at": append([]any{"yesterday", "2020-01-01T00:00:00Z"}, noText...),
	}},
	"createTrustRule": &ruleTable, "putTrustRule": &ruleTable, "exchangeToken": nil,
	"tryTrustRules": {testbroker.Object{"subject_token": "x"}, map[string][]any{"subject_token": append([]any{"", nil}, noText...)}},
	"rotateToken":   {testbroker.Object{"overlap_seconds": 0}, map[string][]any{"overlap_seconds": {nil, -1, "x", 1.5, 1e12}}},
	"putTeam": {testbroker.Object{"contact": "#shop"}, map[string][]any{
		"contact": append([]any{tooLong}, badLines...), "role": append([]any{"boss", "admin", nil}, noText...), "applications": append([]any{[]any{""}, []any{"a\nb"}}, noList...),
		"labels": append([]any{[]any{" "}}, noList...), "groups": append([]any{[]any{7}}, noList...), "people": append([]any{[]any{"nobody"}}, noList...),
	}},
	"putRole": {testbroker.Object{"actions": []string{"read"}}, map[string][]any{"description": append([]any{tooLong}, badLines...), "actions": append([]any{nil, []any{}, []any{"party"}, []any{"public"}}, noList...)}},
	"createUser": {testbroker.Object{"name": "jo"}, map[string][]any{
		"name": append([]any{"", nil, tooLong, " ", "a b", "a:b"}, badLines...), "role": append([]any{"boss", nil}, noText...), "password": append([]any{"", "short", tooLong}, noText...),
		"applications": append([]any{[]any{""}, []any{7}, []any{"a\x00b"}}, noList...), "labels": append([]any{[]any{" "}, []any{"a\nb"}}, noList...),
	}},
	"updateUser":      {testbroker.Object{"role": "viewer"}, map[string][]any{"role": append([]any{"boss", nil}, noText...), "labels": append([]any{[]any{" "}}, noList...)}},
	"setUserPassword": {testbroker.Object{}, map[string][]any{"password": append([]any{"", "short", tooLong}, noText...)}},
	"disableUser":     nil, "enableUser": nil,
	"renameApplication": {testbroker.Object{"name": "Shop"}, map[string][]any{"name": append([]any{"..", "Api"}, requiredNames...)}},
	"mergeApplication":  {testbroker.Object{"into": "Api"}, map[string][]any{"into": append([]any{"Web"}, requiredNames...), "on_clash": append([]any{"party", "look"}, noText...)}},
	"askVerdict":        {testbroker.Object{}, map[string][]any{"selectors": append([]any{[]any{7}, []any{testbroker.Object{"pacticipant": 7}}}, noList...)}},
	"markExternal":      {testbroker.Object{}, map[string][]any{"reason": noText, "since": append([]any{"yesterday"}, noText...)}},
}

var pactTable = writeTable{testbroker.Object{"consumer": testbroker.Object{"name": "Web"}, "provider": testbroker.Object{"name": "Api"}, "interactions": []any{}}, map[string][]any{
	"consumer": {nil}, "provider": {nil}, "consumer.name": {"Another", ""}, "provider.name": {"Another", ""},
}}

var ruleTable = writeTable{trustRule, map[string][]any{
	"name": append([]any{"", nil, tooLong, " "}, badLines...), "issuer": append([]any{"", nil, "ci", "http://ci.example", "file:///etc"}, badLines...),
	"audience": append([]any{"", nil, " "}, badLines...), "role": append([]any{"boss", "", nil}, noText...), "applications": append([]any{[]any{""}, []any{"a\nb"}}, noList...),
	"labels": append([]any{[]any{" "}}, noList...), "claims": {nil, "x", []any{}, testbroker.Object{}, testbroker.Object{"sub": "x"}, testbroker.Object{"sub": []any{"*"}}, testbroker.Object{"sub": []any{7}}},
}}

var detailedWebhookTable = writeTable{
	testbroker.Object{"events": []any{"contract_published"}, "request": testbroker.Object{"method": "POST", "url": "https://example.org"}},
	map[string][]any{
		"description": append([]any{tooLong}, badTexts...), "enabled": []any{7, "yes", nil},
		"events": append([]any{[]any{}, []any{7}, []any{"party"}}, noList...), "filter": append([]any{testbroker.Object{"branches": "main"}, testbroker.Object{"consumers": []any{7}}}, noObject...),
		"request": append([]any{nil, testbroker.Object{}}, noObject...), "request.method": append([]any{"PARTY"}, noText...), "request.url": append([]any{"", "no address", "a\x00b"}, noText...),
	},
}

// with copies a JSON value, with the value at the path replaced.
func with(t *testing.T, good any, path string, value any) any {
	t.Helper()
	text, err := json.Marshal(good)
	require.NoError(t, err)
	var copied any
	require.NoError(t, json.Unmarshal(text, &copied))
	steps := strings.Split(path, ".")
	at := copied
	for i, step := range steps {
		last := i == len(steps)-1
		if list, isList := at.([]any); isList {
			n, err := strconv.Atoi(step)
			require.NoError(t, err)
			at = list[n]
			continue
		}
		if last {
			at.(testbroker.Object)[step] = value
			break
		}
		at = at.(testbroker.Object)[step]
	}
	return copied
}

// written are the routes that change something, with an address at which all
// names exist.
func written(t *testing.T, b *testbroker.Broker) map[string]write {
	t.Helper()
	things := thingsOf(b)
	uuids := uuidsOf(b)
	all := map[string]write{}
	for _, route := range append((&api.API{}).Routes(), (&v1.API{}).Routes()...) {
		if route.Method == http.MethodGet {
			continue
		}
		address := parameter.ReplaceAllStringFunc(route.Path, func(name string) string {
			if name == ":uuid" {
				return uuids(route.Path)
			}
			require.Contains(t, things, name[1:], route.Path)
			return things[name[1:]]
		})
		all[route.Operation] = write{route, address}
	}
	return all
}

type write struct {
	edge.Route
	address string
}

// media is a type of body that the route takes.
func (w write) media() string {
	if w.Accepts[0] == edge.AnyJSON {
		return edge.JSON
	}
	return w.Accepts[0]
}

// uuidsOf makes what is known by its UUID, and tells the one for a path.
func uuidsOf(b *testbroker.Broker) func(path string) string {
	environment := b.Environment("test")
	deployed, released := b.Deploy("Web", "1", "test"), b.Release("Web", "1", "test")
	webhook := b.Post("/webhooks", webhookTable.good).OK(http.StatusCreated).Link("self")
	last := func(address string) string { return address[strings.LastIndex(address, "/")+1:] }
	return func(path string) string {
		switch {
		case strings.Contains(path, "/deployed-versions/:"):
			return last(deployed)
		case strings.Contains(path, "/released-versions/:"):
			return last(released)
		case strings.Contains(path, "deliver"):
			return "nobody"
		case strings.Contains(path, "webhooks"):
			return last(webhook)
		default:
			return environment
		}
	}
}

func TestWrites_refuseBadValuesOfEveryField(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		writes := written(t, b)
		before := rowsOf(t, b)
		for operation, w := range writes {
			if len(w.Accepts) == 0 {
				continue
			}
			require.Contains(t, writeTables, operation, "every write that takes a body needs a table of what can be wrong with it")
			table := writeTables[operation]
			if table == nil {
				continue
			}
			for field, values := range table.fields {
				name := field[strings.LastIndex(field, ".")+1:]
				for _, value := range values {
					answer := b.Do(w.Method, w.address, with(t, table.good, field, value), testbroker.ContentType(w.media()))
					if answer.Status < 400 || answer.Status >= 500 {
						t.Errorf("%s with %s = %.60q answered %d", operation, field, value, answer.Status)
						continue
					}
					if !strings.Contains(string(answer.Body), name) {
						t.Errorf("%s with %s = %.60q names no field: %d %.200s", operation, field, value, answer.Status, answer.Body)
					}
				}
			}
		}
		require.Equal(t, before, rowsOf(t, b), "nothing was written")
	})
}
