package store

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/accord-broker/accord/internal/access"
)

type tokenRow struct {
	UUID            string `gorm:"column:uuid"`
	Family          string
	Name            string
	Owner           string
	Prefix          string
	Role            string
	AllApplications bool
	Applications    string
	Labels          string
	Teams           string
	CreatedAt       micros
	ExpiresAt       *micros
	RevokedAt       *micros
	LastUsedAt      *micros
	Exchanged       bool
}

const (
	sqlTokenColumns = "SELECT uuid, family, name, owner, prefix, role, all_applications, applications, labels, teams, created_at, expires_at, revoked_at, last_used_at, exchanged "
	sqlTokens       = sqlTokenColumns + "FROM access_tokens"
)

func (r tokenRow) toToken() (access.Token, error) {
	scope, err := scopeOf(r.AllApplications, r.Applications, r.Labels, r.Teams)
	if err != nil {
		return access.Token{}, fmt.Errorf("read the scope of token %s: %w", r.UUID, err)
	}
	return access.Token{
		ID: r.UUID, Family: r.Family, Name: r.Name, Owner: r.Owner, Prefix: r.Prefix, Role: access.Role(r.Role), Scope: scope, Exchanged: r.Exchanged,
		CreatedAt: r.CreatedAt.Time(), ExpiresAt: timeOrZero(r.ExpiresAt), RevokedAt: timeOrZero(r.RevokedAt), LastUsedAt: timeOrZero(r.LastUsedAt),
	}, nil
}

// token returns the one that a reading found, if any.
func token(r tokenRow, found bool, err error) (access.Token, bool, error) {
	if err != nil || !found {
		return access.Token{}, false, err
	}
	t, err := r.toToken()
	return t, err == nil, err
}

func (q *queries) TokenByHash(ctx context.Context, hash []byte) (access.Token, bool, error) {
	return token(row[tokenRow](ctx, q, "find token", sqlTokens+" WHERE hash = ?", hash))
}

func (q *queries) FindToken(ctx context.Context, id string) (access.Token, bool, error) {
	return token(row[tokenRow](ctx, q, "find token", sqlTokens+" WHERE uuid = ?", id))
}

func (q *queries) Tokens(ctx context.Context, team, after string, limit int) ([]access.Token, error) {
	var c condition
	c.and("t.id > coalesce((SELECT id FROM access_tokens WHERE uuid = ?), 0)", after)
	if team != "" {
		c.and(sqlTokenOfTeam, quotedName(team))
	}
	return toTokens(rows[tokenRow](ctx, q, "list tokens", sqlTokenColumns+sqlListedTokens+" AND "+c.text+" ORDER BY t.id LIMIT ?", append(c.args, limit)...))
}

// toTokens returns those that a reading found.
func toTokens(found []tokenRow, err error) ([]access.Token, error) {
	tokens := make([]access.Token, len(found))
	for i := 0; err == nil && i < len(found); i++ {
		tokens[i], err = found[i].toToken()
	}
	return tokens, err
}

// AddToken stores a new token with the hash of its secret.
func (tx *Tx) AddToken(ctx context.Context, t access.Token, hash []byte) error {
	applications, labels, teams := storedScope(t.Scope)
	_, err := tx.exec(ctx, "add token", `
		INSERT INTO access_tokens (uuid, family, name, folded, searched, owner, prefix, hash, role, all_applications, applications, labels, teams, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.ID, t.Family, t.Name, strings.ToLower(t.Name), searchedTexts(t), t.Owner, t.Prefix, hash, string(t.Role), t.Scope.All, applications, labels, teams, microsOf(t.CreatedAt), microsOrNull(t.ExpiresAt))
	return err
}

func (tx *Tx) LockToken(ctx context.Context, id string) (access.Token, bool, error) {
	if err := tx.lockBy(ctx, "lock token", "SELECT id FROM access_tokens WHERE uuid = ? FOR NO KEY UPDATE", id); err != nil {
		return access.Token{}, false, err
	}
	return tx.FindToken(ctx, id)
}

func (tx *Tx) EndToken(ctx context.Context, id string, at time.Time) error {
	_, err := tx.exec(ctx, "end token", "UPDATE access_tokens SET revoked_at = ? WHERE uuid = ? AND (revoked_at IS NULL OR revoked_at > ?)", microsOf(at), id, microsOf(at))
	return err
}

func (tx *Tx) UseToken(ctx context.Context, id string, at time.Time) error {
	_, err := tx.exec(ctx, "use token", "UPDATE access_tokens SET last_used_at = ? WHERE uuid = ? AND (last_used_at IS NULL OR last_used_at < ?)", microsOf(at), id, microsOf(at))
	return err
}

// PresentName returns the name of the application that is found by a name, which may
// be one that it had before or, where case does not count, spelt otherwise; the name
// itself if there is none.
func (q *queries) PresentName(ctx context.Context, application string) (string, error) {
	if !utf8.ValidString(application) || strings.ContainsRune(application, 0) {
		return application, nil // no application is called so, and PostgreSQL could not be asked
	}
	p, found, err := q.FindPacticipant(ctx, application)
	if err != nil || !found {
		return application, err
	}
	return p.Name, nil
}

// LabelsOfNamed returns the labels of an application; none for an unknown one.
func (q *queries) LabelsOfNamed(ctx context.Context, application string) ([]string, error) {
	return rows[string](ctx, q, "read labels", "SELECT l.name FROM labels l JOIN pacticipants p ON p.id = l.pacticipant_id WHERE "+q.named("p.name")+" ORDER BY l.name", application)
}
