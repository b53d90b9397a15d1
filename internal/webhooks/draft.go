package webhooks

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"accord/internal/events"
	"accord/internal/support/fault"
	"accord/internal/support/spelling"
)

// Draft is a webhook as a client sent it: checked, but not yet kept.
type Draft struct {
	Webhook         Webhook
	passwordRemoved bool
	// detailed tells that the client knows of aims.
	detailed bool
}

// Rules is what a draft is checked against.
type Rules struct {
	Policy Policy
	// Exists reports whether there is an application with that name.
	Exists func(name string) (bool, error)
	// Secret finds the secret with that name.
	Secret func(name string) (StoredSecret, bool, error)
	// AllowUnknown leaves template parameters that nobody knows as they are
	// written.
	AllowUnknown bool
	// everyName refuses every name that nobody knows, and not only what looks
	// like a misspelt one.
	everyName bool
}

// The limits of what a webhook may hold, in bytes.
const (
	maxDescription = 4_000
	maxURL         = 8_000
	maxHeaders     = 100
	maxHeader      = 8_000
	maxBody        = 256 << 10
	maxCredential  = 10_000
	maxPatterns    = 200
)

// Read reads a webhook from JSON and checks it. Its faults are Malformed if the
// text is no JSON object, and Invalid with the fields that break a rule.
func Read(document []byte, rules Rules) (Draft, error) {
	return read(document, rules, func(r *reader, from object, w *Webhook) {
		w.Events = r.events(from)
		w.Format = Template
	})
}

