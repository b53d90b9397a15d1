// Package store keeps everything the broker knows, in SQLite or PostgreSQL. It
// takes no decisions: rules live in the business packages, which reach it
// through small interfaces that DB (reading) and Tx (reading and writing)
// satisfy. Its files begin with their concept, as the business packages do.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/store/queue"
)

// Options say how names are compared, versions ordered, and the like: what the
// store must know to keep its projections.
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
	// Beside refuses a database that is no Pact Broker's; see db.Options.
	Beside bool
	// Exclusive takes a SQLite file for this process, as a broker that works off
	// the jobs in it must; Open returns a db.InUseError if another process has it.
	Exclusive bool
	// KeepFacts is how long facts are kept; 0 keeps them for good.
	KeepFacts time.Duration
	// KeepFormerNames is how long applications are found by names that they had before.
	KeepFormerNames time.Duration
	// KeepAudit is how long the entries of the audit are kept; 0 keeps them for good.
	KeepAudit time.Duration
	// AuditSealer seals what is deleted of the audit; nil if there is no key.
	AuditSealer audit.Sealer
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
	// Happened is told each fact once it is committed; nil if nobody wants to know.
	Happened func(events.Fact)
	// Observe is told how long each statement took; nil if nobody wants to know.
	Observe func(ctx context.Context, statement string, took time.Duration)
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// DB is an open database. Its reading methods run on their own, outside of any
// transaction; inside InTx use the Tx only.
type DB struct {
	queries
	database      *db.DB
	queue         *queue.Queue
	announcements *broadcaster
	onAnnounce    announced
}

// announced is called for each fact in the transaction that announces it.
type announced func(ctx context.Context, tx *Tx, fact events.Fact) error

// Tx is an open transaction. The rows that it writes for one application share
// the time that Now returns.
type Tx struct {
	queries
	open  *db.Tx
	queue *queue.Queue
	// now is when the transaction began, or when it locked the last application,
	// so that times follow the order of writers.
	now   micros
	clock func() micros
	// locked are the applications that this transaction has locked; nil where
	// locking is not needed.
	locked map[int64]bool
	// facts are those that the transaction has announced.
	facts      []events.Fact
	onAnnounce announced
	// found are the applications that the transaction has found, by name. Changing
	// one empties it.
	found map[string]pacticipants.Pacticipant
	// notFormer are the names of which the transaction has found that no application
	// had them before. Renaming empties it.
	notFormer map[string]bool
	// sought is the version that was looked for last; nil once one has changed.
	sought *soughtVersion
	// unused are the versions made in the transaction that have no result yet.
	unused map[int64]bool
	// webhooks is what is known of whether there are any; nil before it is asked.
	webhooks *anyWebhooks
}

// queries holds the reading methods, shared by DB and Tx.
type queries struct {
	reader  *db.Reader
	dialect db.Dialect
	options *Options
}

// Open opens the database that options.URL names and brings its schema up to
// date. A database that it must not use is left untouched and refused with
// db.ErrForeign, db.ErrNewer, db.ErrBehind or db.ErrNoFolder.
func Open(ctx context.Context, options Options) (*DB, error) {
	database, err := db.Open(ctx, db.Options{
		URL: options.URL, Steps: queue.Migrations, KeepSchema: options.KeepSchema, Beside: options.Beside, Exclusive: options.Exclusive,
		TransactionTimeout: options.TransactionTimeout, Fast: options.Fast, Trace: options.Trace, Snapshot: options.Snapshot, Observe: options.Observe,
	})
	if err != nil {
		return nil, err
	}
	jobs, err := queue.New(database)
	if err != nil {
		return nil, errors.Join(err, database.Close())
	}
	return &DB{
		queries:  queries{reader: &database.Reader, dialect: database.Dialect, options: &options},
		database: database, queue: jobs, announcements: new(broadcaster),
	}, nil
}

// Close waits for running statements and closes the database.
func (d *DB) Close() error { return d.database.Close() }

// Name is the kind of database: sqlite or postgres.
func (d *DB) Name() string {
	if d.dialect == db.SQLite {
		return "sqlite"
	}
	return "postgres"
}

// Connections tells how many connections are open, in use and allowed, and how long
// statements have waited for one in all.
func (d *DB) Connections() (open, inUse, most int, waited time.Duration) {
	return d.database.Connections()
}

// Check reports whether the database can be read and written. It returns an
// Unavailable fault that says what is the matter.
func (d *DB) Check(ctx context.Context) error { return d.database.Check(ctx) }

// Hidden is a schema of PostgreSQL in which tables of Accord held something when the
// database was opened, where those that are used held nothing; "" for none.
func (d *DB) Hidden() string { return d.database.Hidden() }

