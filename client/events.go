package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// followWait is how long an answer waits for something to happen when events are
// followed: less than one attempt may take.
const followWait = 30 * time.Second

// Event is something that happened, in the form of CloudEvents.
type Event struct {
	SpecVersion string `json:"specversion"`
	ID          string `json:"id"`
	// Source is the address of the broker.
	Source string `json:"source"`
	// Type begins with "accord.".
	Type string `json:"type"`
	// Subject is the application or the environment that it is about, or "broker".
	Subject     string    `json:"subject"`
	Time        time.Time `json:"time"`
	ContentType string    `json:"datacontenttype"`
	// RequestID is that of the request that caused it, if one did; TraceParent and Actor
	// are where that came from.
	RequestID   string    `json:"requestid"`
	TraceParent string    `json:"traceparent"`
	Actor       string    `json:"actor"`
	Data        EventData `json:"data"`
}

// EventData are the ids and names that belong to an event. What means nothing for its
// type is empty; docs/events.md shows one of each.
type EventData struct {
	Application         string `json:"pacticipant"`
	Version             string `json:"version"`
	Branch              string `json:"branch"`
	Tag                 string `json:"tag"`
	Environment         string `json:"environment"`
	EnvironmentID       string `json:"environment_id"`
	ApplicationInstance string `json:"application_instance"`
	// RecordID is the uuid of the deployment or the release.
	RecordID string `json:"record_id"`
	// Action is created, updated or deleted.
	Action string `json:"action"`
	// FormerName is one that the application had, or one that is a part of it now.
	FormerName string `json:"former_name"`
	// Properties are those that have changed.
	Properties            []string `json:"properties"`
	Consumer              string   `json:"consumer"`
	ConsumerVersion       string   `json:"consumer_version"`
	ConsumerVersionBranch string   `json:"consumer_version_branch"`
	ConsumerVersionTags   []string `json:"consumer_version_tags"`
	Provider              string   `json:"provider"`
	ProviderVersion       string   `json:"provider_version"`
	ProviderVersionBranch string   `json:"provider_version_branch"`
	ContentSHA            string   `json:"content_sha"`
	ResultNumber          int      `json:"result_number"`
	Success               bool     `json:"success"`
	Verdict               string   `json:"verdict"`
	PreviousVerdict       string   `json:"previous_verdict"`
	WebhookID             string   `json:"webhook_id"`
	DeliveryID            string   `json:"delivery_id"`
	// Outcome is how a clean-up ended, and Deleted how many things of each kind it took away.
	Outcome string         `json:"outcome"`
	Deleted map[string]int `json:"deleted"`
}

// EventQuery says which events are wanted.
type EventQuery struct {
	// Types are those without "accord."; none stands for all.
	Types []string
	// Applications are those that the events concern; none stands for all, or for those
	// of Team.
	Applications []string
	Team         string
	// Since is the time from which on they are wanted, Until that before which; the zero
	// times are the beginning and no end.
	Since, Until time.Time
	// Cursor is where to read on; it wins over Since.
	Cursor string
	// Wait is how long an answer that would be empty waits for something to happen, a
	// minute at most. The client must wait longer.
	Wait time.Duration
}

func (q EventQuery) values() url.Values {
	query := asking("team", q.Team, "until", moment(q.Until), "cursor", q.Cursor)
	for _, kind := range q.Types {
		query.Add("type", kind)
	}
	for _, application := range q.Applications {
		query.Add("application", application)
	}
	if q.Cursor == "" && !q.Since.IsZero() {
		query.Set("since", moment(q.Since))
	}
	if q.Wait > 0 {
		query.Set("wait", strconv.Itoa(int(q.Wait.Seconds())))
	}
	return query
}

// Events returns some of the events that fit, the oldest first, and the cursor from
// which to read on. Whoever goes on with it misses nothing and gets nothing twice.
func (c *Client) Events(ctx context.Context, q EventQuery) (events []Event, cursor string, err error) {
	var got page[Event]
	if err := c.get(ctx, at("events"), q.values(), &got); err != nil {
		return nil, "", err
	}
	if got.Next != nil {
		cursor = *got.Next
	}
	return got.Items, cursor, nil
}

// Follow reads the events that fit and goes on with those that happen, until the
// caller, the context, a failure or q.Until ends it. An event comes once, in the order
// of all.
func (c *Client) Follow(ctx context.Context, q EventQuery) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if q.Wait < time.Second { // it would ask without a pause
			q.Wait = followWait
		}
		for {
			events, cursor, err := c.Events(ctx, q)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, event := range events {
				if !yield(event, nil) {
					return
				}
			}
			if len(events) == 0 && !q.Until.IsZero() && time.Now().After(q.Until) { //nolint:forbidigo // the broker's clock is not at hand
				return
			}
			q.Cursor = cursor
		}
	}
}
