package v1_test

import (
	"encoding/base64"
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

func promise(b *testbroker.Broker, version, document string) {
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
		promise(b, "1", ordersDocument)
		// Nobody calls /orders, Web reads the state, nobody reads the note.
		withoutList := strings.Replace(ordersDocument, "  /orders:\n    get: {responses: {\"200\": {description: ok}}}\n", "", 1)
		withoutState := strings.NewReplacer("id, state, note]", "id, note]", "state: {type: string}, ", "").Replace(ordersDocument)
		withoutNote := strings.NewReplacer("id, state, note]", "id, state]", ", note: {type: string}", "").Replace(ordersDocument)
		promise(b, "2", withoutList)

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
		require.Len(t, breaks.Find("items", 0, "used_by"), 2)
		require.Contains(t, changesByMeaning(check(withoutNote)), "breaks_nobody_known")
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

func TestProviderContracts_areListedAndFetched(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		promise(b, "1", ordersDocument)
		promise(b, "2", `{"openapi": "3.0.3", "paths": {}}`)
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
