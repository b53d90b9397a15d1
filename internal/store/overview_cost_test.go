package store_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/dashboard"
	"accord/internal/integrations"
	"accord/internal/store"
	"accord/internal/support/testpostgres"
)

// lists are the questions about all pairs at once.
var lists = map[string]func(ctx context.Context, db *store.DB) (int, error){
	"dashboard": func(ctx context.Context, db *store.DB) (int, error) {
		service := dashboard.Service{View: func(ctx context.Context, fn func(ctx context.Context, tx dashboard.Finder) error) error {
			return db.View(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		}}
		items, err := service.Overview(ctx, 30, 0)
		return len(items), err
	},
	"integrations": func(ctx context.Context, db *store.DB) (int, error) {
		found, _, err := db.Integrations(ctx, integrations.Listing{Limit: 30})
		return len(found), err
	},
}

// mostStatementsOfAList is how many statements a list may take, however long
// it is.
const mostStatementsOfAList = 5

func statementsOfList(t *testing.T, db *store.DB, name string) []string {
	t.Helper()
	var statements []string
	n, err := lists[name](context.Background(), db.Recording(func(statement string) { statements = append(statements, statement) }))
	require.NoError(t, err)
	require.Equal(t, 30, n, name)
	require.LessOrEqual(t, len(statements), mostStatementsOfAList, name)
	return statements
}

func TestLists_costWhatTheyShowAndNoMore_sqlite(t *testing.T) {
	db := open(t, store.Options{URL: "sqlite://" + filepath.Join(t.TempDir(), "accord.db"), Fast: true})
	rehearsed(t, db, 10_000)
	for name := range lists {
		for _, statement := range statementsOfList(t, db, name) {
			lines, err := db.Plan(context.Background(), statement)
			require.NoError(t, err)
			require.NotRegexp(t, growing, strings.Join(lines, "\n"), "%s: %s", name, statement)
		}
	}
}

func TestLists_costWhatTheyShowAndNoMore_postgres(t *testing.T) {
	db := open(t, store.Options{URL: testpostgres.Database(t)})
	rehearsed(t, db, 20_000)
	for name := range lists {
		if name == "dashboard" {
			continue // it shows a tenth of this history, so whole tables are rightly read
		}
		for _, statement := range statementsOfList(t, db, name) {
			lines, err := db.Lines(context.Background(), "EXPLAIN (ANALYZE, FORMAT JSON) "+statement)
			require.NoError(t, err)
			var plans []struct{ Plan node }
			require.NoError(t, json.Unmarshal([]byte(strings.Join(lines, "\n")), &plans))
			plans[0].Plan.walk(func(n node) {
				require.Less(t, (n.Rows+n.Removed)*n.Loops, mostRows, "%s: %s on %s %s: %s", name, n.Type, n.Relation, n.Index, statement)
			})
		}
	}
}

func BenchmarkLists(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		benchmarkLists(b, open(b, store.Options{URL: "sqlite://" + filepath.Join(b.TempDir(), "accord.db"), Fast: true}))
	})
	b.Run("postgres", func(b *testing.B) { benchmarkLists(b, open(b, store.Options{URL: testpostgres.Database(b)})) })
}

func benchmarkLists(b *testing.B, db *store.DB) {
	rehearsed(b, db, 100_000)
	for name, ask := range lists {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := ask(context.Background(), db)
				require.NoError(b, err)
			}
		})
	}
}
