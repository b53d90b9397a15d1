package v1_test

import (
	"encoding/json"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const ownWebhooks = "/api/v1/webhooks"

// detailedWebhook is a webhook of the own API that sends the event itself.
func detailedWebhook(url string, filter testbroker.Object, events ...string) testbroker.Object {
	return testbroker.Object{"events": events, "filter": filter, "request": testbroker.Object{"method": "POST", "url": url}}
}

// problems are the fields that a problem document blames.
func problems(r testbroker.Response) []string {
	var blamed []string
	for _, item := range r.Find("errors").([]any) {
		pointer, _ := item.(testbroker.Object)["pointer"].(string)
		blamed = append(blamed, pointer)
	}
	return blamed
}

func TestWebhooks_areKeptShownReplacedAndDeleted(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").With("Ledger")
		w := detailedWebhook("http://127.0.0.1/x", testbroker.Object{"consumers": []string{"Web*"}, "branches": []string{"main"}}, "deployment_recorded", "contract_published")
		w["provider"] = testbroker.Object{"name": "Ledger"}
		created := b.Post(ownWebhooks, w).OK(201)
		address := ownWebhooks + "/" + created.Text("id")
		require.Equal(t, string(testbroker.Base)+address, created.Header.Get("Location"))
		require.Contains(t, created.Text("signing_keys", 0, "secret"), "whsec_")
		require.Equal(t, "cloudevents", created.Text("format"))

		shown := b.Get(address).OK(200)
		require.Nil(t, shown.Find("signing_keys", 0, "secret"))
		require.Equal(t, []any{"Web*"}, shown.Find("filter", "consumers"))
		require.Equal(t, []any{}, shown.Find("filter", "environments"))
		require.Equal(t, testbroker.Object{"name": "Ledger"}, shown.Find("provider"))
		require.Equal(t, []any{"deployment_recorded", "contract_published"}, shown.Find("events"))
		require.Equal(t, "deployment_recorded", b.Get("/webhooks/"+created.Text("id")).OK().Text("events", 0, "name"), "the compatible API shows it, too")

		w["request"] = testbroker.Object{"method": "POST", "url": "http://127.0.0.1/y", "body": testbroker.Object{"a": 1}, "password": "open sesame"}
		w["filter"] = testbroker.Object{}
		replaced := b.Put(address, w).OK(200)
		require.Equal(t, "template", replaced.Text("format"))
		require.Equal(t, "**********", replaced.Text("request", "password"))
		require.Equal(t, created.Find("signing_keys", 0, "id"), replaced.Find("signing_keys", 0, "id"))
		b.Put(ownWebhooks+"/my-own-webhook-0001", w).OK(201)
		b.Put(ownWebhooks+"/short", w).OK(400)

		b.Delete(address).OK(204)
		b.Delete(address).OK(404)
		b.Get(address).OK(404)
	}, testbroker.With(testbroker.CallingHere))
}

func TestWebhooks_outliveTheCompatibleAPI(t *testing.T) {
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	id := b.Post(ownWebhooks, detailedWebhook("http://127.0.0.1/x", testbroker.Object{"tags": []string{"dev"}}, "contract_published")).OK(201).Text("id")
	b.Post(ownWebhooks+"/"+id+"/pause", "").OK(200)
	b.Put("/webhooks/"+id, testbroker.Webhook("http://127.0.0.1/y", "contract_content_changed")).OK(200)
	shown := b.Get(ownWebhooks + "/" + id).OK()
	require.Equal(t, []any{"dev"}, shown.Find("filter", "tags"))
	require.Equal(t, true, shown.Find("paused"))
	require.Equal(t, "template", shown.Text("format"))
	require.Len(t, shown.Find("signing_keys"), 1)
}

