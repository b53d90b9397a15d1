package access

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/characters"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Person is somebody who signs in to look at pages.
type Person struct {
	ID string
	// Name is what they sign in with, or what their provider calls them. No two
	// people have names that differ by case alone.
	Name string
	// Issuer and Subject are by whom a provider knows them; both are "" for people
	// who sign in with a password.
	Issuer, Subject string
	// Role and Scope are what they may do beside what their groups and teams give;
	// the role is "" if that is nothing.
	Role  Role
	Scope Scope
	// Given tells that the broker has made up the password.
	Given bool
	// shownHash is the stored hash of the password that they have just shown, or were just
	// given; "" of people who were merely looked up.
	shownHash string

	CreatedAt time.Time
	// DisabledAt and SignedInAt are zero if they may sign in and never did.
	DisabledAt, SignedInAt time.Time
}

// Local reports whether the person signs in with a password.
func (p Person) Local() bool { return p.Issuer == "" }

// note notes in the audit what is changed of somebody.
func (p Person) note(ctx context.Context, before Person) {
	audit.Changed(ctx, "person "+p.Name, before.ID, p.ID)
	audit.Changed(ctx, "role", string(before.Role), string(p.Role))
	audit.Changed(ctx, "scope", before.Scope.Words(), p.Scope.Words())
	audit.Changed(ctx, "disabled", !before.DisabledAt.IsZero(), !p.DisabledAt.IsZero())
}

// PeopleReader looks people and their sessions up.
type PeopleReader interface {
	FindPerson(ctx context.Context, id string) (Person, bool, error)
	// PersonNamed returns the person with a name, whatever its case, with the hash
	// of their password.
	PersonNamed(ctx context.Context, name string) (p Person, password string, found bool, err error)
	// PersonOf returns the person whom a provider knows by that subject.
	PersonOf(ctx context.Context, issuer, subject string) (Person, bool, error)
	// People returns at most so many people in the order of their making, after the
	// one with the given ID; of a team only those whom it names, or who have a role for
	// its applications by its name.
	People(ctx context.Context, of *Team, after string, limit int) ([]Person, error)
	// ListPeople returns the people whom a listing asks for, CountPeople how many there
	// are on all its pages.
	ListPeople(ctx context.Context, l PeopleQuery) ([]Person, error)
	CountPeople(ctx context.Context, l PeopleQuery) (PeopleCounts, error)
	// SessionByHash returns the session with the hash of a secret, if there is one.
	SessionByHash(ctx context.Context, hash []byte) (Session, bool, error)
}

// PeopleTx is what changing people and sessions needs inside one transaction.
type PeopleTx interface {
	PeopleReader
	GrantTx
	Now() time.Time
	// AddPerson stores a new person; it reports whether the name was free and the
	// provider's subject new.
	AddPerson(ctx context.Context, p Person, password string) (bool, error)
	// LockPerson returns the person with an ID and the hash of their password, if there is
	// one, and keeps others from changing them, and from opening sessions of theirs, until
	// the transaction ends.
	LockPerson(ctx context.Context, id string) (p Person, password string, found bool, err error)
	// UpdatePerson stores the role and scope of a person, and since when they are disabled.
	UpdatePerson(ctx context.Context, p Person) error
	// NoteSignIn stores when a person signed in.
	NoteSignIn(ctx context.Context, id string, at time.Time) error
	SetPassword(ctx context.Context, id, password string, given bool) error
	AddSession(ctx context.Context, s Session, hash []byte) error
	// EndSession removes a session, EndSessionsOf all of a person, EndSessionsBefore
	// those that have ended or were last used before.
	EndSession(ctx context.Context, hash []byte) error
	EndSessionsOf(ctx context.Context, person string) error
	EndSessionsBefore(ctx context.Context, ended, used time.Time) error
	// UseSession keeps when a session was used last.
	UseSession(ctx context.Context, hash []byte, at time.Time) error
	// Spend stores a hash until a time, and reports whether it was new.
	Spend(ctx context.Context, hash []byte, until time.Time) (bool, error)
}

// SessionRules say how long sessions last.
type SessionRules struct {
	// Idle is after how long without a request a session ends, Lifetime after how
	// long it ends whatever happens.
	Idle, Lifetime time.Duration
}

