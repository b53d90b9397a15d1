package web_test

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestShowProviderContract_saysWhoUsesWhat(t *testing.T) {
	b := testbroker.New(t)
	document := "openapi: 3.0.3\npaths:\n  /orders:\n    get: {summary: All of them, responses: {200: {description: ok}}}\n  /stock:\n    get: {responses: {200: {description: ok}}}\n"
	call := func(status int) testbroker.Object {
		return testbroker.Object{"interactions": []any{testbroker.Object{"description": "all orders", "request": testbroker.Object{"method": "GET", "path": "/orders"}, "response": testbroker.Object{"status": status}}}}
	}
	b.Pact("Web", "1").Branch("main").Saying(call(200)).With("Orders")
	b.Pact("App", "1").Branch("main").Saying(call(404)).With("Orders")
	b.Post("/provider-contracts/provider/Orders/publish", testbroker.Object{"pacticipantVersionNumber": "9", "contract": testbroker.Object{
		"content": base64.StdEncoding.EncodeToString([]byte(document)), "selfVerificationResults": testbroker.Object{"success": true, "verifier": "<own>"},
	}}).OK()
	page := html.UnescapeString(read(b, "/contracts/provider/Orders/version/9"))
	for _, text := range []string{
		"GET /orders", "All of them", "Own tests pass", "<own>", "OpenAPI 3.0.3", "nobody known", ">Web</a>", ">App</a>", "Fails", "Works", "(line 4)",
		"/api/v1/providers/Orders/document?version=9&name=default",
	} {
		require.Contains(t, page, text)
	}
	b.Get("/contracts/provider/Orders/version/8", browser).OK(http.StatusNotFound)
}

func TestShowProviderContract_saysWhoReadsWhichMessages(t *testing.T) {
	b := testbroker.New(t)
	document := "asyncapi: 3.0.0\nchannels:\n  orders:\n    address: shop/orders\n    messages:\n      placed: {contentType: application/json, payload: {type: object, properties: {id: {type: integer, description: counts up}}}}\n" +
		"operations:\n  orderPlaced: {action: send, channel: {$ref: '#/channels/orders'}}\n  orderLost: {action: send, channel: {$ref: '#/channels/orders'}}\n"
	reading := func(id any) testbroker.Object {
		return testbroker.Object{"interactions": []any{testbroker.Object{"type": "Asynchronous/Messages", "description": "an order", "comments": testbroker.Object{"references": testbroker.Object{"AsyncAPI": testbroker.Object{"operationId": "orderPlaced"}}},
			"contents": testbroker.Object{"contentType": "application/json", "content": testbroker.Object{"id": id}}}}, "metadata": testbroker.Object{"pactSpecification": testbroker.Object{"version": "4.0"}}}
	}
	b.Pact("Web", "1").Branch("main").Saying(reading(7)).With("Orders")
	b.Pact("App", "1").Branch("main").Saying(reading("seven")).With("Orders")
	b.Post("/provider-contracts/provider/Orders/publish", testbroker.Object{"pacticipantVersionNumber": "9", "contract": testbroker.Object{
		"content": base64.StdEncoding.EncodeToString([]byte(document)), "specification": "asyncapi", "selfVerificationResults": testbroker.Object{"success": true},
	}}).OK()
	page := html.UnescapeString(read(b, "/contracts/provider/Orders/version/9"))
	for _, text := range []string{
		"SEND shop/orders", "<code>orderPlaced</code> · Fails for 1 of 2 pacts", "<code>orderLost</code> · Used by nobody known", "Message placed, application/json", "counts up", ">Web</a>", ">App</a>",
	} {
		require.Contains(t, page, text)
	}
	require.NotContains(t, html.UnescapeString(read(b, "/contracts/provider/Orders/version/9?q=LOST")), "<code>orderPlaced</code>")
}

// withProviderContract is a broker in which Web, in production, needs the total of an order
// that Orders has promised in version 1 and does not promise in version 2.
func withProviderContract(t *testing.T) (*testbroker.Broker, string) {
	b := testbroker.New(t)
	document := func(total string) string {
		return "openapi: 3.0.3\ninfo: {title: Orders, version: '1'}\npaths:\n  /orders/{id}:\n    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n    get:\n      summary: One of them\n" +
			"      responses:\n        '200':\n          description: ok\n          content:\n            application/json:\n              schema:\n                type: object\n                properties:\n" +
			total + "                  id: {type: integer}\n  /stock:\n    get: {responses: {'200': {description: ok}}}\n"
	}
	b.Pact("Web", "1").Branch("main").Saying(testbroker.Object{"interactions": []any{testbroker.Object{"description": "the total", "request": testbroker.Object{"method": "GET", "path": "/orders/42"},
		"response": testbroker.Object{"status": 200, "headers": testbroker.Object{"Content-Type": "application/json"}, "body": testbroker.Object{"total": 17.5}}}}}).With("Orders").DeployedTo("production")
	for i, content := range []string{document("                  total: {type: number, description: in euros}\n"), document("")} {
		b.Post("/provider-contracts/provider/Orders/publish", testbroker.Object{"pacticipantVersionNumber": fmt.Sprint(i + 1), "contract": testbroker.Object{
			"content": base64.StdEncoding.EncodeToString([]byte(content)), "selfVerificationResults": testbroker.Object{"success": true, "verifier": "own", "content": "<b>all 12 good</b>"},
		}}).OK()
	}
	return b, document("")
}

