package store

import (
	"context"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/webhooks"
)

// Predecessors compares a publication with those of earlier versions: for each
// tag of its version with the previous version that has the tag, without tags
// with the previous version that has none.
func (q *queries) Predecessors(ctx context.Context, p contracts.Publication) ([]webhooks.Predecessor, error) {
	found, err := rows[predecessorRow](ctx, q, "find previous publications", `
		SELECT mine.id AS place, mine.name AS tag, (`+sqlPredecessor+`EXISTS (SELECT 1 FROM tags t WHERE t.version_id = pub.consumer_version_id AND t.name = mine.name)`+sqlNearest+`) AS content
		FROM tags mine WHERE mine.version_id = ?
		UNION ALL SELECT 0, '', (`+sqlPredecessor+`NOT EXISTS (SELECT 1 FROM tags t WHERE t.version_id = pub.consumer_version_id)`+sqlNearest+`)
		WHERE NOT EXISTS (SELECT 1 FROM tags none WHERE none.version_id = ?) ORDER BY place`,
		p.IntegrationID, p.VersionPosition, p.VersionID, p.IntegrationID, p.VersionPosition, p.VersionID)
	earlier := make([]webhooks.Predecessor, len(found))
	for i, r := range found {
		earlier[i] = webhooks.Predecessor{Tag: r.Tag, Found: r.Content != nil, SameContent: r.Content != nil && *r.Content == p.ContentID}
	}
	return earlier, err
}

// predecessorRow is the content before that of a publication, under one tag.
type predecessorRow struct {
	Tag     string
	Content *int64
}

const (
	sqlPredecessor = "SELECT pub.pact_version_id FROM pact_publications pub WHERE pub.integration_id = ? AND pub.latest AND pub.version_position < ? AND "
	sqlNearest     = " ORDER BY pub.version_position DESC LIMIT 1"
)

func (q *queries) VerificationCandidates(ctx context.Context, p contracts.Publication) ([]webhooks.Candidate, error) {
	return rows[webhooks.Candidate](ctx, q, "find versions to verify", `
		WITH candidates AS (
			SELECT 1 AS kind, coalesce(b.head_version_id, h.version_id) AS version_id, a.main_branch AS branch, 'latest from main branch' AS description
			FROM pacticipants a
			LEFT JOIN branches b ON b.pacticipant_id = a.id AND b.name = a.main_branch
			LEFT JOIN tag_heads h ON h.pacticipant_id = a.id AND h.name = a.main_branch
			WHERE a.id = ?
			UNION ALL
			SELECT 2, d.version_id, NULL, 'deployed in ' || e.name
			FROM deployed_versions d`+q.dialect.By("deployed_versions_current")+` JOIN environments e ON e.id = d.environment_id WHERE d.pacticipant_id = ? AND d.currently_deployed
			UNION ALL
			SELECT 3, r.version_id, NULL, 'released in ' || e.name
			FROM released_versions r`+q.dialect.By("released_versions_supported")+` JOIN environments e ON e.id = r.environment_id WHERE r.pacticipant_id = ? AND r.currently_supported
		)
		SELECT v.number AS version, c.description,
			coalesce(c.branch, (SELECT b.name FROM branch_versions bv JOIN branches b ON b.id = bv.branch_id WHERE bv.version_id = v.id ORDER BY bv.id DESC LIMIT 1), '') AS branch,
			EXISTS (SELECT 1 FROM verifications r WHERE r.pact_version_id = ? AND r.provider_version_id = v.id) OR `+sqlCovered+` AS verified
		FROM candidates c JOIN versions v ON v.id = c.version_id
		ORDER BY c.kind, c.description, v.position`, p.ProviderID, p.ProviderID, p.ProviderID, p.ContentID, p.ContentID)
}

// sqlCovered tells of a version that it has published contracts which speak of
// everything in a content: what is compared needs no verification.
const sqlCovered = `v.contracts_key IS NOT NULL AND EXISTS (
	SELECT 1 FROM pact_versions n WHERE n.id = ?
		AND (n.interactions_count = 0 OR EXISTS (SELECT 1 FROM provider_contracts k JOIN provider_documents d ON d.id = k.document_id WHERE k.version_id = v.id AND d.specification = 'oas'))
		AND (n.messages_count = 0 OR EXISTS (SELECT 1 FROM provider_contracts k JOIN provider_documents d ON d.id = k.document_id WHERE k.version_id = v.id AND d.specification = 'asyncapi')))`

func (q *queries) DeployedNumbers(ctx context.Context, pacticipantID int64) ([]string, error) {
	return rows[string](ctx, q, "read deployed versions", `
		SELECT DISTINCT v.number FROM deployed_versions d JOIN versions v ON v.id = d.version_id
		WHERE d.pacticipant_id = ? AND d.currently_deployed ORDER BY v.number`, pacticipantID)
}

func (q *queries) MainBranchResult(ctx context.Context, p contracts.Publication) (int64, bool, error) {
	return row[int64](ctx, q, "find result from main branch", `
		SELECT r.id FROM verifications r
		JOIN branch_versions bv ON bv.version_id = r.provider_version_id
		JOIN branches b ON b.id = bv.branch_id
		JOIN pacticipants a ON a.id = b.pacticipant_id AND a.main_branch = b.name
		WHERE r.pact_version_id = ? ORDER BY r.id DESC LIMIT 1`, p.ContentID)
}

func (q *queries) PublicationForResult(ctx context.Context, contentID int64, number string, versionID int64) (contracts.Publication, bool, error) {
	const sqlLatestFirst = " ORDER BY pub.version_position DESC, pub.id DESC LIMIT 1"
	sqlOfContent := "SELECT " + sqlPublicationColumns + sqlFromPublications + "WHERE pub.pact_version_id = ?"
	if number != "" || versionID != 0 {
		r, found, err := row[publicationRow](ctx, q, "find publication", sqlOfContent+" AND (v.number = ? OR v.id = ?)"+sqlLatestFirst, contentID, number, versionID)
		if err != nil || found {
			return r.toPublication(), found, err
		}
	}
	r, found, err := row[publicationRow](ctx, q, "find publication", sqlOfContent+sqlLatestFirst, contentID)
	return r.toPublication(), found, err
}
