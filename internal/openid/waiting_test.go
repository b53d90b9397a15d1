package openid

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testprovider"
)

// silent is a provider that takes questions and answers none until it is told to.
type silent struct {
	*httptest.Server
	asked  atomic.Int32
	answer chan struct{}
}

func newSilent(t *testing.T) *silent {
	s := &silent{answer: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		select {
		case <-s.answer:
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": s.URL, "authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token", "jwks_uri": s.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *silent) provider(timeout time.Duration) *Provider {
	p := New(Settings{Issuer: s.URL, ClientID: "accord"}, time.Now, nil)
	p.client.Timeout = timeout
	return p
}

// begunBy is what so many get who begin at once.
func begunBy(ctx context.Context, p *Provider, people int) []error {
	var waiting sync.WaitGroup
	failed := make([]error, people)
	for i := range people {
		waiting.Go(func() { _, failed[i] = p.Begin(ctx, "secret", callback) })
	}
	waiting.Wait()
	return failed
}

// Nobody waits for the provider longer than it may take for one answer, however many
// wait for it: they do not stand in a line, each to ask again.
func TestBegin_waitsForOneAnswerHoweverManyWait(t *testing.T) {
	s := newSilent(t)
	const timeout, people = 300 * time.Millisecond, 40
	p := s.provider(timeout)
	start := time.Now()
	for _, err := range begunBy(context.Background(), p, people) {
		require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
	}
	require.Less(t, time.Since(start), people/4*timeout)
	require.Less(t, s.asked.Load(), int32(people/4), "the provider is not asked by each of them")
	close(s.answer)
	before := s.asked.Load()
	for _, err := range begunBy(context.Background(), p, people) {
		require.NoError(t, err, "it is asked anew, and knows")
	}
	require.Equal(t, before+1, s.asked.Load())
}

// Somebody who goes away does not wait on, and takes the answer from nobody else.
func TestBegin_endsWithWhoAsks(t *testing.T) {
	s := newSilent(t)
	p := s.provider(time.Minute)
	gone, cancel := context.WithCancel(context.Background())
	first := make(chan error, 1)
	go func() {
		_, err := p.Begin(gone, "secret", callback)
		first <- err
	}()
	require.Eventually(t, func() bool { return s.asked.Load() == 1 }, 10*time.Second, time.Millisecond)
	second := make(chan error, 1)
	go func() {
		_, err := p.Begin(context.Background(), "secret", callback)
		second <- err
	}()
	cancel()
	select {
	case err := <-first:
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, fault.Unavailable, fault.KindOf(err))
	case <-time.After(10 * time.Second):
		require.Fail(t, "who went away waits on")
	}
	close(s.answer)
	require.NoError(t, <-second)
	require.Equal(t, int32(1), s.asked.Load())
}

// Texts of claims are taken as people write them, and nothing that could pretend to be
// several or be cut.
func TestTextsIn_takesTextsOnly(t *testing.T) {
	long := strings.Repeat("g", longestClaim)
	for name, c := range map[string]struct {
		claims map[string]any
		claim  string
		want   []string
	}{
		"none":                   {map[string]any{}, "groups", nil},
		"null":                   {map[string]any{"groups": nil}, "groups", nil},
		"one":                    {map[string]any{"groups": "a"}, "groups", []string{"a"}},
		"with commas":            {map[string]any{"groups": "a,b c"}, "groups", []string{"a,b c"}},
		"a list":                 {map[string]any{"groups": []any{"b", "a", "b"}}, "groups", []string{"b", "a", "b"}},
		"a list of other things": {map[string]any{"groups": []any{1.0, true, nil, []any{"x"}, map[string]any{"name": "y"}, "a"}}, "groups", []string{"a"}},
		"empty texts":            {map[string]any{"groups": []any{"", "a"}}, "groups", []string{"a"}},
		"an empty text":          {map[string]any{"groups": ""}, "groups", []string{}},
		"a number":               {map[string]any{"groups": 7.0}, "groups", nil},
		"an object":              {map[string]any{"groups": map[string]any{"a": true}}, "groups", nil},
		"as long as may be":      {map[string]any{"groups": []any{long, long + "g"}}, "groups", []string{long}},
		"a NUL":                  {map[string]any{"groups": []any{"a\x00", "b"}}, "groups", []string{"b"}},
		"within":                 {map[string]any{"realm_access": map[string]any{"roles": []any{"a"}}}, "realm_access.roles", []string{"a"}},
		"far within":             {map[string]any{"a": map[string]any{"b": map[string]any{"c": "x"}}}, "a.b.c", []string{"x"}},
		"a dot in a name":        {map[string]any{"https://x.example/groups": []any{"a"}}, "https://x.example/groups", []string{"a"}},
		"a dot in an inner name": {map[string]any{"a": map[string]any{"b.c": "x"}}, "a.b.c", []string{"x"}},
		"the whole name first":   {map[string]any{"a.b": "whole", "a": map[string]any{"b": "within"}}, "a.b", []string{"whole"}},
		"through a text":         {map[string]any{"a": "b"}, "a.b", nil},
		"beyond the end":         {map[string]any{"a": map[string]any{"b": "x"}}, "a.b.c", nil},
		"no name":                {map[string]any{"": "x"}, "", []string{"x"}},
	} {
		require.Equal(t, c.want, textsIn(c.claims, c.claim), name)
	}
}

// The name is that of the claim, else an address that the provider has checked, else
// what it calls them itself.
func TestNameIn_believesOnlyWhatIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		claims map[string]any
		want   string
	}{
		"the claim":                 {map[string]any{"preferred_username": "jo", "email": "jo@example.org", "email_verified": true}, "jo"},
		"blank":                     {map[string]any{"preferred_username": " \t", "email": "jo@example.org", "email_verified": true}, "jo@example.org"},
		"not checked":               {map[string]any{"email": "boss@example.org", "email_verified": false}, "42"},
		"checked, as a text":        {map[string]any{"email": "boss@example.org", "email_verified": "true"}, "42"},
		"checked, but none":         {map[string]any{"email": "", "email_verified": true}, "42"},
		"checked, but no text":      {map[string]any{"email": []any{"a@example.org"}, "email_verified": true}, "42"},
		"no text":                   {map[string]any{"preferred_username": 7.0}, "42"},
		"a list":                    {map[string]any{"preferred_username": []any{"jo"}}, "42"},
		"nothing":                   {map[string]any{}, "42"},
		"an address not said to be": {map[string]any{"email": "boss@example.org"}, "42"},
	} {
		require.Equal(t, c.want, nameIn(c.claims, "preferred_username", "42"), name)
	}
}

