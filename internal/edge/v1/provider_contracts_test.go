package v1_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const ordersDocument = `openapi: 3.0.3
info: {title: Orders, version: "1"}
paths:
  /orders/{id}:
    get:
      responses:
        "200":
          description: An order.
          content:
            application/json:
              schema:
                type: object
                required: [id, state, note]
                properties: {id: {type: integer}, state: {type: string}, note: {type: string}}
  /orders:
    get: {responses: {"200": {description: ok}}}
`

// reading is a pact that reads a member of an order.
func reading(member string, value any) testbroker.Object {
	return testbroker.Object{"interactions": []any{testbroker.Object{
		"description": "an order", "request": testbroker.Object{"method": "GET", "path": "/orders/7"},
		"response": testbroker.Object{"status": 200, "headers": testbroker.Object{"Content-Type": "application/json"}, "body": testbroker.Object{member: value}},
	}}}
}

func publishContract(b *testbroker.Broker, version, document string) {
	b.Post("/provider-contracts/provider/Orders/publish", testbroker.Object{"pacticipantVersionNumber": version, "branch": "main", "contract": testbroker.Object{
		"content": encoded(document), "selfVerificationResults": testbroker.Object{"success": true, "verifier": "schemathesis", "verifierVersion": "4"},
	}}).OK()
}

func encoded(document string) string { return base64.StdEncoding.EncodeToString([]byte(document)) }

// changesByMeaning are the paths of the changes by what they mean.
func changesByMeaning(r testbroker.Response) map[string][]string {
	found := map[string][]string{}
	for _, item := range r.Find("items").([]any) {
		change := item.(map[string]any)
		found[change["meaning"].(string)] = append(found[change["meaning"].(string)], change["path"].(string))
	}
	return found
}

func TestDocumentChanges_sayWhomTheyBreak(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").Saying(reading("state", "new")).With("Orders").DeployedTo("production")
		b.Pact("App", "1").Branch("main").Saying(reading("id", 7)).With("Orders")
		publishContract(b, "1", ordersDocument)
		// Nobody calls /orders, Web reads the state, nobody reads the note.
		withoutList := strings.Replace(ordersDocument, "  /orders:\n    get: {responses: {\"200\": {description: ok}}}\n", "", 1)
		withoutState := strings.NewReplacer("id, state, note]", "id, note]", "state: {type: string}, ", "").Replace(ordersDocument)
		withoutNote := strings.NewReplacer("id, state, note]", "id, state]", ", note: {type: string}", "").Replace(ordersDocument)
		publishContract(b, "2", withoutList)

		published := b.Get("/api/v1/providers/Orders/contracts/1/changes/2").OK()
		require.Equal(t, map[string][]string{"used_by_nobody_known": {"/orders"}}, changesByMeaning(published))
		require.Equal(t, "breaking", published.Text("items", 0, "level"))
		require.Equal(t, "2", published.Text("to", "version"))
		require.Len(t, published.Find("consumers"), 2)

		check := func(document string) testbroker.Response {
			return b.Post("/api/v1/providers/Orders/contracts/check", testbroker.Object{"content": encoded(document), "compare_with_version": "1"}).OK()
		}
		breaks := check(withoutState)
		require.Contains(t, changesByMeaning(breaks), "breaks_consumers")
		require.Equal(t, "Web", breaks.Text("items", 0, "breaks", 0, "consumer"))
		require.Equal(t, "production", breaks.Text("items", 0, "breaks", 0, "environments", 0))
		require.Nil(t, breaks.Find("to"))
		require.Len(t, breaks.Find("items", 0, "used_by"), 1, "App does not read the state")
		require.Equal(t, "breaks_consumers", breaks.Text("meaning"))
		require.Equal(t, map[string]any{"App": "compatible_without_evidence", "Web": "incompatible"}, outcomes(breaks, "outcome"))
		require.Equal(t, map[string]any{"App": "compatible_without_evidence", "Web": "compatible_without_evidence"}, outcomes(breaks, "outcome_before"))
		nobody := check(withoutNote)
		require.Equal(t, map[string][]string{"used_by_nobody_known": {"/orders/{id}"}}, changesByMeaning(nobody))
		require.Equal(t, "breaks_nobody_known", nobody.Text("meaning"))
		require.Empty(t, check(ordersDocument).Find("items"))

		// Nothing was kept.
		require.Len(t, b.Get("/api/v1/providers/Orders/contracts").OK().Find("items"), 2)

		require.NotNil(t, check("asyncapi: 3.0.0\nchannels: {}\n").Find("unlisted_because"))
		b.Post("/api/v1/providers/Orders/contracts/check", testbroker.Object{"content": encoded("hello")}).OK(422)
		b.Post("/api/v1/providers/Orders/contracts/check", testbroker.Object{"content": "%"}).OK(400)
		b.Post("/api/v1/providers/Nobody/contracts/check", testbroker.Object{"content": encoded(ordersDocument)}).OK(404)
		b.Get("/api/v1/providers/Orders/contracts/1/changes/3").OK(404)
		b.Get("/api/v1/providers/Orders/contracts/1/changes/2?cursor=x").OK(400)
	})
}

