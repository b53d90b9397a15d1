package webhooks

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stopped is a clock that stands still until it is moved.
type stopped struct{ now time.Time }

func (s *stopped) read() time.Time { return s.now }

func answer(t *testing.T, r *Receivers, name string) {
	t.Helper()
	admitted := r.admit(context.Background(), name, "webhook")
	require.NotNil(t, admitted.end)
	admitted.end(true)
}

func fail(t *testing.T, r *Receivers, name string, times int) {
	t.Helper()
	for range times {
		admitted := r.admit(context.Background(), name, "webhook")
		require.NotNil(t, admitted.end)
		admitted.end(false)
	}
}

func TestReceivers_letOneOccupyOnlyItsShare(t *testing.T) {
	r, ctx := NewReceivers(time.Now, 160), context.Background()
	answer(t, r, "hangs:443")
	var running []admission
	for range maxAtOnce {
		admitted := r.admit(ctx, "hangs:443", "webhook")
		require.NotNil(t, admitted.end)
		running = append(running, admitted)
	}
	first := r.admit(ctx, "hangs:443", "webhook")
	require.Nil(t, first.end)
	require.GreaterOrEqual(t, first.postponed, time.Second)
	begun := time.Now()
	var longest time.Duration
	for range 1000 {
		longest = max(longest, r.admit(ctx, "hangs:443", "webhook").postponed)
	}
	require.Less(t, time.Since(begun), slotTimeout, "nobody waits where waiting was in vain")
	require.Greater(t, longest, 10*time.Second, "they do not come back all at once")
	require.LessOrEqual(t, longest, maxPostponed)
	require.NotNil(t, r.admit(ctx, "other:443", "webhook").end, "others are not held up")

	running[0].end(true)
	require.NotNil(t, r.admit(ctx, "hangs:443", "webhook").end)
}