// read reads what webhooks of both APIs have in common, and then the rest.
func read(document []byte, rules Rules, rest func(r *reader, from object, w *Webhook)) (Draft, error) {
	var object object
	if err := json.Unmarshal(document, &object); err != nil {
		return Draft{}, fault.New(fault.Malformed, "the body is not valid JSON: %s", err).Because(err)
	}
	if object == nil {
		return Draft{}, fault.New(fault.Malformed, "the body must be a JSON object that describes a webhook")
	}
	r := reader{rules: rules}
	draft := Draft{Webhook: Webhook{
		Consumer: r.side(object, "consumer"),
		Provider: r.side(object, "provider"),
	}}
	draft.Webhook.Request, draft.passwordRemoved = r.request(object)
	rest(&r, object, &draft.Webhook)
	draft.Webhook.Enabled = r.enabled(object)
	draft.Webhook.Description = r.text(object, "description", "description")
	r.limit("description", draft.Webhook.Description, maxDescription)
	switch {
	case r.err != nil:
		return Draft{}, r.err
	case len(r.fields) > 0:
		return Draft{}, fault.InvalidFields(r.fields...)
	}
	return draft, nil
}

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
// aim that clients of the compatible API know nothing of. It returns an Invalid
// fault if the webhook would take the secrets of the older one to another place:
// they were meant for the place for which they were given.
func (d Draft) Replacing(old Webhook) (Webhook, error) {
	replaced := d.Webhook
	replaced.UUID = old.UUID
	replaced.CreatedAt = old.CreatedAt
	replaced.Paused = old.Paused
	if !d.detailed {
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

// origin is the scheme, host and port to which the request goes.
func (r Request) origin() string {
	scheme, _, _ := strings.Cut(r.URL, "://")
	return strings.ToLower(scheme) + "://" + r.Receiver()
}

type object map[string]json.RawMessage

// has reports whether the field is there and not null.
func (o object) has(name string) bool {
	value, found := o[name]
	return found && string(value) != "null"
}

// reader collects what is wrong while it reads.
type reader struct {
	rules  Rules
	fields []fault.Field
	err    error
}

func (r *reader) wrong(field, message string) {
	r.fields = append(r.fields, fault.Field{Name: field, Message: message})
}

func (r *reader) side(from object, role string) Side {
	if !from.has(role) {
		return Side{}
	}
	var given object
	if json.Unmarshal(from[role], &given) != nil {
		r.wrong(role, "must be a hash")
		return Side{}
	}
	found := len(r.fields)
	side := Side{Name: r.text(given, "name", role+".name"), Label: r.text(given, "label", role+".label")}
	switch {
	case len(r.fields) > found:
	case strings.TrimSpace(side.Name) == "" && strings.TrimSpace(side.Label) == "":
		r.wrong(role+".name", "cannot be blank")
	case side.Name != "" && side.Label != "":
		r.wrong(role+".label", "cannot be given together with a name")
	case side.Name != "":
		r.existing(side.Name, role+".name")
	}
	return side
}

func (r *reader) existing(name, field string) {
	exists, err := r.rules.Exists(name)
	if err != nil {
		r.err = err
		return
	}
	if !exists {
		r.wrong(field, "is not the name of a known pacticipant")
	}
}

func (r *reader) request(from object) (request Request, passwordRemoved bool) {
	raw, found := from["request"]
	var given object
	switch {
	case !found:
		r.wrong("request", "is missing")
		return Request{}, false
	case !from.has("request"), json.Unmarshal(raw, &given) == nil && len(given) == 0:
		r.wrong("request", "must be filled")
		return Request{}, false
	case given == nil:
		r.wrong("request", "must be a hash")
		return Request{}, false
	}
	request.URL = r.required(given, "url", r.rules.Policy.checkURL)
	request.Method = r.required(given, "method", r.rules.Policy.checkMethod)
	request.Headers = r.headers(given)
	request.Username = r.text(given, "username", "request.username")
	request.Password = r.text(given, "password", "request.password")
	if given.has("body") {
		request.Body = slices.Clone(given["body"])
	}
	r.checkRequest(request)
	_, passwordGiven := given["password"]
	return request, passwordGiven && !given.has("password")
}

// limit refuses a text that is longer than so many bytes.
func (r *reader) limit(field, text string, most int) {
	if len(text) > most {
		r.wrong(field, fmt.Sprintf("must not be longer than %d bytes", most))
	}
}

// checkRequest refuses what is too large, and parameters that nobody knows.
func (r *reader) checkRequest(request Request) {
	for _, part := range request.parts() {
		if len(part.text) > part.most {
			r.limit(part.field, part.text, part.most)
			continue
		}
		r.parameters(part.field, part.text, request.host())
	}
	if len(request.Headers) > maxHeaders {
		r.wrong("request.headers", fmt.Sprintf("must not be more than %d", maxHeaders))
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
// secrets that may not be sent to the host.
func (r *reader) parameters(field, text, host string) {
	for _, match := range anyParameter.FindAllStringSubmatch(text, -1) {
		problem, err := r.parameterProblem(match[1], match[2], host)
		if err != nil {
			r.err = err
			return
		}
		if problem != "" {
			r.wrong(field, match[0]+" "+problem)
			return
		}
	}
}

func (r *reader) parameterProblem(kind, name, host string) (string, error) {
	known := knownParameters()
	switch kind {
	case "secret":
		secret, found, err := r.rules.Secret(name)
		switch {
		case err != nil || !found && r.rules.AllowUnknown:
			return "", err
		case !found:
			return "is no secret of the broker; keep it first with PUT /api/v1/secrets/" + name, nil
		}
		return secret.refusal(name, host, r.rules.Policy), nil
	case "event":
		known = events.TextNames()
	}
	if r.rules.AllowUnknown || slices.Contains(known, name) || kind == "pactbroker" && !r.rules.everyName && !isMisspelt(name, known) {
		return "", nil
	}
	return "is not known; known are " + strings.Join(known, ", "), nil
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

func (r *reader) required(from object, name string, check func(string) string) string {
	field := "request." + name
	if _, found := from[name]; !found {
		r.wrong(field, "is missing")
		return ""
	}
	before := len(r.fields)
	text := r.text(from, name, field)
	if len(r.fields) > before {
		return ""
	}
	if text == "" {
		r.wrong(field, "must be filled")
	} else if problem := check(text); problem != "" {
		r.wrong(field, problem)
	}
	return text
}

var headerName = regexp.MustCompile("^[!#$%&'*+\\-.^_`|~0-9A-Za-z]+$")

func (r *reader) headers(from object) []Header {
	const field = "request.headers"
	if !from.has("headers") {
		return nil
	}
	var given object
	if json.Unmarshal(from["headers"], &given) != nil {
		r.wrong(field, "must be a hash")
		return nil
	}
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value, problem := headerValue(given[name])
		switch {
		case !headerName.MatchString(name):
			r.wrong(field, fmt.Sprintf("%q is not a valid header name", name))
		case problem != "":
			r.wrong(field, name+" "+problem)
		}
		values[strings.ToLower(name)] = value
	}
	return sortedHeaders(values)
}

func headerValue(raw json.RawMessage) (value, problem string) {
	switch {
	case string(raw) == "null":
		return "", ""
	case raw[0] == '{' || raw[0] == '[':
		return "", "must be a string"
	case raw[0] != '"':
		return string(raw), ""
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return "", "must be a string"
	}
	if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		return "", "must not contain line breaks or control characters"
	}
	return value, ""
}

func sortedHeaders(values map[string]string) []Header {
	headers := make([]Header, 0, len(values))
	for name, value := range values {
		headers = append(headers, Header{Name: name, Value: value})
	}
	slices.SortFunc(headers, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return headers
}

func (r *reader) events(from object) []events.Type {
	if !from.has("events") {
		return []events.Type{events.ContractContentChanged}
	}
	var items []json.RawMessage
	if json.Unmarshal(from["events"], &items) != nil {
		r.wrong("events", "must be an array")
		return nil
	}
	if len(items) == 0 {
		r.wrong("events", "must hold at least one event")
	}
	if trouble := fault.ValidateCount(len(items), fault.MaxListed); trouble != "" {
		r.wrong("events", trouble)
		return nil
	}
	var listening []events.Type
	for i, item := range items {
		event, problem := readEvent(item)
		if problem != "" {
			r.wrong("events", problem+" (at index "+strconv.Itoa(i)+")")
		} else if !slices.Contains(listening, event) {
			listening = append(listening, event)
		}
	}
	return listening
}

func readEvent(raw json.RawMessage) (event events.Type, problem string) {
	var given object
	if json.Unmarshal(raw, &given) != nil || given == nil {
		return "", "must be a hash"
	}
	if _, found := given["name"]; !found {
		return "", "name is missing"
	}
	if json.Unmarshal(given["name"], &event) != nil || !slices.Contains(events.Compatible(), event) {
		return "", "name must be one of: " + joined(events.Compatible())
	}
	return event, ""
}

func joined(types []events.Type) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

func (r *reader) enabled(from object) bool {
	enabled := true
	if from.has("enabled") && json.Unmarshal(from["enabled"], &enabled) != nil {
		r.wrong("enabled", "must be boolean")
	}
	return enabled
}

// text reads an optional string of one or more lines.
func (r *reader) text(from object, name, field string) string {
	if !from.has(name) {
		return ""
	}
	var text string
	if json.Unmarshal(from[name], &text) != nil {
		r.wrong(field, "must be a string")
		return ""
	}
	if strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && !strings.ContainsRune("\t\r\n", c) }) {
		r.wrong(field, "must not contain control characters")
		return ""
	}
	return text
}
