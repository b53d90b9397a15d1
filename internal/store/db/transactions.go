package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"

	"accord/internal/support/fault"
)

// View runs fn over one unchanging state of the database. fn must not write.
// Within InTx or another View it fails: it would see another state.
func (d *DB) View(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(txKey{}) != nil {
		return errNested
	}
	var opts *sql.TxOptions
	if d.Dialect == Postgres {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return d.troubled(d.handle.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		return fn(context.WithValue(ctx, txKey{}, true), d.tx(g))
	}, opts))
}

// InTx runs fn in a transaction that commits if fn returns nil, and undoes
// everything otherwise. A row that refers to something which was deleted after
// fn's caller looked it up is a NotFound fault. fn may run more than once, so it
// must have no effect outside of the transaction. No network, no waiting, no
// rendering inside.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(txKey{}) != nil {
		return errNested
	}
	inner := context.WithValue(ctx, txKey{}, true)
	err := retried(ctx, func() error { return d.transaction(inner, d.bounded(fn)) })
	if refersToNothing(err) || errors.Is(err, ErrConflict) {
		return fault.Missing("What the request names was deleted at the same moment.").Because(err)
	}
	return d.troubled(err)
}

// transaction runs fn in one transaction.
func (d *DB) transaction(ctx context.Context, fn func(context.Context, *Tx) error) error {
	if d.Dialect == Postgres {
		return d.inPostgresTx(ctx, fn)
	}
	return d.writer.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		tx := d.tx(g)
		tx.file = sqlTx(g)
		return fn(ctx, tx)
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
		tx := d.tx(g.Session(&gorm.Session{SkipDefaultTransaction: true, DisableNestedTransaction: true}))
		tx.pg = ptx
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return ptx.Commit(ctx)
	})
}

func (d *DB) tx(g *gorm.DB) *Tx {
	return &Tx{Reader: Reader{Dialect: d.Dialect, handle: g, health: d.health}}
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

// Lock keeps other transactions that lock the same thing waiting until this one
// ends. SQLite has one writer anyway.
func (tx *Tx) Lock(ctx context.Context, thing string) error {
	if tx.Dialect != Postgres {
		return nil
	}
	_, err := tx.Exec(ctx, "lock "+thing, "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", thing)
	return err
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
