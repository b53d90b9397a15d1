package edge_test

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/edge"
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
func throttled(t *testing.T, proxies ...netip.Prefix) (http.Handler, *clock) {
	t.Helper()
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	throttle, err := edge.NewThrottle(c.now)
	require.NoError(t, err)
	gate := throttle.Guard(edge.BasicAuth{Username: "w", Password: "write", ReadOnlyUsername: "r", ReadOnlyPassword: "read"})
	return broker(edge.Options{Gate: gate, Proxies: proxies, API: readable()}), c
}

// readable is an API with things that everybody may read who may read.
func readable() []edge.Route {
	return []edge.Route{{Method: "PUT", Path: "/things/:name", Accepts: []string{edge.JSON}, Action: access.Publish, Handler: func(c *gin.Context) error {
		return edge.HAL(c, http.StatusCreated, nil)
	}}, {Method: "GET", Path: "/things/:name", Offers: []string{edge.Anything}, Action: access.Read, Handler: func(c *gin.Context) error {
		return edge.Text(c, http.StatusOK, edge.PlainText, "here it is")
	}}}
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
	h, _ := throttled(t)
	require.Equal(t, 20, guesses(h, 1000))
	w := call(h, "GET", "/things/a", "", guess(0))
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.Contains(t, w.Body.String(), "Too many wrong")
	require.Equal(t, http.StatusTooManyRequests, call(h, "GET", "/things/a", "", asWriter).Code, "a right guess must look like a wrong one")
}

func TestThrottle_doublesTheWaitAfterEachGuess(t *testing.T) {
	h, clock := throttled(t)
	guesses(h, 20)
	for _, wait := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
		require.Equal(t, strconv.Itoa(wait), call(h, "GET", "/things/a", "", guess(0)).Header().Get("Retry-After"))
		clock.move(time.Duration(wait)*time.Second - time.Millisecond)
		require.Zero(t, guesses(h, 10))
		clock.move(time.Millisecond)
		require.Equal(t, 1, guesses(h, 10))
	}
	clock.move(time.Minute)
	require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asWriter).Code)
	require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asReader).Code, "a right one causes no wait")
	require.Equal(t, 1, guesses(h, 10), "and forgives nothing")
	clock.move(16 * time.Minute)
	require.Equal(t, 20, guesses(h, 100), "what is long ago is forgotten")
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

func TestThrottle_tellsApartWhoComesOverATrustedProxy(t *testing.T) {
	h, _ := throttled(t, netip.MustParsePrefix("192.0.2.1/32"))
	require.Equal(t, 20, guesses(h, 100, "X-Forwarded-For: made up, 203.0.113.7"))
	require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asWriter, "X-Forwarded-For: 203.0.113.8").Code)
	require.Equal(t, 20, guesses(h, 100, "X-Forwarded-For: 2001:db8:1:2::1")+guesses(h, 100, "X-Forwarded-For: 2001:db8:1:2::2"), "one network of IPv6")
}

func TestThrottle_isNotFooledByMadeUpSenders(t *testing.T) {
	for _, header := range []string{"X-Forwarded-For: 203.0.113.", "Forwarded: for=203.0.113.", "X-Real-Ip: 203.0.113.", "True-Client-Ip: 203.0.113."} {
		h, _ := throttled(t)
		lookedAt := 0
		for n := range 250 {
			lookedAt += guesses(h, 1, header+strconv.Itoa(n))
		}
		require.Equal(t, 20, lookedAt, header)
	}
}

func TestThrottle_countsWhatIsTriedForOneAccountFromEverywhere(t *testing.T) {
	h, clock := throttled(t, netip.MustParsePrefix("192.0.2.1/32"))
	lookedAt := 0
	for n := range 250 {
		lookedAt += guesses(h, 1, "X-Forwarded-For: 203.0.113."+strconv.Itoa(n))
	}
	require.Equal(t, 100, lookedAt)
	require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asReader, "X-Forwarded-For: 203.0.113.7").Code, "other accounts are not concerned")
	clock.move(10 * time.Second)
	require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asWriter, "X-Forwarded-For: 203.0.113.255").Code, "its owner never waits long")
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

