package client

import (
	"context"
	"iter"
	"time"
)

// Token is what a program proves itself with.
type Token struct {
	ID string `json:"id"`
	// Secret is what a client sends. It is in the answer to making the token only.
	Secret string `json:"secret"`
	// Prefix is how the secret begins.
	Prefix string `json:"prefix"`
	Name   string `json:"name"`
	Owner  string `json:"owner"`
	Role   string `json:"role"`
	// AllApplications tells that the role is not for some applications only: those
	// named, those with a label, those of a team.
	AllApplications bool     `json:"all_applications"`
	Applications    []string `json:"applications"`
	Labels          []string `json:"labels"`
	Teams           []string `json:"teams"`
	// LabelledApplications are those that have one of the labels now, also of the teams,
	// where the token is made; it is not told elsewhere.
	LabelledApplications []string  `json:"labelled_applications,omitempty"`
	CreatedAt            time.Time `json:"created_at"`
	// ExpiresAt is nil for a token that is accepted for good.
	ExpiresAt *time.Time `json:"expires_at"`
	// RevokedAt may be in the future after a rotation.
	RevokedAt *time.Time `json:"revoked_at"`
	// LastUsedAt is true to the hour.
	LastUsedAt *time.Time `json:"last_used_at"`
}

// NewToken says what token to make.
type NewToken struct {
	Name  string `json:"name"`
	Owner string `json:"owner,omitempty"`
	Role  string `json:"role"`
	// Applications, Labels and Teams say which applications it may change; none of them
	// stands for all.
	Applications []string   `json:"applications,omitempty"`
	Labels       []string   `json:"labels,omitempty"`
	Teams        []string   `json:"teams,omitempty"`
	ExpiresAt    *time.Time `json:"expires_at,omitempty"`
}

// Tokens lists tokens in the order of their making, without their secrets: those with a
// role for the applications of the team, or all for "".
func (c *Client) Tokens(ctx context.Context, team string) iter.Seq2[Token, error] {
	return list[Token](ctx, c, at("tokens"), asking("team", team))
}

// CreateToken makes a token. Its secret is in this answer and nowhere else.
func (c *Client) CreateToken(ctx context.Context, wanted NewToken) (token Token, err error) {
	err = c.post(ctx, at("tokens"), wanted, &token)
	return token, err
}

// RotateToken makes a token like the one with the id, which goes on for the overlap, to
// the second, and then ends.
func (c *Client) RotateToken(ctx context.Context, id string, overlap time.Duration) (token Token, err error) {
	body := struct {
		Seconds int `json:"overlap_seconds"`
	}{int(overlap.Seconds())}
	err = c.post(ctx, at("tokens", id, "rotate"), body, &token)
	return token, err
}

// RevokeToken ends a token at once.
func (c *Client) RevokeToken(ctx context.Context, id string) error {
	return c.remove(ctx, at("tokens", id))
}
