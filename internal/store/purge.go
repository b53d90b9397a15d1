package store

import "context"

// purgeBatch is how many rows one step of Purge deletes at most, so that other
// writers never wait long for it.
const purgeBatch = 2000

// Purge deletes a batch of what hidden applications and integrations owned, or
// of facts, audit entries, requests and answers that have been kept long enough, and
// reports whether more is left.
// Questions never saw what was hidden.
func (d *DB) Purge(ctx context.Context) (more bool, err error) {
	if d.options.KeepFacts > 0 {
		if err := d.positionFacts(ctx); err != nil {
			return false, err
		}
	}
	if err := d.refreshSealer(ctx); err != nil {
		return false, err
	}
	err = d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		if more, err = tx.purge(ctx); err != nil || more {
			return err
		}
		for _, deleteOld := range []func(context.Context) (bool, error){tx.purgeDocuments, tx.deleteOldFacts, tx.deleteOldAudit, tx.deleteOldExchanged, tx.deleteOldRequests, tx.deleteOldAnswers} {
			if more, err = deleteOld(ctx); err != nil || more {
				return err
			}
		}
		return nil
	})
	return more, err
}

func (tx *Tx) purge(ctx context.Context) (bool, error) {
	integration, found, err := row[int64](ctx, &tx.queries, "find hidden integration", "SELECT id FROM all_integrations WHERE deleted_at IS NOT NULL ORDER BY id LIMIT 1")
	if err != nil {
		return false, err
	}
	if found {
		return true, tx.purgeOwner(ctx, integration, "all_integrations", "integration_id",
			"verifications", "pact_publications", "pact_versions")
	}
	pacticipant, found, err := row[int64](ctx, &tx.queries, "find hidden pacticipant", "SELECT id FROM all_pacticipants WHERE deleted_at IS NOT NULL ORDER BY id LIMIT 1")
	if err != nil || !found {
		return false, err
	}
	return true, tx.purgeOwner(ctx, pacticipant, "all_pacticipants", "pacticipant_id",
		"deployed_versions", "released_versions", "branches", "provider_contracts", "provider_documents", "versions")
}

// purgeOwner deletes one batch from the first of the tables that still holds
// rows of the owner, or the owner itself once all are empty.
func (tx *Tx) purgeOwner(ctx context.Context, id int64, owner, column string, tables ...string) error {
	for _, table := range tables {
		n, err := tx.exec(ctx, "purge "+table,
			"DELETE FROM "+table+" WHERE id IN (SELECT id FROM "+table+" WHERE "+column+" = ? LIMIT ?)", id, purgeBatch)
		if err != nil || n > 0 {
			return err
		}
	}
	_, err := tx.exec(ctx, "purge "+owner, "DELETE FROM "+owner+" WHERE id = ?", id)
	return err
}
