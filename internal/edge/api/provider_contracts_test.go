package api_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const orders = `openapi: 3.0.3
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
                required: [id]
                properties: {id: {type: integer}, state: {type: string}}
`

// needing is a pact that reads a member of an order.
func needing(member string, value any) testbroker.Object {
	return testbroker.Object{"interactions": []any{testbroker.Object{
		"description": "an order", "request": testbroker.Object{"method": "GET", "path": "/orders/7"},
		"response": testbroker.Object{"status": 200, "headers": testbroker.Object{"Content-Type": "application/json"}, "body": testbroker.Object{member: value}},
	}}}
}

// providerSubmission is the body with which version number of a provider publishes the
// document; success says what its own tests have come to, nil nothing.
func providerSubmission(number, document string, success any) testbroker.Object {
	contract := testbroker.Object{"content": base64.StdEncoding.EncodeToString([]byte(document)), "contentType": "application/yaml", "specification": "oas"}
	if success != nil {
		contract["selfVerificationResults"] = testbroker.Object{"success": success, "content": base64.StdEncoding.EncodeToString([]byte("all good")), "contentType": "text/plain", "format": "text", "verifier": "schemathesis", "verifierVersion": "4.1"}
	}
	return testbroker.Object{"pacticipantVersionNumber": number, "branch": "main", "tags": []string{"dev"}, "buildUrl": "https://ci.example.org/1", "contract": contract}
}

const publishOrders = "/provider-contracts/provider/Orders/publish"

func noticesOf(r testbroker.Response) string {
	var texts []string
	for _, n := range r.Find("notices").([]any) {
		texts = append(texts, n.(map[string]any)["type"].(string)+" "+n.(map[string]any)["text"].(string))
	}
	return strings.Join(texts, "\n")
}

func canIDeploy(b *testbroker.Broker, pacticipant, version string) testbroker.Response {
	return b.Get("/can-i-deploy?pacticipant=" + pacticipant + "&version=" + version + "&environment=production").OK()
}

func TestProviderContract_isPublishedAndDecides(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("production")
		b.Pact("Web", "1").Branch("main").Saying(needing("id", 7)).With("Orders").DeployedTo("production")
		b.Pact("Old", "1").Saying(needing("colour", "red")).With("Orders").DeployedTo("production")

		published := b.Post(publishOrders, providerSubmission("9", orders, true)).OK()
		require.Equal(t, "9", published.Text("_embedded", "version", "number"))
		require.Len(t, published.Find("_links", "pb:pacticipant-version-tags"), 1)
		require.Contains(t, published.Text("_links", "pb:branch-version", "href"), "/pacticipants/Orders/branches/main/versions/9")
		notices := noticesOf(published)
		require.Contains(t, notices, "success Published the contract default of Orders version 9")
		require.Contains(t, notices, `danger   Breaks Old version 1 (in production): "an order":`)
		require.Contains(t, notices, "success   Keeps what 1 pact in use needs")

		// The answer says no, by comparison, because of Old alone.
		verdict := canIDeploy(b, "Orders", "9")
		require.Equal(t, false, verdict.Find("summary", "deployable"))
		rows := verdict.Find("matrix").([]any)
		require.Len(t, rows, 2)
		for i, success := range []bool{false, true} {
			row := rows[i].(map[string]any)
			require.Equal(t, "BDCT", row["verificationType"])
			require.Equal(t, success, row["verificationResult"].(map[string]any)["success"])
		}
		result := b.Get(verdict.Text("matrix", 0, "verificationResult", "_links", "self", "href")).OK()
		require.Equal(t, false, result.Find("summary", "success"))
		require.Equal(t, "response.body.incompatible", result.Find("crossContractVerificationResults", "results", "errors", 0, "code"))
		require.Equal(t, "/orders/{id}", result.Find("crossContractVerificationResults", "results", "errors", 0, "specDetails", "pathName"))
		require.Equal(t, "get", result.Find("crossContractVerificationResults", "results", "errors", 0, "specDetails", "pathMethod"))
		require.Equal(t, true, result.Find("providerContractVerificationResults", "success"))
	})
}

