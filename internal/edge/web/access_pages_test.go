package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testissuer"
)

// secretIn is the one secret of a token that a page shows.
func secretIn(t *testing.T, page string) string {
	t.Helper()
	found := regexp.MustCompile(`accord_\w{49}`).FindAllString(page, -1)
	require.Len(t, found, 1)
	return found[0]
}

func TestTokens_areShownOnceReplacedAndRevoked(t *testing.T) {
	b, admin := withPeople(t)
	boss := person(admin, b, "boss", "admin")
	see := func(address string) string { return string(b.Visit(address, boss).OK(http.StatusOK).Body) }
	require.Contains(t, see("/tokens"), "No token yet")
	sent := url.Values{"name": {"<b>build</b>"}, "owner": {"shop"}, "role": {"developer"}, "applications": {"Web\r\n  Web App \r\n"}, "expires": {"90"}}
	made := b.Submit("/tokens", sent, boss).OK(http.StatusOK)
	require.Equal(t, "no-store", made.Header.Get("Cache-Control"))
	require.Contains(t, string(made.Body), "It acts as developer for Web, Web App, until ")
	secret := secretIn(t, string(made.Body))
	as := func(secret string) testbroker.Change { return testbroker.Header("Authorization", "Bearer "+secret) }
	b.Put("/pacticipants/Web%20App/versions/1", testbroker.Object{}, as(secret)).OK(http.StatusCreated)
	b.Put("/pacticipants/Api/versions/1", testbroker.Object{}, as(secret)).OK(http.StatusForbidden)

	list := see("/tokens")
	require.NotContains(t, list, secret)
	require.Contains(t, list, "&lt;b&gt;build&lt;/b&gt;")
	require.Contains(t, list, "In 89 d")
	token := regexp.MustCompile(`/tokens/[\w-]{36}`).FindString(list)
	require.NotContains(t, see("/tokens?name=api"), token)
	require.Contains(t, see("/tokens?name=web+APP&role=developer&status=fine"), token)
	require.Contains(t, see("/tokens?status=look"), "No token fits")

	rotated := string(b.Submit(token+"/rotate", url.Values{"overlap": {"1"}}, boss).OK(http.StatusOK).Body)
	next := secretIn(t, rotated)
	require.NotEqual(t, secret, next)
	require.Contains(t, see(token), "Replaced, ends in 59 min")
	for _, secret := range []string{secret, next} {
		b.Get("/pacticipants", as(secret)).OK(http.StatusOK)
	}
	require.Equal(t, token, b.Submit(token+"/revoke", url.Values{}, boss).OK(http.StatusSeeOther).Header.Get("Location"))
	require.Contains(t, see(token), "It is not accepted any more")
	b.Get("/pacticipants", as(secret)).OK(http.StatusUnauthorized)
	b.Get("/pacticipants", as(next)).OK(http.StatusOK)
	b.Submit(token+"/rotate", url.Values{"overlap": {"1"}}, boss).OK(http.StatusConflict)
	b.Submit(token+"/rotate", url.Values{"overlap": {"9999999"}}, boss).OK(http.StatusUnprocessableEntity, http.StatusBadRequest)
	for _, address := range []string{"/tokens/nothing/rotate", "/tokens/nothing/revoke"} {
		b.Submit(address, url.Values{"overlap": {"0"}}, boss).OK(http.StatusNotFound)
	}
	b.Visit("/tokens/nothing", boss).OK(http.StatusNotFound)
}

