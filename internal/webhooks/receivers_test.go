package webhooks

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stopped is a clock that stands still until it is moved.
type stopped struct{ now time.Time }

func (s *stopped) read() time.Time { return s.now }

func fail(t *testing.T, r *Receivers, name string, times int) {
	t.Helper()
	for range times {
		admitted := r.admit(context.Background(), name)
		require.NotNil(t, admitted.end)
		admitted.end(false)
	}
}

func TestReceivers_letOneOccupyOnlyItsShare(t *testing.T) {
	r, ctx := NewReceivers(time.Now), context.Background()
	var running []admission
	for range maxAtOnce {
		admitted := r.admit(ctx, "hangs:443")
		require.NotNil(t, admitted.end)
		running = append(running, admitted)
	}
	first := r.admit(ctx, "hangs:443")
	require.Nil(t, first.end)
	require.GreaterOrEqual(t, first.postponed, time.Second)
	begun := time.Now()
	var longest time.Duration
	for range 1000 {
		longest = max(longest, r.admit(ctx, "hangs:443").postponed)
	}
	require.Less(t, time.Since(begun), slotTimeout, "nobody waits where waiting was in vain")
	require.Greater(t, longest, 10*time.Second, "they do not come back all at once")
	require.LessOrEqual(t, longest, maxPostponed)
	require.NotNil(t, r.admit(ctx, "other:443").end, "others are not held up")

	running[0].end(true)
	require.NotNil(t, r.admit(ctx, "hangs:443").end)
}

func TestReceivers_openTheCircuitOfOneThatDoesNotAnswer(t *testing.T) {
	clock := &stopped{time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	r, ctx := NewReceivers(clock.read), context.Background()
	fail(t, r, "dead:443", breakAfter-1)
	require.Equal(t, Closed, r.State("dead:443").Circuit)
	fail(t, r, "dead:443", 1)
	require.Equal(t, State{Open, clock.now.Add(breakFor), breakAfter}, r.State("dead:443"))
	require.Equal(t, 1, r.NotClosed())
	refused := r.admit(ctx, "dead:443")
	require.Nil(t, refused.end)
	require.Equal(t, Open, refused.open.Circuit)

	clock.now = clock.now.Add(breakFor)
	require.Equal(t, HalfOpen, r.State("dead:443").Circuit)
	try := r.admit(ctx, "dead:443")
	require.NotNil(t, try.end)
	require.Nil(t, r.admit(ctx, "dead:443").end, "one at a time finds out")
	try.end(false)
	require.Equal(t, Open, r.State("dead:443").Circuit)

	clock.now = clock.now.Add(breakFor)
	r.admit(ctx, "dead:443").end(true)
	require.Equal(t, State{Circuit: Closed}, r.State("dead:443"))
	require.Empty(t, r.known, "nothing is kept of receivers that answer")
}

func TestReceivers_countOnlyCallsInARow(t *testing.T) {
	r := NewReceivers(time.Now)
	fail(t, r, "ci:443", breakAfter-1)
	r.admit(context.Background(), "ci:443").end(true)
	fail(t, r, "ci:443", breakAfter-1)
	require.Equal(t, Closed, r.State("ci:443").Circuit)
	fail(t, r, "ci:443", 1)
	r.answered("ci:443")
	require.Equal(t, Closed, r.State("ci:443").Circuit, "a test run was answered")
}

func TestReceiver_isHostAndPort(t *testing.T) {
	for address, want := range map[string]string{
		"https://CI.example.org/x": "ci.example.org:443", "http://joe:x@h:81/?a=${secret.X}": "h:81", "http://[::1]/": "[::1]:80", "": "",
	} {
		require.Equal(t, want, Request{URL: address}.Receiver())
	}
}
