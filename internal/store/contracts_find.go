package store

import (
	"context"

	"github.com/accord-broker/accord/internal/contracts"
)

// condition collects what a WHERE clause asks for.
type condition struct {
	text string
	args []any
}

func (c *condition) and(text string, args ...any) {
	if c.text != "" {
		c.text += " AND "
	}
	c.text += text
	c.args = append(c.args, args...)
}

// with asks for another condition as well.
func (c *condition) with(other condition) { c.and(other.text, other.args...) }

const (
	sqlHasNoTag  = "NOT EXISTS (SELECT 1 FROM tags t WHERE t.version_id = pub.consumer_version_id)"
	sqlHasBranch = "EXISTS (SELECT 1 FROM branch_versions bv JOIN branches b ON b.id = bv.branch_id WHERE bv.version_id = pub.consumer_version_id AND b.name = ?)"
	sqlNewest    = " ORDER BY pub.version_position DESC, pub.revision DESC LIMIT 1"
)

// taggedConsumer asks for publications whose consumer version has a tag.
func (q *queries) taggedConsumer() string {
	return "EXISTS (SELECT 1 FROM tags t WHERE t.version_id = pub.consumer_version_id AND " + q.named("t.name") + ")"
}

func (q *queries) FindPact(ctx context.Context, which contracts.PactQuery) (contracts.Publication, bool, error) {
	p, found, err := q.findPact(ctx, which)
	if err != nil || found {
		return p, found, err
	}
	if renamed, err := q.usePresentNames(ctx, &which.Consumer, &which.Provider); err != nil || !renamed {
		return p, false, err
	}
	return q.findPact(ctx, which)
}

func (q *queries) findPact(ctx context.Context, which contracts.PactQuery) (contracts.Publication, bool, error) {
	if len(which.Among)+len(which.AmongID) > 0 {
		numbers, err := q.dialect.Texts(which.Among)
		if err != nil {
			return contracts.Publication{}, false, err
		}
		preferred := q.whichPact(which)
		preferred.and("("+q.dialect.AmongTexts("v.number")+" OR "+q.dialect.Among("v.id")+")", numbers, q.dialect.List(which.AmongID))
		r, found, err := q.publication(ctx, preferred)
		if err != nil || found {
			return r, found, err
		}
	}
	return q.publication(ctx, q.whichPact(which))
}

func (q *queries) ConsumerVersionsAmong(ctx context.Context, which contracts.PactQuery) ([]string, error) {
	if len(which.Among)+len(which.AmongID) == 0 {
		return nil, nil
	}
	numbers, err := q.dialect.Texts(which.Among)
	if err != nil {
		return nil, err
	}
	if _, err := q.usePresentNames(ctx, &which.Consumer); err != nil {
		return nil, err
	}
	return rows[string](ctx, q, "read preferred versions", "SELECT v.number"+sqlFromVersions+"WHERE "+q.named("p.name")+
		" AND ("+q.dialect.AmongTexts("v.number")+" OR "+q.dialect.Among("v.id")+") ORDER BY v.position DESC", which.Consumer, numbers, q.dialect.List(which.AmongID))
}

func (q *queries) publication(ctx context.Context, c condition) (contracts.Publication, bool, error) {
	r, found, err := row[publicationRow](ctx, q, "find pact", "SELECT "+sqlPublicationColumns+sqlFromPublications+"WHERE "+c.text+sqlNewest, c.args...)
	return r.toPublication(), found, err
}

func (q *queries) whichPact(which contracts.PactQuery) condition {
	var c condition
	c.and(q.named("c.name"), which.Consumer)
	c.and(q.named("p.name"), which.Provider)
	if which.SHA == "" {
		c.and("pub.latest")
	} else {
		c.and("pv.sha = ?", which.SHA)
	}
	if which.Number != "" {
		c.and(q.named("v.number"), which.Number)
	}
	if which.Tag != "" {
		c.and(q.taggedConsumer(), which.Tag)
	}
	if which.Branch != "" {
		c.and(sqlHasBranch, which.Branch)
	}
	if which.Untagged {
		c.and(sqlHasNoTag)
	}
	return c
}

func (q *queries) PactsOfVersions(ctx context.Context, versionIDs ...int64) (map[int64][]contracts.Publication, error) {
	found, err := rows[publicationRow](ctx, q, "read pacts of versions",
		"SELECT "+sqlPublicationColumns+sqlFromPublications+"WHERE "+q.dialect.Among("pub.consumer_version_id")+" AND pub.latest ORDER BY lower(p.name), pub.id", q.dialect.List(versionIDs))
	pacts := map[int64][]contracts.Publication{}
	for _, r := range found {
		pacts[r.VersionID] = append(pacts[r.VersionID], r.toPublication())
	}
	return pacts, err
}
