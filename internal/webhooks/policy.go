package webhooks

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Policy is what the operator allows webhooks to call. It is asked when a webhook
// is saved and again when it is sent, and never looks up a name.
type Policy struct {
	Methods []string
	Schemes []string
	// Hosts may be empty: then every host may be called.
	Hosts []HostRule
}

// DefaultPolicy allows POST by https to every host.
func DefaultPolicy() Policy {
	return Policy{Methods: []string{http.MethodPost}, Schemes: []string{"https"}}
}

// ShowsResponses reports whether responses may be shown to people. They are hidden
// while every host may be called, so that nobody can read other systems through
// the broker.
func (p Policy) ShowsResponses() bool { return len(p.Hosts) > 0 }

// HostRule is one entry of a list of hosts: a name, `*.` and a name for any one
// label before it, an address, a range of addresses in CIDR notation, or a
// regular expression between slashes.
type HostRule struct {
	text       string
	prefix     netip.Prefix
	expression *regexp.Regexp
}

// ParseHostRule reads one entry of a list of hosts.
func ParseHostRule(text string) (HostRule, error) {
	rule := HostRule{text: text}
	if len(text) > 1 && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/") {
		expression, err := regexp.Compile(text[1 : len(text)-1])
		if err != nil {
			return HostRule{}, fmt.Errorf("%s is no regular expression: %w", text, err)
		}
		rule.expression = expression
		return rule, nil
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		rule.prefix = prefix.Masked()
	} else if address, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		address = address.Unmap()
		rule.prefix = netip.PrefixFrom(address, address.BitLen())
	} else if text == "" || strings.ContainsAny(text, "/ :@") {
		return HostRule{}, fmt.Errorf("%q is no host name, address, CIDR range or /regular expression/", text)
	}
	return rule, nil
}

// ParseHostRules reads a list of hosts.
func ParseHostRules(texts []string) ([]HostRule, error) {
	rules := make([]HostRule, 0, len(texts))
	for _, text := range texts {
		rule, err := ParseHostRule(text)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// String returns the entry as it was written.
func (r HostRule) String() string { return r.text }

// Matches reports whether a URL's host is meant by the entry.
func (r HostRule) Matches(host string) bool {
	if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return r.Contains(address) || r.expression != nil && r.expression.MatchString(host)
	}
	if r.expression != nil {
		return r.expression.MatchString(host)
	}
	return r.Names(host)
}

// Names reports whether the entry is this host name, or a wildcard for it. Regular
// expressions name nobody: what they let through is too easily misjudged to open
// the way to private addresses.
func (r HostRule) Names(host string) bool {
	if r.expression != nil || r.prefix.IsValid() {
		return false
	}
	host, text := strings.ToLower(strings.TrimSuffix(host, ".")), strings.ToLower(r.text)
	if suffix, wildcard := strings.CutPrefix(text, "*"); wildcard {
		label, found := strings.CutSuffix(host, suffix)
		return found && label != "" && !strings.Contains(label, ".")
	}
	return host == text
}

// Contains reports whether the entry is this address or a range with it.
func (r HostRule) Contains(address netip.Addr) bool {
	return r.prefix.IsValid() && r.prefix.Contains(address.Unmap())
}

// IsMethod reports whether there is such a method of HTTP, in letters of any case.
func IsMethod(method string) bool { return slices.Contains(knownMethods, strings.ToUpper(method)) }

// IsAddress reports whether the text is a URL that a request can be sent to, of HTTP or
// HTTPS, whatever the settings allow.
func IsAddress(text string) bool {
	return Policy{Schemes: []string{"http", "https"}}.checkURL(text) == ""
}

// checkMethod returns what is wrong with the method, or "".
func (p Policy) checkMethod(method string) string {
	if !IsMethod(method) {
		return "is no HTTP method"
	}
	for _, allowed := range p.Methods {
		if strings.EqualFold(allowed, method) {
			return ""
		}
	}
	return "must be " + oneOf(p.Methods) + methodSetting
}

// The settings that hold what is allowed, named where something is refused.
const (
	methodSetting = " (setting PACT_BROKER_WEBHOOK_HTTP_METHOD_WHITELIST)"
	schemeSetting = " (setting PACT_BROKER_WEBHOOK_SCHEME_WHITELIST)"
	hostSetting   = " (setting PACT_BROKER_WEBHOOK_HOST_WHITELIST)"
)

var knownMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodOptions, http.MethodTrace,
}

// oneOf says in words that something must be one of the texts.
func oneOf(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	return "one of " + strings.Join(texts, ", ")
}

// checkURL returns what is wrong with the URL, or "". Of several faults it tells
// the first.
func (p Policy) checkURL(text string) string {
	address, err := url.Parse(withoutParameters(text))
	if err != nil || address.Scheme == "" || address.Hostname() == "" || strings.ContainsAny(text, " \t\r\n") {
		return "must be an absolute URL such as https://ci.example.org/build"
	}
	if hasParameterInHost(text) {
		return "must not have a template parameter in its host"
	}
	if !slices.ContainsFunc(p.Schemes, func(s string) bool { return strings.EqualFold(s, address.Scheme) }) {
		return "scheme must be " + oneOf(p.Schemes) + schemeSetting
	}
	return p.checkHost(address.Hostname())
}

func (p Policy) checkHost(host string) string {
	if len(p.Hosts) > 0 && !slices.ContainsFunc(p.Hosts, func(r HostRule) bool { return r.Matches(host) }) {
		return "host must be one of " + quoted(p.Hosts) + hostSetting
	}
	return ""
}

// checkHostHeader returns what is wrong with the value of the header Host, or "".
func (p Policy) checkHostHeader(value string) string {
	if value == "" {
		return ""
	}
	host, ok := hostOfHeader(value)
	if !ok {
		return "host must be a name or an address, with a port or without one"
	}
	return p.checkHost(host)
}

// Check returns an error if a request of this method to this URL with these headers may
// not be sent.
func (p Policy) Check(method, address string, headers []Header) error {
	if fault := p.checkMethod(method); fault != "" {
		return fmt.Errorf("the method %s %s", method, fault)
	}
	if fault := p.checkURL(address); fault != "" {
		return fmt.Errorf("the URL %s", fault)
	}
	if fault := p.checkHostHeader(hostHeader(headers)); fault != "" {
		return fmt.Errorf("the header %s", fault)
	}
	return nil
}

func quoted(rules []HostRule) string {
	texts := make([]string, len(rules))
	for i, rule := range rules {
		texts[i] = `"` + rule.text + `"`
	}
	return strings.Join(texts, ", ")
}

// hasParameterInHost looks at the authority as it was written, user part and port
// included: all of it decides who is called.
func hasParameterInHost(text string) bool {
	_, rest, found := strings.Cut(text, "://")
	if !found {
		rest = text
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return strings.Contains(rest, "${")
}
