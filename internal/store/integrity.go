package store

import (
	"context"
	"fmt"
	"strings"
)

// This file compares every projection with what follows from history, in steps
// that are small however much there is. Each step is one statement, so others may
// write meanwhile. What only looks like a projection is left out: which version is
// deployed or supported, and the tags that a version had when it was verified,
// are told by nothing but their own rows.

// checkAtOnce is how many owners of rows one step looks at.
const checkAtOnce = 500

// Part names a part of the data that is looked at by itself. It is a code, which the
// command puts into words.
type Part string

// The parts: the structure of the database, the projections, and the texts.
const (
	Structure       Part = "structure"
	VersionOrder    Part = "version-order"
	BranchHeads     Part = "branch-heads"
	TagHeads        Part = "tag-heads"
	LatestRevisions Part = "latest-revisions"
	LatestResults   Part = "latest-results"
	BranchSuccesses Part = "branch-successes"
	TagSuccesses    Part = "tag-successes"
	ContentCounts   Part = "content-counts"
	ContractsKeys   Part = "contracts-keys"
	Contents        Part = "contents"
	TestResults     Part = "test-results"
	Documents       Part = "documents"
	TestReports     Part = "test-reports"
)

// projectionCheck says how one thing that is kept for reading by key is compared, and
// repaired, owner by owner.
type projectionCheck struct {
	part Part
	// owners is the table in which the ids of the owners are.
	owners string
	// wrong finds the owners within a range of ids whose rows are not what they
	// ought to be. The range stands in it as often as needed.
	wrong string
	// find finds them instead, where they must be read to be compared.
	find func(ctx context.Context, q *queries, low, high int64) ([]int64, error)
	// repair makes the rows of one owner what they ought to be.
	repair func(ctx context.Context, tx *Tx, owner int64) error
}

// ProjectionChecked is what came of comparing one projection with history.
type ProjectionChecked struct {
	Part Part
	// Wrong is how many owners have rows that do not follow from history; First
	// are the ids of the first of them.
	Wrong int64
	First []int64
	// Repaired is how many of them were repaired.
	Repaired int64
}

// Progress is told of long work how far it is.
type Progress func(part Part, done, all int64)