// TestProviderContract_outcomes tells for each kind of evidence what the answer is.
func TestProviderContract_outcomes(t *testing.T) {
	messages := "asyncapi: 3.0.0\nchannels: {}\n"
	for _, tt := range []struct {
		name     string
		document string
		success  any
		pact     testbroker.Object
		verified string
		want     any
		typed    any
	}{
		{"compatible", orders, true, needing("id", 7), "", true, "BDCT"},
		{"without evidence", orders, nil, needing("id", 7), "", true, "BDCT"},
		{"the provider fails its own tests", orders, false, needing("id", 7), "", false, "BDCT"},
		{"incompatible", orders, true, needing("id", "seven"), "", false, "BDCT"},
		{"incompatible, but verified", orders, true, needing("id", "seven"), "success", false, "BDCT"},
		{"compatible, but the verification failed", orders, true, needing("id", 7), "failure", false, nil},
		{"not covered", messages, true, needing("id", 7), "", nil, nil},
		{"not covered, but verified", messages, true, needing("id", 7), "success", true, nil},
		{"a pact without interactions", orders, true, testbroker.Object{"interactions": []any{}}, "", true, "BDCT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := testbroker.New(t)
			p := b.Pact("Web", "1").Saying(tt.pact).With("Orders")
			body := providerSubmission("9", tt.document, tt.success)
			delete(body["contract"].(testbroker.Object), "specification")
			b.Post(publishOrders, body).OK()
			switch tt.verified {
			case "success":
				p.VerifiedBy("9")
			case "failure":
				p.FailedBy("9")
			}
			b.Deploy("Orders", "9", "production")
			verdict := canIDeploy(b, "Web", "1")
			require.Equal(t, tt.want, verdict.Find("summary", "deployable"))
			require.Equal(t, tt.typed, verdict.Find("matrix", 0).(map[string]any)["verificationType"])
			explained := b.Get("/api/v1/verdicts?pacticipant=Web&version=1&environment=production").OK()
			require.Equal(t, map[any]string{true: "yes", false: "no", nil: "unknown"}[tt.want], explained.Text("decision"))
		})
	}
}

func TestProviderContract_isReadBack(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		p := b.Pact("Web", "1").Saying(needing("id", 7)).With("Orders")
		b.Post(publishOrders, providerSubmission("9", orders, true)).OK()
		for _, part := range []string{"provider-contract", "provider-contract-verification-results", "consumer-contract", "consumer-contract-verification-results", "cross-contract-verification-results"} {
			for _, address := range []string{"/contracts/bi-directional/provider/Orders/version/9/", "/contracts/bi-directional/provider/Orders/version/9/consumer/Web/version/1/"} {
				shown := b.Get(address + part).OK()
				require.Equal(t, "success", shown.Text("verificationStatus"), address+part)
				require.Equal(t, []any{}, shown.Find("_actions"))
				require.NotNil(t, shown.Find("_embedded"))
			}
		}
		shown := b.Get("/contracts/provider/Orders/version/9").OK()
		content, err := base64.StdEncoding.DecodeString(shown.Text("content"))
		require.NoError(t, err)
		require.Equal(t, orders, string(content))
		require.Equal(t, "schemathesis", shown.Text("selfVerificationResults", "verifier"))
		report, err := base64.StdEncoding.DecodeString(shown.Text("selfVerificationResults", "content"))
		require.NoError(t, err)
		require.Equal(t, "all good", string(report))

		for _, nothing := range []string{
			"/contracts/provider/Orders/version/8", "/contracts/provider/Nobody/version/9", "/contracts/provider/Orders/version/9?name=other",
			"/contracts/bi-directional/provider/Orders/version/9/party", "/contracts/bi-directional/provider/Orders/version/9/consumer/Web/version/1/party",
			"/contracts/bi-directional/provider/Orders/version/9/consumer/Nobody/version/1/consumer-contract",
			"/contracts/provider/Orders/version/9/consumer/Web/pact-version/none/verification-results",
		} {
			b.Get(nothing).OK(404)
		}
		sha := b.Get(p.Path()).Text("_links", "pb:pact-version", "name")
		b.Get("/contracts/provider/Orders/version/9/consumer/Web/pact-version/" + sha + "/verification-results").OK()
	})
}

