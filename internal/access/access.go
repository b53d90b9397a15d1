// Package access decides who may do what: actions, the roles that allow them,
// the applications to which a role is limited, and the tokens that carry both.
package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
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
	// MakeVersions adds versions, puts them on branches and under tags, and closes
	// branches that are done with.
	MakeVersions Action = "make_versions"
	// Verify adds results of a provider, and what it promises with the evidence.
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

// Actions are what a role that every broker has allows.
func (r Role) Actions() []Action { return slices.Clone(allowed[r]) }

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
	// Teams stand for the applications that are theirs.
	Teams []string
}

// ScopeOf is the scope of the applications with these names, with one of these
// labels and of these teams; of everything if there are none of them.
func ScopeOf(applications, labels, teams []string) Scope {
	return Scope{All: len(applications)+len(labels)+len(teams) == 0, Applications: applications, Labels: labels, Teams: teams}
}

// EmptyLists returns the fields that were given and hold nothing, where nothing else makes
// a scope. Whoever gives only such lists means no application, and would get all.
func EmptyLists(applications, labels, teams []string) []fault.Field {
	if !ScopeOf(applications, labels, teams).All {
		return nil
	}
	var wrong []fault.Field
	for _, list := range []struct {
		name  string
		texts []string
	}{{"applications", applications}, {"labels", labels}, {"teams", teams}} {
		if list.texts != nil {
			wrong = append(wrong, fault.Field{Name: list.name, Message: "must not be empty: leave it out for all applications"})
		}
	}
	return wrong
}

// Words say which applications the scope holds.
func (s Scope) Words() string {
	if s.All {
		return "all"
	}
	texts := slices.Clone(s.Applications)
	for _, label := range s.Labels {
		texts = append(texts, "label "+label)
	}
	for _, team := range s.Teams {
		texts = append(texts, "team "+team)
	}
	return strings.Join(texts, ", ")
}

// Everything is the scope without limits.
var Everything = Scope{All: true}

// Grant is a role for the applications of a scope.
type Grant struct {
	Role  Role
	Scope Scope
	// Actions are what the role allows if it is one of the broker's own; those of
	// the others are in the table.
	Actions []Action
}

// Allows reports whether the grant is for the action. Who administers may do all,
// so a grant for some applications is never one for that.
func (g Grant) Allows(action Action) bool {
	if action == Administer && !g.Scope.All {
		return false
	}
	return g.Role.Allows(action) || slices.Contains(g.Actions, action)
}

// Principal is who sends a request, and what they may do: all that one of the
// grants allows.
type Principal struct {
	// Name is written into events and logs; "" where nobody had to sign in.
	Name string
	// Through is by what they were recognised, ID that of the token or person.
	Through Through
	ID      string
	// Family is that of a token, "" of others.
	Family string
	Grants []Grant
	// Checked is whoever has shown their password, for whom a session may begin; nil of
	// others.
	Checked *Person
}

// Through is by what somebody is recognised.
type Through string

// The ways to be recognised.
const (
	ThroughNothing   Through = ""
	ThroughBasicAuth Through = "basic_auth"
	ThroughToken     Through = "token"
	ThroughSession   Through = "session"
)

// One is a principal with one grant.
func One(name string, through Through, role Role, scope Scope) Principal {
	return Principal{Name: name, Through: through, Grants: []Grant{{Role: role, Scope: scope}}}
}

// Anyone is who is there where access is not asked for: they may do everything.
var Anyone = One("", ThroughNothing, Admin, Everything)

// Allows reports whether the principal may do it to some application at least.
func (p Principal) Allows(action Action) bool {
	return action == Public || slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Allows(action) })
}

// AllowsAll reports whether the principal may do it to every application, and to
// what belongs to none.
func (p Principal) AllowsAll(action Action) bool {
	return action == Public || slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Scope.All && g.Allows(action) })
}

// AllowsLabels reports whether the principal may do it to whatever has one of the
// labels; false if there are none.
func (p Principal) AllowsLabels(action Action, labels []string) bool {
	return len(labels) > 0 && !slices.ContainsFunc(labels, func(label string) bool {
		return !slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Allows(action) && slices.Contains(g.Scope.Labels, label) })
	})
}

// allowsNamed reports whether the principal may do it to the application. One that is
// asked for by a name that it had before is meant by the name that it has: a scope
// that still holds the former one holds nothing by that.
func (p Principal) allowsNamed(ctx context.Context, labels LabelReader, action Action, application string) (bool, error) {
	if p.AllowsAll(action) {
		return true, nil
	}
	application, err := labels.PresentName(ctx, application)
	if err != nil {
		return false, err
	}
	if p.AllowsLabelled(action, application, nil) {
		return true, nil
	}
	if !slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Allows(action) && len(g.Scope.Labels) > 0 }) {
		return false, nil
	}
	found, err := labels.LabelsOfNamed(ctx, application)
	return p.AllowsLabelled(action, application, found), err
}

// AllowsLabelled reports whether the principal may do it to the application that has
// this name now, and these labels.
func (p Principal) AllowsLabelled(action Action, application string, labels []string) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool {
		return g.Allows(action) && (g.Scope.All || slices.Contains(g.Scope.Applications, application) ||
			slices.ContainsFunc(labels, func(label string) bool { return slices.Contains(g.Scope.Labels, label) }))
	})
}

// refusal begins the sentence that says that the roles of the principal do not allow
// something.
func (p Principal) refusal() string {
	var names []string
	for _, g := range p.Grants {
		if name := string(g.Role); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch len(names) {
	case 0:
		return "You have no role that allows"
	case 1:
		return "Your role " + names[0] + " does not allow"
	}
	return "None of your roles " + strings.Join(names, ", ") + " allows"
}

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

// LabelReader tells the labels of an application, none for an unknown one, and how it
// is called.
type LabelReader interface {
	LabelsOfNamed(ctx context.Context, application string) ([]string, error)
	// PresentName returns the present name of an application that may be asked for by
	// one that it had before.
	PresentName(ctx context.Context, application string) (string, error)
}

// Require returns a Forbidden fault unless who asks may do it to each of the
// applications. Without applications it is about what belongs to none, and needs
// a scope of everything.
func Require(ctx context.Context, labels LabelReader, action Action, applications ...string) error {
	if err := RequireRole(ctx, action); err != nil {
		return err
	}
	p := Of(ctx)
	if p.AllowsAll(action) {
		return nil
	}
	if len(applications) == 0 {
		return refuse(action, "Your scope is limited to some applications, and to %s without one of them needs a scope of all.", action.words())
	}
	for _, name := range applications {
		inside, err := p.allowsNamed(ctx, labels, action, name)
		if err != nil {
			return err
		}
		if !inside {
			return refuse(action, "You may %s for some applications, and %s is none of them.", action.words(), name)
		}
	}
	return nil
}

// RequireRole returns a Forbidden fault unless a role of who asks allows it, to
// some application at least.
func RequireRole(ctx context.Context, action Action) error {
	p := Of(ctx)
	if p.Allows(action) {
		return nil
	}
	return refuse(action, "%s to %s.", p.refusal(), action.words())
}

func refuse(action Action, format string, args ...any) error {
	return fault.New(fault.Forbidden, format, args...).
		Coded("forbidden", fmt.Sprintf("Use a token whose role allows %q and whose scope includes the application, or ask who administers the broker for one.", action))
}

// words says what an action is, after "may".
func (a Action) words() string {
	switch a {
	case Publish:
		return "publish contracts"
	case Verify:
		return "publish results and contracts of a provider"
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
