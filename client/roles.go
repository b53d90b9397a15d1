package client

import (
	"context"
	"iter"
)

// Role is what somebody may do.
type Role struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	// BuiltIn reports whether every broker has it.
	BuiltIn bool     `json:"built_in"`
	Actions []string `json:"actions"`
}

// NewRole says what a role allows; those that every broker has show which actions there are.
type NewRole struct {
	Description string   `json:"description,omitempty"`
	Actions     []string `json:"actions"`
}

// Roles lists all roles, those that every broker has first.
func (c *Client) Roles(ctx context.Context) iter.Seq2[Role, error] {
	return list[Role](ctx, c, at("roles"), nil)
}

// PutRole makes a role of the broker's own, or replaces the one of that name. It counts
// at once for all who have it.
func (c *Client) PutRole(ctx context.Context, name string, wanted NewRole) (role Role, err error) {
	err = c.put(ctx, at("roles", name), wanted, &role, nil)
	return role, err
}

// DeleteRole deletes a role of the broker's own that no token, person or team has.
func (c *Client) DeleteRole(ctx context.Context, name string) error {
	return c.remove(ctx, at("roles", name))
}
