package client

import (
	"context"
	"time"
)

// ApplicationNames is how an application is called, and was.
type ApplicationNames struct {
	Application string `json:"application"`
	DisplayName string `json:"display_name"`
	// FormerNames are those by which it is still found, the last given up first.
	FormerNames []FormerName `json:"former_names"`
	// PairWithItself tells, of a merge, that one of both was a consumer of the other, so
	// that the application is a consumer of itself now.
	PairWithItself bool `json:"pair_with_itself,omitempty"`
}

// FormerName is a name that an application had.
type FormerName struct {
	Name string `json:"name"`
	// Since is when it was given up, Until the time until which it leads to the application.
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
}

// What becomes of two applications that both have something else in one place.
const (
	StopOnClash   = "stop"
	NewestOnClash = "newest"
)

// Merge says which application another one becomes a part of.
type Merge struct {
	Into string `json:"into"`
	// OnClash is StopOnClash, which "" stands for, or NewestOnClash.
	OnClash string `json:"on_clash,omitempty"`
}

// RenameApplication gives an application another name; it keeps all that it has, and is
// found by the former name for some time.
func (c *Client) RenameApplication(ctx context.Context, name, newName string) (names ApplicationNames, err error) {
	body := struct {
		Name string `json:"name"`
	}{newName}
	err = c.post(ctx, at("applications", name, "rename"), body, &names)
	return names, err
}

// MergeApplication makes an application a part of another one, which is the same.
func (c *Client) MergeApplication(ctx context.Context, duplicate string, how Merge) (names ApplicationNames, err error) {
	err = c.post(ctx, at("applications", duplicate, "merge"), how, &names)
	return names, err
}

// FormerNames tells how an application is called, and by which names it is still found.
func (c *Client) FormerNames(ctx context.Context, application string) (names ApplicationNames, err error) {
	err = c.get(ctx, at("applications", application, "former-names"), nil, &names)
	return names, err
}

// DeleteFormerName lets an application no longer be found by a name that it had.
func (c *Client) DeleteFormerName(ctx context.Context, application, formerName string) error {
	return c.remove(ctx, at("applications", application, "former-names", formerName))
}

// External says since when nobody verifies an application's contracts, and why.
type External struct {
	Application string    `json:"application"`
	Since       time.Time `json:"since"`
	Reason      string    `json:"reason"`
	// ETag is of this state, for IfUnchanged; "" unless it was read.
	ETag string `json:"-"`
}

// NewExternal says why there will be no results of an application.
type NewExternal struct {
	Reason string `json:"reason"`
	// Since is when that began; the zero time stands for when it was marked first, or now.
	Since time.Time `json:"since,omitzero"`
}

// External asks whether an application is external; if it is not, that is not_found.
func (c *Client) External(ctx context.Context, application string) (external External, err error) {
	err = c.getTagged(ctx, at("applications", application, "external"), &external, &external.ETag)
	return external, err
}

// MarkExternal says that nobody verifies an application's contracts; results that are
// missing from it no longer count in verdicts.
func (c *Client) MarkExternal(ctx context.Context, application string, why NewExternal, only ...Condition) (external External, err error) {
	err = c.put(ctx, at("applications", application, "external"), why, &external, only)
	return external, err
}

// UnmarkExternal expects results of an application again.
func (c *Client) UnmarkExternal(ctx context.Context, application string, only ...Condition) error {
	return c.remove(ctx, at("applications", application, "external"), only...)
}
