package store

import "context"

// Exec runs a writing statement of a test as it is.
func (tx *Tx) Exec(ctx context.Context, text string, args ...any) error {
	_, err := tx.exec(ctx, "test", text, args...)
	return err
}

// Rows runs a reading statement of a test as it is.
func Rows[T any](ctx context.Context, tx *Tx, text string, args ...any) ([]T, error) {
	return rows[T](ctx, &tx.queries, "test", text, args...)
}
