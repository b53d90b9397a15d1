package db_test

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
	"github.com/accord-broker/accord/internal/support/fault"
)

var errUndo = errors.New("undo it")

func TestInTx_keepsAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		require.NoError(t, d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			require.NoError(t, put(ctx, tx, "a", 1))
			n, err := numberOf(ctx, &tx.Reader, "a")
			require.NoError(t, err)
			require.Equal(t, int64(1), n, "the transaction sees what it writes")
			return put(ctx, tx, "b", 2)
		}))
		require.Equal(t, []int64{1, 2}, []int64{stored(t, d, "a"), stored(t, d, "b")})

		require.ErrorIs(t, d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			require.NoError(t, put(ctx, tx, "a", 10))
			require.NoError(t, put(ctx, tx, "c", 3))
			return fmt.Errorf("for a reason: %w", errUndo)
		}), errUndo)
		require.Equal(t, []int64{1, 0}, []int64{stored(t, d, "a"), stored(t, d, "c")})
	})
}

func TestInTx_isUndoneByAPanicThatGoesOn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for range 30 { // more often than there are connections
			require.PanicsWithValue(t, "oh", func() {
				_ = d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
					require.NoError(t, put(ctx, tx, "a", 1))
					panic("oh")
				})
			})
			require.PanicsWithValue(t, "no", func() {
				_ = d.View(context.Background(), func(ctx context.Context, tx *db.Tx) error {
					_, err := numberOf(ctx, &tx.Reader, "a")
					require.NoError(t, err)
					panic("no")
				})
			})
		}
		require.Zero(t, stored(t, d, "a"))
		write(t, d, "INSERT INTO things (name, number) VALUES ('b', 2)")
		require.Equal(t, int64(2), stored(t, d, "b"))
	})
}

func TestTransactions_refuseToBeginWithinOthers(t *testing.T) {
	nothing := func(context.Context, *db.Tx) error { return nil }
	each(t, func(t *testing.T, d *db.DB) {
		ways := map[string]func(ctx context.Context, fn func(context.Context, *db.Tx) error) error{"InTx": d.InTx, "View": d.View, "InOneTx": d.InOneTx}
		for outer, begin := range map[string]func(ctx context.Context, fn func(context.Context, *db.Tx) error) error{"InTx": d.InTx, "View": d.View} {
			for inner, beginInner := range ways {
				err := begin(context.Background(), func(ctx context.Context, _ *db.Tx) error { return beginInner(ctx, nothing) })
				if outer == "View" && inner == "View" {
					require.NoError(t, err, "a view within a view is the same one")
					continue
				}
				require.ErrorContains(t, err, "a transaction is already open; use its Tx", "%s within %s", inner, outer)
			}
		}
		require.ErrorContains(t, d.InTx(context.Background(), func(ctx context.Context, _ *db.Tx) error {
			_, err := numberOf(ctx, &d.Reader, "a")
			return err
		}), "read outside of the open transaction")
		write(t, d, "INSERT INTO things (name, number) VALUES ('a', 1)") // nothing is left open
	})
}

func TestView_readsOneStateByWhateverHandle(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		outside := context.Background()
		write(t, d, "INSERT INTO things (name, number) VALUES ('a', 1)")
		require.NoError(t, d.View(outside, func(ctx context.Context, tx *db.Tx) error {
			n, err := numberOf(ctx, &tx.Reader, "a")
			require.NoError(t, err)
			require.Equal(t, int64(1), n)
			write(t, d, "UPDATE things SET number = 2")
			for name, r := range map[string]*db.Reader{"its own": &tx.Reader, "that of the database": &d.Reader} {
				n, err := numberOf(ctx, r, "a")
				require.NoError(t, err)
				require.Equal(t, int64(1), n, name)
			}
			return d.View(ctx, func(ctx context.Context, inner *db.Tx) error {
				require.Same(t, tx, inner)
				n, err := numberOf(outside, &d.Reader, "a")
				require.Equal(t, int64(2), n, "who reads anew sees the new state")
				return err
			})
		}))
	})
}

func TestView_writesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		require.Error(t, d.View(context.Background(), func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, "a", 1) }))
		require.Error(t, d.View(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			if _, err := numberOf(ctx, &tx.Reader, "a"); err != nil {
				return nil
			}
			return put(ctx, tx, "a", 1)
		}))
		require.Zero(t, stored(t, d, "a"))
	})
}

func TestTransactions_giveTheirConnectionsBack(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for range 60 {
			ended, cancel := context.WithCancel(context.Background())
			for _, begin := range []func(ctx context.Context, fn func(context.Context, *db.Tx) error) error{d.InTx, d.View} {
				require.ErrorIs(t, begin(context.Background(), func(ctx context.Context, tx *db.Tx) error {
					_, err := numberOf(ctx, &tx.Reader, "a")
					require.NoError(t, err)
					return errUndo
				}), errUndo)
				require.Error(t, begin(context.Background(), func(ctx context.Context, tx *db.Tx) error {
					_, err := tx.Exec(ctx, "write nonsense", "NO SQL AT ALL")
					return err
				}))
				_ = begin(ended, func(ctx context.Context, tx *db.Tx) error {
					cancel()
					_, err := numberOf(ctx, &tx.Reader, "a")
					return err
				})
			}
			cancel()
		}
		_, inUse, _, _ := d.Connections()
		require.Zero(t, inUse)
		write(t, d, "INSERT INTO things (name, number) VALUES ('a', 1)")
	})
}

