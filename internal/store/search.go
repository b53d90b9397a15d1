package store

import (
	"context"
	"unicode"

	"github.com/accord-broker/accord/internal/versions"
)

// VersionsBeginning returns versions whose number begins with a text, of all
// applications, the newest first: one step into an index for each application.
func (q *queries) VersionsBeginning(ctx context.Context, text string, of []string, limit int) ([]versions.Version, error) {
	c, err := q.beginning("v.number", text, of)
	if err != nil {
		return nil, err
	}
	found, err := rows[versionRow](ctx, q, "search versions", "SELECT "+sqlVersionColumns+sqlFromVersions+
		"WHERE "+c.text+" ORDER BY v.id + 0 DESC LIMIT ?", append(c.args, limit)...)
	return toVersions(found), err
}

// BranchesBeginning returns branches whose name begins with a text, of all
// applications, the one changed last first, with the names of the applications.
func (q *queries) BranchesBeginning(ctx context.Context, text string, of []string, limit int) ([]versions.FoundBranch, error) {
	type foundRow struct {
		Pacticipant, Name string
		Main              bool
		UpdatedAt         micros
		ClosedAt          *micros
	}
	c, err := q.beginning("b.name", text, of)
	if err != nil {
		return nil, err
	}
	found, err := rows[foundRow](ctx, q, "search branches", `
		SELECT p.name AS pacticipant, b.name, coalesce(p.main_branch = b.name, false) AS main, b.updated_at, b.closed_at FROM branches b JOIN pacticipants p ON p.id = b.pacticipant_id
		WHERE `+c.text+` ORDER BY b.updated_at DESC, b.id DESC LIMIT ?`, append(c.args, limit)...)
	branches := make([]versions.FoundBranch, len(found))
	for i, b := range found {
		branches[i] = versions.FoundBranch{Pacticipant: b.Pacticipant, Name: b.Name, Life: versions.Life{Main: b.Main, Closed: b.ClosedAt != nil, UpdatedAt: b.UpdatedAt.Time()}}
	}
	return branches, err
}

// beginning is the condition that a text begins with another, and is of one of the
// applications that are named unless these are nil. Both databases compare bytes, so
// that an index serves.
func (q *queries) beginning(column, text string, of []string) (c condition, err error) {
	c.and(column+" >= ? AND "+column+" < ?", text, text+string(unicode.MaxRune))
	if of == nil {
		return c, nil
	}
	names, err := q.dialect.Texts(of)
	c.and(q.namedAmong("p.name"), names)
	return c, err
}
