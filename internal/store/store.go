// Package store keeps everything the broker knows, in SQLite or PostgreSQL.
// It is the only home of GORM, SQL and the database drivers. It takes no
// decisions: rules live in the business packages, which reach it through
// small interfaces that DB (reading) and Tx (reading and writing) satisfy.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"

	"accord/internal/support/fault"
)

// Options say how names are compared, versions ordered, and the like: what the
// store must know to keep its facts.
type Options struct {
	// URL names the database: sqlite://… or postgres://….
	URL string
	// FoldNames compares the names of applications, versions, tags and labels
	// without regard to case.
	FoldNames bool
	// Rank compares two version numbers; nil orders versions by first mention.
	Rank func(a, b string) int
	// KeepSchema refuses a database whose schema is not up to date, instead of
	// migrating it.
	KeepSchema bool
	// Exclusive takes a SQLite file for this process, as a broker that works off
	// the jobs in it must; Open returns an InUseError if another process has it.
	Exclusive bool
	// KeepFacts is how long facts are kept; 0 keeps them for good.
	KeepFacts time.Duration
	// TransactionTimeout is how long a transaction may take once it has begun, so
	// that none keeps the others waiting; 0 sets no limit.
	TransactionTimeout time.Duration
	// Fast gives up durability for speed; for tests only.
	Fast bool
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// DB is an open database. Its reading methods run on their own, outside of any
// transaction; inside InTx use the Tx only.
type DB struct {
	queries
	writer  *gorm.DB
	dialect dialect
	options Options
	close   func() error
	// pool is PostgreSQL's, for the job queue; nil on SQLite.
	pool      *pgxpool.Pool
	inserters inserters
	bell      *bell
}

// Tx is an open transaction. The rows that it writes for one application share
// the time that Now returns.
type Tx struct {
	queries
	// now is when the transaction began, or when it got hold of the last
	// application, so that times follow the order of writers.
	now   micros
	clock func() micros
	// native is the driver's own transaction, which the job queue shares:
	// *sql.Tx on SQLite, pgx.Tx on PostgreSQL; nil in a View.
	native    any
	inserters inserters
	// held are the applications that this transaction holds; nil where holding
	// is not needed.
	held map[int64]bool
	// announced tells that the transaction has announced a fact.
	announced bool
}

// queries holds the reading methods, shared by DB and Tx.
type queries struct {
	handle  *gorm.DB
	dialect dialect
	options *Options
	health  *health
	// outside marks the handle of DB, which must not be read inside InTx.
	outside bool
}

type dialect string

const (
	sqliteDialect   dialect = "sqlite"
	postgresDialect dialect = "postgres"
)

type txKey struct{}

var (
	errOutside = errors.New("store: read outside of the open transaction; use the Tx")
	errNested  = errors.New("store: a transaction is already open; use its Tx")
)

// on returns the handle bound to ctx. A read through DB inside a transaction
// would silently see the state before it, so it fails instead.
func (q *queries) on(ctx context.Context) *gorm.DB {
	g := q.handle.WithContext(ctx)
	if q.outside && ctx.Value(txKey{}) != nil {
		_ = g.AddError(errOutside)
	}
	return g
}

// Now is the time of the transaction.
func (tx *Tx) Now() time.Time { return tx.now.Time() }

// View runs fn over one unchanging state of the database. fn must not write.
// Within InTx or another View it fails: it would see another state.
func (d *DB) View(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(txKey{}) != nil {
		return errNested
	}
	var opts *sql.TxOptions
	if d.dialect == postgresDialect {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return d.troubled(d.handle.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		return fn(context.WithValue(ctx, txKey{}, true), d.tx(g, nil))
	}, opts))
}

// InTx runs fn in a transaction that commits if fn returns nil, and undoes
// everything otherwise. A row that refers to something which was deleted after
// fn's caller looked it up is a NotFound fault. fn may run more than once, so it must have no effect
// outside of the transaction. No network, no waiting, no rendering inside.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(txKey{}) != nil {
		return errNested
	}
	inner := context.WithValue(ctx, txKey{}, true)
	var announced bool
	noting := func(ctx context.Context, tx *Tx) error {
		err := fn(ctx, tx)
		announced = tx.announced
		return err
	}
	err := retried(ctx, func() error { return d.transaction(inner, d.bounded(noting)) })
	if err == nil && announced {
		d.bell.ring()
	}
	if refersToNothing(err) || errors.Is(err, errOvertaken) {
		return fault.Missing("What the request names was deleted at the same moment.").Because(err)
	}
	return d.troubled(err)
}

