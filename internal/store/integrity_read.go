package store

import (
	"context"

	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/providercontracts"
)

// This file compares what is kept of contracts and documents with what they say, which
// no statement can tell.

// countsOf counts what a content asks for; false if it is not there any more, or
// damaged, which others tell.
func (q *queries) countsOf(ctx context.Context, id int64) (pactfile.Counts, bool, error) {
	packed, there, err := row[struct{ Body []byte }](ctx, q, "read content", "SELECT body FROM pact_versions WHERE id = ?", id)
	if err != nil || !there {
		return pactfile.Counts{}, false, err
	}
	body, err := unpack(packed.Body)
	if err != nil {
		return pactfile.Counts{}, false, nil //nolint:nilerr // damage is told by CheckContents
	}
	return pactfile.CountDemands(pactfile.Body(body)), true, nil
}

// wronglyCounted finds contents that have another number of interactions or messages
// than is kept.
func wronglyCounted(ctx context.Context, q *queries, low, high int64) (wrong []int64, err error) {
	found, err := rows[struct{ ID, InteractionsCount, MessagesCount int64 }](ctx, q, "list counts of contents",
		"SELECT x.id, x.interactions_count, x.messages_count FROM pact_versions x WHERE x.id "+sqlRange+sqlVisible+" ORDER BY x.id", low, high)
	if err != nil {
		return nil, err
	}
	for _, kept := range found {
		counts, known, err := q.countsOf(ctx, kept.ID)
		if err != nil {
			return nil, err
		}
		if known && (int64(counts.Interactions) != kept.InteractionsCount || int64(counts.Messages) != kept.MessagesCount) {
			wrong = append(wrong, kept.ID)
		}
	}
	return wrong, nil
}

func repairCounts(ctx context.Context, tx *Tx, content int64) error {
	counts, known, err := tx.countsOf(ctx, content)
	if err != nil || !known {
		return err
	}
	_, err = tx.exec(ctx, "repair counts", "UPDATE pact_versions SET interactions_count = ?, messages_count = ? WHERE id = ?", counts.Interactions, counts.Messages, content)
	return err
}

// contractsKeyOf names all that a version of a provider has published, as nothing if
// that is nothing.
func (q *queries) contractsKeyOf(ctx context.Context, version int64) (string, error) {
	all, err := q.ContractsPublishedBy(ctx, version)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return providercontracts.KeyOf(all), nil
}

// wronglyKeyed finds versions for which another name is kept of all that they have
// published.
func wronglyKeyed(ctx context.Context, q *queries, low, high int64) ([]int64, error) {
	found, err := rows[struct {
		ID           int64
		ContractsKey string
	}](ctx, q, "list keys of contracts", "SELECT v.id, coalesce(v.contracts_key, '') AS contracts_key FROM versions v WHERE v.id "+sqlRange+`
		AND (v.contracts_key IS NOT NULL OR EXISTS (SELECT 1 FROM provider_contracts c WHERE c.version_id = v.id)) ORDER BY v.id`, low, high)
	if err != nil {
		return nil, err
	}
	var wrong []int64
	for _, kept := range found {
		key, err := q.contractsKeyOf(ctx, kept.ID)
		if err != nil {
			return nil, err
		}
		if key != kept.ContractsKey {
			wrong = append(wrong, kept.ID)
		}
	}
	return wrong, nil
}

func repairContractsKey(ctx context.Context, tx *Tx, version int64) error {
	key, err := tx.contractsKeyOf(ctx, version)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "repair key of contracts", "UPDATE versions SET contracts_key = ? WHERE id = ?", nullable(key), version)
	return err
}
