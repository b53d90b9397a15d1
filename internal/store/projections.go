package store

import "context"

// This file keeps the projections that questions read by key instead of searching
// history: heads of branches and tags, and the first and last successes of
// contents. Each write brings them up to date in its own transaction.

// projections lists those that name a version, read before it is deleted.
type projections struct {
	branches []int64
	tags     []string
	// verified are the contents with a successful result by the version.
	verified []int64
}

func (tx *Tx) projectionsNaming(ctx context.Context, versionID int64) (projections, error) {
	var f projections
	var err error
	if f.branches, err = rows[int64](ctx, &tx.queries, "read branches of version", "SELECT branch_id FROM branch_versions WHERE version_id = ? ORDER BY branch_id", versionID); err != nil {
		return f, err
	}
	if f.tags, err = rows[string](ctx, &tx.queries, "read tags of version", "SELECT name FROM tags WHERE version_id = ? ORDER BY name", versionID); err != nil {
		return f, err
	}
	f.verified, err = tx.contentsVerifiedBy(ctx, versionID)
	return f, err
}

func (tx *Tx) contentsVerifiedBy(ctx context.Context, versionID int64) ([]int64, error) {
	return rows[int64](ctx, &tx.queries, "read contents verified by version",
		"SELECT DISTINCT pact_version_id FROM verifications WHERE provider_version_id = ? AND success ORDER BY pact_version_id", versionID)
}

// rebuild recomputes the projections that named a version of the application.
func (tx *Tx) rebuild(ctx context.Context, pacticipantID int64, f projections) error {
	for _, branch := range f.branches {
		if err := tx.updateBranchHead(ctx, branch, 0); err != nil {
			return err
		}
	}
	for _, tag := range f.tags {
		if err := tx.updateTagHead(ctx, pacticipantID, tag); err != nil {
			return err
		}
	}
	if err := tx.rebuildBranchSuccesses(ctx, f.verified, f.branches); err != nil {
		return err
	}
	return tx.rebuildTagSuccesses(ctx, f.verified, f.tags)
}

// updateBranchHead gives the branch the version with the highest position as its
// head if its head is gone, or is the version that has just left it.
func (tx *Tx) updateBranchHead(ctx context.Context, branchID, left int64) error {
	_, err := tx.exec(ctx, "update branch head", `
		UPDATE branches SET head_version_id =
			(SELECT version_id FROM branch_versions WHERE branch_id = branches.id ORDER BY version_position DESC LIMIT 1)
		WHERE id = ? AND (head_version_id IS NULL OR head_version_id = ?)`, branchID, left)
	return err
}

// updateHeadsOf recomputes the heads of all branches and tags of the application
// that some of its versions have left.
func (tx *Tx) updateHeadsOf(ctx context.Context, pacticipantID int64) error {
	if _, err := tx.exec(ctx, "update branch heads", `
		UPDATE branches SET head_version_id =
			(SELECT version_id FROM branch_versions WHERE branch_id = branches.id ORDER BY version_position DESC LIMIT 1)
		WHERE pacticipant_id = ? AND head_version_id IS NULL`, pacticipantID); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "delete tag heads", "DELETE FROM tag_heads WHERE pacticipant_id = ?", pacticipantID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "update tag heads", `
		INSERT INTO tag_heads (pacticipant_id, name, version_id, first_used_at)`+sqlTagHeads+"= ?"+sqlEachTagHead, pacticipantID)
	return err
}

// The heads of all tags of the applications whose id is as is said between the two.
const (
	sqlTagHeads = `
		SELECT used.pacticipant_id, used.name,
			(SELECT t.version_id FROM tags t WHERE t.pacticipant_id = used.pacticipant_id AND t.name = used.name ORDER BY t.version_position DESC LIMIT 1) AS version_id,
			used.first_used_at
		FROM (SELECT pacticipant_id, name, min(created_at) AS first_used_at FROM tags WHERE pacticipant_id `
	sqlEachTagHead = " GROUP BY pacticipant_id, name) used"
)

