// Package audit keeps who did what: every change, with the request that made it,
// and every access that was refused. Entries are written in the transaction of
// the change, are never changed, and are chained by their digests, so that one
// that was changed or removed is missed.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"
)

// Outcome is how it ended.
type Outcome string

// The outcomes.
const (
	// Done is a change that was made.
	Done Outcome = "done"
	// Unauthorized is a request without credentials that are accepted.
	Unauthorized Outcome = "unauthorized"
	// Forbidden is a request whose credentials do not allow it.
	Forbidden Outcome = "forbidden"
	// Throttled is a request that came too soon after too many others.
	Throttled Outcome = "throttled"
)

// Origin is where a change comes from.
type Origin struct {
	// Actor is who asks, "" if nobody had to sign in; Through is the credential
	// that proves it, such as a token by its id; Client is the address.
	Actor, Through, Client string
	// Action is the operation of the API, or the same word for a command.
	Action string
	// Target is the address that was asked, without its query.
	Target    string
	RequestID string
	// Applications are those that the address names.
	Applications []string
	// Writes tells that whatever is stored in a transaction is worth an entry.
	Writes bool
}

// Change is a small thing before and after; nil where there was or is nothing.
type Change struct {
	What          string
	Before, After any
}

// Entry is a line of the audit.
type Entry struct {
	ID int64
	// Position is its place in the chain, 0 until it has one.
	Position int64
	At       time.Time
	Origin
	Outcome Outcome
	// Count is how often it happened in a moment: refusals that are alike share an
	// entry.
	Count int
	// Events are the types of the facts that the change announced.
	Events  []string
	Changes []Change
}

type originKey struct{}

// WithOrigin returns a context in which changes have this origin.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns the origin of changes in the context; none in the broker's
// own jobs.
func OriginOf(ctx context.Context) (Origin, bool) {
	o, known := ctx.Value(originKey{}).(Origin)
	return o, known
}

// Looking returns a context in which a transaction has an entry only if it notes that
// something changes: it may just look what there is.
func Looking(ctx context.Context) context.Context {
	o, known := OriginOf(ctx)
	if !known {
		return ctx
	}
	o.Writes = false
	return WithOrigin(ctx, o)
}

// Notes gather what a transaction changes.
type Notes struct {
	Changes      []Change
	Applications []string
	// Actor and Through are who makes the change, where only that tells.
	Actor, Through string
}

type notesKey struct{}

// WithNotes returns a context in which Changed and About add to the notes.
func WithNotes(ctx context.Context, n *Notes) context.Context {
	return context.WithValue(ctx, notesKey{}, n)
}

// maxChanges is how many changes an entry holds, and maxText how long a text in
// them may be.
const (
	maxChanges = 50
	maxText    = 500
)

// Changed notes, in the open transaction, that something small has another value.
// Values are texts, numbers, truth values or lists of texts, never secrets. What
// stays the same is not noted.
func Changed(ctx context.Context, what string, before, after any) {
	notes, collecting := ctx.Value(notesKey{}).(*Notes)
	if !collecting || len(notes.Changes) == maxChanges {
		return
	}
	if !same(before, after) {
		notes.Changes = append(notes.Changes, Change{What: what, Before: bounded(before), After: bounded(after)})
	}
}

// The changes after which all that is about one application is found under the name of
// another one, too.
const (
	Renamed = "name"
	Merged  = "merged"
)

// About notes, in the open transaction, which applications the change is about.
func About(ctx context.Context, applications ...string) {
	if notes, collecting := ctx.Value(notesKey{}).(*Notes); collecting {
		notes.Applications = append(notes.Applications, applications...)
	}
}

// By notes, in the open transaction, who makes the change and by what they prove it, where
// the origin does not know: before it nobody has signed in.
func By(ctx context.Context, actor, through string) {
	if notes, collecting := ctx.Value(notesKey{}).(*Notes); collecting {
		notes.Actor, notes.Through = actor, through
	}
}

// bounded is a value as an entry holds it: no longer than people read.
func bounded(value any) any {
	switch v := value.(type) {
	case string:
		return boundedText(v)
	case []string:
		if v == nil {
			return nil
		}
		texts := make([]string, 0, min(len(v), maxChanges+1))
		for _, text := range v[:min(len(v), maxChanges)] {
			texts = append(texts, boundedText(text))
		}
		if len(v) > maxChanges {
			texts = append(texts, "…")
		}
		return texts
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC().Format(time.RFC3339)
	}
	return value
}

func boundedText(text string) string {
	if runes := []rune(text); len(runes) > maxText {
		return string(runes[:maxText]) + "…"
	}
	return text
}

// same compares whole values, also what an entry has no room for. No time is the
// same as nothing, and so is a list in which nothing is.
func same(a, b any) bool {
	before, err := json.Marshal(orNothing(a))
	after, other := json.Marshal(orNothing(b))
	return err == nil && other == nil && string(before) == string(after)
}

