package access

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGroupRules_giveWhatTheyName(t *testing.T) {
	rules := GroupRules{Issuer: "https://login", Default: Viewer, Groups: []GroupRole{{"ops", Admin, ""}, {"devs", Developer, "Shop"}}}
	at := func(issuer string, groups ...string) (roles []Role) {
		grants, err := rules.Grants(t.Context(), Person{Issuer: issuer}, groups)
		require.NoError(t, err)
		for _, g := range grants {
			require.Equal(t, g.Role != Developer, g.Scope.All)
			roles = append(roles, g.Role)
		}
		return roles
	}
	require.Equal(t, []Role{Viewer}, at("https://login"))
	require.Equal(t, []Role{Viewer, Developer}, at("https://login", "devs", "others"))
	require.Equal(t, []Role{Viewer, Admin}, at("https://login", "ops"))
	require.Empty(t, at("https://other", "ops"), "another provider's word does not count")
	require.Empty(t, at("", "ops"))
}

// directory is one that is written down in a test.
type directory struct {
	labelled
	teams []Team
	roles []OwnRole
}

func (d directory) Teams(context.Context) ([]Team, error) { return d.teams, nil }
func (d directory) NamesWithLabel(_ context.Context, label string) (names []string, _ error) {
	for name, labels := range d.labelled {
		if slices.Contains(labels, label) {
			names = append(names, name)
		}
	}
	return names, nil
}
func (d directory) OwnRoles(context.Context) ([]OwnRole, error) { return d.roles, nil }

func TestDirectory_resolvesTeamsAndRoles(t *testing.T) {
	d := &Directory{Read: directory{
		labelled: labelled{"web": {"shop"}},
		teams:    []Team{{Name: "Bank", Applications: []string{"bank"}}, {Name: "Shop", Role: Developer, Labels: []string{"shop"}, Groups: []string{"devs"}, People: []string{"7"}}},
		roles:    []OwnRole{{Name: "chief", Actions: []Action{Read, Administer}}},
	}}
	p, err := d.Resolve(t.Context(), Principal{Grants: []Grant{
		{Role: "chief", Scope: Scope{Teams: []string{"Bank"}}}, {Role: Publisher, Scope: Everything}, {Role: ConsumerCI, Scope: Scope{Teams: []string{"Shop", "gone"}}},
	}})
	require.NoError(t, err)
	require.True(t, p.Allows(Read))
	require.False(t, p.Allows(Administer), "to administer is for no limited scope")
	ctx := With(t.Context(), p)
	require.NoError(t, Require(ctx, d.Read, Publish, "web"))
	require.Error(t, Require(ctx, d.Read, Publish, "bank"))

	for id, want := range map[string]int{"7": 1, "8": 0} {
		grants, err := d.GrantsOf(t.Context(), Person{ID: id}, nil)
		require.NoError(t, err)
		require.Len(t, grants, want)
	}
	grants, err := d.GrantsOf(t.Context(), Person{ID: "8"}, []string{"devs"})
	require.NoError(t, err)
	require.Equal(t, []Grant{{Role: Developer, Scope: Scope{Teams: []string{"Shop"}}}}, grants)

	owners, err := d.Owners(t.Context(), []string{"web", "bank", "alone"})
	require.NoError(t, err)
	require.Equal(t, "Shop", owners["web"].Name)
	require.Equal(t, "Bank", owners["bank"].Name)
	require.NotContains(t, owners, "alone")
}

// Publisher is a role that nobody has made.
const Publisher Role = "publisher"