func TestTokens_keepTheFormWhereItIsWrong(t *testing.T) {
	b, admin := withPeople(t)
	boss := person(admin, b, "boss", "admin")
	for said, sent := range map[string]url.Values{
		"The name must be one line":                      {"role": {"viewer"}, "expires": {"30"}, "owner": {"kept"}},
		"The role must be one of":                        {"name": {"x"}, "role": {"boss"}, "expires": {"30"}, "owner": {"kept"}},
		"Applications must be left out for the role":     {"name": {"x"}, "role": {"admin"}, "applications": {"Web"}, "expires": {"30"}, "owner": {"kept"}},
		"Teams must be teams that are there":             {"name": {"x"}, "role": {"viewer"}, "teams": {"Nobody"}, "expires": {"30"}, "owner": {"kept"}},
		"Applications must be 500 at most":               {"name": {"x"}, "role": {"viewer"}, "applications": {manyLines(501)}, "expires": {"30"}, "owner": {"kept"}},
		"The expiry must be one of those to choose from": {"name": {"x"}, "role": {"viewer"}, "expires": {"9"}, "owner": {"kept"}},
	} {
		answer := b.Submit("/tokens", sent, boss).OK(http.StatusUnprocessableEntity)
		require.Contains(t, string(answer.Body), said)
		require.Contains(t, string(answer.Body), `value="kept"`)
	}
	require.Contains(t, string(b.Visit("/tokens", boss).Body), "No token yet")
}

// manyLines are so many different lines.
func manyLines(n int) string {
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "application %d\n", i)
	}
	return lines.String()
}

// What ends soon, never, or has ended stands first.
func TestTokens_thatNeedALookStandFirst(t *testing.T) {
	now := time.Now()
	b := testbroker.New(t, testbroker.At(func() time.Time { return now }))
	for name, days := range map[string]int{"a fine": 100, "b soon": 3, "c over": 1} {
		b.Post("/api/v1/tokens", testbroker.Object{"name": name, "role": "viewer", "expires_at": time.Now().AddDate(0, 0, days).UTC().Format(time.RFC3339)}).OK(http.StatusCreated)
	}
	b.Post("/api/v1/tokens", testbroker.Object{"name": "d endless", "role": "viewer"}).OK(http.StatusCreated)
	now = now.AddDate(0, 0, 2)
	page := read(b, "/tokens")
	require.Regexp(t, `(?s)b soon.*c over.*d endless.*a fine`, page)
	require.Contains(t, page, "Needs a look <b>3</b>")
	now = now.AddDate(0, 0, 40)
	require.Regexp(t, `(?s)d endless.*a fine.*b soon|d endless.*a fine.*c over`, read(b, "/tokens"))
}

func TestPeople_areLetInChangedAndKeptOut(t *testing.T) {
	b, admin := withPeople(t)
	boss := person(admin, b, "boss", "admin")
	see := func(address string) string { return string(b.Visit(address, boss).OK(http.StatusOK).Body) }
	made := string(b.Submit("/people", url.Values{"name": {"jo"}, "role": {"developer"}, "labels": {"shop"}}, boss).OK(http.StatusOK).Body)
	password := regexp.MustCompile(`(?s)Password of jo"><code>(.*?)\s*</code>`).FindStringSubmatch(made)[1]
	jo := b.SignIn("jo", password)
	require.NotContains(t, see("/people"), password)
	address := regexp.MustCompile(`/people/[\w-]{36}"><bdi>jo<`).FindString(see("/people"))[:len("/people/")+36]
	require.Contains(t, see(address), `<option value="developer" selected>`)
	require.Contains(t, see(address), `>shop</textarea>`)

	b.Submit(address, url.Values{"role": {"viewer"}}, boss).OK(http.StatusSeeOther)
	require.Contains(t, see("/people?name=J"), "<code>viewer</code>")
	require.Contains(t, string(b.Submit(address, url.Values{"role": {"emperor"}}, boss).OK(http.StatusUnprocessableEntity).Body), "The role must be one of")
	b.Visit("/account", jo).OK(http.StatusOK)
	b.Submit(address+"/disable", url.Values{}, boss).OK(http.StatusSeeOther)
	b.Visit("/account", jo).OK(http.StatusSeeOther)
	require.Contains(t, see("/people?status=out"), "jo")
	require.NotContains(t, see("/people?status=out"), "<bdi>boss</bdi></a>")
	b.Submit(address+"/enable", url.Values{}, boss).OK(http.StatusSeeOther)
	fresh := string(b.Submit(address+"/password", url.Values{}, boss).OK(http.StatusOK).Body)
	require.NotContains(t, fresh, password)
	b.SignIn("jo", regexp.MustCompile(`(?s)Password of jo"><code>(.*?)\s*</code>`).FindStringSubmatch(fresh)[1])
	require.Contains(t, string(b.Submit("/people", url.Values{"name": {"JO"}}, boss).OK(http.StatusUnprocessableEntity).Body), "There is somebody named JO already")
	require.Contains(t, string(b.Submit("/people", url.Values{"name": {"a b"}}, boss).OK(http.StatusUnprocessableEntity).Body), "without spaces")
	b.Visit("/people/nothing", boss).OK(http.StatusNotFound)
	b.Submit("/people/nothing/disable", url.Values{}, boss).OK(http.StatusNotFound)
}

