package v1_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/openapitest"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const feed = "/api/v1/events"

// typesOf are the types of the events in an answer.
func typesOf(r testbroker.Response) []string {
	types := []string{}
	items, _ := r.Find("items").([]any)
	for i := range items {
		types = append(types, strings.TrimPrefix(r.Text("items", i, "type"), "accord."))
	}
	return types
}

// linked is the address to read on from.
func linked(r testbroker.Response) string {
	return strings.TrimSuffix(strings.TrimPrefix(r.Header.Get("Link"), "<"), `>; rel="next"`)
}

func TestListEvents_readsOnWhereTheLastAnswerEnded(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		nothing := b.Get(feed).OK(http.StatusOK)
		require.Empty(t, typesOf(nothing))
		b.Version("Shop", "1", "main")

		first := b.Get(feed + "?limit=2&cursor=" + nothing.Text("next_cursor")).OK(http.StatusOK)
		require.Equal(t, []string{"pacticipant_created", "version_created"}, typesOf(first))
		require.Equal(t, "Shop", first.Text("items", 1, "data", "pacticipant"))
		require.Equal(t, string(testbroker.Base), first.Text("items", 0, "source"))
		second := b.Get(linked(first))
		require.Equal(t, []string{"branch_created", "branch_version_added"}, typesOf(second.OK(http.StatusOK)))

		third := b.Get(linked(second)).OK(http.StatusOK)
		require.Equal(t, []string{"pacticipant_changed"}, typesOf(third))
		require.Empty(t, typesOf(b.Get(linked(third)).OK(http.StatusOK)))
		b.Environment("test")
		require.Equal(t, []string{"environment_changed"}, typesOf(b.Get(feed+"?cursor="+third.Text("next_cursor"))))
		require.Equal(t, []string{"version_created"}, typesOf(b.Get(feed+"?application=Shop&type=version_created&type=branch_deleted")))
		require.Empty(t, typesOf(b.Get(feed+"?application=Web")))
		require.Empty(t, typesOf(b.Get(feed+"?since=2126-01-01T00:00:00Z")))
		require.Len(t, typesOf(b.Get(feed+"?since=2020-01-01T00:00:00Z&until=2126-01-01T01:00:00%2B01:00")), 6)
	})
}

func TestListEvents_refusesWhatItCannotAnswer(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Shop", "1")
	for query, pointer := range map[string]string{
		"type=unheard_of": "/type/0", "since=yesterday": "/since", "until=1": "/until", "wait=61": "/wait", "wait=-1": "/wait", "limit=0": "/limit",
		"cursor=%21": "/cursor", "cursor=YWJj": "/cursor", "cursor=LTE": "/cursor", "application=": "/application/0", "offset=3": "/offset",
	} {
		require.Equal(t, pointer, b.Get(feed+"?"+query).OK(http.StatusBadRequest).Text("errors", 0, "pointer"), query)
	}
	for _, id := range []string{"!", "YWJj"} {
		b.Get(feed, testbroker.Header("Last-Event-ID", id)).OK(http.StatusBadRequest)
	}
	expired := b.Get(feed + "?cursor=OTk").OK(http.StatusGone)
	require.Equal(t, "cursor_expired", expired.Text("code"))
	b.Get(feed+"?cursor=OTk", testbroker.Accept("text/event-stream")).OK(http.StatusGone)
}

func TestListEvents_waits(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		start := b.Get(feed).Text("next_cursor")
		answered := make(chan testbroker.Response)
		go func() { answered <- b.Get(feed + "?wait=60&type=version_created&cursor=" + start) }()
		require.Eventually(t, func() bool { return b.Followers() == 1 }, 10*time.Second, time.Millisecond)
		b.Environment("test")
		b.Version("Shop", "1")
		require.Equal(t, []string{"version_created"}, typesOf(<-answered))
		require.Zero(t, b.Followers())
		require.Empty(t, typesOf(b.Get(feed+"?wait=1&type=branch_deleted")))
	})
}

// stream follows the events over a real connection.
type stream struct {
	t        *testing.T
	response *http.Response
	lines    *bufio.Scanner
	leave    context.CancelFunc
}

func follow(t *testing.T, b *testbroker.Broker, query, lastID string, changes ...testbroker.Change) *stream {
	t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	t.Cleanup(leave)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.URL()+feed+query, http.NoBody)
	require.NoError(t, err)
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Last-Event-ID", lastID)
	for _, change := range changes {
		change(r)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { response.Body.Close() })
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, "text/event-stream;charset=utf-8", response.Header.Get("Content-Type"))
	openapitest.Validate(t, r, response.StatusCode, response.Header, nil)
	return &stream{t, response, bufio.NewScanner(response.Body), leave}
}

