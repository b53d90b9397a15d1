package store

import (
	"context"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

type branchRow struct {
	ID            int64
	PacticipantID int64
	Name          string
	HeadVersionID *int64
	CreatedAt     micros
	UpdatedAt     micros
	ClosedAt      *micros
}

const sqlBranchColumns = "b.id, b.pacticipant_id, b.name, b.head_version_id, b.created_at, b.updated_at, b.closed_at"

func (r branchRow) toBranch() versions.Branch {
	b := versions.Branch{ID: r.ID, PacticipantID: r.PacticipantID, Name: r.Name, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(), ClosedAt: timeOrZero(r.ClosedAt)}
	if r.HeadVersionID != nil {
		b.HeadVersionID = *r.HeadVersionID
	}
	return b
}

type branchVersionRow struct {
	VersionID int64
	BranchID  int64
	Branch    string
	Latest    bool
	CreatedAt micros
	UpdatedAt micros

	BranchUpdatedAt micros
	BranchClosedAt  *micros
}

const sqlBranchVersionColumns = "bv.version_id, bv.branch_id, b.name AS branch, coalesce(b.head_version_id = bv.version_id, false) AS latest, bv.created_at, bv.updated_at, b.updated_at AS branch_updated_at, b.closed_at AS branch_closed_at"

func (r branchVersionRow) toBranchVersion() versions.BranchVersion {
	return versions.BranchVersion{
		VersionID: r.VersionID, BranchID: r.BranchID, Branch: r.Branch, Latest: r.Latest, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(),
		BranchUpdatedAt: r.BranchUpdatedAt.Time(), BranchClosedAt: timeOrZero(r.BranchClosedAt),
	}
}

func (q *queries) FindBranch(ctx context.Context, pacticipant pacticipants.Pacticipant, name string) (versions.Branch, bool, error) {
	r, found, err := row[branchRow](ctx, q, "find branch", "SELECT "+sqlBranchColumns+" FROM branches b WHERE b.pacticipant_id = ? AND b.name = ?", pacticipant.ID, name)
	return r.toBranch(), found, err
}

// BranchesOf returns the branches that the versions are on, oldest membership
// first.
func (q *queries) BranchesOf(ctx context.Context, versionIDs ...int64) ([]versions.BranchVersion, error) {
	found, err := rows[branchVersionRow](ctx, q, "read branches of versions",
		"SELECT "+sqlBranchVersionColumns+" FROM branch_versions bv JOIN branches b ON b.id = bv.branch_id WHERE "+q.dialect.Among("bv.version_id")+" ORDER BY bv.id", q.dialect.List(versionIDs))
	memberships := make([]versions.BranchVersion, len(found))
	for i, r := range found {
		memberships[i] = r.toBranchVersion()
	}
	return memberships, err
}

// AddToBranch puts the version on the branch as its head, making the branch if
// it is new, and reopening it if it is closed; created is false, and nothing changes, if it is on it already.
func (tx *Tx) AddToBranch(ctx context.Context, v versions.Version, branch string, auto bool) (versions.BranchVersion, bool, error) {
	b, isNew, err := tx.findOrAddBranch(ctx, v.PacticipantID, branch)
	if err != nil {
		return versions.BranchVersion{}, false, err
	}
	id, err := tx.insert(ctx, "add version to branch", `
		INSERT INTO branch_versions (branch_id, version_id, version_position, auto_created, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (branch_id, version_id) DO NOTHING RETURNING id`, b.ID, v.ID, v.Position, auto, tx.now, tx.now)
	if err != nil {
		return versions.BranchVersion{}, false, err
	}
	if id != 0 {
		if _, err := tx.exec(ctx, "update branch head", "UPDATE branches SET head_version_id = ?, updated_at = ?, closed_at = NULL WHERE id = ?", v.ID, tx.now, b.ID); err != nil {
			return versions.BranchVersion{}, false, err
		}
		added := branchVersionRow{VersionID: v.ID, BranchID: b.ID, Branch: b.Name, Latest: true, CreatedAt: tx.now, UpdatedAt: tx.now, BranchUpdatedAt: tx.now}.toBranchVersion()
		added.NewBranch, added.Reopened = isNew, b.ClosedAt != nil
		return added, true, tx.updateSuccessesOnBranch(ctx, b.ID, v.ID)
	}
	r, _, err := row[branchVersionRow](ctx, &tx.queries, "read branch version",
		"SELECT "+sqlBranchVersionColumns+" FROM branch_versions bv JOIN branches b ON b.id = bv.branch_id WHERE bv.branch_id = ? AND bv.version_id = ?", b.ID, v.ID)
	return r.toBranchVersion(), false, err
}

func (tx *Tx) findOrAddBranch(ctx context.Context, pacticipantID int64, name string) (b branchRow, isNew bool, err error) {
	const sqlFindBranch = "SELECT " + sqlBranchColumns + " FROM branches b WHERE b.pacticipant_id = ? AND b.name = ?"
	b, found, err := row[branchRow](ctx, &tx.queries, "find branch", sqlFindBranch, pacticipantID, name)
	if err != nil || found {
		return b, false, err
	}
	id, err := tx.insert(ctx, "add branch", `
		INSERT INTO branches (pacticipant_id, name, created_at, updated_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (pacticipant_id, name) DO NOTHING RETURNING id`, pacticipantID, name, tx.now, tx.now)
	if err != nil {
		return branchRow{}, false, err
	}
	if id != 0 {
		return branchRow{ID: id, PacticipantID: pacticipantID, Name: name, CreatedAt: tx.now, UpdatedAt: tx.now}, true, nil
	}
	b, _, err = row[branchRow](ctx, &tx.queries, "read branch", sqlFindBranch, pacticipantID, name)
	return b, false, err
}

// RemoveFromBranch takes the version off the branch, which remains even if it
// becomes empty; it reports whether the version was on it.
func (tx *Tx) RemoveFromBranch(ctx context.Context, b versions.Branch, v versions.Version) (bool, error) {
	n, err := tx.exec(ctx, "remove version from branch", "DELETE FROM branch_versions WHERE branch_id = ? AND version_id = ?", b.ID, v.ID)
	if err != nil || n == 0 {
		return false, err
	}
	if err := tx.updateBranchHead(ctx, b.ID, v.ID); err != nil {
		return false, err
	}
	contents, err := tx.contentsVerifiedBy(ctx, v.ID)
	if err != nil {
		return false, err
	}
	return true, tx.rebuildBranchSuccesses(ctx, contents, []int64{b.ID})
}

func (tx *Tx) RemoveBranch(ctx context.Context, b versions.Branch) (bool, error) {
	removed, err := tx.exec(ctx, "remove branch", "DELETE FROM branches WHERE id = ?", b.ID)
	return removed > 0, err
}

func (tx *Tx) SetBranchClosed(ctx context.Context, b versions.Branch) error {
	var closed *micros
	if !b.ClosedAt.IsZero() {
		at := microsOf(b.ClosedAt)
		closed = &at
	}
	_, err := tx.exec(ctx, "close or reopen branch", "UPDATE branches SET closed_at = ? WHERE id = ?", closed, b.ID)
	return err
}

func (q *queries) BranchesByName(ctx context.Context, l versions.BranchQuery) ([]versions.Branch, error) {
	var c condition
	c.and("b.pacticipant_id = ?", l.Pacticipant.ID)
	c.and("b.name > ?", l.After)
	switch main, moment := l.Pacticipant.MainBranch, microsOf(l.StaleBefore); l.State {
	case versions.ActiveBranch:
		c.and("(b.name = ? OR b.closed_at IS NULL AND b.updated_at >= ?)", main, moment)
	case versions.StaleBranch:
		c.and("b.name <> ? AND b.closed_at IS NULL AND b.updated_at < ?", main, moment)
	case versions.ClosedBranch:
		c.and("b.name <> ? AND b.closed_at IS NOT NULL", main)
	}
	found, err := rows[branchRow](ctx, q, "list branches", "SELECT "+sqlBranchColumns+" FROM branches b WHERE "+c.text+" ORDER BY b.name LIMIT ?", append(c.args, l.Limit)...)
	return branchesOf(found), err
}

func branchesOf(found []branchRow) []versions.Branch {
	all := make([]versions.Branch, len(found))
	for i, r := range found {
		all[i] = r.toBranch()
	}
	return all
}

func (q *queries) Branches(ctx context.Context, p pacticipants.Pacticipant, search string, limit, offset int) ([]versions.Branch, int, error) {
	var c condition
	c.and("b.pacticipant_id = ?", p.ID)
	if search != "" {
		c.with(columnContaining("b.name", search))
	}
	total, _, err := row[int](ctx, q, "count branches", "SELECT count(*) FROM branches b WHERE "+c.text, c.args...)
	if err != nil {
		return nil, 0, err
	}
	page, args := paged(limit, offset)
	found, err := rows[branchRow](ctx, q, "read branches", "SELECT "+sqlBranchColumns+" FROM branches b WHERE "+c.text+" ORDER BY b.updated_at DESC, b.id DESC"+page, append(c.args, args...)...)
	return branchesOf(found), total, err
}
