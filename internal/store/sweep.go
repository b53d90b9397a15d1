package store

import "context"

// sweepBatch is how many rows one step of Sweep deletes at most, so that other
// writers never wait long for it.
const sweepBatch = 2000

// Sweep deletes a batch of what hidden applications and integrations owned, or
// of facts that have been kept long enough, and reports whether more is left.
// Questions never saw what was hidden.
func (d *DB) Sweep(ctx context.Context) (more bool, err error) {
	err = d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		if more, err = tx.sweep(ctx); err != nil || more {
			return err
		}
		more, err = tx.forgetFacts(ctx)
		return err
	})
	return more, err
}

func (tx *Tx) sweep(ctx context.Context) (bool, error) {
	integration, found, err := row[int64](ctx, &tx.queries, "find hidden integration", "SELECT id FROM all_integrations WHERE deleted_at IS NOT NULL ORDER BY id LIMIT 1")
	if err != nil {
		return false, err
	}
	if found {
		return true, tx.sweepOwner(ctx, integration, "all_integrations", "integration_id",
			"verifications", "pact_publications", "pact_versions")
	}
	pacticipant, found, err := row[int64](ctx, &tx.queries, "find hidden pacticipant", "SELECT id FROM all_pacticipants WHERE deleted_at IS NOT NULL ORDER BY id LIMIT 1")
	if err != nil || !found {
		return false, err
	}
	return true, tx.sweepOwner(ctx, pacticipant, "all_pacticipants", "pacticipant_id",
		"deployed_versions", "released_versions", "branches", "versions")
}

// sweepOwner deletes one batch from the first of the tables that still holds
// rows of the owner, or the owner itself once all are empty.
func (tx *Tx) sweepOwner(ctx context.Context, id int64, owner, column string, tables ...string) error {
	for _, table := range tables {
		n, err := tx.exec(ctx, "sweep "+table,
			"DELETE FROM "+table+" WHERE id IN (SELECT id FROM "+table+" WHERE "+column+" = ? LIMIT ?)", id, sweepBatch)
		if err != nil || n > 0 {
			return err
		}
	}
	_, err := tx.exec(ctx, "sweep "+owner, "DELETE FROM "+owner+" WHERE id = ?", id)
	return err
}
