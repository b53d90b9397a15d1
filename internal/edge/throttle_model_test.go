package edge_test

import (
	"encoding/base64"
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

// guesser is what a plain account of wrong tries knows of an address or of an account.
type guesser struct {
	free    int
	longest time.Duration
	wrong   int
	last    time.Time
	// until is when the next one is looked at.
	until time.Time
}

// waits is how long nothing is looked at any more, 0 if it is.
func (g *guesser) waits(now time.Time) time.Duration {
	if now.Sub(g.last) > 15*time.Minute {
		g.wrong, g.until = 0, time.Time{}
	}
	return max(0, g.until.Sub(now))
}

// guess counts one that was looked at.
func (g *guesser) guess(now time.Time, wrong bool) {
	g.last = now
	if !wrong {
		g.until = time.Time{}
		return
	}
	if g.wrong++; g.wrong >= g.free {
		wait := time.Second * time.Duration(math.Pow(2, float64(min(g.wrong-g.free, 20))))
		g.until = now.Add(min(wait, g.longest))
	}
}

// wrongTries is a plain account of who has guessed how often.
type wrongTries struct {
	addresses, accounts map[string]*guesser
	proven              map[string]bool
}

func (w *wrongTries) of(all map[string]*guesser, who string, free int, longest time.Duration) *guesser {
	if all[who] == nil {
		all[who] = &guesser{free: free, longest: longest}
	}
	return all[who]
}

// try is what a request comes to: whether its credentials are right, or how long to wait
// until anything is looked at.
func (w *wrongTries) try(now time.Time, address, account, password string, right bool) (status int, wait time.Duration) {
	if account == "" {
		return http.StatusUnauthorized, 0 // who sends nothing guesses nothing
	}
	proof := address + " " + account + " " + password
	if w.proven[proof] {
		return http.StatusOK, 0
	}
	there, it := w.of(w.addresses, address, 20, time.Minute), w.of(w.accounts, account, 100, 10*time.Second)
	if wait := there.waits(now); wait > 0 {
		return http.StatusTooManyRequests, wait
	}
	if wait := it.waits(now); wait > 0 {
		there.guess(now, false)
		return http.StatusTooManyRequests, wait
	}
	there.guess(now, !right)
	it.guess(now, !right)
	if !right {
		return http.StatusUnauthorized, 0
	}
	w.proven[proof] = true
	return http.StatusOK, 0
}

// Whoever tries whichever passwords from wherever and whenever is let in, refused or told
// to wait as a plain account of the wrong tries says, and never for longer than it says.
func TestThrottle_countsAsAModelOfTheTriesDoes(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		h, at := throttled(t, netip.MustParsePrefix("192.0.2.1/32"))
		model := wrongTries{addresses: map[string]*guesser{}, accounts: map[string]*guesser{}, proven: map[string]bool{}}
		right := map[string]string{"w": "write", "r": "read"}
		met := map[int]int{}
		for step := range 3000 {
			if random.IntN(12) == 0 {
				at.move(time.Duration(random.Int64N(int64(testrandom.OneOf(random, 2*time.Second, 20*time.Second, 20*time.Second, 16*time.Minute)))))
			}
			address := fmt.Sprint("203.0.113.", random.IntN(8))
			account := testrandom.OneOf(random, "w", "w", "w", "r", "nobody", "")
			password := testrandom.OneOf(random, "a", "b", "c", "d", "")
			if random.IntN(15) == 0 {
				password = right[account]
			}
			headers := []string{"X-Forwarded-For: " + address}
			if account != "" {
				headers = append(headers, "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(account+":"+password)))
			}
			status, wait := model.try(at.now(), address, account, password, account != "" && password == right[account] && password != "")
			answer := call(h, "GET", "/things/a", "", headers...)
			told := fmt.Sprintf("step %d: %s with %q from %s at %s: %s", step, account, password, address, at.now().Format(time.TimeOnly), answer.Body)
			require.Equal(t, status, answer.Code, told)
			met[status]++
			if status != http.StatusTooManyRequests {
				require.Empty(t, answer.Header().Get("Retry-After"), told)
				continue
			}
			seconds, err := strconv.Atoi(answer.Header().Get("Retry-After"))
			require.NoError(t, err, told)
			require.Equal(t, int(math.Ceil(wait.Seconds())), seconds, told)
		}
		require.Len(t, met, 3, "all was met: %v", met)
	}, 1)
}

// Where everybody may read, wrong credentials are counted all the same, and who sends none
// is let in whatever others do.
func TestThrottle_ofPublicReadingCountsAsAModelDoes(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		h, _, refused := publiclyReadable(t, edge.Rate{})
		wrong, told, proven := 0, 0, false
		for range 200 {
			password := testrandom.OneOf(random, "write", "guess", "Write", "")
			if random.IntN(4) == 0 {
				require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "").Code, "who sends nothing guesses nothing")
				continue
			}
			want := http.StatusTooManyRequests
			if right := password == "write"; right && proven || wrong < 20 {
				want, proven = http.StatusOK, proven || right
				if !right {
					wrong++
				}
			}
			if password != "write" || want != http.StatusOK {
				told++
			}
			answer := call(h, "GET", "/things/a", "", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("w:"+password)))
			require.Equal(t, want, answer.Code, "%q after %d wrong ones", password, wrong)
		}
		require.Len(t, refused.outcomes, told, "each one that is refused is told the auditor once")
	}, 1)
}