// Deviations are parts of the schema that are not as the migrations make them; see
// db.DB.Deviations.
func (d *DB) Deviations(ctx context.Context, repair bool) ([]db.Deviation, error) {
	return d.database.Deviations(ctx, repair)
}

// Structure reads the whole database and reports whether it is in order, whatever is
// stored in it.
func (d *DB) Structure(ctx context.Context) (db.Structure, error) { return d.database.Structure(ctx) }

// Space measures the database, and the disk on which SQLite's file is.
func (d *DB) Space(ctx context.Context) (db.Space, error) { return d.database.Space(ctx) }

func (d *DB) Jobs(ctx context.Context) ([]queue.KindOfJob, error) { return d.queue.Overview(ctx) }

// OnAnnounce lets fn be called for each fact, in the transaction that announces
// it, whoever does so. It must be set before the first transaction.
func (d *DB) OnAnnounce(fn func(ctx context.Context, tx *Tx, fact events.Fact) error) {
	d.onAnnounce = fn
}

func (tx *Tx) Now() time.Time { return tx.now.Time() }

func (tx *Tx) IsPart() bool { return tx.open.IsPart() }

// View runs fn over one unchanging state of the database, which all that is read
// with its context sees, by DB and by another View too. fn must not write. Within
// InTx it fails: it would see the state before.
func (d *DB) View(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return d.database.View(ctx, func(ctx context.Context, open *db.Tx) error { return fn(ctx, d.tx(open)) })
}

// InTx runs fn in a transaction that commits if fn returns nil, and undoes
// everything otherwise. A row that refers to something which was deleted after
// fn's caller looked it up is a NotFound fault. fn may run more than once, so it
// must have no effect outside of the transaction. No network, no waiting, no
// rendering inside.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	var announced []events.Fact
	err := d.database.InTx(ctx, func(ctx context.Context, open *db.Tx) error {
		tx := d.tx(open)
		if d.dialect == db.Postgres {
			tx.locked = map[int64]bool{}
		}
		var notes audit.Notes
		err := fn(audit.WithNotes(ctx, &notes), tx)
		if err == nil {
			err = tx.writeFacts(ctx)
		}
		if err == nil {
			err = tx.writeAudit(ctx, notes)
		}
		announced = tx.facts
		return err
	})
	if err == nil && len(announced) > 0 {
		db.AfterCommit(ctx, func() { d.happened(announced) })
	}
	return err
}

// AfterCommit does something once what was written with ctx is committed: at once, or
// at the end of what it is a part of.
func AfterCommit(ctx context.Context, do func()) { db.AfterCommit(ctx, do) }

// happened tells those who wait of facts that are committed.
func (d *DB) happened(facts []events.Fact) {
	d.announcements.Notify()
	if d.options.Happened == nil {
		return
	}
	for _, fact := range facts {
		d.options.Happened(fact)
	}
}

func (d *DB) tx(open *db.Tx) *Tx {
	now := time.Now
	if d.options.Now != nil {
		now = d.options.Now
	}
	clock := func() micros { return microsOf(now()) }
	return &Tx{
		queries: queries{reader: &open.Reader, dialect: d.dialect, options: d.options},
		open:    open, queue: d.queue, now: clock(), clock: clock, onAnnounce: d.onAnnounce,
	}
}

// StartWork begins to do the jobs that are due, and to purge what is hidden.
// Stop waits for running jobs until its context ends, and must be called before
// the database is closed.
func (d *DB) StartWork(ctx context.Context, work queue.Work) (stop func(context.Context) error, err error) {
	work.Purge, work.Announced = d.Purge, d.Announced
	return d.queue.Start(ctx, work)
}

// rows runs a reading statement and returns what it finds as values of T.
func rows[T any](ctx context.Context, q *queries, what, text string, args ...any) ([]T, error) {
	return db.Rows[T](ctx, q.reader, what, text, args...)
}

// row runs a reading statement and returns the first row it finds, if any.
func row[T any](ctx context.Context, q *queries, what, text string, args ...any) (T, bool, error) {
	return db.Row[T](ctx, q.reader, what, text, args...)
}

// Together runs reads that need nothing of one another, so that their statements
// travel together where that is faster. It returns the error that came first.
func (q *queries) Together(ctx context.Context, reads ...func(ctx context.Context) error) error {
	return q.reader.Together(ctx, reads...)
}

// exec runs a writing statement and returns how many rows it changed.
func (tx *Tx) exec(ctx context.Context, what, text string, args ...any) (int64, error) {
	return tx.open.Exec(ctx, what, text, args...)
}

// insert runs INSERT … RETURNING id and returns the id, or 0 if a conflict
// clause kept the row out.
func (tx *Tx) insert(ctx context.Context, what, text string, args ...any) (int64, error) {
	return tx.open.Insert(ctx, what, text, args...)
}
