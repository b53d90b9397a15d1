package events_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// heard is an event as a follower remembers it.
type heard struct{ id, kind, subject string }

// page reads from a cursor on, and returns where to read on.
func page(b *testbroker.Broker, query url.Values, cursor string) (all []heard, next string) {
	asked := maps.Clone(query)
	if cursor != "" {
		asked.Set("cursor", cursor)
	}
	answer := b.Get("/api/v1/events?" + asked.Encode()).OK(http.StatusOK)
	for i := range answer.Find("items").([]any) {
		all = append(all, heard{answer.Text("items", i, "id"), strings.TrimPrefix(answer.Text("items", i, "type"), "accord."), answer.Text("items", i, "subject")})
	}
	return all, answer.Text("next_cursor")
}

// toTheEnd reads on until nothing comes any more.
func toTheEnd(b *testbroker.Broker, query url.Values, cursor string) (all []heard, next string) {
	for {
		some, to := page(b, query, cursor)
		all, cursor = append(all, some...), to
		if len(some) == 0 {
			return all, cursor
		}
	}
}

// write lets several applications do all kinds of things at the same moment.
func write(b *testbroker.Broker, rounds int) {
	testbroker.AtOnce(8, func(i int) (last testbroker.Response) {
		name, environment := fmt.Sprintf("Application %d", i%4), "live"
		for n := range rounds {
			number := fmt.Sprintf("%d.%d", i, n)
			last = b.Put("/pacticipants/"+url.PathEscape(name)+"/versions/"+number, map[string]any{})
			switch n % 3 {
			case 0:
				b.Put("/pacticipants/"+url.PathEscape(name)+"/branches/main/versions/"+number, nil)
			case 1:
				b.Tag(name, number, "dev")
			case 2:
				b.Deploy(name, number, environment, fmt.Sprint(i))
			}
		}
		return last
	})
}

// Followers who began at different places, read in pieces of different sizes and ask for
// different things, while many write: each hears everything that it asked for, once, in the
// one order of the feed.
func TestFeed_tellsEveryFollowerEverythingOnce(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("live")
		queries := map[string]url.Values{
			"all": {}, "all in small pieces": {"limit": {"3"}}, "types": {"type": {"version_created", "deployment_recorded"}, "limit": {"7"}},
			"an application": {"application": {"Application 1"}}, "two of them": {"application": {"Application 1", "Application 3"}, "limit": {"2"}}, "both": {"application": {"Application 2"}, "type": {"tag_added"}},
			"nobody": {"application": {"Nobody"}},
		}
		following := map[string][]heard{}
		var mutex sync.Mutex
		var followers sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		for name, query := range queries {
			followers.Go(func() {
				cursor, waiting := "", url.Values{"wait": {"1"}}
				maps.Copy(waiting, query)
				for ctx.Err() == nil {
					some, next := page(b, waiting, cursor)
					mutex.Lock()
					following[name] = append(following[name], some...)
					mutex.Unlock()
					cursor = next
				}
				rest, _ := toTheEnd(b, query, cursor)
				mutex.Lock()
				following[name] = append(following[name], rest...)
				mutex.Unlock()
			})
		}
		streamed := make(chan []heard)
		go func() { streamed <- stream(t, b.URL()+"/api/v1/events?type=version_created&type=tag_added") }()
		write(b, 9)
		stop()
		followers.Wait()

		feed, end := toTheEnd(b, url.Values{}, "")
		ids := map[string]bool{}
		for _, event := range feed {
			require.False(t, ids[event.id], "%+v stands there twice", event)
			ids[event.id] = true
		}
		counts := map[string]int{}
		for _, event := range feed {
			counts[event.kind]++
		}
		require.Equal(t, 8*9, counts["version_created"])
		require.Equal(t, 8*3, counts["tag_added"])
		require.Equal(t, counts["deployment_recorded"]-8, counts["deployment_ended"], "each instance has one version in the end")
		for name, query := range queries {
			var want []heard
			for _, event := range feed {
				fits := func(asked []string, value string) bool { return len(asked) == 0 || slices.Contains(asked, value) }
				if fits(query["type"], event.kind) && fits(query["application"], event.subject) {
					want = append(want, event)
				}
			}
			require.Equal(t, want, following[name], name)
		}
		rest, same := page(b, url.Values{}, end)
		require.Empty(t, rest)
		require.Equal(t, end, same, "where nothing follows, the place stays")

		b.Tag("Application 0", "0.0", "the end")
		var want []heard
		for _, event := range feed {
			if event.kind == "version_created" || event.kind == "tag_added" {
				want = append(want, event)
			}
		}
		got := <-streamed
		require.Equal(t, want, got[:len(got)-1], "a stream tells the same")
	})
}

// stream listens until it hears of the tag that is put on at the end.
func stream(t *testing.T, address string) (all []heard) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Error(err)
		return nil
	}
	request.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		text, isData := strings.CutPrefix(lines.Text(), "data: ")
		if !isData {
			continue
		}
		var event struct {
			ID, Type, Subject string
			Data              struct{ Tag string }
		}
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			t.Error(err)
			return all
		}
		all = append(all, heard{event.ID, strings.TrimPrefix(event.Type, "accord."), event.Subject})
		if event.Data.Tag == "the end" {
			return all
		}
	}
	t.Errorf("the stream ended early: %v", lines.Err())
	return all
}
