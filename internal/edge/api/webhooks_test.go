package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestWebhooks_areKeptShownReplacedAndDeleted(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").With("Ledger")
		for _, path := range []string{"/webhooks/provider/Ledger", "/webhooks/consumer/Web", "/webhooks/provider/Ledger/consumer/Web", "/pacts/provider/Ledger/consumer/Web/webhooks"} {
			created := b.Post(path, testbroker.Webhook("http://127.0.0.1/x", "contract_published")).OK(201)
			require.Equal(t, created.Link("self"), created.Header.Get("Location"))
			listed := b.Get(path).OK().Find("_links", "pb:webhooks").([]any)
			require.Equal(t, created.Link("self"), listed[len(listed)-1].(testbroker.Object)["href"], path)
			b.Post(path, testbroker.Object{}).OK(400)
			b.Post(path, "{", testbroker.ContentType("text/plain")).OK(415)
		}
		b.Post("/webhooks", testbroker.Object{}).OK(400)
		require.Len(t, b.Get("/webhooks").OK().Find("_links", "pb:webhooks"), 4)
		for _, path := range []string{"/webhooks/provider/Nobody", "/webhooks/consumer/Nobody", "/webhooks/provider/Ledger/consumer/Nobody", "/pacts/provider/Nobody/consumer/Web/webhooks"} {
			b.Get(path).OK(404)
			b.Post(path, testbroker.Webhook("http://127.0.0.1/x", "contract_published")).OK(404)
		}

		const address = "/webhooks/my-own-webhook-0001"
		secretive := testbroker.Webhook("http://127.0.0.1/x", "contract_published")
		secretive["request"].(testbroker.Object)["password"] = "open sesame"
		b.Put(address, secretive).OK(201)
		require.Equal(t, "**********", b.Get(address).OK().Text("request", "password"))
		require.NotContains(t, string(b.Put(address, testbroker.Webhook("http://127.0.0.1/y", "contract_published")).OK(200).Body), "sesame")
		require.Equal(t, "http://127.0.0.1/y", b.Get(address).OK().Text("request", "url"))
		b.Put(address, testbroker.Object{"request": testbroker.Object{}}).OK(400)
		b.Put("/webhooks/short", testbroker.Webhook("http://127.0.0.1/x")).OK(400)
		b.Delete(address).OK(204)
		b.Get(address).OK(404)
		b.Delete(address).OK(404)
		b.Post(address+"/execute", "").OK(404)
	}, testbroker.With(testbroker.CallingHere))
}

func TestWebhooks_withSecretsNeedAKey(t *testing.T) {
	b := testbroker.New(t, testbroker.OnPostgres(), testbroker.With(testbroker.CallingHere), testbroker.With(func(s *config.Settings) { s.Secrets.Key = "" }))
	b.Pact("Web", "1").With("Ledger")
	secretive := testbroker.Webhook("http://127.0.0.1/x", "contract_published")
	secretive["request"].(testbroker.Object)["headers"] = testbroker.Object{"Authorization": "Bearer abc"}
	for _, path := range []string{"/webhooks", "/webhooks/provider/Ledger", "/webhooks/consumer/Web", "/webhooks/provider/Ledger/consumer/Web", "/pacts/provider/Ledger/consumer/Web/webhooks"} {
		require.Contains(t, b.Post(path, secretive).OK(422).Text("errors", "request.headers", 0), "PACT_BROKER_SECRETS_KEY")
	}
	b.Put("/webhooks/my-own-webhook-0001", secretive).OK(422)
	require.Empty(t, b.Get("/webhooks").OK().Find("_links", "pb:webhooks"))
	secretive["request"].(testbroker.Object)["headers"] = testbroker.Object{"Authorization": "Bearer ${secret.TOKEN}"}
	require.Contains(t, b.Post("/webhooks", secretive).OK(400).Text("errors", "request.headers", 0), "${secret.TOKEN} is no secret that this webhook may fill in")
	secretive["request"].(testbroker.Object)["headers"] = testbroker.Object{"Authorization": "Bearer ${pactbroker.consumerName}"}
	b.Post("/webhooks", secretive).OK(201)
}

