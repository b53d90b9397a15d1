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
	done, ended := make(chan T, 1), make(chan struct{})
	go func() {
		defer close(ended)
		done <- work()
	}()
	select {
	case result = <-done:
		return result, true
	case <-ctx.Done():
		requestStateOf(ctx).unfinished = ended
		return result, false
	}
}
