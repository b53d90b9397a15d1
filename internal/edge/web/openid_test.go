package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testprovider"
)

// atProvider is a broker at which people sign in at a provider.
func atProvider(t *testing.T, change ...func(*config.OpenID)) (b, admin *testbroker.Broker, p *testprovider.Provider) {
	p = testprovider.New(t)
	b, admin = withPeople(t, atProviderOf(p, change...))
	return b, admin, p
}

// atProviderOf has people sign in at a provider.
func atProviderOf(p *testprovider.Provider, change ...func(*config.OpenID)) testbroker.Option {
	return testbroker.With(func(s *config.Settings) {
		o := &s.Access.OpenID
		o.Issuer, o.ClientID, o.ClientSecret = p.URL, testprovider.ClientID, testprovider.ClientSecret
		o.Groups = []config.GroupRole{{Group: "platform", Role: "admin"}, {Group: "ci people", Role: "deployer"}}
		for _, c := range change {
			c(o)
		}
	})
}

// begin sends a browser to the provider; it returns where that sends it back, and
// the cookie that the browser keeps.
func begin(b *testbroker.Broker, p *testprovider.Provider, back string) (callback, cookie string) {
	led := b.Visit("/sign-in/start?back=" + url.QueryEscape(back))
	led.OK(http.StatusSeeOther)
	return p.Visit(led.Header.Get("Location")), led.Cookie()
}

// signInAt signs in at the provider, all the way.
func signInAt(b *testbroker.Broker, p *testprovider.Provider) testbroker.Change {
	callback, cookie := begin(b, p, "/")
	return testbroker.FromBrowser(b.Visit(callback, testbroker.Header("Cookie", cookie)).OK(http.StatusSeeOther).Cookie())
}

func TestSignInAtProvider_leadsBackWithTheRolesOfTheGroups(t *testing.T) {
	b, admin, p := atProvider(t)
	page := string(b.Visit("/sign-in?back=%2Fnetwork").OK(http.StatusOK).Body)
	require.Contains(t, page, "Continue with 127.0.0.1")
	p.Claims["groups"] = []any{"ci people", "others", 7}
	callback, cookie := begin(b, p, "/network")
	require.Regexp(t, `^accord-sign-in=[A-Z2-7]{52}\.[\w-]+$`, cookie)
	in := b.Visit(callback, testbroker.Header("Cookie", cookie)).OK(http.StatusSeeOther)
	require.Equal(t, "/network", in.Header.Get("Location"))
	require.Contains(t, in.Header.Values("Set-Cookie")[0], "accord-sign-in=; Path=/; Max-Age=0")
	jo := testbroker.FromBrowser(in.Cookie())
	me := b.Get("/api/v1/me", jo).OK(http.StatusOK)
	require.Equal(t, "jo", me.Text("name"))
	require.Equal(t, "viewer", me.Text("grants", 0, "role"))
	require.Equal(t, "deployer", me.Text("grants", 1, "role"))
	require.Nil(t, me.Find("grants", 2))
	account := string(b.Visit("/account", jo).OK(http.StatusOK).Body)
	require.Contains(t, account, "ci people, others")
	require.NotContains(t, account, "Change your password")
	admin.Post("/api/v1/users/"+admin.Get("/api/v1/users").OK(http.StatusOK).Text("items", 0, "id")+"/password", testbroker.Object{}).OK(http.StatusConflict)

	p.Claims["groups"] = "platform"
	b.Get("/api/v1/users", signInAt(b, p)).OK(http.StatusOK)
	p.Claims["sub"], p.Claims["groups"] = "43", nil
	other := signInAt(b, p)
	require.Regexp(t, `^jo~`, b.Get("/api/v1/me", other).OK(http.StatusOK).Text("name"), "a name makes nobody somebody else")
	b.Get("/api/v1/users", other).OK(http.StatusForbidden)
}

