package store

import (
	"context"

	"github.com/accord-broker/accord/internal/badges"
)

func (q *queries) LatestResultFor(ctx context.Context, which badges.Query) (badges.Result, bool, error) {
	if _, err := q.usePresentNames(ctx, &which.Consumer, &which.Provider); err != nil {
		return badges.Result{}, false, err
	}
	c := q.badgeOf(which, "r.provider_version_id")
	c.and("r.latest")
	return q.badgeResult(ctx, sqlResultNumber+" AS number, r.success, coalesce(r.pending, false) AS pending, pv.sha, rv.number AS provider_version, pub.version_position AS consumer_position", `
		JOIN verifications r ON r.pact_version_id = pub.pact_version_id JOIN versions rv ON rv.id = r.provider_version_id`, c, "r.id")
}

func (q *queries) LatestComparedFor(ctx context.Context, which badges.Query) (badges.Result, bool, error) {
	if _, err := q.usePresentNames(ctx, &which.Consumer, &which.Provider); err != nil {
		return badges.Result{}, false, err
	}
	c := q.badgeOf(which, "k.provider_version_id")
	return q.badgeResult(ctx, "CAST(0 AS BIGINT) AS number, k.outcome IN ('compatible', 'compatible_without_evidence') AS success, 1 = 2 AS pending, pv.sha, kv.number AS provider_version, pub.version_position AS consumer_position", `
		JOIN compared k ON k.pact_version_id = pub.pact_version_id AND k.outcome NOT IN ('not_covered', 'not_comparable')
		JOIN versions kv ON kv.id = k.provider_version_id AND kv.contracts_key = k.contracts_key`, c, "k.compared_at")
}

// badgeOf is the condition that a publication and the version of the provider in
// the column meet which a badge is about.
func (q *queries) badgeOf(which badges.Query, version string) condition {
	var c condition
	c.and(q.named("c.name"), which.Consumer)
	c.and(q.named("p.name"), which.Provider)
	c.and("pub.latest")
	if which.Tag != "" {
		c.and(q.taggedConsumer(), which.Tag)
	}
	if which.Untagged {
		c.and(sqlHasNoTag)
	}
	if which.ProviderTag != "" {
		c.and("EXISTS (SELECT 1 FROM tags pt WHERE pt.version_id = "+version+" AND "+q.named("pt.name")+")", which.ProviderTag)
	}
	return c
}

func (q *queries) badgeResult(ctx context.Context, columns, join string, c condition, order string) (badges.Result, bool, error) {
	type badgeRow struct {
		Number           int64
		Success          bool
		Pending          bool
		SHA              string
		ProviderVersion  string
		ConsumerPosition int64
	}
	r, found, err := row[badgeRow](ctx, q, "find result", "SELECT "+columns+sqlFromPublications+join+" WHERE "+c.text+" ORDER BY pub.version_position DESC, "+order+" DESC LIMIT 1", c.args...)
	return badges.Result(r), found, err
}
