package access

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Token is a credential: a role for some applications, for some time.
type Token struct {
	// ID is its name in addresses.
	ID string
	// Family is what it has in common with those that took its place, and with those
	// that were given in exchange to the same subject under the same rule.
	Family string
	// Name says what it is for, and Owner whose it is.
	Name, Owner string
	// Prefix is the beginning of its secret.
	Prefix string
	Role   Role
	Scope  Scope
	// Exchanged tells that a CI job got it for a token of its provider, under a trust rule.
	Exchanged bool

	CreatedAt time.Time
	// ExpiresAt and RevokedAt are zero if it does not and was not. LastUsedAt is
	// true to the hour; zero if it was never used.
	ExpiresAt, RevokedAt, LastUsedAt time.Time
}

// Live reports whether the token is accepted at a time.
func (t Token) Live(at time.Time) bool {
	return (t.RevokedAt.IsZero() || at.Before(t.RevokedAt)) && (t.ExpiresAt.IsZero() || at.Before(t.ExpiresAt))
}

// Principal is who uses the token.
func (t Token) Principal() Principal {
	return Principal{Name: "token " + t.Name, Through: ThroughToken, ID: t.ID, Family: t.Family, Grants: []Grant{{Role: t.Role, Scope: t.Scope}}}
}

// Reader looks tokens up.
type Reader interface {
	// TokenByHash returns the token with the hash of a secret, if there is one.
	TokenByHash(ctx context.Context, hash []byte) (Token, bool, error)
	// Tokens returns at most so many tokens that were made, not got in exchange,
	// those that are revoked or expired too,
	// in the order of their making, after the one with the given ID; with a team only
	// those with a role for its applications by its name.
	Tokens(ctx context.Context, team, after string, limit int) ([]Token, error)
	// ListTokens returns the tokens that a listing asks for, CountTokens how many there
	// are on all its pages.
	ListTokens(ctx context.Context, l TokenQuery) ([]Token, error)
	CountTokens(ctx context.Context, l TokenQuery) (TokenCounts, error)
	// FindToken returns the token with an ID, if there is one.
	FindToken(ctx context.Context, id string) (Token, bool, error)
}

// Tx is what changing tokens needs inside one transaction.
type Tx interface {
	Reader
	GrantTx
	Now() time.Time
	AddToken(ctx context.Context, t Token, hash []byte) error
	// LockToken returns the token with an ID, if there is one, and keeps others from
	// changing it until the transaction ends.
	LockToken(ctx context.Context, id string) (Token, bool, error)
	// EndToken makes a token end at a time, unless it was ended for an earlier one.
	EndToken(ctx context.Context, id string, at time.Time) error
	// UseToken keeps when a token was used last, unless a later use is known.
	UseToken(ctx context.Context, id string, at time.Time) error
}

// Tokens makes, ends and recognises tokens.
type Tokens struct {
	Read Reader
	InTx func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	Now  func() time.Time
	// NewID makes the ID of a new token.
	NewID func() string
	// Directory knows the teams and the roles of the broker's own; nil if there are
	// none.
	Directory *Directory

	mutex sync.Mutex
	// used are the times of use that are not stored yet.
	used map[string]time.Time
}

// Wanted is the token that somebody asks for.
type Wanted struct {
	Name, Owner  string
	Role         Role
	Applications []string
	Labels       []string
	Teams        []string
	// Lifetime is how long it is accepted; 0 is for good.
	Lifetime time.Duration
}

// longest is how many characters a name may have.
const longest = 200

// check returns an Invalid fault with everything that breaks a rule.
func (w Wanted) check(ctx context.Context, tx GrantTx) error {
	wrong, err := checkGrant(ctx, tx, w.Role, w.scope())
	if err != nil {
		return err
	}
	if name := strings.TrimSpace(w.Name); name == "" || !isLine(name) {
		wrong = append(wrong, fault.Field{Name: "name", Message: fmt.Sprintf("must be one line of 1 to %d characters that says what the token is for", longest)})
	}
	for _, text := range []struct{ field, text string }{{"name", w.Name}, {"owner", w.Owner}} {
		if problem := CheckText(text.text); problem != "" {
			wrong = append(wrong, fault.Field{Name: text.field, Message: problem})
		}
	}
	if !isLine(w.Owner) {
		wrong = append(wrong, fault.Field{Name: "owner", Message: fmt.Sprintf("must be one line of at most %d characters", longest)})
	}
	if w.Role == "" {
		wrong = append(wrong, unknownRole)
	}
	if w.Lifetime < 0 {
		wrong = append(wrong, fault.Field{Name: "expires_at", Message: "must be in the future"})
	}
	if len(wrong) > 0 {
		return fault.InvalidFields(wrong...)
	}
	return nil
}

// isLine reports whether a text is one line that can be stored and shown.
func isLine(text string) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= longest && !strings.ContainsFunc(text, unicode.IsControl)
}

func (w Wanted) scope() Scope { return ScopeOf(w.Applications, w.Labels, w.Teams) }

