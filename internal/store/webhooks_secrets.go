package store

import (
	"context"

	"accord/internal/webhooks"
)

// SealedSecret returns the secret with that name, encrypted, if there is one.
func (q *queries) SealedSecret(ctx context.Context, name string) ([]byte, bool, error) {
	found, err := rows[struct{ Sealed []byte }](ctx, q, "read secret", "SELECT sealed FROM secrets WHERE name = ?", name)
	if err != nil || len(found) == 0 {
		return nil, false, err
	}
	return found[0].Sealed, true, nil
}

// ListSecrets returns at most so many secrets whose names come after the given
// one, by name.
func (q *queries) ListSecrets(ctx context.Context, after string, limit int) ([]webhooks.Secret, error) {
	type secretRow struct {
		Name        string
		Description string
		CreatedAt   micros
		UpdatedAt   micros
	}
	found, err := rows[secretRow](ctx, q, "list secrets", "SELECT name, description, created_at, updated_at FROM secrets WHERE name > ? ORDER BY name LIMIT ?", after, limit)
	secrets := make([]webhooks.Secret, len(found))
	for i, r := range found {
		secrets[i] = webhooks.Secret{Name: r.Name, Description: r.Description, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time()}
	}
	return secrets, err
}

// PutSecret adds or replaces the secret with that name, and returns it with its
// times.
func (tx *Tx) PutSecret(ctx context.Context, secret webhooks.Secret, sealed []byte) (kept webhooks.Secret, created bool, err error) {
	_, exists, err := tx.SealedSecret(ctx, secret.Name)
	if err != nil {
		return secret, false, err
	}
	at, _, err := row[micros](ctx, &tx.queries, "update secret", `
		INSERT INTO secrets (name, description, sealed, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET description = excluded.description, sealed = excluded.sealed, updated_at = excluded.updated_at
		RETURNING created_at`, secret.Name, secret.Description, sealed, tx.now, tx.now)
	secret.CreatedAt, secret.UpdatedAt = at.Time(), tx.Now()
	return secret, !exists, err
}

// RemoveSecret deletes a secret and reports whether it was there.
func (tx *Tx) RemoveSecret(ctx context.Context, name string) (bool, error) {
	removed, err := tx.exec(ctx, "remove secret", "DELETE FROM secrets WHERE name = ?", name)
	return removed > 0, err
}
