package db_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/store/queue"
	"github.com/accord-broker/accord/migrations"
)

// upgrading is a database on its way from the first schema to the last.
type upgrading struct {
	t       *testing.T
	dialect db.Dialect
	conn    *sql.DB
	// filled counts the rows of the tables that were filled.
	filled map[string]int
}

func upgradingAt(t *testing.T, dialect db.Dialect, address string) *upgrading {
	u := &upgrading{t: t, dialect: dialect, filled: map[string]int{}}
	driver, name, first := "pgx", address, "SET session_replication_role = replica" // rows may refer to what comes later
	if path, is := db.SQLitePath(address); is {
		driver, name, first = "sqlite3", path, "PRAGMA foreign_keys = off"
	}
	var err error
	u.conn, err = sql.Open(driver, name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, u.conn.Close()) })
	u.conn.SetMaxOpenConns(1)
	require.NoError(t, u.exec(first))
	return u
}

func (u *upgrading) exec(text string, args ...any) error {
	_, err := u.conn.ExecContext(context.Background(), text, args...)
	return err
}

func (u *upgrading) texts(text string, args ...any) (found []string) {
	u.t.Helper()
	rows, err := u.conn.QueryContext(context.Background(), text, args...)
	require.NoError(u.t, err, text)
	defer rows.Close()
	for rows.Next() {
		var one string
		require.NoError(u.t, rows.Scan(&one))
		found = append(found, one)
	}
	require.NoError(u.t, rows.Err())
	return found
}

func (u *upgrading) count(table string) (n int) {
	u.t.Helper()
	require.NoError(u.t, u.conn.QueryRowContext(context.Background(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func (u *upgrading) tables() []string {
	text := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if u.dialect == db.Postgres {
		text = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1"
	}
	return slices.DeleteFunc(u.texts(text), func(name string) bool { return strings.HasPrefix(name, "river_") || name == "accord_migrations" })
}

// columns are those that can be written, each as its name and type.
func (u *upgrading) columns(table string) []string {
	if u.dialect == db.Postgres {
		return u.texts("SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position", table)
	}
	return u.texts("SELECT name || ' ' || lower(type) FROM pragma_table_info(?) ORDER BY cid", table)
}

// value is what stands in the row 0 or 1 of every table: ids are 0 and 1, so that what
// refers to another table finds something there.
func value(column string, row int) any {
	name, kind, _ := strings.Cut(column, " ")
	switch kind {
	case "boolean":
		return row == 1
	case "blob", "bytea":
		return bytes.Repeat([]byte{byte(row)}, 32)
	case "text":
		if slices.Contains([]string{"applications", "labels", "teams", "group_names", "people", "events", "actions", "aim", "details", "contacts", "hosts", "data", "context"}, name) {
			return "[]"
		}
		return fmt.Sprintf("%s %d", name, row)
	}
	return row
}

// fill puts two rows into each table that is empty.
func (u *upgrading) fill() {
	for _, table := range u.tables() {
		if _, done := u.filled[table]; done {
			continue
		}
		columns := u.columns(table)
		for row := range 2 {
			names, places, values := make([]string, len(columns)), make([]string, len(columns)), make([]any, len(columns))
			for i, column := range columns {
				names[i], _, _ = strings.Cut(column, " ")
				places[i], values[i] = "?", value(column, row)
				if u.dialect == db.Postgres {
					places[i] = fmt.Sprint("$", i+1)
				}
			}
			overriding := ""
			if u.dialect == db.Postgres {
				overriding = " OVERRIDING SYSTEM VALUE"
			}
			if err := u.exec("INSERT INTO "+table+" ("+strings.Join(names, ", ")+")"+overriding+" VALUES ("+strings.Join(places, ", ")+")", values...); err != nil {
				u.t.Logf("%s takes no such row: %v", table, err)
			}
		}
		u.filled[table] = u.count(table)
	}
}

// steps applies one migration after the other, and hands over the number of each.
func (u *upgrading) steps(after func(version int64)) {
	files, err := fs.Sub(migrations.FS, string(u.dialect))
	require.NoError(u.t, err)
	dialect := map[db.Dialect]goose.Dialect{db.SQLite: goose.DialectSQLite3, db.Postgres: goose.DialectPostgres}[u.dialect]
	table, err := database.NewStore(dialect, "accord_migrations")
	require.NoError(u.t, err)
	beside, err := queue.Migrations(u.dialect)
	require.NoError(u.t, err)
	provider, err := goose.NewProvider(goose.DialectCustom, u.conn, files, goose.WithStore(table), goose.WithGoMigrations(beside...))
	require.NoError(u.t, err)
	for _, source := range provider.ListSources() {
		_, err := provider.UpTo(context.Background(), source.Version)
		require.NoError(u.t, err, "step %d on data of the one before", source.Version)
		after(source.Version)
	}
}

// shape is all that a schema is made of, as text.
func (u *upgrading) shape() []string {
	if u.dialect == db.SQLite {
		return u.texts("SELECT coalesce(sql, name) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
	}
	return append(
		u.texts("SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1"),
		append(u.texts("SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1"),
			u.texts("SELECT conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace ORDER BY 1")...)...)
}

// Each migration is applied to tables with rows in them, and loses none of these. Who
// upgrades has data of every earlier schema.
func TestMigrations_keepTheRowsOfEveryEarlierSchema(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			address := addressOf(t, dialect)
			u := upgradingAt(t, dialect, address)
			u.steps(func(version int64) {
				there := u.tables()
				for _, table := range slices.Sorted(maps.Keys(u.filled)) {
					require.Contains(t, there, table, "step %d", version)
					require.Equal(t, u.filled[table], u.count(table), "rows of %s after step %d", table, version)
				}
				u.fill()
			})
			full := 0
			for _, n := range u.filled {
				if n >= 2 {
					full++
				}
			}
			require.Greater(t, full, len(u.filled)*8/10, "nearly all tables are filled: %v", u.filled)

			d := opened(t, address, func(o *db.Options) { o.KeepSchema = true })
			require.NoError(t, d.Check(context.Background()))
			whole, err := d.Structure(context.Background())
			require.NoError(t, err)
			require.Empty(t, whole.Damage)
			fresh := addressOf(t, dialect)
			opened(t, fresh)
			require.Equal(t, upgradingAt(t, dialect, fresh).shape(), u.shape(), "step by step as at once")
		})
	}
}

// What was shown as changed by a time that was put a microsecond later is known as
// changed, and its time is the true one.
func TestMigrations_tellWhatWasChangedFromItsTimes(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			u := upgradingAt(t, dialect, addressOf(t, dialect))
			u.steps(func(version int64) {
				if version != 30 {
					return
				}
				require.NoError(t, u.exec("INSERT INTO all_pacticipants (id, name, display_name, created_at, updated_at) VALUES (1, 'never', '', 100, 100), (2, 'at once', '', 100, 101), (3, 'later', '', 100, 200)"))
				require.NoError(t, u.exec("INSERT INTO versions (id, pacticipant_id, number, position, created_at, updated_at) VALUES (1, 1, 'put', 1, 100, 100), (2, 1, 'named', 2, 100, 101), (3, 1, 'touched', 3, 100, 200)"))
			})
			require.Equal(t, []string{"never no 100", "at once yes 100", "later yes 200"},
				u.texts("SELECT name || ' ' || CASE WHEN changed THEN 'yes' ELSE 'no' END || ' ' || CAST(updated_at AS TEXT) FROM pacticipants ORDER BY id"))
			require.Equal(t, []string{"put no 100", "named yes 100", "touched no 200"},
				u.texts("SELECT number || ' ' || CASE WHEN in_passing THEN 'yes' ELSE 'no' END || ' ' || CAST(updated_at AS TEXT) FROM versions ORDER BY id"))
		})
	}
}

