package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/dashboard"
	pairs "github.com/accord-broker/accord/internal/integrations"
	"github.com/accord-broker/accord/internal/store"
)

// overviews are the questions about all pairs at once. What they show may be a
// part of history, so that PostgreSQL rightly reads whole tables for them: only
// their statements are counted, and the plans of SQLite looked at.
var overviews = map[string]ask{
	"dashboard": func(t testing.TB, db *store.DB) {
		service := dashboard.Service{View: func(ctx context.Context, fn func(ctx context.Context, tx dashboard.Reader) error) error {
			return db.View(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		}}
		items, err := service.Overview(context.Background(), integrations, 0)
		require.NoError(t, err)
		require.Len(t, items, integrations)
	},
	"board": func(t testing.TB, db *store.DB) {
		boards := boardsOf(db)
		board, err := boards.Board(context.Background())
		require.NoError(t, err)
		require.Len(t, board.Pairs, integrations)
	},
	"board of a pair": func(t testing.TB, db *store.DB) {
		all, err := db.Pairs(context.Background())
		require.NoError(t, err)
		boards := boardsOf(db)
		board, err := boards.BoardOf(context.Background(), all[0].ConsumerID, all[0].ProviderID)
		require.NoError(t, err)
		require.Len(t, board.Pairs, 1)
	},
	"deployments to an environment": func(t testing.TB, db *store.DB) {
		e, _, err := db.EnvironmentByName(context.Background(), "prod")
		require.NoError(t, err)
		found, total, err := db.DeploymentHistory(context.Background(), e.ID, 10, 0)
		require.NoError(t, err)
		require.Len(t, found, 10)
		require.Greater(t, total, 10)
	},
	"integrations": func(t testing.TB, db *store.DB) {
		found, _, err := db.Integrations(context.Background(), pairs.Query{})
		require.NoError(t, err)
		require.Len(t, found, integrations)
	},
}

// current are scans of indexes that hold only what counts now.
var current = strings.NewReplacer("SCAN d USING INDEX deployed_versions_current", "", "SCAN r USING INDEX released_versions_supported", "")

func TestOverviews_costWhatTheyShow(t *testing.T) {
	db := open(t, store.Options{URL: sqliteURL(t), Fast: true})
	seeded(t, db, 1_000)
	for name, question := range overviews {
		for _, statement := range statementsOf(t, db, question) {
			lines, err := db.Plan(context.Background(), statement)
			require.NoError(t, err)
			require.NotRegexp(t, growing, current.Replace(strings.Join(lines, "\n")), "%s: %s", name, statement)
		}
	}
}

func BenchmarkDashboard(b *testing.B) {
	measure(b, func(string) map[string]ask { return overviews }, "dashboard")
}

func BenchmarkIntegrations(b *testing.B) {
	measure(b, func(string) map[string]ask { return overviews }, "integrations")
}
