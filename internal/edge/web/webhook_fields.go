package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// webhookFields are what the form of a webhook holds, as texts.
type webhookFields struct {
	Name                         string
	ConsumerName, ConsumerLabel  string
	ProviderName, ProviderLabel  string
	On                           bool
	Events                       []eventField
	Chosen                       int
	Conditions                   []conditionField
	Conditional                  bool
	CloudEvents                  bool
	Methods                      choice
	URL, Headers, Body, Username string
	// PasswordSet tells that one is kept, RemovePassword that it is to be removed.
	PasswordSet, RemovePassword bool
}

// eventField is an event that can be chosen, in words.
type eventField struct {
	Name, Text, Hint string
	Chosen           bool
}

// conditionField is a list of names, one on a line, that narrow events down.
type conditionField struct {
	Name, Label string
	Text        string
}

// eventChoices are the events in words, those first that most webhooks listen to.
var eventChoices = []eventField{
	{Name: string(events.ContractRequiringVerification), Text: "A contract needs a result", Hint: "new content that the provider has not verified, for each version it runs"},
	{Name: string(events.ContractContentChanged), Text: "A contract has new content"},
	{Name: string(events.ContractPublished), Text: "A contract was published", Hint: "also when its content is as before"},
	{Name: string(events.VerificationFailed), Text: "A result failed"},
	{Name: string(events.VerificationSucceeded), Text: "A result was verified"},
	{Name: string(events.VerificationPublished), Text: "Any result was published"},
	{Name: string(events.VerdictChanged), Text: "A verdict changed", Hint: "from Yes to No, or back"},
	{Name: string(events.DeploymentRecorded), Text: "A deployment was recorded"},
	{Name: string(events.ReleaseRecorded), Text: "A release was recorded"},
	{Name: string(events.AllContractsVerified), Text: "A version has all its contracts verified"},
	{Name: string(events.WebhookDeliveryFailed), Text: "A webhook gave up", Hint: "another one than this"},
	{Name: string(events.ContractDeleted), Text: "A contract was deleted"},
	{Name: string(events.VerificationDeleted), Text: "A result was deleted"},
	{Name: string(events.ProviderContractPublished), Text: "A provider published what it promises"},
	{Name: string(events.DeploymentEnded), Text: "A version is no longer deployed"},
	{Name: string(events.ReleaseSupportEnded), Text: "A release is no longer supported"},
	{Name: string(events.VersionCreated), Text: "A version was made"},
	{Name: string(events.VersionDeleted), Text: "A version was deleted"},
	{Name: string(events.BranchCreated), Text: "A branch was made"},
	{Name: string(events.BranchDeleted), Text: "A branch was deleted"},
	{Name: string(events.BranchClosed), Text: "A branch was closed", Hint: "nobody works on it any more"},
	{Name: string(events.BranchReopened), Text: "A closed branch was reopened"},
	{Name: string(events.BranchVersionAdded), Text: "A version was put on a branch"},
	{Name: string(events.BranchVersionRemoved), Text: "A version was taken off a branch"},
	{Name: string(events.TagAdded), Text: "A version was tagged"},
	{Name: string(events.TagRemoved), Text: "A tag was removed"},
	{Name: string(events.PacticipantCreated), Text: "An application was made"},
	{Name: string(events.PacticipantChanged), Text: "An application was changed"},
	{Name: string(events.PacticipantRenamed), Text: "An application got another name"},
	{Name: string(events.PacticipantMerged), Text: "A duplicate became a part of an application"},
	{Name: string(events.PacticipantDeleted), Text: "An application was deleted"},
	{Name: string(events.IntegrationDeleted), Text: "An integration was deleted"},
	{Name: string(events.EnvironmentChanged), Text: "An environment was changed"},
	{Name: string(events.CleanupEnded), Text: "A clean-up ended", Hint: "one that the broker made by itself"},
}

// eventsFirst is how many of them are seen without opening the rest.
const eventsFirst = 8

// First are the events that are seen at once, Others those behind them.
func (f webhookFields) First() []eventField { return f.Events[:eventsFirst] }

// Others are the events that most webhooks do not listen to.
func (f webhookFields) Others() []eventField { return f.Events[eventsFirst:] }

// OthersChosen reports whether one of them is chosen.
func (f webhookFields) OthersChosen() bool {
	return slices.ContainsFunc(f.Others(), func(e eventField) bool { return e.Chosen })
}

// webhookMethods are the methods to choose from.
var webhookMethods = []string{"POST", "PUT", "PATCH", "GET", "DELETE"}

