package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// published is the page of a contract of a kind, before anybody has verified it.
func published(t *testing.T, b *testbroker.Broker, kind string) (path string, page element) {
	t.Helper()
	path = b.OfKind(kind).Path()
	return path, visited(t, b, path)
}

// saidOf is what the page says of the interaction with a description.
func saidOf(t *testing.T, page element, description string) string {
	t.Helper()
	for _, i := range page.all("details", "class", "card ia") {
		if strings.HasPrefix(i.one(t, "b").text(), description+",") || strings.HasPrefix(i.one(t, "b").text(), description+" ,") {
			return i.text()
		}
	}
	require.Failf(t, "not on the page", "%s in %s", description, page.text())
	return ""
}

// A contract of each version and kind is told whole: what is asked for, which rules hold
// where, and what its author has added.
func TestShowContract_tellsContractsOfEachKind(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for kind, interactions := range map[string]map[string][]string{
			"v2": {"a request for an order": {
				`GET /orders/1 matches ^\/orders\/\d+$`, "?expand lines ?lang en", "The whole query matches expand=lines&lang=[a-z]{2}", `Accept application/json matches application\/(hal\+)?json`,
				`"id" : 1, any number`, `"state" : "open", matches open|paid|sent`, `"lines" : [ at least 1, each like this`, `"sku" : "MUG-2", any text`,
			}, "a request for an order that does not exist": {"404", "Content-Type text/plain", "There is no such order. Look at your orders."}},
			"v3": {"a search for orders": {
				`given orders of a customer {"customer":"c-7","count":3} and the clock is set`, `GET /customers/c-7/orders matches /customers/[a-z]-\d+/orders filled in by the provider: /customers/${customerId}/orders`,
				"?page 2 any whole number ?state[] open matches open|sent ?state[] paid", "any text made anew: a UUID", "200 any whole number", `"share" : 0.25, any decimal number`, `"next" : null, nothing`, `"exact" : "as it is", exactly this`,
				`"contains" : "a red mug", contains mug`, `"day" : "2026-11-29", a date like yyyy-MM-dd made anew: a date like yyyy-MM-dd`, `"time" : "12:30:00", a time like HH:mm:ss`, `a date and time like yyyy-MM-dd'T'HH:mm:ssX`,
				`"either" : 1, any whole number or nothing`, `"orders" : { any keys, each value like this`, `"tags" : [ 1 to 5, each like this`, `made anew: hexadecimal digits, 4 long`, `filled in by the provider: ${session}`,
			}},
			"v3-message": {"an order was paid": {`topic orders.paid matches orders\..*`, "key 7 any value of this kind filled in by the provider: ${orderId}", `"orderId" : "7", matches \d+`}},
			"v4": {
				"all links of an order": {
					"Pending", "Any link may be missing.", "<b>Not</b> a heading: # links", "Test OrderLinksTest.all", `references { "Jira": "SHOP-12" }`, "Key 7a3c5e1f", "each key matches [a-z]{2} and each value any value of this kind",
					"each value any decimal number", `"version" : "1.2.0", a version number`, `"name" : "mug" anything but nothing`, "201 any from 200 to 299", `"links" : [ has these in any order`, `"href" : "/orders/1" matches /orders/\d+`, `"href" : "/orders/1/payment" contains payment made anew: an address of the server`,
				},
				"a picture of an order was taken": {"image/png · 70 bytes content of type image/png", "0000 : 89 50 4e 47 0d 0a 1a 0a .PNG....", "order 1 any whole number"},
				"a quote for an order":            {"Synchronous message", "Answers come one after the other.", "Test quotes", "Transport http", "Request queue quotes", `"amount" : 2 any whole number`, `Response 1 of 2 { "state" : "looking" }`, `Response 2 of 2 final true true or false`, `"price" : 25 any number`},
				"orders asked for in GraphQL":     {`GraphQL query matches query\s+Orders[\s\S]*`, "query Orders($first: Int!, $state: State = OPEN) { orders(first: $first, state: $state) { ...Head lines @include(if: true) { sku amount }", "Operation name", `"Orders"`, `Variables { "first" : 10 any whole number }`},
			},
			"v4-plugin": {
				"calculate the area of a rectangle": {
					"protobuf, service Calculator/calculate", "Transport grpc", "message Rectangle rectangle = 4; // <script>alert(1)</script>", "<img src=x onerror=alert(1)> [here](javascript:alert(1))", "application/protobuf;message=ShapeMessage · 12 bytes",
					`0000 : 22 0a 0d 00 00 40 40 15 "....@@.`, "$.rectangle.length any number", "grpc-status OK", "$.value any number",
				},
				"a report as CSV": {"text/csv;charset=UTF-8 Name,Area,Day rectangle,12,2026-11-29", "column:Area any number", "column:Day a date like yyyy-MM-dd"},
			},
		} {
			_, page := published(t, b, kind)
			for description, texts := range interactions {
				said := saidOf(t, page, description)
				for _, text := range texts {
					require.Contains(t, said, text, "%s, %s", kind, description)
				}
			}
			require.Empty(t, page.one(t, "main").all("img"))
		}
		plugins := visited(t, b, "/pacts/provider/area-calculator/consumer/drawing/version/1")
		require.Contains(t, plugins.one(t, "div", "class", "details").text(), "needs the plugin protobuf 0.3.15 needs the plugin csv 0.0.6")
		require.Contains(t, plugins.one(t, "section", "aria-labelledby", "plugins").text(), "rpc calculate (ShapeMessage) returns (AreaResponse) {}")
	})
}

