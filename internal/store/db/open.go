package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"syscall"
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
// date. A database that it must not use is left untouched and refused with
// ErrForeign, ErrNewer, ErrBehind, ErrNoFolder, ErrReadOnly, ErrHides, ErrNoRight,
// ErrNoSchema, ErrOwnData, ErrNotBeside or an InUseError.
func Open(ctx context.Context, options Options) (*DB, error) {
	if path, ok := SQLitePath(options.URL); ok {
		return openSQLite(ctx, path, options)
	}
	return openPostgres(ctx, options)
}

// SQLitePath returns the file that a sqlite:// URL names. As in the Pact
// Broker, two slashes begin a path in the working folder, three or four an
// absolute one.
func SQLitePath(rawURL string) (string, bool) {
	path, ok := strings.CutPrefix(rawURL, "sqlite://")
	if !ok {
		return "", false
	}
	if absolute := strings.TrimLeft(path, "/"); absolute != path {
		path = "/" + absolute
	}
	if unescaped, err := url.PathUnescape(path); err == nil {
		path = unescaped
	}
	return path, true
}

// sqliteName is the driver's name for a file: a question mark or percent sign
// in it must not end the path.
func sqliteName(path string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath()
}

func gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Now().UTC() },
	}
}

// openSQLite opens the file and takes it for this process if it must be alone
// there.
func openSQLite(ctx context.Context, path string, options Options) (*DB, error) {
	state, err := inspectSQLite(ctx, path)
	if err := errors.Join(err, state.refusal(options)); err != nil {
		return nil, err
	}
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	release := func() error { return nil }
	if options.Exclusive {
		release, err = lockFile(path)
	} else if state.Behind {
		err = fileInUse(path)
	}
	if err != nil {
		return nil, err
	}
	db, err := connectSQLite(ctx, path, state, options)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	disconnect := db.close
	db.close = func() error { return errors.Join(disconnect(), release()) }
	return db, nil
}

// connectSQLite connects once for writing and several times for reading only:
// with WAL they do not wait for one another.
func connectSQLite(ctx context.Context, path string, state State, options Options) (*DB, error) {
	file := sqliteName(path)
	synchronous := "FULL"
	if options.Fast {
		synchronous = "OFF"
	}
	write, err := sql.Open("sqlite3", file+"?_busy_timeout=5000&_journal_mode=WAL&_foreign_keys=on&_synchronous="+synchronous+"&_cache_size=-20000&_stmt_cache_size=200&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	if err := pingUntilFree(ctx, write); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, withRemedy(path, err)), write.Close())
	}
	if state.Behind {
		if err := migrateSQLite(ctx, write, path, options); err != nil {
			return nil, errors.Join(withRemedy(path, err), write.Close())
		}
	}
	read, err := sql.Open("sqlite3", file+"?mode=ro&_busy_timeout=5000&_query_only=true&_cache_size=-8000&_stmt_cache_size=200")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), write.Close())
	}
	read.SetMaxOpenConns(sqliteReaders)
	read.SetMaxIdleConns(sqliteReaders)
	closeBoth := func() error { return errors.Join(read.Close(), write.Close()) }
	writer, err := gorm.Open(sqlite.Dialector{Conn: write, DriverName: "sqlite3"}, gormConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), closeBoth())
	}
	db := &DB{Reader: outside(SQLite, options), writer: writer, options: options, close: closeBoth, file: write, readers: read, turn: make(chan struct{}, 1)}
	db.use = func(ctx context.Context, use func(conn) error) error {
		return onSQLite(ctx, read, func(c sqliteConn) error { return use(c) })
	}
	return db, nil
}

// makeFile makes an empty file that only its owner can read and write, or makes
// sure that the one which is there can be written: contracts and tokens are nobody else's business. SQLite gives
// the files that it puts beside it the same rights.
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return checkWritable(path)
	}
	if err != nil {
		return plainly(err)
	}
	return file.Close()
}

// checkWritable returns ErrReadOnly if the file cannot be written.
func checkWritable(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return plainly(err)
	}
	return file.Close()
}

