package openid

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testprovider"
)

const callback = "https://broker.test/sign-in/callback"

// signIn is a provider, the broker's side of it, and the secrets that were spent.
type signIn struct {
	*Provider
	t     *testing.T
	at    *testprovider.Provider
	spent map[string]time.Time
}

// begun is a broker at which people sign in at a provider.
func begun(t *testing.T, change ...func(*Settings)) *signIn {
	t.Helper()
	at := testprovider.New(t)
	settings := Settings{
		Issuer: at.URL, ClientID: testprovider.ClientID, ClientSecret: testprovider.ClientSecret,
		Scopes: []string{"openid", "profile"}, GroupsClaim: "groups", NameClaim: "preferred_username",
	}
	for _, apply := range change {
		apply(&settings)
	}
	s := &signIn{t: t, at: at, spent: map[string]time.Time{}}
	s.Provider = New(settings, time.Now, func(_ context.Context, secret string, until time.Time) (bool, error) {
		_, known := s.spent[secret]
		s.spent[secret] = until
		return !known, nil
	})
	return s
}

// answer is what the browser with the secret brings back from the provider.
func (s *signIn) answer(secret string) Answer {
	s.t.Helper()
	address, err := s.Begin(context.Background(), secret, callback)
	require.NoError(s.t, err)
	back, err := url.Parse(s.at.Visit(address))
	require.NoError(s.t, err)
	require.Equal(s.t, callback, back.Scheme+"://"+back.Host+back.Path)
	q := back.Query()
	return Answer{Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Error: q.Get("error")}
}

// through signs somebody in from the beginning to the end.
func (s *signIn) through() (access.Identity, error) {
	s.t.Helper()
	secret := NewBrowserSecret()
	return s.Finish(context.Background(), secret, callback, s.answer(secret))
}

// refused makes sure that nobody was signed in, and that the log is told the reason and
// nobody else.
func refused(t *testing.T, err error, reason string) {
	t.Helper()
	require.Equal(t, fault.Forbidden, fault.KindOf(err), "%v", err)
	require.Contains(t, []string{
		"The provider's answer does not prove who you are, so nobody was signed in. Begin again from the sign-in page.",
		"This browser has not begun to sign in, or more than ten minutes ago, so nobody was signed in. Begin again from the sign-in page.",
		"This sign-in has ended before, so nobody was signed in. Begin again from the sign-in page.",
		"The provider has not let you in, so nobody was signed in. Begin again from the sign-in page.",
		"The provider has not let you in (access denied), so nobody was signed in. Begin again from the sign-in page.",
	}, err.Error())
	require.ErrorContains(t, unwrapped(err), reason)
}

func unwrapped(err error) error {
	for {
		inner, ok := err.(interface{ Unwrap() error })
		if !ok || inner.Unwrap() == nil {
			return err
		}
		if err = inner.Unwrap(); err == nil {
			return err
		}
	}
}

func TestBegin_asksForACodeThatIsBoundToTheBrowser(t *testing.T) {
	s := begun(t)
	secret := NewBrowserSecret()
	address, err := s.Begin(context.Background(), secret, callback)
	require.NoError(t, err)
	asked, err := url.Parse(address)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(address, s.at.URL+"/authorize?"))
	q := asked.Query()
	require.Equal(t, "code", q.Get("response_type"))
	require.Equal(t, testprovider.ClientID, q.Get("client_id"))
	require.Equal(t, callback, q.Get("redirect_uri"))
	require.Equal(t, "openid profile", q.Get("scope"))
	require.Equal(t, "S256", q.Get("code_challenge_method"))
	seen := map[string]bool{secret: true}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		require.GreaterOrEqual(t, len(q.Get(name)), 43, name)
		require.False(t, seen[q.Get(name)], "%s must differ from the others", name)
		seen[q.Get(name)] = true
	}
	require.NotContains(t, address, secret)
	require.NotContains(t, address, url.QueryEscape(testprovider.ClientSecret))

	again, err := s.Begin(context.Background(), secret, callback)
	require.NoError(t, err)
	require.Equal(t, address, again, "nothing needs to be stored for it")
	other, err := s.Begin(context.Background(), NewBrowserSecret(), callback)
	require.NoError(t, err)
	require.NotEqual(t, address, other)
}

