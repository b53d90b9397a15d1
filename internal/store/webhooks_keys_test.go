package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/secrets"
	"github.com/accord-broker/accord/internal/webhooks"
)

// keysAway is a store of keys.
type keysAway struct {
	keys string
	// reading is called whenever it is read.
	reading func()
}

func (k *keysAway) Read(context.Context) (keys, version string, err error) {
	if k.reading != nil {
		k.reading()
	}
	return k.keys, k.keys, nil
}

func (k *keysAway) Write(context.Context, string, string) error  { return nil }
func (k *keysAway) ChangedAt(context.Context) (time.Time, error) { return time.Time{}, nil }
func (k *keysAway) Place() string                                { return "away" }

// Another broker has encrypted with a key that this one has not read yet.
func TestWebhooks_areOpenedWithNewKeysThatAreReadOutsideOfTransactions(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		older := secrets.NewKey()
		both := secrets.NewKey() + " " + older
		kept := &keysAway{keys: older}
		behind, ahead := webhookService(db), webhookService(db)
		var err error
		behind.Keyring, err = secrets.Open(ctx, kept)
		require.NoError(t, err)
		ahead.NewID = func() string { return "key" }
		ahead.Keyring, err = secrets.Parse(both)
		require.NoError(t, err)
		draft := webhooks.Draft{Webhook: webhooks.Webhook{
			Events: []events.Type{events.ContractPublished}, Format: webhooks.Template,
			Request: webhooks.Request{Method: "POST", URL: "https://ci.example.org/x", Username: "u", Password: "hush-hush"},
		}}
		const uuid = "my-own-webhook-0001"
		_, _, err = ahead.PutDetailed(ctx, uuid, draft)
		require.NoError(t, err)
		_, err = behind.ShowDetailed(ctx, uuid)
		require.ErrorContains(t, err, "was the key changed", "the keys were read a moment ago")

		reads := 0
		kept.reading = func() {
			reads++
			kept.keys = both
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			require.NoError(t, db.InTx(ctx, func(context.Context, *store.Tx) error { return nil }), "others write meanwhile")
		}
		draft.Webhook.Request.Password = webhooks.Stars
		require.Eventually(t, func() bool {
			_, _, err = behind.Put(ctx, uuid, draft)
			return err == nil
		}, 10*time.Second, 100*time.Millisecond)
		require.Equal(t, 1, reads)
		_, err = behind.ShowDetailed(ctx, uuid)
		require.NoError(t, err)
	})
}
