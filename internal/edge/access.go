package edge

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"accord/internal/support/fault"
)

// Access is what a caller needs to be allowed for a route.
type Access int

const (
	// ByMethod is Read for GET, HEAD and OPTIONS, and Write for the rest.
	ByMethod Access = iota
	// Public routes are open to everybody.
	Public
	// Read routes look at what the broker holds.
	Read
	// Write routes change it.
	Write
	// Heartbeat routes are Read, unless the heartbeat is public.
	Heartbeat
	// Badge routes are Read, unless badges are public.
	Badge
	// ReadEvents routes tell what happened and who did it: to everybody who has
	// signed in, and to nobody else.
	ReadEvents
	// ReadWebhooks routes show webhooks, what they sent and which secrets there
	// are: to those who may write.
	ReadWebhooks
)

// Gate decides whether a request may have the access it needs, and says who
// sent it, "" if nobody had to sign in. It returns an Unauthorized or Forbidden
// fault, or an Answer of its own. The access is never ByMethod or Public.
type Gate interface {
	Admit(r *http.Request, need Access) (actor string, err error)
}

// admit asks the gate, if there is one and the route is not public.
func admit(gate Gate, r *http.Request, need Access) (actor string, err error) {
	if gate == nil || need == Public {
		return "", nil
	}
	if need == ByMethod {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			need = Read
		default:
			need = Write
		}
	}
	return gate.Admit(r, need)
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
func (a BasicAuth) Admit(r *http.Request, need Access) (actor string, err error) {
	public := a.PublicRead && slices.Contains([]Access{Read, Heartbeat, Badge}, need) || a.PublicHeartbeat && need == Heartbeat || a.PublicBadges && need == Badge
	if public {
		return "", nil
	}
	header := r.Header.Get("Authorization")
	if scheme, _, _ := strings.Cut(header, " "); header != "" && !strings.EqualFold(scheme, "Basic") {
		return "", unknownScheme
	}
	username, password, _ := r.BasicAuth()
	writer := matches(username, password, a.Username, a.Password)
	reader := matches(username, password, a.ReadOnlyUsername, a.ReadOnlyPassword)
	if writer || reader && need != Write && need != ReadWebhooks {
		return username, nil
	}
	return "", fault.New(fault.Unauthorized, "A user name and a password are needed: send them as basic authentication.")
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