// Only an address of the web leads out of the provider.
func TestEnd_leadsNowhereElse(t *testing.T) {
	for endpoint, leads := range map[string]bool{
		"https://sso.example.org/end?a=b": true, "http://127.0.0.1/end": true, "": false, "javascript:alert(1)": false, "data:text/html,x": false, "//evil.example": false, "/end": false, "https://[broken": false, "ftp://x.example": false,
	} {
		p := New(Settings{Issuer: testprovider.ClientID, ClientID: "accord"}, time.Now, nil)
		p.found = &found{endSession: endpoint}
		address := p.End(context.Background(), "", "https://broker.test/?x=1&y")
		require.Equal(t, leads, address != "", endpoint)
		if leads {
			require.True(t, strings.HasPrefix(address, strings.SplitN(endpoint, "?", 2)[0]+"?"), address)
			require.Contains(t, address, "post_logout_redirect_uri=https%3A%2F%2Fbroker.test%2F%3Fx%3D1%26y")
			require.NotContains(t, address, "id_token_hint", "there is no token to hint at")
			require.Contains(t, p.End(context.Background(), "a.b", "x"), "id_token_hint=a.b")
		}
		if endpoint == "https://sso.example.org/end?a=b" {
			require.Contains(t, address, "a=b", "what the provider asks for stays")
		}
	}
}
