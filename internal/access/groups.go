package access

import (
	"context"
	"slices"
)

// GroupRole is the role that the members of a group have, for the applications of
// a team if one is named.
type GroupRole struct {
	Group string
	Role  Role
	Team  string
}

// GroupRules say what people may do who sign in at a provider.
type GroupRules struct {
	// Issuer is the provider whose word counts.
	Issuer string
	// Default is the role of everybody who signs in there, for all applications; ""
	// for none.
	Default Role
	Groups  []GroupRole
}

// Grants are what the rules give to somebody with these groups.
func (r GroupRules) Grants(_ context.Context, p Person, groups []string) ([]Grant, error) {
	if p.Local() || p.Issuer != r.Issuer {
		return nil, nil
	}
	var all []Grant
	if r.Default != "" {
		all = append(all, Grant{Role: r.Default, Scope: Everything})
	}
	for _, rule := range r.Groups {
		if !slices.Contains(groups, rule.Group) {
			continue
		}
		scope := Everything
		if rule.Team != "" {
			scope = Scope{Teams: []string{rule.Team}}
		}
		all = append(all, Grant{Role: rule.Role, Scope: scope})
	}
	return all, nil
}
