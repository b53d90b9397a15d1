package web

import (
	"context"
	"time"

	"accord/internal/dashboard"
)

// Services are what the pages ask.
type Services struct {
	Boards interface {
		Board(ctx context.Context) (*dashboard.Board, error)
	}
	// BaseURLs are the addresses under which people reach the broker.
	BaseURLs []string
	// Release is the version of the broker.
	Release string
	// Now is the clock.
	Now func() time.Time
}