func TestSignInAtProvider_believesNothingThatProvesNothing(t *testing.T) {
	b, admin, p := atProvider(t)
	other := testprovider.New(t)
	for name, lie := range map[string]func(*testprovider.Provider){
		"another nonce":    func(p *testprovider.Provider) { p.Lie = func(c map[string]any) { c["nonce"] = "x" } },
		"no nonce":         func(p *testprovider.Provider) { p.Lie = func(c map[string]any) { delete(c, "nonce") } },
		"another audience": func(p *testprovider.Provider) { p.Lie = func(c map[string]any) { c["aud"] = "shop" } },
		"another issuer":   func(p *testprovider.Provider) { p.Lie = func(c map[string]any) { c["iss"] = other.URL } },
		"expired": func(p *testprovider.Provider) {
			p.Lie = func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() }
		},
		"no signature": func(p *testprovider.Provider) { p.Sign = testprovider.Unsigned },
		"another's key": func(p *testprovider.Provider) {
			p.Sign = func(claims []byte) string { return testprovider.SignWith(t, jose.ES256, other.Key(), claims) }
		},
		"signed with what everybody knows": func(p *testprovider.Provider) {
			p.Sign = func(claims []byte) string {
				return testprovider.SignWith(t, jose.HS256, []byte(strings.Repeat(testprovider.ClientSecret, 2)), claims)
			}
		},
		"no token":              func(p *testprovider.Provider) { p.Sign = func([]byte) string { return "" } },
		"groups of another one": func(p *testprovider.Provider) { delete(p.Claims, "groups"); p.UserInfo["sub"] = "43" },
	} {
		lie(p)
		callback, cookie := begin(b, p, "/")
		answer := b.Visit(callback, testbroker.Header("Cookie", cookie)).OK(http.StatusForbidden)
		require.Contains(t, string(answer.Body), "nobody was signed in", name)
		require.NotContains(t, strings.Join(answer.Header.Values("Set-Cookie"), " "), "session", name)
		p.Lie, p.Sign = nil, nil
		p.Claims["groups"], p.UserInfo["sub"] = []string{}, "42"
	}
	require.NotContains(t, string(admin.Get("/api/v1/users").OK(http.StatusOK).Body), "jo")
	signInAt(b, p)
}

// Who has signed in, who has come for the first time, and who was turned away is
// in the audit.
func TestSignInAtProvider_isInTheAudit(t *testing.T) {
	b, admin, p := atProvider(t)
	jo := signInAt(b, p)
	p.Sign = testprovider.Unsigned
	callback, cookie := begin(b, p, "/")
	b.Visit(callback, testbroker.Header("Cookie", cookie)).OK(http.StatusForbidden)
	found := string(admin.Get("/api/v1/audit?action=" + url.QueryEscape("GET /sign-in/callback")).OK(http.StatusOK).Body)
	require.Contains(t, found, `{"after":"begun","before":null,"what":"session of jo"}`)
	require.Contains(t, found, `"what":"person jo"`)
	require.Contains(t, found, `"outcome":"forbidden"`)
	require.Contains(t, found, `"actor":"jo"`)
	require.NotContains(t, found, "code=")
	of := string(admin.Get("/api/v1/audit?actor=jo").OK(http.StatusOK).Body)
	require.Contains(t, of, `"what":"person jo"`, "it was jo who came for the first time")
	require.Contains(t, of, `"through":"provider"`)
	b.Submit("/sign-out", nil, jo).OK(http.StatusOK)
	require.Contains(t, string(admin.Get("/api/v1/audit?actor=jo").OK(http.StatusOK).Body), `"POST /sign-out"`)
}

// Whoever runs the broker finds in the log why somebody was turned away; that the
// provider has done its duty is no failure of the broker.
func TestSignInAtProvider_warnsOfWhyItTurnsSomebodyAway(t *testing.T) {
	var mu sync.Mutex
	var logged []string
	p := testprovider.New(t)
	b, _ := withPeople(t, atProviderOf(p), testbroker.Logged(func(line string) {
		mu.Lock()
		defer mu.Unlock()
		logged = append(logged, line)
	}))
	for name, c := range map[string]struct {
		lie  func(callback, cookie string) testbroker.Response
		says string
	}{
		"an answer that proves nothing": {func(callback, cookie string) testbroker.Response {
			p.Sign = testprovider.Unsigned
			defer func() { p.Sign = nil }()
			return b.Visit(callback, testbroker.Header("Cookie", cookie))
		}, "oidc"},
		"another browser": {func(callback, _ string) testbroker.Response { return b.Visit(callback) }, "the state is not this browser's"},
		"the provider's no": {func(callback, cookie string) testbroker.Response {
			asked, err := url.Parse(callback)
			require.NoError(t, err)
			query := url.Values{"state": {asked.Query().Get("state")}, "error": {"access_denied"}, "error_description": {"not in\nlevel=ERROR the group"}}
			return b.Visit("/sign-in/callback?"+query.Encode(), testbroker.Header("Cookie", cookie))
		}, "access_denied not in"},
	} {
		callback, cookie := begin(b, p, "/")
		logged = nil
		c.lie(callback, cookie).OK(http.StatusForbidden)
		require.Len(t, logged, 1, name)
		require.Contains(t, logged[0], "level=WARN", name)
		require.Contains(t, logged[0], c.says, name)
		require.Contains(t, logged[0], "request_id=", name)
		require.Equal(t, 1, strings.Count(logged[0], "\n"), "what the provider says begins no line: %s", name)
		require.NotContains(t, logged[0], "code=", name)
	}
}

