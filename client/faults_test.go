package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/client"
)

// server answers each request in one way, and counts them.
type server struct {
	client   *client.Client
	mutex    sync.Mutex
	requests []*http.Request
	waits    []time.Duration
}

// requestsNow is how many requests have come so far.
func (s *server) requestsNow() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.requests)
}

func answering(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *server {
	t.Helper()
	s := &server{}
	listening := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // the client has gone
		}
		s.mutex.Lock()
		s.requests = append(s.requests, r)
		s.mutex.Unlock()
		answer(w, r)
	}))
	t.Cleanup(listening.Close)
	s.client = &client.Client{BaseURL: listening.URL, Token: "secret", Pause: func(_ context.Context, wait time.Duration) error {
		s.waits = append(s.waits, wait)
		return nil
	}}
	return s
}

// problemAnswer is an answer of the broker that tells a failure.
func problemAnswer(status int, problem string, header ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, problem)
	}
}

// page is the answer of somebody between, such as a gateway.
func page(status int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<!doctype html><title>Sign in</title>")
	}
}

// conditional reports whether a call is made on condition.
func (s saying) conditional() bool {
	return slices.ContainsFunc(s.arguments, func(argument any) bool { _, is := argument.(client.Condition); return is })
}

// eachOperation calls each method of a client whose requests are answered so.
func eachOperation(t *testing.T, answer func(http.ResponseWriter, *http.Request), check func(t *testing.T, s *server, said saying, err error)) {
	t.Helper()
	for id, said := range operations {
		t.Run(id, func(t *testing.T) {
			s := answering(t, answer)
			_, err := said.call(t, s.client)
			check(t, s, said, err)
		})
	}
}

func TestOperations_tellWhatTheBrokerRefuses(t *testing.T) {
	eachOperation(t, problemAnswer(http.StatusForbidden, `{"type":"about:blank","status":403,"title":"Not allowed","detail":"No.","code":"forbidden","action":"Ask somebody.","retryable":false,"request_id":"r1","errors":[{"pointer":"/name","detail":"is odd"}]}`),
		func(t *testing.T, s *server, _ saying, err error) {
			var problem *client.Problem
			require.ErrorAs(t, err, &problem)
			require.Equal(t, []any{"forbidden", 403, "r1", false}, []any{problem.Code, problem.Status, problem.RequestID, problem.Retryable})
			require.EqualError(t, err, "the broker answered 403 forbidden: No. (name is odd) Ask somebody.")
			require.Len(t, s.requests, 1, "it would be refused again")
			require.Empty(t, s.waits)
		})
}

func TestOperations_areSentAgainWhenTheBrokerSaysSo(t *testing.T) {
	eachOperation(t, problemAnswer(http.StatusServiceUnavailable, `{"code":"unavailable","detail":"Later.","retryable":true}`, "Retry-After", "7"),
		func(t *testing.T, s *server, _ saying, err error) {
			require.True(t, client.IsCode(err, "unavailable"), "%v", err)
			require.Len(t, s.requests, 3)
			require.Equal(t, []time.Duration{7 * time.Second, 7 * time.Second}, s.waits, "as long as the broker says")
			for _, r := range s.requests[1:] {
				require.Equal(t, s.requests[0].Header.Get("Idempotency-Key"), r.Header.Get("Idempotency-Key"))
				require.Equal(t, s.requests[0].URL.String(), r.URL.String())
			}
			require.Equal(t, s.requests[0].Method == http.MethodPost, s.requests[0].Header.Get("Idempotency-Key") != "")
		})
}

func TestOperations_areSentAgainWhenAGatewayFails(t *testing.T) {
	eachOperation(t, page(http.StatusBadGateway), func(t *testing.T, s *server, said saying, err error) {
		require.ErrorContains(t, err, "the broker answered 502: Bad Gateway")
		want := 3
		if said.conditional() {
			want = 1 // nobody knows whether it was done
		}
		require.Len(t, s.requests, want)
		require.Len(t, s.waits, want-1)
	})
}

