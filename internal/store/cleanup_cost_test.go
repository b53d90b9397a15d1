package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/benchmark"
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
		Progress: func(what string, _, _ int64) { deleting = what == "versions to delete" },
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
