package app_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// secretive is a webhook with a secret in each place that can hold one, all but the
// signing keys.
func secretive(receiver *testbroker.Receiver) testbroker.Object {
	hook := testbroker.Webhook(receiver.URL+"/build?token=t0ken", "contract_published")
	request := hook["request"].(testbroker.Object)
	request["username"], request["password"] = "me", "hush"
	request["headers"] = testbroker.Object{"x-api-key": "abc", "content-type": "application/json"}
	return hook
}

func changedOf(result store.Imported, kind archive.Kind) (added, changed int64) {
	for _, k := range result.Kinds {
		if k.Kind == kind {
			return k.Added, k.Changed
		}
	}
	return 0, 0
}

// requireEnabled enables what was imported, and looks at what waits for a secret.
func requireEnabled(t *testing.T, b *testbroker.Broker, want int64, missing ...string) {
	t.Helper()
	enabled, lacking, err := app.EnableImportedWebhooks(context.Background(), b.Settings())
	require.NoError(t, err)
	names := []string{}
	for _, l := range lacking {
		names = append(names, l.Secret)
	}
	require.ElementsMatch(t, append([]string{}, missing...), names)
	require.Equal(t, want, enabled)
}

func TestImport_fillsInTheSecretsThatWereMissingBefore(t *testing.T) {
	receiver := testbroker.NewReceiver(t)
	from := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	uuid := from.Post("/api/v1/webhooks", testbroker.Object{"events": []string{"contract_published"}, "request": secretive(receiver)["request"]}).OK(http.StatusCreated).Text("id")
	from.Post("/api/v1/webhooks/"+uuid+"/signing-keys", testbroker.Object{}).OK(http.StatusCreated)
	from.Put("/api/v1/secrets/deep", testbroker.Object{"value": "hush", "hosts": []string{"example.org"}}).OK(http.StatusCreated)
	bare, whole := exported(t, from.Settings(), store.ExportQuery{}), exported(t, from.Settings(), store.ExportQuery{Encrypted: true})
	testbroker.Each(t, func(t *testing.T, to *testbroker.Broker) {
		to.Work()
		require.Len(t, imported(t, to.Settings(), "test", bare).MissingSecrets, 5)
		require.Equal(t, linesOf(bare, archive.KindWebhook), linesOf(exported(t, to.Settings(), store.ExportQuery{}), archive.KindWebhook), "equal data give equal bytes")
		result := imported(t, to.Settings(), "test", whole)
		require.Empty(t, result.MissingSecrets)
		_, changed := changedOf(result, archive.KindWebhook)
		require.Equal(t, int64(1), changed)
		added, _ := changedOf(result, archive.KindSecret)
		require.Equal(t, int64(1), added)
		require.Equal(t, string(bare), string(exported(t, to.Settings(), store.ExportQuery{})))
		_, changed = changedOf(imported(t, to.Settings(), "test", whole), archive.KindWebhook)
		require.Zero(t, changed, "nothing is missing any more")
		imported(t, to.Settings(), "test", bare)
		requireEnabled(t, to, 1)
		to.Put("/pacts/provider/Stock/consumer/Shop/version/1", pactbrokerdb.Content("one")).OK(http.StatusCreated)
		got := receiver.Next(t)
		require.Equal(t, "/build?token=t0ken", got.Path)
		require.Equal(t, "abc", got.Get("X-Api-Key"))
		require.Equal(t, "Basic bWU6aHVzaA==", got.Get("Authorization"))
		require.NotEmpty(t, got.Get("Webhook-Signature"))
	}, testbroker.With(testbroker.CallingHere))
}

// Secrets were given for one place: a webhook that was led to another one meanwhile
// does not get them.
func TestImport_fillsNoSecretIntoAWebhookThatSendsElsewhere(t *testing.T) {
	receiver := testbroker.NewReceiver(t)
	from := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	uuid := from.Post("/webhooks", secretive(receiver)).OK(http.StatusCreated).Link("self")[len(string(testbroker.Base)+"/webhooks/"):]
	to := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	imported(t, to.Settings(), "test", exported(t, from.Settings(), store.ExportQuery{}))
	elsewhere := secretive(testbroker.NewReceiver(t))
	request := elsewhere["request"].(testbroker.Object)
	request["password"], request["headers"] = "", testbroker.Object{"x-api-key": ""}
	elsewhere["enabled"] = false
	to.Put("/webhooks/"+uuid, elsewhere).OK(http.StatusOK)
	imported(t, to.Settings(), "test", exported(t, from.Settings(), store.ExportQuery{Encrypted: true}))
	requireEnabled(t, to, 0, "password", "header x-api-key")
}

func TestImport_enablesWebhooksWhoseSecretsWereEntered(t *testing.T) {
	receiver := testbroker.NewReceiver(t)
	from := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	path := from.Post("/webhooks", secretive(receiver)).OK(http.StatusCreated).Link("self")[len(string(testbroker.Base)):]
	content := exported(t, from.Settings(), store.ExportQuery{})
	testbroker.Each(t, func(t *testing.T, to *testbroker.Broker) {
		imported(t, to.Settings(), "test", content)
		requireEnabled(t, to, 0, "password", "header x-api-key", "url")
		entered := func(change func(hook, request testbroker.Object)) {
			t.Helper()
			hook := secretive(receiver)
			hook["enabled"] = false
			change(hook, hook["request"].(testbroker.Object))
			to.Put(path, hook).OK(http.StatusOK)
		}
		entered(func(_, request testbroker.Object) {
			request["password"], request["headers"] = "", testbroker.Object{"x-api-key": "**********"}
		})
		requireEnabled(t, to, 0, "password", "header x-api-key")
		entered(func(_, request testbroker.Object) {
			request["password"], request["headers"] = nil, testbroker.Object{"x-api-key": ""}
		})
		requireEnabled(t, to, 0, "header x-api-key")
		entered(func(testbroker.Object, testbroker.Object) {})
		requireEnabled(t, to, 1)
		entered(func(testbroker.Object, testbroker.Object) {})
		requireEnabled(t, to, 0)
	}, testbroker.With(testbroker.CallingHere))
}

// Who has enabled a webhook by hand may disable it by hand: it waits for nothing then.
func TestImport_leavesWebhooksAloneThatWereEnabledByHand(t *testing.T) {
	receiver := testbroker.NewReceiver(t)
	from := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	path := from.Post("/webhooks", testbroker.Webhook(receiver.URL, "contract_published")).OK(http.StatusCreated).Link("self")[len(string(testbroker.Base)):]
	content := exported(t, from.Settings(), store.ExportQuery{})
	testbroker.Each(t, func(t *testing.T, to *testbroker.Broker) {
		require.Equal(t, int64(1), imported(t, to.Settings(), "test", content).WebhooksToEnable)
		hook := testbroker.Webhook(receiver.URL, "contract_published")
		to.Put(path, hook).OK(http.StatusOK)
		hook["enabled"] = false
		to.Put(path, hook).OK(http.StatusOK)
		require.Zero(t, imported(t, to.Settings(), "test", content).WebhooksToEnable)
		requireEnabled(t, to, 0)
	}, testbroker.With(testbroker.CallingHere))
}
