package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/verification"
)

// addHistory makes a pair with two revisions, two results of one version, branches
// and tags.
func addHistory(t *testing.T, db *store.DB) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		foo, later, bar := version(t, ctx, tx, "Foo", "1"), version(t, ctx, tx, "Foo", "2"), version(t, ctx, tx, "Bar", "9")
		integration, err := tx.AddIntegration(ctx, pacticipants.Pacticipant{ID: foo.PacticipantID}, pacticipants.Pacticipant{ID: bar.PacticipantID})
		require.NoError(t, err)
		for _, sha := range []string{"first", "second"} {
			content, _, err := tx.AddContent(ctx, contracts.PactVersion{IntegrationID: integration, SHA: sha, Size: 2}, store.Compressed("{}"))
			require.NoError(t, err)
			_, err = tx.AddPublication(ctx, integration, foo, content)
			require.NoError(t, err)
			for range 2 {
				_, err = tx.AddResult(ctx, verification.Result{IntegrationID: integration, ContentID: content, ProviderVersion: bar.ID, Success: true}, nil)
				require.NoError(t, err)
			}
		}
		_, _, err = tx.AddToBranch(ctx, bar, "main", false)
		require.NoError(t, err)
		_, _, err = tx.AddTag(ctx, bar, "prod")
		require.NoError(t, err)
		_, _, err = tx.AddToBranch(ctx, later, "main", false)
		require.NoError(t, err)
		_, _, err = tx.AddToBranch(ctx, foo, "main", false)
		require.NoError(t, err)
	})
}

func allKept(t *testing.T, db *store.DB) (lines []string) {
	t.Helper()
	require.NoError(t, db.View(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		lines, err = storedProjections(ctx, tx)
		return err
	}))
	return lines
}

// wrong lists what a check finds.
func wrong(t *testing.T, db *store.DB, repair bool) []string {
	t.Helper()
	compared, err := db.CheckProjections(context.Background(), repair, func(store.Part, int64, int64) {})
	require.NoError(t, err)
	var found []string
	for _, c := range compared {
		if c.Wrong > 0 {
			found = append(found, fmt.Sprintf("%s: %d, repaired %d", c.Part, c.Wrong, c.Repaired))
		}
	}
	return found
}

func TestCheckProjections_findsAndRepairsWhatDoesNotFollowFromHistory(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		addHistory(t, db)
		before := allKept(t, db)
		require.Empty(t, wrong(t, db, true), "nothing is wrong yet")
		for _, tt := range []struct{ ruin, found string }{
			{"UPDATE branches SET head_version_id = NULL", "branch-heads: 2"},
			{"UPDATE branches SET head_version_id = (SELECT id FROM versions WHERE number = '9') WHERE head_version_id <> (SELECT id FROM versions WHERE number = '9')", "branch-heads: 1"},
			{"DELETE FROM tag_heads", "tag-heads: 1"},
			{"UPDATE tag_heads SET first_used_at = 1", "tag-heads: 1"},
			{"INSERT INTO tag_heads (pacticipant_id, name, version_id, first_used_at) SELECT pacticipant_id, 'never', id, 1 FROM versions WHERE number = '1'", "tag-heads: 1"},
			{"UPDATE pact_publications SET latest = (revision = 3)", "latest-revisions: 1"},
			{"UPDATE verifications SET latest = (id < 0) WHERE latest", "latest-results: 2"},
			{"UPDATE verifications SET latest = (id < 0) WHERE latest AND pact_version_id IN (SELECT id FROM pact_versions WHERE sha = 'first')", "latest-results: 1"},
			{"DELETE FROM branch_successes", "branch-successes: 2"},
			{"UPDATE branch_successes SET last_counted_at = NULL", "branch-successes: 2"},
			{"DELETE FROM tag_successes", "tag-successes: 2"},
			{"INSERT INTO tag_successes (pact_version_id, tag, first_success_at) SELECT id, 'never', 1 FROM pact_versions WHERE sha = 'first'", "tag-successes: 1"},
			{"UPDATE tags SET version_position = version_position + 100", "version-order: 1"},
			{"UPDATE pact_publications SET version_position = 100", "version-order: 1"},
			{"UPDATE pact_versions SET interactions_count = 7", "content-counts: 2"},
			{"UPDATE pact_versions SET messages_count = 1 WHERE sha = 'first'", "content-counts: 1"},
			{"UPDATE versions SET contracts_key = 'x' WHERE number = '9'", "contracts-keys: 1"},
		} {
			write(t, db, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.Exec(ctx, tt.ruin)) })
			n := tt.found[len(tt.found)-1:]
			require.Equal(t, []string{tt.found + ", repaired 0"}, wrong(t, db, false), tt.ruin)
			require.Equal(t, []string{tt.found + ", repaired " + n}, wrong(t, db, true), tt.ruin)
			require.Empty(t, wrong(t, db, false), tt.ruin)
			require.Equal(t, before, allKept(t, db), tt.ruin)
		}
	})
}

