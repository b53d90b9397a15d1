package client

import (
	"context"
	"iter"
	"time"
)

// The states of a branch.
const (
	Active = "active"
	Stale  = "stale"
	Closed = "closed"
)

// Branch is a branch of an application.
type Branch struct {
	Name string `json:"name"`
	// State is Active, Stale or Closed.
	State string `json:"state"`
	// Main reports whether it is the application's main branch.
	Main bool `json:"main"`
	// Head is the number of the version that came last; "" while there is none.
	Head      string    `json:"head"`
	CreatedAt time.Time `json:"created_at"`
	// UpdatedAt is when a version came last.
	UpdatedAt time.Time `json:"updated_at"`
	// ClosedAt is nil while the branch is open.
	ClosedAt *time.Time `json:"closed_at"`
}

// Branches lists the branches of an application by name: those in the state, or all for "".
func (c *Client) Branches(ctx context.Context, application, state string) iter.Seq2[Branch, error] {
	return list[Branch](ctx, c, at("applications", application, "branches"), asking("state", state))
}

// Branch tells the state of a branch.
func (c *Client) Branch(ctx context.Context, application, branch string) (found Branch, err error) {
	err = c.get(ctx, at("applications", application, "branches", branch), nil, &found)
	return found, err
}

// CloseBranch says that nobody works on a branch any more. Closing a closed one changes
// nothing; a main branch is never closed.
func (c *Client) CloseBranch(ctx context.Context, application, branch string) (closed Branch, err error) {
	err = c.post(ctx, at("applications", application, "branches", branch, "close"), nil, &closed)
	return closed, err
}

// ReopenBranch says that somebody works on a closed branch again.
func (c *Client) ReopenBranch(ctx context.Context, application, branch string) (reopened Branch, err error) {
	err = c.post(ctx, at("applications", application, "branches", branch, "reopen"), nil, &reopened)
	return reopened, err
}
