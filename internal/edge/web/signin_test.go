package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const password = "correct horse battery"

// guarded is a broker that asks everybody for credentials, with somebody who may
// do everything.
func guarded(s *config.Settings) {
	s.Access.Tokens, s.Access.BasicAuth, s.Access.Username, s.Access.Password = true, true, "root", "sesame"
}

func withPeople(t *testing.T, change ...testbroker.Option) (b, admin *testbroker.Broker) {
	b = testbroker.New(t, append([]testbroker.Option{testbroker.With(guarded)}, change...)...)
	return b, b.Always(testbroker.As("root", "sesame"))
}

// person makes somebody with a role, who signs in.
func person(admin, b *testbroker.Broker, name, role string, applications ...string) testbroker.Change {
	body := testbroker.Object{"name": name, "role": role, "password": password}
	if len(applications) > 0 {
		body["applications"] = applications
	}
	admin.Post("/api/v1/users", body).OK(http.StatusCreated)
	return b.SignIn(name, password)
}

func TestSignIn_leadsToWhereOneWantedToGo(t *testing.T) {
	b, admin := withPeople(t)
	person(admin, b, "jo", "viewer")
	led := b.Visit("/matrix?consumer=a&provider=b").OK(http.StatusSeeOther).Header.Get("Location")
	require.Equal(t, "/sign-in?back="+url.QueryEscape("/matrix?consumer=a&provider=b"), led)
	b.Get("/matrix").OK(http.StatusUnauthorized)
	require.Equal(t, "/sign-in?back=%2F", b.Submit("/appearance-of-nothing", url.Values{}).OK(http.StatusSeeOther).Header.Get("Location"), "what was sent is lost")

	page := string(b.Visit(led).OK(http.StatusOK).Body)
	require.Contains(t, page, `name="back" value="/matrix?consumer=a&amp;provider=b"`)
	require.Contains(t, page, "use these", "the settings name a user as well")
	answer := b.Submit("/sign-in", url.Values{"name": {" JO "}, "password": {password}, "back": {"/matrix?consumer=a&provider=b"}}).OK(http.StatusSeeOther)
	require.Equal(t, "/matrix?consumer=a&provider=b", answer.Header.Get("Location"))
	require.Regexp(t, `^accord-session=[\w-]{43}; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax$`, answer.Header.Get("Set-Cookie"))
	cookie, _, _ := strings.Cut(answer.Header.Get("Set-Cookie"), ";")

	home := b.Visit("/matrix", testbroker.Header("Cookie", cookie)).OK(http.StatusOK)
	require.Contains(t, string(home.Body), "You: jo")
	require.NotContains(t, string(home.Body), `href="/webhooks"`, "what one may not do is not shown")
	require.Equal(t, "private, no-cache", home.Header.Get("Cache-Control"))
	b.Visit("/sign-in?back=%2Fnetwork", testbroker.Header("Cookie", cookie)).OK(http.StatusSeeOther)
	require.Contains(t, string(b.Visit("/webhooks", testbroker.Header("Cookie", cookie)).OK(http.StatusForbidden).Body), "Your role viewer does not allow to manage webhooks")

	left := b.Submit("/sign-out", url.Values{}, testbroker.Header("Cookie", cookie)).OK(http.StatusOK)
	require.Contains(t, string(left.Body), "You are signed out here")
	require.Contains(t, left.Header.Get("Set-Cookie"), "Max-Age=0")
	b.Visit("/network", testbroker.Header("Cookie", cookie)).OK(http.StatusSeeOther)
	b.Get("/pacticipants", testbroker.Header("Cookie", cookie)).OK(http.StatusUnauthorized)
}

