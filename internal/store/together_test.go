package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
)

// reading returns a read that adds the number which a statement finds to a list.
func reading(tx *store.Tx, found *[]int, text string, args ...any) func(context.Context) error {
	return func(ctx context.Context) error {
		numbers, err := store.Rows[int](ctx, tx, text, args...)
		*found = append(*found, numbers...)
		return err
	}
}

func TestTogether(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		inViewAndTx(t, db, "gives each read what it asked for", func(ctx context.Context, tx *store.Tx) {
			var found []int
			require.NoError(t, tx.Together(ctx, reading(tx, &found, "SELECT 1"), reading(tx, &found, "SELECT CAST(? AS INTEGER)", 2), reading(tx, &found, "SELECT 3 UNION SELECT 4 ORDER BY 1")))
			require.Equal(t, []int{1, 2, 3, 4}, found)
		})
		inViewAndTx(t, db, "lets each read go on by itself", func(ctx context.Context, tx *store.Tx) {
			var longer, shorter []int
			require.NoError(t, tx.Together(ctx, func(ctx context.Context) error {
				for i := range 3 {
					if err := reading(tx, &longer, "SELECT CAST(? AS INTEGER)", i)(ctx); err != nil {
						return err
					}
				}
				return nil
			}, reading(tx, &shorter, "SELECT 7"), func(context.Context) error { return nil }))
			require.Equal(t, []int{0, 1, 2}, longer)
			require.Equal(t, []int{7}, shorter)
		})
		inViewAndTx(t, db, "within another", func(ctx context.Context, tx *store.Tx) {
			var found []int
			require.NoError(t, tx.Together(ctx, func(ctx context.Context) error {
				return tx.Together(ctx, reading(tx, &found, "SELECT 1"), reading(tx, &found, "SELECT 2"))
			}, reading(tx, &found, "SELECT 3")))
			slices.Sort(found)
			require.Equal(t, []int{1, 2, 3}, found)
		})
		inViewAndTx(t, db, "nothing", func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.Together(ctx)) })
	})
}

func TestTogether_failsAsTheFirstThatFails(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		wrong := errors.New("wrong")
		for name, reads := range map[string]func(tx *store.Tx, found *[]int) []func(context.Context) error{
			"before its statement": func(tx *store.Tx, found *[]int) []func(context.Context) error {
				return []func(context.Context) error{reading(tx, found, "SELECT 1"), func(context.Context) error { return wrong }}
			},
			"after its statement": func(tx *store.Tx, found *[]int) []func(context.Context) error {
				return []func(context.Context) error{func(ctx context.Context) error {
					return errors.Join(reading(tx, found, "SELECT 1")(ctx), wrong)
				}, func(ctx context.Context) error {
					return errors.Join(reading(tx, found, "SELECT 2")(ctx), reading(tx, found, "SELECT 3")(ctx))
				}}
			},
		} {
			err := db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				return tx.Together(ctx, reads(tx, new([]int))...)
			})
			require.ErrorIs(t, err, wrong, name)
		}
		err := db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			var found []int
			return tx.Together(ctx, reading(tx, &found, "SELECT 1"), reading(tx, &found, "SELECT nonsense FROM nowhere"), reading(tx, &found, "SELECT 2"))
		})
		require.ErrorContains(t, err, "nowhere")
		var found []int
		require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error { return reading(tx, &found, "SELECT 1")(ctx) }), "the next one works")
	})
}

func TestTogether_panicsInTheCaller(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		require.PanicsWithValue(t, "oh", func() {
			_ = db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				var found []int
				return tx.Together(ctx, reading(tx, &found, "SELECT 1"), func(context.Context) error { panic("oh") })
			})
		})
	})
}

// A View begins with its first statement. What comes before must not be missed.
func TestView_refusesToWriteFromTheStart(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		require.Error(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			return tx.Exec(ctx, "INSERT INTO notes (name, created_at) VALUES ('x', 1)")
		}))
		written, err := db.Lines(context.Background(), "SELECT name FROM notes WHERE name = 'x'")
		require.NoError(t, err)
		require.Empty(t, written)
	})
}

func TestView_isOneStateAlsoWhenItBeginsWithSeveralReads(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const count = "SELECT count(*) FROM notes WHERE name = 'y'"
		require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			var found []int
			require.NoError(t, tx.Together(ctx, reading(tx, &found, count), reading(tx, &found, count)))
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				require.NoError(t, tx.Exec(ctx, "INSERT INTO notes (name, created_at) VALUES ('y', 1)"))
			})
			require.NoError(t, reading(tx, &found, count)(ctx))
			require.Equal(t, []int{0, 0, 0}, found)
			return nil
		}))
	})
}

func inViewAndTx(t *testing.T, db *store.DB, name string, do func(ctx context.Context, tx *store.Tx)) {
	t.Helper()
	run := func(ctx context.Context, tx *store.Tx) error {
		do(ctx, tx)
		return nil
	}
	require.NoError(t, db.View(context.Background(), run), name)
	require.NoError(t, db.InTx(context.Background(), run), name)
}