// People lets people in and knows them again.
type People struct {
	Read  PeopleReader
	InTx  func(ctx context.Context, fn func(ctx context.Context, tx PeopleTx) error) error
	Now   func() time.Time
	NewID func() string
	Rules SessionRules
	// Grants are what somebody may do because of their groups.
	Grants func(ctx context.Context, p Person, groups []string) ([]Grant, error)
	// Directory knows the teams and the roles of the broker's own; nil if there are
	// none.
	Directory *Directory

	passwords passwords
	mutex     sync.Mutex
	// used are the times of use of sessions that are not stored yet, by hash.
	used map[string]time.Time
}

// NewPeople completes people.
func NewPeople(p *People) *People {
	p.passwords = newPasswords(usualCost)
	return p
}

// WantedPerson is what somebody shall be.
type WantedPerson struct {
	Name         string
	Role         Role
	Applications []string
	Labels       []string
	Teams        []string
	// Password is made up if it is "".
	Password string
	// Hashed is what HashPassword has made of the password; nil if Create is to do that.
	Hashed *NewPassword
}

// NewPassword is a password that somebody is to have, with its hash.
type NewPassword struct {
	Text string
	// Given tells that the broker has made it up.
	Given bool
	hash  string
}

// HashPassword hashes a new password, which is made up if it is "". That takes long, so
// whoever makes or changes somebody in a transaction of their own does it before. It
// returns an Invalid fault for a password that breaks a rule.
func (s *People) HashPassword(ctx context.Context, text string) (p NewPassword, err error) {
	p = NewPassword{Text: text, Given: text == ""}
	if p.Given {
		p.Text = newPassword()
	}
	p.hash, err = s.hashNew(ctx, p.Text)
	return p, err
}

func (w WantedPerson) scope() Scope { return ScopeOf(w.Applications, w.Labels, w.Teams) }

// Create adds somebody who signs in with a password, and returns that, for the
// only time if it is made up. It returns an Invalid fault for wishes that break a
// rule, and a Conflict one if the name is taken.
func (s *People) Create(ctx context.Context, w WantedPerson) (p Person, password string, err error) {
	wrong, err := s.Directory.Check(ctx, w.Role, w.scope())
	if err != nil {
		return Person{}, "", err
	}
	if !isPersonName(w.Name) {
		wrong = append(wrong, fault.Field{Name: "name", Message: fmt.Sprintf("must be 1 to %d characters without spaces, colons, tokens and what nobody sees", longestName)})
	}
	if message := checkPassword(w.Password); w.Password != "" && message != "" {
		wrong = append(wrong, fault.Field{Name: "password", Message: message})
	}
	if len(wrong) > 0 {
		return Person{}, "", fault.InvalidFields(wrong...)
	}
	if w.Hashed == nil {
		hashed, err := s.HashPassword(ctx, w.Password)
		if err != nil {
			return Person{}, "", err
		}
		w.Hashed = &hashed
	}
	err = s.InTx(ctx, func(ctx context.Context, tx PeopleTx) error {
		if err := RequireGrantable(ctx, tx, w.Role, w.scope()); err != nil {
			return err
		}
		p = Person{ID: s.NewID(), Name: w.Name, Role: w.Role, Scope: w.scope(), Given: w.Hashed.Given, CreatedAt: tx.Now(), shownHash: w.Hashed.hash}
		added, err := tx.AddPerson(ctx, p, w.Hashed.hash)
		if err == nil && !added {
			err = fault.New(fault.Conflict, "There is somebody named %s already; choose another name.", w.Name)
		}
		p.note(ctx, Person{})
		return err
	})
	return p, w.Hashed.Text, err
}

// firstAdmin is who is there from the beginning.
const firstAdmin = "admin"

// CreateFirst adds an administrator if there is nobody at all, and returns the
// password; "" if there is somebody.
func (s *People) CreateFirst(ctx context.Context) (name, password string, err error) {
	some, err := s.Read.People(ctx, nil, "", 1)
	if err != nil || len(some) > 0 {
		return "", "", err
	}
	_, password, err = s.Create(ctx, WantedPerson{Name: firstAdmin, Role: Admin})
	if fault.Is(err, fault.Conflict) {
		return "", "", nil // another broker on the same database was faster
	}
	return firstAdmin, password, err
}

// Change gives somebody another role and scope. It returns a NotFound fault for
// nobody, and an Invalid one for wishes that break a rule.
func (s *People) Change(ctx context.Context, id string, w WantedPerson) (p Person, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx PeopleTx) error {
		if err := RequireGrantable(ctx, tx, w.Role, w.scope()); err != nil {
			return err
		}
		p, err = update(ctx, tx, id, func(p *Person, _ time.Time) { p.Role, p.Scope = w.Role, w.scope() })
		return err
	})
	return p, err
}

