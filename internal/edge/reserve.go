package edge

import "context"

// Reserve takes as much of the budget for large bodies as reading so many bytes of
// contracts needs, until the request that ctx belongs to is answered. It returns an
// Unavailable fault if others keep it too long. A request whose body was read goes
// on even so: what it did must be answered. Outside of requests there is no budget.
func Reserve(ctx context.Context, bytes int64) error {
	x := requestStateOf(ctx)
	if x.read {
		if need := x.cost(bytes); x.answers != nil && need >= freeBody {
			x.takeNow(need)
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
	if x.answers == nil || need < freeBody || x.alone {
		return nil
	}
	if !x.reserved {
		taken, err := x.answers.take(ctx, need)
		if err == nil {
			x.shares, x.reserved = append(x.shares, taken), true
		}
		return err
	}
	if x.takeNow(need) {
		return nil
	}
	if err := x.answers.waitFor(ctx, x.answers.alone, 1); err != nil {
		return err
	}
	x.alone = true
	return nil
}

// takeNow takes so many bytes of the budget for what is read if they are free.
func (x *requestState) takeNow(bytes int64) bool {
	s, taken := x.answers.takeNow(bytes)
	if taken {
		x.shares, x.reserved = append(x.shares, s), true
	}
	return taken
}

// cost is how much of the budget so many bytes take.
func (x *requestState) cost(bytes int64) int64 {
	if x.route != nil && x.route.TakesApart {
		return bytes * comparedFactor
	}
	return bytes
}

// release gives back what the request took once all that it began has ended.
func (x *requestState) release() {
	x.body, x.parsed = nil, nil
	giveBack := func() {
		for _, s := range x.shares {
			s.giveBack()
		}
		if x.alone {
			x.answers.alone.Release(1)
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
