package webhooks

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What was allowed is what is called: two readers of one address that disagree are
// how people get where they may not.
func FuzzPolicy_allowsNoOtherHostThanIsCalled(f *testing.F) {
	for _, address := range []string{
		"https://ci.example.org/build", "https://ci.example.org@evil.example/", "https://evil.example#@ci.example.org/", "https://ci.example.org\\@evil.example/", "https://evil.example/https://ci.example.org",
		"https://ci.example.org:443@evil.example", "HTTPS://CI.EXAMPLE.ORG./x", "https://[::1]/", "https://ci.example.org%2eevil.example/", "https://${pactbroker.v}.ci.example.org/", "https://ci.example.org/${pactbroker.v}?x=${event.v}",
		"https:/ci.example.org", "//ci.example.org", "https://ci.example.org\t/", "https://ci.example.org:x/",
	} {
		f.Add(address, "@evil.example/")
	}
	hosts, err := ParseHostRules([]string{"ci.example.org", "*.ci.example.org"})
	require.NoError(f, err)
	policy := Policy{Methods: []string{"POST"}, Schemes: []string{"https"}, Hosts: hosts}
	f.Fuzz(func(t *testing.T, address, value string) {
		saved := policy.checkURL(address) == ""
		values := Values{Broker: map[string]string{"v": value}, Event: map[string]string{"v": value}, Secrets: map[string]string{"v": value}}
		expanded := Request{Method: "POST", URL: address}.Expand(values)
		if policy.Check(expanded.Method, expanded.URL, nil) != nil {
			return
		}
		request, err := http.NewRequestWithContext(context.Background(), expanded.Method, expanded.URL, nil)
		if err != nil {
			return
		}
		called := strings.TrimSuffix(strings.ToLower(request.URL.Hostname()), ".")
		require.True(t, called == "ci.example.org" || strings.HasSuffix(called, ".ci.example.org"), "%q with %q calls %s", address, value, called)
		require.Equal(t, "https", request.URL.Scheme)
		if saved {
			before, err := http.NewRequestWithContext(context.Background(), "POST", withoutParameters(address), nil)
			require.NoError(t, err)
			require.Equal(t, before.URL.Host, request.URL.Host, "no value moves it elsewhere: %q %q", address, value)
		}
	})
}

func TestParseHostRule_saysWhatIsNone(t *testing.T) {
	for _, text := range []string{"", "a b", "https://x", "x/y", "user@x", "x:443", "10.0.0.0/33", "/(/", "/"} {
		_, err := ParseHostRule(text)
		require.Error(t, err, "%q", text)
	}
	for rule, hosts := range map[string]map[string]bool{
		"ci.example.org":  {"ci.example.org": true, "CI.example.ORG": true, "ci.example.org.": true, "x.ci.example.org": false, "ci.example.orgx": false, "xci.example.org": false},
		"*.example.org":   {"a.example.org": true, "example.org": false, "a.b.example.org": false, ".example.org": false},
		"10.0.0.0/8":      {"10.1.2.3": true, "11.0.0.1": false, "ten.example": false, "::ffff:10.0.0.1": true, "[::ffff:10.0.0.1]": true},
		"192.0.2.7":       {"192.0.2.7": true, "192.0.2.8": false, "192.0.2.7.example": false},
		"::1":             {"::1": true, "[::1]": true, "0:0:0:0:0:0:0:1": true, "::2": false},
		`/^ci\d+\.x$/`:    {"ci1.x": true, "ci.x": false, "ci1.xy": false},
		`/ci/`:            {"ci": true, "notci.evil": true},
		"xn--bcher-kva.x": {"xn--bcher-kva.x": true},
	} {
		parsed, err := ParseHostRule(rule)
		require.NoError(t, err, rule)
		require.Equal(t, rule, parsed.String())
		for host, want := range hosts {
			require.Equal(t, want, parsed.Matches(host), "%s %s", rule, host)
		}
	}
}
