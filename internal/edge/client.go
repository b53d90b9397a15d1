package edge

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the peers that are believed when they say for whom they send a
// request. Of everybody else such headers are worth nothing: anyone can write
// them.
type Proxies []netip.Prefix

// client is the address from which a request came: the peer, or, where the peer
// is a trusted proxy, the nearest address on the way that is none. Where the
// two headers in which proxies write the way contradict each other, one of them
// is the client's own invention, and the proxy counts.
func (p Proxies) client(r *http.Request) string {
	peer := peerOf(r)
	address, err := netip.ParseAddr(peer)
	if err != nil || !p.trusts(address) {
		return peer
	}
	ways := [][]string{elements(r.Header["X-Forwarded-For"]), forwardedFor(r.Header["Forwarded"])}
	var found []string
	for _, way := range ways {
		if len(way) > 0 {
			found = append(found, p.nearestStranger(address, way).String())
		}
	}
	if len(found) == 0 || len(found) == 2 && found[0] != found[1] {
		return peer
	}
	return found[0]
}

// nearestStranger goes the way back from the peer, as long as those who tell it
// are trusted. What cannot be read ends it.
func (p Proxies) nearestStranger(peer netip.Addr, way []string) netip.Addr {
	for _, hop := range slices.Backward(way) {
		address, readable := hopAddress(hop)
		if !readable {
			return peer
		}
		if peer = address; !p.trusts(peer) {
			return peer
		}
	}
	return peer
}

func (p Proxies) trusts(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(p, func(trusted netip.Prefix) bool { return trusted.Contains(address) })
}

// peerOf is who sent the request over the network.
func peerOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Unmap().WithZone("").String()
	}
	return host
}

// maxHops is how much of a way is read: more proxies than anybody has.
const maxHops = 50

// elements are the last entries of a header that may be repeated.
func elements(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	all := strings.Split(strings.Join(values, ","), ",")
	return all[max(0, len(all)-maxHops):]
}

// forwardedFor are the addresses in a Forwarded header (RFC 7239). A hop that
// says nothing of whom it speaks for is an entry that cannot be read.
func forwardedFor(values []string) []string {
	all := elements(values)
	for i, element := range all {
		all[i] = ""
		for pair := range strings.SplitSeq(element, ";") {
			name, value, _ := strings.Cut(pair, "=")
			if strings.EqualFold(strings.TrimSpace(name), "for") {
				all[i] = strings.Trim(strings.TrimSpace(value), `"`)
			}
		}
	}
	return all
}

// hopAddress reads one entry of a way, with or without a port.
func hopAddress(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		text = text[1 : len(text)-1]
	}
	address, err := netip.ParseAddr(text)
	return address.Unmap().WithZone(""), err == nil
}

// neighbourhood is what counts as one client where tries and requests are
// counted: an address, or all addresses of one IPv6 network, of which everybody
// has as many as they like.
func neighbourhood(client string) string {
	address, err := netip.ParseAddr(client)
	if err != nil || address.Is4() {
		return client
	}
	const network = 64
	prefix, err := address.Prefix(network)
	if err != nil {
		return client
	}
	return prefix.String()
}
