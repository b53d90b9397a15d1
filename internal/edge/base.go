package edge

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/accord-broker/accord/internal/support/links"
)

// plausibleHost is what a host in a header must look like to get into links.
var plausibleHost = regexp.MustCompile(`^[A-Za-z0-9._-]+(:[0-9]+)?$|^\[[0-9A-Fa-f:.]+\](:[0-9]+)?$`)

// baseOf is the address of the broker for one request: the configured one; of
// several, the one that the request was sent to, or the first; without any, the
// address that the request was sent to.
func baseOf(r *http.Request, configured []string) links.Base {
	switch len(configured) {
	case 0:
		return links.Base(forwardedAddress(r))
	case 1:
		return links.Base(configured[0])
	}
	for _, address := range []string{forwardedAddress(r), directAddress(r)} {
		at := slices.IndexFunc(configured, func(base string) bool { return origin(base) == address })
		if at >= 0 {
			return links.Base(configured[at])
		}
	}
	return links.Base(configured[0])
}

// reachedAt is the address at which a request has reached the broker, as far as
// that may be believed for what others are told later: of several configured ones
// the one chosen, otherwise the host that the client named. What X-Forwarded-*
// says counts from trusted proxies only.
func reachedAt(r *http.Request, configured []string, proxies Proxies) (at links.Base, proxied bool) {
	if len(configured) > 0 {
		return baseOf(r, configured), false
	}
	if peer, err := netip.ParseAddr(peerOf(r)); err == nil && proxies.trusts(peer) {
		return links.Base(forwardedAddress(r)), true
	}
	return links.Base(directAddress(r)), false
}

// directAddress is the scheme and host of the request as this server saw it.
func directAddress(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return address(scheme, r.Host)
}

// forwardedAddress is the scheme and host that the client used, as the proxies
// in between report it.
func forwardedAddress(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	for _, reported := range []string{last(r, "X-Forwarded-Scheme"), last(r, "X-Forwarded-Proto")} {
		if reported == "http" || reported == "https" {
			scheme = reported
		}
	}
	if last(r, "X-Forwarded-Ssl") == "on" {
		scheme = "https"
	}
	host := r.Host
	if reported := last(r, "X-Forwarded-Host"); isPlausible(reported) {
		host = reported
	}
	if port := last(r, "X-Forwarded-Port"); isPort(port) {
		host = (&url.URL{Host: host}).Hostname()
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		host += ":" + port
	}
	return address(scheme, host)
}

// isPlausible reports whether an address with this host can be opened.
func isPlausible(host string) bool {
	_, err := url.Parse("http://" + host)
	return err == nil && plausibleHost.MatchString(host)
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// address joins scheme and host, leaving out the port that goes without saying.
func address(scheme, host string) string {
	if !isPlausible(host) {
		host = "localhost"
	}
	standard := map[string]string{"http": ":80", "https": ":443"}
	return scheme + "://" + strings.TrimSuffix(host, standard[scheme])
}

// origin is the scheme and host of a configured address.
func origin(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return address(u.Scheme, u.Host)
}

// last is the last value of a header that proxies add to.
func last(r *http.Request, header string) string {
	values := strings.Split(strings.Join(r.Header.Values(header), ","), ",")
	return strings.ToLower(strings.TrimSpace(values[len(values)-1]))
}

// prefixes are the paths of the configured addresses, which a proxy may or may
// not have cut off.
func prefixes(configured []string) []string {
	var all []string
	for _, base := range configured {
		if u, err := url.Parse(base); err == nil && strings.Trim(u.Path, "/") != "" {
			all = append(all, strings.TrimSuffix(u.EscapedPath(), "/"))
		}
	}
	return all
}
