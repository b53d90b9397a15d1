package edge

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProxies_believeOnlyThoseWhoAreTrusted(t *testing.T) {
	trusted := Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("fd00::/8")}
	const xff, fwd = "X-Forwarded-For", "Forwarded"
	for name, test := range map[string]struct {
		peer    string
		headers []string
		want    string
	}{
		"a stranger":                       {"203.0.113.9:1234", []string{xff, "198.51.100.1"}, "203.0.113.9"},
		"a stranger's Forwarded":           {"203.0.113.9:1234", []string{fwd, "for=198.51.100.1"}, "203.0.113.9"},
		"a proxy":                          {"10.1.2.3:80", []string{xff, "198.51.100.1"}, "198.51.100.1"},
		"a proxy without a header":         {"10.1.2.3:80", nil, "10.1.2.3"},
		"what the client made up":          {"10.1.2.3:80", []string{xff, "127.0.0.1, 10.9.9.9, 198.51.100.1"}, "198.51.100.1"},
		"several proxies":                  {"10.1.2.3:80", []string{xff, "1.1.1.1, 198.51.100.1, 192.0.2.7, 10.0.0.1"}, "198.51.100.1"},
		"a header in two lines":            {"10.1.2.3:80", []string{xff, "1.1.1.1", xff, "198.51.100.1, 10.0.0.1"}, "198.51.100.1"},
		"from within":                      {"10.1.2.3:80", []string{xff, "10.0.0.9, 10.0.0.1"}, "10.0.0.9"},
		"with a port":                      {"10.1.2.3:80", []string{xff, "198.51.100.1:4711"}, "198.51.100.1"},
		"IPv6":                             {"[fd00::1]:80", []string{xff, "2001:db8::5"}, "2001:db8::5"},
		"IPv6 in brackets":                 {"[fd00::1]:80", []string{xff, "[2001:db8::5]:4711"}, "2001:db8::5"},
		"IPv4 written as IPv6":             {"[::ffff:10.1.2.3]:80", []string{xff, "::ffff:198.51.100.1"}, "198.51.100.1"},
		"what cannot be read":              {"10.1.2.3:80", []string{xff, "198.51.100.1, unknown"}, "10.1.2.3"},
		"what cannot be read further back": {"10.1.2.3:80", []string{xff, "unknown, 198.51.100.1"}, "198.51.100.1"},
		"an empty header":                  {"10.1.2.3:80", []string{xff, ""}, "10.1.2.3"},
		"Forwarded":                        {"10.1.2.3:80", []string{fwd, `for=1.1.1.1, For="[2001:db8::5]:4711";proto=https;by=10.0.0.1`}, "2001:db8::5"},
		"Forwarded that hides":             {"10.1.2.3:80", []string{fwd, "for=198.51.100.1, for=_hidden"}, "10.1.2.3"},
		"both, which agree":                {"10.1.2.3:80", []string{fwd, "for=198.51.100.1", xff, "198.51.100.1"}, "198.51.100.1"},
		"both, one of them made up":        {"10.1.2.3:80", []string{fwd, "for=8.8.8.8", xff, "198.51.100.1"}, "10.1.2.3"},
		"no address":                       {"@", []string{xff, "198.51.100.1"}, "@"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = test.peer
		for i := 0; i < len(test.headers); i += 2 {
			r.Header.Add(test.headers[i], test.headers[i+1])
		}
		require.Equal(t, test.want, trusted.client(r), name)
		if !strings.HasPrefix(test.peer, "[::ffff") {
			host := strings.Trim(strings.TrimSuffix(strings.TrimSuffix(test.peer, ":80"), ":1234"), "[]")
			require.Equal(t, host, Proxies(nil).client(r), "without proxies the peer counts: %s", name)
		}
	}
}

func TestNeighbourhood_isANetworkOfIPv6(t *testing.T) {
	require.Equal(t, "198.51.100.1", neighbourhood("198.51.100.1"))
	require.Equal(t, neighbourhood("2001:db8:1:2::1"), neighbourhood("2001:db8:1:2:ffff::9"))
	require.NotEqual(t, neighbourhood("2001:db8:1:2::1"), neighbourhood("2001:db8:1:3::1"))
	require.Equal(t, "@", neighbourhood("@"))
}

func FuzzProxies(f *testing.F) {
	f.Add("10.0.0.1:1", "1.1.1.1", "for=1.1.1.1")
	trusted := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, peer, forwardedFor, forwarded string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header["X-Forwarded-For"], r.Header["Forwarded"] = []string{forwardedFor}, []string{forwarded}
		client := trusted.client(r)
		if address, err := netip.ParseAddr(peerOf(r)); err != nil || !trusted.trusts(address) {
			require.Equal(t, peerOf(r), client)
		}
		neighbourhood(client)
	})
}