// updateTagHead recomputes the newest version with the tag, or deletes the tag.
func (tx *Tx) updateTagHead(ctx context.Context, pacticipantID int64, name string) error {
	if _, err := tx.exec(ctx, "delete tag head", "DELETE FROM tag_heads WHERE pacticipant_id = ? AND name = ?", pacticipantID, name); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "update tag head", `
		INSERT INTO tag_heads (pacticipant_id, name, version_id, first_used_at)
		SELECT pacticipant_id, name, version_id, (SELECT min(created_at) FROM tags f WHERE f.pacticipant_id = t.pacticipant_id AND f.name = t.name)
		FROM tags t WHERE pacticipant_id = ? AND name = ? ORDER BY version_position DESC LIMIT 1`, pacticipantID, name)
	return err
}

const (
	sqlBranchSuccesses = `
		INSERT INTO branch_successes (pact_version_id, branch_id, first_success_at, last_counted_at)
		SELECT r.pact_version_id, bv.branch_id, min(r.created_at), max(CASE WHEN NOT r.wip THEN r.executed_at END)
		FROM verifications r JOIN branch_versions bv ON bv.version_id = r.provider_version_id
		WHERE r.success AND `
	sqlMergeBranchSuccesses = `
		GROUP BY r.pact_version_id, bv.branch_id ORDER BY r.pact_version_id, bv.branch_id
		ON CONFLICT (pact_version_id, branch_id) DO UPDATE SET
			first_success_at = CASE WHEN excluded.first_success_at < branch_successes.first_success_at THEN excluded.first_success_at ELSE branch_successes.first_success_at END,
			last_counted_at = CASE WHEN coalesce(excluded.last_counted_at, 0) > coalesce(branch_successes.last_counted_at, 0) THEN excluded.last_counted_at ELSE branch_successes.last_counted_at END
		WHERE excluded.first_success_at < branch_successes.first_success_at
			OR coalesce(excluded.last_counted_at, 0) > coalesce(branch_successes.last_counted_at, 0)`
	sqlTagSuccesses = `
		INSERT INTO tag_successes (pact_version_id, tag, first_success_at)
		SELECT r.pact_version_id, t.name, min(r.created_at)
		FROM verifications r JOIN tags t ON t.version_id = r.provider_version_id
		WHERE r.success AND `
	sqlMergeTagSuccesses = `
		GROUP BY r.pact_version_id, t.name ORDER BY r.pact_version_id, t.name
		ON CONFLICT (pact_version_id, tag) DO UPDATE SET first_success_at = excluded.first_success_at
		WHERE excluded.first_success_at < tag_successes.first_success_at`
)

// updateSuccessesOnBranch counts the results that the version already has, now
// that it is on the branch.
func (tx *Tx) updateSuccessesOnBranch(ctx context.Context, branchID, versionID int64) error {
	if tx.unused[versionID] {
		return nil
	}
	_, err := tx.exec(ctx, "update successes on branch", sqlBranchSuccesses+"bv.branch_id = ? AND r.provider_version_id = ?"+sqlMergeBranchSuccesses, branchID, versionID)
	return err
}

// updateSuccessesUnderTag does the same for a tag.
func (tx *Tx) updateSuccessesUnderTag(ctx context.Context, name string, versionID int64) error {
	if tx.unused[versionID] {
		return nil
	}
	_, err := tx.exec(ctx, "update successes under tag", sqlTagSuccesses+"t.name = ? AND r.provider_version_id = ?"+sqlMergeTagSuccesses, name, versionID)
	return err
}

// updateSuccess counts one new result on the branches and under the tags of its
// version.
func (tx *Tx) updateSuccess(ctx context.Context, number int64) error {
	if _, err := tx.exec(ctx, "update success on branches", sqlBranchSuccesses+"r.id = ?"+sqlMergeBranchSuccesses, number); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "update success under tags", sqlTagSuccesses+"r.id = ?"+sqlMergeTagSuccesses, number)
	return err
}

// successPlace is where contents succeed: branches, or tags.
type successPlace struct {
	name, table string
	// within is true of one of a few results by a version at the place of the row s,
	// and all reads the results r of all versions there, beginning from the place.
	within, all string
}