func orNothing(value any) any {
	switch v := value.(type) {
	case []string:
		if len(v) == 0 {
			return nil
		}
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC()
	}
	return value
}

// Of returns the entry of a transaction that committed what the notes say and
// announced events; none if it is nobody's change.
func Of(ctx context.Context, notes Notes, events, applications []string) (Entry, bool) {
	origin, known := OriginOf(ctx)
	if !known || !origin.Writes && len(notes.Changes) == 0 {
		return Entry{}, false
	}
	if origin.Actor == "" && notes.Actor != "" {
		origin.Actor, origin.Through = notes.Actor, notes.Through
	}
	e := Entry{Origin: origin, Outcome: Done, Count: 1, Changes: notes.Changes}
	e.Applications = distinct(origin.Applications, notes.Applications, applications)
	for _, event := range events {
		if !slices.Contains(e.Events, event) {
			e.Events = append(e.Events, event)
		}
	}
	return e, true
}

// distinct are all names of the lists, each once.
func distinct(lists ...[]string) (all []string) {
	for _, name := range slices.Concat(lists...) {
		if name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// Stored is an entry as it is stored, which is what its digest is about.
type Stored struct {
	ID, Position  int64
	At            int64
	Actor         string
	Through       string
	Client        string
	Action        string
	Outcome       string
	Target        string
	RequestID     string
	Count         int64
	Details       string
	Digest, Chain []byte
}

// details are the parts of an entry that are lists.
type details struct {
	Applications []string     `json:"applications,omitempty"`
	Events       []string     `json:"events,omitempty"`
	Changes      []changeKept `json:"changes,omitempty"`
}

type changeKept struct {
	What   string `json:"what"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// Store returns the entry as it is stored, with its digest.
func (e Entry) Store() (Stored, error) {
	kept := details{Applications: e.Applications, Events: e.Events}
	for _, c := range e.Changes {
		kept.Changes = append(kept.Changes, changeKept(c))
	}
	text, err := json.Marshal(kept)
	s := Stored{
		At: e.At.UnixMicro(), Actor: e.Actor, Through: e.Through, Client: e.Client, Action: e.Action, Outcome: string(e.Outcome),
		Target: e.Target, RequestID: e.RequestID, Count: int64(e.Count), Details: string(text),
	}
	s.Digest = s.digest()
	return s, err
}

// Values are what is stored of the entry but its id and its place, in the order of
// the columns.
func (s Stored) Values() []any {
	return []any{s.At, s.Actor, s.Through, s.Client, s.Action, s.Outcome, s.Target, s.RequestID, s.Count, s.Details, s.Digest}
}

// Entry reads what is stored.
func (s Stored) Entry() (Entry, error) {
	var kept details
	if err := json.Unmarshal([]byte(s.Details), &kept); err != nil {
		return Entry{}, err
	}
	e := Entry{
		ID: s.ID, Position: s.Position, At: time.UnixMicro(s.At).UTC(), Outcome: Outcome(s.Outcome), Count: int(s.Count), Events: kept.Events,
		Origin: Origin{
			Actor: s.Actor, Through: s.Through, Client: s.Client, Action: s.Action, Target: s.Target, RequestID: s.RequestID, Applications: kept.Applications,
		},
	}
	for _, c := range kept.Changes {
		e.Changes = append(e.Changes, Change(c))
	}
	return e, nil
}

// digest is SHA-256 over all that is stored of the entry but its place.
func (s Stored) digest() []byte {
	text, _ := json.Marshal([]any{s.At, s.Actor, s.Through, s.Client, s.Action, s.Outcome, s.Target, s.RequestID, s.Count, s.Details}) // texts and numbers are always JSON
	sum := sha256.Sum256(text)
	return sum[:]
}

// Head is the end of the chain: how many entries it has had, and the digest of
// the last one with all before it.
type Head struct {
	Position int64
	Chain    []byte
}

// Next is the head after one more entry with the digest.
func (h Head) Next(digest []byte) Head {
	sum := sha256.Sum256(slices.Concat(h.Chain, digest))
	return Head{Position: h.Position + 1, Chain: sum[:]}
}

// Shown is the entry as JSON shows it.
func (e Entry) Shown() map[string]any {
	changes := make([]map[string]any, len(e.Changes))
	for i, c := range e.Changes {
		changes[i] = map[string]any{"what": c.What, "before": c.Before, "after": c.After}
	}
	shown := map[string]any{
		"id": e.id(), "position": nil, "at": e.At.UTC().Format(time.RFC3339Nano), "actor": e.Actor, "through": e.Through, "client": e.Client,
		"action": e.Action, "outcome": string(e.Outcome), "target": e.Target, "request_id": e.RequestID, "count": e.Count,
		"applications": append([]string{}, e.Applications...), "events": append([]string{}, e.Events...), "changes": changes,
	}
	if e.Position > 0 {
		shown["position"] = e.Position
	}
	return shown
}
