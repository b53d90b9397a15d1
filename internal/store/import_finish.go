package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/store/db"
)

// This file ends an import: what is kept for reading by key is computed from what
// was written, and held against a recomputation.

// ErrImportDiffers is for an import after which a projection is not what history says.
var ErrImportDiffers = errors.New("projections do not follow from what was imported")

// Finish writes what is left, computes the projections and tells what came of it.
func (im *Import) Finish(ctx context.Context) (Imported, error) {
	if err := im.noteOrder(ctx, nil); err != nil {
		return Imported{}, err
	}
	if err := im.flush(ctx); err != nil {
		return Imported{}, err
	}
	for _, step := range []func(context.Context) error{im.headsOfBranches, im.rankVersions, im.placeCopies, im.headsOfTags, im.successes, im.sequences, im.webhooksGone, im.verify} {
		if err := step(ctx); err != nil {
			return Imported{}, fmt.Errorf("finish import: %w", err)
		}
	}
	if err := im.db.InTx(ctx, im.finish); err != nil {
		return Imported{}, err
	}
	return im.imported(ctx)
}

// finish notes that the import has come to its end.
func (im *Import) finish(ctx context.Context, tx *Tx) error {
	if err := im.tellAudit(ctx, tx); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "finish import", "UPDATE imports SET finished_at = ? WHERE source = ?", tx.now, im.options.Source)
	return err
}

// headsOfBranches gives a head to branches that came without one, or with one that is
// not on them, and marks those that the source alone tells.
func (im *Import) headsOfBranches(ctx context.Context) error {
	return im.db.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.exec(ctx, "update branch heads", `
			UPDATE branches SET head_version_id =
				(SELECT version_id FROM branch_versions WHERE branch_id = branches.id ORDER BY version_position DESC LIMIT 1)
			WHERE head_version_id IS NOT NULL AND NOT `+sqlHeadOnBranch+`
				OR head_version_id IS NULL AND EXISTS (SELECT 1 FROM branch_versions m WHERE m.branch_id = branches.id)`)
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, "mark imported heads", "UPDATE branches SET imported_head_id = head_version_id WHERE "+sqlLaterHead)
		return err
	})
}

