package client

import (
	"context"
	"iter"
	"time"
)

// The states of a delivery: no attempt was made, one will be made again, one has worked,
// none will be made any more.
const (
	NotRun    = "not_run"
	Retrying  = "retrying"
	Delivered = "success"
	GivenUp   = "failure"
)

// Delivery is what a webhook has sent or is to send because of an event.
type Delivery struct {
	// ID is sent as webhook-id with each attempt.
	ID string `json:"id"`
	// WebhookID is "" and Receiver nil once the webhook has been deleted; Webhook is its
	// description.
	WebhookID string `json:"webhook_id"`
	Webhook   string `json:"webhook"`
	Event     string `json:"event"`
	// Subject is the application or the environment that the event is about.
	Subject  string    `json:"subject"`
	Consumer string    `json:"consumer"`
	Provider string    `json:"provider"`
	Receiver *Receiver `json:"receiver"`
	// Status is NotRun, Retrying, Delivered or GivenUp.
	Status string `json:"status"`
	// Held tells that it waits because the webhook is paused.
	Held bool `json:"held"`
	// Reason says why the latest attempt failed; "" if it did not, or none was made.
	Reason            string `json:"reason"`
	Attempts          int    `json:"attempts"`
	AttemptsRemaining int    `json:"attempts_remaining"`
	// RequestID is that of the request that caused the event.
	RequestID   string    `json:"request_id"`
	TriggeredAt time.Time `json:"triggered_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// Receiver is whom a webhook calls.
type Receiver struct {
	// Host is with the port.
	Host string `json:"host"`
	// Circuit is closed; open while attempts fail without being made, until RetryAt; or
	// half_open while one call finds out.
	Circuit string     `json:"circuit"`
	RetryAt *time.Time `json:"retry_at"`
}

// DeliveryWithAttempts is a delivery with what came of each attempt, in order.
type DeliveryWithAttempts struct {
	Delivery
	Made []Attempt `json:"made"`
}

// Attempt is one try to send a delivery.
type Attempt struct {
	Number  int       `json:"number"`
	Success bool      `json:"success"`
	At      time.Time `json:"at"`
	Log     string    `json:"log"`
}

// DeliveryQuery says which deliveries are wanted; all that is given has to fit.
type DeliveryQuery struct {
	Webhook string
	Event   string
	// Application is one in any role, Team whose application is in any role.
	Application, Team  string
	Consumer, Provider string
	// Statuses are those of which it must have one.
	Statuses []string
	// Since is the time from which on they were triggered, Until that before which; zero
	// times are not said.
	Since, Until time.Time
}

// Replay says what to send again; Since or Status must be given.
type Replay struct {
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Status is Delivered or GivenUp.
	Status      string `json:"status,omitempty"`
	Webhook     string `json:"webhook,omitempty"`
	Event       string `json:"event,omitempty"`
	Application string `json:"application,omitempty"`
}

// Replayed is how many deliveries will be sent again, and whether more fit than one call
// takes.
type Replayed struct {
	Redelivered int  `json:"redelivered"`
	More        bool `json:"more"`
}

// Deliveries lists the deliveries that fit, the newest first.
func (c *Client) Deliveries(ctx context.Context, q DeliveryQuery) iter.Seq2[Delivery, error] {
	query := asking("webhook", q.Webhook, "event", q.Event, "application", q.Application, "team", q.Team,
		"consumer", q.Consumer, "provider", q.Provider, "since", moment(q.Since), "until", moment(q.Until))
	for _, status := range q.Statuses {
		query.Add("status", status)
	}
	return list[Delivery](ctx, c, at("webhook-deliveries"), query)
}

// Delivery is one delivery with each attempt.
func (c *Client) Delivery(ctx context.Context, id string) (delivery DeliveryWithAttempts, err error) {
	err = c.get(ctx, at("webhook-deliveries", id), nil, &delivery)
	return delivery, err
}

// Redeliver sends a delivery again, with the same id and all its retries.
func (c *Client) Redeliver(ctx context.Context, id string) (delivery Delivery, err error) {
	err = c.post(ctx, at("webhook-deliveries", id, "redeliver"), nil, &delivery)
	return delivery, err
}

// ReplayDeliveries sends again whatever fits, the oldest first.
func (c *Client) ReplayDeliveries(ctx context.Context, what Replay) (replayed Replayed, err error) {
	err = c.post(ctx, at("webhook-deliveries", "replay"), what, &replayed)
	return replayed, err
}
