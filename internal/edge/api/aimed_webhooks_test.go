package api_test

import (
	"encoding/json"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"accord/internal/support/config"
	"accord/internal/testing/testbroker"
)

const ownWebhooks = "/api/v1/webhooks"

// aimed is a webhook of the own API that sends the event itself.
func aimed(url string, aim object, events ...string) object {
	return object{"events": events, "aim": aim, "request": object{"method": "POST", "url": url}}
}

// problems are the fields that a problem document blames.
func problems(r testbroker.Response) []string {
	var blamed []string
	for _, item := range r.Find("errors").([]any) {
		pointer, _ := item.(object)["pointer"].(string)
		blamed = append(blamed, pointer)
	}
	return blamed
}

func TestAimedWebhooks_areKeptShownReplacedAndDeleted(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Pact("Web", "1").With("Ledger")
		w := aimed("http://127.0.0.1/x", object{"consumers": []string{"Web*"}, "branches": []string{"main"}}, "deployment_recorded", "contract_published")
		w["provider"] = object{"name": "Ledger"}
		created := b.Post(ownWebhooks, w).OK(201)
		address := ownWebhooks + "/" + created.Text("id")
		require.Equal(t, string(testbroker.Base)+address, created.Header.Get("Location"))
		require.Contains(t, created.Text("signing_keys", 0, "secret"), "whsec_")
		require.Equal(t, "cloudevents", created.Text("format"))

		shown := b.Get(address).OK(200)
		require.Nil(t, shown.Find("signing_keys", 0, "secret"))
		require.Equal(t, []any{"Web*"}, shown.Find("aim", "consumers"))
		require.Equal(t, []any{}, shown.Find("aim", "environments"))
		require.Equal(t, object{"name": "Ledger"}, shown.Find("provider"))
		require.Equal(t, []any{"deployment_recorded", "contract_published"}, shown.Find("events"))
		require.Equal(t, "deployment_recorded", b.Get("/webhooks/"+created.Text("id")).OK().Text("events", 0, "name"), "the compatible API shows it, too")

		w["request"] = object{"method": "POST", "url": "http://127.0.0.1/y", "body": object{"a": 1}, "password": "open sesame"}
		w["aim"] = object{}
		replaced := b.Put(address, w).OK(200)
		require.Equal(t, "template", replaced.Text("format"))
		require.Equal(t, "**********", replaced.Text("request", "password"))
		require.Equal(t, created.Find("signing_keys", 0, "id"), replaced.Find("signing_keys", 0, "id"))
		b.Put(ownWebhooks+"/my-own-webhook-0001", w).OK(201)
		b.Put(ownWebhooks+"/short", w).OK(400)

		b.Delete(address).OK(204)
		b.Delete(address).OK(404)
		b.Get(address).OK(404)
	}, testbroker.With(callingHere))
}

func TestAimedWebhooks_outliveTheCompatibleAPI(t *testing.T) {
	b := testbroker.New(t, testbroker.With(callingHere))
	id := b.Post(ownWebhooks, aimed("http://127.0.0.1/x", object{"tags": []string{"dev"}}, "contract_published")).OK(201).Text("id")
	b.Post(ownWebhooks+"/"+id+"/pause", "").OK(200)
	b.Put("/webhooks/"+id, hook("http://127.0.0.1/y", "contract_content_changed")).OK(200)
	shown := b.Get(ownWebhooks + "/" + id).OK()
	require.Equal(t, []any{"dev"}, shown.Find("aim", "tags"))
	require.Equal(t, true, shown.Find("paused"))
	require.Equal(t, "template", shown.Text("format"))
	require.Len(t, shown.Find("signing_keys"), 1)
}

func TestAimedWebhooks_areChecked(t *testing.T) {
	b := testbroker.New(t, testbroker.With(callingHere))
	good := func() object { return aimed("http://127.0.0.1/x", object{}, "contract_published") }
	for name, c := range map[string]struct {
		spoil func(w object)
		field string
	}{
		"no events":            {func(w object) { w["events"] = []string{} }, "/events"},
		"unknown event":        {func(w object) { w["events"] = []string{"rapture"} }, "/events"},
		"no request":           {func(w object) { delete(w, "request") }, "/request"},
		"unknown field":        {func(w object) { w["colour"] = "red" }, "/colour"},
		"unknown aim":          {func(w object) { w["aim"] = object{"moon": []string{"x"}} }, "/aim/moon"},
		"blank pattern":        {func(w object) { w["aim"] = object{"tags": []string{" "}} }, "/aim/tags"},
		"unknown format":       {func(w object) { w["format"] = "morse" }, "/format"},
		"event and body":       {func(w object) { w["format"] = "cloudevents"; w["request"].(object)["body"] = "x" }, "/request/body"},
		"unknown in request":   {func(w object) { w["request"].(object)["verb"] = "x" }, "/request/verb"},
		"host not allowed":     {func(w object) { w["request"].(object)["url"] = "http://example.org" }, "/request/url"},
		"unknown application":  {func(w object) { w["consumer"] = object{"name": "Nobody"} }, "/consumer/name"},
		"method not allowed":   {func(w object) { w["request"].(object)["method"] = "DELETE" }, "/request/method"},
		"header with a break":  {func(w object) { w["request"].(object)["headers"] = object{"X-A": "1\n2"} }, "/request/headers"},
		"enabled is no switch": {func(w object) { w["enabled"] = "yes" }, "/enabled"},
	} {
		w := good()
		c.spoil(w)
		require.Contains(t, problems(b.Post(ownWebhooks, w).OK(400)), c.field, name)
	}
	b.Post(ownWebhooks, good()).OK(201)
}

