package web

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/openid"
	"github.com/accord-broker/accord/internal/support/fault"
)

const (
	callbackPath = edge.SignInPath + "/callback"
	// signInCookie binds a sign-in at the provider to the browser that has begun it.
	signInCookie = "accord-sign-in"
)

// provider is where people sign in. It returns a NotFound fault if there is none.
func (w *Web) provider() (*openid.Provider, error) {
	if p := w.services.SigningIn.Provider; p != nil && w.services.SigningIn.People != nil {
		return p, nil
	}
	return nil, fault.Missing("People do not sign in at a provider here.")
}

// beginAtProvider sends the browser to the provider.
func (w *Web) beginAtProvider(c *gin.Context) error {
	provider, err := w.provider()
	if err != nil {
		return err
	}
	asked, _ := edge.QueryValue(c, "back")
	secret := openid.NewBrowserSecret()
	back := w.backTo(c, asked)
	address, err := provider.Begin(c.Request.Context(), secret, callbackOf(c))
	if err != nil {
		return w.explain(c, back, err)
	}
	edge.PrivateCookie(c, signInCookie, secret+"."+base64.RawURLEncoding.EncodeToString([]byte(back)), openid.BrowserLifetime)
	c.Header("Cache-Control", "no-store")
	return seeOther(c, address)
}

func callbackOf(c *gin.Context) string {
	return strings.TrimSuffix(string(edge.Base(c)), "/") + callbackPath
}

// finishAtProvider is where the provider sends the browser back to.
func (w *Web) finishAtProvider(c *gin.Context) error {
	provider, err := w.provider()
	if err != nil {
		return err
	}
	secret, kept, _ := strings.Cut(edge.PrivateCookieOf(c.Request, signInCookie), ".")
	edge.PrivateCookie(c, signInCookie, "", 0)
	text, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil {
		text = nil // the first page will do
	}
	back := w.backTo(c, string(text))
	return w.explain(c, back, w.finish(c, provider, secret, back))
}

// finish signs in whom the provider vouches for.
func (w *Web) finish(c *gin.Context, provider *openid.Provider, secret, back string) error {
	identity, err := provider.Finish(c.Request.Context(), secret, callbackOf(c), answerOf(c))
	if err != nil {
		return err
	}
	person, err := w.services.SigningIn.People.Admit(c.Request.Context(), identity)
	edge.WhoTries(c.Request, person.Name, access.ThroughProvider)
	if err != nil {
		return err
	}
	return w.begin(c, person, identity, back)
}

// explain shows on the sign-in page why somebody was not signed in at the provider,
// with what they can do next.
func (w *Web) explain(c *gin.Context, back string, err error) error {
	status, known := edge.Explained(c, err)
	if !known {
		return err
	}
	shown := w.signInPage(c, back)
	shown.Failed = err.Error()
	shown.Back, shown.You = pathOf(edge.Base(c))+edge.SignInPath, nil // the page's own address holds what the provider has sent
	return w.showAs(c, status, "signin.html", shown)
}

func answerOf(c *gin.Context) openid.Answer {
	of := func(name string) string {
		value, _ := edge.QueryValue(c, name)
		return value
	}
	return openid.Answer{Code: of("code"), State: of("state"), Issuer: of("iss"), Error: of("error"), Description: of("error_description")}
}

// startAt is the address that begins a sign-in at the provider.
func startAt(path, back string) string {
	return path + edge.SignInPath + "/start?back=" + url.QueryEscape(back)
}
