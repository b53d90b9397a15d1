package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"accord/internal/store"
	"accord/internal/support/testpostgres"
)

// each runs the test on a fresh SQLite and on a fresh PostgreSQL database.
func each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, store.Options{URL: "sqlite:///" + filepath.Join(t.TempDir(), "accord.db"), Fast: true}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, store.Options{URL: testpostgres.Database(t)}))
	})
}

func open(t *testing.T, options store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestOpen_refusesADatabaseOfThePactBroker(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broker.db")
	foreign, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	_, err = foreign.Exec("CREATE TABLE pacticipants (id INTEGER); CREATE TABLE pact_publications (id INTEGER)")
	require.NoError(t, err)
	require.NoError(t, foreign.Close())

	_, err = store.Open(context.Background(), store.Options{URL: "sqlite:///" + path})

	require.ErrorIs(t, err, store.ErrForeign)
}

func TestOpen_again(t *testing.T) {
	url := "sqlite:///" + filepath.Join(t.TempDir(), "accord 100%?.db")
	require.NoError(t, open(t, store.Options{URL: url}).Ping(context.Background()))
	require.NoError(t, open(t, store.Options{URL: url}).Ping(context.Background()))
}
