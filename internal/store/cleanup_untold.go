package store

import (
	"context"

	"github.com/accord-broker/accord/internal/cleaning"
)

// addUntold counts rows that the transaction deletes among those that are still to be told.
// The application is 0 where that does not matter.
func (tx *Tx) addUntold(ctx context.Context, kind cleaning.Kind, application, deleted int64) error {
	if deleted == 0 {
		return nil
	}
	_, err := tx.exec(ctx, "count what goes", `
		INSERT INTO untold_deletions (kind, pacticipant_id, deleted) VALUES (?, ?, ?)
		ON CONFLICT (kind, pacticipant_id) DO UPDATE SET deleted = untold_deletions.deleted + excluded.deleted`, string(kind), application, deleted)
	return err
}

// TakeUntold returns how many rows of each kind clean-ups have deleted since somebody was
// last told, and the applications of which versions went, and begins anew: whoever calls it
// tells of them in the same transaction.
func (tx *Tx) TakeUntold(ctx context.Context) (deleted map[cleaning.Kind]int64, applications []string, err error) {
	found, err := rows[struct {
		Kind    string
		Name    string
		Deleted int64
	}](ctx, &tx.queries, "find what went", `
		SELECT u.kind, coalesce(p.name, '') AS name, u.deleted FROM untold_deletions u LEFT JOIN pacticipants p ON p.id = u.pacticipant_id ORDER BY u.kind, name`)
	if err != nil {
		return nil, nil, err
	}
	deleted = map[cleaning.Kind]int64{}
	for _, r := range found {
		deleted[cleaning.Kind(r.Kind)] += r.Deleted
		if r.Name != "" && cleaning.Kind(r.Kind) == cleaning.Versions {
			applications = append(applications, r.Name)
		}
	}
	_, err = tx.exec(ctx, "begin to count anew", "DELETE FROM untold_deletions")
	return deleted, applications, err
}