func TestWebhooks_areChecked(t *testing.T) {
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	good := func() testbroker.Object {
		return detailedWebhook("http://127.0.0.1/x", testbroker.Object{}, "contract_published")
	}
	for name, c := range map[string]struct {
		spoil func(w testbroker.Object)
		field string
	}{
		"no events":           {func(w testbroker.Object) { w["events"] = []string{} }, "/events"},
		"unknown event":       {func(w testbroker.Object) { w["events"] = []string{"rapture"} }, "/events"},
		"no request":          {func(w testbroker.Object) { delete(w, "request") }, "/request"},
		"unknown field":       {func(w testbroker.Object) { w["colour"] = "red" }, "/colour"},
		"unknown filter":      {func(w testbroker.Object) { w["filter"] = testbroker.Object{"moon": []string{"x"}} }, "/filter/moon"},
		"blank pattern":       {func(w testbroker.Object) { w["filter"] = testbroker.Object{"tags": []string{" "}} }, "/filter/tags"},
		"unknown format":      {func(w testbroker.Object) { w["format"] = "morse" }, "/format"},
		"event and body":      {func(w testbroker.Object) { w["format"] = "cloudevents"; w["request"].(testbroker.Object)["body"] = "x" }, "/request/body"},
		"unknown in request":  {func(w testbroker.Object) { w["request"].(testbroker.Object)["verb"] = "x" }, "/request/verb"},
		"host not allowed":    {func(w testbroker.Object) { w["request"].(testbroker.Object)["url"] = "http://example.org" }, "/request/url"},
		"unknown application": {func(w testbroker.Object) { w["consumer"] = testbroker.Object{"name": "Nobody"} }, "/consumer/name"},
		"method not allowed":  {func(w testbroker.Object) { w["request"].(testbroker.Object)["method"] = "DELETE" }, "/request/method"},
		"header with a break": {func(w testbroker.Object) {
			w["request"].(testbroker.Object)["headers"] = testbroker.Object{"X-A": "1\n2"}
		}, "/request/headers"},
		"enabled is no switch": {func(w testbroker.Object) { w["enabled"] = "yes" }, "/enabled"},
	} {
		w := good()
		c.spoil(w)
		require.Contains(t, problems(b.Post(ownWebhooks, w).OK(400)), c.field, name)
	}
	b.Post(ownWebhooks, good()).OK(201)
}

func TestWebhooks_areListedInParts(t *testing.T) {
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	b.Pact("Web", "1").With("Ledger")
	one := b.Post(ownWebhooks, detailedWebhook("http://127.0.0.1/1", testbroker.Object{"consumers": []string{"W*"}}, "contract_published")).OK(201).Text("id")
	two := b.Post(ownWebhooks, detailedWebhook("http://127.0.0.1/2", testbroker.Object{"providers": []string{"Mail"}}, "deployment_recorded")).OK(201).Text("id")
	three := b.Post(ownWebhooks, detailedWebhook("http://127.0.0.1/3", testbroker.Object{}, "contract_published", "deployment_recorded")).OK(201).Text("id")
	list := func(query string) []any {
		ids := []any{}
		for _, item := range b.Get(ownWebhooks + query).OK(200).Find("items").([]any) {
			ids = append(ids, item.(testbroker.Object)["id"])
		}
		return ids
	}
	require.Equal(t, []any{one, two, three}, list(""))
	require.Equal(t, []any{one, three}, list("?event=contract_published"))
	require.Equal(t, []any{one, two, three}, list("?consumer=Web"))
	require.Equal(t, []any{two, three}, list("?consumer=Ledger"))
	require.Equal(t, []any{one, three}, list("?provider=Ledger"))
	first := b.Get(ownWebhooks + "?limit=2").OK()
	require.Equal(t, []any{three}, list("?limit=2&cursor="+first.Text("next_cursor")))
	b.Get(ownWebhooks + "?consumer=Nobody").OK(404)
	b.Get(ownWebhooks + "?event=rapture").OK(400)
	b.Get(ownWebhooks + "?cursor=eA").OK(400)
}

func TestWebhooks_tellOfFactsThatTheirFilterLetsThrough(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		b.Post(ownWebhooks, detailedWebhook(to.URL+"/production", testbroker.Object{"environments": []string{"prod*"}, "applications": []string{"Ledger"}}, "deployment_recorded")).OK(201)
		b.Post(ownWebhooks, detailedWebhook(to.URL+"/main", testbroker.Object{"branches": []string{"main"}}, "contract_published")).OK(201)
		b.Post(ownWebhooks, detailedWebhook(to.URL+"/verified", testbroker.Object{"provider_branches": []string{"release/*"}, "tags": []string{"dev"}}, "provider_verification_succeeded")).OK(201)
		b.Version("Ledger", "7", "release/7")
		b.Deploy("Ledger", "7", "test")
		b.Deploy("Ledger", "7", "production")
		b.Pact("Web", "1").Branch("feat").With("Ledger")
		b.Pact("Web", "2").Branch("main").Tags("dev").With("Ledger").VerifiedBy("7")

		got := map[string]testbroker.Object{}
		for range 3 {
			sent := to.Next(t)
			var event testbroker.Object
			require.NoError(t, json.Unmarshal([]byte(sent.Body), &event), sent.Body)
			require.Equal(t, "application/cloudevents+json; charset=utf-8", sent.Get("content-type"))
			require.Equal(t, "1.0", event["specversion"])
			require.Equal(t, string(testbroker.Base), event["source"])
			require.NotEmpty(t, event["id"])
			got[sent.Path] = event
		}
		require.Equal(t, "accord.deployment_recorded", got["/production"]["type"])
		require.Equal(t, "production", got["/production"]["data"].(testbroker.Object)["environment"])
		require.Equal(t, "2", got["/main"]["data"].(testbroker.Object)["consumer_version"])
		require.Equal(t, "7", got["/verified"]["data"].(testbroker.Object)["provider_version"])
		require.Len(t, b.Get("/api/v1/webhook-deliveries").OK().Find("items"), 3, "nothing else was triggered")
	}, testbroker.With(testbroker.CallingHere))
}

