package client

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// AuditEntry tells who did what, from where, or what was refused to whom.
type AuditEntry struct {
	ID string `json:"id"`
	// Position is its place in the chain; 0 for a moment after it was written.
	Position int64     `json:"position"`
	At       time.Time `json:"at"`
	// Actor is who did it; "" if nobody had to sign in, or nobody known tried.
	Actor string `json:"actor"`
	// Through is what they were recognised by, such as "token" and its id.
	Through string `json:"through"`
	// Client is the address that the request came from.
	Client string `json:"client"`
	// Action is the operationId in the contract.
	Action string `json:"action"`
	// Outcome is done, unauthorized, forbidden or throttled.
	Outcome string `json:"outcome"`
	// Target is the address that was asked, or the command that was run.
	Target    string `json:"target"`
	RequestID string `json:"request_id"`
	// Count is how many refusals share the entry.
	Count        int           `json:"count"`
	Applications []string      `json:"applications"`
	Events       []string      `json:"events"`
	Changes      []AuditChange `json:"changes"`
}

// AuditChange is a small thing that has another value now.
type AuditChange struct {
	What   string          `json:"what"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

// AuditQuery says which entries are wanted; all that is given has to fit.
type AuditQuery struct {
	// OldestFirst turns the order round.
	OldestFirst bool
	Actor       string
	// Action is an operationId, such as createToken.
	Action      string
	Client      string
	Application string
	Team        string
	RequestID   string
	Outcome     string
	// Since is the time from which on, Until that before which; zero times are not said.
	Since, Until time.Time
}

// Audit lists the entries that fit, the newest first unless asked otherwise.
func (c *Client) Audit(ctx context.Context, q AuditQuery) iter.Seq2[AuditEntry, error] {
	order := ""
	if q.OldestFirst {
		order = "oldest"
	}
	return list[AuditEntry](ctx, c, at("audit"), asking(
		"order", order, "actor", q.Actor, "action", q.Action, "client", q.Client, "application", q.Application, "team", q.Team,
		"request_id", q.RequestID, "outcome", q.Outcome, "since", moment(q.Since), "until", moment(q.Until),
	))
}
