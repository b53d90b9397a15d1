package db

import (
	"context"
	"fmt"
	"reflect"
)

// Rows runs a reading statement and returns what it finds as values of T: a
// struct whose fields are named like the columns, or the value of one column.
func Rows[T any](ctx context.Context, r *Reader, what, text string, args ...any) ([]T, error) {
	found := []T{}
	plan, err := planOf(reflect.TypeFor[T]())
	if err == nil {
		err = r.query(ctx, text, args, target{plan: plan, rows: reflect.ValueOf(&found).Elem()})
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, r.unavailable(err))
	}
	return found, nil
}

// Row runs a reading statement and returns the first row it finds, if any.
func Row[T any](ctx context.Context, r *Reader, what, text string, args ...any) (T, bool, error) {
	return First(Rows[T](ctx, r, what, text, args...))
}

// First returns the first of what a reading found, if it found anything.
func First[T any](found []T, err error) (T, bool, error) {
	if err != nil || len(found) == 0 {
		var none T
		return none, false, err
	}
	return found[0], true, nil
}

// query runs a reading statement on a connection of the driver. A read through
// DB inside a View, or within InOneTx, is part of it; inside a transaction it would
// silently see the state before, so it fails instead.
func (r *Reader) query(ctx context.Context, text string, args []any, into target) error {
	if r.outside && ctx.Value(txKey{}) != nil {
		if open, found := ctx.Value(viewKey{}).(*Tx); found {
			return open.query(ctx, text, args, into)
		}
		return errOutside
	}
	if w := wholeOf(ctx); r.outside && w != nil {
		return w.tx.query(ctx, text, args, into)
	}
	statement, values, err := bind(r.Dialect, text, args)
	if err != nil {
		return err
	}
	if r.outside && r.snapshot != nil {
		r.snapshot(text)
	}
	if r.trace != nil {
		r.trace(text, args)
	}
	if r.group != nil {
		return r.group.ask(statement, values, into)
	}
	return r.observed(ctx, text, func() error {
		return r.use(ctx, func(c conn) error { return c.query(ctx, statement, values, into) })
	})
}

// Exec runs a writing statement and returns how many rows it changed.
func (tx *Tx) Exec(ctx context.Context, what, text string, args ...any) (changed int64, err error) {
	statement, values, err := bind(tx.Dialect, text, args)
	if tx.trace != nil {
		tx.trace(text, args)
	}
	if err == nil {
		err = tx.observed(ctx, text, func() error {
			return tx.use(ctx, func(c conn) error {
				changed, err = c.exec(ctx, statement, values)
				return err
			})
		})
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	return changed, nil
}

// Insert runs INSERT … RETURNING id and returns the id, or 0 if a conflict
// clause kept the row out.
func (tx *Tx) Insert(ctx context.Context, what, text string, args ...any) (int64, error) {
	id, _, err := Row[int64](ctx, &tx.Reader, what, text, args...)
	return id, err
}

// numbers is a list of numbers, and the target that adds to it.
func numbers() (*[]int64, target, error) {
	found := []int64{}
	plan, err := planOf(reflect.TypeFor[int64]())
	return &found, target{plan: plan, rows: reflect.ValueOf(&found).Elem()}, err
}
