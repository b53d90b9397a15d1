package store

import (
	"context"

	"github.com/accord-broker/accord/internal/dashboard"
)

type itemRow struct {
	Publication       publicationRow `gorm:"embedded"`
	Verified          bool
	Success           bool
	Pending           bool
	VerifiedAt        micros
	ProviderVersionID int64
	ProviderNumber    string
}

func (r itemRow) toItem() dashboard.Item {
	item := dashboard.Item{Publication: r.Publication.toPublication()}
	if r.Verified {
		item.Result = &dashboard.Result{
			Success: r.Success, Pending: r.Pending, CreatedAt: r.VerifiedAt.Time(), VersionID: r.ProviderVersionID, Number: r.ProviderNumber,
		}
	}
	return item
}

// sqlHeadPublications are the ids of the contracts that matter now of some pairs.
// The newest with a tag is looked for from the newest of the pair on, so that a
// pair that was left long ago costs no more than one that is alive.
const sqlHeadPublications = `
	WITH newest AS (
		SELECT i.id, i.consumer_id, pub.id AS publication_id, pub.version_position
		FROM integrations i JOIN pact_publications pub ON pub.id =
			(SELECT x.id FROM pact_publications x WHERE x.integration_id = i.id AND x.latest ORDER BY x.version_position DESC LIMIT 1)
		WHERE (? = 0 OR i.consumer_id = ?) AND (? = 0 OR i.provider_id = ?)
	), heads AS (
		SELECT publication_id AS id FROM newest
		UNION SELECT
			(SELECT x.id FROM tags t JOIN pact_publications x ON x.consumer_version_id = t.version_id AND x.integration_id = newest.id AND x.latest
			WHERE t.pacticipant_id = h.pacticipant_id AND t.name = h.name AND t.version_position <= newest.version_position
			ORDER BY t.version_position DESC LIMIT 1)
		FROM newest JOIN tag_heads h ON h.pacticipant_id = newest.consumer_id
		UNION SELECT x.id FROM newest
			JOIN deployed_versions d ON d.pacticipant_id = newest.consumer_id AND d.currently_deployed
			JOIN pact_publications x ON x.consumer_version_id = d.version_id AND x.integration_id = newest.id AND x.latest
		UNION SELECT x.id FROM newest
			JOIN released_versions s ON s.pacticipant_id = newest.consumer_id AND s.currently_supported
			JOIN pact_publications x ON x.consumer_version_id = s.version_id AND x.integration_id = newest.id AND x.latest
	)
	SELECT id FROM heads WHERE id IS NOT NULL ORDER BY id`

func (q *queries) Items(ctx context.Context, which dashboard.Query) ([]dashboard.Item, error) {
	heads, err := rows[int64](ctx, q, "read heads of pairs", sqlHeadPublications, which.ConsumerID, which.ConsumerID, which.ProviderID, which.ProviderID)
	if err != nil {
		return nil, err
	}
	found, err := rows[itemRow](ctx, q, "read dashboard", `
		SELECT `+sqlPublicationColumns+`, r.id IS NOT NULL AS verified, coalesce(r.success, ?) AS success, coalesce(r.pending, ?) AS pending,
			coalesce(r.created_at, 0) AS verified_at, coalesce(rv.id, 0) AS provider_version_id, coalesce(rv.number, '') AS provider_number`+
		sqlFromPublications+`
		LEFT JOIN verifications r ON r.id = (SELECT max(n.id) FROM verifications n WHERE n.pact_version_id = pub.pact_version_id)
		LEFT JOIN versions rv ON rv.id = r.provider_version_id
		WHERE `+q.dialect.Among("pub.id")+`
		ORDER BY CASE WHEN r.executed_at > pub.created_at THEN r.executed_at ELSE pub.created_at END DESC,
			lower(c.name), pub.version_position DESC, lower(p.name), pub.id LIMIT ? OFFSET ?`,
		false, false, q.dialect.List(heads), which.Limit, which.Offset)
	items := make([]dashboard.Item, len(found))
	for i, r := range found {
		items[i] = r.toItem()
	}
	return items, err
}

func (q *queries) TagsHeadedBy(ctx context.Context, publicationIDs []int64) (map[int64][]string, error) {
	type tagRow struct {
		ID   int64
		Name string
	}
	found, err := rows[tagRow](ctx, q, "read tags of contracts", `
		SELECT pub.id, t.name FROM pact_publications pub JOIN tags t ON t.version_id = pub.consumer_version_id
		WHERE `+q.dialect.Among("pub.id")+` AND NOT EXISTS (
			SELECT 1 FROM tags n JOIN pact_publications x ON x.consumer_version_id = n.version_id AND x.integration_id = pub.integration_id AND x.latest
			WHERE n.pacticipant_id = t.pacticipant_id AND n.name = t.name AND n.version_position > t.version_position)
		ORDER BY pub.id, t.name`, q.dialect.List(publicationIDs))
	tags := map[int64][]string{}
	for _, r := range found {
		tags[r.ID] = append(tags[r.ID], r.Name)
	}
	return tags, err
}

func (q *queries) Pairs(ctx context.Context, pacticipantIDs ...int64) ([]dashboard.Pair, error) {
	type pairRow struct {
		Integration integrationRow `gorm:"embedded"`
		HasPact     bool
	}
	tables := integrationTables()
	if len(pacticipantIDs) > 0 {
		ids := q.dialect.List(pacticipantIDs)
		tables.and(q.dialect.Among("i.consumer_id")+" AND "+q.dialect.Among("i.provider_id"), ids, ids)
	}
	found, err := rows[pairRow](ctx, q, "read pairs", "SELECT "+sqlIntegrationColumns+", EXISTS (SELECT 1 FROM pact_publications x WHERE x.integration_id = i.id) AS has_pact"+
		tables.from()+" ORDER BY i.id", tables.args...)
	pairs := make([]dashboard.Pair, len(found))
	for i, r := range found {
		pairs[i] = dashboard.Pair{Integration: r.Integration.toIntegration(), HasPact: r.HasPact}
	}
	return pairs, err
}
