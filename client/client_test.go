package client_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestVerdict_saysWhy(t *testing.T) {
	b := testbroker.New(t)
	c := &client.Client{BaseURL: b.URL() + "/"}
	b.Environment("production")
	b.Pact("web", "1").With("orders").VerifiedBy("7")
	ask := client.Question{Versions: []client.Version{{Application: "web", Version: "1"}}, Target: client.Environment("production")}

	verdict, err := c.Verdict(t.Context(), ask)
	require.NoError(t, err)
	require.Equal(t, client.Unknown, verdict.Decision)
	require.Equal(t, "nothing_deployed", verdict.Pairs[0].Code)
	require.NotEmpty(t, verdict.Pairs[0].Actions)

	b.Deploy("orders", "7", "production")
	verdict, err = c.Verdict(t.Context(), ask)
	require.NoError(t, err)
	require.Equal(t, client.Yes, verdict.Decision)
	require.Equal(t, "orders 7", verdict.Pairs[0].Provider.String())
}

func TestReadVerdict_takesNothingForAYes(t *testing.T) {
	for _, body := range []string{``, `{}`, `{"decision": "maybe"}`, `{"decision": true}`, `[]`, `<html>`} {
		_, err := client.ReadVerdict([]byte(body))
		require.Error(t, err, body)
	}
}

func TestProblem_namesTheFieldAndTheRemedy(t *testing.T) {
	c := &client.Client{BaseURL: testbroker.New(t).URL()}
	_, err := c.CreateToken(t.Context(), client.NewToken{Name: "builds", Role: "emperor"})
	var problem *client.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, http.StatusBadRequest, problem.Status)
	require.Equal(t, "/role", problem.Fields[0].Pointer)
	require.NotEmpty(t, problem.RequestID)
	require.False(t, problem.Retryable)
	require.ErrorContains(t, err, "(role ")
	require.True(t, client.IsCode(err, "invalid"))
	require.False(t, client.IsCode(err, "not_found"))
	require.True(t, client.IsCode(c.RevokeToken(t.Context(), "none"), "not_found"))
}

func TestTokens_areReadToTheEnd(t *testing.T) {
	c := &client.Client{BaseURL: testbroker.New(t).URL()}
	const many = 60 // more than a page has
	for i := range many {
		made, err := c.CreateToken(t.Context(), client.NewToken{Name: "token " + strconv.Itoa(i), Role: "viewer"})
		require.NoError(t, err)
		require.NotEmpty(t, made.Secret)
	}
	var names []string
	for token, err := range c.Tokens(t.Context(), "") {
		require.NoError(t, err)
		require.Empty(t, token.Secret)
		names = append(names, token.Name)
	}
	require.Len(t, names, many)
	require.Equal(t, "token 59", names[many-1])

	for token, err := range c.Tokens(t.Context(), "") {
		require.NoError(t, err)
		require.NoError(t, c.RevokeToken(t.Context(), token.ID))
		break
	}
	for token, err := range c.Tokens(t.Context(), "") {
		require.NoError(t, err)
		require.NotNil(t, token.RevokedAt)
		break
	}
}

func TestTokens_endWithTheFailure(t *testing.T) {
	c := &client.Client{BaseURL: testbroker.New(t).URL() + "/elsewhere"}
	turns := 0
	for _, err := range c.Tokens(t.Context(), "") {
		turns++
		require.ErrorContains(t, err, "404")
	}
	require.Equal(t, 1, turns)
}

func TestEvents_goOnWhereTheyEnded(t *testing.T) {
	b := testbroker.New(t)
	c := &client.Client{BaseURL: b.URL()}
	b.Pact("web", "1").With("orders")
	first, cursor, err := c.Events(t.Context(), client.EventQuery{Types: []string{"contract_published"}, Applications: []string{"web"}, Since: time.Unix(1, 0)})
	require.NoError(t, err)
	require.Len(t, first, 1)
	require.Equal(t, "accord.contract_published", first[0].Type)
	require.NotEmpty(t, first[0].Data)

	nothing, cursor, err := c.Events(t.Context(), client.EventQuery{Types: []string{"contract_published"}, Applications: []string{"web"}, Cursor: cursor})
	require.NoError(t, err)
	require.Empty(t, nothing)
	b.Pact("web", "2").With("orders")
	second, _, err := c.Events(t.Context(), client.EventQuery{Types: []string{"contract_published"}, Applications: []string{"web"}, Cursor: cursor, Wait: time.Second})
	require.NoError(t, err)
	require.Len(t, second, 1)
}

