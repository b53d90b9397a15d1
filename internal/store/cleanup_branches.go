package store

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/cleaning"
)

// endedBranch is a branch that is stale or closed.
type endedBranch struct{ ID, PacticipantID int64 }

// cleanBranches deletes, or counts, the stale and closed branches on which no
// version is any more.
func (c *cleanup) cleanBranches(ctx context.Context) error {
	at := c.addKind(cleaning.Branches)
	return c.eachRange(ctx, "branches", func(low, high, last int64) error {
		c.Progress(cleaning.Step{Kind: cleaning.Branches}, high, last)
		found, err := c.emptyBranches(ctx, low, high)
		if err != nil {
			return err
		}
		for len(found) > 0 {
			of := found[0].PacticipantID
			gone, err := c.deleteBranches(ctx, of, slices.DeleteFunc(slices.Clone(found), func(b endedBranch) bool { return b.PacticipantID != of }))
			if err != nil {
				return err
			}
			c.cleaned.Kinds[at].Rows += gone
			found = slices.DeleteFunc(found, func(b endedBranch) bool { return b.PacticipantID == of })
		}
		return nil
	})
}

// emptyBranches are those of a range on which no version is, or, in a dry run, none
// would be any more.
func (c *cleanup) emptyBranches(ctx context.Context, low, high int64) ([]endedBranch, error) {
	stale := microsOf(c.Rules.StaleBefore())
	if !c.DryRun {
		return rows[endedBranch](ctx, &c.queries, "find empty branches", sqlEndedBranches+sqlIsEmpty+" ORDER BY b.id", low, high, stale)
	}
	found, err := rows[endedBranch](ctx, &c.queries, "find ended branches", sqlEndedBranches+" ORDER BY b.id", low, high, stale)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	members, err := rows[struct{ BranchID, VersionID int64 }](ctx, &c.queries, "read versions on ended branches",
		"SELECT m.branch_id, m.version_id FROM branch_versions m WHERE m.branch_id IN (SELECT e.id FROM ("+sqlEndedBranches+") e)", low, high, stale)
	used := map[int64]bool{}
	for _, m := range members {
		used[m.BranchID] = used[m.BranchID] || !isAmong(c.doomed, m.VersionID)
	}
	return slices.DeleteFunc(found, func(b endedBranch) bool { return used[b.ID] }), err
}

// deleteBranches deletes, or counts, branches of one application, but for those to
// which something has come since.
func (c *cleanup) deleteBranches(ctx context.Context, application int64, found []endedBranch) (gone int64, err error) {
	if c.DryRun {
		return int64(len(found)), nil
	}
	ids := make([]int64, len(found))
	for i, b := range found {
		ids[i] = b.ID
	}
	err = c.delete(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.lockPacticipant(ctx, application); err != nil {
			return err
		}
		gone, err = tx.exec(ctx, "delete branches", "DELETE FROM branches AS b WHERE "+tx.dialect.Among("b.id")+sqlIsEmpty, tx.dialect.List(ids))
		if err != nil {
			return err
		}
		return tx.addUntold(ctx, cleaning.Branches, 0, gone)
	})
	return gone, unlessGone(err)
}

const (
	// Stale and closed branches in a range: see versions.Life.
	sqlEndedBranches = `
		SELECT b.id, b.pacticipant_id FROM branches b JOIN pacticipants p ON p.id = b.pacticipant_id
		WHERE b.id ` + sqlRange + ` AND coalesce(p.main_branch, '') <> b.name AND (b.closed_at IS NOT NULL OR b.updated_at < ?)`

	sqlIsEmpty = " AND NOT EXISTS (SELECT 1 FROM branch_versions e WHERE e.branch_id = b.id)"
)
