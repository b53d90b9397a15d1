package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// Brokers on one PostgreSQL database share the jobs in it: each is done by one of them,
// also while others come and go.
func TestStart_sharesTheJobsAmongReplicas(t *testing.T) {
	address := testpostgres.Database(t)
	one, other := newWorker(t, address), newWorker(t, address)
	const jobs = 60
	var want []string
	for i := range jobs {
		want = append(want, fmt.Sprintf("delivery %d 1", i))
	}
	var putting sync.WaitGroup
	for _, w := range []*worker{one, other} {
		half := w == one
		putting.Go(func() {
			for i := range jobs {
				if (i%2 == 0) == half {
					if err := w.enqueue(fmt.Sprint("delivery ", i), 1, 0, nothing); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	one.start()
	stop := other.start()
	require.Eventually(t, func() bool { return len(other.did()) > 3 }, 60*time.Second, 5*time.Millisecond)
	stop() // and what it has not begun is left to the one that goes on
	putting.Wait()
	require.Eventually(t, func() bool { return len(one.did())+len(other.did()) >= jobs }, 60*time.Second, 5*time.Millisecond)
	done := append(one.did(), other.did()...)
	slices.Sort(done)
	slices.Sort(want)
	require.Equal(t, want, done)
}

// Whatever is put into the queue in random transactions: what was committed is done, as
// often as it was put there, and nothing of what was undone.
func TestStart_doesWhatRandomTransactionsHaveCommitted(t *testing.T) {
	each(t, func(t *testing.T, w *worker) {
		random := testrandom.New(t)
		undo := errors.New("undo it")
		var want []string
		w.start()
		for range 30 {
			var put []string
			ends := random.IntN(3)
			err := w.db.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				put = nil // it may be begun again
				for range 1 + random.IntN(3) {
					name, attempt := fmt.Sprint("webhook ", random.IntN(5)), 1+random.IntN(4)
					now := time.Now()
					if err := w.queue.EnqueueDelivery(ctx, tx, name, attempt, now, now); err != nil {
						return err
					}
					put = append(put, fmt.Sprintf("%s %d", name, attempt))
				}
				if ends == 0 {
					return undo
				}
				return nil
			})
			if ends == 0 {
				require.ErrorIs(t, err, undo)
				continue
			}
			require.NoError(t, err)
			want = append(want, put...)
		}
		w.waitFor(want...)
	})
}
