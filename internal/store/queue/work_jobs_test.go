package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/store/queue"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// worker is a queue, and what its jobs were told to do.
type worker struct {
	t     *testing.T
	db    *db.DB
	queue *queue.Queue

	mutex sync.Mutex
	done  []string
	// deliver and compare say what comes of a job, by how often any was done before.
	deliver func(times int, uuid string, attempt int) (time.Duration, error)
	compare func(ctx context.Context, times int) error
}

// each runs the test with a queue in a new database of either kind.
func each(t *testing.T, test func(t *testing.T, w *worker)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newWorker(t, "sqlite:///"+filepath.Join(t.TempDir(), "accord.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newWorker(t, testpostgres.Database(t)))
	})
}

func newWorker(t *testing.T, address string) *worker {
	t.Helper()
	d, err := db.Open(context.Background(), db.Options{URL: address, Steps: queue.Migrations, Fast: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	q, err := queue.New(d)
	require.NoError(t, err)
	return &worker{
		t: t, db: d, queue: q,
		deliver: func(int, string, int) (time.Duration, error) { return 0, nil },
		compare: func(context.Context, int) error { return nil },
	}
}

// note writes down that something was done, and returns how often anything was before.
func (w *worker) note(what string) int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.done = append(w.done, what)
	return len(w.done) - 1
}

// did is what was done so far.
func (w *worker) did() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return append([]string{}, w.done...)
}

// start begins to work until the test, or what it returns, ends it.
func (w *worker) start() (stop func()) {
	w.t.Helper()
	var once sync.Once
	end, err := w.queue.Start(context.Background(), queue.Work{
		Deliver: func(_ context.Context, uuid string, attempt int) (time.Duration, error) {
			return w.deliver(w.note(fmt.Sprintf("%s %d", uuid, attempt)), uuid, attempt)
		},
		Purge: func(context.Context) (bool, error) { return false, nil },
		Compare: func(ctx context.Context, version, publication int64) error {
			return w.compare(ctx, w.note(fmt.Sprintf("compare %d %d", version, publication)))
		},
		Workers: 2, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(w.t, err)
	stop = func() { once.Do(func() { require.NoError(w.t, end(context.Background())) }) }
	w.t.Cleanup(stop)
	return stop
}

// enqueue puts an attempt of a delivery into the queue, after some time, in a
// transaction that fn may undo.
func (w *worker) enqueue(uuid string, attempt int, after time.Duration, fn func() error) error {
	return w.db.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		now := time.Now()
		if err := w.queue.EnqueueDelivery(ctx, tx, uuid, attempt, now.Add(after), now); err != nil {
			return err
		}
		return fn()
	})
}

func nothing() error { return nil }

// waitFor waits until exactly these things are done, in any order.
func (w *worker) waitFor(want ...string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return len(w.did()) >= len(want) }, 60*time.Second, 5*time.Millisecond, "%v is not %v", w.did(), want)
	require.ElementsMatch(w.t, want, w.did())
}

func TestStart_doesWhatWasCommittedAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w *worker) {
		undo := errors.New("undo it")
		require.NoError(t, w.enqueue("before", 1, 0, nothing))
		w.start()
		require.ErrorIs(t, w.enqueue("undone", 1, 0, func() error { return undo }), undo)
		require.NoError(t, w.enqueue("after", 2, 0, nothing))
		require.NoError(t, w.enqueue("much later", 1, time.Hour, nothing))
		require.NoError(t, w.db.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(w.queue.EnqueueComparisons(ctx, tx, 7, 0), w.queue.EnqueueComparisons(ctx, tx, 0, 8))
		}))
		w.waitFor("before 1", "after 2", "compare 7 0", "compare 0 8")
	})
}

func TestStart_comesBackToADeliveryThatHadToGiveWay(t *testing.T) {
	each(t, func(t *testing.T, w *worker) {
		w.deliver = func(times int, _ string, _ int) (time.Duration, error) {
			if times < 2 {
				return time.Millisecond, nil
			}
			return 0, nil
		}
		require.NoError(t, w.enqueue("a", 3, 0, nothing))
		w.start()
		w.waitFor("a 3", "a 3", "a 3")
	})
}

func TestStart_triesAgainWhatCouldNotBeBegun(t *testing.T) {
	each(t, func(t *testing.T, w *worker) {
		w.deliver = func(times int, _ string, _ int) (time.Duration, error) {
			switch times {
			case 0:
				return 0, errors.New("the database did not answer")
			case 1:
				panic("oh")
			}
			return 0, nil
		}
		require.NoError(t, w.enqueue("a", 1, 0, nothing))
		w.start()
		w.waitFor("a 1", "a 1", "a 1")
	})
}

