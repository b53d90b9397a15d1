package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/versions"
)

func TestClean_takesAwayBranchesThatAreEmptyAndOnWhichNobodyWorks(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := world{t, db}
		clock := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
		db.SetClock(func() time.Time { return clock })
		var foo pacticipants.Pacticipant
		branch := func(name string, closed, empty bool) {
			w.write(func(ctx context.Context, tx *store.Tx) {
				v, _, err := versions.FindOrCreateNamed(ctx, tx, "Foo", "1")
				require.NoError(t, err)
				_, _, err = tx.AddToBranch(ctx, v, name, false)
				require.NoError(t, err)
				foo, _, err = tx.FindPacticipant(ctx, "Foo")
				require.NoError(t, err)
				b, _, err := tx.FindBranch(ctx, foo, name)
				require.NoError(t, err)
				if closed {
					b.ClosedAt = tx.Now()
					require.NoError(t, tx.SetBranchClosed(ctx, b))
				}
				if empty {
					_, err = tx.RemoveFromBranch(ctx, b, v)
					require.NoError(t, err)
				}
			})
		}
		branch("main", true, true)
		branch("stale", false, false)
		branch("stale and empty", false, true)
		clock = clock.Add(48 * time.Hour)
		branch("active", false, true)
		branch("closed", true, false)
		branch("closed and empty", true, true)
		w.write(func(ctx context.Context, tx *store.Tx) {
			foo.MainBranch = "main"
			require.NoError(t, tx.UpdatePacticipant(ctx, foo))
		})
		options := store.CleanOptions{Rules: rules(t, "", "", clock), DryRun: true}
		foretold, _ := cleaned(t, db, options)
		options.DryRun = false
		gone, _ := cleaned(t, db, options)

		require.Equal(t, map[string]int64{"branches": 2}, foretold)
		require.Equal(t, foretold, gone)
		left, _, err := db.Branches(context.Background(), foo, "", 0, 0)
		require.NoError(t, err)
		var names []string
		for _, b := range left {
			names = append(names, b.Name)
		}
		require.ElementsMatch(t, []string{"main", "stale", "active", "closed"}, names)
		requireInOrder(t, db)
	})
}