func TestNewBrowserSecret_cannotBeGuessed(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		secret := NewBrowserSecret()
		require.GreaterOrEqual(t, len(secret), 52)
		require.False(t, seen[secret])
		seen[secret] = true
	}
}

func TestFinish_returnsWhomTheProviderVouchesFor(t *testing.T) {
	s := begun(t)
	s.at.Claims = map[string]any{"sub": "42", "preferred_username": "Jo Doe", "groups": []string{"platform", "shop devs"}}
	secret := NewBrowserSecret()
	before := time.Now()
	who, err := s.Finish(context.Background(), secret, callback, s.answer(secret))
	require.NoError(t, err)
	require.NotEmpty(t, who.Token, "the provider wants it back at the end")
	who.Token = ""
	require.Equal(t, access.Identity{Issuer: s.at.URL, Subject: "42", Name: "Jo Doe", Groups: []string{"platform", "shop devs"}}, who)
	require.Len(t, s.spent, 1)
	require.False(t, s.spent[secret].Before(before.Add(BrowserLifetime)), "it is remembered at least as long as the browser keeps it")
}

func TestFinish_takesNothingThatWasMeantForAnotherBrowser(t *testing.T) {
	for name, test := range map[string]struct {
		change func(a *Answer, secret *string)
		reason string
	}{
		"another browser":      {func(_ *Answer, secret *string) { *secret = NewBrowserSecret() }, "the state is not this browser's"},
		"no cookie":            {func(_ *Answer, secret *string) { *secret = "" }, "the state is not this browser's"},
		"no state":             {func(a *Answer, _ *string) { a.State = "" }, "the state is not this browser's"},
		"another state":        {func(a *Answer, _ *string) { a.State += "x" }, "the state is not this browser's"},
		"another issuer":       {func(a *Answer, _ *string) { a.Issuer = "https://evil.example" }, "another provider has answered"},
		"somebody who refuses": {func(a *Answer, _ *string) { a.Error, a.Description = "access_denied", "no" }, "the provider refused: access_denied no"},
		"refusing otherwise":   {func(a *Answer, _ *string) { a.Error = "Call 555-0100 to get in" }, "Call 555-0100"},
		"no code":              {func(a *Answer, _ *string) { a.Code = "" }, "the provider does not take the code"},
		"a made-up code":       {func(a *Answer, _ *string) { a.Code = "made-up" }, "the provider does not take the code: invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begun(t)
			secret := NewBrowserSecret()
			answer := s.answer(secret)
			test.change(&answer, &secret)
			_, err := s.Finish(context.Background(), secret, callback, answer)
			refused(t, err, test.reason)
			require.Empty(t, s.spent)
		})
	}
}

func TestFinish_takesAnAnswerWithoutTheIssuer(t *testing.T) {
	s := begun(t)
	secret := NewBrowserSecret()
	answer := s.answer(secret)
	answer.Issuer = "" // not every provider knows RFC 9207
	_, err := s.Finish(context.Background(), secret, callback, answer)
	require.NoError(t, err)
}

func TestFinish_countsOnce(t *testing.T) {
	s := begun(t)
	secret := NewBrowserSecret()
	first, second := s.answer(secret), s.answer(secret)
	_, err := s.Finish(context.Background(), secret, callback, first)
	require.NoError(t, err)
	_, err = s.Finish(context.Background(), secret, callback, first)
	refused(t, err, "the provider does not take the code")
	_, err = s.Finish(context.Background(), secret, callback, second)
	refused(t, err, "the state was used before")
}

