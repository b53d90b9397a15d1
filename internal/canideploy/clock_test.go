package canideploy

import (
	"context"
	"time"
)

// fakeClock lets pauses pass at once and counts their time.
type fakeClock struct {
	passed time.Duration
	pauses []string
}

func (c *fakeClock) now() time.Time {
	return time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC).Add(c.passed)
}

func (c *fakeClock) pause(_ context.Context, d time.Duration) error {
	c.passed += d
	c.pauses = append(c.pauses, d.String())
	return nil
}
