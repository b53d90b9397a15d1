package queue_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/store/queue"
)

func TestOverview_countsTheJobsOfEachKind(t *testing.T) {
	each(t, func(t *testing.T, w *worker) {
		ctx, now := context.Background(), time.Now()
		kinds, err := w.queue.Overview(ctx)
		require.NoError(t, err)
		require.Empty(t, kinds)

		require.NoError(t, w.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			for attempt, at := range []time.Time{now.Add(-time.Hour), now, now, now, now.Add(time.Hour), now, now} {
				require.NoError(t, w.queue.EnqueueDelivery(ctx, tx, "some", attempt+1, at, now))
			}
			return w.queue.EnqueueComparisons(ctx, tx, 1, 0)
		}))
		change := func(set, which string) {
			require.NoError(t, w.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
				changed, err := tx.Exec(ctx, "set up", "UPDATE river_job SET "+set+" WHERE kind = 'deliver_webhook' AND id = (SELECT min(id) + "+which+" FROM river_job)")
				require.Equal(t, int64(1), changed)
				return err
			}))
		}
		change("state = 'completed', finalized_at = CURRENT_TIMESTAMP", "1")
		change("state = 'discarded', finalized_at = CURRENT_TIMESTAMP", "2")
		change("state = 'running'", "3")
		change("state = 'retryable'", "5")

		kinds, err = w.queue.Overview(ctx)
		require.NoError(t, err)
		require.Len(t, kinds, 2)
		comparing, delivering := kinds[0], kinds[1]
		require.Equal(t, queue.KindOfJob{Kind: "compare_contracts", Due: 1, Oldest: comparing.Oldest}, comparing)
		require.WithinDuration(t, now, comparing.Oldest, 10*time.Second)
		require.WithinDuration(t, now, delivering.LastEnd, 10*time.Second)
		require.Equal(t, queue.KindOfJob{Kind: "deliver_webhook", Due: 3, Later: 1, Retried: 1, Running: 1, Done: 1, GivenUp: 1, LastEnd: delivering.LastEnd, Oldest: delivering.Oldest}, delivering)
	})
}
