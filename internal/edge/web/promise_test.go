package web_test

import (
	"encoding/base64"
	"html"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestShowPromise_saysWhoUsesWhat(t *testing.T) {
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
	for _, said := range []string{
		"GET /orders", "All of them", "Own tests pass", "<own>", "OpenAPI 3.0.3", "nobody known", ">Web</a>", ">App</a>", "Fails", "Works", "(line 4)",
		"/api/v1/providers/Orders/document?version=9&name=default",
	} {
		require.Contains(t, page, said)
	}
	b.Get("/contracts/provider/Orders/version/8", browser).OK(http.StatusNotFound)
}