func TestWebhooks_withUnknownParametersAreKeptWhereTheOperatorAllowsIt(t *testing.T) {
	unknown := testbroker.Webhook("http://127.0.0.1/${pactbroker.consumerNam}", "contract_published")
	strict, lenient := testbroker.New(t, testbroker.With(testbroker.CallingHere)), testbroker.New(t, testbroker.With(testbroker.CallingHere), testbroker.With(func(s *config.Settings) { s.Webhooks.AllowUnknown = true }))
	require.Contains(t, strict.Post("/webhooks", unknown).OK(400).Text("errors", "request.url", 0), "known are azureDevOpsVerificationStatus")
	lenient.Post("/webhooks", unknown).OK(201)
	strict.Post("/webhooks", testbroker.Webhook("http://127.0.0.1/${pactbroker.pacturl}", "contract_published")).OK(400)
	strict.Post("/webhooks", testbroker.Webhook("http://127.0.0.1/${pactbroker.nonsense}", "contract_published")).OK(201)
	own := testbroker.Object{"events": []string{"contract_published"}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1/${pactbroker.nonsense}"}}
	require.Contains(t, string(strict.Post("/api/v1/webhooks", own).OK(400).Body), "is not known")
}

func TestWebhooks_areTestedOnce(t *testing.T) {
	b, to := testbroker.New(t, testbroker.With(testbroker.CallingHere)), testbroker.NewReceiver(t)
	kept := b.Post("/webhooks", testbroker.Webhook(to.URL+"/saved?v=${pactbroker.consumerVersionNumber}", "contract_published")).OK(201)
	run := b.Post(kept.Link("pb:execute"), "").OK(200)
	require.Equal(t, "/saved?v=1.0.0", to.Next(t).Path, "without a pact a placeholder is sent")
	require.Equal(t, true, run.Find("success"))
	require.Equal(t, "/saved?v=1.0.0", run.Text("request", "url"))

	b.Pact("Web", "7").With("Ledger").VerifiedBy("3")
	b.Post("/webhooks/execute", testbroker.Webhook(to.URL+"/unsaved/${pactbroker.consumerVersionNumber}", "contract_published")).OK(200)
	require.Equal(t, "/unsaved/7", to.Next(t).Path)
	failed := b.Post("/webhooks/execute", testbroker.Webhook(to.URL+"/fail", "contract_published")).OK(200)
	require.Equal(t, false, failed.Find("success"))
	require.Equal(t, float64(500), failed.Find("response", "status"))
	b.Post("/webhooks/execute", testbroker.Object{}).OK(400)
}

func TestWebhooks_sendAbsoluteAddressesWhenTested(t *testing.T) {
	for name, bases := range map[string][]string{"with a base URL": {string(testbroker.Base)}, "without a base URL": nil} {
		t.Run(name, func(t *testing.T) {
			b, to := testbroker.New(t, testbroker.With(testbroker.CallingHere), testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = bases })), testbroker.NewReceiver(t)
			b.Pact("Web", "7").With("Ledger").VerifiedBy("3")
			w := testbroker.Webhook(to.URL, "provider_verification_published")
			w["request"].(testbroker.Object)["body"] = testbroker.Object{"pact": "${pactbroker.pactUrl}", "result": "${pactbroker.verificationResultUrl}"}
			saved := "/webhooks/my-own-webhook-0001"
			b.Put(saved, w).OK(201)
			for _, address := range []string{saved + "/execute", "/webhooks/execute"} {
				b.Post(address, w).OK(200)
				var sent map[string]string
				require.NoError(t, json.Unmarshal([]byte(to.Next(t).Body), &sent))
				require.True(t, strings.HasPrefix(sent["pact"], string(testbroker.Base)+"/pacts/"), sent["pact"])
				require.True(t, strings.HasPrefix(sent["result"], string(testbroker.Base)+"/pacts/"), sent["result"])
			}
		})
	}
}

