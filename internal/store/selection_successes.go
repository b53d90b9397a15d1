package store

import (
	"context"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/selection"
)

func (q *queries) Succeeded(ctx context.Context, contentIDs []int64) (map[int64]bool, error) {
	return q.contents(ctx, "read successes", `
		SELECT pv.id FROM pact_versions pv WHERE `+q.dialect.Among("pv.id")+`
			AND EXISTS (SELECT 1 FROM verifications r WHERE r.pact_version_id = pv.id AND r.success) ORDER BY pv.id`, q.dialect.List(contentIDs))
}

func (q *queries) contents(ctx context.Context, what, text string, args ...any) (map[int64]bool, error) {
	found, err := rows[int64](ctx, q, what, text, args...)
	set := make(map[int64]bool, len(found))
	for _, id := range found {
		set[id] = true
	}
	return set, err
}

func (q *queries) BranchSuccesses(ctx context.Context, contentIDs []int64, branchID int64) (map[int64]selection.BranchSuccesses, error) {
	type successRow struct {
		ID            int64
		FirstAt       micros
		Own           bool
		LastCountedAt *micros
	}
	found, err := rows[successRow](ctx, q, "read successes by branch", `
		SELECT pv.id, o.branch_id IS NOT NULL AS own, o.last_counted_at,
			(SELECT min(s.first_success_at) FROM branch_successes s WHERE s.pact_version_id = pv.id) AS first_at
		FROM pact_versions pv LEFT JOIN branch_successes o ON o.pact_version_id = pv.id AND o.branch_id = ?
		WHERE `+q.dialect.Among("pv.id")+` AND EXISTS (SELECT 1 FROM branch_successes s WHERE s.pact_version_id = pv.id) ORDER BY pv.id`, branchID, q.dialect.List(contentIDs))
	of := make(map[int64]selection.BranchSuccesses, len(found))
	for _, r := range found {
		s := selection.BranchSuccesses{First: r.FirstAt.Time(), Own: r.Own}
		if r.LastCountedAt != nil {
			s.Counted = r.LastCountedAt.Time()
		}
		of[r.ID] = s
	}
	return of, err
}

func (q *queries) TagSuccesses(ctx context.Context, contentIDs []int64, tags []string) (map[int64]selection.TagSuccesses, error) {
	return q.successesByTag(ctx, "tag_successes", "first_success_at", contentIDs, tags)
}

func (q *queries) CountedTags(ctx context.Context, contentIDs []int64, tags []string) (map[int64]selection.TagSuccesses, error) {
	return q.successesByTag(ctx, "verified_tags", "recorded_at", contentIDs, tags)
}

// successesByTag reads a table of successes: when the first was, and for each
// of the tags asked for whether there is one.
func (q *queries) successesByTag(ctx context.Context, table, at string, contentIDs []int64, tags []string) (map[int64]selection.TagSuccesses, error) {
	list, err := q.dialect.Texts(tags)
	if err != nil {
		return nil, err
	}
	type successRow struct {
		ID      int64
		FirstAt *micros
		Tag     string
		Own     bool
	}
	found, err := rows[successRow](ctx, q, "read successes by tag", `
		SELECT pv.id, asked.value AS tag,
			(SELECT min(s.`+at+`) FROM `+table+` s WHERE s.pact_version_id = pv.id) AS first_at,
			EXISTS (SELECT 1 FROM `+table+` s WHERE s.pact_version_id = pv.id AND `+q.same("s.tag", "asked.value")+`) AS own
		FROM pact_versions pv`+q.dialect.JoinTexts()+` WHERE `+q.dialect.Among("pv.id")+" ORDER BY pv.id, tag", list, q.dialect.List(contentIDs))
	of := map[int64]selection.TagSuccesses{}
	for _, r := range found {
		if r.FirstAt == nil {
			continue
		}
		s := of[r.ID]
		s.First = r.FirstAt.Time()
		if r.Own && !slices.Contains(s.Own, r.Tag) {
			s.Own = append(s.Own, r.Tag)
		}
		of[r.ID] = s
	}
	return of, err
}

func (q *queries) CountedElsewhere(ctx context.Context, contentIDs []int64, branchID int64, from, before time.Time) (map[int64]bool, error) {
	return q.contents(ctx, "read successes on other branches", `
		SELECT pv.id FROM pact_versions pv WHERE `+q.dialect.Among("pv.id")+` AND EXISTS (
			SELECT 1 FROM verifications r JOIN branch_versions bv ON bv.version_id = r.provider_version_id AND bv.branch_id <> ?
			WHERE r.pact_version_id = pv.id AND r.success AND NOT r.wip AND r.executed_at >= ? AND r.executed_at < ?)
		ORDER BY pv.id`, q.dialect.List(contentIDs), branchID, microsOf(from), microsOf(before))
}
