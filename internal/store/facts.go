package store

import "context"

// This file keeps the facts that questions read by key instead of searching
// history: heads of branches and tags, and the first and last successes of
// contents. Each write brings them up to date in its own transaction.

// facts lists which kept facts name a version, read before it is deleted.
type facts struct {
	branches []int64
	tags     []string
	// verified are the contents with a successful result by the version.
	verified []int64
}

func (tx *Tx) factsNaming(ctx context.Context, versionID int64) (facts, error) {
	var f facts
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

// rebuild recomputes the facts that named a version of the application.
func (tx *Tx) rebuild(ctx context.Context, pacticipantID int64, f facts) error {
	for _, branch := range f.branches {
		if err := tx.keepBranchHead(ctx, branch, 0); err != nil {
			return err
		}
	}
	for _, tag := range f.tags {
		if err := tx.keepTagHead(ctx, pacticipantID, tag); err != nil {
			return err
		}
	}
	if err := tx.rebuildBranchSuccesses(ctx, f.verified, f.branches); err != nil {
		return err
	}
	return tx.rebuildTagSuccesses(ctx, f.verified, f.tags)
}

// keepBranchHead gives the branch the version with the highest position as its
// head if its head is gone, or is the version that has just left it.
func (tx *Tx) keepBranchHead(ctx context.Context, branchID, left int64) error {
	_, err := tx.exec(ctx, "keep branch head", `
		UPDATE branches SET head_version_id =
			(SELECT version_id FROM branch_versions WHERE branch_id = branches.id ORDER BY version_position DESC LIMIT 1)
		WHERE id = ? AND (head_version_id IS NULL OR head_version_id = ?)`, branchID, left)
	return err
}

// keepHeadsOf recomputes the heads of all branches and tags of the application
// that some of its versions have left.
func (tx *Tx) keepHeadsOf(ctx context.Context, pacticipantID int64) error {
	if _, err := tx.exec(ctx, "keep branch heads", `
		UPDATE branches SET head_version_id =
			(SELECT version_id FROM branch_versions WHERE branch_id = branches.id ORDER BY version_position DESC LIMIT 1)
		WHERE pacticipant_id = ? AND head_version_id IS NULL`, pacticipantID); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "forget tag heads", "DELETE FROM tag_heads WHERE pacticipant_id = ?", pacticipantID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "keep tag heads", `
		INSERT INTO tag_heads (pacticipant_id, name, version_id, first_used_at)
		SELECT used.pacticipant_id, used.name,
			(SELECT t.version_id FROM tags t WHERE t.pacticipant_id = used.pacticipant_id AND t.name = used.name ORDER BY t.version_position DESC LIMIT 1),
			used.first_used_at
		FROM (SELECT pacticipant_id, name, min(created_at) AS first_used_at FROM tags WHERE pacticipant_id = ? GROUP BY pacticipant_id, name) used`, pacticipantID)
	return err
}

// keepTagHead recomputes the newest version with the tag, or forgets the tag.
func (tx *Tx) keepTagHead(ctx context.Context, pacticipantID int64, name string) error {
	if _, err := tx.exec(ctx, "forget tag head", "DELETE FROM tag_heads WHERE pacticipant_id = ? AND name = ?", pacticipantID, name); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "keep tag head", `
		INSERT INTO tag_heads (pacticipant_id, name, version_id, first_used_at)
		SELECT pacticipant_id, name, version_id, (SELECT min(created_at) FROM tags f WHERE f.pacticipant_id = t.pacticipant_id AND f.name = t.name)
		FROM tags t WHERE pacticipant_id = ? AND name = ? ORDER BY version_position DESC LIMIT 1`, pacticipantID, name)
	return err
}

