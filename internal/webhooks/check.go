package webhooks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/spelling"
)

// Rules is what a draft is checked against.
type Rules struct {
	Policy Policy
	// Exists reports whether there is an application with that name.
	Exists func(name string) (bool, error)
	// Secret finds the secret with that name, if the webhook may fill it in.
	Secret func(name string) (StoredSecret, bool, error)
	// AllowUnknown leaves template parameters that nobody knows as they are
	// written.
	AllowUnknown bool
}

// The limits of what a webhook may hold, in bytes.
const (
	maxDescription = 4_000
	maxURL         = 8_000
	maxHeaders     = 100
	maxHeader      = 8_000
	maxBody        = 256 << 10
	maxCredential  = 10_000
)

// fieldsInOrder is the order in which fields are blamed.
var fieldsInOrder = []string{
	"consumer", "provider", "request", "request.url", "request.method", "request.headers", "request.username", "request.password", "request.body",
	"events", "filter", "format", "enabled", "description",
}

// Check returns an Invalid fault with the fields that could not be read and those
// that break a rule.
func (d Draft) Check(rules Rules) error {
	c := checker{rules: rules, draft: d, fields: slices.Clone(d.Wrong)}
	w := d.Webhook
	c.side("consumer", w.Consumer)
	c.side("provider", w.Provider)
	if !c.unread("request") {
		c.request(w.Request)
	}
	c.events(w.Events)
	for _, condition := range Conditions() {
		c.patterns("filter."+condition.Name, *condition.List(&w.EventFilter))
	}
	c.format(w)
	c.plain("description", w.Description)
	c.limit("description", w.Description, maxDescription)
	switch {
	case c.err != nil:
		return c.err
	case len(c.fields) > 0:
		slices.SortStableFunc(c.fields, func(a, b fault.Field) int { return cmp.Compare(rank(a.Name), rank(b.Name)) })
		return fault.InvalidFields(c.fields...)
	}
	return nil
}

// rank is the place of a field, or of what it is part of, in fieldsInOrder.
func rank(field string) int {
	at := slices.Index(fieldsInOrder, field)
	if at < 0 {
		whole, _, _ := strings.Cut(field, ".")
		at = slices.Index(fieldsInOrder, whole)
	}
	return at
}

// checker collects what is wrong with a draft.
type checker struct {
	rules  Rules
	draft  Draft
	fields []fault.Field
	err    error
}

func (c *checker) wrong(field, message string) {
	c.fields = append(c.fields, fault.Field{Name: field, Message: message})
}

// unread reports whether a field could not be read, so that nothing can be said
// about its value.
func (c *checker) unread(field string) bool {
	return slices.ContainsFunc(c.draft.Wrong, func(f fault.Field) bool { return f.Name == field })
}

func (c *checker) side(role string, side Side) {
	c.plain(role+".label", side.Label)
	if c.plain(role+".name", side.Name); side.Name == "" || hasControl(side.Name) {
		return
	}
	exists, err := c.rules.Exists(side.Name)
	if err != nil {
		c.err = err
	} else if !exists {
		c.wrong(role+".name", "is not the name of a known application")
	}
}

func (c *checker) events(listening []events.Type) {
	if len(listening) == 0 && !c.unread("events") {
		c.wrong("events", "must name at least one event")
	}
	for _, event := range listening {
		if !event.Known() {
			c.wrong("events", fmt.Sprintf("%q is none of the events: %s", event, joined(events.All())))
		}
	}
}

func joined(types []events.Type) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

func (c *checker) patterns(field string, patterns []string) {
	if slices.ContainsFunc(patterns, func(text string) bool { return strings.TrimSpace(text) == "" || strings.ContainsRune(text, 0) }) {
		c.wrong(field, "must not hold blank texts or NUL characters")
	}
}

func (c *checker) format(w Webhook) {
	switch {
	case w.Format != Template && w.Format != CloudEvents:
		c.wrong("format", fmt.Sprintf("must be one of: %s, %s", Template, CloudEvents))
	case w.Format == CloudEvents && w.Request.Body != nil:
		c.wrong("request.body", "must be left out, because the event itself is sent")
	}
}

// plain refuses a text with characters that are none, such as NUL.
func (c *checker) plain(field, text string) {
	if hasControl(text) && !c.unread(field) {
		c.wrong(field, "must not contain control characters")
	}
}

func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) })
}

// limit refuses a text that is longer than so many bytes, and reports whether it
// did.
func (c *checker) limit(field, text string, most int) bool {
	if len(text) <= most {
		return false
	}
	c.wrong(field, fmt.Sprintf("must not be longer than %d bytes", most))
	return true
}

