package edge

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// held is how much of a budget a few shares have, by the part that it is from.
func held(b *budget, shares []share) (free, small int64) {
	for _, s := range shares {
		if s.from == b.free {
			free += s.bytes
		} else {
			small += s.bytes
		}
	}
	return free, small
}

// Whatever is asked for is given exactly where there is room for it, nothing is given
// twice, and all is there again once everybody is done.
func TestBudget_givesWhatThereIsAndNoMore(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		synctest.Test(t, func(t *testing.T) {
			size := int64(1000 + random.IntN(5000))
			b := newBudget(size, time.Second)
			var shares []share
			for range 300 {
				if len(shares) > 0 && random.IntN(2) == 0 {
					i := random.IntN(len(shares))
					if random.IntN(3) == 0 {
						needed := random.Int64N(1 + 2*shares[i].bytes)
						want := min(needed, shares[i].bytes)
						shares[i] = shares[i].keep(needed)
						require.Equal(t, want, shares[i].bytes, "what is not needed is given back")
					} else {
						shares[i].giveBack()
						shares = slices.Delete(shares, i, i+1)
					}
				}
				asked := 1 + random.Int64N(size/testrandom.OneOf[int64](random, 1, 4, 20))
				if random.IntN(20) == 0 {
					asked = 3 * size
				}
				free, small := held(b, shares)
				wanted := min(asked, size)
				fits := wanted <= size-free || wanted <= size/littlePart && wanted <= size/smallPart-small
				before := time.Now()
				got, err := b.take(t.Context(), asked)
				require.Equal(t, fits, err == nil, "%d of %d, of which %d are in use, and %d of the small part: %v", asked, size, free, small, err)
				if err != nil {
					require.Equal(t, fault.Unavailable, fault.KindOf(err))
					require.Equal(t, time.Second, time.Since(before), "one waits for as long as is set, and no longer")
					continue
				}
				require.Equal(t, before, time.Now(), "nobody waits for what is there")
				require.Equal(t, wanted, got.bytes)
				shares = append(shares, got)
				free, small = held(b, shares)
				require.LessOrEqual(t, free, size)
				require.LessOrEqual(t, small, size/smallPart)
				require.Equal(t, free+small, b.inUse)
			}
			for _, s := range shares {
				s.giveBack()
			}
			require.Zero(t, b.inUse)
			all, taken := b.takeNow(size)
			require.True(t, taken, "all is there again")
			all.giveBack()
			time.Sleep(2 * idleFor) //nolint:forbidigo // in the bubble this takes no time, and ends the timer
		})
	})
}

// Who waits gets its share as soon as another is done, also while smaller requests go
// past it; who goes away while waiting takes nothing along.
func TestBudget_letsNobodyStarve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(1600, time.Minute)
		first, err := b.take(t.Context(), 1000)
		require.NoError(t, err)

		gone, leave := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		waiting.Go(func() {
			_, err := b.take(gone, 1000)
			require.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		leave()
		waiting.Wait()
		require.Equal(t, int64(1000), b.inUse)

		var large share
		began := time.Now()
		waiting.Go(func() {
			var err error
			large, err = b.take(t.Context(), 1600)
			require.NoError(t, err)
		})
		synctest.Wait()
		little, err := b.take(t.Context(), 100)
		require.NoError(t, err, "who needs little does not wait for who needs all")
		require.Equal(t, time.Since(began), time.Duration(0))
		var middle share
		waiting.Go(func() {
			var err error
			middle, err = b.take(t.Context(), 400)
			require.NoError(t, err)
		})
		synctest.Wait()
		require.Zero(t, middle.bytes, "who comes later waits behind who needs all, who would wait for ever else")
		time.Sleep(10 * time.Second) //nolint:forbidigo // in the bubble this takes no time
		first.giveBack()
		synctest.Wait()
		require.Equal(t, int64(1600), large.bytes)
		require.Zero(t, middle.bytes)
		large.giveBack()
		waiting.Wait()
		require.Equal(t, int64(400), middle.bytes)
		middle.giveBack()
		little.giveBack()
		require.Zero(t, b.inUse)
		time.Sleep(2 * idleFor) //nolint:forbidigo // in the bubble this takes no time
	})
}