func TestTeams_areMadeAndChanged(t *testing.T) {
	b, admin := withPeople(t)
	boss, jo := person(admin, b, "boss", "admin"), person(admin, b, "jo", "")
	admin.Put("/pacticipants/Api/versions/1", testbroker.Object{}).OK()
	admin.Put("/pacticipants/Api/labels/shop", nil).OK()
	b.Put("/pacticipants/Web/versions/1", testbroker.Object{}, jo).OK(http.StatusForbidden)
	sent := url.Values{"name": {"Shop & Co"}, "contact": {"#shop"}, "role": {"developer"}, "applications": {"Web"}, "labels": {"shop"}, "people": {"JO"}, "groups": {"devs"}}
	led := b.Submit("/teams", sent, boss).OK(http.StatusSeeOther).Header.Get("Location")
	require.Equal(t, "/teams/Shop%20&%20Co", led)
	b.Put("/pacticipants/Web/versions/1", testbroker.Object{}, jo).OK(http.StatusCreated)
	page := string(b.Visit(led, boss).OK(http.StatusOK).Body)
	for _, want := range []string{"#shop", "/pacticipants/Api", "/pacticipants/Web", ">jo</textarea>", ">devs</textarea>"} {
		require.Contains(t, page, want)
	}
	theirs := string(b.Visit(led, jo).OK(http.StatusOK).Body)
	require.Contains(t, theirs, "#shop")
	for _, hidden := range []string{"devs", "<bdi>jo</bdi></a>", "Delete Shop", "Save"} {
		require.NotContains(t, theirs, hidden)
	}
	require.NotContains(t, string(b.Visit("/teams", jo).OK(http.StatusOK).Body), "New team")
	b.Submit(led, url.Values{"contact": {"#x"}}, jo).OK(http.StatusForbidden)
	require.Contains(t, string(b.Submit("/teams", sent, boss).OK(http.StatusUnprocessableEntity).Body), "The name is that of a team that is there already")
	sent.Set("people", "nobody")
	require.Contains(t, string(b.Submit(led, sent, boss).OK(http.StatusUnprocessableEntity).Body), "is none")
	b.Submit(led, url.Values{"contact": {"#new"}}, boss).OK(http.StatusSeeOther)
	require.Contains(t, string(b.Visit("/teams?name=%23NEW", boss).Body), "Shop &amp; Co")
	b.Put("/pacticipants/Web/versions/2", testbroker.Object{}, jo).OK(http.StatusForbidden)
	b.Submit(led+"/delete", url.Values{}, boss).OK(http.StatusSeeOther)
	b.Visit(led, boss).OK(http.StatusNotFound)
}

