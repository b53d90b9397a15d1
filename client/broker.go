package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// About is what a broker says of itself.
type About struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// CompatibleWith is what it stands in for, with its release.
	CompatibleWith string    `json:"compatible_with"`
	Database       string    `json:"database"`
	StartedAt      time.Time `json:"started_at"`
}

// About asks which release runs there.
func (c *Client) About(ctx context.Context) (about About, err error) {
	err = c.get(ctx, "/api/v1/about", nil, &about)
	return about, err
}

// Event is something that happened, in the form of CloudEvents.
type Event struct {
	ID      string    `json:"id"`
	Type    string    `json:"type"`
	Subject string    `json:"subject"`
	Time    time.Time `json:"time"`
	// RequestID is that of the request that caused it, if one did.
	RequestID string `json:"requestid"`
	// Data depends on the type; docs/events.md shows one of each.
	Data json.RawMessage `json:"data"`
}

// EventQuery says which events are wanted.
type EventQuery struct {
	// Types are those without "accord."; none stands for all.
	Types []string
	// Applications are those that the events concern; none stands for all.
	Applications []string
	// Since is the time from which on they are wanted; the zero time is the beginning.
	Since time.Time
	// Cursor is where to read on; it wins over Since.
	Cursor string
	// Wait is how long an answer that would be empty waits for something to happen.
	Wait time.Duration
}

// Events returns some of the events that fit, the oldest first, and the cursor from
// which to read on. Whoever goes on with it misses nothing and gets nothing twice.
func (c *Client) Events(ctx context.Context, q EventQuery) (events []Event, cursor string, err error) {
	query := url.Values{}
	for _, kind := range q.Types {
		query.Add("type", kind)
	}
	for _, application := range q.Applications {
		query.Add("application", application)
	}
	if q.Cursor != "" {
		query.Set("cursor", q.Cursor)
	} else if !q.Since.IsZero() {
		query.Set("since", q.Since.UTC().Format(time.RFC3339Nano))
	}
	if q.Wait > 0 {
		query.Set("wait", strconv.Itoa(int(q.Wait.Seconds())))
	}
	var got page[Event]
	if err := c.get(ctx, "/api/v1/events", query, &got); err != nil {
		return nil, "", err
	}
	if got.Next != nil {
		cursor = *got.Next
	}
	return got.Items, cursor, nil
}

// Token is what a program proves itself with.
type Token struct {
	ID string `json:"id"`
	// Secret is in the answer to making the token only.
	Secret       string     `json:"secret"`
	Name         string     `json:"name"`
	Owner        string     `json:"owner"`
	Role         string     `json:"role"`
	Applications []string   `json:"applications"`
	CreatedAt    time.Time  `json:"created_at"`
	ExpiresAt    *time.Time `json:"expires_at"`
	RevokedAt    *time.Time `json:"revoked_at"`
}

// NewToken says what token to make.
type NewToken struct {
	Name  string `json:"name"`
	Owner string `json:"owner,omitempty"`
	Role  string `json:"role"`
	// Applications are those that it may change; none stands for all.
	Applications []string   `json:"applications,omitempty"`
	ExpiresAt    *time.Time `json:"expires_at,omitempty"`
}

// Tokens lists all tokens in the order of their making, without their secrets.
func (c *Client) Tokens(ctx context.Context) iter.Seq2[Token, error] {
	return list[Token](ctx, c, "/api/v1/tokens", nil)
}

// CreateToken makes a token. Its secret is in this answer and nowhere else.
func (c *Client) CreateToken(ctx context.Context, wanted NewToken) (token Token, err error) {
	err = c.post(ctx, "/api/v1/tokens", wanted, &token)
	return token, err
}

// RevokeToken ends a token at once.
func (c *Client) RevokeToken(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: "/api/v1/tokens/" + url.PathEscape(id)}, nil)
}
