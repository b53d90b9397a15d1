package api_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// rowsOf counts the rows of every table of the broker's database, so that two
// counts are equal if nothing was written in between, apart from the audit, which
// also tells who deleted what was not there.
func rowsOf(t *testing.T, b *testbroker.Broker) map[string]int {
	t.Helper()
	driver, source, tables := "pgx", b.Settings().Database.URL, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	if path, isFile := db.SQLitePath(source); isFile {
		driver, source, tables = "sqlite3", "file:"+path+"?mode=ro", "SELECT name FROM sqlite_master WHERE type = 'table'"
	}
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	defer db.Close()
	found, err := db.Query(tables)
	require.NoError(t, err)
	defer found.Close()
	var names []string
	for found.Next() {
		var name string
		require.NoError(t, found.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, found.Err())
	counts := map[string]int{}
	for _, name := range names {
		if strings.HasPrefix(name, "river_") || strings.HasPrefix(name, "audit_") {
			continue
		}
		var count int
		require.NoError(t, db.QueryRow("SELECT count(*) FROM "+name).Scan(&count))
		counts[name] = count
	}
	return counts
}
