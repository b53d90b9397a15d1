package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/benchmark"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// statementsThatDelete are those by which the oldest versions of an application go that
// has half of so many, with the result of each for a contract of one pair.
func statementsThatDelete(t *testing.T, db *store.DB, versions int) (statements []string) {
	t.Helper()
	_, err := benchmark.Seed(context.Background(), db.URL(), benchmark.History{Integrations: 1, Versions: versions, Until: time.Now()})
	require.NoError(t, err)
	deleting := false
	done, err := db.Recording(func(statement string) {
		if deleting {
			statements = append(statements, statement)
		}
	}).Clean(context.Background(), store.CleanOptions{
		Rules: rules(t, "", "delete versions not numbered x", time.Now()), Limit: 20,
		Progress: func(step cleaning.Step, _, _ int64) { deleting = step == cleaning.Step{Kind: cleaning.Versions} },
	})
	require.NoError(t, err)
	require.EqualValues(t, 20, done.Applications[0].Gone+done.Applications[1].Gone)
	require.NotEmpty(t, statements)
	return statements
}

func TestClean_deletingCostsWhatIsDeletedHoweverMuchStays_sqlite(t *testing.T) {
	db := open(t, store.Options{URL: sqliteURL(t), Fast: true})
	for _, statement := range statementsThatDelete(t, db, 1_000) {
		if !strings.Contains(statement, "SELECT") {
			continue
		}
		lines, err := db.Plan(context.Background(), statement)
		require.NoError(t, err)
		require.NotRegexp(t, `SCAN (v|n|p|l|r|d|t|h|b|bv|f)\b|SEARCH f USING INDEX tags_position`, strings.Join(lines, "\n"), statement)
	}
}

// However many builds verified one content, on whatever branches and in whatever order,
// the first and last successes are what history says after some of the versions went.
func TestClean_keepsTheSuccessesOfAContentThatManyBuildsVerified(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const builds = 240
		random := testrandom.New(t)
		_, err := benchmark.Seed(context.Background(), db.URL(), benchmark.History{Integrations: 1, Versions: 2 * builds, Builds: builds, Until: time.Now()})
		require.NoError(t, err)
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			// The builds of one branch come behind the many of others, or before them, and
			// some were sent later than they ran.
			split, tenth := random.IntN(builds), "(SELECT id FROM branches WHERE name = 'feature-1.0.5' AND pacticipant_id = 2)"
			require.NoError(t, tx.Exec(ctx, fmt.Sprintf("UPDATE branch_versions SET branch_id = %s WHERE branch_id = 2 AND version_id %s %d", tenth, testrandom.OneOf(random, "<", ">"), 2*split)))
			require.NoError(t, tx.Exec(ctx, "UPDATE tags SET name = 'feature-1.0.5' WHERE pacticipant_id = 2 AND name = 'main' AND version_id % 7 = ?", random.IntN(7)))
			for range 40 {
				require.NoError(t, tx.Exec(ctx, "UPDATE verifications SET created_at = created_at + ?, executed_at = executed_at - ?, wip = ? WHERE id = ?",
					random.Int64N(1e10), random.Int64N(1e10), testrandom.OneOf(random, true, false), 100+random.IntN(builds)))
			}
		})
		_ = wrong(t, db, true)
		for range 5 {
			gone := 1 + random.IntN(40)
			done, err := db.Clean(context.Background(), store.CleanOptions{
				Rules: rules(t, "", fmt.Sprintf("delete versions of App2 numbered *%d", random.IntN(10)), time.Now()), Limit: gone, Progress: func(cleaning.Step, int64, int64) {},
			})
			require.NoError(t, err)
			require.Empty(t, wrong(t, db, false), "after %d went", done.Applications[0].Gone)
		}
	})
}
