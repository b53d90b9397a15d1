package store

import (
	"context"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
)

// tables are what a question reads, all joined, and the conditions on them.
type tables struct {
	names []string
	condition
}

func (t *tables) add(names ...string) { t.names = append(t.names, names...) }

// from is the FROM and the WHERE clause.
func (t *tables) from() string {
	return " FROM " + strings.Join(t.names, ", ") + " WHERE " + t.text
}

func (q *queries) Pacts(ctx context.Context, which contracts.Query) ([]contracts.Publication, int, error) {
	listed := q.listed(which)
	sqlOrder := " ORDER BY lower(c.name), c.name, lower(p.name), p.name, pub.version_position"
	if which.NewestFirst {
		sqlOrder += " DESC"
	}
	if which.Limit == 0 {
		found, err := rows[publicationRow](ctx, q, "list pacts", "SELECT "+sqlPublicationColumns+listed.from()+sqlOrder, listed.args...)
		return toPublications(found), len(found), err
	}
	found, err := rows[publicationRow](ctx, q, "list pacts", "SELECT "+sqlPublicationColumns+listed.from()+sqlOrder+" LIMIT ? OFFSET ?",
		append(listed.args[:len(listed.args):len(listed.args)], which.Limit, which.Offset)...)
	if err != nil {
		return nil, 0, err
	}
	total, _, err := row[int](ctx, q, "count pacts", "SELECT count(*)"+listed.from(), listed.args...)
	return toPublications(found), total, err
}

func (tx *Tx) RemovePacts(ctx context.Context, which contracts.Query) (int64, error) {
	if err := tx.lockPacticipant(ctx, which.ConsumerID); err != nil {
		return 0, err
	}
	listed := tx.listed(which)
	return tx.exec(ctx, "remove pacts", `DELETE FROM pact_publications WHERE (integration_id, consumer_version_id) IN
		(SELECT pub.integration_id, pub.consumer_version_id`+listed.from()+")", listed.args...)
}

// listed finds the publications of a listing. It starts at what is narrowest:
// the tag, the branch or the pair, from where one step into an index leads to
// the publication that counts, so that the cost grows with what is found.
func (q *queries) listed(which contracts.Query) *tables {
	t := &tables{}
	t.add("integrations i", "pacticipants c", "pacticipants p", "versions v", "pact_versions pv")
	t.and("c.id = i.consumer_id AND p.id = i.provider_id AND v.id = pub.consumer_version_id AND pv.id = pub.pact_version_id")
	if which.ConsumerID != 0 {
		t.and("i.consumer_id = ?", which.ConsumerID)
	}
	if which.ProviderID != 0 {
		t.and("i.provider_id = ?", which.ProviderID)
	}
	if which.Number != "" {
		t.and(q.named("v.number"), which.Number)
	}
	if !which.LatestOnly {
		q.candidates(t, which, "pub")
		return t
	}
	newest := &tables{}
	q.candidates(newest, which, "x")
	t.add("pact_publications pub")
	t.and("pub.id = (SELECT x.id"+newest.from()+" ORDER BY x.version_position DESC LIMIT 1)", newest.args...)
	return t
}

// candidates adds the publications of the pair i that count and whose consumer
// version is of the kind that is asked for.
func (q *queries) candidates(t *tables, which contracts.Query, pub string) {
	t.add("pact_publications " + pub)
	t.and(pub + ".integration_id = i.id AND " + pub + ".latest")
	if which.Tag != "" {
		t.add("tags t")
		t.and("t.pacticipant_id = i.consumer_id AND "+q.named("t.name")+" AND "+pub+".consumer_version_id = t.version_id", which.Tag)
	}
	if which.Environment != "" {
		t.and(pub+`.consumer_version_id IN (
			SELECT d.version_id FROM deployed_versions d, environments e WHERE d.environment_id = e.id AND e.name = ? AND d.currently_deployed
			UNION SELECT r.version_id FROM released_versions r, environments e WHERE r.environment_id = e.id AND e.name = ? AND r.currently_supported)`,
			which.Environment, which.Environment)
	}
	switch {
	case which.MainBranch:
		t.and("b.name = c.main_branch")
	case which.Branch != "":
		t.and("b.name = ?", which.Branch)
	default:
		return
	}
	t.add("branches b")
	t.and("b.pacticipant_id = i.consumer_id")
	if which.HeadsOnly {
		t.and(pub + ".consumer_version_id = b.head_version_id")
		return
	}
	t.add("branch_versions bv")
	t.and("bv.branch_id = b.id AND " + pub + ".consumer_version_id = bv.version_id")
}

func (q *queries) PactsBefore(ctx context.Context, p contracts.Publication, without []int64, limit int) ([]contracts.Publication, error) {
	found, err := rows[publicationRow](ctx, q, "find pacts before", "SELECT "+sqlPublicationColumns+sqlFromPublications+
		"WHERE pub.integration_id = ? AND pub.latest AND pub.version_position < ? AND NOT "+q.dialect.Among("pub.pact_version_id")+" ORDER BY pub.version_position DESC LIMIT ?",
		p.IntegrationID, p.VersionPosition, q.dialect.List(without), limit)
	return toPublications(found), err
}

func (q *queries) ContentBodies(ctx context.Context, contentIDs ...int64) (map[int64][]byte, error) {
	type bodyRow struct {
		ID   int64
		Body []byte
	}
	found, err := rows[bodyRow](ctx, q, "read contents", "SELECT id, body FROM pact_versions WHERE "+q.dialect.Among("id")+" ORDER BY id", q.dialect.List(contentIDs))
	bodies := make(map[int64][]byte, len(found))
	for _, r := range found {
		if bodies[r.ID], err = unpack(r.Body); err != nil {
			return nil, err
		}
	}
	return bodies, err
}