// Whose the applications are can be told, by whichever way they are a team's, and
// also of a contract that is gone.
func TestWebhooks_tellWhoseTheApplicationsAre(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		b.Version("Web", "1", "main")
		b.Put("/pacticipants/Web/labels/shop", nil).OK()
		b.Put("/api/v1/teams/Shop", testbroker.Object{"labels": []string{"shop"}}).OK(201)
		b.Put("/api/v1/teams/Core", testbroker.Object{"applications": []string{"Api"}}).OK(201)
		hook := detailedWebhook(to.URL, testbroker.Object{}, "contract_published", "contract_deleted")
		hook["request"].(testbroker.Object)["body"] = testbroker.Object{"text": "${pactbroker.consumerTeam} needs ${pactbroker.providerTeam}: ${pactbroker.eventName}"}
		b.Post(ownWebhooks, hook).OK(201)
		for _, test := range []struct{ consumer, provider, want string }{{"Web", "Api", "Shop needs Core"}, {"Bank", "Api", " needs Core"}, {"Web", "Ledger", "Shop needs "}} {
			b.Pact(test.consumer, "2").With(test.provider)
			require.JSONEq(t, `{"text": "`+test.want+`: contract_published"}`, to.Next(t).Body)
			b.Delete("/pacts/provider/" + test.provider + "/consumer/" + test.consumer + "/version/2").OK()
			require.JSONEq(t, `{"text": "`+test.want+`: contract_deleted"}`, to.Next(t).Body)
		}
	}, testbroker.With(testbroker.CallingHere))
}

func TestSigningKeys_rotate(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		created := b.Post(ownWebhooks, detailedWebhook(to.URL, testbroker.Object{}, "version_created")).OK(201)
		keys := ownWebhooks + "/" + created.Text("id") + "/signing-keys"
		added := b.Post(keys, testbroker.Object{"secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}).OK(201)
		b.Post(keys, testbroker.Object{"secret": "too short"}).OK(400)
		b.Post(ownWebhooks+"/nobody/signing-keys", "").OK(404)

		verifies := func(secret string, sent testbroker.Received) bool {
			verifier, err := standardwebhooks.NewWebhook(secret)
			require.NoError(t, err)
			return verifier.Verify([]byte(sent.Body), sent.Header) == nil
		}
		b.Version("Web", "1")
		sent := to.Next(t)
		require.True(t, verifies(created.Text("signing_keys", 0, "secret"), sent), "the older key stays valid")
		require.True(t, verifies(added.Text("secret"), sent))

		newest := b.Post(keys, "").OK(201)
		b.Version("Web", "2")
		sent = to.Next(t)
		require.False(t, verifies(created.Text("signing_keys", 0, "secret"), sent), "the oldest of three is dropped")
		require.True(t, verifies(newest.Text("secret"), sent))

		b.Delete(keys + "/" + newest.Text("id")).OK(204)
		b.Delete(keys + "/" + newest.Text("id")).OK(404)
		b.Delete(keys + "/" + added.Text("id")).OK(204)
		b.Version("Web", "3")
		require.Empty(t, to.Next(t).Get("webhook-signature"))
	}, testbroker.With(testbroker.CallingHere))
}

