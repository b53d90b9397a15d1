package edge

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/accord-broker/accord/internal/support/fault"
)

const (
	// freeBody is how large a body may be that is read without asking the budget.
	freeBody = 32 << 10
	// smallBody limits the bodies of all routes but those that take contracts and
	// results, and smallFactor is how much more memory than their size they need,
	// since they are taken apart to the last member.
	smallBody   = 2 << 20
	smallFactor = 8
	// comparedFactor is how much more memory than their size contracts need that are
	// taken apart to be compared or shown to people.
	comparedFactor = 3
	// defaultBodyWait is how long a request waits for others to be done.
	defaultBodyWait = 20 * time.Second
	// idleFor is after what time without large bodies their memory is given back.
	idleFor = 3 * time.Second
)

// budget is how many bytes the large bodies of all requests, or the large contracts
// that they read, may have together from the moment they are read until the request
// is answered. The two have a budget each, since a client who sends slowly and one
// who reads slowly need not wait for each other.
type budget struct {
	free *semaphore.Weighted
	// small is for those who need little and would wait for others who need much.
	small *semaphore.Weighted
	size  int64
	wait  time.Duration
	// alone is for the one request that goes on beyond the budget.
	alone *semaphore.Weighted
	mutex sync.Mutex
	inUse int64
	idle  *time.Timer
}

const (
	// smallPart is which part of the budget there is once more for those who need
	// little, and littlePart which part is little.
	smallPart  = 8
	littlePart = 16
)

func newBudget(size int64, wait time.Duration) *budget {
	return &budget{
		free: semaphore.NewWeighted(size), small: semaphore.NewWeighted(size / smallPart), alone: semaphore.NewWeighted(1),
		size: size, wait: wait,
	}
}

// share is what a request has of a budget.
type share struct {
	budget *budget
	from   *semaphore.Weighted
	bytes  int64
}

// take waits until so many bytes are free and takes them: no more than there are at
// all. It returns an Unavailable fault if that takes too long.
func (b *budget) take(ctx context.Context, bytes int64) (share, error) {
	bytes = min(bytes, b.size)
	if s, taken := b.takeNow(bytes); taken {
		return s, nil
	}
	from := b.free
	if bytes <= b.size/littlePart {
		from = b.small
	}
	if err := b.waitFor(ctx, from, bytes); err != nil {
		return share{}, err
	}
	b.note(bytes)
	return share{b, from, bytes}, nil
}

// waitFor returns an Unavailable fault if something does not get free in time.
func (b *budget) waitFor(ctx context.Context, what *semaphore.Weighted, n int64) error {
	waiting, cancel := context.WithTimeout(ctx, b.wait)
	defer cancel()
	if err := what.Acquire(waiting, n); err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fault.New(fault.Unavailable, "The broker is busy with other large requests. Send this one again in a moment.")
}

// takeNow takes so many bytes if they are free and nobody waits for them.
func (b *budget) takeNow(bytes int64) (s share, taken bool) {
	if !b.free.TryAcquire(bytes) {
		return share{}, false
	}
	b.note(bytes)
	return share{b, b.free, bytes}, true
}

// note keeps count of what is in use.
func (b *budget) note(bytes int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.inUse += bytes
	if b.idle != nil {
		b.idle.Stop()
		b.idle = nil
	}
}

// keep gives back what was taken beyond what is needed, and returns the rest.
func (s share) keep(needed int64) share {
	if needed >= s.bytes {
		return s
	}
	share{s.budget, s.from, s.bytes - needed}.giveBack()
	s.bytes = needed
	return s
}

// giveBack gives back what was taken.
func (s share) giveBack() {
	b, bytes := s.budget, s.bytes
	s.from.Release(bytes)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.inUse -= bytes
	if b.inUse == 0 {
		b.idle = time.AfterFunc(idleFor, debug.FreeOSMemory)
	}
}