func TestProviderContract_mayBePublishedAgain(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		require.Contains(t, noticesOf(b.Post(publishOrders, providerSubmission("9", orders, nil)).OK()), "warning   There is no evidence")
		require.Contains(t, noticesOf(b.Post(publishOrders, providerSubmission("9", orders, nil)).OK()), "nothing has changed")
		require.Contains(t, noticesOf(b.Post(publishOrders, providerSubmission("9", orders, false)).OK()), "danger   The evidence says")
		other := strings.ReplaceAll(orders, "state", "colour")
		require.Contains(t, noticesOf(b.Post(publishOrders, providerSubmission("9", other, true)).OK()), "warning Replaced the contract")

		// What is in use keeps its word.
		b.Deploy("Orders", "9", "production")
		refused := b.Post(publishOrders, providerSubmission("9", orders, true)).OK(409)
		require.Contains(t, noticesOf(refused), "is in production and has published another contract")
		require.NotEmpty(t, refused.Find("errors", "contract"))
		b.Post(publishOrders, providerSubmission("9", other, false)).OK() // only the evidence is new
		encoded := base64.StdEncoding.EncodeToString([]byte(orders))
		b.Put("/contracts/provider/Orders/version/9", testbroker.Object{"content": encoded}).OK(409)
		b.Post("/provider-contracts/provider/Orders/publish-contracts", testbroker.Object{"pacticipantVersionNumber": "9", "contracts": []any{
			testbroker.Object{"name": "default", "content": encoded},
		}}).OK(409)
		added := b.Post("/provider-contracts/provider/Orders/publish-contracts", testbroker.Object{"pacticipantVersionNumber": "9", "contracts": []any{
			testbroker.Object{"name": "late", "content": encoded},
		}}).OK(409)
		require.Contains(t, noticesOf(added), "is in production and has published its contracts, none of them named late")
	})
}

func TestProviderContract_evidenceIsNotLostByPublishingWithoutAny(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("production")
		b.Pact("Web", "1").Saying(needing("id", 7)).With("Orders")
		b.Post(publishOrders, providerSubmission("9", orders, false)).OK()
		b.Deploy("Orders", "9", "production")
		require.Equal(t, false, canIDeploy(b, "Web", "1").Find("summary", "deployable"))
		require.Contains(t, noticesOf(b.Post(publishOrders, providerSubmission("9", orders, nil)).OK()), "danger   The evidence says")
		require.Equal(t, false, canIDeploy(b, "Web", "1").Find("summary", "deployable"), "a build that has lost its report proves nothing")
		other := providerSubmission("9", orders, nil)
		other["contract"].(testbroker.Object)["contentType"] = "text/yaml"
		b.Post(publishOrders, other).OK()
		shown := b.Get("/contracts/provider/Orders/version/9").OK()
		require.Equal(t, "text/yaml", shown.Text("contentType"))
		report, err := base64.StdEncoding.DecodeString(shown.Text("selfVerificationResults", "content"))
		require.NoError(t, err)
		require.Equal(t, "all good", string(report))
		b.Post(publishOrders, providerSubmission("9", orders, true)).OK()
		require.Equal(t, true, canIDeploy(b, "Web", "1").Find("summary", "deployable"))
	})
}

func TestProviderContract_severalOfOneVersion(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").Saying(needing("id", 7)).With("Orders")
		stock := strings.ReplaceAll(orders, "/orders", "/stock")
		body := providerSubmission("9", orders, true)
		delete(body, "contract")
		body["contracts"] = []any{
			testbroker.Object{"name": "stock", "content": base64.StdEncoding.EncodeToString([]byte(stock)), "specification": "oas"},
			testbroker.Object{"name": "orders", "content": base64.StdEncoding.EncodeToString([]byte(orders)), "specification": "oas"},
			testbroker.Object{"name": "events", "content": base64.StdEncoding.EncodeToString([]byte("asyncapi: 3.0.0\nchannels: {}\n")), "specification": "asyncapi"},
		}
		published := b.Post("/provider-contracts/provider/Orders/publish-contracts", body).OK()
		require.Equal(t, []any{"stock", "orders", "events"}, published.Find("contracts"))
		require.Equal(t, orders, decoded(t, b.Get("/contracts/provider/Orders/version/9?name=orders").OK().Text("content")))
		b.Get("/contracts/provider/Orders/version/9").OK(404)

		// The document that knows the operation judges.
		b.Deploy("Orders", "9", "production")
		require.Equal(t, true, canIDeploy(b, "Web", "1").Find("summary", "deployable"))
		b.Pact("Web", "2").Saying(needing("id", "seven")).With("Orders")
		require.Equal(t, false, canIDeploy(b, "Web", "2").Find("summary", "deployable"))

		twice := body["contracts"].([]any)
		twice[0].(testbroker.Object)["name"] = "orders"
		require.Contains(t, string(b.Post("/provider-contracts/provider/Orders/publish-contracts", body).OK(400).Body), "is that of another contract in the request")
	})
}

