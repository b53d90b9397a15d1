package edge

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Recogniser knows people by the secrets of their sessions.
type Recogniser interface {
	Recognise(ctx context.Context, secret string) (p access.Principal, found bool, err error)
}

// The cookies that sign-in keeps in a browser, as they are called where the
// broker is reached by http. By https they have a prefix with which a browser
// keeps them from neighbours on the same domain.
const (
	sessionCookie = "accord-session"
	hostPrefix    = "__Host-"
)

// PrivateCookie keeps a value in the browser that no script and no other site
// may read, for a time; 0 takes it away.
func PrivateCookie(c *gin.Context, name, value string, lifetime time.Duration) {
	secure := isSecure(c.Request)
	cookie := http.Cookie{
		Name: cookieName(name, secure), Value: value, Path: "/", MaxAge: int(lifetime.Seconds()),
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
	if lifetime <= 0 {
		cookie.Value, cookie.MaxAge = "", -1
	}
	http.SetCookie(c.Writer, &cookie)
}

// PrivateCookieOf is the value that PrivateCookie has kept, or "".
func PrivateCookieOf(r *http.Request, name string) string {
	kept, err := r.Cookie(cookieName(name, isSecure(r)))
	if err != nil {
		return ""
	}
	return kept.Value
}

func cookieName(name string, secure bool) string {
	if secure {
		return hostPrefix + name
	}
	return name
}

// isSecure reports whether the browser reaches the broker by https.
func isSecure(r *http.Request) bool {
	return strings.HasPrefix(string(requestStateOf(r.Context()).base), "https://")
}

// KeepSession lets the browser send the secret of a session from now on.
func KeepSession(c *gin.Context, secret string, lifetime time.Duration) {
	PrivateCookie(c, sessionCookie, secret, lifetime)
}

// DropSession lets the browser forget the secret.
func DropSession(c *gin.Context) { PrivateCookie(c, sessionCookie, "", 0) }

// SessionOf is the secret of the session that the browser sends, or "".
func SessionOf(r *http.Request) string { return PrivateCookieOf(r, sessionCookie) }

// admitSession asks who is signed in with the browser that sends the request;
// signedIn is false if nobody is. It returns a Forbidden fault if they may not do
// it, or if the browser does not say from which page a change comes.
func (c Credentials) admitSession(r *http.Request, need access.Action) (p access.Principal, signedIn bool, err error) {
	secret := SessionOf(r)
	if c.Sessions == nil || secret == "" {
		return access.Principal{}, false, nil
	}
	p, signedIn, err = c.Sessions.Recognise(r.Context(), secret)
	if err != nil || !signedIn {
		return access.Principal{}, false, err
	}
	if !isSafe(r.Method) && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
		return p, true, fault.New(fault.Forbidden, "A session is for browsers, which say from which page a change comes. Send a token instead.")
	}
	if c.isPublic(need) {
		return p, true, nil
	}
	return p, true, access.RequireRole(access.With(r.Context(), p), need)
}

// SignInPath is where the page is on which people sign in.
const SignInPath = "/sign-in"

// leadToSignIn sends a person who opens a page to the one on which to sign in,
// and reports whether it did. Programs get the failure.
func leadToSignIn(w http.ResponseWriter, r *http.Request) bool {
	x := requestStateOf(r.Context())
	if !x.signIn || !isPerson(r) || r.Header.Get("Authorization") != "" || x.path == PasswordPath {
		return false
	}
	base, err := url.Parse(string(x.base))
	if err != nil {
		return false
	}
	back := base.EscapedPath() + x.asked
	if !isSafe(r.Method) {
		back = base.EscapedPath() // what was sent is lost, and its address cannot be opened
	}
	if back == base.EscapedPath() {
		back += "/"
	}
	if query := r.URL.RawQuery; query != "" && isSafe(r.Method) {
		back += "?" + query
	}
	w.Header().Set("Location", base.EscapedPath()+SignInPath+"?back="+url.QueryEscape(back))
	w.WriteHeader(http.StatusSeeOther)
	return true
}

// PasswordPath is where a browser asks for the user name and the password that
// the settings name, and keeps them for all pages.
const PasswordPath = "/basic-auth"

// PasswordChecker knows people by their names and passwords.
type PasswordChecker interface {
	CheckPassword(ctx context.Context, name, password string) (access.Person, error)
}

// Passwords is the gate of those who sign in on a page. Throttle it.
type Passwords struct{ People PasswordChecker }

// Admit returns the person whose name and password the request carries, or an
// Unauthorized fault.
func (g Passwords) Admit(r *http.Request, _ access.Action) (access.Principal, error) {
	name, password, _ := r.BasicAuth()
	p, err := g.People.CheckPassword(r.Context(), name, password)
	return access.Principal{Name: p.Name, ID: p.ID, Checked: &p}, err
}

// nobodysName stands in the audit for a name that nobody here has. The name itself is
// not told: it may be a password in the wrong place.
const nobodysName = "unknown name"

// CheckPassword asks the gate for the person with a name and a password that a
// form has sent. It returns the gate's faults.
func CheckPassword(gate Gate, r *http.Request, name, password string) (access.Principal, error) {
	asked := r.Clone(r.Context())
	asked.SetBasicAuth(name, password)
	p, err := gate.Admit(asked, access.Public)
	if fault.Is(err, fault.Unauthorized) {
		WhoTries(r, cmp.Or(p.Name, nobodysName), "password")
		tellAuditor(r, fault.Unauthorized) // the page answers with the form again
	}
	return p, err
}

// WhoTries notes for the audit who tries to sign in, and by what they prove it, in case
// they are refused.
func WhoTries(r *http.Request, name, through string) {
	x := requestStateOf(r.Context())
	x.origin.Actor, x.origin.Through = name, through
}
