package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Put writes a row of a plain table: the fields of a struct, which are named
// like the columns. A row with the same key is replaced.
func (tx *Tx) Put(ctx context.Context, table string, row any, key ...string) error {
	columns := make([]clause.Column, len(key))
	for i, name := range key {
		columns[i].Name = name
	}
	if err := tx.table(ctx, table).Clauses(clause.OnConflict{Columns: columns, UpdateAll: true}).Create(row).Error; err != nil {
		return fmt.Errorf("put into %s: %w", table, err)
	}
	return nil
}

// Add is Put that leaves a known row as it is, and reports whether it was new.
func (tx *Tx) Add(ctx context.Context, table string, row any) (bool, error) {
	done := tx.table(ctx, table).Clauses(clause.OnConflict{DoNothing: true}).Create(row)
	if done.Error != nil {
		return false, fmt.Errorf("add to %s: %w", table, done.Error)
	}
	return done.RowsAffected > 0, nil
}

// table is GORM on a table in this transaction.
func (tx *Tx) table(ctx context.Context, name string) *gorm.DB {
	g := tx.tables.Session(&gorm.Session{Context: ctx, NewDB: true})
	g.Statement.ConnPool = execOnly{tx}
	return g.Table(name)
}

// execOnly lets GORM write on the connection of the transaction. database/sql
// would close that when the caller's context ends, while others still use it.
type execOnly struct{ tx *Tx }

// errExecOnly is for statements that GORM must not run, as it does if a table has
// columns that the database fills in.
var errExecOnly = errors.New("store: plain tables are only written")

// ExecContext runs a writing statement.
func (e execOnly) ExecContext(ctx context.Context, text string, args ...any) (done sql.Result, err error) {
	values := make([]any, len(args))
	for i, arg := range args {
		values[i], _ = valueOf(arg)
	}
	err = e.tx.use(ctx, func(c conn) error {
		changed, err := c.exec(ctx, text, values)
		done = driver.RowsAffected(changed)
		return err
	})
	return done, err
}

// PrepareContext is not for plain tables.
func (execOnly) PrepareContext(context.Context, string) (*sql.Stmt, error) {
	return nil, errExecOnly
}

// QueryContext is not for plain tables.
func (execOnly) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, errExecOnly
}

// QueryRowContext is not for plain tables. A *sql.Row with a failure cannot be made, so it
// is nil: whoever asked GORM for a single row here would panic in Scan.
func (execOnly) QueryRowContext(context.Context, string, ...any) *sql.Row { return nil }