// sent sends a form as a browser does, and returns the page.
func sent(t *testing.T, b *testbroker.Broker, address string, status int, fields url.Values) string {
	answer := send(b, address, fields.Encode())
	require.Equal(t, status, answer.Code)
	return html.UnescapeString(answer.Body.String())
}

// said is what the API says at an address.
func said(b *testbroker.Broker, address string) string {
	return string(b.Get(address).OK(http.StatusOK).Body)
}

func TestShowProviderContract_showsSchemasEvidenceAndVersions(t *testing.T) {
	b, _ := withProviderContract(t)
	raw := read(b, "/contracts/provider/Orders/version/1")
	require.Contains(t, raw, "&lt;b&gt;all 12 good", "a report is shown as it is, and never run")
	page := html.UnescapeString(raw)
	for _, text := range []string{
		"Works for 1 pact", "Used by nobody known", `<span class="k">id in path</span> <span class="s">integer</span><span class="quiet">, required</span>`, `<span class="k">total</span> <span class="s">number</span>  <span class="quiet">in euros</span>`,
		"/contracts/provider/Orders/changes?from=1&to=2", "/compare?provider=Orders&provider_version=1",
	} {
		require.Contains(t, page, text)
	}
	require.Contains(t, html.UnescapeString(read(b, "/contracts/provider/Orders/version/2")), "Fails for 1 of 1 pact")
	filtered := read(b, "/contracts/provider/Orders/version/1?q=STOCK")
	require.Contains(t, filtered, "GET /stock")
	require.NotContains(t, filtered, "GET /orders")
	require.Contains(t, read(b, "/contracts/provider/Orders/version/1?q=nowhere"), "No operation fits")
}

func TestSearch_findsWhatProvidersPromise(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for i, path := range []string{"/orders/{id}", "/stock"} {
			b.Post("/provider-contracts/provider/Orders/publish", testbroker.Object{"pacticipantVersionNumber": fmt.Sprint(i + 1), "contract": testbroker.Object{
				"content": base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths:\n  " + path + ":\n    get: {responses: {'200': {description: ok}}}\n  /shops/{id}:\n    get: {responses: {'200': {description: ok}}}\n")),
			}}).OK()
		}
		for asked, found := range map[string]bool{"GET /shops/7": true, "/STOCK": true, "get": true, "POST /stock": false, "/orders": false} {
			page := html.UnescapeString(read(b, "/search?q="+url.QueryEscape(asked)))
			require.Equal(t, found, strings.Contains(page, "Promised operations"), asked)
			require.Equal(t, found, strings.Contains(page, "Orders promises it in version 2"), asked)
		}
		require.Contains(t, html.UnescapeString(read(b, "/search?q=/stock")), `href="/contracts/provider/Orders/version/2?q=%2Fstock"`)
	})
}

// What a comparison has found is a page, wherever it is linked, with the texts of both
// sides.
func TestShowCompared_saysWhatBothSidesSay(t *testing.T) {
	b, _ := withProviderContract(t)
	matrix := html.UnescapeString(read(b, "/matrix/provider/Orders/consumer/Web"))
	link := regexp.MustCompile(`<a class="small" href="([^"]*version/2/consumer/Web/[^"]*)">by comparison</a>`).FindStringSubmatch(matrix)
	require.NotNil(t, link, "the matrix leads to it")
	page := html.UnescapeString(read(b, link[1]))
	for _, text := range []string{
		"The pact needs something that the provider does not promise.", "1 error,", "the total", `{"total":17.5}`, "line 13", ">schema:</code>", "[root].interactions[0].response.body", "Own tests pass",
		`href="/pacts/provider/Orders/consumer/Web/version/1"`, `href="/contracts/provider/Orders/version/2"`, "?as=resource",
	} {
		require.Contains(t, page, text)
	}
	require.Contains(t, read(b, strings.Replace(link[1], "version/2/", "version/1/", 1)), "The provider promises everything that the pact needs")
	b.Get(strings.Replace(link[1], "version/2/", "version/3/", 1), browser).OK(http.StatusNotFound)
	require.NotEmpty(t, b.Get(link[1]).OK(http.StatusOK).Find("crossContractVerificationResults"), "programs get what they got")

	contract := html.UnescapeString(read(b, "/pacts/provider/Orders/consumer/Web/version/1"))
	require.NotContains(t, contract, "Nobody has verified this contract yet")
	require.Contains(t, contract, "Fails by comparison with what <bdi>Orders</bdi>")
	require.Contains(t, contract, `href="`+link[1]+`">what was found`)
	require.Contains(t, contract, "Nobody has verified it")
	b.Pact("Web", "0").Saying(calling("GET", "/stock")).With("Orders")
	require.Contains(t, html.UnescapeString(read(b, "/pacts/provider/Orders/consumer/Web/version/0")), "Nobody has verified this contract yet")
}

