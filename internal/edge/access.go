package edge

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Gate decides whether a request may do what its route is for, and says who
// sent it. It returns an Unauthorized or Forbidden fault, or an answer of its
// own. The action is never Public. Credentials that are sent are looked at also
// where none are needed: the failure is an unneededAndWrong one if they are wrong.
type Gate interface {
	Admit(r *http.Request, need access.Action) (access.Principal, error)
}

// admit asks the gate, if there is one and the route is not public, and notes
// for the audit who asks. What a page of another site sends is refused whoever asks,
// and does not count as a use of their session.
func admit(gate Gate, r *http.Request, need access.Action) (access.Principal, error) {
	x := requestStateOf(r.Context())
	asked := r
	if x.wrongCredentials {
		asked = withoutCredentials(r) // which were looked at once
	}
	p, err := ask(gate, asked, need)
	noteOrigin(r, p)
	if x.fromOtherSite != nil {
		return p, x.fromOtherSite
	}
	var wrong unneededAndWrong
	if errors.As(err, &wrong) {
		x.wrongCredentials = true
		tellAuditor(r, fault.Unauthorized)
		noteOrigin(r, thePublic)
		return thePublic, nil
	}
	return p, err
}

// unneededAndWrong is the fault of credentials that are wrong where none are needed. It
// counts as a guess and is told the auditor, and the request is served as one of
// the public.
type unneededAndWrong struct{ error }

// Unwrap returns the fault.
func (o unneededAndWrong) Unwrap() error { return o.error }

// mayOnlyRead is the fault of the read-only user's credentials, which are right, where
// they do not suffice. Clients know 401 for that, not 403.
type mayOnlyRead struct{ error }

// Unwrap returns the fault.
func (o mayOnlyRead) Unwrap() error { return o.error }

// proves reports whether a gate that answered so has recognised the credentials.
func proves(err error) bool {
	return err == nil || fault.Is(err, fault.Forbidden) || errors.As(err, new(mayOnlyRead))
}

// thePublic is who is there where no credentials are needed: they may look, and are not
// told who did what.
var thePublic = access.Principal{Grants: []access.Grant{{Role: "public", Actions: []access.Action{access.Read, access.ReadBadges, access.ReadHeartbeat}}}}

func withoutCredentials(r *http.Request) *http.Request {
	without := r.Clone(r.Context())
	without.Header.Del("Authorization")
	return without
}

func ask(gate Gate, r *http.Request, need access.Action) (access.Principal, error) {
	switch {
	case gate == nil:
		return access.Anyone, nil
	case need == access.Public:
		if limit, counts := gate.(*rateLimit); counts {
			return access.Principal{}, limit.count(r, access.Principal{})
		}
		return access.Principal{}, nil
	}
	return gate.Admit(r, need)
}

// StillAdmitted returns the fault of the gate if it would not let the request in any
// more: an answer that goes on for long asks before each part, since meanwhile a token
// may have ended, or a role.
func StillAdmitted(c *gin.Context) error {
	x := requestStateOf(c.Request.Context())
	_, err := ask(x.gate, c.Request.WithContext(access.Unattended(c.Request.Context())), x.route.Action)
	return err
}

// anyOf is what a request to an address that does not serve it must be allowed
// to do before it is told so: to read, or what every role may that writes.
func anyOf(r *http.Request) access.Action {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return access.Read
	default:
		return access.MakeVersions
	}
}

// BasicAuth is the gate of a name and a password for writing, and another pair
// for reading. A pair with a blank part admits nobody.
type BasicAuth struct {
	Username, Password                 string
	ReadOnlyUsername, ReadOnlyPassword string
	PublicRead                         bool
	PublicHeartbeat                    bool
	PublicBadges                       bool
}

// Admit returns an Unauthorized fault unless the request carries the
// credentials that it needs. A scheme other than Basic is a 400.
func (a BasicAuth) Admit(r *http.Request, need access.Action) (access.Principal, error) {
	if !a.isPublic(need) {
		return a.verify(r, need)
	}
	if r.Header.Get("Authorization") == "" {
		return thePublic, nil
	}
	requestStateOf(r.Context()).credentialsUnneeded = true
	p, err := a.verify(r, need)
	switch {
	case (fault.Is(err, fault.Unauthorized) || errors.As(err, new(refusal))) && !proves(err):
		return p, unneededAndWrong{err}
	case err != nil:
		return thePublic, nil
	}
	return p, nil
}