func TestAimedWebhooks_areListedInParts(t *testing.T) {
	b := testbroker.New(t, testbroker.With(callingHere))
	b.Pact("Web", "1").With("Ledger")
	one := b.Post(ownWebhooks, aimed("http://127.0.0.1/1", object{"consumers": []string{"W*"}}, "contract_published")).OK(201).Text("id")
	two := b.Post(ownWebhooks, aimed("http://127.0.0.1/2", object{"providers": []string{"Mail"}}, "deployment_recorded")).OK(201).Text("id")
	three := b.Post(ownWebhooks, aimed("http://127.0.0.1/3", object{}, "contract_published", "deployment_recorded")).OK(201).Text("id")
	list := func(query string) []any {
		ids := []any{}
		for _, item := range b.Get(ownWebhooks + query).OK(200).Find("items").([]any) {
			ids = append(ids, item.(object)["id"])
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

func TestAimedWebhooks_tellOfFactsThatTheyAreAimedAt(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := newReceiver(t)
		b.Work()
		b.Post(ownWebhooks, aimed(to.URL+"/production", object{"environments": []string{"prod*"}, "applications": []string{"Ledger"}}, "deployment_recorded")).OK(201)
		b.Post(ownWebhooks, aimed(to.URL+"/main", object{"branches": []string{"main"}}, "contract_published")).OK(201)
		b.Post(ownWebhooks, aimed(to.URL+"/verified", object{"provider_branches": []string{"release/*"}, "tags": []string{"dev"}}, "provider_verification_succeeded")).OK(201)
		b.Version("Ledger", "7", "release/7")
		b.Deploy("Ledger", "7", "test")
		b.Deploy("Ledger", "7", "production")
		b.Pact("Web", "1").Branch("feat").With("Ledger")
		b.Pact("Web", "2").Branch("main").Tags("dev").With("Ledger").VerifiedBy("7")

		got := map[string]object{}
		for range 3 {
			sent := to.next(t)
			var event object
			require.NoError(t, json.Unmarshal([]byte(sent.body), &event), sent.body)
			require.Equal(t, "application/cloudevents+json; charset=utf-8", sent.Get("content-type"))
			require.Equal(t, "1.0", event["specversion"])
			require.Equal(t, string(testbroker.Base), event["source"])
			require.NotEmpty(t, event["id"])
			got[sent.path] = event
		}
		require.Equal(t, "accord.deployment_recorded", got["/production"]["type"])
		require.Equal(t, "production", got["/production"]["data"].(object)["environment"])
		require.Equal(t, "2", got["/main"]["data"].(object)["consumer_version"])
		require.Equal(t, "7", got["/verified"]["data"].(object)["provider_version"])
		require.Len(t, b.Get("/api/v1/webhook-deliveries").OK().Find("items"), 3, "nothing else was triggered")
	}, testbroker.With(callingHere))
}

func TestSigningKeys_rotate(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := newReceiver(t)
		b.Work()
		created := b.Post(ownWebhooks, aimed(to.URL, object{}, "version_created")).OK(201)
		keys := ownWebhooks + "/" + created.Text("id") + "/signing-keys"
		added := b.Post(keys, object{"secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}).OK(201)
		b.Post(keys, object{"secret": "too short"}).OK(400)
		b.Post(ownWebhooks+"/nobody/signing-keys", "").OK(404)

		verifies := func(secret string, sent received) bool {
			verifier, err := standardwebhooks.NewWebhook(secret)
			require.NoError(t, err)
			return verifier.Verify([]byte(sent.body), sent.Header) == nil
		}
		b.Version("Web", "1")
		sent := to.next(t)
		require.True(t, verifies(created.Text("signing_keys", 0, "secret"), sent), "the older key stays valid")
		require.True(t, verifies(added.Text("secret"), sent))

		newest := b.Post(keys, "").OK(201)
		b.Version("Web", "2")
		sent = to.next(t)
		require.False(t, verifies(created.Text("signing_keys", 0, "secret"), sent), "the oldest of three is dropped")
		require.True(t, verifies(newest.Text("secret"), sent))

		b.Delete(keys + "/" + newest.Text("id")).OK(204)
		b.Delete(keys + "/" + newest.Text("id")).OK(404)
		b.Delete(keys + "/" + added.Text("id")).OK(204)
		b.Version("Web", "3")
		require.Empty(t, to.next(t).Get("webhook-signature"))
	}, testbroker.With(callingHere))
}

func TestAimedWebhooks_withSecretsNeedAKey(t *testing.T) {
	b := testbroker.New(t, testbroker.OnPostgres(), testbroker.With(callingHere), testbroker.With(func(s *config.Settings) { s.Secrets.Key = "" }))
	w := aimed("http://127.0.0.1/x", object{}, "contract_published")
	unsigned := b.Post(ownWebhooks, w).OK(201)
	require.Empty(t, unsigned.Find("signing_keys"))
	b.Post(ownWebhooks+"/"+unsigned.Text("id")+"/signing-keys", "").OK(422)
	b.Put("/api/v1/secrets/TOKEN", object{"value": "x"}).OK(422)
	w["request"].(object)["password"] = "open sesame"
	b.Post(ownWebhooks, w).OK(422)
	b.Put(ownWebhooks+"/my-own-webhook-0001", w).OK(422)
}

func TestSecrets_areFilledInAndNeverShown(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := newReceiver(t)
		b.Work()
		require.Equal(t, "TOKEN", b.Put("/api/v1/secrets/TOKEN", object{"value": "s3cret", "description": "of the CI"}).OK(201).Text("name"))
		require.Equal(t, "", b.Put("/api/v1/secrets/OTHER", object{"value": "x"}).OK(201).Text("description"))
		b.Put("/api/v1/secrets/not%20a%20name", object{"value": "x"}).OK(400)
		b.Put("/api/v1/secrets/EMPTY", object{"value": ""}).OK(400)
		first := b.Get("/api/v1/secrets?limit=1").OK(200)
		require.Equal(t, "OTHER", first.Text("items", 0, "name"))
		require.Equal(t, "TOKEN", b.Get("/api/v1/secrets?limit=1&cursor="+first.Text("next_cursor")).OK().Text("items", 0, "name"))
		b.Get("/api/v1/secrets?cursor=!").OK(400)

		w := aimed(to.URL+"/?k=${secret.TOKEN}", object{}, "version_created")
		w["request"].(object)["headers"] = object{"X-Key": "key ${secret.TOKEN}"}
		id := b.Post(ownWebhooks, w).OK(201).Text("id")
		require.Equal(t, "key ${secret.TOKEN}", b.Get(ownWebhooks+"/"+id).OK().Text("request", "headers", "x-key"))
		b.Version("Web", "1")
		sent := to.next(t)
		require.Equal(t, "/?k=s3cret", sent.path)
		require.Equal(t, "key s3cret", sent.Get("x-key"))
		log := finished(t, b, delivery(b, "version_created")).Text("made", 0, "log")
		require.Contains(t, log, "k=**********")
		require.NotContains(t, log, "s3cret")

		b.Put("/api/v1/secrets/TOKEN", object{"value": "changed"}).OK(200)
		b.Version("Web", "2")
		require.Equal(t, "key changed", to.next(t).Get("x-key"))
		b.Delete("/api/v1/secrets/TOKEN").OK(204)
		b.Delete("/api/v1/secrets/TOKEN").OK(404)
		require.Contains(t, b.Post("/webhooks/"+id+"/execute", "").OK(200).Text("error", "message"), "no secret with the name TOKEN")
	}, testbroker.With(callingHere))
}