// CheckProjections compares every projection with history and, if told to,
// repairs what differs.
func (d *DB) CheckProjections(ctx context.Context, repair bool, progress Progress) ([]ProjectionChecked, error) {
	var all []ProjectionChecked
	for _, p := range projectionChecks() {
		c := ProjectionChecked{Part: p.part}
		err := d.eachRange(ctx, p.owners, func(low, high, last int64) error {
			progress(p.part, high, last)
			return d.checkRange(ctx, p, low, high, repair, &c)
		})
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", p.part, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// eachRange calls fn with one range of ids of the table after the other.
func (d *DB) eachRange(ctx context.Context, table string, fn func(low, high, last int64) error) error {
	last, _, err := row[int64](ctx, &d.queries, "find last of "+table, "SELECT coalesce(max(id), 0) FROM "+table)
	for low := int64(0); err == nil && low < last; {
		var high int64
		high, _, err = row[int64](ctx, &d.queries, "find next of "+table,
			"SELECT coalesce(max(id), 0) FROM (SELECT id FROM "+table+" WHERE id > ? ORDER BY id LIMIT ?) batch", low, checkAtOnce)
		if err != nil || high == 0 {
			return err
		}
		err = fn(low+1, high, last)
		low = high
	}
	return err
}

func (d *DB) checkRange(ctx context.Context, p projectionCheck, low, high int64, repair bool, c *ProjectionChecked) error {
	const shown = 5
	wrong, err := d.wrongIn(ctx, p, low, high)
	if err != nil {
		return err
	}
	for _, owner := range wrong {
		if c.Wrong++; len(c.First) < shown {
			c.First = append(c.First, owner)
		}
		if !repair {
			continue
		}
		if err := d.InTx(ctx, func(ctx context.Context, tx *Tx) error { return p.repair(ctx, tx, owner) }); err != nil {
			return fmt.Errorf("repair %s of %d: %w", p.part, owner, err)
		}
		left, err := d.wrongIn(ctx, p, owner, owner)
		if err != nil {
			return err
		}
		c.Repaired += int64(1 - len(left))
	}
	return nil
}

func (d *DB) wrongIn(ctx context.Context, p projectionCheck, low, high int64) ([]int64, error) {
	if p.find != nil {
		return p.find(ctx, &d.queries, low, high)
	}
	return rows[int64](ctx, &d.queries, "compare "+string(p.part), p.wrong, rangesIn(p.wrong, low, high)...)
}

// rangesIn are the arguments for a range that stands in a statement as often as
// needed.
func rangesIn(text string, low, high int64) []any {
	var args []any
	for range strings.Count(text, sqlRange) {
		args = append(args, low, high)
	}
	return args
}

const (
	sqlRange = "BETWEEN ? AND ?"
	// sqlVisible leaves out rows x of a pair that awaits being purged, of which
	// some may be gone already.
	sqlVisible = ` AND EXISTS (SELECT 1 FROM integrations i JOIN pacticipants c ON c.id = i.consumer_id JOIN pacticipants p ON p.id = i.provider_id
		WHERE i.id = x.integration_id)`
)

// differing finds the owners of rows that only one of two statements finds. The
// owner is their first column, and of the given kind.
func differing(kept, recomputed, owners string) string {
	return "SELECT DISTINCT d.owner FROM (" +
		"SELECT * FROM (SELECT * FROM (" + kept + ") k EXCEPT SELECT * FROM (" + recomputed + ") r) missing " +
		"UNION ALL SELECT * FROM (SELECT * FROM (" + recomputed + ") r EXCEPT SELECT * FROM (" + kept + ") k) added" +
		") d WHERE " + owners + " ORDER BY d.owner"
}

func projectionChecks() []projectionCheck {
	const (
		sqlApps     = "d.owner IN (SELECT id FROM pacticipants)"
		sqlContents = "EXISTS (SELECT 1 FROM pact_versions x WHERE x.id = d.owner" + sqlVisible + ")"
		sqlAlways   = "d.owner IS NOT NULL"
	)
	return []projectionCheck{
		{part: VersionOrder, owners: "versions", wrong: sqlWrongPositions, repair: repairPositions},
		{part: BranchHeads, owners: "branches", repair: repairBranchHead,
			wrong: "SELECT id FROM branches WHERE id " + sqlRange + " AND coalesce(head_version_id, 0) <> coalesce(" + sqlBranchHead +
				", 0) AND pacticipant_id IN (SELECT id FROM pacticipants) ORDER BY id"},
		{part: TagHeads, owners: "all_pacticipants", repair: repairTagHeads, wrong: differing(
			"SELECT pacticipant_id AS owner, name, version_id, first_used_at FROM tag_heads WHERE pacticipant_id "+sqlRange,
			"SELECT h.pacticipant_id AS owner, h.name, h.version_id, h.first_used_at FROM ("+sqlTagHeads+sqlRange+sqlEachTagHead+") h", sqlApps)},
		{part: LatestRevisions, owners: "versions", repair: repairPublications, wrong: differing(
			"SELECT x.consumer_version_id AS owner, x.id FROM pact_publications x WHERE x.latest AND x.consumer_version_id "+sqlRange+sqlVisible,
			"SELECT x.consumer_version_id AS owner, x.id FROM pact_publications x WHERE x.consumer_version_id "+sqlRange+" AND "+sqlIsLastRevision+sqlVisible, sqlAlways)},
		{part: LatestResults, owners: "pact_versions", repair: repairResults, wrong: differing(
			"SELECT pact_version_id AS owner, id FROM verifications WHERE latest AND pact_version_id "+sqlRange,
			"SELECT pact_version_id AS owner, max(id) AS id FROM verifications WHERE pact_version_id "+sqlRange+" GROUP BY pact_version_id, provider_version_id", sqlContents)},
		{part: BranchSuccesses, owners: "pact_versions", repair: repairSuccessesOnBranches, wrong: differing(
			"SELECT pact_version_id AS owner, branch_id, first_success_at, coalesce(last_counted_at, 0) AS counted FROM branch_successes WHERE pact_version_id "+sqlRange,
			"SELECT s.owner, s.branch_id, s.first, coalesce(s.counted, 0) AS counted FROM ("+
				"SELECT r.pact_version_id AS owner, bv.branch_id, min(r.created_at) AS first, max(CASE WHEN NOT r.wip THEN r.executed_at END) AS counted"+
				" FROM verifications r JOIN branch_versions bv ON bv.version_id = r.provider_version_id WHERE r.success AND r.pact_version_id "+sqlRange+
				" GROUP BY r.pact_version_id, bv.branch_id) s", sqlContents)},
		{part: TagSuccesses, owners: "pact_versions", repair: repairSuccessesUnderTags, wrong: differing(
			"SELECT pact_version_id AS owner, tag, first_success_at FROM tag_successes WHERE pact_version_id "+sqlRange,
			"SELECT r.pact_version_id AS owner, t.name AS tag, min(r.created_at) AS first FROM verifications r JOIN tags t ON t.version_id = r.provider_version_id"+
				" WHERE r.success AND r.pact_version_id "+sqlRange+" GROUP BY r.pact_version_id, t.name", sqlContents)},
		{part: ContentCounts, owners: "pact_versions", find: wronglyCounted, repair: repairCounts},
		{part: ContractsKeys, owners: "versions", find: wronglyKeyed, repair: repairContractsKey},
	}
}

// sqlWrongPositions finds the versions whose place in the order is not copied as
// it is.
const sqlWrongPositions = `
	SELECT v.id FROM versions v JOIN branch_versions x ON x.version_id = v.id WHERE v.id BETWEEN ? AND ? AND x.version_position <> v.position
	UNION SELECT v.id FROM versions v JOIN tags x ON x.version_id = v.id
		WHERE v.id BETWEEN ? AND ? AND (x.version_position <> v.position OR x.pacticipant_id <> v.pacticipant_id)
	UNION SELECT v.id FROM versions v JOIN pact_publications x ON x.consumer_version_id = v.id WHERE v.id BETWEEN ? AND ? AND x.version_position <> v.position
	ORDER BY 1`

func repairPositions(ctx context.Context, tx *Tx, version int64) error {
	if err := tx.lockOwner(ctx, version); err != nil {
		return err
	}
	const sqlPosition = "(SELECT position FROM versions WHERE id = ?)"
	for _, repair := range []string{
		"UPDATE branch_versions SET version_position = " + sqlPosition + " WHERE version_id = ?",
		"UPDATE tags SET version_position = " + sqlPosition + ", pacticipant_id = (SELECT v.pacticipant_id FROM versions v WHERE v.id = version_id) WHERE version_id = ?",
		"UPDATE pact_publications SET version_position = " + sqlPosition + " WHERE consumer_version_id = ?",
	} {
		if _, err := tx.exec(ctx, "repair positions", repair, version, version); err != nil {
			return err
		}
	}
	return nil
}

// sqlBranchHead is the head that a branch ought to have: the kept one, unless that is
// not on the branch, or another version came there later and is higher as well. Versions
// that have gone again, after which the highest is the head, leave no trace. The head that
// an import has brought is what its source said, and stays.
const sqlBranchHead = `(CASE WHEN ` + sqlHeadOnBranch + ` AND NOT (` + sqlLaterHead + `) THEN head_version_id ELSE ` + sqlLastOnBranch + ` END)`

const (
	sqlHeadOnBranch = `EXISTS (SELECT 1 FROM branch_versions h WHERE h.branch_id = branches.id AND h.version_id = branches.head_version_id)`
	sqlLastOnBranch = `(SELECT l.version_id FROM branch_versions l WHERE l.branch_id = branches.id ORDER BY l.id DESC LIMIT 1)`
	sqlLaterHead    = `(coalesce(imported_head_id, 0) <> head_version_id AND
			(SELECT l.version_position FROM branch_versions l WHERE l.branch_id = branches.id ORDER BY l.id DESC LIMIT 1) >
			(SELECT h.version_position FROM branch_versions h WHERE h.branch_id = branches.id AND h.version_id = branches.head_version_id))`
)

func repairBranchHead(ctx context.Context, tx *Tx, branch int64) error {
	owner, found, err := row[int64](ctx, &tx.queries, "find owner of branch", "SELECT pacticipant_id FROM branches WHERE id = ?", branch)
	if err != nil || !found {
		return err
	}
	if err := tx.lockPacticipant(ctx, owner); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "repair branch head", "UPDATE branches SET head_version_id = "+sqlBranchHead+" WHERE id = ?", branch)
	return err
}

func repairTagHeads(ctx context.Context, tx *Tx, pacticipant int64) error {
	if err := tx.lockPacticipant(ctx, pacticipant); err != nil {
		return err
	}
	return tx.updateHeadsOf(ctx, pacticipant)
}

// sqlIsLastRevision is true of the publications x that no other has replaced.
const sqlIsLastRevision = `x.revision = (SELECT max(y.revision) FROM pact_publications y
	WHERE y.consumer_version_id = x.consumer_version_id AND y.integration_id = x.integration_id)`

func repairPublications(ctx context.Context, tx *Tx, version int64) error {
	if err := tx.lockOwner(ctx, version); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "clear latest revisions", "UPDATE pact_publications SET latest = ? WHERE consumer_version_id = ? AND latest", false, version); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "repair latest revisions", "UPDATE pact_publications SET latest = ? WHERE id IN (SELECT x.id FROM pact_publications x WHERE x.consumer_version_id = ? AND "+
		sqlIsLastRevision+")", true, version)
	return err
}

