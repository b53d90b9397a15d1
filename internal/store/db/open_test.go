package db_test

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
)

func TestOpen_saysWhatIsWrongWithAnAddress(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "text.db")
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("this is no database ", 100)), 0o600))
	for address, want := range map[string]string{
		"":                                      "the URL must begin with sqlite:// or postgres://",
		"accord.db":                             "the URL must begin with sqlite:// or postgres://",
		"mysql://db/x":                          "the URL must begin with sqlite:// or postgres://",
		"sqlite:///" + folder + "/no/accord.db": "there is no such folder",
		"sqlite:///" + folder:                   folder,
		"sqlite:///" + file:                     "is damaged",
		"postgres://localhost:1/x?connect_timeout=1": "open database",
		"postgres://localhost/x?pool_max_conns=many": "open database",
	} {
		_, err := db.Open(context.Background(), optionsFor(address))
		require.ErrorContains(t, err, want, address)
		_, err = db.Inspect(context.Background(), address)
		require.Error(t, err, address)
	}
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing is made or left")
}

func TestOpen_needsNoStepsBesideThoseInFiles(t *testing.T) {
	// The steps of the job queue are numbered among the others, so this is a database
	// that no broker uses.
	_, err := db.Open(context.Background(), db.Options{URL: addressOf(t, db.SQLite), Fast: true})
	require.NoError(t, err)
}

func TestSQLitePath_readsTheAddressAsThePactBrokerDoes(t *testing.T) {
	for address, want := range map[string]string{
		"sqlite://accord.db": "accord.db", "sqlite://./a/b.db": "./a/b.db", "sqlite:///a/b.db": "/a/b.db", "sqlite:////a/b.db": "/a/b.db", "sqlite://///a/b.db": "/a/b.db",
		"sqlite:///a%20b%3F.db": "/a b?.db", "sqlite:///100%": "/100%", "sqlite:///a+b.db": "/a+b.db",
	} {
		path, is := db.SQLitePath(address)
		require.True(t, is, address)
		require.Equal(t, want, path, address)
	}
	for _, address := range []string{"", "postgres://sqlite://x", "sqlite:x", "SQLITE://x"} {
		_, is := db.SQLitePath(address)
		require.False(t, is, address)
	}
}

func TestOpen_findsFilesWhateverIsInTheirNames(t *testing.T) {
	for _, name := range []string{"with blank.db", "what?.db", "100%.db", "a#b.db", "a&b=c.db", "ü.db", "a'b\".db", "a+b.db", "a;b.db"} {
		path := filepath.Join(t.TempDir(), name)
		address := "sqlite:///" + (&url.URL{Path: path}).EscapedPath()
		d, err := db.Open(context.Background(), optionsFor(address))
		require.NoError(t, err, name)
		write(t, d, "CREATE TABLE things (name TEXT, number BIGINT)")
		write(t, d, "INSERT INTO things VALUES ('a', 1)")
		require.Equal(t, int64(1), stored(t, d, "a"), "who reads opens the same file")
		require.NoError(t, d.Check(context.Background()))
		require.NoError(t, d.Close())
		files, err := filepath.Glob(filepath.Dir(path) + "/*")
		require.NoError(t, err)
		require.Equal(t, []string{path}, slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".migrate.lock") }), name)
	}
}

func TestOpen_migratesOnceHoweverManyStartTogether(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			address := addressOf(t, dialect)
			var together sync.WaitGroup
			for range 5 {
				together.Go(func() {
					d, err := db.Open(context.Background(), optionsFor(address))
					if err != nil {
						t.Error(err)
						return
					}
					if err := d.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			together.Wait()
			state, err := db.Inspect(context.Background(), address)
			require.NoError(t, err)
			require.Equal(t, state.Latest, state.Schema)
			require.False(t, state.Foreign)
			require.Empty(t, state.UsedBy)
			var twice int
			require.NoError(t, db.ReadClosed(context.Background(), address, func(d *sql.DB) error {
				return d.QueryRow("SELECT count(*) FROM (SELECT version_id FROM accord_migrations GROUP BY version_id HAVING count(*) > 1) x").Scan(&twice)
			}))
			require.Zero(t, twice)
		})
	}
}

func TestOpen_againChangesNothing(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			address := addressOf(t, dialect)
			_, err := db.Open(context.Background(), optionsFor(address, func(o *db.Options) { o.KeepSchema = true }))
			require.ErrorIs(t, err, db.ErrBehind)
			state, err := db.Inspect(context.Background(), address)
			require.NoError(t, err)
			require.Zero(t, state.Schema)
			opened(t, address)
			d := opened(t, address, func(o *db.Options) { o.KeepSchema = true })
			require.NoError(t, d.Check(context.Background()))
			write(t, d, "UPDATE accord_migrations SET version_id = version_id + 100000")
			_, err = db.Open(context.Background(), optionsFor(address))
			require.ErrorIs(t, err, db.ErrNewer)
		})
	}
}