func TestWebhooks_failVisiblyWhenTheKeyForTheirSecretsIsGone(t *testing.T) {
	b, to := testbroker.New(t, testbroker.OnPostgres(), testbroker.With(callingHere)), newReceiver(t)
	id := b.Post(ownWebhooks, aimed(to.URL, object{}, "version_created")).OK(201).Text("id")
	other := b.Replica(func(s *config.Settings) { s.Secrets.Key = "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyMTI=" })
	other.Work()
	other.Version("Web", "1")
	failed := finished(t, other, delivery(other, "version_created"))
	require.Equal(t, "failure", failed.Text("status"))
	require.Contains(t, failed.Text("made", 0, "log"), "was the key changed or removed?")
	require.Equal(t, false, other.Post("/webhooks/"+id+"/execute", "").OK(200).Find("success"))
	require.Empty(t, to.got)
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

func TestCreateAimedWebhook_namesWhatIsWrongInOneOrder(t *testing.T) {
	b := testbroker.New(t)
	request := object{"method": 1, "url": 2, "headers": 3, "username": 4, "password": 5}
	body := object{"description": 1, "enabled": "x", "events": "x", "zebra": 1, "ant": 1, "request": request}
	for range 10 {
		blamed := problems(b.Post(ownWebhooks, body).OK(400))
		require.Greater(t, len(blamed), 5)
		require.IsNonDecreasing(t, blamed)
	}
}
