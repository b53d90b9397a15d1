package events

import (
	"context"
	"sync"
	"time"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Positioned is a fact with its position in the feed.
type Positioned struct {
	Fact
	// Position grows from fact to fact, in an order that never changes.
	Position int64
}

// Query asks for a part of the feed.
type Query struct {
	// After is the position from which to read on; 0 is the beginning.
	After int64
	// Types keeps facts of one of these types, all if there are none.
	Types []Type
	// Applications keeps facts about one of these applications; nil keeps all, and
	// an empty list none.
	Applications []string
	// Since and Until keep facts from a time on, and before a time; zero times
	// set no bound.
	Since, Until time.Time
	// Limit is how many facts to return at most.
	Limit int
}

// Page is a part of the feed.
type Page struct {
	Facts []Positioned
	// Position is where to read on. It moves on over facts that do not fit too.
	Position int64
}

// Reader reads the feed.
type Reader interface {
	// FactsAfter returns what follows in the feed. Facts that become visible later
	// always come after those that are returned. It returns a Gone fault if facts
	// after the position were deleted, or if the feed never got there.
	FactsAfter(ctx context.Context, q Query) (Page, error)
	// Announced returns a channel that is closed when this process next announces
	// a fact.
	Announced() <-chan struct{}
}

// Expired is the fault of a position that the feed cannot go on from.
func Expired() error {
	return fault.New(fault.Gone, "The events that follow this cursor are not kept any more.").
		Coded("cursor_expired", "Read what else you need from the broker, and follow the events from the beginning, or since a time.")
}

const (
	// maxFollowers bounds how many may wait for facts at a time.
	maxFollowers = 200
	// lookInterval is how often those who wait look for facts that other replicas
	// have announced.
	lookInterval = time.Second
	// gathering is how long those who wait let facts gather before they look, so
	// that a storm of facts is not a storm of questions.
	gathering = 20 * time.Millisecond
)

// Feed is what was announced, to be read from any place on and to be followed.
type Feed struct {
	reader    Reader
	followers chan struct{}
	closed    chan struct{}
	close     sync.Once
}

// NewFeed returns the feed that the reader reads.
func NewFeed(reader Reader) *Feed {
	return &Feed{reader: reader, followers: make(chan struct{}, maxFollowers), closed: make(chan struct{})}
}

// Read returns what there is; see Reader for the faults.
func (f *Feed) Read(ctx context.Context, q Query) (Page, error) { return f.reader.FactsAfter(ctx, q) }

// Join makes the caller one of those who may wait; leave must be called in the
// end. It returns an Unavailable fault if too many wait already.
func (f *Feed) Join() (leave func(), err error) {
	select {
	case f.followers <- struct{}{}:
		return func() { <-f.followers }, nil
	default:
		return nil, fault.New(fault.Unavailable, "%d clients are following the events already. Ask without waiting, or try again later.", maxFollowers)
	}
}

// Followers counts those who have joined and not left.
func (f *Feed) Followers() int { return len(f.followers) }

// Await returns what there is as soon as there is something, or an empty page
// once timeout is at its end or the feed is closed.
func (f *Feed) Await(ctx context.Context, q Query, timeout time.Duration) (Page, error) {
	end := time.NewTimer(timeout)
	defer end.Stop()
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	for {
		announced := f.reader.Announced()
		page, err := f.reader.FactsAfter(ctx, q)
		if err != nil || len(page.Facts) > 0 {
			return page, err
		}
		q.After = page.Position
		select {
		case <-ctx.Done():
			return page, ctx.Err()
		case <-end.C:
			return page, nil
		case <-f.closed:
			return page, nil
		case <-look.C:
		case <-announced:
			select {
			case <-ctx.Done():
				return page, ctx.Err()
			case <-time.After(gathering):
			}
		}
	}
}

// Close lets nobody wait any longer. The feed can still be read.
func (f *Feed) Close() { f.close.Do(func() { close(f.closed) }) }

// Closed is closed when the feed is.
func (f *Feed) Closed() <-chan struct{} { return f.closed }
