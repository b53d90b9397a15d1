package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
)

// Results are asked for by pairs: a result of another version for another of the
// contents is none of them.
func TestResultsBetween_looksUpEachPairByItself(t *testing.T) {
	eachWith(t, store.Options{}, func(t *testing.T, db *store.DB) {
		w := world{t, db}
		w.publish("Shop", "1", "one", "Stock")
		w.publish("Shop", "2", "two", "Stock")
		for _, by := range []string{"7", "8"} {
			w.verify("Shop", "1", "Stock", by, true)
			w.verify("Shop", "2", "Stock", by, by == "8")
		}
		w.verify("Shop", "1", "Stock", "7", false)
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			stock := version(t, ctx, tx, "Stock", "7").PacticipantID
			content := func(number string) int64 {
				p, found, err := tx.Publication(ctx, version(t, ctx, tx, "Shop", number).ID, stock)
				require.NoError(t, err)
				require.True(t, found)
				return p.ContentID
			}
			one, two := content("1"), content("2")
			seven, eight := version(t, ctx, tx, "Stock", "7").ID, version(t, ctx, tx, "Stock", "8").ID
			for name, c := range map[string]struct {
				contents, by []int64
				every        bool
				want         []bool
			}{
				"nothing":                  {nil, nil, false, []bool{}},
				"a pair, what counts":      {[]int64{one}, []int64{seven}, false, []bool{false}},
				"a pair, all of it":        {[]int64{one}, []int64{seven}, true, []bool{true, false}},
				"pairs, not each with all": {[]int64{one, two}, []int64{seven, eight}, false, []bool{true, false}},
				"a pair twice, once":       {[]int64{two, two}, []int64{eight, eight}, false, []bool{true}},
			} {
				found, err := tx.ResultsBetween(ctx, c.contents, c.by, c.every, 0)
				require.NoError(t, err, name)
				got := []bool{}
				for _, r := range found {
					got = append(got, r.Success)
				}
				require.Equal(t, c.want, got, name)
			}
		})
	})
}
