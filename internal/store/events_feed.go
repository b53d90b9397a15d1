package store

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store/db"
)

// positionBatch is how many facts get their position in one transaction.
const positionBatch = 5000

// FactsAfter returns what follows in the feed. It returns a Gone fault if facts
// after the position were deleted, or if the feed never got there.
//
// On PostgreSQL transactions do not commit in the order of their ids, so facts
// get their position here, after the commit, by one process at a time: what a
// reader has not seen always gets a position behind all it has seen.
func (d *DB) FactsAfter(ctx context.Context, q events.Query) (page events.Page, err error) {
	if err := d.positionFacts(ctx); err != nil {
		return page, err
	}
	err = d.View(ctx, func(ctx context.Context, tx *Tx) error {
		page, err = tx.factsAfter(ctx, q)
		return err
	})
	return page, err
}

// positionsOfFacts is what those lock who give positions, and who delete facts, of
// which that with the last position stays.
const positionsOfFacts = "positions of facts"

// positionFacts gives positions to the facts that have none.
func (d *DB) positionFacts(ctx context.Context) error {
	for {
		_, found, err := row[int64](ctx, &d.queries, "look for facts without a position", "SELECT id FROM facts WHERE position IS NULL LIMIT 1")
		if err != nil || !found {
			return err
		}
		if err := d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
			if err := tx.lock(ctx, positionsOfFacts); err != nil {
				return err
			}
			_, err := tx.exec(ctx, "position facts", `
				UPDATE facts SET position = placed.position FROM (
					SELECT id, (SELECT COALESCE(MAX(position), 0) FROM facts) + row_number() OVER (ORDER BY id) AS position
					FROM (SELECT id FROM facts WHERE position IS NULL ORDER BY id LIMIT ?) unplaced
				) placed WHERE placed.id = facts.id`, positionBatch)
			return err
		}); err != nil {
			return err
		}
	}
}

// position is that of the fact no. i, counted from 0, of those that are written
// together. SQLite writes one transaction after the other, so it is known at once.
func (tx *Tx) position(i int) string {
	if tx.dialect == db.SQLite {
		return "(SELECT COALESCE(MAX(position), 0) FROM facts) + " + strconv.Itoa(i+1)
	}
	return "NULL"
}

// feedBounds are the positions of the oldest and the newest fact.
type feedBounds struct{ First, Last int64 }

func (b feedBounds) check(after int64) error {
	if after != 0 && (after < b.First-1 || after > b.Last) {
		return events.Expired()
	}
	return nil
}

func (q *queries) factsAfter(ctx context.Context, asked events.Query) (events.Page, error) {
	bounds, _, err := row[feedBounds](ctx, q, "read bounds of feed",
		"SELECT COALESCE((SELECT MIN(position) FROM facts), 0) AS first, COALESCE((SELECT MAX(position) FROM facts), 0) AS last")
	if err != nil {
		return events.Page{}, err
	}
	if err := bounds.check(asked.After); err != nil {
		return events.Page{}, err
	}
	where, args, err := q.factsWhere(asked)
	if err != nil {
		return events.Page{}, err
	}
	found, err := rows[factRow](ctx, q, "read feed", `
		SELECT f.position, f.uuid, f.type, f.subject, f.data, f.request_id, f.traceparent, f.actor, f.created_at
		FROM facts f WHERE `+where+" ORDER BY f.position LIMIT ?", append(args, asked.Limit)...)
	if err != nil {
		return events.Page{}, err
	}
	page := events.Page{Facts: make([]events.Positioned, len(found)), Position: bounds.Last}
	for i, r := range found {
		fact, err := r.toFact()
		if err != nil {
			return page, err
		}
		page.Facts[i] = events.Positioned{Fact: fact, Position: r.Position}
	}
	if len(found) == asked.Limit {
		page.Position = found[len(found)-1].Position
	}
	return page, nil
}

// factsWhere is the condition for the facts that fit.
func (q *queries) factsWhere(asked events.Query) (text string, args []any, err error) {
	conditions := []string{"f.position > ?"}
	args = append(args, asked.After)
	add := func(condition string, values ...any) {
		conditions, args = append(conditions, condition), append(args, values...)
	}
	if len(asked.Types) > 0 {
		types := make([]string, len(asked.Types))
		for i, t := range asked.Types {
			types[i] = string(t)
		}
		add("f.type IN ?", types)
	}
	if asked.Applications != nil {
		names, err := q.dialect.Texts(asked.Applications)
		if err != nil {
			return "", nil, err
		}
		// Asked fact by fact, so that following costs what is new and not what an
		// application has ever done.
		add("EXISTS (SELECT 1 FROM fact_applications a WHERE a.fact_id = f.id AND "+q.namedAmong("a.name")+")", names)
	}
	if !asked.Since.IsZero() {
		add("f.created_at >= ?", microsOf(asked.Since))
	}
	if !asked.Until.IsZero() {
		add("f.created_at < ?", microsOf(asked.Until))
	}
	return strings.Join(conditions, " AND "), args, nil
}

// deleteOldFacts deletes a batch of facts that are older than the broker keeps
// them, in the order of the feed up to the first that is not: a reader who misses
// one finds that the feed begins later. It reports whether more are left. The newest
// one stays, so that positions are never given twice, and so do those without one.
func (tx *Tx) deleteOldFacts(ctx context.Context) (more bool, err error) {
	if tx.options.KeepFacts == 0 {
		return false, nil
	}
	if err := tx.lock(ctx, positionsOfFacts); err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, "delete facts", `
		WITH oldest AS (SELECT id, position, created_at FROM facts WHERE position IS NOT NULL ORDER BY position LIMIT ?)
		DELETE FROM facts WHERE id IN (
			SELECT id FROM oldest WHERE position < (SELECT COALESCE(MIN(CASE WHEN created_at >= ? THEN position END), MAX(position)) FROM oldest))`,
		purgeBatch+1, tx.now-micros(tx.options.KeepFacts/time.Microsecond))
	return n == purgeBatch, err
}

func (d *DB) Announced() <-chan struct{} { return d.announcements.Wait() }

// broadcaster wakes those who wait for it.
type broadcaster struct {
	mutex sync.Mutex
	next  chan struct{}
}

// Wait returns a channel that is closed by the next Notify.
func (b *broadcaster) Wait() <-chan struct{} {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

// Notify wakes all who wait.
func (b *broadcaster) Notify() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}