// The head of a branch can be another than the version that came last, and than the highest:
// whoever deletes from it, or imports what another broker says, leaves such ones.
func TestCheckProjections_leavesHeadsThatAnImportHasBrought(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		at := archive.Times{CreatedAt: 1000, UpdatedAt: 1000}
		shop := []archive.Record{&archive.Application{Name: "Shop", DisplayName: "Shop", Times: at}}
		for i, number := range []string{"1", "2", "3", "4"} {
			shop = append(shop, &archive.Version{Application: "Shop", Number: number, Rank: int64(i), SourceID: int64(i), Times: at})
		}
		shop = append(shop, &archive.Branch{Application: "Shop", Name: "main", Head: text("2"), Times: at}, &archive.Branch{Application: "Shop", Name: "other", Head: text("4"), Times: at})
		for _, number := range []string{"1", "2", "3"} {
			for _, branch := range []string{"main", "other"} {
				shop = append(shop, &archive.Membership{Application: "Shop", Branch: branch, Version: number, Times: at})
			}
		}
		_, err := importing(t, db, false, shop...)
		require.NoError(t, err)
		heads := func() []string {
			numbers, err := db.Lines(context.Background(), "SELECT v.number FROM branches b JOIN versions v ON v.id = b.head_version_id ORDER BY b.name")
			require.NoError(t, err)
			return numbers
		}
		require.Equal(t, []string{"2", "3"}, heads(), "the second came with a head that is not on it")
		require.Empty(t, wrong(t, db, true))
		require.Equal(t, []string{"2", "3"}, heads())

		write(t, db, func(ctx context.Context, tx *store.Tx) {
			require.NoError(t, tx.Exec(ctx, "UPDATE branches SET head_version_id = (SELECT id FROM versions WHERE number = '1') WHERE name = 'main'"))
		})
		require.Equal(t, []string{"branch-heads: 1, repaired 1"}, wrong(t, db, true), "neither the source nor the order of versions makes it the head")
		require.Equal(t, []string{"3", "3"}, heads())
	})
}

func TestCheckProjections_looksAtAllInSteps(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			v := version(t, ctx, tx, "Foo", "1")
			for i := range 1100 {
				_, _, err := tx.AddToBranch(ctx, v, fmt.Sprint("branch ", i), false)
				require.NoError(t, err)
			}
			require.NoError(t, tx.Exec(ctx, "UPDATE branches SET head_version_id = NULL"))
		})
		var steps []int64
		compared, err := db.CheckProjections(context.Background(), false, func(part store.Part, done, all int64) {
			if part == store.BranchHeads {
				steps = append(steps, done)
				require.EqualValues(t, 1100, all)
			}
		})
		require.NoError(t, err)
		require.Equal(t, []int64{500, 1000, 1100}, steps)
		require.EqualValues(t, 1100, compared[1].Wrong)
		require.Len(t, compared[1].First, 5)
	})
}

