package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// readWebhook reads the webhook that was sent. It answers 415 as edge.RequireMedia
// does.
func readWebhook(c *gin.Context) (webhooks.Draft, error) {
	if err := edge.RequireMedia(c); err != nil {
		return webhooks.Draft{}, err
	}
	body, err := edge.Body(c)
	if err != nil {
		return webhooks.Draft{}, err
	}
	return readDraft(body)
}

// readDraft reads a webhook. It returns a Malformed fault for what is no JSON
// object; what else cannot be read stands in the draft.
func readDraft(body []byte) (webhooks.Draft, error) {
	var object object
	if err := json.Unmarshal(body, &object); err != nil {
		return webhooks.Draft{}, fault.New(fault.Malformed, "the body is not valid JSON: %s", err).Because(err)
	}
	if object == nil {
		return webhooks.Draft{}, fault.New(fault.Malformed, "the body must be a JSON object that describes a webhook")
	}
	r := webhookReader{}
	r.draft.Webhook = webhooks.Webhook{
		Consumer: r.side(object, "consumer"), Provider: r.side(object, "provider"),
		Events: r.events(object), Format: webhooks.Template,
		Enabled: r.enabled(object), Description: r.text(object, "description", "description"),
	}
	r.request(object)
	return r.draft, nil
}

type object map[string]json.RawMessage

// has reports whether the member is there and not null.
func (o object) has(name string) bool {
	value, found := o[name]
	return found && string(value) != "null"
}

// webhookReader takes members out of the body and keeps what is wrong.
type webhookReader struct{ draft webhooks.Draft }

func (r *webhookReader) wrong(field, message string) {
	r.draft.Wrong = append(r.draft.Wrong, fault.Field{Name: field, Message: message})
}

func (r *webhookReader) side(from object, role string) webhooks.Side {
	if !from.has(role) {
		return webhooks.Side{}
	}
	var given object
	if json.Unmarshal(from[role], &given) != nil {
		r.wrong(role, "must be a hash")
		return webhooks.Side{}
	}
	found := len(r.draft.Wrong)
	name, label := r.text(given, "name", role+".name"), r.text(given, "label", role+".label")
	if len(r.draft.Wrong) > found {
		return webhooks.Side{}
	}
	side, wrong := webhooks.NewSide(role, name, label)
	r.draft.Wrong = append(r.draft.Wrong, wrong...)
	return side
}

func (r *webhookReader) request(from object) {
	raw, found := from["request"]
	var given object
	switch {
	case !found:
		r.wrong("request", "is missing")
		return
	case !from.has("request"), json.Unmarshal(raw, &given) == nil && len(given) == 0:
		r.wrong("request", "must be filled")
		return
	case given == nil:
		r.wrong("request", "must be a hash")
		return
	}
	request := webhooks.Request{
		URL: r.required(given, "url"), Method: r.required(given, "method"), Headers: r.headers(given),
		Username: r.text(given, "username", "request.username"), Password: r.text(given, "password", "request.password"),
	}
	if given.has("body") {
		request.Body = slices.Clone(given["body"])
	}
	_, passwordGiven := given["password"]
	r.draft.PasswordRemoved = passwordGiven && !given.has("password")
	r.draft.Webhook.Request = request
}

func (r *webhookReader) required(from object, name string) string {
	if _, found := from[name]; !found {
		r.wrong("request."+name, "is missing")
		return ""
	}
	return r.text(from, name, "request."+name)
}

func (r *webhookReader) headers(from object) []webhooks.Header {
	const field = "request.headers"
	if !from.has("headers") {
		return nil
	}
	var given object
	if json.Unmarshal(from["headers"], &given) != nil {
		r.wrong(field, "must be a hash")
		return nil
	}
	values := make(map[string]string, len(given))
	for name, raw := range given {
		value, isText := headerValue(raw)
		if !isText {
			r.wrong(field, name+" must be a string")
		}
		values[name] = value
	}
	headers, wrong := webhooks.NewHeaders(values)
	r.draft.Wrong = append(r.draft.Wrong, wrong...)
	return headers
}

// headerValue is a text, or what else can be one: a number, true or false, and
// null as nothing.
func headerValue(raw json.RawMessage) (value string, isText bool) {
	switch {
	case string(raw) == "null":
		return "", true
	case raw[0] == '{' || raw[0] == '[':
		return "", false
	case raw[0] != '"':
		return string(raw), true
	}
	return textOf(raw)
}

func (r *webhookReader) events(from object) []events.Type {
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
	if problem := fault.ValidateCount(len(items), fault.MaxListed); problem != "" {
		r.wrong("events", problem)
		return nil
	}
	var listening []events.Type
	for i, item := range items {
		event, problem := readEvent(item)
		if problem != "" {
			r.wrong("events", fmt.Sprintf("%s (at index %d)", problem, i))
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
		return "", "name must be one of: " + compatibleEvents()
	}
	return event, ""
}

func compatibleEvents() string {
	var names []string
	for _, event := range events.Compatible() {
		names = append(names, string(event))
	}
	return strings.Join(names, ", ")
}

func (r *webhookReader) enabled(from object) bool {
	enabled := true
	if from.has("enabled") && json.Unmarshal(from["enabled"], &enabled) != nil {
		r.wrong("enabled", "must be boolean")
	}
	return enabled
}

// text reads an optional string.
func (r *webhookReader) text(from object, name, field string) string {
	if !from.has(name) {
		return ""
	}
	var text string
	if json.Unmarshal(from[name], &text) != nil {
		r.wrong(field, "must be a string")
	}
	return text
}
