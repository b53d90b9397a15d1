package db

import (
	"context"
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
	g.Statement.ConnPool = tx.pool
	return g.Table(name)
}
