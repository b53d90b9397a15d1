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
	Hosts []string `json:"hosts"`
	// AllApplications tells that all webhooks may fill it in, and not only those of some
	// applications: those named, those with a label, those of a team.
	AllApplications bool     `json:"all_applications"`
	Applications    []string `json:"applications"`
	Labels          []string `json:"labels"`
	Teams           []string `json:"teams"`
	// LabelledApplications are those that have one of the labels, also of the teams,
	// when the secret is set; lists do not tell them.
	LabelledApplications []string  `json:"labelled_applications,omitempty"`
	CreatedAt            time.Time `json:"created_at"`
	UpdatedAt            time.Time `json:"updated_at"`
}

// NewSecret is a value to be kept.
type NewSecret struct {
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	// Hosts are those to which it may be sent: names, "*." and a name, addresses. They are
	// needed unless the operator has named the hosts of all webhooks.
	Hosts []string `json:"hosts,omitempty"`
	// Applications, Labels and Teams say whose webhooks may fill it in; none of them
	// stands for all webhooks.
	Applications []string `json:"applications,omitempty"`
	Labels       []string `json:"labels,omitempty"`
	Teams        []string `json:"teams,omitempty"`
}

// Secrets lists the secrets by name, without their values: those that webhooks may fill
// in which the caller may write. A team leaves those that are for it; "" stands for all.
func (c *Client) Secrets(ctx context.Context, team string) iter.Seq2[Secret, error] {
	return list[Secret](ctx, c, at("secrets"), asking("team", team))
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