func TestSignIn_keepsTheCookieToThisHostByHTTPS(t *testing.T) {
	b, admin := withPeople(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = []string{"https://broker.example.org/pacts"} }))
	admin.Post("/pacts/api/v1/users", testbroker.Object{"name": "jo", "password": password}).OK(http.StatusCreated)
	answer := b.Submit("/pacts/sign-in", url.Values{"name": {"jo"}, "password": {password}}, testbroker.Header("Origin", "https://broker.example.org")).OK(http.StatusSeeOther)
	require.Regexp(t, `^__Host-accord-session=[\w-]{43}; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax$`, answer.Header.Get("Set-Cookie"))
	require.Equal(t, "/pacts/", answer.Header.Get("Location"))
	require.Equal(t, "/pacts/sign-in?back=%2Fpacts%2F", b.Visit("/pacts/").OK(http.StatusSeeOther).Header.Get("Location"))
}

func TestSignIn_leadsToPagesOfTheBrokerAlone(t *testing.T) {
	b, admin := withPeople(t)
	jo := person(admin, b, "jo", "viewer")
	for _, back := range []string{
		"https://evil.example", "//evil.example", `/\evil.example`, `\\evil.example`, "javascript:alert(1)", "evil", "/\t/evil.example", "http:/evil.example", "",
		"/sign-in", "/sign-in?back=x", "/sign-out", "/basic-auth",
	} {
		got := b.Submit("/sign-in", url.Values{"name": {"jo"}, "password": {password}, "back": {back}}).OK(http.StatusSeeOther)
		require.Equal(t, "/", got.Header.Get("Location"), "%q", back)
		require.Equal(t, "/", b.Visit("/sign-in?back="+url.QueryEscape(back), jo).OK(http.StatusSeeOther, http.StatusUnprocessableEntity, http.StatusBadRequest).Header.Get("Location"), "%q", back)
	}
}

func TestSignIn_refusesWrongPasswordsAndManyOfThem(t *testing.T) {
	b, admin := withPeople(t)
	person(admin, b, "jo", "viewer")
	var statuses []int
	for range 30 {
		answer := b.Submit("/sign-in", url.Values{"name": {"jo"}, "password": {"wrong"}})
		statuses = append(statuses, answer.Status)
		require.Empty(t, answer.Header.Get("Set-Cookie"))
	}
	require.Equal(t, http.StatusUnprocessableEntity, statuses[0])
	require.Equal(t, http.StatusTooManyRequests, statuses[29])
	b.Get("/pacticipants", testbroker.As("root", "sesame")).OK(http.StatusOK)
	require.Equal(t, http.StatusSeeOther, b.Submit("/sign-in", url.Values{"name": {"jo"}, "password": {password}}).Status, "from where it was right before")
}

// The audit tells who tried to sign in, and never that somebody did who did not. A name
// that nobody has may be a password in the wrong place.
func TestSignIn_isInTheAuditAsWhatItWas(t *testing.T) {
	b, admin := withPeople(t)
	jo := person(admin, b, "jo", "viewer")
	b.Submit("/sign-out", nil, jo).OK(http.StatusOK)
	audited := func() (all []string) {
		for _, item := range admin.Get("/api/v1/audit?limit=100").OK(http.StatusOK).Find("items").([]any) {
			e := item.(testbroker.Object)
			if target := e["target"]; target == "/sign-in" || target == "/sign-out" {
				all = append(all, fmt.Sprint(target, " ", e["outcome"], " by ", e["actor"], " through ", e["through"]))
			}
		}
		return all
	}
	before := audited()
	id := admin.Get("/api/v1/users").OK(http.StatusOK).Text("items", 0, "id")
	require.Equal(t, []string{"/sign-out done by jo through session " + id, "/sign-in done by jo through session " + id}, before)
	b.Submit("/sign-out", nil).OK(http.StatusOK)
	b.Submit("/sign-out", nil, jo).OK(http.StatusOK)
	b.Submit("/sign-out", nil, testbroker.FromBrowser("accord-session=made-up")).OK(http.StatusOK)
	require.Equal(t, before, audited(), "whoever is not signed in signs out of nothing")

	for _, wrong := range []url.Values{
		{"name": {"JO"}, "password": {"wrong"}}, {"name": {"jo"}, "password": {strings.Repeat("x", 10_000)}},
		{"name": {"correct horse battery"}, "password": {"jo"}}, {"name": {strings.Repeat("x", 10_000)}, "password": {"x"}},
	} {
		b.Submit("/sign-in", wrong, jo).OK(http.StatusUnprocessableEntity)
	}
	after := audited()
	require.ElementsMatch(t, []string{"/sign-in unauthorized by jo through password", "/sign-in unauthorized by unknown name through password"}, after[:len(after)-len(before)])
	b.Submit("/sign-in", url.Values{"name": {"jo"}, "password": {password}}, jo).OK(http.StatusSeeOther)
	require.Equal(t, len(after)+1, len(audited()), "the cookie of a session that has ended is no second entry")
}