func TestCheckContents_findsWhatIsNotAsItWasStored(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		addHistory(t, db)
		_, err := importing(t, db, false, &archive.Application{Name: "Foo", DisplayName: "Foo", Times: archive.Times{CreatedAt: 1, UpdatedAt: 1}},
			&archive.Application{Name: "Bar", DisplayName: "Bar", Times: archive.Times{CreatedAt: 1, UpdatedAt: 1}}, &archive.Integration{Consumer: "Foo", Provider: "Bar", CreatedAt: 1},
			&archive.Content{Consumer: "Foo", Provider: "Bar", SHA: "imported", Body: text("{}"), CreatedAt: 1})
		require.NoError(t, err)
		check := func() store.ContentsChecked {
			checked, err := db.CheckContents(context.Background(), func(body []byte, sha string) bool { return string(body) == "{}" && sha == "first" }, func(store.Part, int64, int64) {})
			require.NoError(t, err)
			return checked
		}
		require.Equal(t, store.ContentsChecked{All: 3}, check(), "what is known by another digest than that of its text is as it was stored")

		change := func(statement string, args ...any) {
			write(t, db, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.Exec(ctx, statement, args...)) })
		}
		change("CREATE TABLE kept AS SELECT id, sha, size, body, checksum FROM pact_versions")
		spoilt := store.Compressed("{}")
		spoilt[len(spoilt)-1] ^= 1
		for _, sha := range []string{"first", "imported"} {
			only, renamed := store.ContentsFound{N: 1, First: []string{sha}}, store.ContentsFound{N: 1, First: []string{"other"}}
			for _, tt := range []struct {
				what, column string
				to           any
				found        store.ContentsChecked
			}{
				{"a byte", "body", spoilt, store.ContentsChecked{All: 3, Damaged: only}},
				{"the text, by somebody who knows how it is stored", "body", store.Compressed("[]"), store.ContentsChecked{All: 3, Changed: only}},
				{"the length", "size", 3, store.ContentsChecked{All: 3, Damaged: only}},
				{"the digest", "sha", "other", store.ContentsChecked{All: 3, Changed: renamed}},
				{"the checksum", "checksum", []byte("x"), store.ContentsChecked{All: 3, Changed: only}},
			} {
				change("UPDATE pact_versions SET "+tt.column+" = ? WHERE sha = ?", tt.to, sha)
				require.Equal(t, tt.found, check(), "%s of %s", tt.what, sha)
				change("UPDATE pact_versions SET " + tt.column + " = (SELECT k." + tt.column + " FROM kept k WHERE k.id = pact_versions.id)")
			}
		}
		require.Equal(t, store.ContentsChecked{All: 3}, check())
		change("UPDATE pact_versions SET checksum = NULL")
		require.Equal(t, store.ContentsChecked{All: 3, Earlier: 3, Unlike: store.ContentsFound{N: 2, First: []string{"second", "imported"}}}, check(),
			"earlier versions kept none, and then only the digest can tell something")
	})
}

