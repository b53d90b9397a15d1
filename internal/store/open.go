package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

const (
	sqliteReaders = 8
	postgresConns = 20
)

// Open opens the database that options.URL names and brings its schema up to
// date. A database that holds the Pact Broker's own tables is left untouched
// and refused; see ErrForeign.
func Open(ctx context.Context, options Options) (*DB, error) {
	if path, ok := SQLitePath(options.URL); ok {
		return openSQLite(ctx, path, options)
	}
	if strings.HasPrefix(options.URL, "postgres://") || strings.HasPrefix(options.URL, "postgresql://") {
		return openPostgres(ctx, options)
	}
	return nil, fmt.Errorf("open database: the URL must begin with sqlite:// or postgres://")
}

// SQLitePath returns the file that a sqlite:// URL names. Like the Pact
// Broker, it takes sqlite:////abs/x.db as /abs/x.db and sqlite:///x.db or
// sqlite://x.db as x.db in the working folder.
func SQLitePath(rawURL string) (string, bool) {
	rest, ok := strings.CutPrefix(rawURL, "sqlite://")
	if !ok {
		return "", false
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest = strings.TrimPrefix(rest, "/")
	if path, err := url.PathUnescape(rest); err == nil {
		rest = path
	}
	return rest, true
}

func gormConfig(prepare bool) *gorm.Config {
	return &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		PrepareStmt:            prepare,
		PrepareStmtMaxSize:     500,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Now().UTC() },
	}
}

// openSQLite opens the file with one connection that writes and several that
// only read: with WAL they do not wait for one another.
func openSQLite(ctx context.Context, path string, options Options) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	// A question mark or percent sign in the file name must not end the path.
	file := (&url.URL{Path: path}).EscapedPath()
	synchronous := "FULL"
	if options.Fast {
		synchronous = "OFF"
	}
	write, err := sql.Open("sqlite3", "file:"+file+"?_busy_timeout=5000&_journal_mode=WAL&_foreign_keys=on&_synchronous="+synchronous+"&_cache_size=-20000&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	if err := pingUntilFree(ctx, write); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), write.Close())
	}
	if err := migrateSQLite(ctx, write, path); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read, err := sql.Open("sqlite3", "file:"+file+"?mode=ro&_busy_timeout=5000&_query_only=true&_cache_size=-8000")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), write.Close())
	}
	read.SetMaxOpenConns(sqliteReaders)
	read.SetMaxIdleConns(sqliteReaders)
	closeBoth := func() error { return errors.Join(read.Close(), write.Close()) }
	writer, err := gorm.Open(sqlite.Dialector{Conn: write, DriverName: "sqlite3"}, gormConfig(true))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), closeBoth())
	}
	reader, err := gorm.Open(sqlite.Dialector{Conn: read, DriverName: "sqlite3"}, gormConfig(true))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), closeBoth())
	}
	return newDB(sqliteDialect, writer, reader, options, closeBoth), nil
}

// pingUntilFree waits while another process turns a new file to WAL, which the
// busy time-out does not cover.
func pingUntilFree(ctx context.Context, db *sql.DB) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := db.PingContext(ctx)
		var busy sqlite3.Error
		if err == nil || !errors.As(err, &busy) || (busy.Code != sqlite3.ErrBusy && busy.Code != sqlite3.ErrLocked) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func openPostgres(ctx context.Context, options Options) (*DB, error) {
	config, err := pgxpool.ParseConfig(options.URL)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if !strings.Contains(options.URL, "pool_max_conns") {
		config.MaxConns = postgresConns
	}
	if _, set := config.ConnConfig.RuntimeParams["statement_timeout"]; !set {
		config.ConnConfig.RuntimeParams["statement_timeout"] = "30000"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	conns := stdlib.OpenDBFromPool(pool)
	closeBoth := func() error {
		err := conns.Close()
		pool.Close()
		return err
	}
	if err := conns.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", config.ConnConfig.Database, err), closeBoth())
	}
	if err := migratePostgres(ctx, conns); err != nil {
		return nil, errors.Join(err, closeBoth())
	}
	handle, err := gorm.Open(postgres.New(postgres.Config{Conn: conns}), gormConfig(false))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), closeBoth())
	}
	return newDB(postgresDialect, handle, handle, options, closeBoth), nil
}

func newDB(d dialect, writer, reader *gorm.DB, options Options, closeAll func() error) *DB {
	db := &DB{writer: writer, dialect: d, options: options, close: closeAll}
	db.queries = queries{handle: reader, dialect: d, options: &db.options, outside: true}
	return db
}
