package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
)

// Where one may write at a time, whoever comes waits for those who came before and for
// nobody else: others who write without end do not get in between.
func TestInTx_letsNobodyOvertake(t *testing.T) {
	d := opened(t, "sqlite:///"+filepath.Join(t.TempDir(), "accord.db"))
	write(t, d, "CREATE TABLE things (name TEXT PRIMARY KEY, number BIGINT NOT NULL)")
	const greedy = 12
	var turns atomic.Int64
	ended, end := context.WithCancel(context.Background())
	var writing sync.WaitGroup
	for i := range greedy {
		writing.Go(func() {
			for ended.Err() == nil {
				err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
					turns.Add(1)
					return put(ctx, tx, fmt.Sprint(i), turns.Load())
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	var waits []int64
	for range 60 {
		came := turns.Load()
		require.NoError(t, d.InTx(context.Background(), func(context.Context, *db.Tx) error {
			waits = append(waits, turns.Load()-came)
			return nil
		}))
	}
	end()
	writing.Wait()
	slices.Sort(waits)
	t.Logf("the longest waits were for %v turns", waits[len(waits)-5:])
	const paused = 3 // how often a busy machine may have paused it after it counted, before it came
	require.LessOrEqual(t, waits[len(waits)-1-paused], int64(4*greedy), "each of those who were there before it goes first, and hardly anybody twice")
}

// Who gives up waiting for the writer is told so at once, takes nobody's turn, and leaves
// the writer to the next.
func TestInTx_isFreeAgainWhenThoseWhoWaitGiveUp(t *testing.T) {
	d := opened(t, "sqlite:///"+filepath.Join(t.TempDir(), "accord.db"))
	write(t, d, "CREATE TABLE things (name TEXT PRIMARY KEY, number BIGINT NOT NULL)")
	began, finish := make(chan struct{}), make(chan struct{})
	var held sync.WaitGroup
	held.Go(func() {
		err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			close(began)
			<-finish
			return put(ctx, tx, "the first", 1)
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-began
	errTired := errors.New("tired of waiting")
	var waiting sync.WaitGroup
	for i := range 20 {
		ctx, giveUp := context.WithCancelCause(context.Background())
		waiting.Go(func() {
			err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, fmt.Sprint(i), 1) })
			if !errors.Is(err, errTired) {
				t.Errorf("it should say why it was given up: %v", err)
			}
		})
		waiting.Go(func() { giveUp(errTired) })
	}
	waiting.Wait()
	require.Empty(t, everything(context.Background(), t, &d.Reader), "reading waits for nobody")
	close(finish)
	held.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, "the next", 2) }))
	require.Equal(t, map[string]int64{"the first": 1, "the next": 2}, everything(context.Background(), t, &d.Reader))
}

// Of many who write at the same moment some fail, in each way there is. The others are
// stored, each wholly, and those that failed not at all.
func TestInTx_ofManyAtOnceThoseThatFailTakeNobodyWithThem(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		want := map[string]int64{}
		var writing sync.WaitGroup
		for i := range 40 {
			one, other := fmt.Sprint(i, " one"), fmt.Sprint(i, " other")
			if i%4 == 0 {
				want[one], want[other] = int64(i), int64(i)
			}
			writing.Go(func() {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				defer func() {
					if panicked := recover(); (panicked != nil) != (i%4 == 3) {
						t.Errorf("%d: %v", i, panicked)
					}
				}()
				err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
					if err := put(ctx, tx, one, int64(i)); err != nil {
						return err
					}
					switch i % 4 {
					case 1:
						return errUndo
					case 2:
						cancel()
					case 3:
						panic("oh")
					}
					return put(ctx, tx, other, int64(i))
				})
				if (err == nil) != (i%4 == 0) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		writing.Wait()
		require.Equal(t, want, everything(context.Background(), t, &d.Reader))
		_, inUse, _, _ := d.Connections()
		require.Zero(t, inUse)
	})
}
