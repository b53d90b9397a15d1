package edge

import (
	"context"
	"time"
)

// Within returns what work returns, unless that takes longer than the limit; 0
// stands for none.
func Within[T any](ctx context.Context, limit time.Duration, work func() T) (result T, inTime bool) {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	if ctx.Err() != nil {
		return result, false
	}
	done := make(chan T, 1)
	go func() { done <- work() }()
	select {
	case result = <-done:
		return result, true
	case <-ctx.Done():
		return result, false
	}
}
