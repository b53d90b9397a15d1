package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// manySearched is how many versions and branches there are where plans of the search
// are looked at, of searchedApplications applications.
const manySearched, searchedApplications = 100_000, 500

// fillSearched makes so many of them with one statement each.
func fillSearched(t *testing.T, db *store.DB) {
	t.Helper()
	const count = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d) "
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		for _, statement := range []string{
			fmt.Sprintf(count+"INSERT INTO all_pacticipants (id, name, display_name, created_at, updated_at) SELECT n, 'app' || n, 'app' || n, 0, 0 FROM numbers", searchedApplications),
			fmt.Sprintf(count+"INSERT INTO versions (pacticipant_id, number, position, created_at, updated_at) SELECT 1 + n %% %d, 'c' || n || '.x', n, 0, 0 FROM numbers", manySearched, searchedApplications),
			fmt.Sprintf(count+"INSERT INTO branches (pacticipant_id, name, created_at, updated_at) SELECT 1 + n %% %d, 'feat/' || n, 0, n FROM numbers", manySearched, searchedApplications),
		} {
			require.NoError(t, tx.Exec(ctx, statement))
		}
	})
}

// searched asks for what begins with a few texts, and returns what was asked.
func searched(t *testing.T, db *store.DB) (statements []string) {
	t.Helper()
	recorded, ctx := db.Recording(func(statement string) { statements = append(statements, statement) }), context.Background()
	for text, want := range map[string]int{"c777": 20, "c77777.x": 1, "c": 20, "nothing": 0, "feat/777": 0} {
		for _, of := range [][]string{nil, {"app278"}} {
			start := time.Now()
			found, err := recorded.VersionsBeginning(ctx, text, of, 20)
			require.NoError(t, err)
			if of == nil {
				require.Len(t, found, want, text)
			}
			for _, v := range found {
				require.True(t, strings.HasPrefix(v.Number, text), v.Number)
				require.True(t, of == nil || v.Pacticipant == "app278")
			}
			branches, err := recorded.BranchesBeginning(ctx, strings.Replace(text, "c", "feat/", 1), of, 20)
			require.NoError(t, err)
			for _, b := range branches {
				require.True(t, of == nil || b.Pacticipant == "app278")
			}
			t.Logf("%q of %v: %d versions, %d branches in %s", text, of, len(found), len(branches), time.Since(start))
		}
	}
	return statements
}

// What begins with a text is found by one step into an index for each application, on
// PostgreSQL as on SQLite.
func TestSearch_stepsIntoAnIndex_sqlite(t *testing.T) {
	db := open(t, store.Options{URL: sqliteURL(t), Fast: true})
	fillSearched(t, db)
	for _, statement := range searched(t, db) {
		lines, err := db.Plan(context.Background(), statement)
		require.NoError(t, err)
		plan := strings.Join(lines, "\n")
		require.NotContains(t, plan, "SCAN v", plan)
		require.NotContains(t, plan, "SCAN b", plan)
	}
}

func TestSearch_stepsIntoAnIndex_postgres(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	fillSearched(t, db)
	write(t, db, func(ctx context.Context, tx *store.Tx) { require.NoError(t, tx.Exec(ctx, "ANALYZE")) })
	for _, statement := range searched(t, db) {
		if strings.Contains(statement, "'c'") || strings.Contains(statement, "'feat/'") {
			continue // all of them begin so, and all have to be put into an order
		}
		lines, err := db.Lines(context.Background(), "EXPLAIN (ANALYZE, FORMAT JSON) "+statement)
		require.NoError(t, err)
		var plans []struct{ Plan node }
		require.NoError(t, json.Unmarshal([]byte(strings.Join(lines, "\n")), &plans))
		plans[0].Plan.walk(func(n node) {
			require.LessOrEqual(t, (n.Rows+n.Removed)*n.Loops, float64(2*searchedApplications), "%s on %s %s: %s", n.Type, n.Relation, n.Index, statement)
		})
	}
}