// publiclyReadable is a broker whose things everybody may read, behind a throttle
// and, if it is given, a limit of requests, and what it logs and tells its auditor.
func publiclyReadable(t *testing.T, rate edge.Rate) (h http.Handler, log *bytes.Buffer, refused *refusals) {
	t.Helper()
	now := func() time.Time { return time.Unix(1_800_000_000, 0) }
	throttle, err := edge.NewThrottle(now)
	require.NoError(t, err)
	gate := throttle.Guard(edge.BasicAuth{Username: "w", Password: "write", ReadOnlyUsername: "r", ReadOnlyPassword: "read", PublicRead: true})
	if rate.Requests > 0 {
		gate, err = edge.LimitRate(gate, rate, now)
		require.NoError(t, err)
	}
	log, refused = &bytes.Buffer{}, &refusals{}
	return broker(edge.Options{Gate: gate, API: readable(), Audit: refused, Logger: slog.New(slog.NewTextHandler(log, nil))}), log, refused
}

// refusals keeps what an auditor is told.
type refusals struct {
	origins  []audit.Origin
	outcomes []audit.Outcome
}

func (r *refusals) Refused(origin audit.Origin, outcome audit.Outcome) {
	r.origins, r.outcomes = append(r.origins, origin), append(r.outcomes, outcome)
}

func TestThrottle_looksAtFewGuessesWhereTheRouteIsPublic(t *testing.T) {
	h, log, refused := publiclyReadable(t, edge.Rate{})
	statuses := map[int]int{}
	for n := range 1000 {
		statuses[call(h, "GET", "/things/a", "", guess(n)).Code]++
	}
	require.Equal(t, map[int]int{http.StatusOK: 20, http.StatusTooManyRequests: 980}, statuses)
	require.Equal(t, http.StatusTooManyRequests, call(h, "GET", "/things/a", "", asWriter).Code, "a right guess must look like a wrong one")
	require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "").Code, "who sends nothing guesses nothing")

	require.Len(t, refused.outcomes, 1001)
	require.Equal(t, audit.Unauthorized, refused.outcomes[0])
	require.Equal(t, audit.Throttled, refused.outcomes[20])
	require.Equal(t, "192.0.2.1", refused.origins[0].Client)
	require.Equal(t, "w", refused.origins[0].Actor, "a name that there is")
	require.NotContains(t, log.String(), "user=", "who guesses is nobody")
}

func TestThrottle_countsAGuessOnceHoweverManyFacesLookAtIt(t *testing.T) {
	h, _, refused := publiclyReadable(t, edge.Rate{})
	for n := range 20 {
		require.Equal(t, http.StatusNotFound, call(h, "GET", "/nowhere.json", "", guess(n), "Accept: text/html,application/xhtml+xml").Code)
	}
	require.Len(t, refused.outcomes, 20)
	require.Equal(t, http.StatusTooManyRequests, call(h, "GET", "/things/a", "", guess(20)).Code)
}

func TestThrottle_leavesThoseAloneWhoseCredentialsAreRightWhereNoneAreNeeded(t *testing.T) {
	h, log, refused := publiclyReadable(t, edge.Rate{})
	for range 50 {
		require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asWriter).Code)
	}
	require.Empty(t, refused.outcomes)
	require.Contains(t, log.String(), "user=w")
}

// Whoever proves to be the read-only user is no guesser, whatever they ask for.
func TestThrottle_doesNotCountTheReadOnlyUserWhoWrites(t *testing.T) {
	h, _ := throttled(t)
	asReader := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("r:read"))
	for range 30 {
		w := call(h, "PUT", "/things/a", "{}", asReader, "Content-Type: application/json", "Accept: text/plain")
		require.Equal(t, http.StatusUnauthorized, w.Code, "as clients expect")
		require.Equal(t, "This user may only read: send the name and the password of the user who may write.\n", w.Body.String())
		require.NotEmpty(t, w.Header().Get("WWW-Authenticate"))
	}
	require.Equal(t, http.StatusCreated, call(h, "PUT", "/things/a", "{}", asWriter, "Content-Type: application/json").Code)
	require.Equal(t, 20, guesses(h, 30))
	require.Equal(t, http.StatusUnauthorized, call(h, "PUT", "/things/a", "{}", asReader, "Content-Type: application/json").Code, "known from before")
	require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asReader).Code)
}

func TestCredentials_tellTheReadOnlyUserSo(t *testing.T) {
	gate := edge.Credentials{BasicAuth: edge.BasicAuth{Username: "w", Password: "write", ReadOnlyUsername: "r", ReadOnlyPassword: "read"}, Tokens: noTokens{}}
	h := broker(edge.Options{Gate: gate, API: readable()})
	w := call(h, "PUT", "/things/a", "{}", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("r:read")), "Content-Type: application/json")
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.Contains(t, w.Body.String(), "This user may only read")
}