func TestWebhooks_withSecretsNeedAKey(t *testing.T) {
	b := testbroker.New(t, testbroker.OnPostgres(), testbroker.With(testbroker.CallingHere), testbroker.With(func(s *config.Settings) { s.Secrets.Key = "" }))
	w := detailedWebhook("http://127.0.0.1/x", testbroker.Object{}, "contract_published")
	unsigned := b.Post(ownWebhooks, w).OK(201)
	require.Empty(t, unsigned.Find("signing_keys"))
	b.Post(ownWebhooks+"/"+unsigned.Text("id")+"/signing-keys", "").OK(422)
	b.Put("/api/v1/secrets/TOKEN", testbroker.Object{"value": "hush"}).OK(422)
	w["request"].(testbroker.Object)["password"] = "open sesame"
	b.Post(ownWebhooks, w).OK(422)
	b.Put(ownWebhooks+"/my-own-webhook-0001", w).OK(422)
}

func TestSecrets_areFilledInAndNeverShown(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		require.Equal(t, "TOKEN", b.Put("/api/v1/secrets/TOKEN", testbroker.Object{"value": "s3cret", "description": "of the CI"}).OK(201).Text("name"))
		require.Equal(t, "", b.Put("/api/v1/secrets/OTHER", testbroker.Object{"value": "four"}).OK(201).Text("description"))
		b.Put("/api/v1/secrets/not%20a%20name", testbroker.Object{"value": "x"}).OK(400)
		b.Put("/api/v1/secrets/EMPTY", testbroker.Object{"value": ""}).OK(400)
		require.Contains(t, string(b.Put("/api/v1/secrets/SHORT", testbroker.Object{"value": "abc"}).OK(400).Body), "at least 4 characters")
		require.Contains(t, string(b.Put("/api/v1/secrets/TOKEN", testbroker.Object{"value": "**********"}).OK(400).Body), "give the secret itself", "stars read from elsewhere do not become the secret")
		require.Contains(t, string(b.Put("/api/v1/secrets/OTHER", testbroker.Object{"value": "four", "description": "a\u200bb"}).OK(400).Body), "invisible character U+200B")
		first := b.Get("/api/v1/secrets?limit=1").OK(200)
		require.Equal(t, "OTHER", first.Text("items", 0, "name"))
		require.Equal(t, "TOKEN", b.Get("/api/v1/secrets?limit=1&cursor="+first.Text("next_cursor")).OK().Text("items", 0, "name"))
		b.Get("/api/v1/secrets?cursor=!").OK(400)

		w := detailedWebhook(to.URL+"/?k=${secret.TOKEN}", testbroker.Object{}, "version_created")
		w["request"].(testbroker.Object)["headers"] = testbroker.Object{"X-Key": "key ${secret.TOKEN}"}
		id := b.Post(ownWebhooks, w).OK(201).Text("id")
		require.Equal(t, "key ${secret.TOKEN}", b.Get(ownWebhooks+"/"+id).OK().Text("request", "headers", "x-key"))
		b.Version("Web", "1")
		sent := to.Next(t)
		require.Equal(t, "/?k=s3cret", sent.Path)
		require.Equal(t, "key s3cret", sent.Get("x-key"))
		log := finished(t, b, delivery(b, "version_created")).Text("made", 0, "log")
		require.Contains(t, log, "k=**********")
		require.NotContains(t, log, "s3cret")

		b.Put("/api/v1/secrets/TOKEN", testbroker.Object{"value": "changed"}).OK(200)
		b.Version("Web", "2")
		require.Equal(t, "key changed", to.Next(t).Get("x-key"))
		b.Delete("/api/v1/secrets/TOKEN").OK(204)
		b.Delete("/api/v1/secrets/TOKEN").OK(404)
		require.Contains(t, b.Post("/webhooks/"+id+"/execute", "").OK(200).Text("error", "message"), "no secret with the name TOKEN")
	}, testbroker.With(testbroker.CallingHere))
}