// Whoever is turned away reads on a page why, and goes on from there to where they
// wanted to be.
func TestSignInAtProvider_explainsOnAPageWhyItTurnsSomebodyAway(t *testing.T) {
	b, admin, p := atProvider(t)
	signInAt(b, p)
	kim := admin.Get("/api/v1/users").OK(http.StatusOK).Text("items", 0, "id")
	admin.Post("/api/v1/users/"+kim+"/disable", nil).OK()
	refusing := func(callback string) string {
		asked, err := url.Parse(callback)
		require.NoError(t, err)
		return "/sign-in/callback?" + url.Values{"state": {asked.Query().Get("state")}, "error": {"access_denied"}, "error_description": {"call 555-0100"}}.Encode()
	}
	same := func(callback string) string { return callback }
	for name, c := range map[string]struct {
		comes     func(callback string) string
		sign      func(claims []byte) string
		elsewhere bool
		says      string
	}{
		"another browser":               {same, nil, true, "This browser has not begun to sign in"},
		"the provider's no":             {refusing, nil, false, "The provider has not let you in (access denied), so nobody was signed in."},
		"an answer that proves nothing": {same, testprovider.Unsigned, false, "The provider&#39;s answer does not prove who you are"},
		"somebody disabled":             {same, nil, false, "jo may not sign in here any more."},
	} {
		for _, accept := range []string{"text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"} {
			p.Sign = c.sign
			callback, cookie := begin(b, p, "/network")
			if c.elsewhere {
				cookie = ""
			}
			answer := b.Get(c.comes(callback), testbroker.Accept(accept), testbroker.Header("Cookie", cookie)).OK(http.StatusForbidden)
			require.Equal(t, "text/html;charset=utf-8", answer.Header.Get("Content-Type"), name)
			require.Contains(t, string(answer.Body), c.says, name)
			for _, secret := range []string{"555-0100", "state=", "code="} {
				require.NotContains(t, string(answer.Body), secret, name)
			}
			next := "/sign-in/start?back=%2Fnetwork"
			if c.elsewhere {
				next = "/sign-in/start?back=%2F\""
			}
			require.Contains(t, string(answer.Body), `href="`+next, name)
		}
	}
	found := admin.Get("/api/v1/audit?outcome=forbidden&actor=jo").OK(http.StatusOK)
	require.Equal(t, "GET /sign-in/callback", found.Text("items", 0, "action"), "who is disabled has proven who they are")
	require.Equal(t, "provider", found.Text("items", 0, "through"))
}

func TestSignInAtProvider_countsOnceAndInOneBrowser(t *testing.T) {
	b, _, p := atProvider(t)
	callback, cookie := begin(b, p, "/")
	_, another := begin(b, p, "/")
	for name, change := range map[string]testbroker.Change{
		"no browser": testbroker.Header("Cookie", ""), "another browser": testbroker.Header("Cookie", another), "a made up one": testbroker.Header("Cookie", "accord-sign-in=x.Lw"), "an empty one": testbroker.Header("Cookie", "accord-sign-in="),
	} {
		require.Contains(t, string(b.Visit(callback, change).OK(http.StatusForbidden).Body), "nobody was signed in", name)
	}
	b.Visit(callback, testbroker.Header("Cookie", cookie)).OK(http.StatusSeeOther)
	b.Visit(callback, testbroker.Header("Cookie", cookie)).OK(http.StatusForbidden)
	fresh, _ := begin(b, p, "/") // a code that was not used, with the state that was
	code, err := url.Parse(fresh)
	require.NoError(t, err)
	used, err := url.Parse(callback)
	require.NoError(t, err)
	query := used.Query()
	query.Set("code", code.Query().Get("code"))
	b.Visit("/sign-in/callback?"+query.Encode(), testbroker.Header("Cookie", cookie)).OK(http.StatusForbidden)
	query.Set("iss", "https://evil.example")
	b.Visit("/sign-in/callback?"+query.Encode(), testbroker.Header("Cookie", cookie)).OK(http.StatusForbidden)
	b.Visit("/sign-in/callback?error=access_denied&state="+query.Get("state"), testbroker.Header("Cookie", cookie)).OK(http.StatusForbidden)
}

