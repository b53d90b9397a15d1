package client

import (
	"context"
	"time"
)

// RequestHistory is what is known of the requests with an id.
type RequestHistory struct {
	ID string `json:"id"`
	// Answers are the newest first; there is none if the broker was killed before it had
	// written it down.
	Answers []Answer `json:"answers"`
	// Events are what it announced, the oldest first.
	Events []Event `json:"facts"`
	// Deliveries are of the webhooks that were triggered, the newest first; nil for who
	// may not see webhooks.
	Deliveries []Delivery `json:"deliveries"`
	// More tells that there is more of something than is shown.
	More bool `json:"more"`
}

// Answer is how a request was answered.
type Answer struct {
	ReceivedAt time.Time `json:"received_at"`
	// TookMS are milliseconds.
	TookMS float64 `json:"took_ms"`
	Method string  `json:"method"`
	// Path is without the query.
	Path string `json:"path"`
	// Operation is its operationId in the contract.
	Operation string `json:"operation"`
	// Actor is who sent it; "" if nobody had to sign in.
	Actor       string `json:"actor"`
	TraceParent string `json:"traceparent"`
	Status      int    `json:"status"`
	// Code is that of the failure, if it was one.
	Code string `json:"code"`
	// Replayed tells that the answer was kept from an earlier request with the same key.
	Replayed bool `json:"replayed"`
}

// Request tells what happened to a request that wanted to change something; a Problem
// has its id.
func (c *Client) Request(ctx context.Context, id string) (history RequestHistory, err error) {
	err = c.get(ctx, at("requests", id), nil, &history)
	return history, err
}
