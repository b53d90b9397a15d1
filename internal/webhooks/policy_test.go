package webhooks

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHostRule_matches(t *testing.T) {
	for _, c := range []struct {
		rule, host string
		want       bool
	}{
		{"foo.com", "foo.com", true},
		{"foo.com", "FOO.com", true},
		{"foo.com", "a.foo.com", false},
		{"foo.com", "foo.com.evil.org", false},
		{"*.foo.com", "a.foo.com", true},
		{"*.foo.com", "a.b.foo.com", false},
		{"*.foo.com", "foo.com", false},
		{"*.foo.com", ".foo.com", false},
		{"10.1.2.3", "10.1.2.3", true},
		{"10.1.2.3", "10.1.2.4", false},
		{"10.0.0.0/8", "10.9.9.9", true},
		{"10.0.0.0/8", "11.0.0.1", false},
		{"10.0.0.0/8", "::ffff:10.0.0.1", true},
		{"10.0.0.0/8", "10.example.org", false},
		{"fd00::/8", "fd12::1", true},
		{"[::1]", "::1", true},
		{`/\.foo\.com$/`, "a.b.foo.com", true},
		{`/\.foo\.com$/`, "foo.com.org", false},
		{"/^10\\./", "10.0.0.1", true},
	} {
		rule, err := ParseHostRule(c.rule)
		require.NoError(t, err, c.rule)
		require.Equal(t, c.want, rule.Matches(c.host), "%s %s", c.rule, c.host)
	}
}

func TestParseHostRules_refusesWhatCannotBeAHost(t *testing.T) {
	for _, wrong := range []string{"", "/[/", "http://foo.com", "10.0.0.0/99", "a b", "foo.com:80"} {
		_, err := ParseHostRules([]string{"foo.com", wrong})
		require.Error(t, err, "%q", wrong)
	}
}

func TestHostRule_namesNobodyByRegularExpressionOrRange(t *testing.T) {
	for rule, want := range map[string]bool{"db.local": true, "*.local": true, "/.*/": false, "10.0.0.0/8": false} {
		parsed, err := ParseHostRule(rule)
		require.NoError(t, err)
		require.Equal(t, want, parsed.Names("db.local"), rule)
	}
}

func TestPolicy_check(t *testing.T) {
	policy := DefaultPolicy()
	require.False(t, policy.ShowsResponses())
	require.NoError(t, policy.Check("post", "https://anything.example.org/x?y=${pactbroker.consumerName}", nil))
	require.ErrorContains(t, policy.Check("GET", "https://example.org", nil), "must be POST")
	require.ErrorContains(t, policy.Check("POST", "http://example.org", nil), "scheme must be https")
	policy.Hosts, _ = ParseHostRules([]string{"ci.example.org"})
	require.True(t, policy.ShowsResponses())
	require.ErrorContains(t, policy.Check("POST", "https://example.org", nil), `host must be one of "ci.example.org"`)
	require.ErrorContains(t, policy.Check("POST", "https://ci.example.org@evil.org/", nil), "host must be one of")
	require.NoError(t, policy.Check("POST", "https://ci.example.org:8443/x", nil))
}

// Gateways in front of several machines choose among them by the header Host.
func TestPolicy_holdsForTheHeaderHostToo(t *testing.T) {
	policy := DefaultPolicy()
	check := func(host string) error {
		return policy.Check("POST", "https://ci.example.org/", []Header{{"accept", "*/*"}, {"host", host}})
	}
	for _, fine := range []string{"", "ci.example.org", " other.example ", "other.example:8443", "[::1]:80"} {
		require.NoError(t, check(fine), fine)
	}
	for _, none := range []string{"a b", "a/b", "évil.example", "a@b", "a:b", "${pactbroker.consumerName}", "[::1"} {
		require.ErrorContains(t, check(none), "the header host must be a name or an address", none)
	}
	policy.Hosts, _ = ParseHostRules([]string{"ci.example.org", "::1"})
	for _, fine := range []string{"", "CI.example.org", "ci.example.org:99", "[::1]:80"} {
		require.NoError(t, check(fine), fine)
	}
	require.ErrorContains(t, check("other.example"), `the header host must be one of "ci.example.org"`)
}
