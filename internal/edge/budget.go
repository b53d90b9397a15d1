package edge

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"accord/internal/support/fault"
)

const (
	// freeBody is how large a body may be that is read without asking the budget.
	freeBody = 32 << 10
	// smallBody limits the bodies of all routes but those that take contracts and
	// results, and smallFactor is how much more memory than their size they need,
	// since they are taken apart to the last member.
	smallBody   = 2 << 20
	smallFactor = 8
	// defaultBodyWait is how long a request waits for others to be done.
	defaultBodyWait = 20 * time.Second
	// idleFor is after what time without large bodies their memory is given back.
	idleFor = 3 * time.Second
)

// budget is how many bytes the large bodies of all requests together may have
// from the moment they are read until they are answered.
type budget struct {
	free  *semaphore.Weighted
	size  int64
	wait  time.Duration
	mutex sync.Mutex
	inUse int64
	idle  *time.Timer
}

func newBudget(size int64, wait time.Duration) *budget {
	return &budget{free: semaphore.NewWeighted(size), size: size, wait: wait}
}

// take waits until so many bytes are free and returns how many it took: no more
// than there are at all. It returns an Unavailable fault if that takes too long.
func (b *budget) take(ctx context.Context, bytes int64) (int64, error) {
	bytes = min(bytes, b.size)
	waiting, cancel := context.WithTimeout(ctx, b.wait)
	defer cancel()
	if err := b.free.Acquire(waiting, bytes); err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, fault.New(fault.Unavailable, "The broker is busy with other large requests. Send this one again in a moment.")
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.inUse += bytes
	if b.idle != nil {
		b.idle.Stop()
		b.idle = nil
	}
	return bytes, nil
}

// keep gives back what was taken beyond what is needed, and returns the rest.
func (b *budget) keep(taken, needed int64) int64 {
	if needed >= taken {
		return taken
	}
	b.release(taken - needed)
	return needed
}

// release gives back what take took.
func (b *budget) release(bytes int64) {
	if bytes == 0 {
		return
	}
	b.free.Release(bytes)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.inUse -= bytes
	if b.inUse == 0 {
		b.idle = time.AfterFunc(idleFor, debug.FreeOSMemory)
	}
}
