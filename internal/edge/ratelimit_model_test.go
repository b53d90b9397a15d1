package edge_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// counted are the windows of a rate as plainly as one can count them: by who it is that
// asks, when its window began and how often it has asked since.
type counted struct {
	rate  edge.Rate
	began map[string]time.Time
	asked map[string]int
}

// ask is what a request of somebody comes to: how many are left, how long the window
// goes on, and whether the request is one too many.
func (c *counted) ask(who string, now time.Time) (left int, until time.Duration, refused bool) {
	if began, known := c.began[who]; !known || now.Sub(began) >= c.rate.Window {
		c.began[who], c.asked[who] = now, 0
	}
	c.asked[who]++
	left = max(0, c.rate.Requests-c.asked[who])
	return left, c.began[who].Add(c.rate.Window).Sub(now), c.asked[who] > c.rate.Requests
}

// Whoever asks in whatever order and at whatever times is told how many requests are
// left and when the window ends, and is refused what is beyond, and only that. Addresses
// of one network of IPv6 are one caller, and so is one address written in two ways.
func TestLimitRate_countsAsAModelOfTheWindowsDoes(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		at := &clock{at: time.Unix(1_800_000_000, 0)}
		rate := edge.Rate{Requests: 1 + random.IntN(6), Window: time.Duration(1+random.IntN(90)) * time.Second}
		gate := edge.BasicAuth{Username: "w", Password: "write", ReadOnlyUsername: "r", ReadOnlyPassword: "read"}
		limit, err := edge.LimitRate(gate, rate, at.now)
		require.NoError(t, err)
		h := broker(edge.Options{Gate: limit, Proxies: edge.Proxies{netip.MustParsePrefix("192.0.2.1/32")}, API: readable()})
		model := counted{rate: rate, began: map[string]time.Time{}, asked: map[string]int{}}
		callers := []struct {
			who, header string
			proved      bool
		}{
			{"w", asWriter, true}, {"r", asReader, true}, {"the proxy", "X-Nothing: 1", false}, {"the proxy", asNobody, false}, {"the proxy", asBlank, false},
			{"203.0.113.7", "X-Forwarded-For: 203.0.113.7", false}, {"203.0.113.7", "X-Forwarded-For: 10.0.0.1, ::ffff:203.0.113.7", false}, {"203.0.113.8", "X-Forwarded-For: 203.0.113.8:4711", false},
			{"network", "X-Forwarded-For: 2001:db8:1:2::1", false}, {"network", "Forwarded: for=\"[2001:db8:1:2:ffff::9]:80\"", false}, {"another network", "X-Forwarded-For: 2001:db8:1:3::1", false},
		}
		ends := at.now()
		for step := range 400 {
			if random.IntN(3) == 0 {
				at.move(time.Duration(random.Int64N(int64(rate.Window) / 2)))
			}
			if random.IntN(8) == 0 {
				at.move(max(0, ends.Sub(at.now()))) // to the moment in which the last window ends
			}
			caller := testrandom.OneOf(random, callers...)
			answer := call(h, "GET", "/things/a", "", caller.header)
			left, until, refused := model.ask(caller.who, at.now())
			ends = at.now().Add(until)
			told := fmt.Sprintf("step %d: %s as %s at %s", step, caller.header, caller.who, at.now().Format(time.StampNano))
			require.Equal(t, fmt.Sprintf(`"default";q=%d;w=%.0f`, rate.Requests, rate.Window.Seconds()), answer.Header().Get("RateLimit-Policy"), told)
			require.Equal(t, fmt.Sprintf(`"default";r=%d;t=%.0f`, left, math.Ceil(until.Seconds())), answer.Header().Get("RateLimit"), told)
			want := http.StatusUnauthorized
			switch {
			case refused:
				want = http.StatusTooManyRequests
			case caller.proved:
				want = http.StatusOK
			}
			require.Equal(t, want, answer.Code, told)
			if after := answer.Header().Get("Retry-After"); refused {
				seconds, err := strconv.Atoi(after)
				require.NoError(t, err, told)
				require.GreaterOrEqual(t, time.Duration(seconds)*time.Second, until, "who waits so long is let in again: %s", told)
				require.Less(t, time.Duration(seconds-1)*time.Second, until, "nobody waits for longer than it takes: %s", told)
			} else {
				require.Empty(t, after, told)
			}
		}
	}, 1)
}
