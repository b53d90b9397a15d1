package store

import (
	"context"

	"github.com/accord-broker/accord/internal/events"
)

func (d *DB) NewestFacts(ctx context.Context, asked events.Query, before int64) ([]events.Positioned, error) {
	if err := d.positionFacts(ctx); err != nil {
		return nil, err
	}
	return d.newestFacts(ctx, asked, before)
}

func (q *queries) newestFacts(ctx context.Context, asked events.Query, before int64) ([]events.Positioned, error) {
	where, args, err := q.factsWhere(asked)
	if err != nil {
		return nil, err
	}
	if before > 0 {
		where, args = where+" AND f.position < ?", append(args, before)
	}
	found, err := rows[factRow](ctx, q, "read newest facts", `
		SELECT f.position, f.uuid, f.type, f.subject, f.data, f.request_id, f.traceparent, f.actor, f.created_at
		FROM facts f WHERE `+where+" ORDER BY f.position DESC LIMIT ?", append(args, asked.Limit)...)
	facts := make([]events.Positioned, len(found))
	for i, r := range found {
		fact, err := r.toFact()
		if err != nil {
			return nil, err
		}
		facts[i] = events.Positioned{Fact: fact, Position: r.Position}
	}
	return facts, err
}