func TestStop_waitsForWhatIsBeingDoneAndLeavesTheRest(t *testing.T) {
	each(t, func(t *testing.T, w *worker) {
		begun, letGo := make(chan struct{}), make(chan struct{})
		w.deliver = func(times int, _ string, _ int) (time.Duration, error) {
			if times == 0 {
				close(begun)
				<-letGo
			}
			return 0, nil
		}
		require.NoError(t, w.enqueue("a", 1, 0, nothing))
		stop := w.start()
		<-begun
		stopped := make(chan struct{})
		go func() {
			stop()
			close(stopped)
		}()
		select {
		case <-stopped:
			t.Fatal("it did not wait")
		case <-time.After(50 * time.Millisecond):
		}
		close(letGo)
		<-stopped
		require.NoError(t, w.enqueue("b", 1, 0, nothing))
		require.Equal(t, []string{"a 1"}, w.did())
		w.start()
		w.waitFor("a 1", "b 1")
	})
}

// What a process was doing that was killed is done again: with SQLite at once, since
// nobody else can be doing it.
func TestStart_takesOverWhatWasLeftRunning(t *testing.T) {
	w := newWorker(t, "sqlite:///"+filepath.Join(t.TempDir(), "accord.db"))
	require.NoError(t, w.enqueue("a", 1, 0, nothing))
	require.NoError(t, w.db.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		changed, err := tx.Exec(ctx, "leave running", "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP")
		require.Equal(t, int64(1), changed)
		return err
	}))
	w.start()
	w.waitFor("a 1")
}

func TestCompare_givesWayToOthersWhenItTakesLong(t *testing.T) {
	each(t, func(t *testing.T, w *worker) {
		w.compare = func(ctx context.Context, times int) error {
			if times == 0 {
				<-ctx.Done() // its share of time is over
				return context.Cause(ctx)
			}
			return nil
		}
		require.NoError(t, w.db.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error { return w.queue.EnqueueComparisons(ctx, tx, 7, 0) }))
		w.start()
		w.waitFor("compare 7 0", "compare 7 0")
	})
}

// soon is a schedule whose times come at once.
type soon struct{}

func (soon) Next(now time.Time) time.Time { return now.Add(50 * time.Millisecond) }

var _ river.PeriodicSchedule = soon{}

func TestClean_runsAloneAndComesBackWhateverCameOfIt(t *testing.T) {
	each(t, func(t *testing.T, w *worker) {
		var mutex sync.Mutex
		running, most, times := 0, 0, 0
		stop, err := w.queue.Start(context.Background(), queue.Work{
			Purge: func(context.Context) (bool, error) { return false, nil },
			Clean: func(context.Context) error {
				mutex.Lock()
				running++
				most, times = max(most, running), times+1
				mutex.Unlock()
				time.Sleep(100 * time.Millisecond) //nolint:forbidigo // longer than until the next time comes
				mutex.Lock()
				defer mutex.Unlock()
				running--
				return errors.New("it failed")
			},
			CleanAt: soon{}, CleanTimeout: time.Minute, Workers: 1, Logger: slog.New(slog.DiscardHandler),
		})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			mutex.Lock()
			defer mutex.Unlock()
			return times >= 3
		}, 60*time.Second, 10*time.Millisecond)
		require.NoError(t, stop(context.Background()))
		require.Equal(t, 1, most, "one at a time")
	})
}

func TestBackup_runsAtTheStartWhenItIsTimeAndAgainAfterItFailed(t *testing.T) {
	each(t, func(t *testing.T, w *worker) {
		begin := func(at river.PeriodicSchedule, backup func(ctx context.Context) error) func(context.Context) error {
			stop, err := w.queue.Start(context.Background(), queue.Work{
				Purge:  func(context.Context) (bool, error) { return false, nil },
				Backup: backup, BackupAt: at, BackupTimeout: time.Minute, BackupAgain: time.Millisecond, Workers: 1, Logger: slog.New(slog.DiscardHandler),
			})
			require.NoError(t, err)
			return stop
		}
		stop := begin(river.NeverSchedule(), func(context.Context) error {
			if w.note("at the start") == 0 {
				return errors.New("it failed")
			}
			return nil
		})
		w.waitFor("at the start", "at the start")
		require.NoError(t, stop(context.Background()))
		stop = begin(soon{}, func(context.Context) error {
			w.note("in time")
			return nil
		})
		require.Eventually(t, func() bool { return len(w.did()) >= 5 }, 60*time.Second, 10*time.Millisecond)
		require.NoError(t, stop(context.Background()))
	})
}
