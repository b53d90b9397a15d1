package queue

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

const (
	// pollInterval is how often verdicts are looked at even if this process knows
	// of no reason to, and pollDelay how long changes may gather before they are.
	pollInterval = 5 * time.Minute
	pollDelay    = time.Second
)

// inserter puts a job into the queue, in a transaction of its own.
type inserter func(ctx context.Context, args river.JobArgs, options *river.InsertOpts) (*rivertype.JobInsertResult, error)

// enqueueOnAnnounce lets verdicts be looked at a moment after something was
// announced, until ctx ends. While a job is looking already, another one must
// follow, since the first may have looked before.
func enqueueOnAnnounce(ctx context.Context, work Work, insert inserter) {
	for announced := work.Announced(); ; {
		select {
		case <-ctx.Done():
			return
		case <-announced:
		}
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pollDelay):
			}
			announced = work.Announced()
			inserted, err := insert(ctx, pollJob{}, ownQueue(pollJob{}))
			if err != nil && ctx.Err() == nil {
				work.Logger.WarnContext(ctx, "verdicts are looked at later", "error", err)
			}
			waiting = err == nil && inserted.UniqueSkippedAsDuplicate
		}
	}
}
