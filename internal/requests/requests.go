// Package requests remembers the requests that wanted to change something: who
// sent them, how they were answered, and what came of them.
package requests

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// Completed is a request and how it was answered. Bodies are not kept.
type Completed struct {
	// RequestID names it. A client may have used the id for other requests too.
	RequestID  string
	ReceivedAt time.Time
	Took       time.Duration
	Method     string
	Path       string
	Operation  string
	// Action is what its sender had to be allowed to do; "" where that is not known.
	Action      string
	Actor       string
	Traceparent string
	Status      int
	// Code names the failure, if it was one.
	Code string
	// Replayed tells that the answer was kept from an earlier request.
	Replayed bool
}

// History is all that is known of the requests with one id.
type History struct {
	// Completed are those that were answered, the newest first. Of a request that was
	// being answered when the broker was killed there is only what it announced.
	Completed []Completed
	// Facts are what they announced, the oldest first, and what the broker's own
	// jobs announced because of them.
	Facts []events.Fact
	// Deliveries are the webhooks that these triggered, the newest first.
	Deliveries []webhooks.Triggered
	// More tells that there is more of something than is told.
	More bool
}

// Writer writes down and finds what is known of requests.
type Writer interface {
	// AddCompleted keeps the requests, each once more than before.
	AddCompleted(ctx context.Context, completed []Completed) error
	CompletedWithID(ctx context.Context, id string, limit int) ([]Completed, error)
	FactsOfRequest(ctx context.Context, id string, limit int) ([]events.Fact, error)
	TriggeredByRequest(ctx context.Context, id string, limit int) ([]webhooks.Triggered, error)
}

const (
	// maxTold is how many of each thing a History tells.
	maxTold = 200
	// maxWaiting is how many requests wait to be written down; more are forgotten,
	// so that a database that does not answer takes no memory.
	maxWaiting = 10_000
)

// Log writes requests down in batches, apart from answering them.
type Log struct {
	writer  Writer
	mutex   sync.Mutex
	waiting []Completed
	// storing lets one at a time write down what waits.
	storing sync.Mutex
}

// NewLog returns a log that the writer keeps.
func NewLog(writer Writer) *Log { return &Log{writer: writer} }

// Add remembers a request until it is written down. It never waits.
func (l *Log) Add(c Completed) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if len(l.waiting) < maxWaiting {
		l.waiting = append(l.waiting, c)
	}
}

// Store writes down what waits. What cannot be written is kept for the next time.
func (l *Log) Store(ctx context.Context) error {
	l.storing.Lock()
	defer l.storing.Unlock()
	l.mutex.Lock()
	batch := l.waiting
	l.waiting = nil
	l.mutex.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := l.writer.AddCompleted(ctx, batch)
	if err != nil {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		l.waiting = append(batch, l.waiting...)
		l.waiting = l.waiting[:min(len(l.waiting), maxWaiting)]
	}
	return err
}

// Find returns what was written down of the requests with an id, and a NotFound fault if
// that is nothing; Store comes first. Those that needed an action which may not be told are left out: the
// address of one may name a secret, or a token.
func (l *Log) Find(ctx context.Context, id string, mayBeTold func(action string) bool) (History, error) {
	var s History
	var err error
	if s.Completed, err = l.writer.CompletedWithID(ctx, id, maxTold+1); err != nil {
		return s, err
	}
	s.Completed = slices.DeleteFunc(s.Completed, func(c Completed) bool { return !mayBeTold(c.Action) })
	if s.Facts, err = l.writer.FactsOfRequest(ctx, id, maxTold+1); err != nil {
		return s, err
	}
	if s.Deliveries, err = l.writer.TriggeredByRequest(ctx, id, maxTold+1); err != nil {
		return s, err
	}
	if len(s.Completed)+len(s.Facts)+len(s.Deliveries) == 0 {
		return s, fault.Missing("No request %s that wanted to change something is known, or it is not kept any more.", id)
	}
	s.Completed, s.Facts, s.Deliveries = upTo(s.Completed, &s.More), upTo(s.Facts, &s.More), upTo(s.Deliveries, &s.More)
	return s, nil
}

// upTo returns as many as are told, and notes if there are more.
func upTo[T any](all []T, more *bool) []T {
	if len(all) <= maxTold {
		return all
	}
	*more = true
	return all[:maxTold]
}