// One step that cannot be applied leaves the database as it was before it, and says
// which one it was.
func TestMigrations_thatFailLeaveWhatWasThere(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			address := addressOf(t, dialect)
			d := opened(t, address)
			write(t, d, "DELETE FROM accord_migrations WHERE version_id = 18")
			write(t, d, "INSERT INTO notes (name, created_at) VALUES ('kept', 1)")
			_, err := db.Open(context.Background(), optionsFor(address))
			require.ErrorContains(t, err, "version:18")
			require.ErrorContains(t, err, "former_names")
			state, err := db.Inspect(context.Background(), address)
			require.NoError(t, err)
			require.True(t, state.Behind, "it is still to be applied")
			found, err := db.Rows[string](context.Background(), &d.Reader, "read", "SELECT name FROM notes WHERE name = 'kept'")
			require.NoError(t, err)
			require.Equal(t, []string{"kept"}, found)
			write(t, d, "DROP TABLE former_names")
			opened(t, address)
			state, err = db.Inspect(context.Background(), address)
			require.NoError(t, err)
			require.False(t, state.Behind)
		})
	}
}

// Both databases have the same tables, with the same columns.
func TestMigrations_makeTheSameOnBothDatabases(t *testing.T) {
	columns := func(dialect db.Dialect) map[string][]string {
		d := opened(t, addressOf(t, dialect))
		u := &upgrading{t: t, dialect: dialect, conn: standard(t, d)}
		made := map[string][]string{}
		for _, table := range u.tables() {
			for _, column := range u.columns(table) {
				name, _, _ := strings.Cut(column, " ")
				made[table] = append(made[table], name)
			}
			slices.Sort(made[table])
		}
		return made
	}
	require.Equal(t, columns(db.SQLite), columns(db.Postgres))
}