func TestReceivers_openTheCircuitOfOneThatDoesNotAnswer(t *testing.T) {
	clock := &stopped{time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	r, ctx := NewReceivers(clock.read, 160), context.Background()
	fail(t, r, "dead:443", breakAfter-1)
	require.Equal(t, Closed, r.State("dead:443", "webhook").Circuit)
	fail(t, r, "dead:443", 1)
	require.Equal(t, State{Open, clock.now.Add(breakFor), breakAfter}, r.State("dead:443", "webhook"))
	require.Equal(t, []int{1, 0}, []int{r.Count(Open), r.Count(HalfOpen)})
	refused := r.admit(ctx, "dead:443", "webhook")
	require.Nil(t, refused.end)
	require.Equal(t, Open, refused.open.Circuit)

	clock.now = clock.now.Add(breakFor)
	require.Equal(t, HalfOpen, r.State("dead:443", "webhook").Circuit)
	require.Equal(t, []int{0, 1, 1}, []int{r.Count(Open), r.Count(HalfOpen), r.NotClosed()})
	try := r.admit(ctx, "dead:443", "webhook")
	require.NotNil(t, try.end)
	require.Nil(t, r.admit(ctx, "dead:443", "webhook").end, "one at a time finds out")
	try.end(false)
	require.Equal(t, Open, r.State("dead:443", "webhook").Circuit)

	clock.now = clock.now.Add(breakFor)
	r.admit(ctx, "dead:443", "webhook").end(true)
	require.Equal(t, State{Circuit: Closed}, r.State("dead:443", "webhook"))
}

func TestReceivers_callOneThatHasNotAnsweredOnceAtATime(t *testing.T) {
	r, ctx := NewReceivers(time.Now, 160), context.Background()
	first := r.admit(ctx, "new:443", "webhook")
	require.NotNil(t, first.end)
	waiting := make(chan admission)
	for range maxAtOnce {
		go func() { waiting <- r.admit(ctx, "new:443", "webhook") }()
	}
	<-time.After(10 * time.Millisecond) // most of them wait by now
	first.end(true)
	for range maxAtOnce {
		require.NotNil(t, (<-waiting).end, "as soon as it has answered it gets more")
	}
	fail(t, r, "silent:443", 1)
	require.NotNil(t, r.admit(ctx, "silent:443", "webhook").end)
	require.Nil(t, r.admit(ctx, "silent:443", "webhook").end)
}

// begin lets calls to so many receivers begin and returns those that could.
func begin(r *Receivers, receivers, times int) []admission {
	var running []admission
	for n := range receivers {
		for range times {
			if admitted := r.admit(context.Background(), fmt.Sprintf("hangs-%d:443", n), "webhook"); admitted.end != nil {
				running = append(running, admitted)
			}
		}
	}
	return running
}

func TestReceivers_thatHangLeaveRoomForOthers(t *testing.T) {
	const hanging = 60
	t.Run("never called before", func(t *testing.T) {
		r, ctx := NewReceivers(time.Now, 160), context.Background()
		answer(t, r, "known:443")
		running := begin(r, hanging, 1)
		require.Len(t, running, hanging)
		require.NotNil(t, r.admit(ctx, "known:443", "webhook").end)
		require.NotNil(t, r.admit(ctx, "new:443", "webhook").end)
		for _, call := range running {
			call.end(false)
		}
		require.Len(t, begin(r, hanging, 1), 160/8, "once they did not answer, they share a part")
		require.NotNil(t, r.admit(ctx, "newer:443", "webhook").end)
	})
	t.Run("more than there are calls", func(t *testing.T) {
		r := NewReceivers(time.Now, 160)
		answer(t, r, "known:443")
		require.Len(t, begin(r, 500, 1), 160/2)
		require.NotNil(t, r.admit(context.Background(), "known:443", "webhook").end)
	})
	t.Run("that answered before", func(t *testing.T) {
		r := NewReceivers(time.Now, 160)
		answer(t, r, "known:443")
		for n := range hanging {
			answer(t, r, fmt.Sprintf("hangs-%d:443", n))
		}
		var running []admission
		for range maxAtOnce {
			for n := range hanging {
				if admitted := tried(r, fmt.Sprintf("hangs-%d:443", n)); admitted.end != nil {
					running = append(running, admitted)
				}
			}
		}
		require.Less(t, len(running), 160*7/8)
		require.NotNil(t, r.admit(context.Background(), "known:443", "webhook").end)
		require.NotNil(t, r.admit(context.Background(), "new:443", "webhook").end)
	})
}

// tried is admit without waiting.
func tried(r *Receivers, name string) admission {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return r.admit(ctx, name, "webhook")
}

func TestReceivers_rememberOnlySoMany(t *testing.T) {
	r := NewReceivers(time.Now, 160)
	for n := range maxKnown + 100 {
		answer(t, r, fmt.Sprint(n))
	}
	require.LessOrEqual(t, len(r.known), maxKnown)
}

// A webhook that asks for TLS where there is none gets no answer; the receiver is there.
func TestReceivers_openTheCircuitForTheWebhookAloneThatGetsNoAnswer(t *testing.T) {
	r, ctx := NewReceivers(time.Now, 160), context.Background()
	for range breakAfter {
		r.admit(ctx, "ci:443", "wrong").end(false)
	}
	require.Equal(t, Open, r.State("ci:443", "wrong").Circuit)
	require.Equal(t, Closed, r.State("ci:443", "right").Circuit)
	r.admit(ctx, "ci:443", "right").end(true)
	require.Equal(t, Open, r.State("ci:443", "wrong").Circuit, "an answer to another webhook is none to this one")
	require.Equal(t, 1, r.NotClosed())
	for n := range maxKnown + 100 {
		r.admit(ctx, fmt.Sprint(n), "wrong").end(false)
	}
	require.LessOrEqual(t, len(r.circuits), maxKnown)
	require.LessOrEqual(t, len(r.known), maxKnown)
}

func TestReceivers_countOnlyCallsInARow(t *testing.T) {
	r := NewReceivers(time.Now, 160)
	fail(t, r, "ci:443", breakAfter-1)
	r.admit(context.Background(), "ci:443", "webhook").end(true)
	fail(t, r, "ci:443", breakAfter-1)
	require.Equal(t, Closed, r.State("ci:443", "webhook").Circuit)
	fail(t, r, "ci:443", 1)
	r.answered("ci:443", "webhook")
	require.Equal(t, Closed, r.State("ci:443", "webhook").Circuit, "a test run was answered")
}

func TestReceiver_isHostAndPort(t *testing.T) {
	for address, want := range map[string]string{
		"https://CI.example.org/x": "ci.example.org:443", "http://joe:x@h:81/?a=${secret.X}": "h:81", "http://[::1]/": "[::1]:80", "": "",
	} {
		require.Equal(t, want, Request{URL: address}.Receiver())
	}
}
