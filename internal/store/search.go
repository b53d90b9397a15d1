package store

import (
	"context"

	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/versions"
)

// VersionsBeginning returns versions whose number begins with a text, of all
// applications, the newest first: one step into an index for each application.
func (q *queries) VersionsBeginning(ctx context.Context, text string, limit int) ([]versions.Version, error) {
	found, err := rows[versionRow](ctx, q, "search versions", "SELECT "+sqlVersionColumns+sqlFromVersions+
		"WHERE "+q.beginning("v.number")+" ORDER BY v.id + 0 DESC LIMIT ?", text, text, limit)
	return toVersions(found), err
}

// BranchesBeginning returns branches whose name begins with a text, of all
// applications, the one changed last first, with the names of the applications.
func (q *queries) BranchesBeginning(ctx context.Context, text string, limit int) ([]versions.FoundBranch, error) {
	type foundRow struct {
		Pacticipant, Name string
		Main              bool
		UpdatedAt         micros
		ClosedAt          *micros
	}
	found, err := rows[foundRow](ctx, q, "search branches", `
		SELECT p.name AS pacticipant, b.name, coalesce(p.main_branch = b.name, false) AS main, b.updated_at, b.closed_at FROM branches b JOIN pacticipants p ON p.id = b.pacticipant_id
		WHERE `+q.beginning("b.name")+` ORDER BY b.updated_at DESC, b.id DESC LIMIT ?`, text, text, limit)
	branches := make([]versions.FoundBranch, len(found))
	for i, b := range found {
		branches[i] = versions.FoundBranch{Pacticipant: b.Pacticipant, Name: b.Name, Life: versions.Life{Main: b.Main, Closed: b.ClosedAt != nil, UpdatedAt: b.UpdatedAt.Time()}}
	}
	return branches, err
}

// beginning is the condition that a text begins with another, which is given
// twice. SQLite compares bytes, so that an index serves; PostgreSQL's order may be
// that of a language.
func (q *queries) beginning(column string) string {
	if q.dialect == db.Postgres {
		return "starts_with(" + column + ", ?) AND ?::text IS NOT NULL"
	}
	return column + " >= ? AND " + column + " < ? || char(1114111)"
}