// outcomes are those of the consumers, by name.
func outcomes(r testbroker.Response, member string) map[string]any {
	found := map[string]any{}
	for _, item := range r.Find("consumers").([]any) {
		consumer := item.(map[string]any)
		found[consumer["consumer"].(string)] = consumer[member]
	}
	return found
}

// document describes one path, by which consumers are told apart.
func document(path string) string {
	return "openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths:\n  " + path + ":\n    get: {responses: {'200': {description: ok}}}\n"
}

func calling(path string) testbroker.Object {
	return testbroker.Object{"interactions": []any{testbroker.Object{"description": "a call", "request": testbroker.Object{"method": "GET", "path": path}, "response": testbroker.Object{"status": 200}}}}
}

// publishTogether publishes several contracts of a version.
func publishTogether(b *testbroker.Broker, version, branch string, documents map[string]string) {
	var contracts []any
	for name, document := range documents {
		contracts = append(contracts, testbroker.Object{"name": name, "content": encoded(document), "selfVerificationResults": testbroker.Object{"success": true}})
	}
	b.Post("/provider-contracts/provider/Orders/publish-contracts", testbroker.Object{"pacticipantVersionNumber": version, "branch": branch, "contracts": contracts}).OK()
}

func TestDocumentChanges_countTheOtherContractsOfTheVersion(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").Branch("main").Saying(calling("/orders")).With("Orders")
		b.Pact("App", "1").Branch("main").Saying(calling("/stock")).With("Orders")
		publishTogether(b, "1", "main", map[string]string{"orders": document("/orders"), "stock": document("/stock")})
		publishTogether(b, "2", "main", map[string]string{"orders": document("/new"), "stock": document("/stock")})

		changes := b.Get("/api/v1/providers/Orders/contracts/1/changes/2?name=orders").OK()
		require.Equal(t, map[string]any{"App": "compatible_without_evidence", "Web": "incompatible"}, outcomes(changes, "outcome"), "the other contract describes what App calls")
		require.Equal(t, []any{"stock"}, changes.Find("together_with"))
		require.Equal(t, "Web", changes.Text("items", 0, "breaks", 0, "consumer"))
		require.Len(t, changes.Find("items", 0, "breaks"), 1)

		several := b.Get("/api/v1/providers/Orders/contracts/1/changes/2").OK(404)
		require.Contains(t, several.Text("detail"), "orders, stock")
		require.Contains(t, b.Get("/api/v1/providers/Orders/contracts/1/changes/2?name=Stock").OK(404).Text("detail"), "orders, stock")

		check := func(name, document string) testbroker.Response {
			return b.Post("/api/v1/providers/Orders/contracts/check", testbroker.Object{"content": encoded(document), "name": name, "compare_with_version": "1"}).OK()
		}
		kept := check("orders", document("/orders"))
		require.Equal(t, "breaks_nobody_known", kept.Text("meaning"))
		require.Equal(t, []any{"stock"}, kept.Find("together_with"))
		require.Equal(t, map[string]any{"App": "incompatible", "Web": "compatible_without_evidence"}, outcomes(check("stock", document("/store")), "outcome"))
		further := check("returns", document("/returns"))
		require.Nil(t, further.Find("from"), "a name that is not there yet")
		require.Equal(t, "breaks_nobody_known", further.Text("meaning"))
		require.Equal(t, []any{"orders", "stock"}, further.Find("together_with"))
	})
}

func TestDocumentChanges_sayWhomAFirstDocumentBreaks(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").Branch("main").Saying(calling("/orders")).With("Orders")
		b.Pact("App", "1").Branch("main").Saying(calling("/stock")).With("Orders")
		check := func(body testbroker.Object) testbroker.Response {
			return b.Post("/api/v1/providers/Orders/contracts/check", body)
		}
		first := check(testbroker.Object{"content": encoded(document("/orders"))}).OK()
		require.Nil(t, first.Find("from"))
		require.Empty(t, first.Find("items"))
		require.Equal(t, "breaks_consumers", first.Text("meaning"))
		require.Equal(t, map[string]any{"App": "incompatible", "Web": "compatible_without_evidence"}, outcomes(first, "outcome"))
		require.Equal(t, map[string]any{"App": nil, "Web": nil}, outcomes(first, "outcome_before"))
		check(testbroker.Object{"content": encoded(document("/orders")), "compare_with_version": "1"}).OK(404)
	})
}

