package store_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/webhooks"
)

func webhookService(db *store.DB) *webhooks.Service {
	return &webhooks.Service{
		Sender: webhooks.Sender{Policy: webhooks.DefaultPolicy()}, Read: db,
		InTx: func(ctx context.Context, fn func(ctx context.Context, tx webhooks.Tx) error) error {
			return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		},
	}
}

// untilSomebodyWaits returns once a transaction waits for a lock of another.
func untilSomebodyWaits(t *testing.T, db *store.DB) {
	t.Helper()
	require.Eventually(t, func() bool { return somebodyWaits(db) }, 20*time.Second, 5*time.Millisecond)
}

func somebodyWaits(db *store.DB) bool {
	waiting, err := db.Lines(context.Background(), "SELECT pid::text FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())")
	return err == nil && len(waiting) > 0
}

// begun runs what somebody does, and returns once that is done or waits for a lock of
// another; on SQLite, where one writes after the other, at once. The channel says what
// came of it.
func begun(t *testing.T, db *store.DB, do func() error) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	if !db.IsPostgres() {
		return done
	}
	require.Eventually(t, func() bool { return len(done) > 0 || somebodyWaits(db) }, 20*time.Second, 5*time.Millisecond)
	return done
}

func TestPutWebhook_waitsForWhoeverIsChangingIt(t *testing.T) {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: testpostgres.Database(t)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	const uuid = "my-own-webhook-0001"
	draft := webhooks.Draft{Webhook: webhooks.Webhook{
		Events: []events.Type{events.ContractPublished}, Format: webhooks.Template, Request: webhooks.Request{Method: "POST", URL: "https://ci.example.org/x"},
	}}
	service := webhookService(db)
	_, _, err = service.Put(ctx, uuid, draft)
	require.NoError(t, err)

	put := make(chan error, 1)
	require.NoError(t, db.InTx(ctx, func(tctx context.Context, tx *store.Tx) error {
		kept, _, err := tx.LockWebhook(tctx, uuid)
		if err != nil {
			return err
		}
		go func() {
			_, _, err := service.Put(ctx, uuid, draft)
			put <- err
		}()
		untilSomebodyWaits(t, db)
		kept.Webhook.EventFilter.Tags = []string{"dev"}
		return tx.UpdateWebhook(tctx, kept)
	}))
	require.NoError(t, <-put)
	kept, _, err := db.Webhook(ctx, uuid)
	require.NoError(t, err)
	require.Equal(t, []string{"dev"}, kept.Webhook.EventFilter.Tags, "what the other one has changed meanwhile is kept")
}

func TestDeleteWebhook_judgesWhatWasChangedWhileItWaited(t *testing.T) {
	ctx := context.Background()
	shopOnly := access.With(ctx, access.Principal{Grants: []access.Grant{{Role: access.Developer, Scope: access.Scope{Applications: []string{"Shop"}}}}})
	for name, meanwhile := range map[string]func(ctx context.Context, tx *store.Tx, kept webhooks.Stored) error{
		"it was given to others": func(ctx context.Context, tx *store.Tx, kept webhooks.Stored) error {
			kept.Webhook.Consumer.Name = "Stock"
			return tx.UpdateWebhook(ctx, kept)
		},
		"it was deleted": func(ctx context.Context, tx *store.Tx, kept webhooks.Stored) error {
			return tx.RemoveWebhook(ctx, kept.Webhook.UUID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
			service := webhookService(db)
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				for _, name := range []string{"Shop", "Stock"} {
					_, err := pacticipants.FindOrCreate(ctx, tx, name)
					require.NoError(t, err)
				}
			})
			const uuid = "my-own-webhook-0001"
			_, _, err := service.Put(ctx, uuid, webhooks.Draft{Webhook: webhooks.Webhook{
				Consumer: webhooks.Side{Name: "Shop"}, Events: []events.Type{events.ContractPublished}, Format: webhooks.Template,
				Request: webhooks.Request{Method: "POST", URL: "https://ci.example.org/x"},
			}})
			require.NoError(t, err)

			var deleted <-chan error
			require.NoError(t, db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
				kept, _, err := tx.LockWebhook(ctx, uuid)
				if err != nil {
					return err
				}
				deleted = begun(t, db, func() error { return service.Delete(shopOnly, uuid) })
				return meanwhile(ctx, tx, kept)
			}))
			err = <-deleted
			require.True(t, fault.Is(err, fault.NotFound), err)
		})
	}
}

func TestLockSecret_makesThoseWhoChangeTheSameWait(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const writers, times = 8, 5
		var together sync.WaitGroup
		for w := range writers {
			name := []string{"a", "b"}[w%2]
			together.Go(func() {
				for range times {
					if err := db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
						if _, _, err := tx.LockSecret(ctx, name); err != nil {
							return err
						}
						secret, err := tx.FindSecret(ctx, name)
						if err != nil {
							return err
						}
						if secret == nil {
							secret = &webhooks.Secret{Name: name}
						}
						secret.Description += "x"
						_, _, err = tx.PutSecret(ctx, *secret, []byte("x"))
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		together.Wait()
		for _, name := range []string{"a", "b"} {
			secret, err := db.FindSecret(context.Background(), name)
			require.NoError(t, err)
			require.Equal(t, strings.Repeat("x", writers/2*times), secret.Description)
		}
	})
}

func TestLockWebhook_writesNothing(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t), Fast: true})
	addHistory(t, db)
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		require.NoError(t, tx.Exec(ctx, `INSERT INTO webhooks (uuid, description, enabled, events, method, url, headers, username, password, paused, created_at, updated_at)
			SELECT 'w', '', (1 = 1), '[]', 'POST', 'http://example.org', '[]', '', '', (1 = 1), 1, 1`))
		require.NoError(t, tx.Exec(ctx, triggered("d", "w", "contract_published", "retrying", true)))
	})
	at := func() []string {
		lines, err := db.Lines(context.Background(), "SELECT ctid::text FROM webhooks")
		require.NoError(t, err)
		return lines
	}
	before := at()
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		_, found, err := tx.LockWebhook(ctx, "w")
		require.NoError(t, err)
		require.True(t, found)
		paused, err := tx.PauseDelivery(ctx, "d", 1)
		require.NoError(t, err)
		require.True(t, paused)
		added := begun(t, db, func() error {
			return db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				return tx.Exec(ctx, triggered("e", "w", "contract_published", "retrying", true))
			})
		})
		require.Len(t, added, 1, "who makes a delivery does not wait")
	})
	require.Equal(t, before, at(), "where the row stands")
}
