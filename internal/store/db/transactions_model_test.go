package db_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// model is the database as a map, to which random transactions do the same.
type model struct {
	t      *testing.T
	d      *db.DB
	random *rand.Rand
	stored map[string]int64
	// after counts what was to be done after a commit, and done what was.
	after, done int
	// undone tells that a part of the transaction has failed.
	undone bool
}

// everything is what the table holds.
func everything(ctx context.Context, t *testing.T, r *db.Reader) map[string]int64 {
	t.Helper()
	type thing struct {
		Name   string
		Number int64
	}
	found, err := db.Rows[thing](ctx, r, "read all", "SELECT name, number FROM things")
	require.NoError(t, err)
	all := map[string]int64{}
	for _, f := range found {
		all[f.Name] = f.Number
	}
	return all
}

// write does some random writing in a transaction, and the same to the map.
func (w *model) write(ctx context.Context, tx *db.Tx, state map[string]int64) {
	for range w.random.IntN(4) {
		name := fmt.Sprint("thing ", w.random.IntN(5))
		if w.random.IntN(4) == 0 {
			_, err := tx.Exec(ctx, "delete", "DELETE FROM things WHERE name = ?", name)
			require.NoError(w.t, err)
			delete(state, name)
			continue
		}
		number := w.random.Int64()
		require.NoError(w.t, put(ctx, tx, name, number))
		state[name] = number
	}
	require.Equal(w.t, state, everything(ctx, w.t, &tx.Reader), "a transaction sees what it has written")
}

var errPart = errors.New("a part fails")

// end is how a transaction ends: well, by an error, by a panic, or by a conflict at
// the first attempt.
func (w *model) end(attempt int) error {
	switch w.random.IntN(8) {
	case 0:
		return fmt.Errorf("for a reason: %w", errUndo)
	case 1:
		panic("oh")
	case 2:
		if attempt == 1 {
			return db.ErrConflict
		}
	}
	return nil
}

// single runs one transaction.
func (w *model) single(ctx context.Context) (err error) {
	state, attempt := map[string]int64{}, 0
	w.undone = false
	defer func() { w.takeOver(recover(), err, state) }()
	return w.d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		attempt++
		clear(state)
		maps.Copy(state, w.stored)
		w.write(ctx, tx, state)
		return w.end(attempt)
	})
}

// takeOver keeps what a transaction has left, if it ended well.
func (w *model) takeOver(panicked any, err error, state map[string]int64) {
	if panicked == nil && err == nil {
		w.stored = state
		return
	}
	if panicked != nil {
		require.Equal(w.t, "oh", panicked)
		return
	}
	require.True(w.t, errors.Is(err, errUndo) || w.undone, "%v", err)
}

// several runs one transaction in which several take part.
func (w *model) several(ctx context.Context) (err error) {
	state, attempt, after := map[string]int64{}, 0, 0
	defer func() {
		panicked := recover()
		if panicked == nil && err == nil {
			require.False(w.t, w.undone, "a part of it was undone")
			w.after += after
		}
		w.takeOver(panicked, err, state)
	}()
	return w.d.InOneTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		attempt++
		after, w.undone = 0, false
		clear(state)
		maps.Copy(state, w.stored)
		for range 1 + w.random.IntN(4) {
			switch w.random.IntN(5) {
			case 0:
				w.write(ctx, tx, state)
			case 1:
				require.Equal(w.t, state, everything(ctx, w.t, &w.d.Reader), "what reads in it sees what was written in it")
			case 2:
				require.NoError(w.t, w.d.View(ctx, func(ctx context.Context, _ *db.Tx) error {
					require.Equal(w.t, state, everything(ctx, w.t, &w.d.Reader))
					return nil
				}))
			case 3:
				after++
				db.AfterCommit(ctx, func() { w.done++ })
			case 4:
				w.part(ctx, state)
			}
		}
		return w.end(attempt)
	})
}

// part is a transaction that takes part in another, and may fail in a way that the other
// passes over.
func (w *model) part(ctx context.Context, state map[string]int64) {
	fails := w.random.IntN(6)
	w.undone = w.undone || fails < 2
	defer func() {
		if fails == 1 {
			require.Equal(w.t, "part", recover())
		}
	}()
	err := w.d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		w.write(ctx, tx, state)
		switch fails {
		case 0:
			return errPart
		case 1:
			panic("part")
		}
		return nil
	})
	require.Equal(w.t, fails == 0, err != nil)
}

