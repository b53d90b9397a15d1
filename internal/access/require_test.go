package access

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// The sentence names each role once, and says of one as of several that they do not
// allow it: two grants of one role are one role to whoever reads it.
func TestRequire_saysWhatIsMissing(t *testing.T) {
	some := func(application string) Scope { return Scope{Applications: []string{application}} }
	labels := labelled{"web": {"shop"}}
	for name, c := range map[string]struct {
		who    Principal
		action Action
		of     []string
		says   string
	}{
		"no role":                    {Principal{Name: "jo"}, Read, nil, "You have no role that allows to read."},
		"one role":                   {One("jo", ThroughSession, Viewer, Everything), Publish, []string{"web"}, "Your role viewer does not allow to publish contracts."},
		"one role by two ways":       {Principal{Grants: []Grant{{Role: Developer, Scope: some("web")}, {Role: Developer, Scope: some("bank")}}}, Administer, nil, "Your role developer does not allow to administer."},
		"two roles":                  {Principal{Grants: []Grant{{Role: Viewer, Scope: Everything}, {Role: Deployer, Scope: some("web")}, {Role: Viewer, Scope: some("web")}}}, Verify, []string{"web"}, "None of your roles viewer, deployer allows to publish results and contracts of a provider."},
		"an administrator of some":   {One("jo", ThroughToken, Admin, some("web")), Administer, nil, "Your role admin does not allow to administer."},
		"another application":        {One("jo", ThroughToken, Developer, some("web")), ManageWebhooks, []string{"web", "bank"}, "You may manage webhooks for some applications, and bank is none of them."},
		"another with a percent":     {One("jo", ThroughToken, Developer, some("web")), ManageWebhooks, []string{"100%d"}, "You may manage webhooks for some applications, and 100%d is none of them."},
		"none in particular":         {One("jo", ThroughToken, Developer, some("web")), ManageWebhooks, nil, "Your scope is limited to some applications, and to manage webhooks without one of them needs a scope of all."},
		"a role of the broker's own": {Principal{Grants: []Grant{{Role: "keeper", Actions: []Action{Read, Record}, Scope: Everything}}}, Publish, []string{"web"}, "Your role keeper does not allow to publish contracts."},
	} {
		err := Require(With(t.Context(), c.who), labels, c.action, c.of...)
		require.EqualError(t, err, c.says, name)
		var known *fault.Error
		require.True(t, errors.As(err, &known), name)
		require.Equal(t, fault.Forbidden, known.Kind, name)
		require.Contains(t, known.Action, `"`+string(c.action)+`"`, "the action to ask for is named: %s", name)
	}
}

// may is the plain reading of grants: one of them has to allow the action and to hold
// the application.
func may(p Principal, labels labelled, action Action, application string) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool {
		if action == Administer && !g.Scope.All || !slices.Contains(append(slices.Clone(g.Actions), allowed[g.Role]...), action) {
			return false
		}
		return g.Scope.All || slices.Contains(g.Scope.Applications, application) || slices.ContainsFunc(g.Scope.Labels, func(l string) bool { return slices.Contains(labels[application], l) })
	})
}

// some takes each of the texts or leaves it.
func some(random *rand.Rand, texts ...string) (taken []string) {
	for _, text := range texts {
		if random.IntN(3) == 0 {
			taken = append(taken, text)
		}
	}
	return taken
}

// Grants of any kind, by whichever number of them, allow what the plain reading of them
// allows, to each application and to all of several.
func TestRequire_agreesWithThePlainReadingOfGrants(t *testing.T) {
	random := testrandom.New(t)
	applications, names := []string{"a", "b", "c", "d", "nobody"}, []string{"x", "y", "z"}
	actions := []Action{Read, Publish, Verify, Record, ManageWebhooks, ManageApplications, Administer}
	for round := range 3_000 {
		labels := labelled{}
		for _, application := range applications[:4] {
			labels[application] = some(random, names...)
		}
		var p Principal
		for range random.IntN(4) {
			g := Grant{Role: append(Roles(), "keeper")[random.IntN(len(Roles())+1)]}
			if g.Role == "keeper" {
				for _, action := range actions {
					if random.IntN(2) == 0 {
						g.Actions = append(g.Actions, action)
					}
				}
			}
			g.Scope = Scope{All: random.IntN(4) == 0, Applications: some(random, applications...), Labels: some(random, names...)}
			p.Grants = append(p.Grants, g)
		}
		said := fmt.Sprintf("round %d: %+v of %v", round, p.Grants, labels)
		ctx := With(t.Context(), p)
		for _, action := range actions {
			one, all := false, true
			for _, application := range applications {
				want := may(p, labels, action, application)
				require.Equal(t, want, Require(ctx, labels, action, application) == nil, "%s: %s %s", said, action, application)
				one, all = one || want, all && want
			}
			require.Equal(t, all, Require(ctx, labels, action, applications...) == nil, "%s: %s all", said, action)
			if one {
				require.NoError(t, RequireRole(ctx, action), said)
				require.True(t, p.Allows(action), said)
			}
			if p.AllowsAll(action) {
				require.True(t, all, said)
				require.NoError(t, Require(ctx, labels, action), said)
			} else {
				require.Error(t, Require(ctx, labels, action), "%s: %s, of none", said, action)
			}
			for _, label := range names {
				only := labelled{"only": {label}}
				limited := p
				limited.Grants = slices.DeleteFunc(slices.Clone(p.Grants), func(g Grant) bool { return g.Scope.All })
				require.Equal(t, may(limited, only, action, "only"), limited.AllowsLabels(action, []string{label}), "%s: %s %s", said, action, label)
			}
			require.False(t, p.AllowsLabels(action, nil), said)
		}
		require.True(t, p.Allows(Public) && p.AllowsAll(Public), "what is public is for everybody")
	}
}

func TestScope_saysWhatItHolds(t *testing.T) {
	for want, scope := range map[string]Scope{
		"all": ScopeOf(nil, []string{}, nil), "web": ScopeOf([]string{"web"}, nil, nil), "label shop": ScopeOf(nil, []string{"shop"}, nil), "team Core": ScopeOf(nil, nil, []string{"Core"}),
		"web, bank, label shop, team Core": ScopeOf([]string{"web", "bank"}, []string{"shop"}, []string{"Core"}), "": {},
	} {
		require.Equal(t, want, scope.Words())
		require.Equal(t, want == "all", scope.All)
	}
	given := []string{"web", "kept"}
	require.Equal(t, "web, label shop", ScopeOf(given[:1], []string{"shop"}, nil).Words())
	require.Equal(t, []string{"web", "kept"}, given, "what was given stays as it was")
}

// A secret with one letter changed, left out or added is none, wherever that is.
func TestSecret_isRecognisedWholeOnly(t *testing.T) {
	secret := NewSecret()
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	taken := 0
	for at := range secret {
		require.False(t, IsSecret(secret[:at]+secret[at+1:]), "without letter %d", at)
		require.False(t, IsSecret(secret[:at]+"0"+secret[at:]), "with one more at %d", at)
		for _, letter := range letters {
			changed := secret[:at] + string(letter) + secret[at+1:]
			if changed != secret && IsSecret(changed) {
				taken++
			}
		}
	}
	require.Zero(t, taken, "the sum at the end finds each mistake in one letter")
	for _, other := range []string{strings.ToUpper(secret), " " + secret, secret + "\n", "accord_" + strings.Repeat("é", 49), "accord_" + strings.Repeat("0", 49), secret + secret} {
		require.False(t, IsSecret(other), "%q", other)
	}
}