// Disable keeps somebody out and ends their sessions; Enable lets them in again.
// Both return a NotFound fault for nobody.
func (s *People) Disable(ctx context.Context, id string) (Person, error) {
	return s.update(ctx, id, func(p *Person, now time.Time) {
		if p.DisabledAt.IsZero() {
			p.DisabledAt = now
		}
	})
}

// Enable lets somebody in again who was disabled.
func (s *People) Enable(ctx context.Context, id string) (Person, error) {
	return s.update(ctx, id, func(p *Person, _ time.Time) { p.DisabledAt = time.Time{} })
}

func (s *People) update(ctx context.Context, id string, change func(p *Person, now time.Time)) (p Person, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx PeopleTx) error {
		p, err = update(ctx, tx, id, change)
		return err
	})
	return p, err
}

func update(ctx context.Context, tx PeopleTx, id string, change func(p *Person, now time.Time)) (Person, error) {
	p, _, err := lockPerson(ctx, tx, id)
	if err != nil {
		return p, err
	}
	before := p
	change(&p, tx.Now())
	p.note(ctx, before)
	if err := tx.UpdatePerson(ctx, p); err != nil || p.DisabledAt.IsZero() {
		return p, err
	}
	return p, tx.EndSessionsOf(ctx, id)
}

func lockPerson(ctx context.Context, tx PeopleTx, id string) (p Person, password string, err error) {
	p, password, found, err := tx.LockPerson(ctx, id)
	if err == nil && !found {
		err = fault.Missing("There is nobody with the ID %s.", id)
	}
	return p, password, err
}

// ResetPassword gives somebody a new password, made up if it is "", and ends
// their sessions. It returns a NotFound fault for nobody, a Conflict one for
// somebody who signs in elsewhere, and an Invalid one for a password that is
// too short.
func (s *People) ResetPassword(ctx context.Context, id, password string) (set string, err error) {
	hashed, err := s.HashPassword(ctx, password)
	if err != nil {
		return "", err
	}
	return hashed.Text, s.SetPassword(ctx, id, hashed)
}

// SetPassword is ResetPassword with a password that is hashed already.
func (s *People) SetPassword(ctx context.Context, id string, password NewPassword) error {
	return s.InTx(ctx, func(ctx context.Context, tx PeopleTx) error {
		p, _, err := lockPerson(ctx, tx, id)
		if err != nil {
			return err
		}
		return setPassword(ctx, tx, p, password.hash, password.Given)
	})
}

// ChangePassword is how somebody who is signed in changes their own password. It ends
// all their sessions and goes on with this one under a new secret, which it returns:
// whoever has come by the old one is out. It returns an Invalid fault if the old password
// is not theirs, or the new one is too short, and an Unauthorized one if the session has
// ended meanwhile.
func (s *People) ChangePassword(ctx context.Context, session Session, old, password string) (secret string, err error) {
	_, stored, _, err := s.Read.PersonNamed(ctx, session.Person.Name)
	if err != nil {
		return "", err
	}
	right, err := s.passwords.matches(ctx, old, stored)
	if err != nil {
		return "", err
	}
	if !right {
		return "", fault.InvalidField("old", "is not your password")
	}
	hash, err := s.hashNew(ctx, password)
	if err != nil {
		return "", err
	}
	secret = newSessionSecret()
	return secret, s.InTx(ctx, func(ctx context.Context, tx PeopleTx) error {
		// Whoever sets the password otherwise meanwhile ends the session with it.
		p, _, err := lockPerson(ctx, tx, session.Person.ID)
		if err != nil {
			return err
		}
		current, found, err := tx.SessionByHash(ctx, session.hash)
		if err != nil {
			return err
		}
		if !found {
			return fault.New(fault.Unauthorized, "Your session has ended. Sign in again.")
		}
		if err := setPassword(ctx, tx, p, hash, false); err != nil {
			return err
		}
		current.UsedAt = tx.Now()
		return tx.AddSession(ctx, current, Hash(secret))
	})
}

// hashNew returns the text to store for a new password, or an Invalid fault.
func (s *People) hashNew(ctx context.Context, password string) (string, error) {
	if message := checkPassword(password); message != "" {
		return "", fault.InvalidField("password", "%s", message)
	}
	return s.passwords.hash(ctx, password)
}