// Whatever transactions do and however they end, there is what those have written that
// ended well, all of it, and nothing of the others.
func TestTransactions_leaveWhatThoseHaveWrittenThatEndedWell(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		w := &model{t: t, d: d, random: testrandom.New(t), stored: map[string]int64{}}
		for i := range 150 {
			ctx := context.Background()
			if w.random.IntN(2) == 0 {
				_ = w.single(ctx)
			} else {
				_ = w.several(ctx)
			}
			require.Equal(t, w.stored, everything(ctx, t, &d.Reader), "step %d", i)
			require.Equal(t, w.after, w.done, "what was to be done after a commit, step %d", i)
		}
		_, inUse, _, _ := d.Connections()
		require.Zero(t, inUse)
	})
}

// A part that panics undoes the whole, even if somebody catches that: half of what it
// wanted to write must not stay.
func TestInOneTx_isUndoneByAPartThatPanics(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		err := d.InOneTx(context.Background(), func(ctx context.Context, _ *db.Tx) error {
			require.PanicsWithValue(t, "oh", func() {
				_ = d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
					require.NoError(t, put(ctx, tx, "half", 1))
					panic("oh")
				})
			})
			return nil
		})
		require.Error(t, err)
		require.Zero(t, stored(t, d, "half"))
	})
}

// Who has left before the work began is told why it has left, and nothing is begun.
func TestTransactions_beginNothingForThoseWhoHaveLeft(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for range 30 { // a free place may be taken all the same
			ended, cancel := context.WithCancelCause(context.Background())
			cancel(errUndo)
			for name, begin := range map[string]func(ctx context.Context, fn func(context.Context, *db.Tx) error) error{"InTx": d.InTx, "InOneTx": d.InOneTx, "View": d.View} {
				require.ErrorIs(t, begin(ended, func(context.Context, *db.Tx) error {
					t.Error("it was begun")
					return nil
				}), errUndo, name)
			}
		}
	})
}

// Money is moved between accounts by many at once, who lock what they change, and
// read by others: it never becomes more or less.
func TestTransactions_keepASumThatManyMoveAround(t *testing.T) {
	const accounts, each1, movers, moves = 6, 1000, 8, 25
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		name := func(i int) string { return fmt.Sprint("account ", i) }
		require.NoError(t, d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			for i := range accounts {
				if err := put(ctx, tx, name(i), each1); err != nil {
					return err
				}
			}
			return nil
		}))
		move := func(random *rand.Rand) func(ctx context.Context, tx *db.Tx) error {
			from, to, amount := random.IntN(accounts), random.IntN(accounts), random.Int64N(50)
			return func(ctx context.Context, tx *db.Tx) error {
				for _, i := range slices.Compact([]int{min(from, to), max(from, to)}) {
					if err := lock(ctx, tx, name(i)); err != nil {
						return err
					}
				}
				for _, change := range []struct {
					account int
					by      int64
				}{{from, -amount}, {to, amount}} {
					has, err := numberOf(ctx, &tx.Reader, name(change.account))
					if err == nil {
						err = put(ctx, tx, name(change.account), has+change.by)
					}
					if err != nil {
						return err
					}
				}
				if amount%7 == 0 {
					return errUndo
				}
				return nil
			}
		}
		var together sync.WaitGroup
		var moved atomic.Bool
		for range movers {
			random := testrandom.New(t)
			together.Go(func() {
				for range moves {
					if err := d.InTx(ctx, move(random)); err != nil && !errors.Is(err, errUndo) {
						t.Error(err)
					}
				}
			})
		}
		readers := sync.WaitGroup{}
		readers.Go(func() {
			for !moved.Load() {
				err := d.View(ctx, func(ctx context.Context, tx *db.Tx) error {
					var sum int64
					for i := range accounts { // one statement each, which a single state must hold together
						has, err := numberOf(ctx, &tx.Reader, name(i))
						if err != nil {
							return err
						}
						sum += has
					}
					if sum != accounts*each1 {
						t.Errorf("a view has %d of %d", sum, accounts*each1)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
		together.Wait()
		moved.Store(true)
		readers.Wait()
		var sum int64
		for _, has := range everything(ctx, t, &d.Reader) {
			sum += has
		}
		require.Equal(t, int64(accounts*each1), sum)
	})
}