const (
	branchSuccesses = `
		INSERT INTO branch_successes (pact_version_id, branch_id, first_success_at, last_counted_at)
		SELECT r.pact_version_id, bv.branch_id, min(r.created_at), max(CASE WHEN NOT r.wip THEN r.executed_at END)
		FROM verifications r JOIN branch_versions bv ON bv.version_id = r.provider_version_id
		WHERE r.success AND `
	mergeBranchSuccesses = `
		GROUP BY r.pact_version_id, bv.branch_id ORDER BY r.pact_version_id, bv.branch_id
		ON CONFLICT (pact_version_id, branch_id) DO UPDATE SET
			first_success_at = CASE WHEN excluded.first_success_at < branch_successes.first_success_at THEN excluded.first_success_at ELSE branch_successes.first_success_at END,
			last_counted_at = CASE WHEN coalesce(excluded.last_counted_at, 0) > coalesce(branch_successes.last_counted_at, 0) THEN excluded.last_counted_at ELSE branch_successes.last_counted_at END
		WHERE excluded.first_success_at < branch_successes.first_success_at
			OR coalesce(excluded.last_counted_at, 0) > coalesce(branch_successes.last_counted_at, 0)`
	tagSuccesses = `
		INSERT INTO tag_successes (pact_version_id, tag, first_success_at)
		SELECT r.pact_version_id, t.name, min(r.created_at)
		FROM verifications r JOIN tags t ON t.version_id = r.provider_version_id
		WHERE r.success AND `
	mergeTagSuccesses = `
		GROUP BY r.pact_version_id, t.name ORDER BY r.pact_version_id, t.name
		ON CONFLICT (pact_version_id, tag) DO UPDATE SET first_success_at = excluded.first_success_at
		WHERE excluded.first_success_at < tag_successes.first_success_at`
)

// keepSuccessesOnBranch counts the results that the version already has, now
// that it is on the branch.
func (tx *Tx) keepSuccessesOnBranch(ctx context.Context, branchID, versionID int64) error {
	_, err := tx.exec(ctx, "keep successes on branch", branchSuccesses+"bv.branch_id = ? AND r.provider_version_id = ?"+mergeBranchSuccesses, branchID, versionID)
	return err
}

// keepSuccessesUnderTag does the same for a tag.
func (tx *Tx) keepSuccessesUnderTag(ctx context.Context, name string, versionID int64) error {
	_, err := tx.exec(ctx, "keep successes under tag", tagSuccesses+"t.name = ? AND r.provider_version_id = ?"+mergeTagSuccesses, name, versionID)
	return err
}

// keepSuccess counts one new result on the branches and under the tags of its
// version.
func (tx *Tx) keepSuccess(ctx context.Context, number int64) error {
	if _, err := tx.exec(ctx, "keep success on branches", branchSuccesses+"r.id = ?"+mergeBranchSuccesses, number); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "keep success under tags", tagSuccesses+"r.id = ?"+mergeTagSuccesses, number)
	return err
}

func (tx *Tx) rebuildBranchSuccesses(ctx context.Context, contents, branches []int64) error {
	if len(contents) == 0 || len(branches) == 0 {
		return nil
	}
	of, on := tx.list(contents), tx.list(branches)
	if _, err := tx.exec(ctx, "forget successes on branches", "DELETE FROM branch_successes WHERE "+tx.among("pact_version_id")+" AND "+tx.among("branch_id"), of, on); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "recompute successes on branches", branchSuccesses+tx.among("r.pact_version_id")+" AND "+tx.among("bv.branch_id")+mergeBranchSuccesses, of, on)
	return err
}

func (tx *Tx) rebuildTagSuccesses(ctx context.Context, contents []int64, tags []string) error {
	if len(contents) == 0 || len(tags) == 0 {
		return nil
	}
	under, err := tx.texts(tags)
	if err != nil {
		return err
	}
	of := tx.list(contents)
	if _, err := tx.exec(ctx, "forget successes under tags", "DELETE FROM tag_successes WHERE "+tx.among("pact_version_id")+" AND "+tx.amongTexts("tag"), of, under); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "recompute successes under tags", tagSuccesses+tx.among("r.pact_version_id")+" AND "+tx.amongTexts("t.name")+mergeTagSuccesses, of, under)
	return err
}

// rebuildSuccesses recomputes the successes of contents wherever the version
// that verified them stands, after results of it have gone.
func (tx *Tx) rebuildSuccesses(ctx context.Context, contents []int64, versionID int64) error {
	f, err := tx.factsNaming(ctx, versionID)
	if err != nil {
		return err
	}
	if err := tx.rebuildBranchSuccesses(ctx, contents, f.branches); err != nil {
		return err
	}
	return tx.rebuildTagSuccesses(ctx, contents, f.tags)
}