func (c *checker) request(request Request) {
	c.required("request.url", request.URL, c.rules.Policy.checkURL)
	c.required("request.method", request.Method, c.rules.Policy.checkMethod)
	c.plain("request.username", request.Username)
	c.plain("request.password", request.Password)
	header := hostHeader(request.Headers)
	wrongHeader := ""
	if !holdsParameter.MatchString(header) { // else it is looked at when it is filled in
		wrongHeader = c.rules.Policy.checkHostHeader(header)
	}
	if wrongHeader != "" {
		c.wrong("request.headers", wrongHeader)
	}
	hosts := request.hosts()
	if wrongHeader != "" || c.rules.Policy.checkURL(request.URL) != "" {
		hosts = nil // which was told
	}
	for _, part := range request.parts() {
		if !c.limit(part.field, part.text, part.most) {
			c.parameters(part.field, part.text, hosts)
		}
	}
	if len(request.Headers) > maxHeaders {
		c.wrong("request.headers", fmt.Sprintf("must not be more than %d", maxHeaders))
	}
}

// required refuses an empty text, and one that breaks the rule.
func (c *checker) required(field, text string, rule func(string) string) {
	switch {
	case c.unread(field):
	case text == "":
		c.wrong(field, "must be filled")
	case hasControl(text):
		c.plain(field, text)
	default:
		if problem := rule(text); problem != "" {
			c.wrong(field, problem)
		}
	}
}

// requestPart is a text of a request that may hold template parameters, and how
// long it may be.
type requestPart struct {
	field, text string
	most        int
}

func (r Request) parts() []requestPart {
	parts := []requestPart{
		{"request.url", r.URL, maxURL}, {"request.body", string(r.Body), maxBody},
		{"request.username", r.Username, maxCredential}, {"request.password", r.Password, maxCredential},
	}
	for _, header := range r.Headers {
		parts = append(parts, requestPart{"request.headers", header.Value, maxHeader})
	}
	return parts
}

// parameters refuses the template parameters in a text that nobody knows, and
// secrets that may not be sent to the hosts; none are some that are wrong themselves.
func (c *checker) parameters(field, text string, hosts []string) {
	for _, match := range anyParameter.FindAllStringSubmatch(text, -1) {
		problem, err := c.parameterProblem(match[1], match[2], hosts)
		if err != nil {
			c.err = err
			return
		}
		if problem != "" {
			c.wrong(field, match[0]+" "+problem)
			return
		}
	}
}

func (c *checker) parameterProblem(kind, name string, hosts []string) (string, error) {
	known := knownParameters()
	if !slices.Contains(kinds, kind) || kind == "secret" && strings.TrimSpace(name) != name {
		return c.kindProblem(kind, name), nil
	}
	switch kind {
	case "secret":
		secret, found, err := c.rules.Secret(name)
		switch {
		case err != nil || !found && c.rules.AllowUnknown:
			return "", err
		case !found:
			return "is no secret that this webhook may fill in; keep it first with PUT /api/v1/secrets/" + name + ", for an application of the webhook or for all", nil
		}
		if len(hosts) == 0 {
			return "", nil
		}
		return secret.refusal(name, hosts, c.rules.Policy), nil
	case "event":
		known = events.TextNames()
	}
	if c.rules.AllowUnknown || slices.Contains(known, name) || kind == "pactbroker" && !c.draft.Detailed && !isMisspelt(name, known) {
		return "", nil
	}
	return "is not known; known are " + strings.Join(known, ", "), nil
}

// kindProblem says what is wrong with a parameter whose kind is a misspelt one, or
// that has blanks where there are none. Other kinds are no parameters of the
// broker's, and are sent as they are written.
func (c *checker) kindProblem(kind, name string) string {
	word := strings.ToLower(strings.TrimSpace(kind))
	if c.rules.AllowUnknown || len(word) > longestCompared {
		return ""
	}
	for _, meant := range kinds {
		if spelling.Edits(word, meant) <= len(meant)/3 {
			return "is not known; did you mean ${" + meant + "." + strings.TrimSpace(name) + "}? " + knownKinds()
		}
	}
	return ""
}

func knownKinds() string {
	return "Known are ${secret.NAME} for the secrets of /api/v1/secrets; ${pactbroker.NAME} for " + strings.Join(knownParameters(), ", ") +
		"; ${event.NAME} for " + strings.Join(events.TextNames(), ", ")
}

// isMisspelt reports whether a name looks like one of those known. Templates of
// the compatible API may hold other names, which are sent as they are written:
// the Pact Broker does so, and receivers may have a use for them.
func isMisspelt(name string, known []string) bool {
	name = strings.ToLower(name)
	return len(name) <= longestCompared && slices.ContainsFunc(known, func(other string) bool {
		return spelling.Edits(name, strings.ToLower(other)) <= 1+len(other)/4
	})
}

// longestCompared bounds the names that are compared letter by letter.
const longestCompared = 64
