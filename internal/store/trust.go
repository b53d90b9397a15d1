package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/trust"
)

type trustRow struct {
	UUID            string `gorm:"column:uuid"`
	Name            string
	Issuer          string
	Audience        string
	Claims          string
	Role            string
	AllApplications bool
	Applications    string
	Labels          string
	Teams           string
	CreatedAt       micros
}

func (r trustRow) toRule() (trust.Rule, error) {
	rule := trust.Rule{
		ID: r.UUID, Name: r.Name, Issuer: r.Issuer, Audience: r.Audience, Role: access.Role(r.Role), CreatedAt: r.CreatedAt.Time(),
	}
	claims := map[string][]string{}
	var err error
	rule.Scope, err = scopeOf(r.AllApplications, r.Applications, r.Labels, r.Teams)
	if err := errors.Join(err, json.Unmarshal([]byte(r.Claims), &claims)); err != nil {
		return rule, fmt.Errorf("read trust rule %s: %w", r.UUID, err)
	}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		rule.Claims = append(rule.Claims, trust.Claim{Name: name, Patterns: claims[name]})
	}
	return rule, nil
}

const sqlTrustRules = "SELECT uuid, name, issuer, audience, claims, role, all_applications, applications, labels, teams, created_at FROM trust_rules"

func (tx *Tx) LockTrustRule(ctx context.Context, id string) (trust.Rule, bool, error) {
	if err := tx.lock(ctx, "trust rule "+id); err != nil {
		return trust.Rule{}, false, err
	}
	r, found, err := row[trustRow](ctx, &tx.queries, "read trust rule", sqlTrustRules+" WHERE uuid = ?", id)
	if err != nil || !found {
		return trust.Rule{}, false, err
	}
	rule, err := r.toRule()
	return rule, err == nil, err
}

func (q *queries) TrustRules(ctx context.Context) ([]trust.Rule, error) {
	found, err := rows[trustRow](ctx, q, "list trust rules", sqlTrustRules+" ORDER BY id")
	rules := make([]trust.Rule, len(found))
	for i := 0; err == nil && i < len(found); i++ {
		rules[i], err = found[i].toRule()
	}
	return rules, err
}

// storedClaims is how the claims of a rule are stored.
func storedClaims(r trust.Rule) (string, error) {
	byName := map[string][]string{}
	for _, c := range r.Claims {
		byName[c.Name] = c.Patterns
	}
	text, err := json.Marshal(byName)
	return string(text), err
}

// AddTrustRule stores a new rule.
func (tx *Tx) AddTrustRule(ctx context.Context, r trust.Rule) error {
	claims, err := storedClaims(r)
	if err != nil {
		return err
	}
	applications, labels, teams := storedScope(r.Scope)
	_, err = tx.exec(ctx, "add trust rule", `
		INSERT INTO trust_rules (uuid, name, issuer, audience, claims, role, all_applications, applications, labels, teams, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Name, r.Issuer, r.Audience, claims, string(r.Role), r.Scope.All, applications, labels, teams, tx.now)
	return err
}

// UpdateTrustRule replaces a rule.
func (tx *Tx) UpdateTrustRule(ctx context.Context, r trust.Rule) error {
	claims, err := storedClaims(r)
	if err != nil {
		return err
	}
	applications, labels, teams := storedScope(r.Scope)
	_, err = tx.exec(ctx, "update trust rule", `
		UPDATE trust_rules SET name = ?, issuer = ?, audience = ?, claims = ?, role = ?, all_applications = ?, applications = ?, labels = ?, teams = ? WHERE uuid = ?`,
		r.Name, r.Issuer, r.Audience, claims, string(r.Role), r.Scope.All, applications, labels, teams, r.ID)
	return err
}

func (tx *Tx) RemoveTrustRule(ctx context.Context, id string) error {
	if err := tx.EndExchanged(ctx, id); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "remove trust rule", "DELETE FROM trust_rules WHERE uuid = ?", id)
	return err
}

func (tx *Tx) EndExchanged(ctx context.Context, rule string) error {
	_, err := tx.exec(ctx, "end exchanged tokens", `
		UPDATE access_tokens SET revoked_at = ? WHERE uuid IN (SELECT token_uuid FROM exchanged_tokens WHERE rule = ?) AND (revoked_at IS NULL OR revoked_at > ?) AND expires_at > ?`,
		tx.now, rule, tx.now, tx.now)
	return err
}

func (tx *Tx) AddExchangedToken(ctx context.Context, t access.Token, hash []byte, rule string, proof []byte, proofEnds time.Time) (before int, err error) {
	if err := tx.lock(ctx, fmt.Sprintf("exchange %x", proof)); err != nil {
		return 0, err
	}
	before, _, err = row[int](ctx, &tx.queries, "count exchanges", "SELECT count(*) FROM exchanged_tokens WHERE proof = ?", proof)
	if err != nil {
		return 0, err
	}
	if err := tx.AddToken(ctx, t, hash); err != nil {
		return before, err
	}
	if _, err := tx.exec(ctx, "keep token out of lists", "UPDATE access_tokens SET exchanged = ? WHERE uuid = ?", true, t.ID); err != nil {
		return before, err
	}
	_, err = tx.exec(ctx, "add exchanged token", "INSERT INTO exchanged_tokens (token_uuid, rule, proof, proof_ends_at, ends_at) VALUES (?, ?, ?, ?, ?)",
		t.ID, rule, proof, microsOf(proofEnds), microsOf(t.ExpiresAt))
	return before, err
}

// deleteOldExchanged deletes a batch of tokens that were given in exchange and have
// ended, once what they were given for has, too.
func (tx *Tx) deleteOldExchanged(ctx context.Context) (more bool, err error) {
	over, err := rows[string](ctx, &tx.queries, "find old exchanged tokens",
		"SELECT token_uuid FROM exchanged_tokens WHERE ends_at < ? AND proof_ends_at < ? ORDER BY ends_at LIMIT ?", tx.now, tx.now, purgeBatch)
	if err != nil || len(over) == 0 {
		return false, err
	}
	for _, table := range []string{"access_tokens WHERE uuid", "exchanged_tokens WHERE token_uuid"} {
		if _, err := tx.exec(ctx, "delete old exchanged tokens", "DELETE FROM "+table+" IN ?", over); err != nil {
			return false, err
		}
	}
	return len(over) == purgeBatch, nil
}
