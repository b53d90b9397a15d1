package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/webhooks"
)

type secretRow struct {
	Name                        string
	Description                 string
	Encrypted                   []byte `gorm:"column:sealed"`
	Hosts                       string
	Applications, Labels, Teams string
	CreatedAt                   micros
	UpdatedAt                   micros
}

const sqlSecrets = "SELECT name, description, sealed, hosts, applications, labels, teams, created_at, updated_at FROM secrets"

// scope are the applications for whose webhooks the secret is.
func (r secretRow) scope() (access.Scope, error) {
	s, err := scopeOf(false, r.Applications, r.Labels, r.Teams)
	return access.ScopeOf(s.Applications, s.Labels, s.Teams), err
}

func (r secretRow) toSecret() (webhooks.Secret, error) {
	hosts, err := toHosts(r.Hosts)
	if err != nil {
		return webhooks.Secret{}, err
	}
	scope, err := r.scope()
	return webhooks.Secret{Name: r.Name, Description: r.Description, Hosts: hosts, Scope: scope, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time()}, err
}

func (q *queries) StoredSecret(ctx context.Context, name string) (webhooks.StoredSecret, bool, error) {
	r, found, err := row[secretRow](ctx, q, "read secret", sqlSecrets+" WHERE name = ?", name)
	if err != nil || !found {
		return webhooks.StoredSecret{}, false, err
	}
	secret, err := r.toSecret()
	return webhooks.StoredSecret{Encrypted: r.Encrypted, Hosts: secret.Hosts, Scope: secret.Scope}, err == nil, err
}

func (q *queries) FindSecret(ctx context.Context, name string) (*webhooks.Secret, error) {
	r, found, err := row[secretRow](ctx, q, "find secret", sqlSecrets+" WHERE name = ?", name)
	if err != nil || !found {
		return nil, err
	}
	secret, err := r.toSecret()
	return &secret, err
}

func (tx *Tx) LockSecret(ctx context.Context, name string) (webhooks.StoredSecret, bool, error) {
	if err := tx.lock(ctx, "secret "+name); err != nil {
		return webhooks.StoredSecret{}, false, err
	}
	return tx.StoredSecret(ctx, name)
}

func toHosts(stored string) (hosts []string, err error) {
	if err := json.Unmarshal([]byte(stored), &hosts); err != nil {
		return nil, fmt.Errorf("read hosts of secret: %w", err)
	}
	return hosts, nil
}

func (q *queries) ListSecrets(ctx context.Context, after string, limit int) ([]webhooks.Secret, error) {
	found, err := rows[secretRow](ctx, q, "list secrets", sqlSecrets+" WHERE name > ? ORDER BY name LIMIT ?", after, limit)
	secrets := make([]webhooks.Secret, len(found))
	for i := 0; err == nil && i < len(found); i++ {
		secrets[i], err = found[i].toSecret()
	}
	return secrets, err
}

func (tx *Tx) PutSecret(ctx context.Context, secret webhooks.Secret, encrypted []byte) (kept webhooks.Secret, created bool, err error) {
	_, exists, err := tx.StoredSecret(ctx, secret.Name)
	if err != nil {
		return secret, false, err
	}
	applications, labels, teams := storedScope(secret.Scope)
	at, _, err := row[micros](ctx, &tx.queries, "update secret", `
		INSERT INTO secrets (name, description, sealed, hosts, applications, labels, teams, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET description = excluded.description, sealed = excluded.sealed, hosts = excluded.hosts,
			applications = excluded.applications, labels = excluded.labels, teams = excluded.teams, updated_at = excluded.updated_at
		RETURNING created_at`, secret.Name, secret.Description, encrypted, jsonList(secret.Hosts), applications, labels, teams, tx.now, tx.now)
	secret.CreatedAt, secret.UpdatedAt = at.Time(), tx.Now()
	return secret, !exists, err
}

func (tx *Tx) RemoveSecret(ctx context.Context, name string) (bool, error) {
	removed, err := tx.exec(ctx, "remove secret", "DELETE FROM secrets WHERE name = ?", name)
	return removed > 0, err
}