// Paths that a rule leaves open, and paths that meet the rule, are one endpoint.
func TestShowContract_groupsByTheRuleForThePath(t *testing.T) {
	b := testbroker.New(t)
	_, page := published(t, b, "v2")
	var headings []string
	for _, group := range page.all("section", "class", "group") {
		headings = append(headings, group.one(t, "h2").text())
	}
	require.Equal(t, []string{`GET /orders/{…} matches ^\/orders\/\d+$ 3 interactions`}, headings)
	require.Contains(t, page.one(t, "nav", "class", "toc").one(t, "ul").text(), "GET /orders/{…}")
}

// A failure stands beside what was expected, in whatever kind of interaction.
func TestShowContract_showsFailuresBesideWhatWasExpected(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		mismatch := func(attribute, identifier, description string) testbroker.Object {
			return testbroker.Object{"attribute": attribute, "identifier": identifier, "description": description}
		}
		for kind, c := range map[string]struct {
			description string
			found       []any
			rows        []string
		}{
			"v2": {"a request for an order", []any{mismatch("status", "", "it was 404"), mismatch("body", "$.state", "it was 'gone'"), mismatch("body", "$.lines", "it was empty"), mismatch("header", "content-type", "there was none"), mismatch("speed", "", "too slow")},
				[]string{"Status 200 it was 404", `Body $.state "open" matches open|paid|sent it was 'gone'`, "Body $.lines a list at least 1, each like this it was empty", "Header content-type application/json;charset=utf-8 matches application/json.* there was none", "Speed – too slow"}},
			"v3-message": {"an order was paid", []any{mismatch("metadata", "topic", "it was 'x'"), mismatch("body", "$.orderId", "it was 'x'")}, []string{`Metadata topic orders.paid matches orders\..* it was 'x'`, `Body $.orderId "7" matches \d+ it was 'x'`}},
			"v4":         {"a quote for an order", []any{mismatch("body", "$.price", "it was 'x'")}, []string{"Body $.price 25 any number it was 'x'"}},
			"v4-plugin":  {"calculate the area of a rectangle", []any{mismatch("body", "$.value", "it was 'x'"), "no answer"}, []string{"Body $.value any number it was 'x'"}},
		} {
			path, _ := published(t, b, kind)
			pact := b.Get(path).OK(http.StatusOK)
			b.Post(pact.Link("pb:publish-verification-results"), testbroker.Object{"success": false, "providerApplicationVersion": "7", "testResults": testbroker.Object{"tests": []any{
				testbroker.Object{"interactionDescription": c.description, "status": "failed", "mismatches": c.found}, testbroker.Object{"interactionDescription": "of nobody", "status": "failed"},
			}}}).OK(http.StatusCreated)
			page := visited(t, b, path)
			failed := page.all("div", "class", "fail")
			require.Len(t, failed, 1, kind)
			var rows []string
			for _, row := range failed[0].one(t, "tbody").all("tr") {
				rows = append(rows, row.text())
			}
			require.Equal(t, c.rows, rows, kind)
			require.Contains(t, failed[0].text(), "Failed with")
			require.Equal(t, kind == "v4-plugin", strings.Contains(failed[0].text(), "The verifier says: no answer"))
			require.Contains(t, page.text(), "The result also names failures that are in no interaction of this contract: of nobody")
			require.Len(t, visited(t, b, path+"?show=failed").all("details", "class", "card ia"), 1, kind)
		}
	})
}

