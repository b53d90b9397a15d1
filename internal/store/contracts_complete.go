package store

import (
	"context"

	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
)

const (
	// sqlSuccess is a result that counts for the content of a publication.
	sqlSuccess = `(EXISTS (SELECT 1 FROM verifications r WHERE r.pact_version_id = pub.pact_version_id AND r.latest AND r.success)
		OR EXISTS (SELECT 1 FROM compared k JOIN versions kv ON kv.id = k.provider_version_id AND kv.contracts_key = k.contracts_key
			WHERE k.pact_version_id = pub.pact_version_id AND k.outcome IN ('compatible', 'compatible_without_evidence')))`
	// sqlComplete tells of a consumer version that each of its contracts has one.
	sqlComplete = `NOT EXISTS (
		SELECT 1 FROM pact_publications pub JOIN integrations i ON i.id = pub.integration_id
		WHERE pub.consumer_version_id = v.id AND pub.latest AND NOT ` + sqlSuccess + `)`
	// sqlWithContent are the versions among the given ones that say the content.
	sqlWithContent = ` FROM versions v JOIN pacticipants p ON p.id = v.pacticipant_id
		JOIN pact_publications said ON said.consumer_version_id = v.id AND said.latest
		WHERE said.pact_version_id = ? AND (v.number IN ? OR v.id IN ?) `
)

func (q *queries) HasOtherSuccess(ctx context.Context, r verification.Result) (bool, error) {
	_, found, err := row[int64](ctx, q, "look for another success", `
		SELECT r.id FROM verifications r WHERE r.pact_version_id = ? AND r.id <> ? AND r.success AND (r.latest OR r.id = (
			SELECT max(before.id) FROM verifications before WHERE before.pact_version_id = ? AND before.provider_version_id = ? AND before.id < ?))
		LIMIT 1`, r.ContentID, r.ID, r.ContentID, r.ProviderVersion, r.ID)
	return found, err
}

// VersionsVerified returns, of the consumer versions with these numbers or ids
// that say the content, those each of whose contracts has a success that counts.
// Until the transaction ends no other one gets an answer for them, so that of
// two that add the last successes one sees both.
func (tx *Tx) VersionsVerified(ctx context.Context, contentID int64, numbers []string, ids []int64) ([]versions.Version, error) {
	if err := tx.lockBy(ctx, "lock versions", "SELECT pg_advisory_xact_lock(hashtextextended('contracts of ' || id, 0)) FROM (SELECT v.id"+sqlWithContent+"ORDER BY v.id) locked",
		contentID, numbers, ids); err != nil {
		return nil, err
	}
	found, err := rows[versionRow](ctx, &tx.queries, "find verified versions", "SELECT "+sqlVersionColumns+sqlWithContent+"AND "+sqlComplete+" ORDER BY v.position", contentID, numbers, ids)
	return toVersions(found), err
}

// ContractsVerified reports whether each contract of the consumer version has a
// success that counts. It waits for results of them that others are adding, and
// until the transaction ends no other is added: a result refers to its content,
// which locks the content's key, and only FOR UPDATE excludes that.
func (tx *Tx) ContractsVerified(ctx context.Context, versionID int64) (bool, error) {
	if err := tx.lockBy(ctx, "lock contents", `
		SELECT id FROM pact_versions WHERE id IN (SELECT pact_version_id FROM pact_publications WHERE consumer_version_id = ? AND latest)
		ORDER BY id FOR UPDATE`, versionID); err != nil {
		return false, err
	}
	if err := tx.lockBy(ctx, "lock version", "SELECT pg_advisory_xact_lock(hashtextextended('contracts of ' || ?::bigint, 0))", versionID); err != nil {
		return false, err
	}
	_, found, err := row[int64](ctx, &tx.queries, "look at contracts of version", "SELECT v.id FROM versions v WHERE v.id = ? AND "+sqlComplete, versionID)
	return found, err
}