func TestRoles_areATableAndCanBeAdded(t *testing.T) {
	b, admin := withPeople(t)
	boss, jo := person(admin, b, "boss", "admin"), person(admin, b, "jo", "viewer")
	b.Submit("/roles", url.Values{"name": {"keeper"}, "description": {"<i>hooks"}, "action": {"read", "manage_webhooks"}}, boss).OK(http.StatusSeeOther)
	page := string(b.Visit("/roles", jo).OK(http.StatusOK).Body)
	require.Contains(t, page, "<code>keeper</code>")
	require.Contains(t, page, "&lt;i&gt;hooks")
	require.NotContains(t, page, "/roles/keeper")
	b.Visit("/roles/keeper", jo).OK(http.StatusForbidden)
	require.Contains(t, string(b.Visit("/roles/keeper", boss).OK(http.StatusOK).Body), `value="manage_webhooks" checked`)
	require.Contains(t, string(b.Submit("/roles", url.Values{"name": {"keeper"}, "action": {"read"}}, boss).OK(http.StatusUnprocessableEntity).Body), "there already")
	require.Contains(t, string(b.Submit("/roles", url.Values{"name": {"Big One"}, "action": {"read"}}, boss).OK(http.StatusUnprocessableEntity).Body), "The role must be a name")
	require.Contains(t, string(b.Submit("/roles/keeper", url.Values{}, boss).OK(http.StatusUnprocessableEntity).Body), "What it allows must hold some of")
	b.Submit("/roles/keeper", url.Values{"action": {"read", "record"}}, boss).OK(http.StatusSeeOther)
	require.Contains(t, string(admin.Get("/api/v1/roles").Body), `"record"`)
	b.Submit("/roles/keeper/delete", url.Values{}, boss).OK(http.StatusSeeOther)
	b.Visit("/roles/keeper", boss).OK(http.StatusNotFound)
	b.Visit("/roles/admin", boss).OK(http.StatusNotFound)
}

func TestTrustRules_areMadeTriedAndChanged(t *testing.T) {
	ci := testissuer.New(t)
	file := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(file, []byte(fmt.Sprintf("- {name: from file, issuer: %q, audience: x, claims: {sub: [y]}, role: viewer}\n", ci.URL)), 0o600))
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access.TrustPrivateHosts, s.Access.TrustRules = []string{"127.0.0.1"}, file
	}))
	sent := url.Values{
		"name": {"web"}, "issuer": {ci.URL}, "audience": {"broker"}, "claims": {"repository = octo/web\nref = refs/heads/main\nref = refs/tags/*"}, "role": {"developer"}, "applications": {"Web"},
	}
	b.Submit("/trust-rules", sent).OK(http.StatusSeeOther)
	page := read(b, "/trust-rules")
	require.Regexp(t, `(?s)from file.*from the settings.*web.*refs/heads/main</code> or <code>refs/tags/\*.*octo/web`, page)
	address := regexp.MustCompile(`/trust-rules/[\w-]{36}`).FindString(page)
	require.Contains(t, read(b, address), "ref = refs/tags/*")
	require.NotContains(t, read(b, "/trust-rules/settings-1"), "<button class=\"btn no\"")

	jobOf := func(repository, ref string) string {
		claims := ci.Claims("broker", repository)
		claims["sub"], claims["ref"] = "job", ref
		return ci.Sign(claims)
	}
	token := jobOf("octo/web", "refs/tags/1")
	tried := string(b.Submit("/trust-rules/try", url.Values{"token": {token}}).OK(http.StatusOK).Body)
	require.Contains(t, tried, "It meets web, and would be exchanged for a token that acts as developer for Web.")
	require.Contains(t, tried, "sub is &#34;job&#34;, which fits none of &#34;y&#34;")
	require.NotContains(t, tried, token)
	tried = string(b.Submit("/trust-rules/try", url.Values{"token": {jobOf("evil/web", "x")}}).OK(http.StatusOK).Body)
	require.Contains(t, tried, "No rule fits it.")
	require.Contains(t, tried, "repository is &#34;evil/web&#34;")
	require.Contains(t, string(b.Submit("/trust-rules/try", url.Values{"token": {"x"}}).OK(http.StatusOK).Body), "The token itself is not accepted")

	for said, claims := range map[string]string{"The claims must have one a line": "repository", "The claims must say of one claim at least": "ref = refs/heads/main"} {
		sent.Set("claims", claims)
		require.Contains(t, string(b.Submit(address, sent).OK(http.StatusUnprocessableEntity).Body), said)
		require.Contains(t, string(b.Submit("/trust-rules", sent).OK(http.StatusUnprocessableEntity).Body), said)
	}
	sent.Set("claims", "repository = octo/**")
	b.Submit(address, sent).OK(http.StatusSeeOther)
	require.Contains(t, read(b, "/trust-rules?name=OCTO"), "octo/**")
	require.Contains(t, read(b, "/trust-rules?name=none"), "No rule fits")
	b.Submit(address+"/delete", url.Values{}).OK(http.StatusSeeOther)
	b.Visit(address).OK(http.StatusNotFound)
	b.Submit("/trust-rules/settings-1/delete", url.Values{}).OK(http.StatusConflict)
}

