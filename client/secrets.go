package client

import (
	"context"
	"iter"
	"time"
)

// Secret is a value that webhooks fill in and nobody can read.
type Secret struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	// Hosts are where it may be sent; none stands for wherever the operator lets webhooks go.
	Hosts     []string  `json:"hosts"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// NewSecret is a value to be kept.
type NewSecret struct {
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	// Hosts are those to which it may be sent: names, "*." and a name, addresses. They are
	// needed unless the operator has named the hosts of all webhooks.
	Hosts []string `json:"hosts,omitempty"`
}

// Secrets lists the secrets by name, without their values.
func (c *Client) Secrets(ctx context.Context) iter.Seq2[Secret, error] {
	return list[Secret](ctx, c, at("secrets"), nil)
}

// PutSecret keeps a value, encrypted, that webhooks fill in where they say
// ${secret.NAME}.
func (c *Client) PutSecret(ctx context.Context, name string, wanted NewSecret) (secret Secret, err error) {
	err = c.put(ctx, at("secrets", name), wanted, &secret, nil)
	return secret, err
}

// DeleteSecret forgets a secret; webhooks that ask for it fail from then on.
func (c *Client) DeleteSecret(ctx context.Context, name string) error {
	return c.remove(ctx, at("secrets", name))
}
