package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/store"
)

// After two applications were merged here, which the source still has both, what was
// deployed of the one stays deployed, and that of the other stays history.
func TestImport_leavesWhatIsDeployedAfterAMerge(t *testing.T) {
	const current = "SELECT d.uuid FROM deployed_versions d WHERE d.currently_deployed"
	at := func(made archive.Time) archive.Times { return archive.Times{CreatedAt: made, UpdatedAt: made} }
	deployed := func(uuid, app, version string, made archive.Time) *archive.Deployment {
		return &archive.Deployment{UUID: uuid, Application: app, Version: version, Environment: "e-test", Current: true, Times: at(made)}
	}
	each(t, func(t *testing.T, db *store.DB) {
		for _, c := range []struct {
			name        string
			first, last archive.Time
			ended, want string
		}{
			{"the later one, as the merge decided", 1000, 2000, "a", "b"},
			{"the earlier one, as somebody decided", 1000, 2000, "b", "a"},
			{"neither", 1000, 2000, "both", ""},
		} {
			forget(t, db)
			records := func(app string) []archive.Record {
				return inOrder(append(twoApps(), &archive.Application{Name: "stock-api", Times: at(1000)}, &archive.Version{Application: app, Number: "9", Rank: 4, SourceID: 4, Times: at(1000)},
					deployed("a", "Stock", "7", c.first), deployed("b", app, "9", c.last)))
			}
			_, err := importing(t, db, false, records("stock-api")...)
			require.NoError(t, err)
			write(t, db, func(ctx context.Context, tx *store.Tx) {
				if c.ended != "both" {
					require.NoError(t, tx.Exec(ctx, "UPDATE deployed_versions SET currently_deployed = (1 = 0), undeployed_at = 9000, updated_at = 9000 WHERE uuid = ?", c.ended))
				} else {
					require.NoError(t, tx.Exec(ctx, "UPDATE deployed_versions SET currently_deployed = (1 = 0), undeployed_at = 9000, updated_at = 9000"))
				}
				duplicate, _, err := tx.FindPacticipant(ctx, "stock-api")
				require.NoError(t, err)
				into, _, err := tx.FindPacticipant(ctx, "Stock")
				require.NoError(t, err)
				require.NoError(t, tx.LockForMerge(ctx, duplicate, into))
				require.NoError(t, tx.Merge(ctx, duplicate, into))
			})
			var again []archive.Record // as an import has them, which finds applications under former names
			for _, r := range records("Stock") {
				if a, is := r.(*archive.Application); !is || a.Name != "stock-api" {
					again = append(again, r)
				}
			}
			all := func(_ context.Context, take func(archive.Record) error) error {
				for _, r := range again {
					if err := take(r); err != nil {
						return err
					}
				}
				return nil
			}
			for _, take := range []bool{false, true} {
				plan, err := db.PlanImport(context.Background(), store.ImportOptions{Source: "odd", Take: take}, all, func(archive.Kind, int64) {})
				require.NoError(t, err, c.name)
				done, err := importing(t, db, take, again...)
				require.NoError(t, err, c.name)
				requireAsPlanned(t, plan, done, c.name)
				lines, err := db.Lines(context.Background(), current)
				require.NoError(t, err)
				if c.want == "" {
					require.Empty(t, lines, c.name)
				} else {
					require.Equal(t, []string{c.want}, lines, c.name)
				}
			}
		}
	})
}

// Of two that the source has in one place the one counts that was deployed last.
func TestImport_hasWhatWasDeployedLastInAPlace(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		records := twoApps()
		for i, uuid := range []string{"a", "c", "b"} {
			made := archive.Time(1000 + 1000*(i%2))
			records = append(records, &archive.Deployment{UUID: uuid, Application: "Stock", Version: "7", Environment: "e-test", Current: true, Times: archive.Times{CreatedAt: made, UpdatedAt: made}})
		}
		for range 2 {
			done, err := importing(t, db, false, inOrder(records)...)
			require.NoError(t, err)
			require.Equal(t, []string{"deployment: deployed-otherwise (Stock 7 (a), Stock 7 (b))"}, leftOutOf(done))
			lines, err := db.Lines(context.Background(), "SELECT uuid FROM deployed_versions WHERE currently_deployed")
			require.NoError(t, err)
			require.Equal(t, []string{"c"}, lines)
		}
	})
}
