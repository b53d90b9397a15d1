package client_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/testing/openapitest"
)

// saying is a call of a method with all that can be said.
type saying struct {
	method    string
	arguments []any
}

func with(method string, arguments ...any) saying { return saying{method, arguments} }

// name is what a thing in an address is called, which must be escaped.
const name = "a/b +c"

var (
	some      = []string{"x"}
	when      = time.Date(2026, 11, 21, 8, 54, 31, 0, time.UTC)
	later     = when.Add(time.Hour)
	no        = false
	unchanged = client.IfUnchanged(`W/"tag"`)
)

var (
	webhook = client.NewWebhook{
		Description: "d", Consumer: &client.WebhookSide{Name: "web"}, Provider: &client.WebhookSide{Label: "shop"}, Events: []string{"version_created"},
		Filter: client.EventFilter{Applications: some}, Format: client.Template, Enabled: &no,
		Request: client.WebhookRequest{Method: "POST", URL: "https://ci.example.org", Headers: map[string]string{"A": "b"}, Username: "u", Password: "p", Body: json.RawMessage(`{}`)},
	}
	trusted  = client.NewTrustRule{Name: "n", Issuer: "i", Audience: "a", Claims: map[string][]string{"c": some}, Role: "viewer", Applications: some, Labels: some, Teams: some}
	team     = client.NewTeam{Contact: "c", Role: "viewer", Applications: some, Labels: some, Groups: some, People: some}
	question = client.Question{Versions: []client.Version{{Application: "web", Version: "1"}}, Ignore: []client.Version{{Application: "x"}}, Target: client.Environment("production")}
	asked    = url.Values{
		"pacticipant": {"web"}, "version": {"1"}, "to": {"prod"}, "q[][pacticipant]": {"web"}, "latestby": {"cvp"}, "success": {"true"}, "limit": {"7"},
		"environment": {"production"}, "tag": {"t"}, "latest": {"true"}, "mainBranch": {"true"}, "ignore[]": {"x"},
	}
)