// What hangs on results and on promises is read as well. An export leaves such a text out,
// says so, and brings the rest.
func TestCheckReports_findsWhatCannotBeReadAnyMore(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		addHistory(t, db)
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			require.NoError(t, tx.Exec(ctx, "UPDATE verifications SET test_results = ?", store.Compressed("{}")))
		})
		check := func() store.ReportsChecked {
			checked, err := db.CheckReports(context.Background(), func(store.Part, int64, int64) {})
			require.NoError(t, err)
			require.Equal(t, []store.ReportsChecked{{Part: store.Documents}, {Part: store.TestReports}}, checked[1:])
			return checked[0]
		}
		whole := check()
		require.Positive(t, whole.All)
		require.Zero(t, whole.Damaged)
		export := func() (results, leftOut []string) {
			require.NoError(t, db.Export(context.Background(), store.ExportQuery{LeftOut: func(of archive.Record, why archive.Reason) {
				leftOut = append(leftOut, fmt.Sprintf("%s of result %d", why, of.(*archive.Result).Number))
			}}, func(r archive.Record) error {
				if result, is := r.(*archive.Result); is && result.TestResults != nil {
					results = append(results, *result.TestResults)
				}
				return nil
			}))
			return results, leftOut
		}
		results, leftOut := export()
		require.Len(t, results, int(whole.All))
		require.Empty(t, leftOut)

		write(t, db, func(ctx context.Context, tx *store.Tx) {
			require.NoError(t, tx.Exec(ctx, "UPDATE verifications SET test_results = ? WHERE id = (SELECT max(id) FROM verifications)", []byte{0, 255}))
		})
		damaged := check()
		require.Equal(t, [2]int64{whole.All, 1}, [2]int64{damaged.All, damaged.Damaged})
		require.Len(t, damaged.First, 1)
		results, leftOut = export()
		require.Len(t, results, int(whole.All)-1)
		require.Equal(t, []string{fmt.Sprintf("unreadable-text of result %d", damaged.First[0])}, leftOut)
	})
}

func TestExport_refusesAScopeThatNamesNothing(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		addHistory(t, db)
		for _, tt := range []struct {
			query store.ExportQuery
			want  string
		}{
			{store.ExportQuery{Applications: []string{"Foo", "Nope"}}, `unknown application "Nope"`},
			{store.ExportQuery{Labels: []string{"nope"}}, `unknown label "nope"`},
		} {
			taken := 0
			require.EqualError(t, db.Export(context.Background(), tt.query, func(archive.Record) error { taken++; return nil }), tt.want)
			require.Zero(t, taken)
		}
	})
}

func TestStructure_tellsSizesAndWhatIsNotInOrder(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		addHistory(t, db)
		whole, err := db.Structure(context.Background())
		require.NoError(t, err)
		require.Positive(t, whole.Size)
		require.Empty(t, whole.Damage)
		require.Empty(t, whole.Dangling)
		require.Equal(t, !db.IsPostgres(), whole.Known)
	})
}

func TestStructure_findsRowsThatReferToNothing(t *testing.T) {
	url := filled(t, "1")
	careless, err := sql.Open("sqlite3", file(url)+"?_foreign_keys=off")
	require.NoError(t, err)
	_, err = careless.Exec("DELETE FROM all_pacticipants")
	require.NoError(t, err)
	require.NoError(t, careless.Close())
	found, err := open(t, store.Options{URL: url}).Structure(context.Background())
	require.NoError(t, err)
	require.Equal(t, []string{"versions: 1"}, found.Dangling)
}

// PostgreSQL refuses such rows unless somebody has told it not to look.
func TestStructure_findsRowsThatReferToNothingOnPostgreSQL(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		if !db.IsPostgres() {
			return
		}
		addHistory(t, db)
		careless, err := sql.Open("pgx", db.URL())
		require.NoError(t, err)
		careless.SetMaxOpenConns(1)
		for _, statement := range []string{"SET session_replication_role = replica", "DELETE FROM branches WHERE id = (SELECT min(id) FROM branches)"} {
			_, err = careless.Exec(statement)
			require.NoError(t, err)
		}
		require.NoError(t, careless.Close())
		found, err := db.Structure(context.Background())
		require.NoError(t, err)
		require.Equal(t, []string{"branch_successes: 2", "branch_versions: 1"}, found.Dangling)
		err = db.Export(context.Background(), store.ExportQuery{}, func(archive.Record) error { t.Fatal("something was exported"); return nil })
		require.EqualError(t, err, "rows refer to others that are not there (branch_successes: 2, branch_versions: 1)")
	})
}

func TestStructure_findsDamage(t *testing.T) {
	url := filled(t, "somewhere")
	damage(t, file(url))
	found, err := open(t, store.Options{URL: url}).Structure(context.Background())
	require.NoError(t, err)
	require.Contains(t, found.Damage[0], "index")
}