func TestFinish_believesOnlyTokensThatTheProviderHasMadeForTheBroker(t *testing.T) {
	set := func(name string, value any) func(map[string]any) {
		return func(claims map[string]any) { claims[name] = value }
	}
	for name, lie := range map[string]func(claims map[string]any){
		"for another client":                 set("aud", "another"),
		"for several others":                 set("aud", []string{"a", "b"}),
		"for several, and not said for whom": set("aud", []string{testprovider.ClientID, "another"}),
		"made for another client":            set("azp", "another"),
		"made for nobody":                    set("azp", ""),
		"made for what is no text":           set("azp", []string{testprovider.ClientID}),
		"for several, made for another": func(claims map[string]any) {
			claims["aud"], claims["azp"] = []string{testprovider.ClientID, "another"}, "another"
		},
		"of another issuer":                  set("iss", "https://evil.example"),
		"that has expired":                   set("exp", time.Now().Add(-time.Hour).Unix()),
		"that never expires":                 func(claims map[string]any) { delete(claims, "exp") },
		"with another nonce":                 set("nonce", "another"),
		"without a nonce":                    func(claims map[string]any) { delete(claims, "nonce") },
		"for another access token":           set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"of nobody":                          func(claims map[string]any) { delete(claims, "sub") },
		"of an empty subject":                set("sub", ""),
		"of a subject that nobody can store": set("sub", "a\x00b"),
		"of a subject without end":           set("sub", strings.Repeat("x", 501)),
		"not valid yet":                      set("nbf", time.Now().Add(time.Hour).Unix()),
	} {
		t.Run(name, func(t *testing.T) {
			s := begun(t)
			s.at.Lie = lie
			_, err := s.through()
			refused(t, err, "")
		})
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for name, sign := range map[string]func(claims []byte) string{
		"signed by nobody":        testprovider.Unsigned,
		"signed by somebody else": func(claims []byte) string { return testprovider.SignWith(t, jose.ES256, other, claims) },
		"signed with the shared secret": func(claims []byte) string {
			return testprovider.SignWith(t, jose.HS256, []byte(strings.Repeat(testprovider.ClientSecret, 2)), claims)
		},
		"that is none": func([]byte) string { return "no token" },
		"missing":      func([]byte) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			s := begun(t)
			s.at.Sign = sign
			_, err := s.through()
			refused(t, err, "")
			require.Empty(t, s.spent)
		})
	}
}

func TestFinish_takesTokensThatSayTheyWereMadeForTheBroker(t *testing.T) {
	for name, audiences := range map[string]any{"one audience": testprovider.ClientID, "several": []string{"another", testprovider.ClientID}} {
		t.Run(name, func(t *testing.T) {
			s := begun(t)
			s.at.Lie = func(claims map[string]any) { claims["aud"], claims["azp"] = audiences, testprovider.ClientID }
			_, err := s.through()
			require.NoError(t, err)
		})
	}
}

func TestFinish_readsTheKeysAgainWhenTheProviderChangesThem(t *testing.T) {
	s := begun(t)
	_, err := s.through()
	require.NoError(t, err)
	s.at.Rotate()
	_, err = s.through()
	require.NoError(t, err)
}

func TestFinish_readsTheGroupsWhereverTheProviderTellsThem(t *testing.T) {
	for name, test := range map[string]struct {
		claim            string
		claims, userInfo map[string]any
		want             []string
	}{
		"a list":                      {"groups", map[string]any{"groups": []string{"a", "b"}}, nil, []string{"a", "b"}},
		"one text":                    {"groups", map[string]any{"groups": "a"}, nil, []string{"a"}},
		"an empty list":               {"groups", map[string]any{"groups": []string{}}, map[string]any{"groups": []string{"not asked"}}, nil},
		"in an object":                {"realm_access.roles", map[string]any{"realm_access": map[string]any{"roles": []string{"a"}}}, nil, []string{"a"}},
		"deep in objects":             {"a.b.c", map[string]any{"a": map[string]any{"b": map[string]any{"c": "x"}}}, nil, []string{"x"}},
		"a name with dots":            {"https://shop.example/groups", map[string]any{"https://shop.example/groups": []string{"a"}}, nil, []string{"a"}},
		"only if asked":               {"groups", nil, map[string]any{"groups": []string{"c"}}, []string{"c"}},
		"only if asked, in an object": {"realm.roles", nil, map[string]any{"realm": map[string]any{"roles": []string{"c"}}}, []string{"c"}},
		"nowhere":                     {"groups", nil, nil, nil},
		"an object":                   {"groups", map[string]any{"groups": map[string]any{"a": 1}}, nil, nil},
		"among other things":          {"groups", map[string]any{"groups": []any{1, true, nil, "a", "", strings.Repeat("x", 501), "n\x00l"}}, nil, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := begun(t, func(settings *Settings) { settings.GroupsClaim = test.claim })
			s.at.Claims = map[string]any{"sub": "42"}
			for claim, value := range test.claims {
				s.at.Claims[claim] = value
			}
			for claim, value := range test.userInfo {
				s.at.UserInfo[claim] = value
			}
			who, err := s.through()
			require.NoError(t, err)
			require.ElementsMatch(t, test.want, who.Groups)
		})
	}
}

