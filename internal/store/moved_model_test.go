package store_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
)

// exportedFrom are the records of a database, each as a line of JSON.
func exportedFrom(t *testing.T, db *store.DB) (records []archive.Record, lines []string) {
	t.Helper()
	require.NoError(t, db.Export(context.Background(), store.Scope{}, func(r archive.Record) error {
		line, err := json.Marshal(r)
		require.NoError(t, err)
		records, lines = append(records, r), append(lines, string(r.Kind())+" "+string(line))
		return nil
	}))
	return records, lines
}

// Random histories move from one database to the other and back, and say the same as
// before, in the same order.
func TestExport_ofWhatWasImportedIsTheSame(t *testing.T) {
	each(t, func(t *testing.T, there *store.DB) {
		here := open(t, store.Options{URL: sqliteURL(t), Fast: true})
		for seed := range uint64(6) {
			forget(t, here)
			forget(t, there)
			tell(t, here, 100+seed, 90)
			records, said := exportedFrom(t, here)
			for range 2 { // once more changes nothing
				_, err := importing(t, there, false, records...)
				require.NoError(t, err)
				again, lines := exportedFrom(t, there)
				require.Equal(t, said, lines, "world %d", seed)
				forget(t, here)
				_, err = importing(t, here, false, again...)
				require.NoError(t, err)
				_, lines = exportedFrom(t, here)
				require.Equal(t, said, lines, "world %d, and back", seed)
			}
		}
	})
}

// Two histories of the same applications come together, whichever wins: nothing is
// lost of what only one of them has, and once more changes nothing.
func TestImport_intoAnotherHistoryAddsWhatIsMissing(t *testing.T) {
	each(t, func(t *testing.T, here *store.DB) {
		from := open(t, store.Options{URL: sqliteURL(t), Fast: true})
		for seed := range uint64(6) {
			forget(t, here)
			forget(t, from)
			theirs, ours := tell(t, from, 200+seed, 70), tell(t, here, 300+seed, 70)
			records, _ := exportedFrom(t, from)
			done, err := importing(t, here, seed%2 == 0, records...)
			require.NoError(t, err, "world %d", seed)
			lines, err := here.Lines(context.Background(), merged["versions"])
			require.NoError(t, err)
			same := func(app string) string { return app }
			require.Subset(t, lines, theirs.saidOf(same)["versions"])
			require.Subset(t, lines, ours.saidOf(same)["versions"])
			for _, what := range []string{"tags", "branches"} {
				lines, err := here.Lines(context.Background(), merged[what])
				require.NoError(t, err)
				if said := theirs.saidOf(same)[what]; len(said) > 0 {
					require.Subset(t, lines, said, "world %d: %s", seed, what)
				}
			}
			// What both say differently is the source's if it wins, else ours.
			winner := ours
			if seed%2 == 0 {
				winner = theirs
			}
			for _, what := range []string{"pacts", "deployed"} {
				lines, err := here.Lines(context.Background(), merged[what])
				require.NoError(t, err)
				if said := winner.saidOf(same)[what]; len(said) > 0 {
					require.Subset(t, lines, said, "world %d: %s %v", seed, what, leftOutOf(done))
				}
			}
			_, before := exportedFrom(t, here)
			_, err = importing(t, here, seed%2 == 0, records...)
			require.NoError(t, err, "world %d, once more", seed)
			_, after := exportedFrom(t, here)
			require.Equal(t, before, after, "world %d, once more", seed)
		}
	})
}
