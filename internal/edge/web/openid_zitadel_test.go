package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// zitadel is a provider that others have written: its server, its storage and its
// page on which people sign in, to which the groups are added.
type zitadel struct {
	*storage.Storage
	t   *testing.T
	url string
	// inToken are the groups that ID tokens tell, asked those that the userinfo
	// tells.
	inToken, asked []string
}

// SetUserinfoFromRequest is what an ID token tells.
func (z *zitadel) SetUserinfoFromRequest(ctx context.Context, told *oidc.UserInfo, request op.IDTokenRequest, scopes []string) error {
	if z.inToken != nil {
		told.AppendClaims("groups", z.inToken)
	}
	return z.Storage.SetUserinfoFromRequest(ctx, told, request, scopes)
}

// SetUserinfoFromToken is what the userinfo tells.
func (z *zitadel) SetUserinfoFromToken(ctx context.Context, told *oidc.UserInfo, token, subject, origin string) error {
	if z.asked != nil {
		told.AppendClaims("groups", z.asked)
	}
	return z.Storage.SetUserinfoFromToken(ctx, told, token, subject, origin)
}

// startZitadel starts a provider for these clients. It ends with the test.
func startZitadel(t *testing.T, clients ...*storage.Client) *zitadel {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	storage.RegisterClients(clients...)
	z := &zitadel{Storage: storage.NewStorage(storage.NewUserStore(server.URL)), t: t, url: server.URL}
	mux.Handle("/", exampleop.SetupServer(server.URL, z, slog.New(slog.DiscardHandler), false))
	return z
}

// signIn fills in the provider's page as somebody does whom the broker has sent
// there, and returns where the provider sends them.
func (z *zitadel) signIn(address, name, secret string) *http.Response {
	z.t.Helper()
	browser := &http.Client{CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if next.URL.Host == "broker.test" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := browser.Get(address)
	require.NoError(z.t, err)
	require.NoError(z.t, page.Body.Close())
	require.Equal(z.t, http.StatusOK, page.StatusCode, address)
	form := url.Values{"username": {name}, "password": {secret}, "id": {page.Request.URL.Query().Get("authRequestID")}}
	answer, err := browser.PostForm(z.url+"/login/username", form)
	require.NoError(z.t, err)
	require.NoError(z.t, answer.Body.Close())
	return answer
}

// brokerAt is a broker whose people sign in at the provider, as a client that it
// knows.
func (z *zitadel) brokerAt(client, secret string) *testbroker.Broker {
	b, _ := withPeople(z.t, testbroker.With(func(s *config.Settings) {
		s.Server.BaseURLs = []string{secureBase}
		o := &s.Access.OpenID
		o.Issuer, o.ClientID, o.ClientSecret = z.url, client, secret
		o.Groups = []config.GroupRole{{Group: "platform", Role: "admin"}, {Group: "releases", Role: "deployer"}}
	}))
	return b
}

// The provider lets public clients be led back by https only.
const (
	secureBase = "https://broker.test"
	callback   = secureBase + "/sign-in/callback"
)

// A provider that others have written lets people in, with PKCE and with the
// roles of their groups, whether its client has a secret or is a public one.
func TestSignInAtZitadel_leadsBackWithTheRolesOfTheGroups(t *testing.T) {
	const secret = "client secret & more"
	z := startZitadel(t, storage.WebClient("accord-web", secret, callback), storage.NativeClient("accord-public", callback))
	for client, secret := range map[string]string{"accord-web": secret, "accord-public": ""} {
		b := z.brokerAt(client, secret)
		for _, test := range []struct{ inToken, asked, roles []string }{
			{inToken: []string{"platform"}, roles: []string{"viewer", "admin"}},
			{asked: []string{"releases", "others"}, roles: []string{"viewer", "deployer"}},
			{inToken: []string{}, asked: []string{"platform"}, roles: []string{"viewer"}},
		} {
			z.inToken, z.asked = test.inToken, test.asked
			led := b.Visit("/sign-in/start?back=%2Fnetwork").OK(http.StatusSeeOther)
			sent, err := url.Parse(led.Header.Get("Location"))
			require.NoError(t, err)
			require.Equal(t, "S256", sent.Query().Get("code_challenge_method"))
			back := z.signIn(sent.String(), "test-user2", "verysecure").Header.Get("Location")
			require.Contains(t, back, callback+"?code=")
			in := b.Visit(back[len(secureBase):], testbroker.Header("Cookie", led.Cookie())).OK(http.StatusSeeOther)
			require.Equal(t, "/network", in.Header.Get("Location"))
			me := b.Get("/api/v1/me", testbroker.FromBrowser(in.Cookie())).OK(http.StatusOK)
			var roles []string
			for i := 0; me.Find("grants", i) != nil; i++ {
				roles = append(roles, me.Text("grants", i, "role"))
			}
			require.Equal(t, []any{"test-user2", test.roles}, []any{me.Text("name"), roles}, client)
			b.Visit(back[len(secureBase):], testbroker.Header("Cookie", led.Cookie())).OK(http.StatusForbidden)
		}
	}
}

// Whoever the provider turns away, and whose browser brings a code without what
// only the broker knows of it, is not signed in.
func TestSignInAtZitadel_asksForThePasswordAndTheVerifier(t *testing.T) {
	z := startZitadel(t, storage.NativeClient("accord-verified", callback), storage.WebClient("accord-mistaken", "right", callback))
	b := z.brokerAt("accord-verified", "")
	first, second := b.Visit("/sign-in/start").OK(http.StatusSeeOther), b.Visit("/sign-in/start").OK(http.StatusSeeOther)
	require.Equal(t, http.StatusOK, z.signIn(first.Header.Get("Location"), "test-user2", "wrong").StatusCode, "the page comes again")
	queries := make([]url.Values, 2)
	for i, led := range []testbroker.Response{first, second} {
		back, err := url.Parse(z.signIn(led.Header.Get("Location"), "test-user2", "verysecure").Header.Get("Location"))
		require.NoError(t, err)
		queries[i] = back.Query()
	}
	stolen := url.Values{"code": queries[0]["code"], "state": queries[1]["state"]}
	b.Visit("/sign-in/callback?"+stolen.Encode(), testbroker.Header("Cookie", second.Cookie())).OK(http.StatusForbidden)

	mistaken := z.brokerAt("accord-mistaken", "wrong")
	led := mistaken.Visit("/sign-in/start").OK(http.StatusSeeOther)
	back := z.signIn(led.Header.Get("Location"), "test-user2", "verysecure").Header.Get("Location")
	answer := mistaken.Visit(back[len(secureBase):], testbroker.Header("Cookie", led.Cookie())).OK(http.StatusForbidden)
	require.NotContains(t, strings.Join(answer.Header.Values("Set-Cookie"), " "), "session")
}
