package webhooks

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/support/fault"
)

// Draft is a webhook as a client sent it, before it is checked and kept.
type Draft struct {
	Webhook Webhook
	// PasswordRemoved tells that the client sent null in the place of a password.
	PasswordRemoved bool
	// Detailed tells that the client knows of event filters and formats.
	Detailed bool
	// Wrong is what could not be read. It is told together with what breaks a rule.
	Wrong []fault.Field
}

// NewSide returns the side with the name or the label, or what is wrong with it.
func NewSide(role, name, label string) (Side, []fault.Field) {
	switch {
	case strings.TrimSpace(name) == "" && strings.TrimSpace(label) == "":
		return Side{}, []fault.Field{{Name: role + ".name", Message: "cannot be blank"}}
	case name != "" && label != "":
		return Side{}, []fault.Field{{Name: role + ".label", Message: "cannot be given together with a name"}}
	}
	return Side{Name: name, Label: label}, nil
}

// NewHeaders returns the headers, in the order of their names, and what is wrong
// with them.
func NewHeaders(values map[string]string) (headers []Header, wrong []fault.Field) {
	lower := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case !headerName.MatchString(name):
			wrong = append(wrong, fault.Field{Name: "request.headers", Message: fmt.Sprintf("%q is not a valid header name", name)})
		case strings.ContainsFunc(values[name], func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
			wrong = append(wrong, fault.Field{Name: "request.headers", Message: name + " must not contain line breaks or control characters"})
		}
		lower[strings.ToLower(name)] = values[name]
	}
	return sortedHeaders(lower), wrong
}

func sortedHeaders(values map[string]string) []Header {
	headers := make([]Header, 0, len(values))
	for name, value := range values {
		headers = append(headers, Header{Name: name, Value: value})
	}
	slices.SortFunc(headers, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return headers
}

var headerName = regexp.MustCompile("^[!#$%&'*+\\-.^_`|~0-9A-Za-z]+$")

// ForSides sets the sides that the address names and the body does not.
func (d Draft) ForSides(consumer, provider Side) Draft {
	if d.Webhook.Consumer.Any() {
		d.Webhook.Consumer = consumer
	}
	if d.Webhook.Provider.Any() {
		d.Webhook.Provider = provider
	}
	return d
}

// Replacing returns the webhook that takes the place of an older one: it keeps the
// older one's name and time of creation, the secrets that were starred, and the
// event filter that clients of the compatible API know nothing of. It returns an Invalid
// fault if the webhook would take the secrets of the older one to another place:
// they were meant for the place for which they were given.
func (d Draft) Replacing(old Webhook) (Webhook, error) {
	replaced := d.Webhook
	replaced.UUID = old.UUID
	replaced.CreatedAt = old.CreatedAt
	replaced.Paused = old.Paused
	if !d.Detailed {
		replaced.EventFilter = old.EventFilter
		if replaced.Request.Body == nil {
			replaced.Format = old.Format
		}
	}
	request, kept := d.keepSecretsOf(old.Request)
	replaced.Request = request
	if before, after := old.Request.origin(), request.origin(); before != after && len(kept) > 0 {
		fields := make([]fault.Field, len(kept))
		for i, secret := range kept {
			fields[i] = fault.Field{Name: secret.Name, Message: secret.Message + " must be given again, or null to send none, because the webhook moves from " + before + " to " + after}
		}
		return Webhook{}, fault.InvalidFields(fields...)
	}
	return replaced, nil
}

// origin is the scheme, host and port to which the request goes, and the header Host
// where that says something else.
func (r Request) origin() string {
	scheme, _, _ := strings.Cut(r.URL, "://")
	origin := strings.ToLower(scheme) + "://" + r.Receiver()
	header := strings.ToLower(hostHeader(r.Headers))
	if address, err := url.Parse(withoutParameters(r.URL)); err == nil && header != "" && header != strings.ToLower(address.Host) {
		origin += " (Host: " + header + ")"
	}
	return origin
}