var (
	onBranches = successPlace{
		name: "on branches", table: "branch_successes",
		within: "EXISTS (SELECT 1 FROM branch_versions m WHERE m.branch_id = s.branch_id AND m.version_id = few.provider_version_id)",
		all:    "branch_versions m CROSS JOIN verifications r WHERE r.provider_version_id = m.version_id AND m.branch_id = s.branch_id",
	}
	underTags = successPlace{
		name: "under tags", table: "tag_successes",
		within: "EXISTS (SELECT 1 FROM tags m WHERE m.name = s.tag AND m.version_id = few.provider_version_id)",
		all: "tags m CROSS JOIN verifications r WHERE r.provider_version_id = m.version_id AND m.name = s.tag AND m.pacticipant_id =" +
			" (SELECT i.provider_id FROM pact_versions x JOIN all_integrations i ON i.id = x.integration_id WHERE x.id = s.pact_version_id)",
	}
)

// remaining is the SQL of the first or last time of the successes of a content at
// the place of the row s, NULL if there is none any more. Builds without number may
// have verified one content, so they are not all read: a place with many versions
// is mostly found among a few at the end of that order, and else what is at the
// place is read, which then has few.
func (p successPlace) remaining(pick, column, order, which string) string {
	const few = "50"
	sqlOfContent := " FROM verifications r WHERE r.pact_version_id = s.pact_version_id AND " + which
	return "coalesce((SELECT " + pick + "(few." + column + ") FROM (SELECT r.provider_version_id, r." + column + sqlOfContent + " ORDER BY r." + column + order + " LIMIT " + few + ") few WHERE " + p.within + ")," +
		" CASE WHEN (SELECT count(*) FROM (SELECT 1" + sqlOfContent + " LIMIT 1 + " + few + ") more) > " + few +
		" THEN (SELECT " + pick + "(r." + column + ") FROM " + p.all + " AND r.pact_version_id = s.pact_version_id AND " + which + ") END)"
}

func (p successPlace) first() string { return p.remaining("min", "created_at", "", "r.success") }

func (p successPlace) lastCounted() string {
	return p.remaining("max", "executed_at", " DESC", "r.success AND NOT r.wip")
}

func (tx *Tx) rebuildBranchSuccesses(ctx context.Context, contents, branches []int64) error {
	if len(contents) == 0 || len(branches) == 0 {
		return nil
	}
	return tx.rebuildSuccessesAt(ctx, onBranches, "first_success_at = "+onBranches.first()+", last_counted_at = "+onBranches.lastCounted(),
		tx.dialect.Among("s.pact_version_id")+" AND "+tx.dialect.Among("s.branch_id"), tx.dialect.List(contents), tx.dialect.List(branches))
}

func (tx *Tx) rebuildTagSuccesses(ctx context.Context, contents []int64, tags []string) error {
	if len(contents) == 0 || len(tags) == 0 {
		return nil
	}
	under, err := tx.dialect.Texts(tags)
	if err != nil {
		return err
	}
	return tx.rebuildSuccessesAt(ctx, underTags, "first_success_at = "+underTags.first(),
		tx.dialect.Among("s.pact_version_id")+" AND "+tx.dialect.AmongTexts("s.tag"), tx.dialect.List(contents), under)
}

// rebuildSuccessesAt recomputes the successes s that the condition finds, from
// which results have gone.
func (tx *Tx) rebuildSuccessesAt(ctx context.Context, p successPlace, times, condition string, args ...any) error {
	if _, err := tx.exec(ctx, "delete successes "+p.name, "DELETE FROM "+p.table+" AS s WHERE "+condition+" AND "+p.first()+" IS NULL", args...); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "recompute successes "+p.name, "UPDATE "+p.table+" AS s SET "+times+" WHERE "+condition, args...)
	return err
}

// rebuildSuccesses recomputes the successes of contents wherever the version
// that verified them stands, after results of it have gone.
func (tx *Tx) rebuildSuccesses(ctx context.Context, contents []int64, versionID int64) error {
	f, err := tx.projectionsNaming(ctx, versionID)
	if err != nil {
		return err
	}
	if err := tx.rebuildBranchSuccesses(ctx, contents, f.branches); err != nil {
		return err
	}
	return tx.rebuildTagSuccesses(ctx, contents, f.tags)
}
