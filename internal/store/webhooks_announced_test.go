package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/webhooks"
)

func TestAnnounce_isToldWhateverTheCallerKnowsOfTheTransaction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var told []events.Fact
		db.OnAnnounce(func(_ context.Context, _ *store.Tx, fact events.Fact) error {
			told = append(told, fact)
			return nil
		})
		require.NoError(t, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			var announcer events.Announcer = tx
			for _, announce := range []func(context.Context, events.Fact) error{announcer.Announce, tx.Announce} {
				if err := announce(ctx, events.Fact{Type: events.EnvironmentChanged, Subject: "test"}); err != nil {
					return err
				}
			}
			return tx.AnnounceTo(ctx, events.Fact{Type: events.ContractPublished, Subject: "Shop"}, func(fact events.Fact) error {
				require.NotEmpty(t, fact.ID, "whoever knows more is told in place of the others")
				return nil
			})
		}))
		require.Len(t, told, 2)
		require.NotEmpty(t, told[0].ID, "it is filled in")
	})
}

func TestListening_readsCandidatesWithoutTheirSecrets(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		listening := func(tx *store.Tx, event events.Type) []webhooks.Stored {
			found, err := tx.Listening(ctx, event, 0, 0)
			require.NoError(t, err)
			return found
		}
		require.NoError(t, db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			exist, enabled, err := tx.AnyWebhooks(ctx)
			require.NoError(t, err)
			require.False(t, exist || enabled)
			require.Empty(t, listening(tx, events.ContractPublished))
			w := webhooks.Webhook{UUID: "my-own-webhook-0001", Events: []events.Type{events.ContractPublished}, Request: webhooks.Request{Method: "POST", URL: "https://h/"}}
			if err := tx.AddWebhook(ctx, webhooks.Stored{Webhook: w}); err != nil {
				return err
			}
			exist, enabled, err = tx.AnyWebhooks(ctx)
			require.NoError(t, err)
			require.True(t, exist && !enabled, "the transaction notices what it has changed itself")
			w.UUID, w.Enabled = "my-own-webhook-0002", true
			if err := tx.AddWebhook(ctx, webhooks.Stored{Webhook: w, Encrypted: []byte("x"), SigningKeys: []byte("y")}); err != nil {
				return err
			}
			found := listening(tx, events.ContractPublished)
			require.Len(t, found, 1)
			require.Equal(t, w.UUID, found[0].Webhook.UUID)
			require.Nil(t, found[0].Encrypted)
			require.Nil(t, found[0].SigningKeys)
			require.Empty(t, listening(tx, events.ContractContentChanged))
			sides, err := tx.WebhookSides(ctx, 0, 0)
			require.NoError(t, err)
			require.Equal(t, []webhooks.Sides{{}}, sides)
			return nil
		}))
	})
}