// What somebody may not see is neither shown nor linked to.
func TestKeyPages_areForThoseWhoAdminister(t *testing.T) {
	b, admin := withPeople(t)
	boss, jo := person(admin, b, "boss", "admin"), person(admin, b, "jo", "developer")
	for _, address := range []string{"/tokens", "/people", "/trust-rules", "/tokens/x", "/people/x", "/trust-rules/x", "/roles/x"} {
		b.Visit(address, jo).OK(http.StatusForbidden)
	}
	for _, address := range []string{"/tokens", "/people", "/teams", "/roles", "/trust-rules", "/trust-rules/try", "/tokens/x/revoke", "/people/x/disable", "/teams/x/delete"} {
		b.Submit(address, url.Values{}, jo).OK(http.StatusForbidden)
		b.Submit(address, url.Values{}, boss, testbroker.Header("Origin", "https://evil.example")).OK(http.StatusForbidden)
	}
	for _, page := range []string{"/", "/teams", "/roles"} {
		theirs, all := string(b.Visit(page, jo).Body), string(b.Visit(page, boss).Body)
		for _, address := range []string{"/tokens", "/people", "/trust-rules"} {
			require.NotContains(t, theirs, `href="`+address+`"`)
			require.Contains(t, all, `href="`+address+`"`)
		}
		require.Contains(t, theirs, `href="/teams"`)
	}
	require.False(t, strings.Contains(string(b.Visit("/sign-in").Body), `href="/tokens"`))
}

func TestAccessPages_showAListPartByPart(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		for i := range 53 {
			b.Post("/api/v1/tokens", testbroker.Object{"name": fmt.Sprintf("Build %02d", i), "role": "viewer"}).OK(http.StatusCreated)
		}
		b.Post("/api/v1/tokens", testbroker.Object{"name": "a deployment", "role": "deployer", "expires_at": time.Now().Add(60 * 24 * time.Hour)}).OK(http.StatusCreated)
		first := visited(t, b, "/tokens")
		require.Len(t, first.one(t, "tbody").all("tr"), 50)
		require.True(t, first.has("p", "54 tokens."))
		require.Equal(t, "Needs a look 53", first.with(t, "a", "Needs a look").text())
		require.Equal(t, "Fine 1", first.with(t, "a", "Fine").text())
		second := visited(t, b, "/tokens"+first.one(t, "a", "rel", "next").is("href"))
		var names []string
		for _, row := range second.one(t, "tbody").all("tr") {
			names = append(names, row.one(t, "th").text())
		}
		require.Equal(t, []string{"Build 50", "Build 51", "Build 52", "a deployment"}, names, "those that need a look stand first")
		require.Len(t, visited(t, b, "/tokens?name=BUILD+5&status=look").one(t, "tbody").all("tr"), 3)
		require.True(t, visited(t, b, "/tokens?name="+strings.Repeat("x", 60_000)).has("h2", "No token fits"), "no text is too long to be looked for")
		require.True(t, visited(t, b, "/people?name="+strings.Repeat("%25", 2_000)).has("h2", "Nobody fits"))
		require.Len(t, visited(t, b, "/tokens?status=of+no+kind").one(t, "tbody").all("tr"), 50)

		b.Post("/api/v1/users", testbroker.Object{"name": "Zoe", "password": password}).OK(http.StatusCreated)
		b.Post("/api/v1/users", testbroker.Object{"name": "adam", "password": password}).OK(http.StatusCreated)
		people := visited(t, b, "/people?size=1")
		require.Contains(t, people.one(t, "tbody").text(), "adam")
		require.Contains(t, visited(t, b, "/people"+people.one(t, "a", "rel", "next").is("href")).one(t, "tbody").text(), "Zoe")
		require.Equal(t, "Never did 2", people.with(t, "a", "Never did").text())
	})
}