func TestFinish_letsWhatIsSignedCountBeforeWhatIsTold(t *testing.T) {
	s := begun(t)
	s.at.Claims = map[string]any{"sub": "42", "preferred_username": "jo"}
	s.at.UserInfo = map[string]any{"sub": "42", "preferred_username": "admin", "groups": []string{"a"}}
	who, err := s.through()
	require.NoError(t, err)
	require.Equal(t, "jo", who.Name)

	s.at.UserInfo["sub"] = "1"
	_, err = s.through()
	refused(t, err, "what the provider tells is about somebody else")
}

// Many providers tell the groups in the ID token and the name only if asked.
func TestFinish_asksForTheNameThatTheTokenLeavesOut(t *testing.T) {
	s := begun(t)
	s.at.Claims = map[string]any{"sub": "42", "groups": []string{"a"}}
	s.at.UserInfo = map[string]any{"sub": "42", "preferred_username": "jo", "groups": []string{"admins"}}
	who, err := s.through()
	require.NoError(t, err)
	require.Equal(t, []any{"jo", []string{"a"}}, []any{who.Name, who.Groups})

	s.at.UserInfo["sub"] = "1"
	_, err = s.through()
	refused(t, err, "what the provider tells is about somebody else")

	s.at.UserInfo = nil
	who, err = s.through()
	require.NoError(t, err, "for a name alone nobody is turned away")
	require.Equal(t, "42", who.Name)

	delete(s.at.Claims, "groups")
	_, err = s.through()
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "without groups nobody knows what they may do")
}

func TestFinish_showsPeopleByTheBestNameThereIs(t *testing.T) {
	for name, test := range map[string]struct {
		claims map[string]any
		want   string
	}{
		"the claim":                               {map[string]any{"preferred_username": "jo", "email": "jo@example.org", "email_verified": true}, "jo"},
		"a verified address":                      {map[string]any{"email": "jo@example.org", "email_verified": true}, "jo@example.org"},
		"a blank claim":                           {map[string]any{"preferred_username": " ", "email": "jo@example.org", "email_verified": true}, "jo@example.org"},
		"one that is no text":                     {map[string]any{"preferred_username": 7}, "42"},
		"an unproven address":                     {map[string]any{"email": "admin@example.org", "email_verified": false}, "42"},
		"an address of which nothing is said":     {map[string]any{"email": "admin@example.org"}, "42"},
		"an address that somebody says is proven": {map[string]any{"email": "admin@example.org", "email_verified": "true"}, "42"},
		"none": {nil, "42"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begun(t)
			s.at.Claims = map[string]any{"sub": "42", "groups": []string{}}
			for claim, value := range test.claims {
				s.at.Claims[claim] = value
			}
			who, err := s.through()
			require.NoError(t, err)
			require.Equal(t, test.want, who.Name)
		})
	}
}

// halting is a provider that tells of itself, and of which one part answers with a
// status and nothing else.
type halting struct {
	*httptest.Server
	status int
	more   map[string]any
	asked  map[string]int
}

func newHalting(t *testing.T, status int) *halting {
	t.Helper()
	h := &halting{status: status, more: map[string]any{}, asked: map[string]int{}}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked[r.URL.Path]++
		if r.URL.Path != "/.well-known/openid-configuration" || h.more == nil {
			w.WriteHeader(h.status)
			return
		}
		told := map[string]any{"issuer": h.URL, "authorization_endpoint": h.URL + "/authorize", "token_endpoint": h.URL + "/token", "jwks_uri": h.URL + "/keys"}
		for name, value := range h.more {
			told[name] = value
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(told)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *halting) provider() *Provider {
	return New(Settings{Issuer: h.URL, ClientID: "accord", GroupsClaim: "groups"}, time.Now, func(context.Context, string, time.Time) (bool, error) { return true, nil })
}

func TestFinish_saysThatTheProviderIsAwayIfItIs(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		h := newHalting(t, status)
		_, err := h.provider().Finish(context.Background(), "secret", callback, Answer{Code: "c", State: derive("secret", "state")})
		require.Equal(t, fault.Unavailable, fault.KindOf(err), "%d: %v", status, err)
		require.ErrorContains(t, err, "does not answer. Try again")
	}
	for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized} {
		h := newHalting(t, status)
		_, err := h.provider().Finish(context.Background(), "secret", callback, Answer{Code: "c", State: derive("secret", "state")})
		refused(t, err, "the provider does not take the code")
	}
}

