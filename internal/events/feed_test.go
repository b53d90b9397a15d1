package events

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
)

// queue is a feed in memory: what is read from it, call by call.
type queue struct {
	pages     []Page
	failure   error
	asked     []int64
	announced chan struct{}
}

func (q *queue) FactsAfter(_ context.Context, query Query) (Page, error) {
	q.asked = append(q.asked, query.After)
	if q.failure != nil {
		return Page{}, q.failure
	}
	if len(q.pages) == 0 {
		return Page{Position: query.After}, nil
	}
	page := q.pages[0]
	q.pages = q.pages[1:]
	return page, nil
}

func (q *queue) Announced() <-chan struct{} {
	if q.announced == nil {
		q.announced = make(chan struct{})
		close(q.announced) // something was announced, whenever one looks
	}
	return q.announced
}

func one(position int64) Page {
	return Page{Facts: []Positioned{{Position: position}}, Position: position}
}

func TestFeed_awaitsUntilThereIsSomething(t *testing.T) {
	q := &queue{pages: []Page{{Position: 5}, {Position: 8}, one(9)}}
	page, err := NewFeed(q).Await(t.Context(), Query{After: 3}, time.Minute)
	require.NoError(t, err)
	require.EqualValues(t, 9, page.Position)
	require.Equal(t, []int64{3, 5, 8}, q.asked, "it goes on from where it has looked")
}

func TestFeed_answersAtOnceWithWhatThereIs(t *testing.T) {
	q := &queue{pages: []Page{one(4)}}
	page, err := NewFeed(q).Await(t.Context(), Query{}, 0)
	require.NoError(t, err)
	require.Len(t, page.Facts, 1)
	require.Len(t, q.asked, 1)
}

func TestFeed_endsWithoutAnythingWhenItIsClosed(t *testing.T) {
	feed := NewFeed(&queue{announced: make(chan struct{})})
	feed.Close()
	feed.Close() // twice does no harm
	page, err := feed.Await(t.Context(), Query{After: 7}, time.Hour)
	require.NoError(t, err)
	require.Equal(t, Page{Position: 7}, page)
	<-feed.Closed()
}

func TestFeed_endsWithItsCallerAndItsReader(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := NewFeed(&queue{announced: make(chan struct{})}).Await(gone, Query{}, time.Hour)
	require.ErrorIs(t, err, context.Canceled)
	broken := errors.New("broken")
	_, err = NewFeed(&queue{failure: broken}).Await(t.Context(), Query{}, time.Hour)
	require.ErrorIs(t, err, broken)
	require.True(t, fault.Is(Expired(), fault.Gone))
}

func TestFeed_letsNotTooManyFollow(t *testing.T) {
	feed := NewFeed(&queue{})
	var leave []func()
	for range maxFollowers {
		left, err := feed.Join()
		require.NoError(t, err)
		leave = append(leave, left)
	}
	require.Equal(t, maxFollowers, feed.Followers())
	_, err := feed.Join()
	require.True(t, fault.Is(err, fault.Unavailable))
	leave[0]()
	_, err = feed.Join()
	require.NoError(t, err)
}

type clock struct{}

func (clock) Now() time.Time { return time.Unix(1000, 0) }

func TestComplete_fillsInWhatIsEmpty(t *testing.T) {
	ctx := WithCause(t.Context(), Cause{RequestID: "r", Traceparent: "t", Actor: "a"})
	fact := Complete(ctx, clock{}, Fact{Type: TagAdded})
	require.NotEmpty(t, fact.ID)
	require.Equal(t, Fact{ID: fact.ID, Type: TagAdded, Time: time.Unix(1000, 0), RequestID: "r", Traceparent: "t", Actor: "a"}, fact)
	own := Fact{ID: "1", Type: TagAdded, Time: time.Unix(1, 0), RequestID: "own", Actor: "me"}
	require.Equal(t, own, Complete(ctx, clock{}, own), "what was said stays")
	require.NotEqual(t, Complete(ctx, clock{}, Fact{}).ID, Complete(ctx, clock{}, Fact{}).ID)
}

func TestTexts_sayAllThatAFactNames(t *testing.T) {
	yes := true
	fact := Fact{ID: "1", Type: VerificationPublished, Time: time.Unix(0, 0), Subject: "Stock", Data: Data{Provider: "Stock", ConsumerVersionTags: []string{"a", "b"}, Success: &yes, ResultNumber: 7}}
	require.Equal(t, map[string]string{"id": "1", "type": "provider_verification_published", "time": "1970-01-01T00:00:00Z", "subject": "Stock", "provider": "Stock", "consumer_version_tags": "a, b", "success": "true", "result_number": "7"}, fact.Texts())
	for name := range fact.Texts() {
		require.Contains(t, TextNames(), name)
	}
}
