package edge

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// Within returns what work returns, unless that takes longer than the limit; 0
// stands for none. A panic of the work goes on in the caller, or, once nobody waits
// any longer, into the log.
func Within[T any](ctx context.Context, limit time.Duration, work func() T) (result T, inTime bool) {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	if ctx.Err() != nil {
		return result, false
	}
	done, ended := make(chan worked[T], 1), make(chan struct{})
	go func() {
		defer close(ended)
		done <- attempt(work)
	}()
	select {
	case outcome := <-done:
		if outcome.panicked != nil {
			panic(outcome.panicked)
		}
		return outcome.result, true
	case <-ctx.Done():
		x := requestStateOf(ctx)
		x.unfinished = ended
		go func() {
			if outcome := <-done; outcome.panicked != nil && x.report != nil {
				x.report(outcome.panicked, "after the request was answered")
			}
		}()
		return result, false
	}
}

// worked is what came of some work.
type worked[T any] struct {
	result   T
	panicked error
}

// attempt does the work, and catches a panic, which would end the program if the
// goroutine is not the one that answers the request.
func attempt[T any](work func() T) (outcome worked[T]) {
	defer func() {
		if value := recover(); value != nil {
			outcome.panicked = fmt.Errorf("%v\n%s", value, debug.Stack())
		}
	}()
	outcome.result = work()
	return outcome
}
