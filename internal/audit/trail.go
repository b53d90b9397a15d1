package audit

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// Order is the order of a list.
type Order int

// The orders. From the oldest one only those are listed that have a place in the
// chain, so that what is added later always follows.
const (
	NewestFirst Order = iota
	OldestFirst
)

// Query says which entries are asked for; what is empty does not matter.
type Query struct {
	Actor, Action, Client, Application, RequestID string
	// Applications are several about one of which an entry is to be; nil for any.
	Applications []string
	Outcome      Outcome
	Since, Until time.Time
	Order        Order
	// After is the cursor of the last entry that was seen, 0 at the beginning.
	After int64
	Limit int
}

// Cursor is where a list goes on after the entry.
func (q Query) Cursor(e Entry) int64 {
	if q.Order == OldestFirst {
		return e.Position
	}
	return e.ID
}

func (e Entry) id() string { return strconv.FormatInt(e.ID, 10) }

// Reader finds entries.
type Reader interface {
	// AuditEntries returns the entries that the query asks for.
	AuditEntries(ctx context.Context, q Query) ([]Entry, error)
}

// Writer keeps entries.
type Writer interface {
	Reader
	// AddAuditEntries keeps entries in a transaction of their own.
	AddAuditEntries(ctx context.Context, entries []Entry) error
	// ChainAudit gives some entries that have none their place in the chain, in one
	// process at a time, and reports whether there are more.
	ChainAudit(ctx context.Context) (more bool, err error)
}

// Trail is the audit of a running broker.
type Trail struct {
	Writer Writer
	Now    func() time.Time

	mutex   sync.Mutex
	refused map[refusal]*Entry
}

// refusal is what refusals have in common that share an entry.
type refusal struct {
	client, actor, through, action, target string
	outcome                                Outcome
}

// maxRefusals is how many different refusals are remembered until they are
// written. Beyond, they are told apart by their outcome only.
const maxRefusals = 500

// Refused notes an access that was refused. It is written a moment later, so that
// whoever knocks at the door makes nobody else wait.
func (t *Trail) Refused(origin Origin, outcome Outcome) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	key := refusal{origin.Client, origin.Actor, origin.Through, origin.Action, origin.Target, outcome}
	if _, known := t.refused[key]; !known && len(t.refused) >= maxRefusals {
		key = refusal{outcome: outcome}
		origin = Origin{Target: "many addresses"}
	}
	if e, known := t.refused[key]; known {
		e.Count++
		return
	}
	if t.refused == nil {
		t.refused = map[refusal]*Entry{}
	}
	origin.Applications = distinct(origin.Applications)
	t.refused[key] = &Entry{At: t.Now(), Origin: origin, Outcome: outcome, Count: 1}
}

// Flush writes what was refused until now.
func (t *Trail) Flush(ctx context.Context) error {
	t.mutex.Lock()
	refused := t.refused
	t.refused = nil
	t.mutex.Unlock()
	if len(refused) == 0 {
		return nil
	}
	entries := make([]Entry, 0, len(refused))
	for _, e := range refused {
		entries = append(entries, *e)
	}
	sortByTime(entries)
	err := t.Writer.AddAuditEntries(withoutOrigin(ctx), entries)
	if err != nil {
		t.putBack(refused)
	}
	return err
}

// putBack keeps what could not be written for the next time, as far as there is
// room.
func (t *Trail) putBack(refused map[refusal]*Entry) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.refused == nil {
		t.refused = map[refusal]*Entry{}
	}
	for key, e := range refused {
		if newer, known := t.refused[key]; known {
			newer.Count += e.Count
		} else if len(t.refused) < maxRefusals {
			t.refused[key] = e
		}
	}
}

// Complete writes what was refused, and gives every entry its place.
func (t *Trail) Complete(ctx context.Context) error {
	if err := t.Flush(ctx); err != nil {
		return err
	}
	for {
		if more, err := t.Writer.ChainAudit(withoutOrigin(ctx)); err != nil || !more {
			return err
		}
	}
}

// withoutOrigin is a context in which the audit does its own writing, which is no change
// that somebody has made.
func withoutOrigin(ctx context.Context) context.Context { return WithOrigin(ctx, Origin{}) }

// Read returns entries, those of a moment ago included.
func (t *Trail) Read(ctx context.Context, q Query) ([]Entry, error) {
	if err := t.Complete(ctx); err != nil {
		return nil, err
	}
	return t.Writer.AuditEntries(ctx, q)
}

// exported is how many entries are read at once when all are.
const exported = 500

// Each calls fn with all entries that the query asks for, some at a time.
func Each(ctx context.Context, r Reader, q Query, fn func([]Entry) error) error {
	q.Limit = exported
	for {
		found, err := r.AuditEntries(ctx, q)
		if err != nil || len(found) == 0 {
			return err
		}
		if err := fn(found); err != nil {
			return err
		}
		q.After = q.Cursor(found[len(found)-1])
	}
}