// Who signs in where another session goes on ends that, and the audit says who did.
func TestSignIn_tellsWhoEndsAnotherSession(t *testing.T) {
	b, admin := withPeople(t)
	jo := person(admin, b, "jo", "viewer")
	person(admin, b, "kim", "viewer")
	b.Submit("/sign-in", url.Values{"name": {"kim"}, "password": {password}}, jo).OK(http.StatusSeeOther)
	ended := admin.Get("/api/v1/audit?actor=kim&limit=2").OK(http.StatusOK)
	require.Equal(t, "session of jo", ended.Text("items", 1, "changes", 0, "what"))
}

func TestSignIn_saysWhatIsWrong(t *testing.T) {
	b, admin := withPeople(t)
	person(admin, b, "jo", "viewer")
	for _, wrong := range []url.Values{{"name": {"jo"}}, {"name": {"nobody"}, "password": {password}}, {}, {"name": {"jo"}, "password": {strings.Repeat("x", 100_000)}}, {"name": {"<b>"}, "password": {"x"}}} {
		answer := b.Submit("/sign-in", wrong).OK(http.StatusUnprocessableEntity)
		require.Contains(t, string(answer.Body), "The name or the password is wrong.")
		require.NotContains(t, string(answer.Body), "<b>&")
	}
	b.Submit("/sign-in", url.Values{"name": {"jo"}, "password": {password}}, testbroker.Header("Origin", "https://evil.example")).OK(http.StatusForbidden)
	open := testbroker.New(t)
	for _, address := range []string{"/sign-in", "/account"} {
		open.Visit(address).OK(http.StatusNotFound)
	}
	require.NotContains(t, read(open, "/"), "/sign-in", "where nobody has to sign in")
}

func TestAccount_tellsWhoOneIs(t *testing.T) {
	b, admin := withPeople(t)
	made := admin.Post("/api/v1/users", testbroker.Object{"name": "jo", "role": "developer", "labels": []string{"shop"}}).OK(http.StatusCreated)
	given := made.Text("password")
	first := b.Submit("/sign-in", url.Values{"name": {"jo"}, "password": {given}}).OK(http.StatusSeeOther)
	require.Equal(t, "/account", first.Header.Get("Location"), "a password that was made up is changed first")
	jo, elsewhere := b.SignIn("jo", given), b.SignIn("jo", given)
	page := string(b.Visit("/account", jo).OK(http.StatusOK).Body)
	require.Contains(t, page, "The broker has made up your password")
	require.Contains(t, page, `<code>developer</code>`)
	require.Contains(t, page, `<span class="label">shop</span>`)
	for wrong, said := range map[string]url.Values{
		"The old password is not your password": {"old": {"x"}, "new": {password}, "again": {password}},
		"is not the new password once more":     {"old": {given}, "new": {password}, "again": {"x"}},
		"must have 12 to 200 characters":        {"old": {given}, "new": {"short"}, "again": {"short"}},
	} {
		require.Contains(t, string(b.Submit("/account/password", said, jo).OK(http.StatusUnprocessableEntity).Body), wrong)
	}
	changed := b.Submit("/account/password", url.Values{"old": {given}, "new": {password}, "again": {password}}, jo).OK(http.StatusSeeOther)
	b.Visit("/account", jo).OK(http.StatusSeeOther)
	jo = testbroker.FromBrowser(changed.Cookie())
	require.Contains(t, string(b.Visit("/account?changed=password", jo).OK(http.StatusOK).Body), "Your password is changed")
	require.Equal(t, "/sign-in?back=%2Faccount", b.Visit("/account", elsewhere).OK(http.StatusSeeOther).Header.Get("Location"))
	b.SignIn("jo", password)
	require.Contains(t, string(admin.Get("/api/v1/audit?actor=jo").OK(http.StatusOK).Body), `"password of jo"`, "the audit says who has changed it")
}

