package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/openid"
	"github.com/accord-broker/accord/internal/support/fault"
)

// SigningIn is how people get in; its People is nil if nobody has to.
type SigningIn struct {
	People *access.People
	// Passwords is the gate of names and passwords.
	Passwords edge.Gate
	// Provider is where people sign in as well; nil if there is none.
	Provider *openid.Provider
	// BasicAuth tells that the settings name a user and a password as well.
	BasicAuth bool
	// Public tells that everybody may read.
	Public bool
	// Asked tells that somebody is asked who they are, if not on a page.
	Asked bool
}

// signInPage asks who somebody is.
type signInPage struct {
	frame
	// Wanted is where they wanted to go, as it is shown, "" for no place in
	// particular; Return is where they are led.
	Wanted, Return string
	Name           string
	Wrong          string
	// Failed says what became of a sign-in at the provider.
	Failed    string
	BasicAuth string
	Public    bool
	// Provider is where else to sign in, ProviderHost its host.
	Provider     link
	ProviderHost string
}

// signedOutPage is shown to somebody who has signed out.
type signedOutPage struct {
	frame
	// Provider is where they are still signed in.
	Provider link
}

func (w *Web) showSignIn(c *gin.Context) error {
	if err := w.requireSignIn(); err != nil {
		return err
	}
	asked, _ := edge.QueryValue(c, "back")
	back := w.backTo(c, asked)
	if _, found, err := w.services.SigningIn.People.Find(c.Request.Context(), edge.SessionOf(c.Request)); err != nil || found {
		if err != nil {
			return err
		}
		return seeOther(c, back)
	}
	return w.show(c, "signin.html", w.signInPage(c, back))
}

func (w *Web) requireSignIn() error {
	if w.services.SigningIn.People == nil {
		return fault.Missing("Nobody has to sign in here.")
	}
	return nil
}

func (w *Web) signInPage(c *gin.Context, back string) signInPage {
	path := pathOf(edge.Base(c))
	s := w.services.SigningIn
	shown := signInPage{frame: w.frame(c, "Sign in", ""), Return: back, Public: s.Public}
	if back != path+"/" {
		shown.Wanted, _, _ = strings.Cut(back, "?")
	}
	if s.Provider != nil {
		shown.Provider, shown.ProviderHost = link{s.Provider.Name(), startAt(path, back)}, s.Provider.Host()
	}
	if s.BasicAuth {
		shown.BasicAuth = path + edge.PasswordPath + "?back=" + url.QueryEscape(back)
	}
	return shown
}

// backTo is where somebody is led who has signed in: where they wanted to go, if
// that is a page here, and otherwise the first one.
func (w *Web) backTo(c *gin.Context, asked string) string {
	path := pathOf(edge.Base(c))
	back := within(path, asked)
	for _, own := range []string{edge.SignInPath, edge.PasswordPath, "/sign-out"} {
		if rest, is := strings.CutPrefix(back, path+own); is && (rest == "" || strings.ContainsAny(rest[:1], "/?")) {
			return path + "/"
		}
	}
	return back
}

// signIn takes the name and the password that the page has sent.
func (w *Web) signIn(c *gin.Context) error {
	if err := w.requireSignIn(); err != nil {
		return err
	}
	fields, err := formOf(c)
	if err != nil {
		return err
	}
	s := w.services.SigningIn
	back := w.backTo(c, fields.Get("back"))
	who, err := edge.CheckPassword(s.Passwords, c.Request, strings.TrimSpace(fields.Get("name")), fields.Get("password"))
	if fault.Is(err, fault.Unauthorized) {
		shown := w.signInPage(c, back)
		shown.Name, shown.Wrong = fields.Get("name"), err.Error()
		return w.showAs(c, http.StatusUnprocessableEntity, "signin.html", shown)
	}
	if err != nil {
		return err
	}
	if who.Checked.Given {
		back = pathOf(edge.Base(c)) + "/account"
	}
	return w.begin(c, *who.Checked, access.Identity{}, back)
}

// begin opens a session in place of the one that may be there, and leads on.
func (w *Web) begin(c *gin.Context, person access.Person, identity access.Identity, back string) error {
	people, ctx := w.services.SigningIn.People, originOf(c, person)
	if _, err := people.End(ctx, edge.SessionOf(c.Request)); err != nil {
		return err
	}
	secret, _, err := people.Begin(ctx, person, identity)
	if err != nil {
		return err
	}
	edge.KeepSession(c, secret, people.Rules.Lifetime)
	return seeOther(c, back)
}

// originOf names in the audit who is about to be signed in.
func originOf(c *gin.Context, person access.Person) context.Context {
	origin, _ := audit.OriginOf(c.Request.Context())
	origin.Actor, origin.Through, origin.Writes = person.Name, strings.TrimSpace(string(access.ThroughSession)+" "+person.ID), true
	return audit.WithOrigin(c.Request.Context(), origin)
}

// signOut ends the session.
func (w *Web) signOut(c *gin.Context) error {
	if err := w.requireSignIn(); err != nil {
		return err
	}
	people, ctx := w.services.SigningIn.People, c.Request.Context()
	session, found, err := people.Find(ctx, edge.SessionOf(c.Request))
	if err != nil {
		return err
	}
	if found {
		ctx = originOf(c, session.Person) // the address asks nobody who they are
	}
	if session, err = people.End(ctx, edge.SessionOf(c.Request)); err != nil {
		return err
	}
	edge.DropSession(c)
	c.Request.Header.Del("Cookie") // the page is for somebody who is not signed in
	shown := signedOutPage{frame: w.frame(c, "Signed out", "")}
	if p := w.services.SigningIn.Provider; p != nil && session.Person.ID != "" && !session.Person.Local() {
		back := strings.TrimSuffix(string(edge.Base(c)), "/") + "/"
		if shown.Provider = (link{p.Name(), p.End(c.Request.Context(), session.Token, back)}); shown.Provider.Address != "" {
			c.Header("Refresh", "0; url="+shown.Provider.Address)
		}
	}
	return w.show(c, "signedout.html", shown)
}

// useBasicAuth is the address at which a browser asks for a user name and a
// password, which it then sends for every page.
func (w *Web) useBasicAuth(c *gin.Context) error {
	asked, _ := edge.QueryValue(c, "back")
	return seeOther(c, w.backTo(c, asked))
}

// you is who looks at a page, in its head.
type you struct {
	Name string
	// SignIn is where to sign in, for somebody who could and has not.
	SignIn  string
	Account string
	// Keys are the pages about who may do what that they may see.
	Keys []entry
}

// youOf tells who looks at the page; nil where nobody can sign in.
func (w *Web) youOf(r *http.Request, path, section string) *you {
	s := w.services.SigningIn
	if s.People == nil {
		return nil
	}
	shown := &you{}
	p := w.principalOf(r)
	if p.Name == "" {
		shown.SignIn = path + edge.SignInPath + "?back=" + url.QueryEscape(path+r.URL.RequestURI())
		return shown
	}
	shown.Name = p.Name
	if p.Through == access.ThroughSession {
		shown.Account = path + "/account"
	}
	shown.Keys = under(path, section, w.open(r, accessPages))
	return shown
}

// principalOf is who looks at the page, also where it asks nobody.
func (w *Web) principalOf(r *http.Request) access.Principal {
	if p := edge.Principal(r.Context()); p.Name != "" || w.services.SigningIn.People == nil {
		return p
	}
	p, _, err := w.services.SigningIn.People.Recognise(r.Context(), edge.SessionOf(r))
	if err != nil {
		return access.Principal{} // the page itself is for everybody
	}
	return p
}