func TestDocumentChanges_compareWithWhatMatters(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		from := func() string {
			return b.Post("/api/v1/providers/Orders/contracts/check", testbroker.Object{"content": encoded(document("/x"))}).OK().Text("from", "version")
		}
		publishTogether(b, "1", "topic", map[string]string{"default": document("/1")})
		publishTogether(b, "2", "topic", map[string]string{"default": document("/2")})
		require.Equal(t, "2", from(), "the newest, if nothing else is known")
		b.Deploy("Orders", "1", "test")
		require.Equal(t, "1", from(), "what is deployed")
		publishTogether(b, "3", "main", map[string]string{"default": document("/3")})
		publishTogether(b, "4", "topic", map[string]string{"default": document("/4")})
		require.Equal(t, "3", from(), "the main branch")
	})
}

// What cannot be compared is not known; it is not well.
func TestDocumentChanges_sayWhatIsNotKnown(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").Branch("main").Saying(testbroker.Object{"interactions": []any{testbroker.Object{"description": "no status", "request": testbroker.Object{"method": "GET", "path": "/orders"}, "response": testbroker.Object{}}}}).With("Orders")
		publishContract(b, "1", document("/orders"))
		checked := b.Post("/api/v1/providers/Orders/contracts/check", testbroker.Object{"content": encoded(document("/stock"))}).OK()
		require.Equal(t, map[string]any{"Web": "not_comparable"}, outcomes(checked, "outcome"))
		require.NotEmpty(t, checked.Text("consumers", 0, "reason"))
		require.Equal(t, "not_known", checked.Text("meaning"))
		require.Equal(t, map[string][]string{"not_known": {"/orders"}, "harmless": {"/stock"}}, changesByMeaning(checked))
	})
}

// What differs too much is not listed, and said at once; whom it breaks is told.
func TestDocumentChanges_sayWhenTooMuchDiffers(t *testing.T) {
	b := testbroker.New(t)
	b.Pact("Web", "1").Branch("main").Saying(calling("/p7/x")).With("Orders")
	many := func(end string) string {
		var text strings.Builder
		text.WriteString("openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths:\n")
		for i := range 700 {
			fmt.Fprintf(&text, "  /p%d/%s:\n    get: {responses: {'200': {description: ok}}}\n", i, end)
		}
		return text.String()
	}
	publishContract(b, "1", many("x"))
	publishContract(b, "2", many("y"))
	changes := b.Get("/api/v1/providers/Orders/contracts/1/changes/2").OK()
	require.Contains(t, changes.Text("unlisted_because"), "Too much differs")
	require.Equal(t, "breaks_consumers", changes.Text("meaning"))
	require.Equal(t, map[string]any{"Web": "incompatible"}, outcomes(changes, "outcome"))
}

func TestProviderContracts_areListedAndFetched(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		publishContract(b, "1", ordersDocument)
		publishContract(b, "2", `{"openapi": "3.0.3", "paths": {}}`)
		b.Deploy("Orders", "1", "production")

		first := b.Get("/api/v1/providers/Orders/contracts?limit=1").OK()
		require.Equal(t, "2", first.Text("items", 0, "version"))
		require.Equal(t, "schemathesis 4", first.Text("items", 0, "contracts", 0, "verifier"))
		rest := b.Get("/api/v1/providers/Orders/contracts?cursor=" + first.Text("next_cursor")).OK()
		require.Equal(t, "1", rest.Text("items", 0, "version"))
		require.Nil(t, rest.Find("next_cursor"))
		b.Get("/api/v1/providers/Nobody/contracts").OK(404)
		b.Get("/api/v1/providers/Orders/contracts?limit=0").OK(400)

		for query, version := range map[string]string{"": "2", "?version=1": "1", "?environment=production": "1", "?branch=main": "2", "?name=default": "2"} {
			fetched := b.Get("/api/v1/providers/Orders/document" + query).OK()
			require.Equal(t, version, fetched.Header.Get("X-Provider-Version"), query)
		}
		require.Equal(t, ordersDocument, string(b.Get("/api/v1/providers/Orders/document?version=1").OK().Body))
		require.Equal(t, "application/json;charset=utf-8", b.Get("/api/v1/providers/Orders/document", testbroker.Accept("*/*")).OK().Header.Get("Content-Type"))
		b.Get("/api/v1/providers/Orders/document?tag=none").OK(404)
	})
}
