package client_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// losing is a client of a broker that does what the first request asks for, and whose
// answer to that is lost in the way that lose says.
func losing(t *testing.T, b *testbroker.Broker, lose func(w http.ResponseWriter)) (*client.Client, *failing) {
	f := &failing{broker: b.Handler(), fail: func(attempt int, w http.ResponseWriter, r *http.Request) bool {
		if attempt == 1 {
			b.Handler().ServeHTTP(httptest.NewRecorder(), r)
			lose(w)
			return true
		}
		return false
	}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return &client.Client{BaseURL: server.URL, Pause: func(context.Context, time.Duration) error { return nil }}, f
}

// The ways in which an answer is lost.
var ways = map[string]func(w http.ResponseWriter){
	"no answer":              func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	"an answer of a gateway": func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) },
}

func TestClient_deletesOnceAndIsDone(t *testing.T) {
	for name, lose := range ways {
		t.Run(name, func(t *testing.T) {
			b := testbroker.New(t)
			b.Put("/api/v1/teams/shop", testbroker.Object{}).OK(http.StatusCreated)
			c, f := losing(t, b, lose)
			require.NoError(t, c.DeleteTeam(t.Context(), "shop"))
			require.Len(t, f.keys, 2)
			require.True(t, client.IsCode(c.DeleteTeam(t.Context(), "shop"), "not_found"), "it was not there from the start")
		})
	}
}

// Sent again it would be refused, because what was changed is not as it was.
func TestClient_doesNotRepeatAChangeOnConditionThatMayBeDone(t *testing.T) {
	for name, lose := range ways {
		t.Run(name, func(t *testing.T) {
			b := testbroker.New(t)
			c, f := losing(t, b, lose)
			_, err := c.PutTeam(t.Context(), "shop", client.NewTeam{}, client.IfNew())
			require.Error(t, err)
			require.False(t, client.IsCode(err, "precondition_failed"), "%v", err)
			require.Len(t, f.keys, 1)
			b.Get("/api/v1/teams/shop").OK(http.StatusOK)

			c, f = losing(t, b, lose)
			_, err = c.PutTeam(t.Context(), "shop", client.NewTeam{Contact: "#shop"})
			require.NoError(t, err)
			require.Len(t, f.keys, 2)
		})
	}
}

func TestClient_repeatsAChangeOnConditionThatTheBrokerHasNotMade(t *testing.T) {
	b := testbroker.New(t)
	f := &failing{broker: b.Handler(), fail: func(attempt int, w http.ResponseWriter, _ *http.Request) bool {
		if attempt == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"code": "unavailable", "retryable": true}`)
		}
		return attempt == 1
	}}
	server := httptest.NewServer(f)
	defer server.Close()
	c := &client.Client{BaseURL: server.URL, Pause: func(context.Context, time.Duration) error { return nil }}
	_, err := c.PutTeam(t.Context(), "shop", client.NewTeam{}, client.IfNew())
	require.NoError(t, err)
	require.Len(t, f.keys, 2)
}

// A name that is empty would make the address that of something else.
func TestClient_sendsNoNameThatLeadsElsewhere(t *testing.T) {
	rec := &recorder{}
	server := httptest.NewServer(rec)
	defer server.Close()
	c := &client.Client{BaseURL: server.URL}
	_, err := c.Team(t.Context(), "")
	require.ErrorContains(t, err, "a name in the path /api/v1/teams/ is empty")
	require.ErrorContains(t, c.RemoveSigningKey(t.Context(), "", "x"), "is empty")
	require.Empty(t, rec.requests)
	for name, path := range map[string]string{
		"..": "/api/v1/teams/%2E%2E", ".": "/api/v1/teams/%2E", "a/b": "/api/v1/teams/a%2Fb", "a+b c": "/api/v1/teams/a+b%20c", "...": "/api/v1/teams/...", "ü?#": "/api/v1/teams/%C3%BC%3F%23",
	} {
		_, err := c.Team(t.Context(), name)
		require.Error(t, err)
		require.Equal(t, path, rec.requests[len(rec.requests)-1].URL.EscapedPath())
	}
}

func TestClient_sendsWhatAGatewayAsksFor(t *testing.T) {
	rec := &recorder{}
	server := httptest.NewServer(rec)
	defer server.Close()
	c := &client.Client{BaseURL: server.URL, Token: "secret", UserAgent: "deploys/1", Header: http.Header{"x-team": {"blue"}, "Host": {"broker.example.org"}}}
	_, err := c.About(t.Context())
	require.Error(t, err)
	_, err = c.ExchangeToken(t.Context(), "jwt")
	require.Error(t, err)
	for _, r := range rec.requests {
		require.Equal(t, []string{"blue", "deploys/1", "broker.example.org"}, []string{r.Header.Get("X-Team"), r.UserAgent(), r.Host})
	}
	require.Equal(t, "Bearer secret", rec.requests[0].Header.Get("Authorization"))
	require.Empty(t, rec.requests[1].Header.Get("Authorization"), "a token that ends proves nothing any more")
	require.Equal(t, "application/x-www-form-urlencoded", rec.requests[1].Header.Get("Content-Type"))
}

func TestClient_readsNoDocumentIntoAProblem(t *testing.T) {
	c := &client.Client{BaseURL: testbroker.New(t).URL()}
	_, err := c.ProviderDocument(t.Context(), "nobody", client.DocumentQuery{})
	require.True(t, client.IsCode(err, "pacticipant_not_found") || client.IsCode(err, "not_found"), "%v", err)
}