// fieldsOf are those of a webhook that is kept.
func fieldsOf(w webhooks.Webhook) webhookFields {
	f := webhookFields{
		Name: w.Description, ConsumerName: w.Consumer.Name, ConsumerLabel: w.Consumer.Label, ProviderName: w.Provider.Name, ProviderLabel: w.Provider.Label,
		On: w.Enabled, CloudEvents: w.Format == webhooks.CloudEvents, URL: w.Request.URL, Body: bodyText(w.Request.Body), Username: w.Request.Username,
		PasswordSet: w.Request.Password != "",
	}
	for _, header := range w.Request.Headers {
		f.Headers += header.Name + ": " + header.Value + "\n"
	}
	f.Headers = strings.TrimSuffix(f.Headers, "\n")
	return f.completed(w)
}

// completed adds what there is to choose from.
func (f webhookFields) completed(w webhooks.Webhook) webhookFields {
	method := orWord(strings.ToUpper(w.Request.Method), webhookMethods[0])
	methods := webhookMethods
	if !slices.Contains(methods, method) {
		methods = append([]string{method}, methods...)
	}
	f.Methods = choose("method", "Method", "", method, methods)
	f.Methods.Hidden = false
	for _, e := range eventChoices {
		if e.Chosen = slices.Contains(w.Events, events.Type(e.Name)); e.Chosen {
			f.Chosen++
		}
		f.Events = append(f.Events, e)
	}
	for _, c := range webhooks.Conditions() {
		list := *c.List(&w.EventFilter)
		f.Conditions = append(f.Conditions, conditionField{Name: c.Name, Label: c.Title, Text: strings.Join(list, "\n")})
		f.Conditional = f.Conditional || len(list) > 0
	}
	return f
}

// bodyText is the body of a webhook as people write it.
func bodyText(body []byte) string {
	var text string
	if json.Unmarshal(body, &text) == nil {
		return text
	}
	return string(body)
}

// bodyOf is the body that a text stands for: JSON if it is an object or a list,
// and the text itself if not.
func bodyOf(text string) []byte {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return nil
	case (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid([]byte(trimmed)):
		return []byte(trimmed)
	}
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text can always be encoded
	}
	return encoded
}

// draftOf reads the webhook that a form has sent, and the fields as they are to be
// shown again.
func draftOf(sent url.Values) (webhooks.Draft, webhookFields) {
	get := func(name string) string { return strings.TrimSpace(sent.Get(name)) }
	d := webhooks.Draft{Detailed: true, PasswordRemoved: sent.Has("no_password")}
	w := &d.Webhook
	w.Description, w.Enabled, w.Format = get("name"), sent.Has("on"), webhooks.Template
	if sent.Get("format") == string(webhooks.CloudEvents) {
		w.Format = webhooks.CloudEvents
	}
	d.Wrong = append(d.Wrong, sideOf(sent, "consumer", &w.Consumer)...)
	d.Wrong = append(d.Wrong, sideOf(sent, "provider", &w.Provider)...)
	for _, name := range sent["event"] {
		if event := events.Type(name); !slices.Contains(w.Events, event) {
			w.Events = append(w.Events, event)
		}
	}
	for _, c := range webhooks.Conditions() {
		*c.List(&w.EventFilter) = linesOf(sent, c.Name)
	}
	headers, wrong := headersOf(linesOf(sent, "headers"))
	d.Wrong = append(d.Wrong, wrong...)
	w.Request = webhooks.Request{Method: get("method"), URL: get("url"), Headers: headers, Username: sent.Get("username"), Password: sent.Get("password")}
	if w.Format == webhooks.Template {
		w.Request.Body = bodyOf(sent.Get("body"))
	}
	fields := webhookFields{
		Name: w.Description, ConsumerName: get("consumer"), ConsumerLabel: get("consumer_label"), ProviderName: get("provider"), ProviderLabel: get("provider_label"),
		On: w.Enabled, CloudEvents: w.Format == webhooks.CloudEvents, URL: w.Request.URL, Headers: sent.Get("headers"), Body: sent.Get("body"), Username: w.Request.Username,
		RemovePassword: d.PasswordRemoved,
	}
	return d, fields.completed(*w)
}

// sideOf reads one side of a webhook; without a name and a label it is for all.
func sideOf(sent url.Values, role string, into *webhooks.Side) (wrong []fault.Field) {
	name, label := strings.TrimSpace(sent.Get(role)), strings.TrimSpace(sent.Get(role+"_label"))
	if name != "" || label != "" {
		*into, wrong = webhooks.NewSide(role, name, label)
	}
	return wrong
}

// headersOf reads headers, one on a line, and says what is wrong with them.
func headersOf(lines []string) ([]webhooks.Header, []fault.Field) {
	values := map[string]string{}
	for _, line := range lines {
		name, value, found := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if !found {
			return nil, []fault.Field{{Name: "request.headers", Message: "must have a colon behind each name, such as Content-Type: application/json"}}
		}
		for known := range values {
			if strings.EqualFold(known, name) {
				return nil, []fault.Field{{Name: "request.headers", Message: "must name each header once, and " + name + " stands twice"}}
			}
		}
		values[name] = strings.TrimSpace(value)
	}
	return webhooks.NewHeaders(values)
}
