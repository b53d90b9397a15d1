package edge_test

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accord/internal/edge"
)

// clock is a clock that stands still until it is moved; several may read it.
type clock struct {
	mutex sync.Mutex
	at    time.Time
}

func (c *clock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.at
}

func (c *clock) move(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = c.at.Add(by)
}

// throttled is a broker with a throttled gate, and the clock that it reads.
func throttled(t *testing.T) (http.Handler, *clock) {
	t.Helper()
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	gate, err := edge.Throttle(edge.BasicAuth{Username: "w", Password: "write", ReadOnlyUsername: "r", ReadOnlyPassword: "read"}, c.now)
	require.NoError(t, err)
	return broker(edge.Options{Gate: gate}), c
}

func guess(n int) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("w:guess"+strconv.Itoa(n)))
}

// guesses makes wrong guesses and counts those that were looked at.
func guesses(h http.Handler, how int, headers ...string) (lookedAt int) {
	for n := range how {
		if call(h, "GET", "/things/a", "", append(headers, guess(n))...).Code == http.StatusUnauthorized {
			lookedAt++
		}
	}
	return lookedAt
}

func TestThrottle_looksAtFewGuesses(t *testing.T) {
	h, clock := throttled(t)
	require.Equal(t, 20, guesses(h, 1000))
	w := call(h, "GET", "/things/a", "", guess(0))
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "5", w.Header().Get("Retry-After"))
	require.Contains(t, w.Body.String(), "Too many wrong")
	require.Equal(t, http.StatusTooManyRequests, call(h, "GET", "/things/a", "", asWriter).Code, "a right guess must look like a wrong one")

	clock.move(10 * time.Second)
	require.Equal(t, 10, guesses(h, 1000))
	clock.move(time.Second)
	require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asWriter).Code)
}

func TestThrottle_leavesThoseAloneWhoSignedInBefore(t *testing.T) {
	h, _ := throttled(t)
	require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asWriter).Code)
	require.Equal(t, 20, guesses(h, 100), "a right password uses nothing up")
	for range 50 {
		require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asWriter).Code)
	}
	require.Equal(t, http.StatusTooManyRequests, call(h, "GET", "/things/a", "", asReader).Code)
	require.Equal(t, http.StatusUnauthorized, call(h, "GET", "/things/a", "").Code, "who sends nothing guesses nothing")
}

func TestThrottle_tellsApartWhoComesOverAProxy(t *testing.T) {
	h, _ := throttled(t)
	require.Equal(t, 20, guesses(h, 100, "X-Forwarded-For: made up, 203.0.113.7"))
	require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asWriter, "X-Forwarded-For: 203.0.113.8").Code)
}

func TestThrottle_isNotFooledByMadeUpSenders(t *testing.T) {
	h, _ := throttled(t)
	lookedAt := 0
	for n := range 1000 {
		lookedAt += guesses(h, 1, "X-Forwarded-For: 203.0.113."+strconv.Itoa(n))
	}
	require.Equal(t, 100, lookedAt)
}

func TestThrottle_countsGuessesThatComeAtOnce(t *testing.T) {
	h, _ := throttled(t)
	var running sync.WaitGroup
	lookedAt := make(chan int, 200)
	for range 200 {
		running.Go(func() { lookedAt <- guesses(h, 1) })
	}
	running.Wait()
	close(lookedAt)
	total := 0
	for n := range lookedAt {
		total += n
	}
	require.Equal(t, 20, total)
}