func TestBegin_comesBackWhenTheProviderDoes(t *testing.T) {
	h := newHalting(t, http.StatusServiceUnavailable)
	h.more = nil
	p := h.provider()
	for range 2 {
		_, err := p.Begin(context.Background(), "secret", callback)
		require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
		require.ErrorContains(t, err, "sign in with a local account")
	}
	require.Empty(t, p.End(context.Background(), "", "https://broker.test/"))
	h.more = map[string]any{}
	for range 3 {
		_, err := p.Begin(context.Background(), "secret", callback)
		require.NoError(t, err)
	}
	require.Equal(t, 4, h.asked["/.well-known/openid-configuration"], "once it has told of itself it is not asked again")

	h.more = map[string]any{"issuer": "https://evil.example"}
	_, err := h.provider().Begin(context.Background(), "secret", callback)
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "who tells of another issuer is none: %v", err)
}

func TestBegin_isNotHarmedBySomebodyWhoGoesAway(t *testing.T) {
	s := begun(t)
	gone, cancel := context.WithCancel(context.Background())
	_, err := s.Begin(gone, "secret", callback)
	require.NoError(t, err)
	cancel()
	_, err = s.through()
	require.NoError(t, err, "keys are read later, when the first who asked is long gone")
}

func TestEnd_leadsOutOfTheProviderToo(t *testing.T) {
	s := begun(t)
	address, err := url.Parse(s.End(context.Background(), "the token", "https://broker.test/?a=b&c"))
	require.NoError(t, err)
	require.Equal(t, s.at.URL+"/end-session", address.Scheme+"://"+address.Host+address.Path)
	require.Equal(t, url.Values{"client_id": {testprovider.ClientID}, "post_logout_redirect_uri": {"https://broker.test/?a=b&c"}, "id_token_hint": {"the token"}}, address.Query())
	require.NotContains(t, s.End(context.Background(), "", "https://broker.test/"), "id_token_hint")

	for end, want := range map[string]string{
		"": "", "javascript:alert(1)": "", "data:text/html,x": "", "/relative": "", "%zz": "",
		"https://p.example/out?tenant=7": "https://p.example/out?client_id=accord&post_logout_redirect_uri=https%3A%2F%2Fbroker.test%2F&tenant=7",
	} {
		h := newHalting(t, http.StatusOK)
		h.more["end_session_endpoint"] = end
		require.Equal(t, want, h.provider().End(context.Background(), "", "https://broker.test/"), end)
	}
}

func TestProvider_isKnownByItsNameOrItsHost(t *testing.T) {
	require.Equal(t, "Company", New(Settings{Issuer: "https://login.example.org/realms/shop", Name: "Company"}, nil, nil).Name())
	p := New(Settings{Issuer: "https://login.example.org:8443/realms/shop"}, nil, nil)
	require.Equal(t, "login.example.org", p.Name())
	require.Equal(t, "login.example.org:8443", p.Host())
}

func FuzzLookUp(f *testing.F) {
	f.Add(`{"a":{"b":["x"]}}`, "a.b")
	f.Add(`{"a.b":"x"}`, "a.b")
	f.Add(`{"":{"":""}}`, ".")
	f.Add(`[]`, "...")
	f.Fuzz(func(t *testing.T, text, name string) {
		var claims map[string]any
		if json.Unmarshal([]byte(text), &claims) != nil {
			return
		}
		for _, group := range textsIn(claims, name) {
			require.NotEmpty(t, group)
			require.LessOrEqual(t, len(group), 500)
		}
		require.NotEmpty(t, nameIn(claims, name, "subject"))
	})
}