func TestOpen_givesEachSchemaItsOwnTables(t *testing.T) {
	address := addressOf(t, db.Postgres)
	in := func(schema string) *db.DB { return opened(t, address+"&search_path="+schema) }
	if !strings.Contains(address, "?") {
		in = func(schema string) *db.DB { return opened(t, address+"?search_path="+schema) }
	}
	one, other := in("accord"), in("another_one")
	for _, d := range []*db.DB{one, other} {
		write(t, d, "CREATE TABLE things (name TEXT PRIMARY KEY, number BIGINT NOT NULL)")
		require.NoError(t, d.Check(context.Background()))
	}
	write(t, one, "INSERT INTO things (name, number) VALUES ('a', 1)")
	require.Equal(t, []int64{1, 0}, []int64{stored(t, one, "a"), stored(t, other, "a")})
	state, err := db.Inspect(context.Background(), address)
	require.NoError(t, err)
	require.Zero(t, state.Schema, "in the usual schema there is nothing")
}

func TestOpen_migratesHoweverShortStatementsMayTake(t *testing.T) {
	address, err := url.Parse(addressOf(t, db.Postgres))
	require.NoError(t, err)
	query := address.Query()
	query.Set("statement_timeout", "200")
	address.RawQuery = query.Encode()
	d := opened(t, address.String())
	_, err = db.Rows[string](context.Background(), &d.Reader, "sleep", "SELECT pg_sleep(5)::text")
	require.ErrorContains(t, err, "took too long")
}

func TestConnections_areCounted(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		require.NoError(t, d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			_, err := numberOf(ctx, &tx.Reader, "a")
			require.NoError(t, err)
			open, inUse, most, _ := d.Connections()
			require.Equal(t, 1, inUse)
			require.GreaterOrEqual(t, open, inUse)
			require.GreaterOrEqual(t, most, open)
			return nil
		}))
		_, inUse, _, _ := d.Connections()
		require.Zero(t, inUse)
	})
}

func TestObserve_isToldHowLongEachStatementTook(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			var mutex sync.Mutex
			seen := map[string]int{}
			d := opened(t, addressOf(t, dialect), func(o *db.Options) {
				o.Observe = func(_ context.Context, statement string, took time.Duration) {
					mutex.Lock()
					defer mutex.Unlock()
					if took >= 0 {
						seen[statement]++
					}
				}
			})
			write(t, d, "CREATE TABLE things (name TEXT PRIMARY KEY, number BIGINT NOT NULL)")
			stored(t, d, "a")
			_ = d.InTx(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "fail", "NO SQL AT ALL")
				return err
			})
			require.Equal(t, 1, seen["CREATE TABLE things (name TEXT PRIMARY KEY, number BIGINT NOT NULL)"])
			require.Equal(t, 1, seen["SELECT number FROM things WHERE name = ?"])
			require.Equal(t, 1, seen["NO SQL AT ALL"], "those that fail take time, too")
		})
	}
}

func TestTryLock_isOneProcessForEachThing(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			address := addressOf(t, dialect)
			one, other := opened(t, address), opened(t, address)
			for range 3 {
				unlock, locked, err := one.TryLock(ctx, "cleaning")
				require.NoError(t, err)
				require.True(t, locked)
				_, locked, err = other.TryLock(ctx, "cleaning")
				require.NoError(t, err)
				require.False(t, locked)
				_, locked, err = one.TryLock(ctx, "cleaning")
				require.NoError(t, err)
				require.False(t, locked, "not twice either")
				another, locked, err := other.TryLock(ctx, "importing")
				require.NoError(t, err)
				require.True(t, locked, "another thing")
				another()
				unlock()
			}
			unlock, locked, err := other.TryLock(ctx, "cleaning")
			require.NoError(t, err)
			require.True(t, locked)
			unlock()
			ended, cancel := context.WithCancel(ctx)
			cancel()
			if dialect == db.Postgres {
				_, _, err = one.TryLock(ended, "cleaning")
				require.Error(t, err)
			}
			_, inUse, _, _ := one.Connections()
			require.Zero(t, inUse)
		})
	}
}

func TestTryLock_holdsWhileManyAskAtOnce(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			d := opened(t, addressOf(t, dialect))
			var together sync.WaitGroup
			var mutex sync.Mutex
			holders, most := 0, 0
			for range 10 {
				together.Go(func() {
					for range 20 {
						unlock, locked, err := d.TryLock(context.Background(), "it")
						if err != nil {
							t.Error(err)
						}
						if !locked || err != nil {
							continue
						}
						mutex.Lock()
						holders++
						most = max(most, holders)
						holders--
						mutex.Unlock()
						unlock()
					}
				})
			}
			together.Wait()
			require.Equal(t, 1, most)
		})
	}
}
