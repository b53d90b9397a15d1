package store

import (
	"context"

	"accord/internal/badges"
)

// LatestResultFor returns the last result for the pact of the newest consumer
// version that has any.
func (q *queries) LatestResultFor(ctx context.Context, which badges.Which) (badges.Result, bool, error) {
	var c condition
	c.and(q.named("c.name"), which.Consumer)
	c.and(q.named("p.name"), which.Provider)
	c.and("pub.latest AND r.latest")
	if which.Tag != "" {
		c.and(q.taggedConsumer(), which.Tag)
	}
	if which.Untagged {
		c.and(sqlHasNoTag)
	}
	if which.ProviderTag != "" {
		c.and("EXISTS (SELECT 1 FROM tags pt WHERE pt.version_id = r.provider_version_id AND "+q.named("pt.name")+")", which.ProviderTag)
	}
	type badgeRow struct {
		Number          int64
		Success         bool
		Pending         bool
		SHA             string
		ProviderVersion string
	}
	r, found, err := row[badgeRow](ctx, q, "find result", `
		SELECT `+sqlResultNumber+` AS number, r.success, coalesce(r.pending, false) AS pending, pv.sha, rv.number AS provider_version`+sqlFromPublications+`
		JOIN verifications r ON r.pact_version_id = pub.pact_version_id JOIN versions rv ON rv.id = r.provider_version_id
		WHERE `+c.text+" ORDER BY pub.version_position DESC, r.id DESC LIMIT 1", c.args...)
	return badges.Result(r), found, err
}
