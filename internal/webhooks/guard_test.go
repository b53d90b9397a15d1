package webhooks

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func rules(t *testing.T, texts ...string) []HostRule {
	t.Helper()
	parsed, err := ParseHostRules(texts)
	require.NoError(t, err)
	return parsed
}

func TestGuard_permitsPublicAddressesOnly(t *testing.T) {
	for _, public := range []string{"1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"} {
		require.NoError(t, Guard{}.Permits("h", netip.MustParseAddr(public)), public)
	}
	for _, private := range []string{
		"127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "fe80::1", "fd00::1", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "ff02::1", "fe80::1%eth0",
	} {
		require.ErrorAs(t, Guard{}.Permits("h", netip.MustParseAddr(private)), &PrivateAddress{}, private)
	}
}

func TestGuard_permitsWhatIsNamed(t *testing.T) {
	for _, c := range []struct {
		rule, host, address string
		want                bool
	}{
		{"ci.local", "ci.local", "10.0.0.1", true},
		{"ci.local", "db.local", "10.0.0.1", false},
		{"*.local", "db.local", "10.0.0.1", true},
		{"10.0.0.0/8", "anything", "10.0.0.1", true},
		{"10.0.0.0/8", "anything", "192.168.0.1", false},
		{"10.0.0.1", "anything", "10.0.0.1", true},
		{"10.0.0.1", "anything", "10.0.0.2", false},
		{"::1", "localhost", "::1", true},
		{"/.*/", "ci.local", "10.0.0.1", false},
	} {
		err := Guard{Allowed: rules(t, c.rule)}.Permits(c.host, netip.MustParseAddr(c.address))
		require.Equal(t, c.want, err == nil, "%+v", c)
	}
}

// call sends a GET through a client with this guard and returns its error.
func call(t *testing.T, connection Connection, address string) error {
	t.Helper()
	client, err := connection.Client(nil)
	require.NoError(t, err)
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	require.NoError(t, err)
	answer, err := client.Do(request)
	if err == nil {
		require.NoError(t, answer.Body.Close())
	}
	return err
}

func TestClient_refusesLoopbackAfterNamesAreResolved(t *testing.T) {
	called := 0
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called++ }))
	defer receiver.Close()
	byName := strings.Replace(receiver.URL, "127.0.0.1", "localhost", 1)

	for _, address := range []string{receiver.URL, byName, strings.Replace(receiver.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1)} {
		require.ErrorAs(t, call(t, Connection{}, address), &PrivateAddress{}, address)
	}
	require.Zero(t, called)

	require.NoError(t, call(t, Connection{Guard: Guard{Allowed: rules(t, "localhost")}}, byName))
	require.ErrorAs(t, call(t, Connection{Guard: Guard{Allowed: rules(t, "localhost")}}, receiver.URL), &PrivateAddress{})
	require.NoError(t, call(t, Connection{Guard: Guard{Allowed: rules(t, "127.0.0.0/8")}}, byName))
	require.Equal(t, 2, called)
}

func TestClient_doesNotLetAProxyReachPrivateAddresses(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.URL.Host) }))
	defer proxy.Close()
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	through := Connection{Proxy: func(*url.URL) (*url.URL, error) { return address, nil }}

	require.NoError(t, call(t, through, "http://name-that-only-the-proxy-knows.invalid/x"), "the proxy itself may be on a private address")
	for _, private := range []string{"http://10.0.0.1/", "http://127.0.0.1/", "http://localhost/", "http://localhost./", "http://[::1]/"} {
		require.ErrorAs(t, call(t, through, private), &PrivateAddress{}, private)
	}
	require.Equal(t, []string{"name-that-only-the-proxy-knows.invalid"}, asked)

	through.Guard.Allowed = rules(t, "10.0.0.1")
	require.NoError(t, call(t, through, "http://10.0.0.1/"))

	through.Proxy = func(*url.URL) (*url.URL, error) { return nil, nil }
	require.ErrorAs(t, call(t, through, proxy.URL), &PrivateAddress{}, "without a proxy for the URL the guard dials")
}

func TestClient_tellsAProxyTheHostOfTheURLWhateverTheHeaderHostSays(t *testing.T) {
	var lines []string
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { lines = append(lines, r.RequestURI) }))
	defer proxy.Close()
	address, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	client, err := Connection{Proxy: func(*url.URL) (*url.URL, error) { return address, nil }}.Client(nil)
	require.NoError(t, err)
	defer client.CloseIdleConnections()
	for _, called := range []string{"http://ci.invalid:81", "http://ci.invalid/a%2Fb?c=d%20e"} {
		request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, called, nil)
		require.NoError(t, err)
		request.Host = "127.0.0.1"
		answer, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
	}
	require.Equal(t, []string{"http://ci.invalid:81/", "http://ci.invalid/a%2Fb?c=d%20e"}, lines)
}

func TestGuard_keepsToTheRegistriesOfSpecialAddresses(t *testing.T) {
	for _, special := range []string{
		"168.63.129.16", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1", "192.0.2.1", "198.51.100.1", "203.0.113.1",
		"::ffff:0:127.0.0.1", "::ffff:0:a9fe:a9fe", "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1", "2001:20::1", "2001:db8::1",
		"2620:4f:8000::1", "3fff::1", "3fff:fff::1", "5f00::1", "fec0::1", "4000::1", "64:ff9b::a83f:8110",
	} {
		require.ErrorAs(t, Guard{}.Permits("h", netip.MustParseAddr(special)), &PrivateAddress{}, special)
	}
}

func TestPrivateAddress_isToldAsIfNobodyKnewTheName(t *testing.T) {
	const known = "localhost"
	_, err := net.DefaultResolver.LookupHost(context.Background(), known)
	require.NoError(t, err)
	told := map[string]string{}
	for _, host := range []string{known, "no-such-name.invalid"} {
		sender := newSender(t)
		sender.Policy.Hosts = nil
		sender.Client, err = Connection{}.Client(slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		outcome := sender.Send(context.Background(), Message{ID: "d", Request: Request{Method: "POST", URL: "http://" + host + "/"}, Attempt: 1})
		require.Contains(t, outcome.Failure, "DNS")
		told[host] = strings.ReplaceAll(outcome.Failure, host, "HOST")
	}
	require.Equal(t, told[known], told["no-such-name.invalid"])
}
