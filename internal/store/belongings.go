package store

import (
	"context"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

// BelongingsOf counts what is deleted together with an application.
func (q *queries) BelongingsOf(ctx context.Context, p pacticipants.Pacticipant) (pacticipants.Belongings, error) {
	type belongingsRow struct {
		Versions, Branches, AsConsumer, AsProvider, Contents, Results, Places, Webhooks int
	}
	r, _, err := row[belongingsRow](ctx, q, "count what belongs to pacticipant", `
		SELECT (SELECT count(*) FROM versions v WHERE v.pacticipant_id = ?) AS versions,
			(SELECT count(*) FROM branches b WHERE b.pacticipant_id = ?) AS branches,
			(SELECT count(*) FROM integrations i WHERE i.consumer_id = ?) AS as_consumer,
			(SELECT count(*) FROM integrations i WHERE i.provider_id = ?) AS as_provider,
			(SELECT count(*) FROM pact_versions c JOIN integrations i ON i.id = c.integration_id WHERE i.consumer_id = ? OR i.provider_id = ?) AS contents,
			(SELECT count(*) FROM verifications r JOIN integrations i ON i.id = r.integration_id WHERE i.consumer_id = ? OR i.provider_id = ?) AS results,
			(SELECT count(*) FROM deployed_versions d WHERE d.pacticipant_id = ? AND d.currently_deployed)
				+ (SELECT count(*) FROM released_versions r WHERE r.pacticipant_id = ? AND r.currently_supported) AS places,
			(SELECT count(*) FROM webhooks w WHERE w.consumer_id = ? OR w.provider_id = ?) AS webhooks`,
		p.ID, p.ID, p.ID, p.ID, p.ID, p.ID, p.ID, p.ID, p.ID, p.ID, p.ID, p.ID)
	return pacticipants.Belongings(r), err
}

// VersionBelongings counts what is deleted together with a version.
func (q *queries) VersionBelongings(ctx context.Context, v versions.Version) (versions.Belongings, error) {
	type belongingsRow struct {
		Contracts, Unshared, UnsharedResults, Results, Places, Records, Branches, Tags int
	}
	const sqlUnshared = ` FROM pact_publications p WHERE p.consumer_version_id = ? AND NOT EXISTS (
		SELECT 1 FROM pact_publications o WHERE o.pact_version_id = p.pact_version_id AND o.consumer_version_id <> p.consumer_version_id)`
	r, _, err := row[belongingsRow](ctx, q, "count what belongs to version", `
		SELECT (SELECT count(*) FROM pact_publications p WHERE p.consumer_version_id = ? AND p.latest) AS contracts,
			(SELECT count(DISTINCT p.pact_version_id)`+sqlUnshared+`) AS unshared,
			(SELECT count(*) FROM verifications r WHERE r.pact_version_id IN (SELECT p.pact_version_id`+sqlUnshared+`)) AS unshared_results,
			(SELECT count(*) FROM verifications r WHERE r.provider_version_id = ?) AS results,
			(SELECT count(*) FROM deployed_versions d WHERE d.version_id = ? AND d.currently_deployed)
				+ (SELECT count(*) FROM released_versions r WHERE r.version_id = ? AND r.currently_supported) AS places,
			(SELECT count(*) FROM deployed_versions d WHERE d.version_id = ?) + (SELECT count(*) FROM released_versions r WHERE r.version_id = ?) AS records,
			(SELECT count(*) FROM branch_versions b WHERE b.version_id = ?) AS branches,
			(SELECT count(*) FROM tags t WHERE t.version_id = ?) AS tags`,
		v.ID, v.ID, v.ID, v.ID, v.ID, v.ID, v.ID, v.ID, v.ID, v.ID)
	return versions.Belongings(r), err
}
