package client

import (
	"context"
	"iter"
	"time"
)

// Me is who sends a request, and what they may do.
type Me struct {
	// Name is "" where nobody has to sign in.
	Name string `json:"name"`
	// Through is what they were recognised by: nothing, basic_auth, token or session.
	Through string  `json:"through"`
	Grants  []Grant `json:"grants"`
}

// Grant is a role for some applications, or for all.
type Grant struct {
	Role            string   `json:"role"`
	Actions         []string `json:"actions"`
	AllApplications bool     `json:"all_applications"`
	Applications    []string `json:"applications"`
	Labels          []string `json:"labels"`
	Teams           []string `json:"teams"`
}

// Me tells who the broker takes the client for.
func (c *Client) Me(ctx context.Context) (me Me, err error) {
	err = c.get(ctx, at("me"), nil, &me)
	return me, err
}

// User is somebody who signs in on the pages.
type User struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Password is one that was made up. It is in the answer to that only.
	Password string `json:"password"`
	// Local reports whether they sign in with a password; else Issuer is the provider at
	// which they do, and Subject what it knows them by.
	Local   bool   `json:"local"`
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
	// Role is what they may do beside what their groups and teams give them; "" for nothing.
	Role            string   `json:"role"`
	AllApplications bool     `json:"all_applications"`
	Applications    []string `json:"applications"`
	Labels          []string `json:"labels"`
	Teams           []string `json:"teams"`
	// LabelledApplications are those that have one of the labels now, also of the teams,
	// where the person is made or changed; it is not told elsewhere.
	LabelledApplications []string  `json:"labelled_applications,omitempty"`
	CreatedAt            time.Time `json:"created_at"`
	// DisabledAt is nil for those who may sign in.
	DisabledAt *time.Time `json:"disabled_at"`
	SignedInAt *time.Time `json:"signed_in_at"`
}

// NewUser says whom to make.
type NewUser struct {
	Name string `json:"name"`
	// Password is made up if it is "".
	Password     string   `json:"password,omitempty"`
	Role         string   `json:"role,omitempty"`
	Applications []string `json:"applications,omitempty"`
	Labels       []string `json:"labels,omitempty"`
	Teams        []string `json:"teams,omitempty"`
}

// UserRights are what somebody may do, and for which applications: for all if none of
// the three is given.
type UserRights struct {
	// Role is "" for nothing beside what their groups and teams give them.
	Role         string   `json:"role"`
	Applications []string `json:"applications,omitempty"`
	Labels       []string `json:"labels,omitempty"`
	Teams        []string `json:"teams,omitempty"`
}

// Users lists people in the order of their making: those whom the team names, or who have
// a role for its applications; all for "".
func (c *Client) Users(ctx context.Context, team string) iter.Seq2[User, error] {
	return list[User](ctx, c, at("users"), asking("team", team))
}

// CreateUser makes somebody who signs in with a password.
func (c *Client) CreateUser(ctx context.Context, wanted NewUser) (user User, err error) {
	err = c.post(ctx, at("users"), wanted, &user)
	return user, err
}

// UpdateUser gives somebody another role. It counts from their next request on.
func (c *Client) UpdateUser(ctx context.Context, id string, rights UserRights) (user User, err error) {
	err = c.put(ctx, at("users", id), rights, &user, nil)
	return user, err
}

// DisableUser keeps somebody out, and ends their sessions.
func (c *Client) DisableUser(ctx context.Context, id string) (user User, err error) {
	err = c.post(ctx, at("users", id, "disable"), nil, &user)
	return user, err
}

// EnableUser lets somebody in again.
func (c *Client) EnableUser(ctx context.Context, id string) (user User, err error) {
	err = c.post(ctx, at("users", id, "enable"), nil, &user)
	return user, err
}

// SetUserPassword gives somebody a new password, and ends their sessions; for "" one is
// made up, and is in the answer.
func (c *Client) SetUserPassword(ctx context.Context, id, password string) (user User, err error) {
	body := struct {
		Password string `json:"password,omitempty"`
	}{password}
	err = c.post(ctx, at("users", id, "password"), body, &user)
	return user, err
}