// calling is a pact with one call.
func calling(method, path string) testbroker.Object {
	return testbroker.Object{"interactions": []any{testbroker.Object{"description": "a call", "request": testbroker.Object{"method": method, "path": path}, "response": testbroker.Object{"status": 200}}}}
}

// Who merely takes HTML gets the pages at addresses where the API has none.
func TestPages_areForAllWhoTakeHTML(t *testing.T) {
	b, _ := withProviderContract(t)
	for _, address := range []string{"/compare", "/contracts/provider/Orders/version/1", "/contracts/provider/Orders/changes?from=1&to=2", "/search?q=x"} {
		require.Equal(t, "text/html;charset=utf-8", b.Get(address, testbroker.Accept("text/html")).OK(http.StatusOK).Header.Get("Content-Type"), address)
	}
	require.Contains(t, b.Get("/contracts/provider/Orders/version/1").OK(http.StatusOK).Header.Get("Content-Type"), "json")
	b.Get("/compare", testbroker.Accept("application/hal+json")).OK(http.StatusNotFound)
	for _, address := range []string{"/webhooks", "/environments", "/pacticipants/Orders"} {
		require.Equal(t, "text/html;charset=utf-8", b.Get(address, testbroker.Accept("text/html")).OK(http.StatusOK).Header.Get("Content-Type"), address)
		require.NotContains(t, b.Get(address).OK(http.StatusOK, http.StatusNotFound).Header.Get("Content-Type"), "html", address)
	}
	require.Contains(t, b.Get("/metrics", testbroker.Accept("text/html")).OK(http.StatusOK).Header.Get("Content-Type"), "json", "where there is no page, what there is")
	require.Contains(t, b.Visit("/metrics").OK(http.StatusOK).Header.Get("Content-Type"), "html")
	b.Get("/webhooks", testbroker.Accept("image/png")).OK(http.StatusNotAcceptable)
	b.Get("/pacticipants/Orders/labels/x", testbroker.Accept("text/html")).OK(http.StatusNotAcceptable)
}

func TestShowDocumentChanges_saysWhomTheyBreak(t *testing.T) {
	b, without := withProviderContract(t)
	const address = "/contracts/provider/Orders/changes"
	page := html.UnescapeString(read(b, address+"?from=1&to=2"))
	for _, text := range []string{"Breaks 1 pact in use", "in production", "Breaks these consumers", "the total", "total"} {
		require.Contains(t, page, text)
	}
	require.Contains(t, read(b, address+"?from=2&to=2"), "The two say the same")
	require.Contains(t, sent(t, b, address, http.StatusOK, url.Values{"from": {"1"}, "document": {without}}), "Breaks 1 pact in use")
	nobody := sent(t, b, address, http.StatusOK, url.Values{"from": {"1"}, "document": {strings.Replace(said(b, "/api/v1/providers/Orders/document?version=1"), "  /stock:\n    get: {responses: {'200': {description: ok}}}\n", "", 1)}})
	require.Contains(t, nobody, "Breaks nobody who is known")
	require.Contains(t, nobody, "Breaking by the book, but nobody known uses it")
	require.Contains(t, sent(t, b, address, http.StatusUnprocessableEntity, url.Values{"from": {"1"}, "document": {"<script>"}}), "This document cannot be looked at")
	require.Contains(t, sent(t, b, address, http.StatusOK, url.Values{"from": {"2"}, "document": {without}}), "1 pact in use did not fit before", "it breaks nobody who fitted before")
	require.Contains(t, read(b, address), `name="from" value="2"`, "the newest, if nothing else is known")
	b.Get(address+"?from=1&to=7", browser).OK(http.StatusNotFound)
	require.Contains(t, sent(t, b, address, http.StatusUnprocessableEntity, url.Values{"from": {"7"}, "document": {without}}), "No such version of Orders")
	sent(t, b, "/contracts/provider/Nobody/changes", http.StatusNotFound, url.Values{"document": {without}})
}

