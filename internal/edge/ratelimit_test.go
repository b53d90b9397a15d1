package edge_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
)

func limited(t *testing.T, gate edge.Gate, proxies ...netip.Prefix) (http.Handler, *clock) {
	t.Helper()
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	limit, err := edge.LimitRate(gate, edge.Rate{Requests: 3, Window: time.Minute}, c.now)
	require.NoError(t, err)
	return broker(edge.Options{Gate: limit, Proxies: proxies, API: readable()}), c
}

func TestLimitRate_tellsWhatIsLeftAndRefusesWhatIsBeyond(t *testing.T) {
	h, clock := limited(t, nil)
	ask := func(headers ...string) *httptest.ResponseRecorder {
		return call(h, "GET", "/things/a", "", append([]string{"Accept: */*"}, headers...)...)
	}
	for _, left := range []string{"2", "1", "0"} {
		w := ask()
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, `"default";q=3;w=60`, w.Header().Get("RateLimit-Policy"))
		require.Equal(t, `"default";r=`+left+`;t=60`, w.Header().Get("RateLimit"))
	}
	clock.move(20 * time.Second)
	w := ask()
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "40", w.Header().Get("Retry-After"))
	require.Equal(t, `"default";r=0;t=40`, w.Header().Get("RateLimit"))
	require.Contains(t, w.Body.String(), "More than 3 requests")
	clock.move(40 * time.Second)
	require.Equal(t, http.StatusOK, ask().Code)
}

func TestLimitRate_countsEachCallerAlone(t *testing.T) {
	gate := edge.BasicAuth{Username: "w", Password: "write", ReadOnlyUsername: "r", ReadOnlyPassword: "read", PublicRead: true}
	h, _ := limited(t, gate, netip.MustParsePrefix("192.0.2.1/32"))
	served := func(headers ...string) (n int) {
		for range 10 {
			if call(h, "GET", "/things/a", "", headers...).Code == http.StatusOK {
				n++
			}
		}
		return n
	}
	require.Equal(t, 3, served(asWriter))
	require.Equal(t, 3, served(asReader))
	require.Equal(t, 3, served("X-Forwarded-For: 203.0.113.7"))
	require.Equal(t, 3, served("X-Forwarded-For: 203.0.113.8"))
	require.Equal(t, 0, served("X-Forwarded-For: 203.0.113.8"))
}

func TestLimitRate_isNotFooledByMadeUpCredentials(t *testing.T) {
	guarded := edge.BasicAuth{Username: "w", Password: "write"}
	public := guarded
	public.PublicRead = true
	invented := func(n int) string { return "Authorization: Bearer x" + strconv.Itoa(n) }
	for _, test := range []struct {
		name string
		gate edge.Gate
		with func(n int) string
	}{
		{"wrong passwords", guarded, guess},
		{"wrong passwords where none are needed", public, guess},
		{"tokens that nobody knows", edge.Credentials{Tokens: noTokens{}}, invented},
		{"a scheme that is not taken", guarded, invented},
		{"a scheme that is not taken where nothing is needed", public, invented},
		{"where nothing is asked", nil, guess},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, _ := limited(t, test.gate)
			for n, left := range []string{"2", "1", "0", "0"} {
				w := call(h, "GET", "/things/a", "", test.with(n))
				require.Equal(t, n == 3, w.Code == http.StatusTooManyRequests, "%d: %d", n, w.Code)
				require.Equal(t, `"default";r=`+left+`;t=60`, w.Header().Get("RateLimit"))
			}
			require.Equal(t, http.StatusTooManyRequests, call(h, "GET", "/things/a", "").Code, "it is the same caller")
		})
	}
}

// noTokens knows no token.
type noTokens struct{}

func (noTokens) Authenticate(context.Context, string) (t access.Token, found bool, err error) {
	return access.Token{}, false, nil
}

func TestLimitRate_tellsNothingOfAPasswordWhereNoneIsNeeded(t *testing.T) {
	for n, as := range []string{asWriter, asNobody} {
		h, _, _ := publiclyReadable(t, edge.Rate{Requests: 10, Window: time.Minute})
		for range 5 {
			require.Equal(t, http.StatusCreated, call(h, "PUT", "/things/a", "{}", "Content-Type: application/json", asWriter).Code, "its owner uses it")
		}
		require.Equal(t, `"default";r=9;t=60`, call(h, "GET", "/things/a", "", guess(0)).Header().Get("RateLimit"))
		w := call(h, "GET", "/things/a", "", as)
		require.Equal(t, `"default";r=8;t=60`, w.Header().Get("RateLimit"), "%d", n)
		require.Equal(t, http.StatusOK, w.Code)
	}
}

func TestLimitRate_countsWhoIsKnownAloneAlsoWhereNothingIsNeeded(t *testing.T) {
	h, _, _ := publiclyReadable(t, edge.Rate{Requests: 3, Window: time.Minute})
	for range 10 {
		call(h, "GET", "/things/a", "")
	}
	for range 3 {
		require.Equal(t, http.StatusOK, call(h, "GET", "/things/a", "", asReader).Code)
	}
	require.Equal(t, http.StatusTooManyRequests, call(h, "GET", "/things/a", "", asReader).Code)
}

func TestLimitRate_countsAPageThatIsAResourceOnce(t *testing.T) {
	h, _ := limited(t, nil)
	w := call(h, "GET", "/nowhere", "", "Accept: text/html,application/xhtml+xml")
	require.Equal(t, `"default";r=2;t=60`, w.Header().Get("RateLimit"))
}
