package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/verdicts"
)

// noted is a feed that notes from where it was read.
type noted struct {
	*store.DB
	after []int64
}

func (n *noted) FactsAfter(ctx context.Context, q events.Query) (events.Page, error) {
	n.after = append(n.after, q.After)
	return n.DB.FactsAfter(ctx, q)
}

func TestMonitor_goesOnFromTheEndOfAFeedThatHasLostItsPlace(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		for range 30 {
			announce(t, db, events.Fact{Type: events.EnvironmentChanged, Subject: "test", Data: events.Data{Environment: "test", Action: "created"}})
		}
		require.NoError(t, db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.UpdateFeedPosition(ctx, "verdicts", 9999) }))
		_, err := db.FactsAfter(ctx, events.Query{After: 9999, Limit: 1})
		require.True(t, fault.Is(err, fault.Gone))

		feed := &noted{DB: db}
		monitor := verdicts.Monitor{
			View: func(ctx context.Context, fn func(ctx context.Context, tx verdicts.MonitorReader) error) error {
				return db.View(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
			},
			InTx: func(ctx context.Context, fn func(ctx context.Context, tx verdicts.MonitorTx) error) error {
				return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
			},
			Feed: feed,
		}
		for range 2 {
			more, err := monitor.Poll(ctx)
			require.NoError(t, err)
			require.False(t, more)
		}
		require.Equal(t, []int64{9999, 30}, feed.after, "nothing is read again")
	})
}
