package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// MySQL is a database that Accord only reads, to import from it.
const MySQL Dialect = "mysql"

// Foreign is the database of another program, of which one unchanging state is
// read. Nothing in it can be changed through it.
type Foreign struct {
	Dialect Dialect
	conn    *sql.Conn
	close   func() error
}

// OpenForeign opens the database of another program for reading. schema names the
// schema in PostgreSQL, or is empty for the usual one.
func OpenForeign(ctx context.Context, address, schema string) (*Foreign, error) {
	switch scheme, _, _ := strings.Cut(address, "://"); scheme {
	case "sqlite":
		return openForeignFile(ctx, address)
	case "postgres", "postgresql":
		return openForeignPostgres(ctx, address, schema)
	case "mysql", "mysql2":
		return openForeignMySQL(ctx, address)
	}
	return nil, errors.New("the address of the database must begin with postgres://, sqlite:// or mysql://")
}

// openForeignFile reads a copy, so that whoever writes to the file need not wait.
func openForeignFile(ctx context.Context, address string) (*Foreign, error) {
	path, _ := SQLitePath(address)
	if isMissing(path) {
		return nil, fmt.Errorf("there is no file %s", path)
	}
	folder, remove, err := folderForCopy()
	if err != nil {
		return nil, err
	}
	copied := filepath.Join(folder, "source.db")
	if _, err := copyFile(ctx, path, copied, func(int64, int64) {}); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, damagedOr(err)), remove())
	}
	file, err := sql.Open("sqlite3", sqliteName(copied)+"?mode=ro&immutable=1&_cache_size=-50000")
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	foreign, err := begin(ctx, SQLite, file, "BEGIN", remove)
	if err != nil {
		return nil, err
	}
	// What is open can be read without its name, and then goes with the process. Where
	// the system does not let go of the name, it is removed when all is read.
	_ = os.Remove(copied)
	return foreign, nil
}

const (
	copyFolders = "accord-import-"
	copyLock    = "in-use.lock"
)

// folderForCopy makes a folder that is locked while this process reads the copy in it, and
// removes those of processes that are gone: what was copied may hold passwords.
func folderForCopy() (folder string, remove func() error, err error) {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), copyFolders+"*", copyLock))
	if err != nil {
		return "", nil, err
	}
	for _, name := range left {
		lock := flock.New(name, flock.SetFlag(os.O_RDWR))
		if gone, err := lock.TryLock(); err == nil && gone {
			_ = errors.Join(os.RemoveAll(filepath.Dir(name)), lock.Close()) // it may be another user's
		}
	}
	for {
		if folder, err = os.MkdirTemp("", copyFolders+"*"); err != nil {
			return "", nil, err
		}
		name := filepath.Join(folder, copyLock)
		lock := flock.New(name, flock.SetPermissions(0o600))
		remove = func() error { return errors.Join(lock.Close(), os.RemoveAll(folder)) }
		if err := lock.Lock(); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", nil, errors.Join(err, remove())
		}
		// Somebody who removes what is left may have come before the lock.
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			return folder, remove, err
		}
		if err := remove(); err != nil {
			return "", nil, err
		}
	}
}

func openForeignPostgres(ctx context.Context, address, schema string) (*Foreign, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	config.RuntimeParams["statement_timeout"] = "0"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	if schema != "" {
		config.RuntimeParams["search_path"] = pgx.Identifier{schema}.Sanitize()
	}
	return begin(ctx, Postgres, stdlib.OpenDB(*config), "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", nil)
}

func openForeignMySQL(ctx context.Context, address string) (*Foreign, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the address of the MySQL database cannot be read; it must be mysql://user:password@host:port/name")
	}
	config := mysql.NewConfig()
	config.User = parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	config.Net, config.Addr, config.DBName = "tcp", parsed.Host, strings.TrimPrefix(parsed.Path, "/")
	if parsed.Port() == "" {
		config.Addr = parsed.Hostname() + ":3306"
	}
	if socket := parsed.Query().Get("socket"); socket != "" {
		config.Net, config.Addr = "unix", socket
	}
	config.Timeout = 30 * time.Second
	config.Params = map[string]string{"time_zone": "'+00:00'"}
	if err := config.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if parsed.Query().Get("sslmode") == "require" {
		config.TLSConfig = "true"
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return begin(ctx, MySQL, sql.OpenDB(connector), "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", nil)
}

// begin takes one connection and begins the transaction in which all is read.
func begin(ctx context.Context, d Dialect, database *sql.DB, statement string, remove func() error) (*Foreign, error) {
	f := &Foreign{Dialect: d}
	f.close = func() error {
		var err error
		if f.conn != nil {
			err = f.conn.Close()
		}
		err = errors.Join(err, database.Close())
		if remove != nil {
			err = errors.Join(err, remove())
		}
		return err
	}
	var err error
	if f.conn, err = database.Conn(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), f.close())
	}
	if _, err := f.conn.ExecContext(ctx, statement); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), f.close())
	}
	return f, nil
}

// Close lets go of the database.
func (f *Foreign) Close() error { return f.close() }

// Each hands over the rows of a statement, one after the other, as the driver has
// read them. What it hands over stays until the next row.
func (f *Foreign) Each(ctx context.Context, text string, take func(values []any) error) error {
	found, err := f.conn.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for found.Next() {
		if err := found.Scan(into...); err != nil {
			return err
		}
		if err := take(values); err != nil {
			return err
		}
	}
	return found.Err()
}

// Columns are the columns of a table, none if it is not there.
func (f *Foreign) Columns(ctx context.Context, table string) (map[string]bool, error) {
	sqlText := "SELECT column_name FROM information_schema.columns WHERE table_name = '" + table + "' AND table_schema = current_schema()"
	switch f.Dialect {
	case SQLite:
		sqlText = "SELECT name FROM pragma_table_info('" + table + "')"
	case MySQL:
		sqlText = strings.ReplaceAll(sqlText, "current_schema()", "database()")
	}
	columns := map[string]bool{}
	err := f.Each(ctx, sqlText, func(values []any) error {
		columns[strings.ToLower(TextOf(values[0]))] = true
		return nil
	})
	return columns, err
}

// HoldsAccord reports whether the tables are those of Accord.
func (f *Foreign) HoldsAccord(ctx context.Context) (bool, error) {
	found, err := f.Columns(ctx, migrationTable)
	return len(found) > 0, err
}

// Tables are the names of all tables, sorted.
func (f *Foreign) Tables(ctx context.Context) ([]string, error) {
	sqlText := "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
	switch f.Dialect {
	case SQLite:
		sqlText = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	case MySQL:
		sqlText = strings.ReplaceAll(sqlText, "current_schema()", "database()")
	}
	var names []string
	err := f.Each(ctx, sqlText, func(values []any) error {
		names = append(names, TextOf(values[0]))
		return nil
	})
	slices.Sort(names)
	return names, err
}

// TextOf is a value as text.
func TextOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case []byte:
		return string(v)
	case string:
		return v
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}
