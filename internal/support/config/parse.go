package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parser reads the text of a setting into the settings. Its error completes the
// sentence "must be …", saying what would be right.
type parser func(text string) error

func text(into *string) parser {
	return func(value string) error {
		*into = value
		return nil
	}
}

func list(into *[]string) parser {
	return func(value string) error {
		*into = strings.Fields(value)
		return nil
	}
}

// onlyNested is for settings that are more than a line of text.
func onlyNested(string) error {
	return errors.New("given as a list in the file, or in parts such as PACT_BROKER_WEBHOOK_CERTIFICATES__0__PATH")
}

func number(into *int, low, high int) parser {
	return func(value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < low || n > high {
			return fmt.Errorf("a whole number from %d to %d", low, high)
		}
		*into = n
		return nil
	}
}

// optionalNumber tells a number from none.
func optionalNumber(into **int, low, high int) parser {
	return func(value string) error {
		var n int
		if err := number(&n, low, high)(value); err != nil {
			return err
		}
		*into = &n
		return nil
	}
}

// networks reads addresses and networks. The whole internet is none: whoever
// trusts everybody is told who they are by anybody.
func networks(into *[]netip.Prefix) parser {
	return func(value string) error {
		var all []netip.Prefix
		for _, word := range strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' }) {
			network, err := netip.ParsePrefix(word)
			if address, single := netip.ParseAddr(word); single == nil {
				network, err = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
			}
			if err != nil || network.Bits() == 0 {
				return fmt.Errorf("addresses or networks such as 10.0.0.0/8, separated by spaces (%q is none)", word)
			}
			all = append(all, network.Masked())
		}
		*into = all
		return nil
	}
}

func boolean(into *bool) parser {
	return func(value string) error {
		switch strings.ToLower(value) {
		case "true", "yes", "on", "1", "t", "y":
			*into = true
		case "false", "no", "off", "0", "f", "n":
			*into = false
		default:
			return errors.New("true or false")
		}
		return nil
	}
}

func negated(into *bool) parser {
	return func(value string) error {
		var b bool
		err := boolean(&b)(value)
		*into = !b
		return err
	}
}

func optionalBoolean(into **bool) parser {
	return func(value string) error {
		var b bool
		if err := boolean(&b)(value); err != nil {
			return err
		}
		*into = &b
		return nil
	}
}

func oneOf(into *string, allowed ...string) parser {
	return func(value string) error {
		value = strings.ToLower(value)
		if !slices.Contains(allowed, value) {
			return fmt.Errorf("one of %s", strings.Join(allowed, ", "))
		}
		*into = value
		return nil
	}
}

// parseDuration reads "90s", "1h30m", "30d", or a number of seconds.
func parseDuration(value string) (time.Duration, error) {
	wanted := errors.New("a time such as 30s, 5m, 24h or 30d, or a number of seconds")
	unit, count := time.Second, value
	if days, ok := strings.CutSuffix(value, "d"); ok {
		unit, count = 24*time.Hour, days
	}
	if n, err := strconv.ParseFloat(count, 64); err == nil {
		if !(n >= 0) || n*float64(unit) > math.MaxInt64/2 {
			return 0, wanted
		}
		return time.Duration(n * float64(unit)), nil
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		return 0, wanted
	}
	return d, nil
}

func duration(into *time.Duration) parser {
	return func(value string) error {
		d, err := parseDuration(value)
		*into = d
		return err
	}
}

func durations(into *[]time.Duration) parser {
	return func(value string) error {
		var all []time.Duration
		for _, word := range strings.Fields(value) {
			d, err := parseDuration(word)
			if err != nil {
				return errors.New("waits in seconds, separated by spaces, such as 10 60 120")
			}
			all = append(all, d)
		}
		*into = all
		return nil
	}
}

// largestSize is far more than any machine has.
const largestSize = int64(1_000_000) << 30

var sizeForm = regexp.MustCompile(`^(?i)(\d{1,12})\s*(|k|m|g)i?b?$`)

func size(into *int64) parser {
	return func(value string) error {
		found := sizeForm.FindStringSubmatch(value)
		if found == nil {
			return errors.New("a size such as 500kB, 100MB or 1GB")
		}
		n, err := strconv.ParseInt(found[1], 10, 64)
		if err != nil || n < 1 {
			return errors.New("a size of at least 1 byte, such as 100MB")
		}
		shift := 10 * strings.Index(" kmg", strings.ToLower(found[2] + " ")[:1])
		if n > largestSize>>shift {
			return errors.New("a size of at most 1000000GB, such as 100MB")
		}
		*into = n << shift
		return nil
	}
}

func codes(into *[]int) parser {
	return func(value string) error {
		var all []int
		for _, word := range strings.Fields(value) {
			n, err := strconv.Atoi(word)
			if err != nil || n < 100 || n > 599 {
				return errors.New("response codes from 100 to 599, separated by spaces, such as 200 201 204")
			}
			all = append(all, n)
		}
		*into = all
		return nil
	}
}

var methodForm = regexp.MustCompile(`^[A-Z]+$`)

func methods(into *[]string) parser {
	return func(value string) error {
		all := strings.Fields(strings.ToUpper(value))
		for _, method := range all {
			if !methodForm.MatchString(method) {
				return errors.New("methods separated by spaces, such as POST PUT")
			}
		}
		*into = all
		return nil
	}
}

