// Package webhooks tells other systems what happened in the broker: who listens
// to which event, what is sent to them, and what became of it.
package webhooks

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// Webhook is a request to be sent when an event concerns its sides.
type Webhook struct {
	// UUID is chosen by the client or made by NewUUID; it is the name in addresses.
	UUID        string
	Description string
	Consumer    Side
	Provider    Side
	Enabled     bool
	Events      []events.Type
	EventFilter EventFilter
	Request     Request
	Format      Format
	// Paused lets deliveries wait until the webhook is resumed.
	Paused    bool
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Format says what a webhook sends.
type Format string

const (
	// Template sends the request's body with the parameters filled in.
	Template Format = "template"
	// CloudEvents sends the event itself, in the JSON form of CloudEvents 1.0.
	CloudEvents Format = "cloudevents"
)

// Side says which applications a webhook is for on one side of the contract: the
// one with that name, those with that label, or all if both are empty.
type Side struct {
	Name  string
	Label string
}

// Sides are both sides of a webhook.
type Sides struct{ Consumer, Provider Side }

// Any reports whether every application is meant.
func (s Side) Any() bool { return s == Side{} }

// Matches reports whether an application with this name and these labels is meant.
func (s Side) Matches(name string, labels []string) bool {
	switch {
	case s.Name != "":
		return s.Name == name
	case s.Label != "":
		return slices.Contains(labels, s.Label)
	}
	return true
}

// Party is an application as far as webhooks ask for it.
type Party struct {
	Name   string
	Labels []string
	// FormerNames are those by which it is still found, where they have been read.
	FormerNames []string
}

// names are all by which the application is found.
func (p Party) names() []string { return append([]string{p.Name}, p.FormerNames...) }

// NewParty is the application with its labels, in their order.
func NewParty(name string, labels []pacticipants.Label) Party {
	party := Party{Name: name}
	for _, label := range labels {
		party.Labels = append(party.Labels, label.Name)
	}
	return party
}

// Listens reports whether the webhook is to be triggered by this event between
// these two applications.
func (w Webhook) Listens(event events.Type, consumer, provider Party) bool {
	return w.Enabled && slices.Contains(w.Events, event) &&
		w.Consumer.Matches(consumer.Name, consumer.Labels) && w.Provider.Matches(provider.Name, provider.Labels)
}

// Name is what lists and logs call the webhook: its description, or the method
// and the host if it has none.
func (w Webhook) Name() string {
	if strings.TrimSpace(w.Description) != "" {
		return w.Description
	}
	return w.Request.Title()
}

// Scope tells in words for whom the webhook is.
func (w Webhook) Scope() string {
	switch {
	case w.Consumer.Any() && w.Provider.Any():
		return "A webhook for all pacts"
	case w.Provider.Any():
		return "A webhook for all pacts with " + w.Consumer.words("consumer")
	case w.Consumer.Any():
		return "A webhook for all pacts with " + w.Provider.words("provider")
	}
	return "A webhook for the pacts between " + w.Consumer.words("consumer") + " and " + w.Provider.words("provider")
}

func (s Side) words(role string) string {
	if s.Label != "" {
		return role + "s labelled " + s.Label
	}
	return role + " " + s.Name
}

var validUUID = regexp.MustCompile(`^[A-Za-z0-9_\-]{16,}$`)

// ValidUUID reports whether a client may choose this name for a webhook.
func ValidUUID(uuid string) bool { return validUUID.MatchString(uuid) && len(uuid) <= 255 }

// randomUUID are the UUIDs that are made of random bits (RFC 9562, versions 4 and 7).
var randomUUID = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[47][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$`)

// isRandom reports whether nobody can think of the name who has not seen it.
func isRandom(uuid string) bool { return randomUUID.MatchString(uuid) }

// NewUUID returns a new random name for a webhook: 22 characters.
func NewUUID() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails: crypto/rand stops the program instead
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Request is what a webhook sends. Every text in it may hold template parameters.
type Request struct {
	Method  string
	URL     string
	Headers []Header
	// Body is JSON as the client wrote it, a string included; empty means no body.
	Body     []byte
	Username string
	Password string
}

// Header is a header of a webhook's request; its name is kept in lower case.
type Header struct {
	Name  string
	Value string
}

// Header returns the value of the header with that lower-case name.
func (r Request) Header(name string) (value string, found bool) {
	for _, header := range r.Headers {
		if header.Name == name {
			return header.Value, true
		}
	}
	return "", false
}

// host is the name or the address of the machine to which the request goes.
func (r Request) host() string {
	address, err := url.Parse(withoutParameters(r.URL))
	if err != nil {
		return ""
	}
	return address.Hostname()
}

// hosts are all by which the request says where it goes: the host of the URL and, where
// that is another one, that of the header Host, by which a proxy in front of several
// machines chooses among them. A header with a template parameter is one as it is written.
func (r Request) hosts() []string {
	hosts := []string{r.host()}
	header := hostHeader(r.Headers)
	host, _ := hostOfHeader(header)
	if other := cmp.Or(host, header); other != "" && !strings.EqualFold(other, hosts[0]) {
		hosts = append(hosts, other)
	}
	return hosts
}

// hostHeader is the value of the header Host, "" if there is none.
func hostHeader(headers []Header) string {
	for _, header := range headers {
		if header.Name == "host" {
			return strings.TrimSpace(header.Value)
		}
	}
	return ""
}

// writtenHost is a host with or without a port.
var writtenHost = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?$`)

// hostOfHeader returns the host in the header Host, and reports whether it is one.
func hostOfHeader(value string) (host string, ok bool) {
	parts := writtenHost.FindStringSubmatch(value)
	if parts == nil {
		return "", false
	}
	return strings.Trim(parts[1], "[]"), true
}

// Title is the method and the host, for people.
func (r Request) Title() string {
	address, err := url.Parse(withoutParameters(r.URL))
	if err != nil {
		return strings.ToUpper(r.Method)
	}
	return strings.ToUpper(r.Method) + " " + address.Hostname()
}