// transaction runs fn in one transaction.
func (d *DB) transaction(ctx context.Context, fn func(context.Context, *Tx) error) error {
	if d.dialect == postgresDialect {
		return d.inPostgresTx(ctx, fn)
	}
	return d.writer.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		return fn(ctx, d.tx(g, sqlTx(g)))
	})
}

// inPostgresTx begins the transaction on the driver's connection, so that GORM
// and the job queue share it.
func (d *DB) inPostgresTx(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return d.writer.WithContext(ctx).Connection(func(g *gorm.DB) error {
		conn, ok := g.Statement.ConnPool.(*sql.Conn)
		if !ok {
			return fmt.Errorf("store: unexpected connection %T", g.Statement.ConnPool)
		}
		var ptx pgx.Tx
		err := conn.Raw(func(c any) (err error) {
			ptx, err = c.(*stdlib.Conn).Conn().Begin(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		defer ptx.Rollback(context.WithoutCancel(ctx)) // after a commit there is nothing to roll back
		session := g.Session(&gorm.Session{SkipDefaultTransaction: true, DisableNestedTransaction: true})
		tx := d.tx(session, ptx)
		tx.held = map[int64]bool{}
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return ptx.Commit(ctx)
	})
}

func (d *DB) tx(g *gorm.DB, native any) *Tx {
	now := time.Now
	if d.options.Now != nil {
		now = d.options.Now
	}
	clock := func() micros { return microsOf(now()) }
	return &Tx{queries: queries{handle: g, dialect: d.dialect, options: &d.options, health: d.health}, now: clock(), clock: clock, native: native, inserters: d.inserters}
}

func sqlTx(g *gorm.DB) *sql.Tx {
	switch pool := g.Statement.ConnPool.(type) {
	case *sql.Tx:
		return pool
	case *gorm.PreparedStmtTX:
		tx, _ := pool.Tx.(*sql.Tx)
		return tx
	}
	return nil
}

// refersToNothing reports whether a row was refused because what it refers to is
// not there. GORM translates the error of a statement, but not the one that
// comes with the rows of INSERT … RETURNING.
func refersToNothing(err error) bool {
	var pg *pgconn.PgError
	var lite sqlite3.Error
	return errors.Is(err, gorm.ErrForeignKeyViolated) || errors.As(err, &pg) && pg.Code == "23503" ||
		errors.As(err, &lite) && lite.ExtendedCode == sqlite3.ErrConstraintForeignKey
}

// Close waits for running statements and closes the database.
func (d *DB) Close() error { return d.close() }

// rows runs a reading statement and returns what it finds as values of T.
func rows[T any](ctx context.Context, q *queries, what, text string, args ...any) ([]T, error) {
	found := []T{}
	if err := q.on(ctx).Raw(text, args...).Scan(&found).Error; err != nil {
		return nil, fmt.Errorf("%s: %w", what, q.troubled(err))
	}
	return found, nil
}

// row runs a reading statement and returns the first row it finds, if any.
func row[T any](ctx context.Context, q *queries, what, text string, args ...any) (T, bool, error) {
	return first(rows[T](ctx, q, what, text, args...))
}

// first returns the first of what a reading found, if it found anything.
func first[T any](found []T, err error) (T, bool, error) {
	if err != nil || len(found) == 0 {
		var none T
		return none, false, err
	}
	return found[0], true, nil
}

// exec runs a writing statement and returns how many rows it changed.
func (tx *Tx) exec(ctx context.Context, what, text string, args ...any) (int64, error) {
	done := tx.on(ctx).Exec(text, args...)
	if done.Error != nil {
		return 0, fmt.Errorf("%s: %w", what, done.Error)
	}
	return done.RowsAffected, nil
}

// insert runs INSERT … RETURNING id and returns the id, or 0 if a conflict
// clause kept the row out.
func (tx *Tx) insert(ctx context.Context, what, text string, args ...any) (int64, error) {
	id, _, err := row[int64](ctx, &tx.queries, what, text, args...)
	return id, err
}
