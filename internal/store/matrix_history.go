package store

import (
	"context"
	"strings"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/versions"
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

// bounded ends a statement that reads rows of a history, of which judged says when
// they were judged: with the order that says which of them are returned, or with how
// many there may be in any order, for which none needs to be sorted.
func bounded(h matrix.History, judged, then string, args []any) (string, []any) {
	if h.AtMost > 0 {
		return sqlLimit, append(args, h.AtMost)
	}
	sqlOrder := " ORDER BY CASE WHEN coalesce(" + judged + ", 0) > pub.created_at THEN " + judged + " ELSE pub.created_at END DESC, " + then
	if h.Limit > 0 {
		return sqlOrder + sqlLimit, append(args, h.Limit)
	}
	return sqlOrder, args
}

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
	sqlJoin := " LEFT JOIN "
	if h.Verified {
		sqlJoin = " JOIN "
	}
	sqlOrder, args := bounded(h, "r.executed_at", "pub.id DESC, coalesce(r.id, 0) DESC", args)
	found, err := rows[historyRow](ctx, q, "read matrix", `
		SELECT `+sqlPublicationColumns+`, r.id AS result_id, `+sqlResultNumber+` AS number, coalesce(r.success, false) AS success, coalesce(r.executed_at, 0) AS executed_at,
			coalesce(rv.id, 0) AS provided_by_id, coalesce(rv.number, '') AS provided_by, coalesce(rv.position, 0) AS provided_position,
			coalesce(rv.created_at, 0) AS provided_created_at`+sqlFromPublications+
		sqlJoin+"verifications r ON "+result+sqlJoin+"versions rv ON rv.id = r.provider_version_id WHERE "+strings.Join(where, " AND ")+sqlOrder, args...)
	matching := make([]matrix.Row, len(found))
	for i, r := range found {
		matching[i] = r.toRow()
	}
	return matching, err
}

// comparedHistoryRow is a publication with what is known of it and a version of
// the provider by comparison.
type comparedHistoryRow struct {
	Pact              publicationRow `gorm:"embedded"`
	Outcome           string
	ComparedAt        micros
	ProvidedByID      int64
	ProvidedBy        string
	ProvidedPosition  int64
	ProvidedCreatedAt micros
}

func (r comparedHistoryRow) toRow() matrix.ComparedRow {
	return matrix.ComparedRow{
		Pact: r.Pact.toPublication(),
		Provider: versions.Version{
			ID: r.ProvidedByID, PacticipantID: r.Pact.ProviderID, Pacticipant: r.Pact.Provider, Number: r.ProvidedBy,
			Position: r.ProvidedPosition, CreatedAt: r.ProvidedCreatedAt.Time(), HasContracts: true,
		},
		Compared: providercontracts.Compared{
			Pair:    providercontracts.Pair{ContentID: r.Pact.ContentID, ProviderVersion: r.ProvidedByID},
			Outcome: providercontracts.Outcome(r.Outcome), At: r.ComparedAt.Time(),
		},
	}
}

func (q *queries) ComparedRows(ctx context.Context, h matrix.History) ([]matrix.ComparedRow, error) {
	c := q.publicationsOf(h)
	if len(h.ProviderVersions)+len(h.AnyVersionOf) > 0 {
		c.and("("+q.dialect.Among("k.provider_version_id")+" OR "+q.dialect.Among("i.provider_id")+")", q.dialect.List(h.ProviderVersions), q.dialect.List(h.AnyVersionOf))
	}
	sqlOrder, args := bounded(h, "k.compared_at", "pub.id DESC, kv.id DESC", c.args)
	found, err := rows[comparedHistoryRow](ctx, q, "read compared rows", `
		SELECT `+sqlPublicationColumns+`, k.outcome, k.compared_at, kv.id AS provided_by_id, kv.number AS provided_by, kv.position AS provided_position, kv.created_at AS provided_created_at`+
		sqlFromPublications+`
		JOIN compared k ON k.pact_version_id = pub.pact_version_id JOIN versions kv ON kv.id = k.provider_version_id AND kv.contracts_key = k.contracts_key
		WHERE `+c.text+sqlOrder, args...)
	matching := make([]matrix.ComparedRow, len(found))
	for i, r := range found {
		matching[i] = r.toRow()
	}
	return matching, err
}

// publicationsOf is the condition that publications meet which the query asks for.
func (q *queries) publicationsOf(h matrix.History) *condition {
	c := &condition{}
	c.and("1 = 1")
	if !h.Every {
		c.and("pub.latest")
	}
	if len(h.Consumers)+len(h.ConsumerVersions) > 0 {
		c.and("("+q.dialect.Among("pub.consumer_version_id")+" OR "+q.dialect.Among("i.consumer_id")+")", q.dialect.List(h.ConsumerVersions), q.dialect.List(h.Consumers))
	}
	if len(h.Providers) > 0 {
		c.and(q.dialect.Among("i.provider_id"), q.dialect.List(h.Providers))
	}
	if len(h.Involving) > 0 {
		c.and("("+q.dialect.Among("i.consumer_id")+" OR "+q.dialect.Among("i.provider_id")+")", q.dialect.List(h.Involving), q.dialect.List(h.Involving))
	}
	return c
}