// Create makes a token and returns its secret for the only time. It returns an
// Invalid fault for wishes that break a rule.
func (s *Tokens) Create(ctx context.Context, w Wanted) (t Token, secret string, err error) {
	secret = NewSecret()
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := w.check(ctx, tx); err != nil {
			return err
		}
		t = Token{ID: s.NewID(), Name: strings.TrimSpace(w.Name), Owner: strings.TrimSpace(w.Owner), Prefix: Shown(secret), Role: w.Role, Scope: w.scope(), CreatedAt: tx.Now()}
		if w.Lifetime > 0 {
			t.ExpiresAt = tx.Now().Add(w.Lifetime)
		}
		t.Family = t.ID
		noteToken(ctx, t)
		return tx.AddToken(ctx, t, Hash(secret))
	})
	if err != nil {
		return Token{}, "", err
	}
	return t, secret, nil
}

// noteToken notes what a new token may do.
func noteToken(ctx context.Context, t Token) {
	audit.About(ctx, t.Scope.Applications...)
	audit.Changed(ctx, "token "+t.Name, nil, t.ID)
	audit.Changed(ctx, "role", nil, string(t.Role))
	audit.Changed(ctx, "scope", nil, t.Scope.Words())
	audit.Changed(ctx, "expires", nil, t.ExpiresAt)
}

// Rotate makes a token like an old one, which goes on for the overlap and then
// ends. It returns a NotFound fault for an unknown token, and a Conflict one for
// a token that has ended, or was given in exchange: what took its place would
// outlive the job and the trust rule.
func (s *Tokens) Rotate(ctx context.Context, id string, overlap time.Duration) (t Token, secret string, err error) {
	if overlap < 0 {
		return Token{}, "", fault.InvalidField("overlap_seconds", "must be 0 or more")
	}
	secret = NewSecret()
	err = s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.KeepNames(ctx); err != nil {
			return err
		}
		old, err := lockToken(ctx, tx, id)
		if err != nil {
			return err
		}
		if !old.Live(tx.Now()) {
			return fault.New(fault.Conflict, "The token has ended already; create a new one.")
		}
		if old.Exchanged {
			return fault.New(fault.Conflict, "The token was given to a CI job in exchange for its own; the job gets another in the same way.")
		}
		t = old
		t.Family = cmp.Or(old.Family, old.ID)
		t.ID, t.Prefix, t.CreatedAt, t.LastUsedAt, t.RevokedAt = s.NewID(), Shown(secret), tx.Now(), time.Time{}, time.Time{}
		if !old.ExpiresAt.IsZero() {
			t.ExpiresAt = tx.Now().Add(old.ExpiresAt.Sub(old.CreatedAt))
		}
		if err := tx.AddToken(ctx, t, Hash(secret)); err != nil {
			return err
		}
		noteToken(ctx, t)
		if end := tx.Now().Add(overlap); old.Live(end) {
			audit.Changed(ctx, "end of "+old.ID, old.ExpiresAt, end)
			return tx.EndToken(ctx, old.ID, end)
		}
		return nil
	})
	return t, secret, err
}

// Revoke ends a token at once. One that has ended stays as it is. It returns a
// NotFound fault for an unknown one.
func (s *Tokens) Revoke(ctx context.Context, id string) error {
	return s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		t, err := lockToken(ctx, tx, id)
		if err != nil || !t.Live(tx.Now()) {
			return err
		}
		audit.About(ctx, t.Scope.Applications...)
		audit.Changed(ctx, "token "+t.Name, t.ID, nil)
		return tx.EndToken(ctx, id, tx.Now())
	})
}

func lockToken(ctx context.Context, tx Tx, id string) (Token, error) {
	t, found, err := tx.LockToken(ctx, id)
	if err == nil && !found {
		err = fault.Missing("There is no token %s.", id)
	}
	return t, err
}

// coarse is how far the time of last use may be behind, so that using a token
// seldom writes.
const coarse = time.Hour

// Authenticate returns the live token whose secret it is; found is false for any
// other text.
func (s *Tokens) Authenticate(ctx context.Context, secret string) (t Token, found bool, err error) {
	if !IsSecret(secret) {
		return Token{}, false, nil
	}
	t, found, err = s.Read.TokenByHash(ctx, Hash(secret))
	now := s.Now()
	if err != nil || !found || !t.Live(now) {
		return Token{}, false, err
	}
	if now.Sub(t.LastUsedAt) >= coarse {
		s.note(t.ID, now)
	}
	return t, true, nil
}

// note keeps a time of use until StoreUses writes it.
func (s *Tokens) note(id string, at time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.used == nil {
		s.used = map[string]time.Time{}
	}
	s.used[id] = at
}

// StoreUses writes down when tokens were used last, so that a request need not.
func (s *Tokens) StoreUses(ctx context.Context) error {
	s.mutex.Lock()
	used := maps.Clone(s.used)
	s.mutex.Unlock()
	if len(used) == 0 {
		return nil
	}
	err := s.InTx(ctx, func(ctx context.Context, tx Tx) error {
		for _, id := range slices.Sorted(maps.Keys(used)) {
			if err := tx.UseToken(ctx, id, used[id]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		forget(s.used, used)
	}
	return err
}

func joined(roles []Role) string {
	texts := make([]string, len(roles))
	for i, role := range roles {
		texts[i] = string(role)
	}
	return strings.Join(texts, ", ")
}
