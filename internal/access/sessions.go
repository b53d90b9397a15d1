package access

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"maps"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/audit"
)

// Session is a time in which somebody is signed in with one browser. The browser
// keeps its secret, the broker the hash of it.
type Session struct {
	Person Person
	// Groups and Token are what the provider said when they signed in. The store has
	// the token sealed.
	Groups []string
	Token  string

	CreatedAt, UsedAt, EndsAt time.Time
	hash                      []byte
}

// NewSession is a session as the store has it.
func NewSession(hash []byte) Session { return Session{hash: hash} }

// mostGroups is how many groups of a person are kept, longestToken how long a
// provider's token may be to be kept.
const (
	mostGroups   = 2000
	longestToken = 8 << 10
)

// useKept is how far the stored time of use may be behind.
const useKept = time.Minute

// unstored is how far beyond its idle time a session is kept, because uses of it
// may not have been stored yet.
const unstored = time.Hour

// Begin opens a session of somebody whom CheckPassword or Admit has returned, and returns
// its secret, which is kept nowhere else. It returns a Forbidden fault for somebody who was
// disabled, and an Unauthorized one if they have another password now.
func (s *People) Begin(ctx context.Context, p Person, i Identity) (secret string, session Session, err error) {
	secret = newSessionSecret()
	err = s.InTx(ctx, func(ctx context.Context, tx PeopleTx) error {
		known, password, err := lockPerson(ctx, tx, p.ID)
		switch {
		case err != nil:
			return err
		case !known.DisabledAt.IsZero():
			return mayNotSignIn(known)
		case known.Local() && p.shownHash != password:
			return errWrongPassword
		}
		now := tx.Now()
		if err := tx.EndSessionsBefore(ctx, now, now.Add(-s.Rules.Idle-unstored)); err != nil {
			return err
		}
		known.SignedInAt = now
		session = Session{Person: known, Groups: i.Groups[:min(len(i.Groups), mostGroups)], CreatedAt: now, UsedAt: now, EndsAt: now.Add(s.Rules.Lifetime), hash: Hash(secret)}
		if len(i.Token) <= longestToken {
			session.Token = i.Token
		}
		if err := tx.NoteSignIn(ctx, known.ID, now); err != nil {
			return err
		}
		audit.Changed(ctx, "session of "+known.Name, nil, "begun")
		stored := session
		stored.Token = encryptToken(secret, session.Token)
		return tx.AddSession(ctx, stored, session.hash)
	})
	return secret, session, err
}

// newSessionSecret makes up the secret of a session.
func newSessionSecret() string {
	var bits [32]byte
	rand.Read(bits[:]) // it never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

type unattendedKey struct{}

// Unattended returns a context in which nobody does anything: a session that is found
// in it does not count as used.
func Unattended(ctx context.Context) context.Context {
	return context.WithValue(ctx, unattendedKey{}, true)
}

// Find returns the session whose secret it is, if it has not ended.
func (s *People) Find(ctx context.Context, secret string) (session Session, found bool, err error) {
	if secret == "" {
		return Session{}, false, nil
	}
	hash := Hash(secret)
	session, found, err = s.Read.SessionByHash(ctx, hash)
	if err != nil || !found || !session.Person.DisabledAt.IsZero() {
		return Session{}, false, err
	}
	now, last := s.Now(), s.lastUse(hash, session.UsedAt)
	if !now.Before(session.EndsAt) || now.Sub(last) >= s.Rules.Idle {
		return Session{}, false, nil
	}
	if now.Sub(last) >= min(useKept, s.Rules.Idle/4) && ctx.Value(unattendedKey{}) == nil {
		s.noteUse(hash, now)
	}
	session.UsedAt, session.Token = now, decryptToken(secret, session.Token)
	return session, true, nil
}

// Recognise returns who is signed in with the secret of a session.
func (s *People) Recognise(ctx context.Context, secret string) (Principal, bool, error) {
	session, found, err := s.Find(ctx, secret)
	if err != nil || !found {
		return Principal{}, false, err
	}
	p, err := s.Principal(ctx, session)
	return p, err == nil, err
}

// Principal is who is signed in, with all that they may do now.
func (s *People) Principal(ctx context.Context, session Session) (Principal, error) {
	p := Principal{Name: session.Person.Name, Through: ThroughSession, ID: session.Person.ID}
	if session.Person.Role != "" {
		p.Grants = append(p.Grants, Grant{Role: session.Person.Role, Scope: session.Person.Scope})
	}
	if s.Grants != nil {
		more, err := s.Grants(ctx, session.Person, session.Groups)
		if err != nil {
			return p, err
		}
		p.Grants = append(p.Grants, more...)
	}
	if s.Directory == nil {
		return p, nil
	}
	more, err := s.Directory.GrantsOf(ctx, session.Person, session.Groups)
	if err != nil {
		return p, err
	}
	p.Grants = append(p.Grants, more...)
	return s.Directory.Resolve(ctx, p)
}

// End closes the session with the secret, and returns what it was. One that has
// ended stays as it is.
func (s *People) End(ctx context.Context, secret string) (session Session, err error) {
	if secret == "" {
		return Session{}, nil
	}
	err = s.InTx(audit.Looking(ctx), func(ctx context.Context, tx PeopleTx) error {
		if session, _, err = tx.SessionByHash(ctx, Hash(secret)); err != nil {
			return err
		}
		if session.Person.ID != "" {
			audit.Changed(ctx, "session of "+session.Person.Name, "begun", "ended")
		}
		return tx.EndSession(ctx, Hash(secret))
	})
	session.Token = decryptToken(secret, session.Token)
	return session, err
}

// Spend reports whether a secret that counts once is used for the first time. It
// is remembered until the given time.
func (s *People) Spend(ctx context.Context, secret string, until time.Time) (first bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx PeopleTx) error {
		first, err = tx.Spend(ctx, Hash(secret), until)
		return err
	})
	return first, err
}

func (s *People) lastUse(hash []byte, stored time.Time) time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if noted := s.used[string(hash)]; noted.After(stored) {
		return noted
	}
	return stored
}

func (s *People) noteUse(hash []byte, at time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.used == nil {
		s.used = map[string]time.Time{}
	}
	s.used[string(hash)] = at
}

// StoreUses writes down when sessions were used last, so that a request need not.
func (s *People) StoreUses(ctx context.Context) error {
	s.mutex.Lock()
	used := maps.Clone(s.used)
	s.mutex.Unlock()
	if len(used) == 0 {
		return nil
	}
	err := s.InTx(ctx, func(ctx context.Context, tx PeopleTx) error {
		for _, hash := range slices.Sorted(maps.Keys(used)) {
			if err := tx.UseSession(ctx, []byte(hash), used[hash]); err != nil {
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

// forget drops the times that are stored, but for those that went on since.
func forget(used, stored map[string]time.Time) {
	for key, at := range stored {
		if used[key].Equal(at) {
			delete(used, key)
		}
	}
}