func TestShowDocumentChanges_ofOneContractAmongSeveral(t *testing.T) {
	b := testbroker.New(t)
	document := func(path string) string {
		return "openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths:\n  " + path + ":\n    get: {responses: {'200': {description: ok}}}\n"
	}
	b.Pact("Web", "1").Branch("main").Saying(testbroker.Object{"interactions": []any{testbroker.Object{"description": "orders", "request": testbroker.Object{"method": "GET", "path": "/orders"}, "response": testbroker.Object{"status": 200}}}}).With("Orders")
	const address = "/contracts/provider/Orders/changes"
	first := sent(t, b, address, http.StatusOK, url.Values{"from": {""}, "document": {document("/stock")}})
	for _, text := range []string{"Breaks 1 pact in use", "There is nothing to compare it with"} {
		require.Contains(t, first, text)
	}
	require.Contains(t, read(b, address), "What would another document change?")
	for i, path := range []string{"/orders", "/new"} {
		var contracts []any
		for name, content := range map[string]string{"orders": document(path), "stock": document("/stock")} {
			contracts = append(contracts, testbroker.Object{"name": name, "content": base64.StdEncoding.EncodeToString([]byte(content))})
		}
		b.Post("/provider-contracts/provider/Orders/publish-contracts", testbroker.Object{"pacticipantVersionNumber": fmt.Sprint(i + 1), "contracts": contracts}).OK()
	}
	page := html.UnescapeString(read(b, address+"?from=1&to=2"))
	for _, text := range []string{"contract orders", "Breaks 1 pact in use", "from=1&to=2&name=stock", "API path removed"} {
		require.Contains(t, page, text)
	}
	require.Contains(t, read(b, address+"?from=1&to=2&name=stock"), "The two say the same")
	require.Contains(t, sent(t, b, address, http.StatusOK, url.Values{"from": {"1"}, "name": {"stock"}, "document": {document("/store")}}), "Counted together with the other contracts of this version: orders.")
	require.Contains(t, sent(t, b, address, http.StatusUnprocessableEntity, url.Values{"from": {"1"}, "document": {document("/store")}}), "orders, stock")
}

func TestCompare_keepsNothing(t *testing.T) {
	b, without := withProviderContract(t)
	pact := said(b, "/pacts/provider/Orders/consumer/Web/version/1")
	before := said(b, "/api/v1/events?limit=200")
	tests := []struct {
		name   string
		status int
		fields url.Values
		want   []string
	}{
		{"chosen", http.StatusOK, url.Values{"consumer": {"Web"}, "provider": {"Orders"}, "provider_version": {"1"}}, []string{"Works.", "0 errors"}},
		{"chosen, the newest", http.StatusOK, url.Values{"consumer": {"Web"}, "provider": {"Orders"}, "provider_version": {"2"}}, []string{"Fails.", "1 error,", "the total", "[root].interactions[0].response.body", "line "}},
		{"pasted", http.StatusOK, url.Values{"pact": {pact}, "document": {without}}, []string{"Fails.", "response.body.incompatible"}},
		{"pasted counts instead of what is chosen", http.StatusOK, url.Values{"consumer": {"Nobody"}, "pact": {pact}, "document": {without}, "provider": {"Nobody"}}, []string{"Fails."}},
		{"messages", http.StatusOK, url.Values{"pact": {`{"consumer":{"name":"a"},"provider":{"name":"b"},"messages":[{"description":"sold","contents":{}}],"metadata":{"pactSpecification":{"version":"3.0.0"}}}`}, "document": {without}}, []string{"Not known.", "does not speak of these", `"sold"`}},
		{"no document", http.StatusOK, url.Values{"pact": {pact}, "document": {"hello"}}, []string{"Not known.", "cannot be compared"}},
		{"no pact", http.StatusOK, url.Values{"pact": {"<script>alert(1)</script>"}, "document": {without}}, []string{"The pact cannot be compared"}},
		{"nothing", http.StatusUnprocessableEntity, url.Values{}, []string{"The pact must be pasted", "The document must be pasted"}},
		{"nobody", http.StatusUnprocessableEntity, url.Values{"consumer": {"Nobody"}, "provider": {"Orders"}}, []string{"This cannot be compared."}},
		{"too large", http.StatusUnprocessableEntity, url.Values{"pact": {strings.Repeat(" ", 5<<20)}, "document": {without}}, []string{"The pact has more than 4 MB"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := sent(t, b, "/compare", tt.status, tt.fields)
			for _, text := range tt.want {
				require.Contains(t, page, text)
			}
		})
	}
	require.Equal(t, before, said(b, "/api/v1/events?limit=200"))
	b.Get("/pacticipants/a").OK(http.StatusNotFound)
	require.Contains(t, read(b, "/compare?provider=Orders&provider_version=1"), `value="Orders"`)
	require.Equal(t, http.StatusForbidden, send(b, "/compare", "pact=x", testbroker.Header("Sec-Fetch-Site", "cross-site")).Code)
}
