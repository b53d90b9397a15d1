package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/mattn/go-sqlite3"

	"github.com/accord-broker/accord/internal/support/fault"
)

// View runs fn over one unchanging state of the database, which all that is read
// with its context sees, by DB and by another View too. fn must not write. Within
// InTx it fails: it would see the state before.
func (d *DB) View(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if open, found := ctx.Value(viewKey{}).(*Tx); found {
		return fn(ctx, open)
	}
	if ctx.Value(txKey{}) != nil {
		return errNested
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d.snapshot != nil {
		d.snapshot("a view")
	}
	inner := context.WithValue(ctx, txKey{}, true)
	if w := wholeOf(ctx); w != nil {
		return d.unavailable(viewing(inner, w.tx, fn))
	}
	if d.Dialect == Postgres {
		return d.unavailable(d.viewPostgres(inner, fn))
	}
	return d.unavailable(d.viewSQLite(inner, fn))
}

// viewPostgres begins the transaction together with its first statement.
func (d *DB) viewPostgres(ctx context.Context, fn func(context.Context, *Tx) error) error {
	lent, err := d.lend(ctx)
	if err != nil {
		return err
	}
	defer endView(lent)
	return viewing(ctx, &Tx{Reader: d.insidePostgres(&postgresConn{Conn: lent.Conn(), answerTimeout: d.answerTimeout, begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"})}, fn)
}

// endView gives a connection back to the pool, which closes one on which a
// transaction is still open.
func endView(lent *pgxpool.Conn) {
	defer lent.Release()
	if lent.Conn().PgConn().TxStatus() == idle {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), longestEnd)
	defer cancel()
	_, _ = lent.Exec(ctx, "ROLLBACK") // a connection that cannot do that is closed
}

// longestEnd is how long the end of a transaction that has read may take.
const longestEnd = 5 * time.Second

func (d *DB) viewSQLite(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return onSQLite(ctx, d.readers, func(c sqliteConn) error {
		if _, err := c.exec(ctx, "BEGIN", nil); err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		defer func() { _, _ = c.exec(context.WithoutCancel(ctx), "ROLLBACK", nil) }() // nothing was written, and SQLite may have ended it already
		return viewing(ctx, &Tx{Reader: d.inside(c)}, fn)
	})
}

func viewing(ctx context.Context, open *Tx, fn func(context.Context, *Tx) error) error {
	return fn(context.WithValue(ctx, viewKey{}, open), open)
}

// onSQLite lets the connection be used as the driver has it.
func onSQLite(ctx context.Context, pool *sql.DB, use func(sqliteConn) error) error {
	c, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close() // gives it back to the pool
	return c.Raw(func(driver any) error { return use(sqliteConn{driver.(*sqlite3.SQLiteConn)}) })
}

// InTx runs fn in a transaction that commits if fn returns nil, and undoes
// everything otherwise. A row that refers to something which was deleted after
// fn's caller looked it up is a NotFound fault. fn may run more than once, so it
// must have no effect outside of the transaction. No network, no waiting, no
// rendering inside: an error that has a method Remedy lets that be done outside, and
// then fn run again.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(txKey{}) != nil {
		return errNested
	}
	var err error
	if w := wholeOf(ctx); w != nil {
		err = w.within(ctx, fn)
	} else {
		inner := context.WithValue(ctx, txKey{}, true)
		err = retried(ctx, func() error { return d.transaction(inner, d.bounded(fn)) })
	}
	if refersToNothing(err) || errors.Is(err, ErrConflict) {
		return fault.Vanished().Because(err)
	}
	return d.unavailable(err)
}

// transaction runs fn in one transaction.
func (d *DB) transaction(ctx context.Context, fn func(context.Context, *Tx) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d.Dialect == Postgres {
		return d.inPostgresTx(ctx, fn)
	}
	return d.inSQLiteTx(ctx, fn)
}

// inPostgresTx runs fn in a transaction of the driver, which the job queue shares.
func (d *DB) inPostgresTx(ctx context.Context, fn func(context.Context, *Tx) error) error {
	lent, err := d.lend(ctx)
	if err != nil {
		return err
	}
	defer lent.Release()
	return d.begun(ctx, lent, func(open pgx.Tx) error {
		return fn(ctx, &Tx{Reader: d.insidePostgres(&postgresConn{Conn: open.Conn(), answerTimeout: d.answerTimeout}), pg: open, tables: d.writer})
	})
}

// inSQLiteTx takes the only connection that writes, in the order in which it was
// asked for: its pool would let some wait for ever.
func (d *DB) inSQLiteTx(ctx context.Context, fn func(context.Context, *Tx) error) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	c, err := d.file.Conn(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer c.Close() // gives it back to the pool
	// database/sql would roll back by itself when ctx ends, and what follows would
	// be written outside of the transaction.
	open, err := c.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer open.Rollback() // after a commit there is nothing to roll back
	reader := d.inside(nil)
	reader.use = func(ctx context.Context, use func(conn) error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return c.Raw(func(driver any) error { return use(sqliteConn{driver.(*sqlite3.SQLiteConn)}) })
	}
	if err := fn(ctx, &Tx{Reader: reader, file: open, tables: d.writer}); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return open.Commit()
}

// inside reads within a transaction on a connection.
func (d *DB) inside(c conn) Reader {
	return Reader{Dialect: d.Dialect, health: d.health, trace: d.trace, observe: d.observe, use: func(_ context.Context, use func(conn) error) error { return use(c) }}
}

func (d *DB) insidePostgres(c *postgresConn) Reader {
	reader := d.inside(c)
	reader.batch = c.together
	return reader
}

// refersToNothing reports whether a row was refused because what it refers to is
// not there.
func refersToNothing(err error) bool {
	var pg *pgconn.PgError
	var lite sqlite3.Error
	return errors.As(err, &pg) && pg.Code == "23503" ||
		errors.As(err, &lite) && lite.ExtendedCode == sqlite3.ErrConstraintForeignKey
}