func repairResults(ctx context.Context, tx *Tx, content int64) error {
	if err := tx.lockProviderOf(ctx, content); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "clear latest results", "UPDATE verifications SET latest = ? WHERE pact_version_id = ? AND latest", false, content); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "repair latest results",
		"UPDATE verifications SET latest = ? WHERE id IN (SELECT max(id) FROM verifications WHERE pact_version_id = ? GROUP BY provider_version_id)", true, content)
	return err
}

func repairSuccessesOnBranches(ctx context.Context, tx *Tx, content int64) error {
	if err := tx.lockProviderOf(ctx, content); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "delete successes on branches", "DELETE FROM branch_successes WHERE pact_version_id = ?", content); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "repair successes on branches", sqlBranchSuccesses+"r.pact_version_id = ?"+sqlMergeBranchSuccesses, content)
	return err
}

func repairSuccessesUnderTags(ctx context.Context, tx *Tx, content int64) error {
	if err := tx.lockProviderOf(ctx, content); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "delete successes under tags", "DELETE FROM tag_successes WHERE pact_version_id = ?", content); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "repair successes under tags", sqlTagSuccesses+"r.pact_version_id = ?"+sqlMergeTagSuccesses, content)
	return err
}

// lockProviderOf locks the application whose versions verify the content.
func (tx *Tx) lockProviderOf(ctx context.Context, content int64) error {
	provider, found, err := row[int64](ctx, &tx.queries, "find provider of content",
		"SELECT i.provider_id FROM pact_versions x JOIN all_integrations i ON i.id = x.integration_id WHERE x.id = ?", content)
	if err != nil || !found {
		return err
	}
	return tx.lockPacticipant(ctx, provider)
}