func TestProviderContract_theOldWay(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Orders", "9", "main")
		body := testbroker.Object{"content": base64.StdEncoding.EncodeToString([]byte(orders)), "contractType": "oas", "contentType": "application/yaml",
			"verificationResults": testbroker.Object{"success": true, "content": "all good", "contentType": "text/plain", "verifier": "own"}}
		published := b.Put("/contracts/provider/Orders/version/9", body).OK(201)
		require.NotEmpty(t, published.Text("_links", "pf:ui", "href"))
		shown := b.Get("/contracts/provider/Orders/version/9").OK()
		require.Equal(t, "all good", decoded(t, shown.Text("selfVerificationResults", "content")), "a report may stand there as it is")
		b.Put("/contracts/provider/Orders/version/10", testbroker.Object{"content": "%%"}).OK(400)
	})
}

func decoded(t *testing.T, text string) string {
	t.Helper()
	content, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	return string(content)
}

func TestProviderContract_showsInOverviews(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").Branch("main").Saying(needing("id", 7)).With("Orders")
		require.Nil(t, b.Get("/metrics").OK().Find("providerContracts"))
		b.Post(publishOrders, providerSubmission("9", orders, true)).OK()
		require.Equal(t, map[string]any{"count": 1.0, "withSelfVerificationCount": 1.0, "comparedCount": 1.0}, b.Get("/metrics").OK().Find("providerContracts"))
		summary := b.Get("/verification-results/consumer/Web/version/1/latest").OK()
		require.Equal(t, true, summary.Find("success"))
		require.Equal(t, []any{"Orders"}, summary.Find("providerSummary", "successful"))
		require.Contains(t, string(b.Get("/pacts/provider/Orders/consumer/Web/latest/badge.svg").Body)+b.Get("/pacts/provider/Orders/consumer/Web/latest/badge").Header.Get("Location"), "verified")
		require.Equal(t, "success", b.Get("/dashboard").OK().Text("items", 0, "verificationStatus"))
		compared := b.Get(b.Get("/dashboard").OK().Text("items", 0, "latestVerificationResult", "_links", "self", "href")).OK()
		require.Equal(t, true, compared.Find("crossContractVerificationResults", "success"))

		b.Post(publishOrders, providerSubmission("10", strings.ReplaceAll(orders, "integer", "string"), true)).OK()
		require.Equal(t, false, b.Get("/verification-results/consumer/Web/version/1/latest").OK().Find("success"))
		require.Contains(t, b.Get("/pacts/provider/Orders/consumer/Web/latest/badge").Header.Get("Location"), "failed")
		require.Equal(t, "failed", b.Get("/dashboard").OK().Text("items", 0, "verificationStatus"))
	})
}

func TestProviderContract_tellsThoseWhoListen(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		receiver := testbroker.NewReceiver(t)
		hook := testbroker.Webhook(receiver.URL, "provider_verification_published")
		hook["request"].(testbroker.Object)["body"] = "${pactbroker.providerVersionNumber} ${pactbroker.githubVerificationStatus} ${pactbroker.verificationResultUrl}"
		b.Post("/webhooks", hook).OK()
		b.Work()
		b.Pact("Web", "1").Branch("main").Saying(needing("id", 7)).With("Orders")
		b.Post(publishOrders, providerSubmission("9", orders, true)).OK()
		sent := string(receiver.Next(t).Body)
		require.Contains(t, sent, "9 success http")
		require.Contains(t, sent, "/contracts/provider/Orders/version/9/consumer/Web/pact-version/")

		// The same again is no news, another outcome is.
		b.Post(publishOrders, providerSubmission("9", orders, true)).OK()
		b.Post(publishOrders, providerSubmission("9", orders, false)).OK()
		require.Contains(t, string(receiver.Next(t).Body), "9 failure http")
	}, testbroker.With(testbroker.CallingHere))
}

