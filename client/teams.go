package client

import (
	"context"
	"iter"
	"time"
)

// Team is a team and its applications.
type Team struct {
	Name string `json:"name"`
	// Contact is how to reach it.
	Contact string `json:"contact"`
	// Role is what its members may do for its applications; "" for nothing.
	Role         string   `json:"role"`
	Applications []string `json:"applications"`
	// Labels are those whose applications are the team's, too.
	Labels []string `json:"labels"`
	// LabelledApplications are those that have one of the labels now,
	// where the team is put; it is not told elsewhere.
	LabelledApplications []string `json:"labelled_applications,omitempty"`
	// Groups are those of the OpenID Connect provider whose members belong to it, People
	// the ids of others; nil for those who do not administer.
	Groups    []string  `json:"groups"`
	People    []string  `json:"people"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// ETag is of this state, for IfUnchanged; "" unless it was read by itself.
	ETag string `json:"-"`
}

// NewTeam says what a team is to be.
type NewTeam struct {
	Contact      string   `json:"contact,omitempty"`
	Role         string   `json:"role,omitempty"`
	Applications []string `json:"applications,omitempty"`
	Labels       []string `json:"labels,omitempty"`
	Groups       []string `json:"groups,omitempty"`
	People       []string `json:"people,omitempty"`
}

// Teams lists all teams by name.
func (c *Client) Teams(ctx context.Context) iter.Seq2[Team, error] {
	return list[Team](ctx, c, at("teams"), nil)
}

// Team is the team of that name.
func (c *Client) Team(ctx context.Context, name string) (team Team, err error) {
	err = c.getTagged(ctx, at("teams", name), &team, &team.ETag)
	return team, err
}

// PutTeam makes a team, or replaces the one of that name.
func (c *Client) PutTeam(ctx context.Context, name string, wanted NewTeam, only ...Condition) (team Team, err error) {
	err = c.put(ctx, at("teams", name), wanted, &team, only)
	return team, err
}

// DeleteTeam deletes a team for whose applications no token and nobody has a role.
func (c *Client) DeleteTeam(ctx context.Context, name string, only ...Condition) error {
	return c.remove(ctx, at("teams", name), only...)
}