func schemes(into *[]string) parser {
	return func(value string) error {
		all := strings.Fields(strings.ToLower(value))
		for _, scheme := range all {
			if scheme != "http" && scheme != "https" {
				return errors.New("http, https or both, separated by a space")
			}
		}
		*into = all
		return nil
	}
}

func hosts(into *[]string) parser {
	return func(value string) error {
		all := strings.Fields(value)
		for _, host := range all {
			if err := checkHost(host); err != nil {
				return err
			}
		}
		*into = all
		return nil
	}
}

// checkHost says what is wrong with one entry of a list of hosts.
func checkHost(host string) error {
	if strings.Contains(host, "://") {
		return fmt.Errorf("host names, without a scheme (%q has one)", host)
	}
	if len(host) > 1 && strings.HasPrefix(host, "/") && strings.HasSuffix(host, "/") {
		if _, err := regexp.Compile(host[1 : len(host)-1]); err != nil {
			return fmt.Errorf("hosts of which those between slashes are regular expressions (%w)", err)
		}
		return nil
	}
	_, noNetwork := netip.ParsePrefix(host)
	_, noAddress := netip.ParseAddr(strings.Trim(host, "[]"))
	if noNetwork != nil && noAddress != nil && strings.ContainsAny(host, "/:@") {
		return fmt.Errorf("host names, addresses, CIDR ranges or /regular expressions/, separated by spaces (%q is none)", host)
	}
	return nil
}

// listenAddress takes a host, which may be empty, and a port.
func listenAddress(into *string) parser {
	return func(value string) error {
		_, port, err := net.SplitHostPort(value)
		if n, no := strconv.Atoi(port); err != nil || no != nil || n < 0 || n > 65535 {
			return errors.New("an address and a port, such as 127.0.0.1:9393")
		}
		*into = value
		return nil
	}
}

// userName takes what basic authentication can send.
func userName(into *string) parser {
	return func(value string) error {
		if strings.Contains(value, ":") {
			return errors.New("a name without a colon, at which basic authentication ends it")
		}
		*into = value
		return nil
	}
}

func baseURLs(into *[]string) parser {
	return func(value string) error {
		var all []string
		for _, word := range strings.Fields(value) {
			if strings.Contains(word, "@") {
				return errors.New("addresses without a user name and a password, which all links would show")
			}
			if !isWebAddress(word) {
				return fmt.Errorf("addresses with http or https and a host, separated by spaces, such as https://broker.example.org (%q is none)", word)
			}
			all = append(all, strings.TrimRight(word, "/"))
		}
		*into = all
		return nil
	}
}

func isWebAddress(value string) bool {
	u, err := url.Parse(value)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.RawQuery == "" && u.Fragment == ""
}

func shieldsURL(into *string) parser {
	return func(value string) error {
		if value != "" && (!isWebAddress(value) || strings.Contains(value, "@")) {
			return errors.New("an address such as https://img.shields.io, or empty to draw badges here")
		}
		*into = strings.TrimRight(value, "/")
		return nil
	}
}

func badgeMode(proxy *bool) parser {
	return func(value string) error {
		var mode string
		err := oneOf(&mode, "redirect", "proxy")(value)
		*proxy = mode == "proxy"
		return err
	}
}

// logLevel takes the Pact Broker's level "fatal" for error.
func logLevel(into *string) parser {
	return func(value string) error {
		return oneOf(into, "debug", "info", "warn", "error")(synonym(value, "fatal", "error", "warning", "warn"))
	}
}

// logFormat takes the Pact Broker's formats "default" and "color" for text.
func logFormat(into *string) parser {
	return func(value string) error {
		return oneOf(into, "text", "json")(synonym(value, "default", "text", "color", "text"))
	}
}

// synonym replaces the word by the one that follows it in the pairs, if any.
func synonym(word string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if strings.EqualFold(word, pairs[i]) {
			return pairs[i+1]
		}
	}
	return word
}

func features(into *[]string) parser {
	return func(value string) error {
		*into = strings.Fields(strings.ToLower(value))
		return nil
	}
}

// issuer takes addresses with https, and with http on this machine.
func issuer(into *string) parser {
	return func(value string) error {
		u, err := url.Parse(value)
		local := err == nil && u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
		if !isWebAddress(value) || u.Scheme != "https" && !local {
			return errors.New("an address with https, such as https://login.example.org")
		}
		*into = value
		return nil
	}
}

// defaultRole takes "none" for no role at all.
func defaultRole(into *string) parser {
	return func(value string) error {
		*into = synonym(value, "none", "")
		return nil
	}
}

// groupRoles reads "group=role" and "group=role@team". Groups of directories may
// have equals signs in their names themselves.
func groupRoles(into *[]GroupRole) parser {
	return func(value string) error {
		var all []GroupRole
		for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == '\n' }) {
			part = strings.TrimSpace(part)
			if part == "" {
				continue
			}
			at := strings.LastIndexByte(part, '=')
			if at < 0 {
				return fmt.Errorf("group=role or group=role@team, separated by semicolons (%q is neither)", part)
			}
			role, team, named := strings.Cut(part[at+1:], "@")
			one := GroupRole{Group: strings.TrimSpace(part[:at]), Role: strings.TrimSpace(role), Team: strings.TrimSpace(team)}
			if one.Group == "" || one.Role == "" || named && one.Team == "" {
				return fmt.Errorf("group=role or group=role@team, separated by semicolons (%q lacks a part)", part)
			}
			all = append(all, one)
		}
		*into = all
		return nil
	}
}