// A page in which somebody is asked to sign in is no answer of a broker, whatever its
// status is: nothing was read, and nothing was deleted.
func TestOperations_takeNoPageForAnAnswer(t *testing.T) {
	eachOperation(t, page(http.StatusOK), func(t *testing.T, s *server, _ saying, err error) {
		require.ErrorContains(t, err, "is not what an Accord broker says")
		require.Len(t, s.requests, 1)
	})
	signIn := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sign-in" {
			page(http.StatusOK)(w, r)
			return
		}
		http.Redirect(w, r, "/sign-in", http.StatusFound)
	}
	eachOperation(t, signIn, func(t *testing.T, _ *server, _ saying, err error) {
		require.ErrorContains(t, err, "is not what an Accord broker says")
	})
}

func TestOperations_areSentAgainWhenAnAnswerIsCutOff(t *testing.T) {
	cutOff := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"items":[`)
	}
	eachOperation(t, cutOff, func(t *testing.T, s *server, said saying, err error) {
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		want := 3
		if said.conditional() {
			want = 1
		}
		require.Len(t, s.requests, want)
	})
}

func TestOperations_endWithTheirContext(t *testing.T) {
	gone := errors.New("nobody waits any longer")
	for id, said := range operations {
		t.Run(id, func(t *testing.T) {
			s := answering(t, problemAnswer(http.StatusServiceUnavailable, `{"code":"unavailable","retryable":true}`))
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(gone)
			_, err := said.callIn(ctx, t, s.client)
			require.ErrorIs(t, err, gone)
			require.Empty(t, s.requests)
			require.Empty(t, s.waits)

			ctx, cancel = context.WithCancelCause(t.Context())
			s.client.Pause = nil // which waits for real
			wait := make(chan error, 1)
			go func() {
				_, err := said.callIn(ctx, t, s.client)
				wait <- err
			}()
			require.Eventually(t, func() bool { return s.requestsNow() > 0 }, 10*time.Second, time.Millisecond)
			cancel(gone)
			require.ErrorIs(t, <-wait, gone)
			require.Len(t, s.requests, 1)
		})
	}
}

// An address that leads to no server is told at once: no other attempt makes it better.
func TestOperations_tellAnAddressThatIsNone(t *testing.T) {
	for _, address := range []string{"", "broker.example.org", "ftp://broker.example.org", "http://", "http://bro ker", "https:///sub", "://x", "localhost:9292"} {
		waits := 0
		c := &client.Client{BaseURL: address, Pause: func(context.Context, time.Duration) error { waits++; return nil }}
		_, err := c.About(t.Context())
		require.ErrorContains(t, err, "is no address of a broker", address)
		require.Zero(t, waits, address)
	}
	s := answering(t, page(http.StatusTeapot))
	for _, more := range []string{"/", "//", "/sub/path/"} {
		c := *s.client
		c.BaseURL += more
		_, err := c.About(t.Context())
		require.Error(t, err)
		require.Equal(t, strings.TrimRight(more, "/")+"/api/v1/about", s.requests[len(s.requests)-1].URL.Path)
	}
}

// The number of attempts is the one that is asked for, and the waits between them grow up
// to a bound.
func TestClient_triesAsOftenAsItIsTold(t *testing.T) {
	for attempts, want := range map[int]int{0: 3, 1: 1, 2: 2, 9: 9} {
		s := answering(t, problemAnswer(http.StatusTooManyRequests, `{"code":"too_many_requests","retryable":true}`))
		s.client.Attempts = attempts
		_, err := s.client.About(t.Context())
		require.True(t, client.IsCode(err, "too_many_requests"), "%v", err)
		require.Len(t, s.requests, want)
		for i, wait := range s.waits {
			require.Equal(t, min(time.Second<<i, 30*time.Second), wait)
		}
	}
	s := answering(t, problemAnswer(http.StatusServiceUnavailable, `{"code":"unavailable","retryable":true}`, "Retry-After", "86400"))
	_, err := s.client.About(t.Context())
	require.Error(t, err)
	require.Equal(t, []time.Duration{30 * time.Second, 30 * time.Second}, s.waits, "no program waits for a day")
}
