// Package access decides who may do what: actions, the roles that allow them,
// the applications to which a role is limited, and the tokens that carry both.
package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"accord/internal/support/fault"
)

// Action is something that a caller may be allowed to do.
type Action string

// The actions. Reading contracts, versions, results, verdicts and events is one
// action for all applications, because the map of who needs whom is of use only
// when it is whole.
const (
	// Read looks at contracts, versions, results, verdicts and events.
	Read Action = "read"
	// ReadEvents looks at what happened and who did it, which the public may not
	// even where it may read.
	ReadEvents Action = "read_events"
	// Publish adds contracts of a consumer, with the version that needs them.
	Publish Action = "publish"
	// MakeVersions adds versions, and puts them on branches and under tags.
	MakeVersions Action = "make_versions"
	// Verify adds results of a provider.
	Verify Action = "verify"
	// Record tells where a version is deployed or released.
	Record Action = "record"
	// ManageWebhooks sees and changes webhooks, deliveries and the names of
	// secrets.
	ManageWebhooks Action = "manage_webhooks"
	// ManageApplications changes applications, and deletes what they own.
	ManageApplications Action = "manage_applications"
	// Administer changes who may do what, and everything that belongs to no
	// application.
	Administer Action = "administer"
	// ReadBadges looks at badges alone.
	ReadBadges Action = "read_badges"
	// ReadHeartbeat asks whether the broker answers.
	ReadHeartbeat Action = "read_heartbeat"
	// Public is what everybody may do, signed in or not: the contract of the API,
	// styles, the page on which to sign in.
	Public Action = "public"
)

// Actions are all of them, in the order of the table.
func Actions() []Action {
	return []Action{Read, ReadEvents, Publish, MakeVersions, Verify, Record, ManageWebhooks, ManageApplications, Administer, ReadBadges, ReadHeartbeat}
}

// Role is a set of actions with a name.
type Role string

// The roles that every broker has.
const (
	Viewer     Role = "viewer"
	ConsumerCI Role = "consumer-ci"
	ProviderCI Role = "provider-ci"
	Deployer   Role = "deployer"
	Developer  Role = "developer"
	Admin      Role = "admin"
)

// allowed is the table of what each role may do.
var allowed = map[Role][]Action{
	Viewer:     {Read, ReadEvents, ReadBadges, ReadHeartbeat},
	ConsumerCI: {Read, ReadEvents, ReadBadges, ReadHeartbeat, MakeVersions, Publish},
	ProviderCI: {Read, ReadEvents, ReadBadges, ReadHeartbeat, MakeVersions, Verify},
	Deployer:   {Read, ReadEvents, ReadBadges, ReadHeartbeat, MakeVersions, Record},
	Developer:  {Read, ReadEvents, ReadBadges, ReadHeartbeat, MakeVersions, Publish, Verify, Record, ManageWebhooks, ManageApplications},
	Admin:      {Read, ReadEvents, ReadBadges, ReadHeartbeat, MakeVersions, Publish, Verify, Record, ManageWebhooks, ManageApplications, Administer},
}

// Roles are all of them, the weakest first.
func Roles() []Role { return []Role{Viewer, ConsumerCI, ProviderCI, Deployer, Developer, Admin} }

// Known reports whether there is such a role.
func (r Role) Known() bool { return allowed[r] != nil }

// Allows reports whether the role may do it to the applications in its scope.
func (r Role) Allows(action Action) bool {
	return action == Public || slices.Contains(allowed[r], action)
}

// Scope are the applications that a caller may change.
type Scope struct {
	// All lets the caller change every application, also those that are not there
	// yet, and what belongs to none.
	All bool
	// Applications are names; Labels stand for the applications that have one of
	// them.
	Applications []string
	Labels       []string
}

// Everything is the scope without limits.
var Everything = Scope{All: true}

// Principal is who sends a request, and what they may do.
type Principal struct {
	// Name is written into events and logs; "" where nobody had to sign in.
	Name  string
	Role  Role
	Scope Scope
}

// Anyone is who is there where access is not asked for: they may do everything.
var Anyone = Principal{Role: Admin, Scope: Everything}

// Allows reports whether the principal may do it to some application at least.
func (p Principal) Allows(action Action) bool { return p.Role.Allows(action) }

type principalKey struct{}

// With returns a context in which p asks.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// Of returns who asks. Where nobody is named it is the broker itself, which may
// do everything: its jobs and its start.
func Of(ctx context.Context) Principal {
	if p, known := ctx.Value(principalKey{}).(Principal); known {
		return p
	}
	return Anyone
}

// LabelFinder tells the labels of an application; none for an unknown one.
type LabelFinder interface {
	LabelsOfNamed(ctx context.Context, application string) ([]string, error)
}

// Require returns a Forbidden fault unless who asks may do it to each of the
// applications. Without applications it is about what belongs to none, and needs
// a scope of everything.
func Require(ctx context.Context, labels LabelFinder, action Action, applications ...string) error {
	if err := RequireRole(ctx, action); err != nil {
		return err
	}
	p := Of(ctx)
	if p.Scope.All {
		return nil
	}
	if len(applications) == 0 {
		return refuse(action, "Your scope is limited to some applications, and to %s without one of them needs a scope of all.", action.words())
	}
	for _, name := range applications {
		inside, err := p.Scope.includes(ctx, labels, name)
		if err != nil {
			return err
		}
		if !inside {
			return refuse(action, "You may %s for some applications, and %s is none of them.", action.words(), name)
		}
	}
	return nil
}

// RequireRole returns a Forbidden fault unless the role of who asks allows it,
// to some application at least.
func RequireRole(ctx context.Context, action Action) error {
	if p := Of(ctx); !p.Allows(action) {
		return refuse(action, "Your role %s does not allow to %s.", p.Role, action.words())
	}
	return nil
}

func refuse(action Action, format string, args ...any) error {
	return fault.New(fault.Forbidden, format, args...).
		Coded("forbidden", fmt.Sprintf("Use a token whose role allows %q and whose scope includes the application, or ask who administers the broker for one.", action))
}

// HasLabels reports whether each of the labels, if there are any, is one of the
// scope's own.
func (s Scope) HasLabels(labels []string) bool {
	return len(labels) > 0 && !slices.ContainsFunc(labels, func(label string) bool { return !slices.Contains(s.Labels, label) })
}

// includes reports whether the application is in the scope.
func (s Scope) includes(ctx context.Context, labels LabelFinder, application string) (bool, error) {
	if s.All || slices.Contains(s.Applications, application) {
		return true, nil
	}
	if len(s.Labels) == 0 {
		return false, nil
	}
	found, err := labels.LabelsOfNamed(ctx, application)
	return slices.ContainsFunc(found, func(label string) bool { return slices.Contains(s.Labels, label) }), err
}

// words says what an action is, after "may".
func (a Action) words() string {
	switch a {
	case Publish:
		return "publish contracts"
	case Verify:
		return "publish results"
	case Record:
		return "record deployments and releases"
	case Read:
		return "read"
	case ReadBadges:
		return "read badges"
	default:
		return strings.ReplaceAll(string(a), "_", " ")
	}
}
