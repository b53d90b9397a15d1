// Package links knows the address of everything in the broker. Clients follow
// these addresses as they are, so they are absolute, and those that a client
// fetches carry no query: some clients overwrite it, others drop it.
package links

import "strings"

// Base is the address of the broker without a trailing slash, such as
// "https://broker.example.org/contracts". Every address is built on one.
type Base string

// Index is the entry to the API.
func (b Base) Index() string { return string(b) }

// Path is the address of a literal path, which may hold placeholders such as
// "{tag}" for the client to fill in.
func (b Base) Path(literal string) string { return string(b) + literal }

// Labels lists the labels of all applications.
func (b Base) Labels() string { return b.Path("/labels") }

// Integrations lists the pairs of consumer and provider.
func (b Base) Integrations() string { return b.Path("/integrations") }

// Integration is one pair of consumer and provider.
func (b Base) Integration(provider, consumer string) string {
	return b.of("integrations", "provider", provider, "consumer", consumer)
}

// Dashboard is the overview of all pairs.
func (b Base) Dashboard() string { return b.Path("/dashboard") }

// DashboardOf is the overview of one pair.
func (b Base) DashboardOf(provider, consumer string) string {
	return b.of("dashboard", "provider", provider, "consumer", consumer)
}

// Relationships is the table of who consumes whom.
func (b Base) Relationships() string { return b.Path("/relationships") }

// Group is the table of the applications connected with one.
func (b Base) Group(pacticipant string) string { return b.of("groups", pacticipant) }

// Metrics are the counts of what the broker holds.
func (b Base) Metrics() string { return b.Path("/metrics") }

// Heartbeat tells that the broker answers.
func (b Base) Heartbeat() string { return b.Path("/diagnostic/status/heartbeat") }

// Dependencies reports whether what the broker needs answers.
func (b Base) Dependencies() string { return b.Path("/diagnostic/status/dependencies") }

// Doc is the template of the pages that explain link relations in one context,
// such as "index"; clients put the relation's name in place of {rel}.
func (b Base) Doc(context string) string { return b.Path("/doc/{rel}?context=") + Escape(context) }

// Problem is the type of a problem, such as "problem/not-found".
func (b Base) Problem(kind string) string { return b.Path("/" + kind) }

// of joins the segments, each escaped, to an address.
func (b Base) of(segments ...string) string {
	size := len(b)
	for _, segment := range segments {
		size += 1 + len(segment)
	}
	var s strings.Builder
	s.Grow(size)
	s.WriteString(string(b))
	for _, segment := range segments {
		s.WriteByte('/')
		s.WriteString(Escape(segment))
	}
	return s.String()
}

// Escape writes a name so that it stays one segment of a path: every byte but
// ASCII letters, digits, "-", "_", "." and "~" becomes % and two upper-case
// hexadecimal digits.
func Escape(name string) string {
	const digits = "0123456789ABCDEF"
	plain := 0
	for plain < len(name) && unreserved(name[plain]) {
		plain++
	}
	if plain == len(name) {
		return name
	}
	escaped := make([]byte, plain, len(name)+16)
	copy(escaped, name)
	for i := plain; i < len(name); i++ {
		if c := name[i]; unreserved(c) {
			escaped = append(escaped, c)
		} else {
			escaped = append(escaped, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(escaped)
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}
