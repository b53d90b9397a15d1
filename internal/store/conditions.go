package store

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/store/db"
)

// Exclusive runs fn in one transaction with all that it reads and writes. Others who do
// so for the same address wait until it ends, and so do those who change what
// belongs to one of the applications. fn may run more than once.
func (d *DB) Exclusive(ctx context.Context, address string, applications []string, fn func(ctx context.Context) error) error {
	return d.database.InOneTx(ctx, func(ctx context.Context, open *db.Tx) error {
		tx := d.tx(open)
		if d.dialect == db.Postgres {
			tx.locked = map[int64]bool{}
		}
		if err := tx.lock(ctx, "condition on "+address); err != nil {
			return err
		}
		for _, name := range slices.Sorted(slices.Values(applications)) {
			p, found, err := tx.FindPacticipant(ctx, name)
			if err == nil && found {
				err = tx.lockPacticipant(ctx, p.ID)
			}
			if err != nil {
				return err
			}
		}
		return fn(ctx)
	})
}
