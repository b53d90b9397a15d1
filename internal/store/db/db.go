// Package db opens the database, brings its schema up to date, and runs
// statements and transactions on it, the same way on SQLite and on PostgreSQL.
// It knows nothing of what is stored.
package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
)

// Options say which database to open, and how.
type Options struct {
	// URL names the database: sqlite://… or postgres://….
	URL string
	// Steps are migrations beside those in SQL files; nil for none.
	Steps func(Dialect) ([]*goose.Migration, error)
	// KeepSchema refuses a database whose schema is not up to date, instead of
	// migrating it.
	KeepSchema bool
	// Beside refuses a database of PostgreSQL that is no Pact Broker's, unless tables of
	// Accord are in the schema that the URL names already.
	Beside bool
	// Exclusive takes a SQLite file for this process, as a broker that works off
	// the jobs in it must; Open returns an InUseError if another process has it.
	Exclusive bool
	// TransactionTimeout is how long a transaction may take once it has begun, so
	// that none keeps the others waiting; 0 sets no limit.
	TransactionTimeout time.Duration
	// Fast gives up durability for speed; for tests only.
	Fast bool
	// Trace is told every statement, with its arguments in place; for tests only.
	Trace func(statement string)
	// Snapshot is told each state of the database that is read: a View, or a statement
	// outside of all; for tests only.
	Snapshot func(what string)
	// Observe is told how long each statement took; nil if nobody wants to know.
	Observe func(ctx context.Context, statement string, took time.Duration)
}

// DB is an open database. What it reads by itself is read outside of any
// transaction; inside InTx use the Tx only.
type DB struct {
	Reader
	writer  *gorm.DB
	options Options
	close   func() error
	// file is the connection that writes to SQLite, readers are those that only
	// read it; nil on PostgreSQL.
	file, readers *sql.DB
	// pool are the connections to PostgreSQL as the driver has them; nil on SQLite.
	pool *pgxpool.Pool
	// answerTimeout is how long to wait for the answer of PostgreSQL to a statement, 0 for as
	// long as it takes.
	answerTimeout time.Duration
	// hidden is State.Hidden as it was found.
	hidden string
	// turn holds whoever writes to SQLite now.
	turn chan struct{}
}

// Reader runs reading statements, each on its own or all in one transaction.
type Reader struct {
	// Dialect is the database's way of speaking SQL.
	Dialect Dialect
	health  *health
	// use lends a connection for one statement.
	use func(ctx context.Context, use func(conn) error) error
	// batch sends statements in one go; nil where that gains nothing.
	batch func(ctx context.Context, asked []*request)
	// group are the reads that run together now, nil if none do.
	group *group
	// trace is told every statement; nil if nobody wants to know.
	trace func(text string, args []any)
	// observe is told how long each statement took; nil if nobody wants to know.
	observe func(ctx context.Context, text string, took time.Duration)
	// snapshot is told each state that is read; nil if nobody wants to know.
	snapshot func(what string)
	// outside marks the handle of DB, which must not be read inside InTx.
	outside bool
}

// Tx is an open transaction.
type Tx struct {
	Reader
	file *sql.Tx
	pg   pgx.Tx
	// tables is GORM, to be bound to this transaction.
	tables *gorm.DB
	// isPart tells that several others take part in the transaction.
	isPart bool
}

// IsPart reports whether what runs in the transaction is a part of InOneTx, which an
// error undoes as a whole.
func (tx *Tx) IsPart() bool { return tx.isPart }

// SQLite is the transaction as the driver of SQLite has it, nil on PostgreSQL.
func (tx *Tx) SQLite() *sql.Tx { return tx.file }

// Postgres is the transaction as the driver of PostgreSQL has it, nil on SQLite.
func (tx *Tx) Postgres() pgx.Tx { return tx.pg }

// SQLite is the only connection that writes to SQLite, nil on PostgreSQL.
func (d *DB) SQLite() *sql.DB { return d.file }

// Postgres are the connections to PostgreSQL, nil on SQLite.
func (d *DB) Postgres() *pgxpool.Pool { return d.pool }

// txKey says in a context that a transaction is open, viewKey which View.
type (
	txKey   struct{}
	viewKey struct{}
)

var (
	errOutside = errors.New("store: read outside of the open transaction; use the Tx")
	errNested  = errors.New("store: a transaction is already open; use its Tx")
)

// ErrConflict tells InTx that another writer has made or deleted something since
// this transaction looked, so that it must look again.
var ErrConflict = errors.New("store: in conflict with another writer")

// Hidden is State.Hidden as it was when the database was opened.
func (d *DB) Hidden() string { return d.hidden }

// Close waits for running statements and closes the database.
func (d *DB) Close() error { return d.close() }
