package store

import (
	"context"

	"github.com/accord-broker/accord/internal/pacticipants"
)

func (q *queries) ExternalOf(ctx context.Context, pacticipantIDs ...int64) (map[int64]pacticipants.External, error) {
	type externalRow struct {
		ID             int64
		ExternalSince  micros
		ExternalReason string
	}
	found, err := rows[externalRow](ctx, q, "read external applications",
		"SELECT p.id, p.external_since, coalesce(p.external_reason, '') AS external_reason FROM pacticipants p WHERE "+q.dialect.Among("p.id")+" AND p.external_since IS NOT NULL", q.dialect.List(pacticipantIDs))
	external := make(map[int64]pacticipants.External, len(found))
	for _, r := range found {
		external[r.ID] = pacticipants.External{Since: r.ExternalSince.Time(), Reason: r.ExternalReason}
	}
	return external, err
}

func (tx *Tx) SetExternal(ctx context.Context, p pacticipants.Pacticipant, e *pacticipants.External) error {
	tx.found = nil
	var since *micros
	var reason *string
	if e != nil {
		at := microsOf(e.Since)
		since, reason = &at, &e.Reason
	}
	_, err := tx.exec(ctx, "mark application as external", "UPDATE all_pacticipants SET external_since = ?, external_reason = ?, updated_at = ?, changed = ? WHERE id = ?", since, reason, tx.now, true, p.ID)
	return err
}