// plainly adds ErrReadOnly to what the system says of a file that cannot be
// written.
func plainly(err error) error {
	if errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w (%w)", ErrReadOnly, err)
	}
	return err
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
	connected, err := connectPostgres(ctx, options.URL)
	if err != nil {
		return nil, err
	}
	conns, closeAll := connected.db, connected.close
	state, err := inspectPostgres(ctx, conns)
	if err == nil {
		err = checkOpen(ctx, connected, state, options)
	}
	if err != nil {
		return nil, errors.Join(err, closeAll())
	}
	if err := makeSchema(ctx, connected); err != nil {
		return nil, errors.Join(err, closeAll())
	}
	if state.Behind {
		if err := migratePatiently(ctx, options); err != nil {
			return nil, errors.Join(err, closeAll())
		}
	}
	handle, err := gorm.Open(postgres.New(postgres.Config{Conn: conns}), gormConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), closeAll())
	}
	db := &DB{Reader: outside(Postgres, options), writer: handle, options: options, close: closeAll, pool: connected.pool, answerTimeout: answerTimeoutOf(connected.pool.Config()), hidden: state.Hidden}
	db.use = func(ctx context.Context, use func(conn) error) error {
		lent, err := db.lend(ctx)
		if err != nil {
			return err
		}
		defer lent.Release()
		return use(&postgresConn{Conn: lent.Conn(), answerTimeout: db.answerTimeout})
	}
	return db, nil
}

// connection is a pool of connections to PostgreSQL, as the driver has it and as
// database/sql does.
type connection struct {
	pool *pgxpool.Pool
	db   *sql.DB
	// schema is the one that the address names, or "".
	schema string
}

func (c connection) close() error {
	err := c.db.Close()
	c.pool.Close()
	return err
}

// migratePatiently migrates over connections of its own, on which a statement
// may take as long as it needs.
func migratePatiently(ctx context.Context, options Options) error {
	patient, err := url.Parse(options.URL)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	query := patient.Query()
	query.Set("statement_timeout", "0")
	patient.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // no client of PostgreSQL reads a plus sign as a space
	connected, err := connectPostgres(ctx, patient.String())
	if err != nil {
		return err
	}
	return errors.Join(migratePostgres(ctx, connected.db, options), connected.close())
}

// connectPostgres makes a pool of connections and tries one. The address may
// set pool_max_conns, statement_timeout, random_page_cost and plan_cache_mode.
func connectPostgres(ctx context.Context, address string) (connection, error) {
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return connection{}, errors.New("open database: the URL must begin with sqlite:// or postgres://")
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return connection{}, fmt.Errorf("open database: %w", err)
	}
	if !strings.Contains(address, "pool_max_conns") {
		config.MaxConns = postgresConns
	}
	if !strings.Contains(address, "connect_timeout") {
		config.ConnConfig.ConnectTimeout = connectWithin
	}
	// What questions read is in memory or on fast disks, so that reading by key
	// is never dearer than reading a whole table. The best plan does not depend on
	// the values, and making it anew takes longer than running it, the longer the
	// more the statistics know.
	defaults := map[string]string{"statement_timeout": "30000", "random_page_cost": "1.1", "plan_cache_mode": "force_generic_plan"}
	for name, value := range defaults {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	connected, err := connect(ctx, config)
	if err != nil || connected.schema != "" {
		return connected, err
	}
	schema, err := schemaBehind(ctx, connected)
	if err != nil {
		return connection{}, errors.Join(fmt.Errorf("look for tables in database %s: %w", config.ConnConfig.Database, err), connected.close())
	}
	if schema == "" {
		return connected, nil
	}
	if err := connected.close(); err != nil {
		return connection{}, err
	}
	config.ConnConfig.RuntimeParams["search_path"] = schema
	connected, err = connect(ctx, config)
	connected.schema = ""
	return connected, err
}

// connect makes a pool of connections and tries one.
func connect(ctx context.Context, config *pgxpool.Config) (connection, error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return connection{}, fmt.Errorf("open database: %w", err)
	}
	connected := connection{pool: pool, db: stdlib.OpenDBFromPool(pool), schema: schemaNamed(config.ConnConfig.RuntimeParams["search_path"])}
	if err := connected.db.PingContext(ctx); err != nil {
		return connection{}, errors.Join(fmt.Errorf("open database %s: %w", config.ConnConfig.Database, err), connected.close())
	}
	return connected, nil
}

// outside reads outside of any transaction.
func outside(d Dialect, options Options) Reader {
	return Reader{Dialect: d, health: &health{url: options.URL}, trace: tracer(options.Trace), observe: options.Observe, snapshot: options.Snapshot, outside: true}
}
