package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/access"
)

type personRow struct {
	UUID            string `gorm:"column:uuid"`
	Name            string
	Issuer          string
	Subject         string
	Password        string
	PasswordGiven   bool
	Role            string
	AllApplications bool
	Applications    string
	Labels          string
	Teams           string
	CreatedAt       micros
	DisabledAt      *micros
	SignedInAt      *micros
}

const (
	sqlPersonColumns = "p.uuid, p.name, p.issuer, p.subject, p.password, p.password_given, p.role, p.all_applications, p.applications, p.labels, p.teams, p.created_at, p.disabled_at, p.signed_in_at"
	sqlPeople        = "SELECT " + sqlPersonColumns + " FROM people p"
)

func (r personRow) toPerson() (access.Person, error) {
	scope, err := scopeOf(r.AllApplications, r.Applications, r.Labels, r.Teams)
	if err != nil {
		return access.Person{}, fmt.Errorf("read the scope of %s: %w", r.Name, err)
	}
	return access.Person{
		ID: r.UUID, Name: r.Name, Issuer: r.Issuer, Subject: r.Subject, Role: access.Role(r.Role), Scope: scope, Given: r.PasswordGiven,
		CreatedAt: r.CreatedAt.Time(), DisabledAt: timeOrZero(r.DisabledAt), SignedInAt: timeOrZero(r.SignedInAt),
	}, nil
}

// scopeOf reads the scope of a token or a person.
func scopeOf(all bool, applications, labels, teams string) (access.Scope, error) {
	scope := access.Scope{All: all}
	if err := json.Unmarshal([]byte(applications), &scope.Applications); err != nil {
		return scope, err
	}
	if err := json.Unmarshal([]byte(teams), &scope.Teams); err != nil {
		return scope, err
	}
	if len(scope.Teams) == 0 {
		scope.Teams = nil
	}
	return scope, json.Unmarshal([]byte(labels), &scope.Labels)
}

// storedScope is how the applications, labels and teams of a scope are stored.
func storedScope(s access.Scope) (applications, labels, teams string) {
	return jsonList(s.Applications), jsonList(s.Labels), jsonList(s.Teams)
}

// quotedName is a name as it stands in a JSON list.
func quotedName(name string) string {
	list := jsonList([]string{name})
	return list[1 : len(list)-1]
}

// jsonList writes texts as a JSON list.
func jsonList(texts []string) string {
	text, err := json.Marshal(append([]string{}, texts...))
	if err != nil {
		return "[]" // texts can always be written
	}
	return string(text)
}

// person returns the one that a reading found, if any.
func person(r personRow, found bool, err error) (access.Person, bool, error) {
	if err != nil || !found {
		return access.Person{}, false, err
	}
	p, err := r.toPerson()
	return p, err == nil, err
}

// FindPerson returns the person with an ID, if there is one.
func (q *queries) FindPerson(ctx context.Context, id string) (access.Person, bool, error) {
	return person(row[personRow](ctx, q, "find person", sqlPeople+" WHERE p.uuid = ?", id))
}

func (q *queries) PersonNamed(ctx context.Context, name string) (p access.Person, password string, found bool, err error) {
	r, found, err := row[personRow](ctx, q, "find person", sqlPeople+" WHERE p.folded = ?", strings.ToLower(name))
	p, found, err = person(r, found, err)
	return p, r.Password, found, err
}

func (q *queries) PersonOf(ctx context.Context, issuer, subject string) (access.Person, bool, error) {
	return person(row[personRow](ctx, q, "find person", sqlPeople+" WHERE p.issuer = ? AND p.subject = ? AND p.issuer <> ''", issuer, subject))
}

func (q *queries) People(ctx context.Context, of *access.Team, after string, limit int) ([]access.Person, error) {
	var c condition
	c.and("p.id > coalesce((SELECT id FROM people WHERE uuid = ?), 0)", after)
	if err := q.ofTeam(&c, of); err != nil {
		return nil, err
	}
	return toPeople(rows[personRow](ctx, q, "list people", sqlPeople+" WHERE "+c.text+" ORDER BY p.id LIMIT ?", append(c.args, limit)...))
}

// toPeople returns those whom a reading found.
func toPeople(found []personRow, err error) ([]access.Person, error) {
	people := make([]access.Person, len(found))
	for i := 0; err == nil && i < len(found); i++ {
		people[i], err = found[i].toPerson()
	}
	return people, err
}