// Who fails without a word is said to have done so, with the build that may say more.
func TestShowContract_saysThatAFailureHasNoDetails(t *testing.T) {
	b := testbroker.New(t)
	path, _ := published(t, b, "v2")
	pact := b.Get(path).OK(http.StatusOK)
	b.Post(pact.Link("pb:publish-verification-results"), testbroker.Object{"success": false, "providerApplicationVersion": "7", "buildUrl": "https://ci.example/7", "testResults": testbroker.Object{"tests": []any{
		testbroker.Object{"interactionDescription": "a request for an order", "status": "failed", "mismatches": []any{}},
	}}}).OK(http.StatusCreated)
	failed := visited(t, b, path).one(t, "div", "class", "fail")
	require.Contains(t, failed.text(), "The result does not say what did not match; its build may.")
	require.Equal(t, "https://ci.example/7", failed.with(t, "a", "its build").is("href"))
	require.Empty(t, failed.all("table"))
}

// ordered is a contract about an order with a rule for its id.
func ordered(rule testbroker.Object, more ...string) testbroker.Object {
	list := []any{testbroker.Object{"description": "an order", "request": testbroker.Object{"method": "GET", "path": "/orders/1"},
		"response": testbroker.Object{"status": 200, "body": testbroker.Object{"id": 1}, "matchingRules": testbroker.Object{"body": testbroker.Object{"$.id": testbroker.Object{"combine": "AND", "matchers": []any{rule}}}}}}}
	for _, description := range more {
		list = append(list, testbroker.Object{"description": description, "request": testbroker.Object{"method": "GET", "path": "/" + description}, "response": testbroker.Object{"status": 200}})
	}
	return testbroker.Object{"interactions": list, "metadata": testbroker.Object{"pactSpecification": testbroker.Object{"version": "3.0.0"}}}
}

