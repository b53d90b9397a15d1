package store

import "context"

// Exec runs a writing statement of a test as it is.
func (tx *Tx) Exec(ctx context.Context, text string, args ...any) error {
	_, err := tx.exec(ctx, "test", text, args...)
	return err
}
