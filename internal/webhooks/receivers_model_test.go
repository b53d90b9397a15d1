package webhooks

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// behaviour is what a receiver of the test does.
type behaviour struct {
	takes   time.Duration
	answers func(n int) bool
}

// Deliveries to receivers of all kinds come at once and come again when they are told
// to: none gets more at a time than it may, those to receivers that answer are all made
// before long, and nothing is remembered of who need not be.
func TestReceivers_serveEverybodyWhateverOthersDo(t *testing.T) {
	behaviours := map[string]behaviour{
		"quick:443":   {time.Millisecond, func(int) bool { return true }},
		"slow:443":    {2 * time.Second, func(int) bool { return true }},
		"hangs:443":   {10 * time.Second, func(int) bool { return false }},
		"dead:80":     {0, func(int) bool { return false }},
		"flutters:80": {time.Second, func(n int) bool { return n%3 > 0 }},
		"recovers:80": {time.Second, func(n int) bool { return n > 12 }},
	}
	for _, most := range []int{1, 3, 16, 160} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := NewReceivers(time.Now, most)
				var mutex sync.Mutex
				calling, calls, made, failed := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
				workers := make(chan bool, most)
				random := testrandom.New(t)
				began := time.Now()
				lastQuick := began
				var deliveries sync.WaitGroup
				for range 60 {
					for name, b := range behaviours {
						start := time.Duration(random.IntN(5000)) * time.Millisecond
						deliveries.Go(func() {
							<-time.After(start)
							for tries := 0; ; tries++ {
								workers <- true
								admitted := r.admit(context.Background(), name, "webhook")
								if admitted.end == nil {
									<-workers
								}
								switch {
								case admitted.postponed > 0:
									if !assert.Less(t, tries, 10_000, "%s is never its turn", name) {
										return
									}
									<-time.After(admitted.postponed)
									continue
								case admitted.end == nil:
									assert.Equal(t, Open, admitted.open.Circuit)
									assert.Positive(t, admitted.open.Unanswered)
									mutex.Lock()
									failed[name]++
									mutex.Unlock()
									return
								}
								mutex.Lock()
								calling[name]++
								calls[name]++
								n := calls[name]
								assert.LessOrEqual(t, calling[name], maxAtOnce, name)
								mutex.Unlock()
								<-time.After(b.takes)
								mutex.Lock()
								calling[name]--
								made[name]++
								if name == "quick:443" {
									lastQuick = time.Now()
								}
								mutex.Unlock()
								admitted.end(b.answers(n))
								<-workers
								return
							}
						})
					}
				}
				deliveries.Wait()
				for name := range behaviours {
					require.Equal(t, 60, made[name]+failed[name], name)
				}
				require.Equal(t, 60, made["quick:443"], "who answers gets all")
				require.Equal(t, 60, made["slow:443"], "who answers in the end gets all")
				require.Less(t, made["dead:80"], 60, "who never answers is soon left alone")
				if most >= 16 {
					require.Less(t, lastQuick.Sub(began), time.Minute, "nobody waits for those who hang")
				}
				for stands, count := range r.calls {
					require.Zero(t, count, "calls to those who are %d", stands)
				}
				for name, to := range r.known {
					require.Zero(t, to.users+to.calls, name)
					require.True(t, to.answered || to.unanswered > 0, "%s need not be known", name)
				}
				require.Equal(t, Closed, r.State("quick:443", "webhook").Circuit)
				require.Equal(t, Closed, r.State("nobody:1", "webhook").Circuit)
				require.Equal(t, r.NotClosed(), r.Count(Open)+r.Count(HalfOpen))
			})
		})
	}
}

func TestReceivers_waitingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewReceivers(time.Now, 10)
		running := r.admit(context.Background(), "new:443", "webhook")
		require.NotNil(t, running.end)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		began := time.Now()
		waited := r.admit(ctx, "new:443", "webhook")
		require.Nil(t, waited.end)
		require.Positive(t, waited.postponed, "it comes again")
		require.Equal(t, 10*time.Millisecond, time.Since(began))
		running.end(true)
		require.NotNil(t, r.admit(context.Background(), "new:443", "webhook").end)
	})
}

// Half open, one call finds out, and those that come meanwhile fail at once.
func TestReceivers_tryOneCallAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewReceivers(time.Now, 10)
		fail(t, r, "dead:443", breakAfter)
		require.Equal(t, Open, r.State("dead:443", "webhook").Circuit)
		for range 3 {
			<-time.After(breakFor - time.Millisecond)
			require.Nil(t, r.admit(context.Background(), "dead:443", "webhook").end, "not before its time")
			<-time.After(time.Millisecond)
			require.Equal(t, HalfOpen, r.State("dead:443", "webhook").Circuit)
			try := r.admit(context.Background(), "dead:443", "webhook")
			require.NotNil(t, try.end)
			require.Equal(t, Open, r.admit(context.Background(), "dead:443", "webhook").open.Circuit, "one at a time")
			try.end(false)
			require.Equal(t, Open, r.State("dead:443", "webhook").Circuit)
		}
		<-time.After(breakFor)
		try := r.admit(context.Background(), "dead:443", "webhook")
		try.end(true)
		require.Equal(t, State{Circuit: Closed}, r.State("dead:443", "webhook"))
		require.Zero(t, r.NotClosed())
	})
}