// operations are those of the contract with the method of the client for each.
var operations = map[string]saying{
	"listEvents":   with("Events", client.EventQuery{Types: []string{"version_created"}, Applications: some, Team: "t", Since: when, Until: later, Wait: time.Second}),
	"showAbout":    with("About"),
	"showRequest":  with("Request", name),
	"showVerdict":  with("VerdictFor", asked),
	"askVerdict":   with("Verdict", question),
	"showExternal": with("External", name), "markExternal": with("MarkExternal", name, client.NewExternal{Reason: "r", Since: when}, unchanged, client.IfNew()),
	"unmarkExternal": with("UnmarkExternal", name, unchanged),

	"listContractChanges": with("ContractChanges", name, name, "1", "2"), "showContractContent": with("ContractContent", name, name, "sha"),
	"listProviderContracts": with("ProviderContracts", name),
	"showProviderDocument":  with("ProviderDocument", name, client.DocumentQuery{Version: "1", Branch: "b", Tag: "t", Environment: "e", Name: "n"}),
	"listDocumentChanges":   with("DocumentChanges", name, "1", "2", "n"),
	"checkDocument":         with("CheckDocument", name, client.OfferedDocument{Content: []byte("openapi: 3.0.3\n"), Name: "n", CompareWithVersion: "1"}),

	"renameApplication": with("RenameApplication", name, "b"), "mergeApplication": with("MergeApplication", name, client.Merge{Into: "b", OnClash: client.NewestOnClash}),
	"listFormerNames": with("FormerNames", name), "deleteFormerName": with("DeleteFormerName", name, name),
	"v1ListBranches": with("Branches", name, client.Stale), "v1ShowBranch": with("Branch", name, name),
	"closeBranch": with("CloseBranch", name, name), "reopenBranch": with("ReopenBranch", name, name),
	"hearGitHub": with("HearGitHub", "delete", "sha256=0", []byte(`{}`)), "hearGitLab": with("HearGitLab", "token", []byte(`{}`)),

	"v1ListWebhooks":  with("Webhooks", client.WebhookQuery{Event: "version_created", Consumer: "a", Provider: "b", Team: "t"}),
	"v1CreateWebhook": with("CreateWebhook", webhook), "v1ShowWebhook": with("Webhook", name),
	"v1PutWebhook": with("PutWebhook", name, webhook, unchanged, client.IfNew()), "v1DeleteWebhook": with("DeleteWebhook", name, unchanged),
	"pauseWebhook": with("PauseWebhook", name), "resumeWebhook": with("ResumeWebhook", name),
	"addSigningKey": with("AddSigningKey", name, "whsec_x"), "removeSigningKey": with("RemoveSigningKey", name, name),
	"listDeliveries": with("Deliveries", client.DeliveryQuery{
		Webhook: "w", Event: "e", Application: "a", Team: "t", Consumer: "c", Provider: "p", Statuses: []string{client.GivenUp, client.Retrying}, Since: when, Until: later,
	}),
	"showDelivery": with("Delivery", name), "redeliver": with("Redeliver", name),
	"replayDeliveries": with("ReplayDeliveries", client.Replay{Since: when, Until: later, Status: client.GivenUp, Webhook: "w", Event: "e", Application: "a"}),
	"listSecrets":      with("Secrets", "t"), "putSecret": with("PutSecret", name, client.NewSecret{Value: "v", Description: "d", Hosts: some, Applications: some, Labels: some, Teams: some}), "deleteSecret": with("DeleteSecret", name),

	"listTokens":  with("Tokens", "t"),
	"createToken": with("CreateToken", client.NewToken{Name: "n", Owner: "o", Role: "viewer", Applications: some, Labels: some, Teams: some, ExpiresAt: &later}),
	"rotateToken": with("RotateToken", name, time.Hour), "revokeToken": with("RevokeToken", name),
	"exchangeToken": with("ExchangeToken", "jwt"), "tryTrustRules": with("TryTrustRules", "jwt"),
	"listTrustRules": with("TrustRules", "t"), "createTrustRule": with("CreateTrustRule", trusted),
	"putTrustRule": with("PutTrustRule", name, trusted), "deleteTrustRule": with("DeleteTrustRule", name),
	"listAudit": with("Audit", client.AuditQuery{
		OldestFirst: true, Actor: "a", Action: "createToken", Client: "c", Application: "a", Team: "t", RequestID: "r", Outcome: "done", Since: when, Until: later,
	}),

	"listTeams": with("Teams"), "showTeam": with("Team", name), "putTeam": with("PutTeam", name, team, unchanged, client.IfNew()), "deleteTeam": with("DeleteTeam", name, unchanged),
	"listRoles": with("Roles"), "putRole": with("PutRole", name, client.NewRole{Description: "d", Actions: some}), "deleteRole": with("DeleteRole", name),
	"showMe": with("Me"), "listUsers": with("Users", "t"),
	"createUser":  with("CreateUser", client.NewUser{Name: "ada", Password: "correct horse", Role: "viewer", Applications: some, Labels: some, Teams: some}),
	"updateUser":  with("UpdateUser", name, client.UserRights{Role: "viewer", Applications: some, Labels: some, Teams: some}),
	"disableUser": with("DisableUser", name), "enableUser": with("EnableUser", name), "setUserPassword": with("SetUserPassword", name, "correct horse"),
}

// composed are methods that stand on others.
var composed = []string{"Follow"}

// call calls the method and returns what it answers: a slice for a list.
func (s saying) call(t *testing.T, c *client.Client) (answer any, err error) {
	t.Helper()
	return s.callIn(t.Context(), t, c)
}

