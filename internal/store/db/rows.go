package db

import (
	"context"
	"fmt"
)

// Rows runs a reading statement and returns what it finds as values of T.
func Rows[T any](ctx context.Context, r *Reader, what, text string, args ...any) ([]T, error) {
	found := []T{}
	if err := r.on(ctx).Raw(text, args...).Scan(&found).Error; err != nil {
		return nil, fmt.Errorf("%s: %w", what, r.troubled(err))
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

// Exec runs a writing statement and returns how many rows it changed.
func (tx *Tx) Exec(ctx context.Context, what, text string, args ...any) (int64, error) {
	done := tx.on(ctx).Exec(text, args...)
	if done.Error != nil {
		return 0, fmt.Errorf("%s: %w", what, done.Error)
	}
	return done.RowsAffected, nil
}

// Insert runs INSERT … RETURNING id and returns the id, or 0 if a conflict
// clause kept the row out.
func (tx *Tx) Insert(ctx context.Context, what, text string, args ...any) (int64, error) {
	id, _, err := Row[int64](ctx, &tx.Reader, what, text, args...)
	return id, err
}