// attemptsAt runs a transaction that fails each time, and returns how often it was
// begun, and as what it fails.
func attemptsAt(t *testing.T, d *db.DB, fail func(ctx context.Context, tx *db.Tx) error) (times int, err error) {
	t.Helper()
	err = d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		times++
		return fail(ctx, tx)
	})
	return times, err
}

func TestInTx_triesAgainWhatAnotherWriterHasHindered(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		write(t, d, "INSERT INTO things (name, number) VALUES ('a', 1)")
		const limit = 10
		refused := limit
		if d.SQLite() != nil {
			refused = 1 // nobody else writes meanwhile
		}
		for name, test := range map[string]struct {
			fail  func(ctx context.Context, tx *db.Tx) error
			times int
			kind  fault.Kind
		}{
			"a conflict": {func(context.Context, *db.Tx) error { return fmt.Errorf("write: %w", db.ErrConflict) }, limit, fault.NotFound},
			"a row that refers to nothing": {func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "add part", "INSERT INTO parts (name, thing) VALUES ('p', 'gone')")
				return err
			}, refused, fault.NotFound},
			"a row that others refer to": {func(ctx context.Context, tx *db.Tx) error {
				if _, err := tx.Exec(ctx, "add part", "INSERT INTO parts (name, thing) VALUES ('p', 'a')"); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, "remove thing", "DELETE FROM things")
				return err
			}, refused, fault.NotFound},
			"a name that is taken": {func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "add thing", "INSERT INTO things (name, number) VALUES ('a', 2)")
				return err
			}, refused, fault.Internal},
			"a column that must be filled": {func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "add thing", "INSERT INTO things (name) VALUES ('b')")
				return err
			}, 1, fault.Internal},
			"a fault of the caller": {func(context.Context, *db.Tx) error { return fault.New(fault.Conflict, "no") }, 1, fault.Conflict},
			"any other error":       {func(context.Context, *db.Tx) error { return errUndo }, 1, fault.Internal},
			"what is no SQL":        {func(ctx context.Context, tx *db.Tx) error { _, err := tx.Exec(ctx, "x", "NO SQL"); return err }, 1, fault.Internal},
		} {
			times, err := attemptsAt(t, d, test.fail)
			require.Error(t, err, name)
			require.Equal(t, test.times, times, "%s: %v", name, err)
			require.Equal(t, test.kind, fault.KindOf(err), "%s: %v", name, err)
		}
		require.Equal(t, int64(1), stored(t, d, "a"))
	})
}

func TestInTx_endsAsSoonAsAnAttemptSucceeds(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		times := 0
		require.NoError(t, d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			times++
			require.NoError(t, put(ctx, tx, fmt.Sprint(times), 1))
			if times < 3 {
				return db.ErrConflict
			}
			return nil
		}))
		require.Equal(t, 3, times)
		names, err := db.Rows[string](context.Background(), &d.Reader, "list", "SELECT name FROM things")
		require.NoError(t, err)
		require.Equal(t, []string{"3"}, names, "what the others have written is undone")
	})
}

func TestInTx_letsThoseWhoAddTheSameAgreeOnOne(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		const writers = 12
		var together sync.WaitGroup
		numbers := make([]int64, writers)
		for w := range writers {
			together.Go(func() {
				if err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
					n, err := numberOf(ctx, &tx.Reader, "one")
					if err != nil || n != 0 {
						numbers[w] = n
						return err
					}
					numbers[w] = int64(w + 1)
					_, err = tx.Exec(ctx, "add", "INSERT INTO things (name, number) VALUES ('one', ?)", w+1)
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		require.Equal(t, slices.Repeat([]int64{stored(t, d, "one")}, writers), numbers)
	})
}

func TestInTx_survivesDeadlocks(t *testing.T) {
	d := opened(t, addressOf(t, db.Postgres))
	write(t, d, "CREATE TABLE things (name TEXT PRIMARY KEY, number BIGINT NOT NULL)")
	write(t, d, "INSERT INTO things (name, number) VALUES ('a', 0), ('b', 0)")
	add := func(ctx context.Context, tx *db.Tx, name string) error {
		_, err := tx.Exec(ctx, "add", "UPDATE things SET number = number + 1 WHERE name = ?", name)
		return err
	}
	var both, together sync.WaitGroup
	both.Add(2)
	attempts := make([]int, 2)
	for w, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		together.Go(func() {
			if err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				attempts[w]++
				if err := add(ctx, tx, order[0]); err != nil {
					return err
				}
				if attempts[w] == 1 { // each has what the other one wants
					both.Done()
					both.Wait()
				}
				return add(ctx, tx, order[1])
			}); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	require.Equal(t, []int64{2, 2}, []int64{stored(t, d, "a"), stored(t, d, "b")})
	require.Equal(t, 3, attempts[0]+attempts[1], "one of them was begun again")
}

func TestInTx_letsGoOfItsPlaceInTheQueueWhenTheClientLeaves(t *testing.T) {
	d := opened(t, addressOf(t, db.SQLite))
	write(t, d, "CREATE TABLE things (name TEXT PRIMARY KEY, number BIGINT NOT NULL)")
	holds, letGo := make(chan struct{}), make(chan struct{})
	var together sync.WaitGroup
	together.Go(func() {
		if err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			close(holds)
			<-letGo
			return put(ctx, tx, "first", 1)
		}); err != nil {
			t.Error(err)
		}
	})
	<-holds
	for range 5 {
		ended, cancel := context.WithCancelCause(context.Background())
		cancel(errUndo)
		require.ErrorIs(t, d.InTx(ended, func(context.Context, *db.Tx) error {
			t.Error("it has no turn")
			return nil
		}), errUndo)
	}
	last := make(chan error, 1)
	go func() {
		last <- d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, "last", 2) })
	}()
	close(letGo)
	together.Wait()
	require.NoError(t, <-last)
	require.Equal(t, []int64{1, 2}, []int64{stored(t, d, "first"), stored(t, d, "last")})
}