// next is the next event, and the id to read on from.
func (s *stream) next() (event, subject, id string) {
	s.t.Helper()
	for s.lines.Scan() {
		field, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch {
		case field == "event":
			event = value
		case field == "data":
			var data struct{ Subject, Type string }
			require.NoError(s.t, json.Unmarshal([]byte(value), &data))
			require.Equal(s.t, "accord."+event, data.Type)
			subject = data.Subject
		case field == "id":
			id = value
		case field == "" && event != "":
			return event, subject, id
		}
	}
	s.t.Fatal("the stream has ended", s.lines.Err())
	return "", "", ""
}

func TestListEvents_streams(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Shop", "1")
		s := follow(t, b, "?type=version_created", "")
		event, subject, id := s.next()
		require.Equal(t, []string{"version_created", "Shop"}, []string{event, subject})
		b.Version("Web", "1")
		_, subject, _ = s.next()
		require.Equal(t, "Web", subject)

		again := follow(t, b, "?type=version_created&cursor=MA", id)
		_, subject, _ = again.next()
		require.Equal(t, "Web", subject, "the last id wins over the cursor")
		require.Equal(t, 2, b.Followers())
		s.leave()
		again.leave()
		require.Eventually(t, func() bool { return b.Followers() == 0 }, 10*time.Second, time.Millisecond)
	})
}

func TestListEvents_endsStreamsWhenTheBrokerStops(t *testing.T) {
	b := testbroker.New(t)
	s := follow(t, b, "", "")
	b.StopFeed()
	for s.lines.Scan() {
	}
	require.NoError(t, s.lines.Err())
	require.Empty(t, typesOf(b.Get(feed+"?wait=60")))
}

func TestListEvents_streamsEndWhereNothingCanFollow(t *testing.T) {
	b := testbroker.New(t)
	b.Version("Shop", "1")
	r := b.Get(feed+"?since=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z", testbroker.Accept("text/event-stream")).OK(http.StatusOK)
	require.NotContains(t, string(r.Body), "data:")
	require.Contains(t, string(r.Body), "id: Mg\n")
	b.Do(http.MethodHead, feed, nil, testbroker.Accept("text/event-stream")).OK(http.StatusOK)
}

func TestListEvents_refusesTooManyFollowers(t *testing.T) {
	b := testbroker.New(t)
	for b.Followers() < 200 {
		follow(t, b, "", "")
	}
	for _, request := range []testbroker.Response{b.Get(feed + "?wait=1"), b.Get(feed, testbroker.Accept("text/event-stream"))} {
		require.Equal(t, true, request.OK(http.StatusServiceUnavailable).Find("retryable"))
	}
	b.Get(feed).OK(http.StatusOK)
}

func TestEventType_namesEveryType(t *testing.T) {
	b := testbroker.New(t)
	for _, known := range events.All() {
		b.Get(feed + "?type=" + string(known)).OK(http.StatusOK)
	}
}

func TestListEvents_tellsWho(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{BasicAuth: true, Username: "ci", Password: "secret"}
	}))
	as := testbroker.As("ci", "secret")
	b.Put(at.Version("Shop", "1"), map[string]any{}, as, testbroker.Header("X-Request-Id", "build-7")).OK()
	event := b.Get(feed+"?type=version_created", as).OK(http.StatusOK)
	require.Equal(t, "ci", event.Text("items", 0, "actor"))
	require.Equal(t, "build-7", event.Text("items", 0, "requestid"))
}

// BenchmarkListEvents reads a page far down a long feed.
func BenchmarkListEvents(b *testing.B) {
	broker := testbroker.New(b)
	db, err := store.Open(context.Background(), store.Options{URL: broker.Settings().Database.URL, KeepSchema: true, Fast: true})
	require.NoError(b, err)
	defer db.Close()
	require.NoError(b, db.InTx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for range 100_000 {
			if err := tx.Announce(ctx, events.Fact{Type: events.VersionCreated, Subject: "Shop", Data: events.Data{Pacticipant: "Shop"}}); err != nil {
				return err
			}
		}
		return nil
	}))
	for b.Loop() {
		broker.Get(feed + "?application=Shop&cursor=OTAwMDA").OK(http.StatusOK)
	}
}
