package edge

import (
	"context"
	"time"
)

// Reserve takes as much of the budget for large bodies as reading so many bytes of
// contracts needs, until the request that ctx belongs to is answered. It returns an
// Unavailable fault if others keep it too long. A request whose body was read goes
// on even so: what it did must be answered. Outside of requests there is no budget.
func Reserve(ctx context.Context, bytes int64) error {
	x := requestStateOf(ctx)
	if x.read {
		if need := x.cost(bytes); x.budget != nil && need >= freeBody && x.budget.takeNow(need) {
			x.taken += need
		}
		return nil
	}
	return ReserveFirst(ctx, bytes)
}

// ReserveFirst is Reserve for before anything was changed: whoever has read a body
// waits, too.
//
// Who holds a part of the budget and needs more could wait for others who do the
// same. So of those only one at a time goes on, beyond the budget, and the others
// wait for that one.
func ReserveFirst(ctx context.Context, bytes int64) error {
	x := requestStateOf(ctx)
	need := x.cost(bytes)
	if x.budget == nil || need < freeBody || x.alone {
		return nil
	}
	x.limitTaking(need)
	if x.taken == 0 {
		taken, err := x.budget.take(ctx, need)
		x.taken = taken
		return err
	}
	if x.budget.takeNow(need) {
		x.taken += need
		return nil
	}
	if err := x.budget.waitFor(ctx, x.budget.alone, 1); err != nil {
		return err
	}
	x.alone = true
	return nil
}

// cost is how much of the budget so many bytes take.
func (x *requestState) cost(bytes int64) int64 {
	if x.route != nil && x.route.TakesApart {
		return bytes * comparedFactor
	}
	return bytes
}

// limitTaking gives the client so much time to take the answer as its size needs,
// beyond that for waiting and for making it, so that nobody keeps others waiting by
// reading nothing. Tests have no connection to limit.
func (x *requestState) limitTaking(size int64) {
	if x.control != nil {
		_ = x.control.SetWriteDeadline(time.Now().Add(x.budget.wait + time.Minute + time.Duration(size/slowestBody)*time.Second))
	}
}

// release gives back what the request took once all that it began has ended.
func (x *requestState) release() {
	x.body, x.parsed = nil, nil
	giveBack := func() {
		x.budget.release(x.taken)
		if x.alone {
			x.budget.alone.Release(1)
		}
	}
	if x.unfinished == nil {
		giveBack()
		return
	}
	go func() {
		<-x.unfinished
		giveBack()
	}()
}