func (tx *Tx) AddPerson(ctx context.Context, p access.Person, password string) (bool, error) {
	applications, labels, teams := storedScope(p.Scope)
	added, err := tx.exec(ctx, "add person", `
		INSERT INTO people (uuid, name, folded, issuer, subject, password, password_given, role, all_applications, applications, labels, teams, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		p.ID, p.Name, strings.ToLower(p.Name), p.Issuer, p.Subject, password, p.Given, string(p.Role), p.Scope.All, applications, labels, teams, microsOf(p.CreatedAt))
	return added > 0, err
}

func (tx *Tx) LockPerson(ctx context.Context, id string) (p access.Person, password string, found bool, err error) {
	if err := tx.lockBy(ctx, "lock person", "SELECT id FROM people WHERE uuid = ? FOR NO KEY UPDATE", id); err != nil {
		return access.Person{}, "", false, err
	}
	r, found, err := row[personRow](ctx, &tx.queries, "find person", sqlPeople+" WHERE p.uuid = ?", id)
	p, found, err = person(r, found, err)
	return p, r.Password, found, err
}

// UpdatePerson stores what others can change of a person but the password.
func (tx *Tx) UpdatePerson(ctx context.Context, p access.Person) error {
	applications, labels, teams := storedScope(p.Scope)
	_, err := tx.exec(ctx, "update person", "UPDATE people SET role = ?, all_applications = ?, applications = ?, labels = ?, teams = ?, disabled_at = ? WHERE uuid = ?",
		string(p.Role), p.Scope.All, applications, labels, teams, microsOrNull(p.DisabledAt), p.ID)
	return err
}

func (tx *Tx) NoteSignIn(ctx context.Context, id string, at time.Time) error {
	_, err := tx.exec(ctx, "note sign-in", "UPDATE people SET signed_in_at = ? WHERE uuid = ?", microsOf(at), id)
	return err
}

func microsOrNull(t time.Time) *micros {
	if t.IsZero() {
		return nil
	}
	at := microsOf(t)
	return &at
}

// SetPassword stores the hash of a password, and whether the broker made it up.
func (tx *Tx) SetPassword(ctx context.Context, id, password string, given bool) error {
	_, err := tx.exec(ctx, "set password", "UPDATE people SET password = ?, password_given = ? WHERE uuid = ?", password, given, id)
	return err
}

type sessionRow struct {
	Person        personRow `gorm:"embedded"`
	SessionHash   []byte
	GroupNames    string
	ProviderToken string
	BegunAt       micros
	UsedAt        micros
	EndsAt        micros
}

func (q *queries) SessionByHash(ctx context.Context, hash []byte) (access.Session, bool, error) {
	r, found, err := row[sessionRow](ctx, q, "find session", `
		SELECT `+sqlPersonColumns+`, s.hash AS session_hash, s.group_names, s.provider_token, s.created_at AS begun_at, s.used_at, s.ends_at
		FROM sessions s JOIN people p ON p.id = s.person_id WHERE s.hash = ?`, hash)
	if err != nil || !found {
		return access.Session{}, false, err
	}
	session := access.NewSession(r.SessionHash)
	session.Token, session.CreatedAt, session.UsedAt, session.EndsAt = r.ProviderToken, r.BegunAt.Time(), r.UsedAt.Time(), r.EndsAt.Time()
	if err := json.Unmarshal([]byte(r.GroupNames), &session.Groups); err != nil {
		return session, false, fmt.Errorf("read the groups of a session: %w", err)
	}
	session.Person, err = r.Person.toPerson()
	return session, err == nil, err
}

// AddSession stores a new session under the hash of its secret.
func (tx *Tx) AddSession(ctx context.Context, s access.Session, hash []byte) error {
	_, err := tx.exec(ctx, "add session", `
		INSERT INTO sessions (hash, person_id, group_names, provider_token, created_at, used_at, ends_at)
		VALUES (?, (SELECT id FROM people WHERE uuid = ?), ?, ?, ?, ?, ?)`,
		hash, s.Person.ID, jsonList(s.Groups), s.Token, microsOf(s.CreatedAt), microsOf(s.UsedAt), microsOf(s.EndsAt))
	return err
}

// EndSession removes the session with the hash of a secret.
func (tx *Tx) EndSession(ctx context.Context, hash []byte) error {
	_, err := tx.exec(ctx, "end session", "DELETE FROM sessions WHERE hash = ?", hash)
	return err
}

// EndSessionsOf removes all sessions of a person.
func (tx *Tx) EndSessionsOf(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "end sessions", "DELETE FROM sessions WHERE person_id = (SELECT id FROM people WHERE uuid = ?)", id)
	return err
}

// EndSessionsBefore removes the sessions that have ended, or were last used,
// before those times.
func (tx *Tx) EndSessionsBefore(ctx context.Context, ended, used time.Time) error {
	_, err := tx.exec(ctx, "end sessions", "DELETE FROM sessions WHERE ends_at <= ? OR used_at <= ?", microsOf(ended), microsOf(used))
	return err
}

func (tx *Tx) UseSession(ctx context.Context, hash []byte, at time.Time) error {
	_, err := tx.exec(ctx, "use session", "UPDATE sessions SET used_at = ? WHERE hash = ? AND used_at < ?", microsOf(at), hash, microsOf(at))
	return err
}

func (tx *Tx) Spend(ctx context.Context, hash []byte, until time.Time) (bool, error) {
	if _, err := tx.exec(ctx, "forget spent secrets", "DELETE FROM spent_secrets WHERE ends_at <= ?", microsOf(tx.Now())); err != nil {
		return false, err
	}
	added, err := tx.exec(ctx, "spend secret", "INSERT INTO spent_secrets (hash, ends_at) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", hash, microsOf(until))
	return added > 0, err
}
