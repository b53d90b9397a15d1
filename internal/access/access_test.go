package access

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
)

func TestRoles_allowWhatTheTableSays(t *testing.T) {
	want := map[Role]string{
		Viewer: "re......", ConsumerCI: "repm....", ProviderCI: "re.mv...", Deployer: "re.m.d..", Developer: "repmvdwa", Admin: "repmvdwax",
	}
	letters := "repmvdwax"
	for _, role := range Roles() {
		require.True(t, role.Known())
		for i, action := range Actions()[:9] {
			require.Equal(t, strings.Contains(want[role], letters[i:i+1]), role.Allows(action), "%s %s", role, action)
		}
		for _, action := range []Action{ReadBadges, ReadHeartbeat, Public} {
			require.True(t, role.Allows(action), role)
		}
	}
	require.False(t, Role("boss").Known())
	require.False(t, Role("boss").Allows(Read))
	require.True(t, Role("").Allows(Public))
}

// labelled are the labels of applications.
type labelled map[string][]string

func (l labelled) PresentName(_ context.Context, application string) (string, error) {
	if application == "formerly" {
		return "now", nil
	}
	return application, nil
}

func (l labelled) LabelsOfNamed(_ context.Context, application string) ([]string, error) {
	return l[application], nil
}

func TestRequire_looksAtRoleAndScope(t *testing.T) {
	labels := labelled{"web": {"shop"}, "bank": {"money"}}
	shop := One("", ThroughToken, Developer, Scope{Applications: []string{"orders"}, Labels: []string{"shop"}})
	both := Principal{Grants: []Grant{{Role: Viewer, Scope: Everything}, {Role: ConsumerCI, Scope: Scope{Applications: []string{"web"}}}, {Role: ProviderCI, Scope: Scope{Labels: []string{"money"}}}}}
	for name, test := range map[string]struct {
		who          Principal
		action       Action
		applications []string
		want         bool
	}{
		"named":                   {shop, Publish, []string{"orders"}, true},
		"labelled":                {shop, Publish, []string{"web"}, true},
		"outside":                 {shop, Publish, []string{"bank"}, false},
		"unknown":                 {shop, Publish, []string{"nobody"}, false},
		"one of two outside":      {shop, ManageWebhooks, []string{"web", "bank"}, false},
		"of no application":       {shop, ManageWebhooks, nil, false},
		"role too weak":           {shop, Administer, []string{"orders"}, false},
		"everything":              {One("", ThroughToken, Developer, Everything), Publish, []string{"bank"}, true},
		"everything, none":        {One("", ThroughToken, Admin, Everything), Administer, nil, true},
		"viewer":                  {One("", ThroughToken, Viewer, Everything), Publish, []string{"web"}, false},
		"admin of some":           {One("", ThroughSession, Admin, Scope{Applications: []string{"web"}}), Administer, nil, false},
		"admin of some, for them": {One("", ThroughSession, Admin, Scope{Applications: []string{"web"}}), ManageApplications, []string{"web"}, true},
		"nobody":                  {Principal{}, Read, nil, false},
		"name in another's case":  {shop, Publish, []string{"Orders"}, false},
		"where access is not set": {Anyone, Administer, nil, true},
		"one of several grants":   {both, Publish, []string{"web"}, true},
		"another's applications":  {both, Publish, []string{"bank"}, false},
		"each for its own":        {both, Verify, []string{"bank"}, true},
		"formerly called so":      {One("", ThroughToken, Developer, Scope{Applications: []string{"now"}}), Publish, []string{"formerly"}, true},
		"held by a former name":   {One("", ThroughToken, Developer, Scope{Applications: []string{"formerly"}}), Publish, []string{"formerly"}, false},
		"formerly, of another":    {shop, Publish, []string{"formerly"}, false},
		"of none of the grants":   {both, Record, []string{"web"}, false},
	} {
		err := Require(With(t.Context(), test.who), labels, test.action, test.applications...)
		if test.want {
			require.NoError(t, err, name)
		} else {
			require.True(t, fault.Is(err, fault.Forbidden), name)
		}
	}
	require.False(t, One("", ThroughSession, Admin, Scope{Teams: []string{"Shop"}}).Allows(Administer), "nobody administers for some applications only")
	require.NoError(t, Require(t.Context(), labels, Administer), "the broker itself may do everything")
}

func TestNewSecret_canBeRecognisedAndGuessedByNobody(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		secret := NewSecret()
		require.Regexp(t, regexp.MustCompile(`^accord_[0-9A-Za-z]{49}$`), secret)
		require.True(t, IsSecret(secret))
		require.False(t, seen[secret])
		seen[secret] = true
	}
	secret := NewSecret()
	mistyped := []byte(secret)
	mistyped[20]++
	for _, other := range []string{"", "accord_", string(mistyped), secret + "x", secret[1:], "Accord_" + secret[7:]} {
		require.False(t, IsSecret(other), other)
	}
	require.Len(t, Hash(secret), 32)
	require.NotEqual(t, Hash(secret), Hash(string(mistyped)))
	require.Equal(t, secret[:11], Shown(secret))
}

func TestStarred_leavesNoWholeSecret(t *testing.T) {
	secret, other := NewSecret(), NewSecret()
	hidden := func(s string) string { return Shown(s) + "*****" }
	mistyped := secret[:len(secret)-1] + "!"
	for text, want := range map[string]string{
		"":                                 "",
		"accord_":                          "accord_",
		"nothing here":                     "nothing here",
		secret:                             hidden(secret),
		"/a/" + secret + "/b":              "/a/" + hidden(secret) + "/b",
		secret + other:                     hidden(secret) + hidden(other),
		"accord_" + secret + "?t=" + other: "accord_" + hidden(secret) + "?t=" + hidden(other),
		mistyped:                           mistyped,
		secret[:len(secret)-1]:             secret[:len(secret)-1],
	} {
		require.Equal(t, want, Starred(text))
	}
}
