package store

import (
	"context"

	"github.com/accord-broker/accord/internal/pacticipants"
)

type labelRow struct {
	PacticipantID int64  `gorm:"primaryKey;autoIncrement:false"`
	Name          string `gorm:"primaryKey"`
	CreatedAt     micros
	UpdatedAt     micros
}

func (r labelRow) toLabel() pacticipants.Label {
	return pacticipants.Label{Name: r.Name, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time()}
}

func (q *queries) LabelsOf(ctx context.Context, pacticipantIDs ...int64) (map[int64][]pacticipants.Label, error) {
	found, err := rows[labelRow](ctx, q, "read labels", "SELECT pacticipant_id, name, created_at, updated_at FROM labels WHERE "+q.dialect.Among("pacticipant_id")+" ORDER BY name", q.dialect.List(pacticipantIDs))
	labels := map[int64][]pacticipants.Label{}
	for _, r := range found {
		labels[r.PacticipantID] = append(labels[r.PacticipantID], r.toLabel())
	}
	return labels, err
}

func (q *queries) FindLabel(ctx context.Context, p pacticipants.Pacticipant, label string) (pacticipants.Label, bool, error) {
	r, found, err := row[labelRow](ctx, q, "find label", "SELECT pacticipant_id, name, created_at, updated_at FROM labels WHERE pacticipant_id = ? AND "+q.named("name"), p.ID, label)
	return r.toLabel(), found, err
}

func (q *queries) Labels(ctx context.Context, limit, offset int) ([]string, int, error) {
	const sqlLabelsInUse = "SELECT DISTINCT l.name FROM labels l JOIN pacticipants p ON p.id = l.pacticipant_id"
	total, _, err := row[int](ctx, q, "count labels", "SELECT count(*) FROM ("+sqlLabelsInUse+") used")
	if err != nil {
		return nil, 0, err
	}
	page, args := paged(limit, offset)
	names, err := rows[string](ctx, q, "read labels", sqlLabelsInUse+" ORDER BY l.name"+page, args...)
	return names, total, err
}

// paged returns the clause that cuts a page out of a list; a limit of 0 is all.
func paged(limit, offset int) (string, []any) {
	if limit == 0 {
		return "", nil
	}
	return " LIMIT ? OFFSET ?", []any{limit, offset}
}

func (tx *Tx) AddLabel(ctx context.Context, p pacticipants.Pacticipant, label string) (pacticipants.Label, bool, error) {
	if l, found, err := tx.FindLabel(ctx, p, label); err != nil || found {
		return l, false, err
	}
	created, err := tx.open.Add(ctx, "labels", &labelRow{PacticipantID: p.ID, Name: label, CreatedAt: tx.now, UpdatedAt: tx.now})
	if err != nil {
		return pacticipants.Label{}, false, err
	}
	l, _, err := tx.FindLabel(ctx, p, label)
	return l, created, err
}

func (tx *Tx) RemoveLabel(ctx context.Context, p pacticipants.Pacticipant, label string) ([]string, error) {
	return rows[string](ctx, &tx.queries, "remove label", "DELETE FROM labels WHERE pacticipant_id = ? AND "+tx.named("name")+" RETURNING name", p.ID, label)
}

func (tx *Tx) LabelGives(ctx context.Context, label string) (bool, error) {
	now, quoted := microsOf(tx.Now()), quotedName(label)
	given, _, err := row[int](ctx, &tx.queries, "count what a label gives", "SELECT ("+sqlLiveTokens+` AND replace(labels, ?, '') <> labels)
			+ (SELECT count(*) FROM people WHERE replace(labels, ?, '') <> labels) + (SELECT count(*) FROM teams WHERE replace(labels, ?, '') <> labels)
			+ (SELECT count(*) FROM trust_rules WHERE replace(labels, ?, '') <> labels) + (SELECT count(*) FROM secrets WHERE replace(labels, ?, '') <> labels)`,
		now, now, quoted, quoted, quoted, quoted, quoted)
	return given > 0, err
}
