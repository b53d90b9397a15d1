package db_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/store/queue"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// each runs the test on a new database of either kind, with an empty table of
// things: a name and a number.
func each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			d := opened(t, addressOf(t, dialect))
			write(t, d, "CREATE TABLE things (name TEXT PRIMARY KEY, number BIGINT NOT NULL)")
			write(t, d, "CREATE TABLE parts (name TEXT PRIMARY KEY, thing TEXT NOT NULL REFERENCES things (name))")
			test(t, d)
		})
	}
}

func addressOf(t *testing.T, dialect db.Dialect) string {
	t.Helper()
	if dialect == db.Postgres {
		return testpostgres.Database(t)
	}
	return "sqlite:///" + filepath.Join(t.TempDir(), "accord.db")
}

func opened(t *testing.T, address string, change ...func(*db.Options)) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), optionsFor(address, change...))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func optionsFor(address string, change ...func(*db.Options)) db.Options {
	options := db.Options{URL: address, Steps: queue.Migrations, Fast: true}
	for _, apply := range change {
		apply(&options)
	}
	return options
}

// write runs one statement in a transaction.
func write(t *testing.T, d *db.DB, text string, args ...any) {
	t.Helper()
	require.NoError(t, d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "write", text, args...)
		return err
	}))
}

// put writes a thing, or a new number for it.
func put(ctx context.Context, tx *db.Tx, name string, number int64) error {
	_, err := tx.Exec(ctx, "put thing", "INSERT INTO things (name, number) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET number = excluded.number", name, number)
	return err
}

// numberOf is the number of a thing, 0 if it is not there.
func numberOf(ctx context.Context, r *db.Reader, name string) (int64, error) {
	number, _, err := db.Row[int64](ctx, r, "find thing", "SELECT number FROM things WHERE name = ?", name)
	return number, err
}

// stored is the number of a thing as everybody sees it.
func stored(t *testing.T, d *db.DB, name string) int64 {
	t.Helper()
	number, err := numberOf(context.Background(), &d.Reader, name)
	require.NoError(t, err)
	return number
}

// lock keeps other transactions that lock the same name waiting until this one ends.
func lock(ctx context.Context, tx *db.Tx, name string) error {
	if tx.Dialect != db.Postgres {
		return nil // one writes after the other
	}
	_, err := tx.Exec(ctx, "lock", "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", name)
	return err
}