// setPassword stores a new password and ends the sessions of the person.
func setPassword(ctx context.Context, tx PeopleTx, p Person, hash string, given bool) error {
	if !p.Local() {
		return fault.New(fault.Conflict, "%s signs in at %s and has no password here.", p.Name, p.Issuer)
	}
	audit.Changed(ctx, "password of "+p.Name, nil, "set")
	if err := tx.SetPassword(ctx, p.ID, hash, given); err != nil {
		return err
	}
	return tx.EndSessionsOf(ctx, p.ID)
}

// errWrongPassword says no more than it must.
var errWrongPassword = fault.New(fault.Unauthorized, "The name or the password is wrong.")

// CheckPassword returns the person with the name and the password. It returns an
// Unauthorized fault if there is none, or they were disabled, with the person of the
// name if that is somebody's.
func (s *People) CheckPassword(ctx context.Context, name, password string) (Person, error) {
	p, stored, _, err := s.Read.PersonNamed(ctx, name)
	if err != nil {
		return Person{}, err
	}
	if utf8.RuneCountInString(password) > longestPassword {
		return p, errWrongPassword
	}
	right, err := s.passwords.matches(ctx, password, stored)
	if err == nil && (!right || !p.DisabledAt.IsZero()) {
		err = errWrongPassword
	}
	if err == nil {
		p.shownHash = stored
	}
	return p, err
}

// longestName is how many characters the name of a person may have.
const longestName = 100

// isPersonName reports whether a text can name a person: without spaces, so that
// it cannot be taken for anything else that names who did something, and without
// what ends a name in basic authentication; nor is a token one.
func isPersonName(text string) bool {
	return text != "" && tokenIn(text) == "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= longestName && strings.IndexFunc(text, func(r rune) bool {
		return r == ':' || unicode.IsSpace(r) || !unicode.IsPrint(r) || characters.IsInvisible(r)
	}) < 0
}

// Identity is somebody whom a provider vouches for.
type Identity struct {
	Issuer, Subject string
	// Name is what the provider calls them.
	Name   string
	Groups []string
	// Token is the provider's word for it, which it wants back at the end; it may
	// be "".
	Token string
}

// ThroughProvider is by what somebody proves who they are whom a provider vouches for.
const ThroughProvider = "provider"

// Admit returns the person whom a provider vouches for, and adds them if they
// were never here. It returns a Forbidden fault for somebody who was disabled, with
// who it is.
func (s *People) Admit(ctx context.Context, i Identity) (p Person, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx PeopleTx) error {
		known, found, err := tx.PersonOf(ctx, i.Issuer, i.Subject)
		switch {
		case err != nil:
			return err
		case !found:
			p = Person{ID: s.NewID(), Issuer: i.Issuer, Subject: i.Subject, CreatedAt: tx.Now()}
			if err := s.addNamed(ctx, tx, &p, personName(i)); err != nil {
				return err
			}
			p.note(ctx, Person{})
			audit.By(ctx, p.Name, ThroughProvider)
			return nil
		}
		if p = known; !p.DisabledAt.IsZero() {
			return mayNotSignIn(p)
		}
		return nil
	})
	return p, err
}

func mayNotSignIn(p Person) error {
	return fault.New(fault.Forbidden, "%s may not sign in here any more.", p.Name).Coded("forbidden", "Ask who administers the broker.")
}

// addNamed adds the person under the name, or with a bit of its ID if somebody
// else has it.
func (s *People) addNamed(ctx context.Context, tx PeopleTx, p *Person, name string) error {
	for _, p.Name = range []string{name, name + "~" + p.ID[:8], p.ID} {
		if added, err := tx.AddPerson(ctx, *p, ""); err != nil || added {
			return err
		}
		if same, found, err := tx.PersonOf(ctx, p.Issuer, p.Subject); err != nil || found {
			*p = same // signed in twice at the same time
			return err
		}
	}
	return fault.New(fault.Conflict, "There is somebody named %s already.", p.Name)
}

// personName makes what a provider calls somebody a name.
func personName(i Identity) string {
	seen := strings.Map(func(r rune) rune {
		if characters.IsInvisible(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(i.Name, ""))
	name := strings.Join(strings.FieldsFunc(seen, func(r rune) bool { return r == ':' || unicode.IsSpace(r) }), "_")
	if runes := []rune(name); len(runes) > longestName-9 {
		name = string(runes[:longestName-9])
	}
	if !isPersonName(name) {
		return "somebody"
	}
	return name
}