func (s saying) callIn(ctx context.Context, t *testing.T, c *client.Client) (answer any, err error) {
	t.Helper()
	method := reflect.ValueOf(c).MethodByName(s.method)
	require.True(t, method.IsValid(), "the client has no method %s", s.method)
	arguments := []reflect.Value{reflect.ValueOf(ctx)}
	for _, argument := range s.arguments {
		arguments = append(arguments, reflect.ValueOf(argument))
	}
	results := method.Call(arguments)
	last := results[len(results)-1]
	if last.Kind() == reflect.Func {
		for item, failure := range last.Seq2() {
			err, _ = failure.Interface().(error)
			return reflect.MakeSlice(reflect.SliceOf(item.Type()), 0, 0).Interface(), err
		}
	}
	err, _ = last.Interface().(error)
	if len(results) > 1 {
		answer = results[0].Interface()
	}
	return answer, err
}

// sends is the argument that becomes the body, if one has a type for that.
func (s saying) sends() any {
	for _, argument := range s.arguments {
		if kind := reflect.TypeOf(argument); kind.Kind() == reflect.Struct && kind != reflect.TypeFor[client.Condition]() {
			return argument
		}
	}
	return nil
}

// recorder answers with a failure, and keeps what it was asked.
type recorder struct {
	requests []*http.Request
	bodies   [][]byte
}

func (rec *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err) // the client of the test has gone
	}
	rec.requests, rec.bodies = append(rec.requests, r), append(rec.bodies, body)
	w.WriteHeader(http.StatusTeapot)
}

func TestClient_knowsEveryOperationOfTheContract(t *testing.T) {
	unused := maps.Clone(operations)
	for _, o := range openapitest.Operations() {
		if !strings.HasPrefix(o.Path, "/api/v1/") {
			continue
		}
		t.Run(o.ID, func(t *testing.T) {
			said, known := operations[o.ID]
			require.True(t, known, "the client has no method for %s %s", o.Method, o.Path)
			delete(unused, o.ID)
			checkOperation(t, o, said)
		})
	}
	require.Empty(t, slices.Collect(maps.Keys(unused)), "the contract knows no such operations")
}

// checkOperation calls the method for an operation, and holds what it sends and the types
// in which it answers against the contract.
func checkOperation(t *testing.T, o openapitest.Operation, said saying) {
	rec := &recorder{}
	server := httptest.NewServer(rec)
	defer server.Close()
	answers, err := said.call(t, &client.Client{BaseURL: server.URL, Token: "secret"})
	var problem *client.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, http.StatusTeapot, problem.Status)
	require.Len(t, rec.requests, 1)

	sent, body := rec.requests[0], rec.bodies[0]
	require.Equal(t, o.ID, openapitest.CheckRequest(t, sent, body))
	require.Subset(t, saidIn(sent.URL.Query()), without(o.Parameters(openapi3.ParameterInQuery), "limit", "cursor"), "the query")
	for _, header := range without(o.Parameters(openapi3.ParameterInHeader), "Last-Event-ID") {
		require.NotEmpty(t, sent.Header.Get(header), header)
	}
	sends := said.sends()
	if sends == nil && len(o.BodyProperties()) > 0 {
		var object map[string]any
		require.NoError(t, json.Unmarshal(body, &object))
		require.Equal(t, o.BodyProperties(), slices.Sorted(maps.Keys(object)), "the body")
	}
	openapitest.CheckTypes(t, o.ID, sends, answers)
}

// saidIn names the parameters of a query, without what stands in brackets.
func saidIn(query url.Values) []string {
	var names []string
	for name := range query {
		name, _, _ = strings.Cut(name, "[")
		names = append(names, name)
	}
	return names
}

func without(names []string, others ...string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(others, name) })
}

// A method that nothing above calls would be checked by nothing.
func TestClient_hasNoMethodBesideTheContract(t *testing.T) {
	known := slices.Clone(composed)
	for _, said := range operations {
		known = append(known, said.method)
	}
	kind := reflect.TypeFor[*client.Client]()
	for i := range kind.NumMethod() {
		require.Contains(t, known, kind.Method(i).Name)
	}
}

func TestProblem_isWhatTheContractSays(t *testing.T) {
	openapitest.CheckType(t, "OwnProblem", client.Problem{})
}