func TestSignInAtProvider_goesOnWithNewKeys(t *testing.T) {
	b, _, p := atProvider(t)
	signInAt(b, p)
	old := p.Key()
	p.Rotate()
	signInAt(b, p)
	p.Sign = func(claims []byte) string { return testprovider.SignWith(t, jose.ES256, old, claims) }
	callback, cookie := begin(b, p, "/")
	b.Visit(callback, testbroker.Header("Cookie", cookie)).OK(http.StatusForbidden)
}

func TestSignInAtProvider_asksForGroupsThatTheTokenLeavesOut(t *testing.T) {
	b, _, p := atProvider(t, func(o *config.OpenID) { o.GroupsClaim, o.DefaultRole = "realm.roles", "" })
	p.UserInfo["realm"] = map[string]any{"roles": []string{"platform"}}
	me := b.Get("/api/v1/me", signInAt(b, p)).OK(http.StatusOK)
	require.Equal(t, "admin", me.Text("grants", 0, "role"))
	p.UserInfo["realm"] = nil
	none := signInAt(b, p)
	require.Contains(t, string(b.Visit("/", none).OK(http.StatusForbidden).Body), "You have no role")
	require.Contains(t, string(b.Visit("/account", none).OK(http.StatusOK).Body), "Nothing: you have no role here")
}

// A setting that makes the members of a group administrators of a team's
// applications lets them do all that administrators do to these, and no more.
func TestSignInAtProvider_givesNobodyMoreThanTheirTeam(t *testing.T) {
	b, admin, p := atProvider(t, func(o *config.OpenID) { o.Groups = []config.GroupRole{{Group: "shop", Role: "admin", Team: "Shop"}} })
	admin.Put("/api/v1/teams/Shop", testbroker.Object{"applications": []string{"Web"}}).OK(http.StatusCreated)
	p.Claims["groups"] = "shop"
	jo := signInAt(b, p)
	from := testbroker.Header("Origin", string(testbroker.Base))
	b.Put("/pacticipants/Web/versions/1", testbroker.Object{}, jo, from).OK(http.StatusCreated)
	b.Put("/pacticipants/Api/versions/1", testbroker.Object{}, jo, from).OK(http.StatusForbidden)
	b.Post("/api/v1/tokens", testbroker.Object{"name": "mine", "role": "admin"}, jo, from).OK(http.StatusForbidden)
	for _, address := range []string{"/tokens", "/people", "/audit", "/trust-rules"} {
		b.Visit(address, jo).OK(http.StatusForbidden)
	}
	require.NotContains(t, string(b.Get("/api/v1/me", jo).Body), "administer")
}

func TestSignOut_endsTheSessionAtTheProviderToo(t *testing.T) {
	b, admin, p := atProvider(t)
	jo := signInAt(b, p)
	left := b.Submit("/sign-out", nil, jo).OK(http.StatusOK)
	refresh := left.Header.Get("Refresh")
	require.Contains(t, refresh, "0; url="+p.URL+"/end-session?client_id=accord&id_token_hint=ey")
	require.Contains(t, refresh, "post_logout_redirect_uri="+url.QueryEscape(string(testbroker.Base)+"/"))
	require.Empty(t, b.Submit("/sign-out", nil, person(admin, b, "kim", "viewer")).OK(http.StatusOK).Header.Get("Refresh"))
	require.Empty(t, b.Submit("/sign-out", nil).OK(http.StatusOK).Header.Get("Refresh"))
}

func TestSignInAtProvider_saysSoIfItIsNotThere(t *testing.T) {
	b, _ := withPeople(t, testbroker.With(func(s *config.Settings) { s.Access.OpenID.Issuer = "http://127.0.0.1:1" }))
	away := b.Get("/sign-in/start", testbroker.Accept("text/html")).OK(http.StatusServiceUnavailable)
	require.Contains(t, string(away.Body), "does not answer")
	require.Contains(t, string(away.Body), `action="/sign-in"`, "a local account gets in")
	require.NotEmpty(t, away.Header.Get("Retry-After"))
	without, _ := withPeople(t)
	require.Contains(t, without.Visit("/sign-in/start").OK(http.StatusSeeOther).Header.Get("Location"), "/sign-in?back=")
	require.NotContains(t, string(without.Visit("/sign-in").Body), "Continue with")
}
