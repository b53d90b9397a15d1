package webhooks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Guard refuses to connect to private and local addresses, so that a webhook
// cannot be used to reach what only the broker's own network may reach. It looks
// at the address that is really dialled, after the name was resolved.
type Guard struct {
	// Allowed names the hosts, addresses and ranges that may be called though they
	// are private.
	Allowed []HostRule
}

// Permits returns an error if the address may not be called under this host name.
func (g Guard) Permits(host string, address netip.Addr) error {
	address = unwrapped(address)
	if public(address) || slices.ContainsFunc(g.Allowed, func(r HostRule) bool { return r.Names(host) || r.Contains(address) }) {
		return nil
	}
	return PrivateAddress{Host: host}
}

// PrivateAddress is the error of a call that the guard refused. It does not tell
// the address, because that is the business of the broker's network alone.
type PrivateAddress struct {
	Host string
}

// Error says what was refused and how to allow it. Of a name it says the same as
// of one that nobody knows: otherwise whoever may try a webhook could find out
// which names there are inside.
func (p PrivateAddress) Error() string {
	if _, err := netip.ParseAddr(strings.Trim(p.Host, "[]")); err != nil {
		return unreachableName(p.Host)
	}
	return p.Host + " is a private or local address, which webhooks may not call; " +
		"to allow it, name the address or a CIDR range in PACT_BROKER_WEBHOOK_PRIVATE_HOSTS"
}

// unreachableName is what is told of a name that has no address which webhooks
// may call.
func unreachableName(host string) string {
	return "no public address was found for " + host + ": either DNS does not know the name, or it leads to a private or local address, " +
		"which webhooks may not call; check the name, or name the host, its address or a CIDR range in PACT_BROKER_WEBHOOK_PRIVATE_HOSTS"
}

var (
	// reserved are the ranges, beside those that netip knows, which are not the
	// public internet: the special-purpose registries of IANA, multicast relays and
	// reverse DNS that networks serve themselves included, and the address under
	// which Azure offers its services to its own machines.
	reserved = prefixes(
		"0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
		"192.88.99.0/24", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
	)
	// global is all that has been handed out of IPv6. Outside of it lies what wraps
	// or translates an IPv4 address, leads nowhere or stays within a network.
	global = netip.MustParsePrefix("2000::/3")
	// translated is how networks without IPv4 write an IPv4 address (RFC 6052).
	translated = netip.MustParsePrefix("64:ff9b::/96")
)

// unwrapped returns the IPv4 address that an IPv6 address stands for, if it does.
func unwrapped(address netip.Addr) netip.Addr {
	if translated.Contains(address) {
		bytes := address.As16()
		return netip.AddrFrom4([4]byte(bytes[12:]))
	}
	return address.Unmap()
}

func prefixes(texts ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		parsed[i] = netip.MustParsePrefix(text)
	}
	return parsed
}

func public(address netip.Addr) bool {
	return address.IsGlobalUnicast() && !address.IsPrivate() && address.Zone() == "" && (address.Is4() || global.Contains(address)) &&
		!slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(address) })
}

// dial connects under the guard's eyes. Go resolves the name, tries each address
// in turn and asks control before each connection.
func (g Guard) dial(timeout time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, hostPort string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(hostPort)
		if err != nil {
			return nil, err
		}
		dialer := net.Dialer{Timeout: timeout, Control: func(_, address string, _ syscall.RawConn) error {
			dialled, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return g.Permits(host, dialled.Addr())
		}}
		return dialer.DialContext(ctx, network, hostPort)
	}
}

// checkProxied guards a request that goes through a proxy, where the proxy and
// not the broker dials the address: an address is judged as it stands, a name if
// it can be resolved here. What many programs take for an address though it is
// none in the usual form, such as 127.1, is refused.
func (g Guard) checkProxied(ctx context.Context, host string) error {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if address, err := netip.ParseAddr(name); err == nil {
		return g.Permits(host, address)
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return g.Permits(host, netip.IPv6Loopback())
	}
	if numericHost.MatchString(name) {
		return PrivateAddress{Host: host}
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	var unknown *net.DNSError
	if errors.As(err, &unknown) {
		return nil
	}
	for _, address := range addresses {
		err = errors.Join(err, g.Permits(host, address))
	}
	return err
}

// numericHost is a host whose last part is a number, which makes an IPv4 address of
// it (https://url.spec.whatwg.org/#ends-in-a-number-checker). No name ends so.
var numericHost = regexp.MustCompile(`(^|\.)([0-9]+|0x[0-9a-f]*)$`)

// proxied dials proxies without the guard, because the operator named them, and
// everything else with it.
type proxied struct {
	guard     Guard
	proxy     func(*url.URL) (*url.URL, error)
	direct    http.RoundTripper
	throughIt http.RoundTripper
}

// RoundTrip sends the request directly or through the proxy for its URL.
func (p proxied) RoundTrip(request *http.Request) (*http.Response, error) {
	proxy, err := p.proxy(request.URL)
	if err != nil {
		return nil, fmt.Errorf("find the proxy: %w", err)
	}
	if proxy == nil {
		return p.direct.RoundTrip(request)
	}
	if err := p.guard.checkProxied(request.Context(), request.URL.Hostname()); err != nil {
		return nil, err
	}
	return p.throughIt.RoundTrip(toHostOfURL(request))
}

// toHostOfURL names the host of the URL in the line of a request that a proxy reads, by
// which it calls: Go would name that of the header Host, which nobody has judged.
func toHostOfURL(request *http.Request) *http.Request {
	if request.URL.Scheme != "http" {
		return request
	}
	request = request.Clone(request.Context())
	request.URL.Opaque = "//" + request.URL.Host + cmp.Or(request.URL.EscapedPath(), "/")
	return request
}