func TestWebhooks_areSentAfterTheCommitAndTold(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		kept := b.Post("/webhooks", testbroker.Webhook(to.URL+"/ok", "contract_published")).OK(201)
		b.Post("/webhooks", testbroker.Webhook(to.URL+"/fail", "contract_content_changed")).OK(201)
		b.Post("/webhooks", testbroker.Webhook(to.URL+"/never", "provider_verification_published")).OK(201)
		pact := b.Pact("Web", "1").With("Ledger").Path()

		sent := map[string][]string{}
		for range 3 {
			got := to.Next(t)
			sent[got.Path] = append(sent[got.Path], got.Get("webhook-id"))
			require.NotEmpty(t, got.Get("x-request-id"))
		}
		require.Len(t, sent["/ok"], 1)
		require.Len(t, sent["/fail"], 2)
		require.Equal(t, sent["/fail"][0], sent["/fail"][1], "every attempt carries the id of the delivery")

		triggered := pact + "/triggered-webhooks"
		status := func() []any {
			told := b.Get(triggered).OK()
			return []any{
				told.Find("_embedded", "triggeredWebhooks", 0, "status"), told.Find("_embedded", "triggeredWebhooks", 0, "attemptsMade"),
				told.Find("_embedded", "triggeredWebhooks", 1, "status"), told.Find("_embedded", "triggeredWebhooks", 1, "attemptsMade"),
			}
		}
		require.Eventually(t, func() bool { return status()[0] == "failure" && status()[2] == "success" }, 10*time.Second, 10*time.Millisecond)
		require.Equal(t, []any{"failure", float64(2), "success", float64(1)}, status())

		logs := b.Get(triggered).Text("_embedded", "triggeredWebhooks", 0, "_links", "pb:logs", "href")
		require.Contains(t, string(b.Get(logs, testbroker.Accept("text/plain")).OK().Body), "failed after 2 attempts")
		require.Len(t, b.Get(logs).OK().Find("executions"), 2)
		b.Get("/triggered-webhooks/00000000-0000-0000-0000-000000000000/logs").OK(404)

		overview := b.Get("/pacts/provider/Ledger/consumer/Web/webhooks/status").OK()
		require.Equal(t, testbroker.Object{"successful": float64(1), "failed": float64(1)}, overview.Find("summary"))
		require.Len(t, overview.Find("_links", "pb:error-logs"), 1)
		b.Get("/pacts/provider/Ledger/consumer/Nobody/webhooks/status").OK(404)
		b.Get("/pacts/provider/Nobody/consumer/Web/webhooks/status").OK(404)

		b.Delete(kept.Link("self")).OK(204)
		require.Equal(t, []any{"failure", float64(2), "success", float64(1)}, status(), "what a deleted webhook did stays on record")
		b.Get("/pacts/provider/Ledger/consumer/Web/version/2/triggered-webhooks").OK(404)
	}, testbroker.With(testbroker.CallingHere))
}

func TestWebhooks_areToldByTheResultThatTriggeredThem(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Post("/webhooks", testbroker.Webhook(testbroker.NewReceiver(t).URL, "provider_verification_published")).OK(201)
		pact := b.Pact("Web", "1").With("Ledger")
		results := b.Get(pact.Path()).OK().Link("pb:publish-verification-results")
		result := b.Post(results, map[string]any{"success": true, "providerApplicationVersion": "7"}).OK(201).Link("self")

		told := b.Get(result + "/triggered-webhooks").OK(200)
		require.Equal(t, "POST 127.0.0.1", told.Text("_embedded", "triggeredWebhooks", 0, "name"))
		b.Get(results + "/99/triggered-webhooks").OK(404)
	}, testbroker.With(testbroker.CallingHere))
}

func TestWebhooks_areTriggeredByEveryPublicationForThoseWhoListen(t *testing.T) {
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	b.Post("/webhooks", testbroker.Webhook("http://127.0.0.1/x", "contract_published", "contract_content_changed", "contract_requiring_verification_published")).OK(201)
	disabled := testbroker.Webhook("http://127.0.0.1/x", "contract_published")
	disabled["enabled"] = false
	b.Post("/webhooks", disabled).OK(201)
	b.Version("Ledger", "6", "feat/x")
	b.Version("Ledger", "7", "main")
	b.Deploy("Ledger", "6", "production")
	first := b.Pact("Web", "1").With("Ledger").Path()
	again := b.Pact("Web", "2").With("Ledger").Path()

	events := func(path string) []string {
		told := []string{}
		for _, triggered := range b.Get(path+"/triggered-webhooks").OK().Find("_embedded", "triggeredWebhooks").([]any) {
			told = append(told, triggered.(testbroker.Object)["eventName"].(string))
		}
		return told
	}
	require.Equal(t, []string{"contract_content_changed", "contract_requiring_verification_published", "contract_requiring_verification_published", "contract_published"}, events(first))
	require.Equal(t, []string{"contract_requiring_verification_published", "contract_requiring_verification_published", "contract_published"}, events(again))

	logs := b.Get(first+"/triggered-webhooks").Text("_embedded", "triggeredWebhooks", 0, "_links", "pb:logs", "href")
	require.Contains(t, string(b.Get(logs, testbroker.Accept("text/plain")).OK().Body), "not been sent yet")
	require.Empty(t, b.Get(logs).OK().Find("executions"))
	b.Delete("/pacticipants/Web").OK(204)
	b.Get(logs).OK(404)
}