// Whoever publishes a pact is not sent to a pipeline of the provider that need not run.
func TestProviderContract_tellsConsumersWhatIsLeftToDo(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		publish := func(number string) string {
			pact := needing("id", 7)
			pact["consumer"], pact["provider"] = testbroker.Object{"name": "Web"}, testbroker.Object{"name": "Orders"}
			content, err := json.Marshal(pact)
			require.NoError(t, err)
			return noticesOf(b.Post("/contracts/publish", testbroker.Object{"pacticipantName": "Web", "pacticipantVersionNumber": number, "contracts": []any{testbroker.Object{
				"consumerName": "Web", "providerName": "Orders", "specification": "pact", "contentType": "application/json", "content": base64.StdEncoding.EncodeToString(content),
			}}}).OK())
		}
		require.Contains(t, publish("1"), "Verify it in the pipeline of Orders")

		b.Post(publishOrders, providerSubmission("9", orders, true)).OK()
		notices := publish("2")
		require.Contains(t, notices, `prompt   * Before a deployment ask: can-i-deploy --pacticipant "Web" --version "2" --to-environment NAME. The contract is compared with what Orders promises`)
		require.NotContains(t, notices, "pipeline of Orders")
		require.NotContains(t, publish("2"), "pipeline of Orders", "nor when nothing is new")

		first := noticesOf(b.Publish("Other", "1", "main", nil, map[string]any{"Orders": needing("id", 7)}).OK())
		require.Contains(t, first, "The contract is compared with what Orders promises", "of a pair that is new, too")
		require.NotContains(t, first, "pipeline of Orders")
	})
}

// A pact that is published later is compared by a job with what is live.
func TestProviderContract_comparesWhatIsPublishedLater(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Post(publishOrders, providerSubmission("9", orders, true)).OK()
		b.Work()
		b.Pact("Web", "1").Branch("main").Saying(needing("id", 7)).With("Orders")
		require.Eventually(t, func() bool {
			return b.Get("/verification-results/consumer/Web/version/1/latest").OK().Find("success") == true
		}, 20*time.Second, 20*time.Millisecond)
	})
}

func TestProviderContract_ofAnApplicationThatNeedsItself(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("production")
		b.Pact("Orders", "1").Saying(needing("id", 7)).With("Orders")
		require.Nil(t, canIDeploy(b, "Orders", "1").Find("summary", "deployable"))
		b.Post(publishOrders, providerSubmission("1", orders, true)).OK()
		require.Equal(t, true, canIDeploy(b, "Orders", "1").Find("summary", "deployable"), "it is compared when it is asked about")

		b.Pact("Orders", "2").Saying(needing("total", 7)).With("Orders")
		b.Post(publishOrders, providerSubmission("2", orders, true)).OK()
		require.Equal(t, false, canIDeploy(b, "Orders", "2").Find("summary", "deployable"))
	})
}

func TestProviderContract_tellsWhatIsCheapToKnowBeforeTheDocumentIsRead(t *testing.T) {
	b := testbroker.New(t)
	large := base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths:\n" + strings.Repeat("- [a, b]\n", 300_000)))
	contract := testbroker.Object{"content": large}
	unnamed := b.Post("/provider-contracts/provider/Orders/publish-contracts", testbroker.Object{"pacticipantVersionNumber": "1", "contracts": []any{contract}}).OK(400)
	require.Equal(t, map[string]any{"contracts[0].name": []any{"is missing"}}, unnamed.Find("errors"))

	refused := b.Post(publishOrders, testbroker.Object{"pacticipantVersionNumber": "1", "contract": contract}).OK(400)
	require.Contains(t, string(refused.Body), "holds too much: at most 1000000 names and values are read of JSON, 800000 of YAML")
	b.Get("/pacticipants/Orders").OK(404)
}

// A request with a key runs in one transaction, on SQLite the only one that writes:
// what takes long is done afterwards, and comes to the same.
func TestPublishProviderContract_withAKeyIsComparedAfterwards(t *testing.T) {
	b := testbroker.New(t)
	b.Environment("production")
	b.Pact("Shop", "1").Saying(needing("id", 7)).With("Orders")
	b.Deploy("Shop", "1", "production")
	first := noticesOf(b.Post(publishOrders, providerSubmission("1", orders, true)).OK())
	require.NotContains(t, first, "in a moment")
	keyed := b.Post(publishOrders, providerSubmission("2", orders+"# changed\n", true), testbroker.Header("Idempotency-Key", "two")).OK()
	require.Contains(t, noticesOf(keyed), "1 pact in use will be compared in a moment")
	require.Eventually(t, func() bool {
		return canIDeploy(b, "Orders", "2").Find("summary", "deployable") == true
	}, 10*time.Second, 20*time.Millisecond)
}
