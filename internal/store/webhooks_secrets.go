package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/accord-broker/accord/internal/webhooks"
)

// StoredSecret returns the secret with that name, encrypted, if there is one.
func (q *queries) StoredSecret(ctx context.Context, name string) (webhooks.StoredSecret, bool, error) {
	type secretRow struct {
		Encrypted []byte `gorm:"column:sealed"`
		Hosts     string
	}
	r, found, err := row[secretRow](ctx, q, "read secret", "SELECT sealed, hosts FROM secrets WHERE name = ?", name)
	if err != nil || !found {
		return webhooks.StoredSecret{}, false, err
	}
	hosts, err := toHosts(r.Hosts)
	return webhooks.StoredSecret{Encrypted: r.Encrypted, Hosts: hosts}, true, err
}

func toHosts(stored string) (hosts []string, err error) {
	if err := json.Unmarshal([]byte(stored), &hosts); err != nil {
		return nil, fmt.Errorf("read hosts of secret: %w", err)
	}
	return hosts, nil
}

// ListSecrets returns at most so many secrets whose names come after the given
// one, by name.
func (q *queries) ListSecrets(ctx context.Context, after string, limit int) ([]webhooks.Secret, error) {
	type secretRow struct {
		Name        string
		Description string
		Hosts       string
		CreatedAt   micros
		UpdatedAt   micros
	}
	found, err := rows[secretRow](ctx, q, "list secrets", "SELECT name, description, hosts, created_at, updated_at FROM secrets WHERE name > ? ORDER BY name LIMIT ?", after, limit)
	secrets := make([]webhooks.Secret, len(found))
	for i, r := range found {
		hosts, err := toHosts(r.Hosts)
		if err != nil {
			return nil, err
		}
		secrets[i] = webhooks.Secret{Name: r.Name, Description: r.Description, Hosts: hosts, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time()}
	}
	return secrets, err
}

// PutSecret adds or replaces the secret with that name, and returns it with its
// times.
func (tx *Tx) PutSecret(ctx context.Context, secret webhooks.Secret, encrypted []byte) (kept webhooks.Secret, created bool, err error) {
	_, exists, err := tx.StoredSecret(ctx, secret.Name)
	if err != nil {
		return secret, false, err
	}
	hosts, err := json.Marshal(append([]string{}, secret.Hosts...))
	if err != nil {
		return secret, false, err
	}
	at, _, err := row[micros](ctx, &tx.queries, "update secret", `
		INSERT INTO secrets (name, description, sealed, hosts, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET description = excluded.description, sealed = excluded.sealed, hosts = excluded.hosts, updated_at = excluded.updated_at
		RETURNING created_at`, secret.Name, secret.Description, encrypted, string(hosts), tx.now, tx.now)
	secret.CreatedAt, secret.UpdatedAt = at.Time(), tx.Now()
	return secret, !exists, err
}

// RemoveSecret deletes a secret and reports whether it was there.
func (tx *Tx) RemoveSecret(ctx context.Context, name string) (bool, error) {
	removed, err := tx.exec(ctx, "remove secret", "DELETE FROM secrets WHERE name = ?", name)
	return removed > 0, err
}
