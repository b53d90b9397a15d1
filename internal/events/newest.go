package events

import "context"

// NewestReader reads the feed from its end.
type NewestReader interface {
	// NewestFacts returns facts that fit, the newest first, from before a position
	// on; 0 begins with the last.
	NewestFacts(ctx context.Context, q Query, before int64) ([]Positioned, error)
}