func TestSecrets_goOnlyToTheirHosts(t *testing.T) {
	b, to := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		testbroker.CallingHere(s)
		s.Webhooks.Hosts, s.Webhooks.PrivateHosts = nil, []string{"127.0.0.1"}
	})), testbroker.NewReceiver(t)
	put := func(hosts ...string) testbroker.Response {
		return b.Put("/api/v1/secrets/TOKEN", testbroker.Object{"value": "s3cret", "hosts": hosts})
	}
	require.Contains(t, problems(put().OK(400)), "/hosts", "webhooks may call any host")
	for _, any := range []string{"/.*/", "https://ci.example.org", "*", "*.", "**", "*.*", "*le.org", "ci.*.org", "*.*.org", "0.0.0.0/0", "::/0"} {
		refused := put("ci.example.org", any).OK(400)
		require.Contains(t, problems(refused), "/hosts", any)
		require.Contains(t, refused.Text("errors", 0, "detail"), "such as ci.example.org or *.example.org", any)
	}
	require.Equal(t, []any{"*.example.org"}, put("*.example.org").OK(201).Find("hosts"))
	require.Equal(t, []any{"*.example.org"}, b.Get("/api/v1/secrets").OK().Find("items", 0, "hosts"))

	w := detailedWebhook(to.URL+"/?k=${secret.TOKEN}", testbroker.Object{}, "version_created")
	require.Contains(t, b.Post(ownWebhooks, w).OK(400).Text("errors", 0, "detail"), "may not be sent to 127.0.0.1")
	tried := testbroker.Webhook(to.URL+"/?k=${secret.TOKEN}", "contract_published")
	b.Post("/webhooks/execute", tried).OK(400)
	put("127.0.0.1", "ci", "10.0.0.0/8", "::1").OK(200)
	id := b.Post(ownWebhooks, w).OK(201).Text("id")
	b.Post("/webhooks/execute", tried).OK(200)
	require.Equal(t, "/?k=s3cret", to.Next(t).Path)

	put("ci.example.org").OK(200)
	failed := b.Post("/webhooks/"+id+"/execute", "").OK(200)
	require.Contains(t, failed.Text("error", "message"), "may not be sent to 127.0.0.1")
	require.Empty(t, to.Got)
}

func TestWebhooks_askForCredentialsAgainWhenTheyMove(t *testing.T) {
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere), testbroker.With(func(s *config.Settings) { s.Webhooks.Hosts = []string{"127.0.0.1", "localhost"} }))
	w := detailedWebhook("http://127.0.0.1/x", testbroker.Object{}, "version_created")
	request := w["request"].(testbroker.Object)
	request["password"] = "open sesame"
	address := ownWebhooks + "/" + b.Post(ownWebhooks, w).OK(201).Text("id")
	delete(request, "password")
	request["url"] = "http://127.0.0.1/y"
	b.Put(address, w).OK(200)
	request["url"] = "http://localhost/y"
	require.Contains(t, problems(b.Put(address, w).OK(400)), "/request/password")
	require.Equal(t, "http://127.0.0.1/y", b.Get(address).OK().Text("request", "url"))
	request["password"] = "another"
	b.Put(address, w).OK(200)
}

func TestWebhooks_failVisiblyWhenTheKeyForTheirSecretsIsGone(t *testing.T) {
	b, to := testbroker.New(t, testbroker.OnPostgres(), testbroker.With(testbroker.CallingHere)), testbroker.NewReceiver(t)
	id := b.Post(ownWebhooks, detailedWebhook(to.URL, testbroker.Object{}, "version_created")).OK(201).Text("id")
	other := b.Replica(func(s *config.Settings) { s.Secrets.Key = "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyMTI=" })
	other.Work()
	other.Version("Web", "1")
	failed := finished(t, other, delivery(other, "version_created"))
	require.Equal(t, "failure", failed.Text("status"))
	require.Contains(t, failed.Text("made", 0, "log"), "was the key changed or removed?")
	require.Equal(t, false, other.Post("/webhooks/"+id+"/execute", "").OK(200).Find("success"))
	require.Empty(t, to.Got)
}

// delivery is the id of the newest delivery of the event.
func delivery(b *testbroker.Broker, event string) string {
	return b.Get("/api/v1/webhook-deliveries?limit=1&event="+event).OK().Text("items", 0, "id")
}

// finished waits until nothing more is to be sent of a delivery.
func finished(t *testing.T, b *testbroker.Broker, id string) testbroker.Response {
	t.Helper()
	var shown testbroker.Response
	require.Eventually(t, func() bool {
		shown = b.Get("/api/v1/webhook-deliveries/" + id).OK(200)
		return shown.Text("status") == "success" || shown.Text("status") == "failure"
	}, 10*time.Second, 5*time.Millisecond)
	return shown
}

func TestCreateWebhook_namesWhatIsWrongInOneOrder(t *testing.T) {
	b := testbroker.New(t)
	request := testbroker.Object{"method": 1, "url": 2, "headers": 3, "username": 4, "password": 5}
	body := testbroker.Object{"description": 1, "enabled": "x", "events": "x", "zebra": 1, "ant": 1, "request": request}
	for range 10 {
		blamed := problems(b.Post(ownWebhooks, body).OK(400))
		require.Greater(t, len(blamed), 5)
		require.IsNonDecreasing(t, blamed)
	}
}
