package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// each runs the test on a fresh SQLite and on a fresh PostgreSQL database.
func each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	eachWith(t, store.Options{}, test)
}

// eachWith runs the test on both databases, opened with the options.
func eachWith(t *testing.T, options store.Options, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		options := options
		options.URL, options.Fast = sqliteURL(t), true
		test(t, open(t, options))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		options := options
		options.URL = testpostgres.Database(t)
		test(t, open(t, options))
	})
}

// sqliteURL is the address of a SQLite file that does not exist yet.
func sqliteURL(t testing.TB) string {
	return "sqlite:///" + filepath.Join(t.TempDir(), "accord.db")
}

func open(t testing.TB, options store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// foreign makes a SQLite file with the given statement and returns its path.
func foreign(t *testing.T, statement string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "foreign.db")
	db, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	_, err = db.Exec(statement)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return path
}

const pactBrokersTables = "CREATE TABLE pacticipants (id INTEGER); CREATE TABLE pact_publications (id INTEGER)"

func TestOpen_leavesADatabaseOfThePactBrokerUntouched(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		path := foreign(t, pactBrokersTables)
		before, err := os.ReadFile(path)
		require.NoError(t, err)

		_, err = store.Open(context.Background(), store.Options{URL: "sqlite://" + path})
		require.ErrorIs(t, err, db.ErrForeign)

		after, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, before, after)
		files, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, files, 1)
	})
	t.Run("postgres", func(t *testing.T) {
		url := testpostgres.Database(t)
		conn, err := pgx.Connect(context.Background(), url)
		require.NoError(t, err)
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), pactBrokersTables)
		require.NoError(t, err)

		_, err = store.Open(context.Background(), store.Options{URL: url})
		require.ErrorIs(t, err, db.ErrForeign)

		var tables int
		require.NoError(t, conn.QueryRow(context.Background(), "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").Scan(&tables))
		require.Equal(t, 2, tables)
	})
}

func TestOpen_refusesADatabaseOfANewerVersion(t *testing.T) {
	path := foreign(t, "CREATE TABLE accord_migrations (version_id INTEGER); INSERT INTO accord_migrations VALUES (99999)")
	_, err := store.Open(context.Background(), store.Options{URL: "sqlite://" + path})
	require.ErrorIs(t, err, db.ErrNewer)
}

func TestOpen_migratesOnlyIfItMay(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	before, err := db.Inspect(context.Background(), url)
	require.NoError(t, err)
	require.Zero(t, before.Schema)
	require.NotZero(t, before.Latest)

	_, err = store.Open(context.Background(), store.Options{URL: url, KeepSchema: true})
	require.ErrorIs(t, err, db.ErrBehind)

	open(t, store.Options{URL: url})
	after, err := db.Inspect(context.Background(), url)
	require.NoError(t, err)
	require.Equal(t, db.State{Schema: before.Latest, Latest: before.Latest}, after)
	open(t, store.Options{URL: url, KeepSchema: true})
}

func TestOpen_appliesAMigrationThatCameInBetween(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	require.NoError(t, open(t, store.Options{URL: url}).Close())
	file, err := sql.Open("sqlite3", strings.TrimPrefix(url, "sqlite://"))
	require.NoError(t, err)
	for _, statement := range []string{"ALTER TABLE branches DROP COLUMN closed_at", "DELETE FROM accord_migrations WHERE version_id = 24"} {
		_, err := file.ExecContext(context.Background(), statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, file.Close())
	_, err = store.Open(context.Background(), store.Options{URL: url, KeepSchema: true})
	require.ErrorIs(t, err, db.ErrBehind)
	state, err := db.Inspect(context.Background(), url)
	require.NoError(t, err)
	require.Equal(t, state.Latest, state.Schema, "later ones are there")
	open(t, store.Options{URL: url})
	state, err = db.Inspect(context.Background(), url)
	require.NoError(t, err)
	require.False(t, state.Behind)
}

func TestOpen_makesAFileThatIsNobodyElsesToRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	db := open(t, store.Options{URL: "sqlite://" + path})
	write(t, db, func(ctx context.Context, tx *store.Tx) {
		_, err := tx.AddNote(ctx, "something to put into the log of writes")
		require.NoError(t, err)
	})
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		found, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), found.Mode().Perm(), file)
	}
}

func TestInspect_seesThatOthersCanReadTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	url := "sqlite://" + path
	open(t, store.Options{URL: url})
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		require.NoError(t, os.Chmod(path, mode))
		state, err := db.Inspect(context.Background(), url)
		require.NoError(t, err)
		require.Equal(t, want, state.Exposed, mode)
	}
}

func TestOpen_makesNoFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "mistyped")
	options := store.Options{URL: "sqlite://" + filepath.Join(folder, "accord.db")}
	_, err := store.Open(context.Background(), options)
	require.ErrorIs(t, err, db.ErrNoFolder)
	require.ErrorContains(t, err, folder)
	_, err = db.Inspect(context.Background(), options.URL)
	require.ErrorIs(t, err, db.ErrNoFolder)
	require.NoDirExists(t, folder)
}

func TestSQLitePath(t *testing.T) {
	for url, want := range map[string]string{
		"sqlite://accord.db": "accord.db", "sqlite:///tmp/accord.db": "/tmp/accord.db", "sqlite:////tmp/accord.db": "/tmp/accord.db", "sqlite://a%20b": "a b",
	} {
		path, ok := db.SQLitePath(url)
		require.True(t, ok, url)
		require.Equal(t, want, path, url)
	}
}

func TestOpen_again(t *testing.T) {
	url := "sqlite:///" + filepath.Join(t.TempDir(), "accord 100%?.db")
	require.NoError(t, open(t, store.Options{URL: url}).Check(context.Background()))
	require.NoError(t, open(t, store.Options{URL: url}).Check(context.Background()))
}
