package store_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// requireUnavailable checks that the failure says so, and what to do about it.
func requireUnavailable(t *testing.T, err error, message, remedy string) {
	t.Helper()
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
	var known *fault.Error
	require.ErrorAs(t, err, &known)
	require.Contains(t, known.Message, message)
	require.Contains(t, known.Remedy, remedy)
}

func fill(db *store.DB, before ...string) error {
	return db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range append(before, "CREATE TABLE filler AS SELECT zeroblob(1000000) AS filling") {
			if err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestInTx_saysThatTheDiskIsFull(t *testing.T) {
	db := open(t, store.Options{URL: "sqlite:///" + filepath.Join(t.TempDir(), "accord.db"), Fast: true})
	requireUnavailable(t, fill(db, "PRAGMA max_page_count = 20"), "is full", "Free space")
	require.NoError(t, fill(db, "PRAGMA max_page_count = 1000000"), "with space it goes on")
}

func TestCheck_findsADamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	db, err := store.Open(context.Background(), store.Options{URL: "sqlite:///" + path})
	require.NoError(t, err)
	require.NoError(t, fill(db))
	require.NoError(t, db.Close())

	db = open(t, store.Options{URL: "sqlite:///" + path})
	require.NoError(t, db.Check(context.Background()))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("x"), len(content)), 0o600))
	requireUnavailable(t, db.Check(context.Background()), "is damaged", path)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	require.NoError(t, db.Check(context.Background()))
}

func TestCheck_findsThatTheFolderCannotBeWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(folder, 0o700))
	db := open(t, store.Options{URL: "sqlite:///" + filepath.Join(folder, "accord.db"), Fast: true})
	require.NoError(t, db.Check(context.Background()))
	require.NoError(t, os.Rename(folder, folder+" moved"))
	requireUnavailable(t, db.Check(context.Background()), "cannot reach the file", "")
	require.NoError(t, os.Rename(folder+" moved", folder))
}

func TestQueries_sayThatPostgresIsAway(t *testing.T) {
	address := testpostgres.Database(t)
	db := open(t, store.Options{URL: address})
	name := strings.TrimPrefix(mustParse(t, address).Path, "/")
	letIn := func(allowed string) {
		elsewhere := mustParse(t, address)
		elsewhere.Path = "/postgres"
		conn, err := pgx.Connect(context.Background(), elsewhere.String())
		require.NoError(t, err)
		defer conn.Close(context.Background())
		for _, statement := range []string{
			`ALTER DATABASE "` + name + `" ALLOW_CONNECTIONS ` + allowed,
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'",
		} {
			_, err := conn.Exec(context.Background(), statement)
			require.NoError(t, err)
		}
	}
	letIn("false")
	requireUnavailable(t, db.Check(context.Background()), "cannot reach its database", "PostgreSQL runs")
	_, err := db.Lines(context.Background(), "SELECT name FROM pacticipants")
	requireUnavailable(t, err, "cannot reach its database", "PostgreSQL runs")
	requireUnavailable(t, fill(db), "cannot reach its database", "PostgreSQL runs")
	letIn("true")
	require.Eventually(t, func() bool { return db.Check(context.Background()) == nil }, 10*time.Second, 50*time.Millisecond)
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	return parsed
}

func TestInTx_isEndedWhenItTakesTooLong(t *testing.T) {
	eachWith(t, store.Options{TransactionTimeout: 100 * time.Millisecond}, func(t *testing.T, db *store.DB) {
		for _, ending := range []string{"one statement", "many statements"} {
			err := db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				statement := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n"
				if ending == "many statements" {
					statement = "SELECT 1"
				}
				for {
					if err := tx.Exec(ctx, statement); err != nil {
						return err
					}
				}
			})
			requireUnavailable(t, err, "took longer than 100ms", "PACT_BROKER_DATABASE_TRANSACTION_TIMEOUT")
			write(t, db, func(ctx context.Context, tx *store.Tx) { version(t, ctx, tx, "Foo", "1") })
		}
	})
}

func TestInTx_triesNoMoreOnceTheClientHasLeft(t *testing.T) {
	opened := open(t, store.Options{URL: "sqlite:///" + filepath.Join(t.TempDir(), "accord.db"), Fast: true})
	ctx, cancel := context.WithCancel(context.Background())
	tried := 0
	err := opened.InTx(ctx, func(context.Context, *store.Tx) error {
		tried++
		cancel()
		return db.ErrConflict
	})
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	require.Equal(t, 1, tried)
}
