package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/requests"
	"github.com/accord-broker/accord/internal/webhooks"
)

// requestRow is a request as it is stored.
type requestRow struct {
	RequestID   string
	ReceivedAt  micros
	Took        int64
	Method      string
	Path        string
	Operation   string
	Actor       string
	Traceparent string
	Status      int
	Code        string
	Replayed    bool
	Action      string
}

// requestBatch is how many requests are written in one statement.
const requestBatch = 100

func (d *DB) AddCompleted(ctx context.Context, completed []requests.Completed) error {
	return d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		for batch := range slices.Chunk(completed, requestBatch) {
			var args []any
			for _, a := range batch {
				args = append(args, a.RequestID, microsOf(a.ReceivedAt), a.Took.Microseconds(), a.Method, a.Path, a.Operation, a.Actor, a.Traceparent, a.Status, a.Code, a.Replayed, a.Action)
			}
			values := strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?), ", len(batch)), ", ")
			if _, err := tx.exec(ctx, "add requests", `
				INSERT INTO requests (request_id, received_at, took, method, path, operation, actor, traceparent, status, code, replayed, action)
				VALUES `+values, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// CompletedWithID returns the requests with an id, the newest first.
func (q *queries) CompletedWithID(ctx context.Context, id string, limit int) ([]requests.Completed, error) {
	found, err := rows[requestRow](ctx, q, "read requests", `
		SELECT request_id, received_at, took, method, path, operation, actor, traceparent, status, code, replayed, action
		FROM requests WHERE request_id = ? ORDER BY id DESC LIMIT ?`, id, limit)
	completed := make([]requests.Completed, len(found))
	for i, r := range found {
		completed[i] = requests.Completed{
			RequestID: r.RequestID, ReceivedAt: r.ReceivedAt.Time(), Took: time.Duration(r.Took) * time.Microsecond, Method: r.Method, Path: r.Path,
			Operation: r.Operation, Actor: r.Actor, Traceparent: r.Traceparent, Status: r.Status, Code: r.Code, Replayed: r.Replayed, Action: r.Action,
		}
	}
	return completed, err
}

// FactsOfRequest returns what requests with an id have announced, the oldest first.
func (q *queries) FactsOfRequest(ctx context.Context, id string, limit int) ([]events.Fact, error) {
	found, err := rows[factRow](ctx, q, "read facts of request", `
		SELECT 0 AS position, f.uuid, f.type, f.subject, f.data, f.request_id, f.traceparent, f.actor, f.created_at
		FROM facts f WHERE f.request_id = ? AND f.request_id <> '' ORDER BY f.id LIMIT ?`, id, limit)
	facts := make([]events.Fact, len(found))
	for i := 0; err == nil && i < len(found); i++ {
		facts[i], err = found[i].toFact()
	}
	return facts, err
}

// TriggeredByRequest returns the deliveries that requests with an id have caused,
// the newest first.
func (q *queries) TriggeredByRequest(ctx context.Context, id string, limit int) ([]webhooks.Triggered, error) {
	return q.triggered(ctx, "AND t.request_id = ? AND t.request_id <> '' ORDER BY t.id DESC LIMIT ?", id, limit)
}

// deleteOldRequests deletes a batch of requests that are older than facts are kept,
// and reports whether more are left.
func (tx *Tx) deleteOldRequests(ctx context.Context) (more bool, err error) {
	if tx.options.KeepFacts == 0 {
		return false, nil
	}
	n, err := tx.exec(ctx, "delete requests", "DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE received_at < ? ORDER BY received_at LIMIT ?)",
		tx.now-micros(tx.options.KeepFacts/time.Microsecond), purgeBatch)
	return n == purgeBatch, err
}
