package access

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/support/fault"
)

// ScopeReader tells which applications labels and teams stand for.
type ScopeReader interface {
	LabelReader
	// NamesWithLabel returns the applications with a label.
	NamesWithLabel(ctx context.Context, label string) ([]string, error)
	Teams(ctx context.Context) ([]Team, error)
}

// resolved is the scope with what its teams have.
func (s Scope) resolved(ctx context.Context, find ScopeReader) (Scope, error) {
	if len(s.Teams) == 0 {
		return s, nil
	}
	teams, err := find.Teams(ctx)
	return s.with(teams), err
}

// Labelled returns the applications that are in the scope because of a label that they
// have now, its own or one of its teams', by name.
func (s Scope) Labelled(ctx context.Context, find ScopeReader) (names []string, err error) {
	if s, err = s.resolved(ctx, find); err != nil {
		return nil, err
	}
	for _, label := range s.Labels {
		found, err := find.NamesWithLabel(ctx, label)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// For reports whether the scope names a team; "" stands for any scope.
func (s Scope) For(team string) bool {
	return team == "" || slices.Contains(s.Teams, team)
}

// HoldsAny reports whether one of the applications is in the scope, or whatever has
// one of the labels.
func (s Scope) HoldsAny(ctx context.Context, find ScopeReader, applications, labels []string) (bool, error) {
	if s.All {
		return true, nil
	}
	s, err := s.resolved(ctx, find)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(labels, func(label string) bool { return slices.Contains(s.Labels, label) }) {
		return true, nil
	}
	holder := One("", ThroughNothing, Admin, s)
	for _, name := range applications {
		if held, err := holder.allowsNamed(ctx, find, Read, name); err != nil || held {
			return held, err
		}
	}
	return false, nil
}

// RequireScope returns a Forbidden fault unless who asks may do it to all that a
// scope holds: to its applications, to whatever has its labels, and to what its teams
// have or will have.
func RequireScope(ctx context.Context, find LabelReader, action Action, s Scope) error {
	if s.All {
		return Require(ctx, find, action)
	}
	if len(s.Applications) > 0 {
		if err := Require(ctx, find, action, s.Applications...); err != nil {
			return err
		}
	}
	if err := RequireRole(ctx, action); err != nil {
		return err
	}
	p := Of(ctx)
	for _, label := range s.Labels {
		if !p.AllowsAll(action) && !p.AllowsLabels(action, []string{label}) {
			return refuse(action, "You may %s for some applications, and those with the label %s are none of them.", action.words(), label)
		}
	}
	for _, team := range s.Teams {
		if !p.AllowsAll(action) && !p.allowsTeam(action, team) {
			return refuse(action, "You may %s for some applications, and those of the team %s are none of them.", action.words(), team)
		}
	}
	return nil
}

func (p Principal) allowsTeam(action Action, team string) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Allows(action) && slices.Contains(g.Scope.Teams, team) })
}

// Reach is what somebody may do something to, of which many scopes are asked.
type Reach struct {
	find     ScopeReader
	none     bool
	scope    Scope
	labelled map[string][]string
}

// ReachOf is what who asks may do it to.
func ReachOf(ctx context.Context, find ScopeReader, action Action) (*Reach, error) {
	p := Of(ctx)
	r := &Reach{find: find, none: !p.Allows(action), scope: Scope{All: p.AllowsAll(action)}, labelled: map[string][]string{}}
	for _, g := range p.Grants {
		if !g.Allows(action) {
			continue
		}
		s, err := g.Scope.resolved(ctx, find)
		if err != nil {
			return nil, err
		}
		r.scope.Applications, r.scope.Labels = append(r.scope.Applications, s.Applications...), append(r.scope.Labels, s.Labels...)
	}
	return r, nil
}

// Touches reports whether something of a scope is within reach. What is for all
// applications is so for everybody who may do it to one.
func (r *Reach) Touches(ctx context.Context, s Scope) (bool, error) {
	if r.none || r.scope.All || s.All {
		return !r.none, nil
	}
	s, err := s.resolved(ctx, r.find)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(s.Labels, func(label string) bool { return slices.Contains(r.scope.Labels, label) }) {
		return true, nil
	}
	theirs, err := r.names(ctx, s)
	if err != nil {
		return false, err
	}
	own, err := r.names(ctx, r.scope)
	return slices.ContainsFunc(theirs, func(name string) bool { return slices.Contains(own, name) }), err
}

// names are the applications of a scope, by whichever way they are in it.
func (r *Reach) names(ctx context.Context, s Scope) ([]string, error) {
	names := slices.Clone(s.Applications)
	for _, label := range s.Labels {
		if _, known := r.labelled[label]; !known {
			found, err := r.find.NamesWithLabel(ctx, label)
			if err != nil {
				return nil, err
			}
			r.labelled[label] = found
		}
		names = append(names, r.labelled[label]...)
	}
	return names, nil
}

// Check returns an Invalid fault for applications, labels or teams that there
// cannot be.
func (s Scope) Check(ctx context.Context, find ScopeReader) error {
	wrong, err := s.check(ctx, find)
	if err == nil && len(wrong) > 0 {
		err = fault.InvalidFields(wrong...)
	}
	return err
}
