package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/requests"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// keyNamed is a key of a kept answer.
func keyNamed(name string) []byte { return []byte((name + strings.Repeat(" ", 32))[:32]) }

func TestAnswerOnce_isOneTransaction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		addBoth := func(last error) ([]byte, error) {
			kept, taken, err := db.AnswerOnce(ctx, keyNamed("one"), func(ctx context.Context) ([]byte, error) {
				write := func(name string) error {
					return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
						_, err := pacticipants.FindOrCreate(ctx, tx, name)
						return err
					})
				}
				require.NoError(t, write("Shop"))
				_, found, err := db.FindPacticipant(ctx, "Shop")
				require.NoError(t, err)
				require.True(t, found, "what was written is seen by who reads outside")
				require.NoError(t, db.View(ctx, func(ctx context.Context, tx *store.Tx) error {
					_, found, err := tx.FindPacticipant(ctx, "Shop")
					require.True(t, found, "and in a View")
					return err
				}))
				require.NoError(t, write("Stock"))
				return []byte("both"), last
			})
			require.False(t, taken)
			return kept, err
		}
		undone := errors.New("undone")
		_, err := addBoth(undone)
		require.ErrorIs(t, err, undone)
		_, found, err := db.FindPacticipant(ctx, "Shop")
		require.NoError(t, err)
		require.False(t, found)

		kept, err := addBoth(nil)
		require.NoError(t, err)
		require.Nil(t, kept, "it was done just now")
		kept, err = addBoth(undone)
		require.NoError(t, err)
		require.Equal(t, "both", string(kept), "it was done before")
	})
}

// Another replica that gets the same request meanwhile is told so, and does nothing.
func TestAnswerOnce_isTakenWhileAnotherReplicaIsAtIt(t *testing.T) {
	url := testpostgres.Database(t)
	here, there := open(t, store.Options{URL: url}), open(t, store.Options{URL: url})
	answer := func(fn func() error) func(context.Context) ([]byte, error) {
		return func(context.Context) ([]byte, error) { return []byte("done"), fn() }
	}
	_, taken, err := here.AnswerOnce(context.Background(), keyNamed("one"), answer(func() error {
		kept, taken, err := there.AnswerOnce(context.Background(), keyNamed("one"), answer(func() error {
			t.Error("both do it")
			return nil
		}))
		require.True(t, taken)
		require.Nil(t, kept)
		return err
	}))
	require.NoError(t, err)
	require.False(t, taken)
}

func TestAnswerOnce_undoesAllIfOneChangeIsUndone(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		failed := errors.New("failed")
		_, _, err := db.AnswerOnce(ctx, keyNamed("one"), func(ctx context.Context) ([]byte, error) {
			write := func(name string, err error) error {
				return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
					_, _ = pacticipants.FindOrCreate(ctx, tx, name) // what comes of it is looked at below
					return err
				})
			}
			require.NoError(t, write("Shop", nil))
			require.ErrorIs(t, write("Stock", failed), failed)
			return []byte("as if nothing had happened"), nil
		})
		require.ErrorIs(t, err, failed)
		_, found, err := db.FindPacticipant(ctx, "Shop")
		require.NoError(t, err)
		require.False(t, found)
		kept, err := db.StoredAnswer(ctx, keyNamed("one"))
		require.NoError(t, err)
		require.Nil(t, kept)
	})
}

func TestAnswerOnce_tellsOfFactsOnlyAfterTheCommit(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		announced := db.Announced()
		_, _, err := db.AnswerOnce(context.Background(), keyNamed("one"), func(ctx context.Context) ([]byte, error) {
			require.NoError(t, db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
				return tx.Announce(ctx, events.Fact{Type: events.EnvironmentChanged, Subject: "test"})
			}))
			select {
			case <-announced:
				t.Error("told before the commit")
			default:
			}
			return []byte("done"), nil
		})
		require.NoError(t, err)
		<-announced
	})
}

func TestPurge_forgetsAnswersAndRequests(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	clock := now
	eachWith(t, store.Options{KeepFacts: 90 * 24 * time.Hour, Now: func() time.Time { return clock }}, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		require.NoError(t, db.StoreAnswer(ctx, keyNamed("one"), []byte("answer")))
		require.NoError(t, db.AddCompleted(ctx, []requests.Completed{
			{RequestID: "old", ReceivedAt: now.Add(-91 * 24 * time.Hour)}, {RequestID: "new", ReceivedAt: now, Took: time.Millisecond, Status: 200, Replayed: true},
		}))
		for more := true; more; {
			var err error
			more, err = db.Purge(ctx)
			require.NoError(t, err)
		}
		kept, err := db.StoredAnswer(ctx, keyNamed("one"))
		require.NoError(t, err)
		require.Equal(t, "answer", string(kept))
		old, err := db.CompletedWithID(ctx, "old", 10)
		require.NoError(t, err)
		require.Empty(t, old)
		found, err := db.CompletedWithID(ctx, "new", 10)
		require.NoError(t, err)
		require.Equal(t, []requests.Completed{{RequestID: "new", ReceivedAt: now, Took: time.Millisecond, Status: 200, Replayed: true}}, found)
	})
}

// What a request has caused is found by its id, however much there is.
func TestRequests_areFoundByKey(t *testing.T) {
	db := open(t, store.Options{URL: sqliteURL(t), Fast: true})
	for statement, index := range map[string]string{
		"SELECT id FROM requests WHERE request_id = 'a' ORDER BY id DESC LIMIT 5":                                   "requests_request",
		"SELECT id FROM facts f WHERE f.request_id = 'a' AND f.request_id <> '' ORDER BY f.id LIMIT 5":              "facts_request",
		"SELECT id FROM triggered_webhooks t WHERE t.request_id = 'a' AND t.request_id <> '' ORDER BY t.id LIMIT 5": "triggered_webhooks_request",
		"SELECT request_key FROM kept_answers WHERE created_at <= 5 ORDER BY created_at LIMIT 5":                    "kept_answers_time",
	} {
		plan, err := db.Plan(context.Background(), statement)
		require.NoError(t, err)
		require.Contains(t, strings.Join(plan, "\n"), index)
	}
}
