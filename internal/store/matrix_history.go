package store

import (
	"context"
	"strings"

	"accord/internal/matrix"
	"accord/internal/versions"
)

// historyRow is a publication with a result for it, if there is one.
type historyRow struct {
	Pact              publicationRow `gorm:"embedded"`
	ResultID          *int64
	Number            *int64
	Success           bool
	ExecutedAt        micros
	ProvidedByID      int64
	ProvidedBy        string
	ProvidedPosition  int64
	ProvidedCreatedAt micros
}

func (r historyRow) toRow() matrix.Row {
	row := matrix.Row{Pact: r.Pact.toPublication()}
	if r.ResultID == nil {
		return row
	}
	row.Provider = versions.Version{
		ID: r.ProvidedByID, PacticipantID: r.Pact.ProviderID, Pacticipant: r.Pact.Provider, Number: r.ProvidedBy,
		Position: r.ProvidedPosition, CreatedAt: r.ProvidedCreatedAt.Time(),
	}
	row.Result = &matrix.Result{ID: *r.ResultID, Number: *r.Number, ContentID: r.Pact.ContentID, ProviderVersion: r.ProvidedByID, Success: r.Success, ExecutedAt: r.ExecutedAt.Time()}
	return row
}

// RowsOfHistory returns the rows that meet the query, those with the latest
// action first.
func (q *queries) RowsOfHistory(ctx context.Context, h matrix.History) ([]matrix.Row, error) {
	var args []any
	oneOf := func(column string, ids []int64) string {
		args = append(args, q.dialect.List(ids))
		return q.dialect.Among(column)
	}
	result := "r.pact_version_id = pub.pact_version_id"
	if !h.Every {
		result += " AND r.latest"
	}
	if len(h.ProviderVersions)+len(h.AnyVersionOf) > 0 {
		result += " AND (" + oneOf("r.provider_version_id", h.ProviderVersions) + " OR " + oneOf("i.provider_id", h.AnyVersionOf) + ")"
	}
	where := []string{"1 = 1"}
	if !h.Every {
		where = append(where, "pub.latest")
	}
	if len(h.Consumers)+len(h.ConsumerVersions) > 0 {
		where = append(where, "("+oneOf("pub.consumer_version_id", h.ConsumerVersions)+" OR "+oneOf("i.consumer_id", h.Consumers)+")")
	}
	if len(h.Providers) > 0 {
		where = append(where, oneOf("i.provider_id", h.Providers))
	}
	if len(h.Involving) > 0 {
		where = append(where, "("+oneOf("i.consumer_id", h.Involving)+" OR "+oneOf("i.provider_id", h.Involving)+")")
	}
	join := " LEFT JOIN "
	if h.Verified {
		join = " JOIN "
	}
	limit := ""
	if h.Limit > 0 {
		limit = " LIMIT ?"
		args = append(args, h.Limit)
	}
	found, err := rows[historyRow](ctx, q, "read matrix", `
		SELECT `+sqlPublicationColumns+`, r.id AS result_id, `+sqlResultNumber+` AS number, coalesce(r.success, false) AS success, coalesce(r.executed_at, 0) AS executed_at,
			coalesce(rv.id, 0) AS provided_by_id, coalesce(rv.number, '') AS provided_by, coalesce(rv.position, 0) AS provided_position,
			coalesce(rv.created_at, 0) AS provided_created_at`+sqlFromPublications+
		join+"verifications r ON "+result+join+"versions rv ON rv.id = r.provider_version_id WHERE "+strings.Join(where, " AND ")+`
		ORDER BY CASE WHEN coalesce(r.executed_at, 0) > pub.created_at THEN r.executed_at ELSE pub.created_at END DESC, pub.id DESC, coalesce(r.id, 0) DESC`+limit, args...)
	matching := make([]matrix.Row, len(found))
	for i, r := range found {
		matching[i] = r.toRow()
	}
	return matching, err
}
