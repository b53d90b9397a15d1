package edge

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
)

func TestReachedAt_believesNobodyButTrustedProxies(t *testing.T) {
	trusted := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	for name, test := range map[string]struct {
		peer       string
		configured []string
		want       links.Base
		proxied    bool
	}{
		"a stranger":              {"192.0.2.7:5000", nil, "http://inside:9292", false},
		"a trusted proxy":         {"10.1.2.3:5000", nil, "https://public.example", true},
		"an unreadable peer":      {"@", nil, "http://inside:9292", false},
		"a configured address":    {"192.0.2.7:5000", []string{"https://broker.example"}, "https://broker.example", false},
		"one of those configured": {"192.0.2.7:5000", []string{"https://broker.example", "http://inside:9292"}, "http://inside:9292", false},
	} {
		r := httptest.NewRequest(http.MethodPut, "http://inside:9292/things", nil)
		r.RemoteAddr = test.peer
		r.Header.Set("X-Forwarded-Host", "public.example")
		r.Header.Set("X-Forwarded-Proto", "https")
		at, proxied := reachedAt(r, test.configured, trusted)
		require.Equal(t, test.want, at, name)
		require.Equal(t, test.proxied, proxied, name)
	}
}
