package store_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// exportedFrom are the records of a database, each as a line of JSON.
func exportedFrom(t *testing.T, db *store.DB) (records []archive.Record, lines []string) {
	t.Helper()
	require.NoError(t, db.Export(context.Background(), store.ExportQuery{}, func(r archive.Record) error {
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
		for _, seed := range testrandom.Seeds(t, 5, 0) {
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
		for _, seed := range testrandom.Seeds(t, 5, 0, 5495858208032985170, 7507808874076046490) {
			forget(t, here)
			forget(t, from)
			theirs, ours := tell(t, from, 200+seed, 70), tell(t, here, 300+seed, 70)
			records, _ := exportedFrom(t, from)
			before, _ := exportedFrom(t, here)
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
			// What both say differently is the source's if it wins, else ours; where one only
			// goes on from where the other ends, that is not different.
			winner, goesOn := ours, goingOn(before, records)
			if seed%2 == 0 {
				winner, goesOn = theirs, goingOn(records, before)
			}
			for _, what := range []string{"pacts", "deployed"} {
				lines, err := here.Lines(context.Background(), merged[what])
				require.NoError(t, err)
				said := slices.DeleteFunc(winner.saidOf(same)[what], func(line string) bool { return goesOn[line] })
				if len(said) > 0 {
					require.Subset(t, lines, said, "world %d: %s %v", seed, what, leftOutOf(done))
				}
			}
			_, once := exportedFrom(t, here)
			_, err = importing(t, here, seed%2 == 0, records...)
			require.NoError(t, err, "world %d, once more", seed)
			_, twice := exportedFrom(t, here)
			require.Equal(t, once, twice, "world %d, once more", seed)
		}
	})
}

// goingOn are the pacts, as the one history has them, of which the other tells the same
// revisions and more.
func goingOn(one, other []archive.Record) map[string]bool {
	revisionsOf := func(records []archive.Record) map[string][]string {
		revisions := map[string][]string{}
		for _, r := range records {
			if p, is := r.(*archive.Publication); is {
				key := p.Consumer + " " + p.Version + " " + p.Provider
				revisions[key] = append(revisions[key], p.SHA)
			}
		}
		return revisions
	}
	goesOn, longer := map[string]bool{}, revisionsOf(other)
	for key, said := range revisionsOf(one) {
		if more := longer[key]; len(more) > len(said) && slices.Equal(said, more[:len(said)]) {
			goesOn[key+" "+said[len(said)-1]] = true
		}
	}
	return goesOn
}