func TestWebhooks_ofADeletedApplicationAreGone(t *testing.T) {
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	b.Pact("Web", "1").With("Ledger")
	named := b.Post("/webhooks/consumer/Web", testbroker.Webhook("http://127.0.0.1/x", "contract_published")).OK(201)
	general := b.Post("/webhooks", testbroker.Webhook("http://127.0.0.1/x", "contract_published")).OK(201)
	b.Delete("/pacticipants/Web").OK(204)
	b.Get(named.Link("self")).OK(404)
	b.Get(general.Link("self")).OK(200)
}

func TestWebhooks_tellOfEachDeployedVersionWhereThatIsSwitchedOn(t *testing.T) {
	asking := func(url string) testbroker.Object {
		w := testbroker.Webhook(url, "contract_published")
		w["request"].(testbroker.Object)["body"] = "deployed: ${pactbroker.currentlyDeployedProviderVersionNumber}"
		return w
	}
	on := testbroker.With(func(s *config.Settings) { s.Features = []string{"expand_currently_deployed_provider_versions"} })
	for name, c := range map[string]struct {
		options []testbroker.Option
		want    []string
	}{
		"switched on":                {[]testbroker.Option{on}, []string{"deployed: 6", "deployed: 7"}},
		"switched on, on PostgreSQL": {[]testbroker.Option{on, testbroker.OnPostgres()}, []string{"deployed: 6", "deployed: 7"}},
		"left off":                   {nil, []string{"deployed: "}},
	} {
		t.Run(name, func(t *testing.T) {
			b, to := testbroker.New(t, append(c.options, testbroker.With(testbroker.CallingHere))...), testbroker.NewReceiver(t)
			b.Work()
			for _, number := range []string{"5", "6", "7"} {
				b.Version("Ledger", number, "main")
			}
			b.Deploy("Ledger", "6", "production")
			b.Deploy("Ledger", "7", "production", "blue")
			b.Deploy("Ledger", "7", "test")
			b.Post("/webhooks", asking(to.URL)).OK(201)
			b.Pact("Web", "1").With("Ledger")
			var got []string
			for range c.want {
				got = append(got, to.Next(t).Body)
			}
			require.ElementsMatch(t, c.want, got)
			require.Len(t, b.Get("/pacts/provider/Ledger/consumer/Web/version/1/triggered-webhooks").OK().Find("_embedded", "triggeredWebhooks"), len(c.want))
		})
	}
}

func TestCreateWebhook_withoutADescriptionIsNamedByMethodAndHost(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Webhooks.Methods = []string{"PUT"} }))
	webhook := testbroker.Webhook("https://ci.example.org/build", "contract_published")
	webhook["request"].(testbroker.Object)["method"] = "put"
	created := b.Post("/webhooks", webhook).OK(http.StatusCreated)
	require.Equal(t, "PUT ci.example.org", created.Text("description"))
	require.Equal(t, "put", created.Text("request", "method"), "the method is shown as it was sent")
}

// As with the Pact Broker a name in the body wins over the one in the address. Whoever
// sends both needs the right for both, so that an address says no less than it seems to.
func TestPostWebhook_needsTheRightForAllThatTheAddressAndTheBodyName(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, guarded *testbroker.Broker) {
		b := guarded.Always(testbroker.As("admin", "sesame"))
		for _, name := range []string{"Web", "Bank"} {
			b.Version(name, "1")
		}
		made := func(applications ...string) *testbroker.Broker {
			token := b.Post("/api/v1/tokens", testbroker.Object{"name": "x", "role": "developer", "applications": applications}).OK(http.StatusCreated)
			return guarded.Always(testbroker.Header("Authorization", "Bearer "+token.Text("secret")))
		}
		web, both := made("Web"), made("Web", "Bank")
		hook := testbroker.Webhook("https://example.org/hook", "contract_published")
		named := testbroker.Webhook("https://example.org/hook", "contract_published")
		named["consumer"] = testbroker.Object{"name": "Web"}
		for _, path := range []string{"/webhooks/consumer/Bank", "/webhooks/provider/Bank", "/webhooks/provider/Bank/consumer/Bank"} {
			web.Post(path, hook).OK(http.StatusForbidden)
			web.Post(path, named).OK(http.StatusForbidden)
			require.Equal(t, "Web", both.Post(path, named).OK(http.StatusCreated).Text("consumer", "name"), path)
		}
		require.Equal(t, "Bank", both.Post("/webhooks/consumer/Bank", hook).OK(http.StatusCreated).Text("consumer", "name"))
		web.Post("/webhooks/consumer/Web", named).OK(http.StatusCreated)
	}, testbroker.With(askAll))
}