func TestClient_sendsItsCredentials(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access.BasicAuth, s.Access.Username, s.Access.Password = true, "ci", "sesame"
	}))
	_, err := (&client.Client{BaseURL: b.URL()}).About(t.Context())
	require.True(t, client.IsCode(err, "unauthorized"), "%v", err)
	about, err := (&client.Client{BaseURL: b.URL(), Username: "ci", Password: "sesame"}).About(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Accord", about.Name)
	require.False(t, about.StartedAt.IsZero())
}

// failing is a server in front of the broker that fails some requests: before the
// broker gets them, or after it has answered.
type failing struct {
	broker http.Handler
	fail   func(attempt int, w http.ResponseWriter, r *http.Request) (done bool)
	keys   []string
}

func (f *failing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.keys = append(f.keys, r.Header.Get("Idempotency-Key"))
	if !f.fail(len(f.keys), w, r) {
		f.broker.ServeHTTP(w, r)
	}
}

func TestClient_sendsAgainWithoutDoingItTwice(t *testing.T) {
	b := testbroker.New(t)
	f := &failing{broker: b.Handler(), fail: func(attempt int, _ http.ResponseWriter, r *http.Request) bool {
		if attempt == 1 {
			b.Handler().ServeHTTP(httptest.NewRecorder(), r) // done, and the answer is lost
			panic(http.ErrAbortHandler)
		}
		return false
	}}
	server := httptest.NewServer(f)
	defer server.Close()
	c := &client.Client{BaseURL: server.URL, Pause: func(context.Context, time.Duration) error { return nil }}

	made, err := c.CreateToken(t.Context(), client.NewToken{Name: "builds", Role: "viewer"})
	require.NoError(t, err)
	require.NotEmpty(t, made.Secret)
	require.Equal(t, f.keys[0], f.keys[1])
	count := 0
	for _, err := range (&client.Client{BaseURL: b.URL()}).Tokens(t.Context(), "") {
		require.NoError(t, err)
		count++
	}
	require.Equal(t, 1, count)
}

func TestClient_waitsAsLongAsItIsTold(t *testing.T) {
	for name, tt := range map[string]struct {
		fail  func(w http.ResponseWriter)
		waits []time.Duration
		tries int
	}{
		"the broker says how long": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "7")
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"code": "unavailable", "retryable": true}`)
		}, []time.Duration{7 * time.Second, 7 * time.Second}, 3},
		"somebody between fails": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }, []time.Duration{time.Second, 2 * time.Second}, 3},
		"what will not pass":     {func(w http.ResponseWriter) { w.WriteHeader(http.StatusTeapot) }, nil, 1},
		"what is no answer of a broker": {func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "<html>Hello")
		}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := &failing{fail: func(_ int, w http.ResponseWriter, _ *http.Request) bool { tt.fail(w); return true }}
			server := httptest.NewServer(f)
			defer server.Close()
			var waits []time.Duration
			c := &client.Client{BaseURL: server.URL, Pause: func(_ context.Context, wait time.Duration) error { waits = append(waits, wait); return nil }}
			_, err := c.About(t.Context())
			require.Error(t, err)
			require.Equal(t, tt.waits, waits)
			require.Len(t, f.keys, tt.tries)
		})
	}
}

func TestClient_endsWithItsContext(t *testing.T) {
	f := &failing{fail: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}}
	server := httptest.NewServer(f)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	c := &client.Client{BaseURL: server.URL, Pause: func(context.Context, time.Duration) error { cancel(); return ctx.Err() }}
	_, err := c.About(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, f.keys, 1)
}