func TestInOneTx_isOneTransactionForAllThatTakesPart(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		putOne := func(ctx context.Context, name string, number int64) error {
			return d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, name, number) })
		}
		require.NoError(t, d.InOneTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			require.NoError(t, putOne(ctx, "a", 1))
			require.NoError(t, put(ctx, tx, "b", 2))
			for _, name := range []string{"a", "b"} {
				n, err := numberOf(ctx, &d.Reader, name)
				require.NoError(t, err)
				require.NotZero(t, n, "what reads in it sees what was written in it")
			}
			require.NoError(t, d.View(ctx, func(ctx context.Context, _ *db.Tx) error {
				n, err := numberOf(ctx, &d.Reader, "a")
				require.Equal(t, int64(1), n)
				return err
			}))
			require.Zero(t, stored(t, d, "a"), "others do not see it yet")
			return nil
		}))
		require.Equal(t, []int64{1, 2}, []int64{stored(t, d, "a"), stored(t, d, "b")})

		require.ErrorIs(t, d.InOneTx(ctx, func(ctx context.Context, _ *db.Tx) error {
			require.NoError(t, putOne(ctx, "a", 10))
			require.ErrorIs(t, d.InTx(ctx, func(context.Context, *db.Tx) error { return errUndo }), errUndo)
			return nil // though one of them was undone
		}), errUndo)
		require.Equal(t, int64(1), stored(t, d, "a"))
	})
}

func TestInOneTx_isBegunAgainAsAWhole(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		times := 0
		var after []string
		require.NoError(t, d.InOneTx(context.Background(), func(ctx context.Context, _ *db.Tx) error {
			times++
			attempt := fmt.Sprint("attempt ", times)
			db.AfterCommit(ctx, func() { after = append(after, attempt) })
			return d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
				require.NoError(t, put(ctx, tx, attempt, 1))
				if times == 1 {
					return db.ErrConflict
				}
				return nil
			})
		}))
		require.Equal(t, 2, times)
		require.Zero(t, stored(t, d, "attempt 1"))
		require.Equal(t, int64(1), stored(t, d, "attempt 2"))
		require.Equal(t, []string{"attempt 2"}, after, "of an attempt that was undone nothing is told")
	})
}

func TestAfterCommit_tellsOfNothingThatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		told := 0
		tell := func() { told++ }
		db.AfterCommit(context.Background(), tell)
		require.Equal(t, 1, told, "outside of InOneTx it is told at once")
		require.NoError(t, d.InOneTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			db.AfterCommit(ctx, func() {
				require.Equal(t, int64(1), stored(t, d, "a"), "it is committed")
				tell()
			})
			require.NoError(t, put(ctx, tx, "a", 1))
			require.Equal(t, 1, told)
			return nil
		}))
		require.Equal(t, 2, told)
		require.Error(t, d.InOneTx(context.Background(), func(ctx context.Context, _ *db.Tx) error {
			db.AfterCommit(ctx, tell)
			return errUndo
		}))
		require.Equal(t, 2, told)
	})
}

func TestInTx_saysWhatToDoWhenItTakesTooLong(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			d := opened(t, addressOf(t, dialect), func(o *db.Options) { o.TransactionTimeout = time.Millisecond })
			err := d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				<-ctx.Done()
				_, err := tx.Exec(ctx, "write", "CREATE TABLE late (n BIGINT)")
				return err
			})
			require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, "The change took longer than 1ms and was undone")
			var told *fault.Error
			require.ErrorAs(t, err, &told)
			require.Contains(t, told.Remedy, "PACT_BROKER_DATABASE_TRANSACTION_TIMEOUT")
			_, err = db.Rows[int64](context.Background(), &d.Reader, "look", "SELECT n FROM late")
			require.Error(t, err)
		})
	}
}