// verify is Admit for what is not public.
func (a BasicAuth) verify(r *http.Request, need access.Action) (access.Principal, error) {
	header := r.Header.Get("Authorization")
	if scheme, _, _ := strings.Cut(header, " "); header != "" && !strings.EqualFold(scheme, "Basic") {
		return access.Principal{}, unknownScheme
	}
	username, password, _ := r.BasicAuth()
	writer := matches(username, password, a.Username, a.Password)
	reader := matches(username, password, a.ReadOnlyUsername, a.ReadOnlyPassword)
	switch {
	case writer:
		return access.One(username, access.ThroughBasicAuth, access.Admin, access.Everything), nil
	case reader && access.Viewer.Allows(need):
		return access.One(username, access.ThroughBasicAuth, access.Viewer, access.Everything), nil
	case reader:
		return a.claimed(username), mayOnlyRead{fault.New(fault.Unauthorized, "This user may only read: send the name and the password of the user who may write.")}
	}
	return a.claimed(username), fault.New(fault.Unauthorized, "A user name and a password are needed: send them as basic authentication.")
}

// claimed is who somebody claims to be whose password is wrong. A name that nobody
// has is not told: it may be a password in the wrong place.
func (a BasicAuth) claimed(username string) access.Principal {
	if username == "" || username != a.Username && username != a.ReadOnlyUsername {
		username = ""
	}
	return access.Principal{Name: username, Through: access.ThroughBasicAuth}
}

// isPublic reports whether it needs no credentials.
func (a BasicAuth) isPublic(need access.Action) bool {
	switch need {
	case access.Read:
		return a.PublicRead
	case access.ReadHeartbeat:
		return a.PublicRead || a.PublicHeartbeat
	case access.ReadBadges:
		return a.PublicRead || a.PublicBadges
	}
	return false
}

// Authenticator recognises the secrets of tokens.
type Authenticator interface {
	Authenticate(ctx context.Context, secret string) (t access.Token, found bool, err error)
}

// Credentials is the gate of tokens and sessions, and of basic auth where it is
// set. Tokens come as a bearer token, or as the password of basic auth with any
// user name, so that clients which know nothing else can use them.
type Credentials struct {
	BasicAuth
	Tokens Authenticator
	// Resolve completes what the role and scope of a token stand for; nil leaves it.
	Resolve func(ctx context.Context, p access.Principal) (access.Principal, error)
	// Sessions recognises people who have signed in; nil if nobody can.
	Sessions Recogniser
}

// Admit returns an Unauthorized fault for a token that is not accepted and where
// nothing is sent, and a Forbidden one if the role of the token or the person
// does not allow it.
func (c Credentials) Admit(r *http.Request, need access.Action) (access.Principal, error) {
	requestStateOf(r.Context()).takesTokens = true
	if r.Header.Get("Authorization") == "" {
		if p, signedIn, err := c.admitSession(r, need); err != nil || signedIn {
			return p, err
		}
	}
	secret, sent := sentToken(r)
	if !sent {
		p, err := c.BasicAuth.Admit(r, need)
		if errors.Is(err, unknownScheme) && !errors.As(err, new(unneededAndWrong)) {
			return p, unknownSchemeOfTokens
		}
		if fault.Is(err, fault.Unauthorized) && !proves(err) && !errors.As(err, new(unneededAndWrong)) {
			err = fault.New(fault.Unauthorized, "Credentials are needed: send a token as \"Authorization: Bearer TOKEN\", or as the password of basic authentication.")
		}
		return p, err
	}
	t, found, err := c.Tokens.Authenticate(r.Context(), secret)
	switch {
	case err != nil:
		return access.Principal{}, err
	case !found:
		return access.Principal{Through: access.ThroughToken, ID: refusedToken(secret)}, fault.New(fault.Unauthorized, "The token is not accepted: it is mistyped, has expired or was revoked.")
	}
	p := t.Principal()
	if c.Resolve != nil {
		if p, err = c.Resolve(r.Context(), p); err != nil {
			return p, err
		}
	}
	return p, access.RequireRole(access.With(r.Context(), p), need)
}

// refusedToken names a token that is not accepted, as far as lists show it too.
func refusedToken(secret string) string {
	if access.IsSecret(secret) {
		return access.Shown(secret) + "…"
	}
	return ""
}

// sentToken is the token that a request carries, if it carries one.
func sentToken(r *http.Request) (secret string, sent bool) {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(rest), true
	}
	_, password, _ := r.BasicAuth()
	return password, access.LooksLikeSecret(password)
}

// matches compares credentials in a time that does not depend on them.
func matches(username, password, wantUsername, wantPassword string) bool {
	if strings.TrimSpace(wantUsername) == "" || strings.TrimSpace(wantPassword) == "" {
		return false
	}
	name, wantName := sha256.Sum256([]byte(username)), sha256.Sum256([]byte(wantUsername))
	word, wantWord := sha256.Sum256([]byte(password)), sha256.Sum256([]byte(wantPassword))
	return subtle.ConstantTimeCompare(name[:], wantName[:])&subtle.ConstantTimeCompare(word[:], wantWord[:]) == 1
}