// The versions of a contract are listed with what each carries, and any two of them are
// compared: from the list, and from the page of the contract.
func TestContractVersions_areListedAndCompared(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("prod")
		anything, whole := testbroker.Object{"match": "type"}, testbroker.Object{"match": "integer"}
		b.Pact("Web", "1").Branch("main").Saying(ordered(anything)).With("Stock").VerifiedBy("7").DeployedTo("prod")
		b.Pact("Web", "2 <i>").Tags("rc").Saying(ordered(anything)).With("Stock")
		b.Pact("Web", "3").Branch("feat").Saying(ordered(whole)).With("Stock").FailedBy("8")
		b.Pact("Web", "4").Saying(ordered(whole, "more")).With("Stock")

		const list = "/pacts/provider/Stock/consumer/Web/versions"
		page := visited(t, b, list)
		var rows []string
		for _, row := range page.one(t, "tbody").all("tr") {
			rows = append(rows, strings.ReplaceAll(row.text(), " just now", ""))
		}
		require.Len(t, rows, 4)
		require.Regexp(t, `^4 – – [0-9a-f]{8} changes Never verified$`, rows[0])
		require.Regexp(t, `^3 feat – [0-9a-f]{8} changes Failed by 8$`, rows[1])
		require.Regexp(t, `^2 <i> rc rc – [0-9a-f]{8} as before Verified by 7$`, rows[2])
		require.Regexp(t, `^1 main prod [0-9a-f]{8} Verified by 7$`, rows[3])
		chosen := page.one(t, "form", "id", "list").form()
		require.Equal(t, []string{"3"}, chosen["from"])
		require.Equal(t, []string{"4"}, chosen["to"])

		led := b.Visit(list + "?from=2+%3Ci%3E&to=3").OK(http.StatusSeeOther).Header.Get("Location")
		require.Equal(t, "/pacts/provider/Stock/consumer/Web/version/3?from=2+%3Ci%3E#changes", led)
		compared := visited(t, b, strings.TrimSuffix(led, "#changes"))
		require.Equal(t, []demanded{{"Asks otherwise", "an order", "response rule for body $.id", "any value of this kind", "any whole number"}}, changesOn(t, compared))
		require.Contains(t, compared.one(t, "section", "aria-labelledby", "changes").text(), "Before, 2 <i>")

		back := visited(t, b, "/pacts/provider/Stock/consumer/Web/version/1?from=4")
		require.Equal(t, []demanded{{"Asks otherwise", "an order", "response rule for body $.id", "any whole number", "any value of this kind"}, {"Asks less", "more", "", "", "is gone"}}, changesOn(t, back))
		offered := back.one(t, "select", "id", "cmp")
		require.Equal(t, "4", offered.one(t, "option", "selected", "").is("value"))
		require.Contains(t, offered.text(), "2 <i> · rc · the same content")
		require.Contains(t, visited(t, b, "/pacts/provider/Stock/consumer/Web/version/3").one(t, "select", "id", "cmp").text(), "1 · main · in prod")
		require.Len(t, visited(t, b, "/pacts/provider/Stock/consumer/Web/version/4?show=changed").all("details", "class", "card ia"), 1)

		for _, wrong := range []string{"9", "%20", strings.Repeat("x", 300)} {
			require.Contains(t, string(b.Get("/pacts/provider/Stock/consumer/Web/version/1?from="+wrong, browser).OK(http.StatusBadRequest).Body), "from must be a version of Web that has published a contract with Stock", wrong)
		}
		require.Equal(t, list, visited(t, b, "/pacts/provider/Stock/consumer/Web/version/1").with(t, "a", "Versions").is("href"))
	})
}

// What is in a contract becomes no part of the page, wherever it stands.
func TestShowContract_takesNothingOfAContractForHTML(t *testing.T) {
	b := testbroker.New(t)
	const harm = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	var spoil func(value any) any
	spoil = func(value any) any {
		switch v := value.(type) {
		case testbroker.Object:
			spoilt := testbroker.Object{}
			for name, within := range v {
				if name == "consumer" || name == "provider" {
					continue
				}
				spoilt[name] = spoil(within)
				if name != "metadata" {
					spoilt[name+harm] = spoil(within)
				}
			}
			return spoilt
		case []any:
			list := make([]any, len(v))
			for i, within := range v {
				list[i] = spoil(within)
			}
			return list
		case string:
			if strings.Contains(v, "/") && !strings.Contains(v, " ") || v == "base64" || strings.HasSuffix(v, "=") {
				return v
			}
			return v + harm
		}
		return value
	}
	for n, kind := range testbroker.Kinds() {
		var content testbroker.Object
		require.NoError(t, json.Unmarshal(testbroker.OfKind(t, kind), &content))
		path := b.Pact(fmt.Sprintf("Web%d", n), "1").Saying(spoil(content)).With("Stock").Path()
		answer := b.Visit(path).OK(http.StatusOK)
		require.Empty(t, unharmed(answer), kind)
		require.Contains(t, string(answer.Body), "&lt;script&gt;")
		require.Empty(t, pageOf(t, answer).all("img"), kind)
	}
}