// rankVersions orders versions by their numbers, where they are ordered so.
func (im *Import) rankVersions(ctx context.Context) error {
	rank := im.db.options.Rank
	if rank == nil {
		return nil
	}
	apps, err := rows[int64](ctx, &im.db.queries, "list applications", "SELECT id FROM pacticipants ORDER BY id")
	if err != nil {
		return err
	}
	for _, app := range apps {
		err := im.db.InTx(ctx, func(ctx context.Context, tx *Tx) error {
			all, err := rows[placed](ctx, &tx.queries, "read order", "SELECT id, number, position, created_at FROM versions WHERE pacticipant_id = ? ORDER BY position, id", app)
			if err != nil {
				return err
			}
			return tx.placeVersions(ctx, ranked(all, rank))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ranked puts each version behind the last that does not exceed it, as a version
// that is made is.
func ranked(all []placed, rank func(a, b string) int) []placed {
	order := make([]placed, 0, len(all))
	for _, v := range all {
		at := len(order)
		for at > 0 && rank(order[at-1].Number, v.Number) > 0 {
			at--
		}
		order = append(order, placed{})
		copy(order[at+1:], order[at:])
		order[at] = v
	}
	return order
}

// placeCopies brings the copies of positions up to date.
func (im *Import) placeCopies(ctx context.Context) error {
	return im.db.eachRange(ctx, "versions", func(low, high, _ int64) error {
		return im.db.InTx(ctx, func(ctx context.Context, tx *Tx) error {
			wrong, err := tx.ownersWrong(ctx, sqlWrongPositions, low, high)
			if err != nil || len(wrong) == 0 {
				return err
			}
			sqlFrom := " FROM versions v WHERE v.id = %s AND t.%s <> v.position AND " + tx.dialect.Among("v.id")
			for _, copies := range [][3]string{{"branch_versions", "t.version_id"}, {"tags", "t.version_id"}, {"pact_publications", "t.consumer_version_id"}} {
				sqlText := "UPDATE " + copies[0] + " AS t SET version_position = v.position" + fmt.Sprintf(sqlFrom, copies[1], "version_position")
				if _, err := tx.exec(ctx, "update positions", sqlText, tx.dialect.List(wrong)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// ownersWrong finds the owners within a range whose projections are not what they
// ought to be.
func (tx *Tx) ownersWrong(ctx context.Context, text string, low, high int64) ([]int64, error) {
	return rows[int64](ctx, &tx.queries, "compare", text, rangesIn(text, low, high)...)
}

// headsOfTags computes the heads of tags where they are not what history says.
func (im *Import) headsOfTags(ctx context.Context) error {
	return im.mend(ctx, TagHeads, func(ctx context.Context, tx *Tx, applications []int64) error {
		for _, application := range applications {
			if err := repairTagHeads(ctx, tx, application); err != nil {
				return err
			}
		}
		return nil
	})
}

// successes computes the first and last successes of contents where they are not
// what history says.
func (im *Import) successes(ctx context.Context) error {
	compute := func(part Part, table, add, merge string) error {
		return im.mend(ctx, part, func(ctx context.Context, tx *Tx, contents []int64) error {
			of := tx.dialect.List(contents)
			if _, err := tx.exec(ctx, "delete "+string(part), "DELETE FROM "+table+" WHERE "+tx.dialect.Among("pact_version_id"), of); err != nil {
				return err
			}
			_, err := tx.exec(ctx, "compute "+string(part), add+tx.dialect.Among("r.pact_version_id")+merge, of)
			return err
		})
	}
	if err := compute(BranchSuccesses, "branch_successes", sqlBranchSuccesses, sqlMergeBranchSuccesses); err != nil {
		return err
	}
	return compute(TagSuccesses, "tag_successes", sqlTagSuccesses, sqlMergeTagSuccesses)
}

// mend has a projection computed for those owners of whom it is wrong, some at a time.
func (im *Import) mend(ctx context.Context, part Part, compute func(ctx context.Context, tx *Tx, owners []int64) error) error {
	checks := projectionChecks()
	p := checks[slices.IndexFunc(checks, func(p projectionCheck) bool { return p.part == part })]
	return im.db.eachRange(ctx, p.owners, func(low, high, _ int64) error {
		return im.db.InTx(ctx, func(ctx context.Context, tx *Tx) error {
			wrong, err := tx.ownersWrong(ctx, p.wrong, low, high)
			if err != nil || len(wrong) == 0 {
				return err
			}
			return compute(ctx, tx, wrong)
		})
	})
}

// sequences makes what is written from now on come behind what was imported.
func (im *Import) sequences(ctx context.Context) error {
	return im.db.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		last, _, err := row[int64](ctx, &tx.queries, "find last version", "SELECT coalesce(max(CASE WHEN position > id THEN position ELSE id END), 0) FROM versions")
		if err != nil {
			return err
		}
		if err := tx.raiseNext(ctx, "versions", last); err != nil {
			return err
		}
		if last, _, err = row[int64](ctx, &tx.queries, "find last result", "SELECT coalesce(max(CASE WHEN coalesce(number, 0) > id THEN number ELSE id END), 0) FROM verifications"); err != nil {
			return err
		}
		if err := tx.raiseNext(ctx, "verifications", last); err != nil {
			return err
		}
		what := "ANALYZE"
		if tx.dialect == db.SQLite {
			what = "PRAGMA optimize"
		}
		_, err = tx.exec(ctx, "gather statistics", what)
		return err
	})
}

// verify holds the projections against history.
func (im *Import) verify(ctx context.Context) error {
	compared, err := im.db.CheckProjections(ctx, false, func(Part, int64, int64) {})
	for _, c := range compared {
		if c.Wrong > 0 {
			err = errors.Join(err, fmt.Errorf("%s: %d wrong: %w", c.Part, c.Wrong, ErrImportDiffers))
		}
	}
	return err
}