func TestSessions_endWhenTheyAreNotUsed(t *testing.T) {
	now := time.Now()
	b, admin := withPeople(t, testbroker.At(func() time.Time { return now }))
	jo := person(admin, b, "jo", "viewer")
	b.Get("/api/v1/me", jo).OK(http.StatusOK)
	now = now.Add(119 * time.Minute)
	b.Get("/api/v1/me", jo).OK(http.StatusOK)
	now = now.Add(121 * time.Minute)
	b.Get("/api/v1/me", jo).OK(http.StatusUnauthorized)
}

// However often it is used, a session ends after its lifetime.
func TestSessions_endForGood(t *testing.T) {
	begun := time.Now()
	now := begun
	b, admin := withPeople(t, testbroker.At(func() time.Time { return now }))
	jo := person(admin, b, "jo", "viewer")
	lifetime := b.Settings().Access.SessionLifetime
	for ; now.Sub(begun) < lifetime; now = now.Add(30 * time.Minute) {
		b.Get("/api/v1/me", jo).OK(http.StatusOK)
	}
	now = begun.Add(lifetime - time.Second)
	b.Get("/api/v1/me", jo).OK(http.StatusOK)
	now = begun.Add(lifetime + time.Second)
	b.Get("/api/v1/me", jo).OK(http.StatusUnauthorized)
}

// What a page of another site lets the browser send is nobody's use of the session.
func TestSessions_areNotKeptAliveByOtherSites(t *testing.T) {
	now := time.Now()
	b, admin := withPeople(t, testbroker.At(func() time.Time { return now }))
	jo := person(admin, b, "jo", "viewer")
	b.Get("/api/v1/me", jo).OK(http.StatusOK)
	now = now.Add(119 * time.Minute)
	for _, origin := range []string{"https://evil.example", "null"} {
		evil, crossSite := testbroker.Header("Origin", origin), testbroker.Header("Sec-Fetch-Site", "cross-site")
		b.Put("/pacticipants/Web/versions/1", testbroker.Object{}, jo, evil).OK(http.StatusForbidden)
		b.Put("/pacticipants/Web/versions/1", testbroker.Object{}, jo, evil, crossSite).OK(http.StatusForbidden)
		b.Submit("/account/password", url.Values{}, jo, evil, crossSite).OK(http.StatusForbidden)
	}
	now = now.Add(2 * time.Minute)
	b.Get("/api/v1/me", jo).OK(http.StatusUnauthorized)
}

func TestBasicAuth_worksOnThePagesAsWell(t *testing.T) {
	b, _ := withPeople(t)
	asked := b.Visit("/basic-auth?back=%2Fnetwork").OK(http.StatusUnauthorized)
	require.NotEmpty(t, asked.Header.Get("WWW-Authenticate"))
	led := b.Visit("/basic-auth?back=%2Fnetwork", testbroker.As("root", "sesame")).OK(http.StatusSeeOther)
	require.Equal(t, "/network", led.Header.Get("Location"))
	require.Contains(t, string(b.Visit("/network", testbroker.As("root", "sesame")).OK(http.StatusOK).Body), "You: root")
}
