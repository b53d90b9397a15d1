package webhooks

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
)

func testRules() Rules {
	hosts, err := ParseHostRules([]string{"127.0.0.1", "localhost"})
	if err != nil {
		panic(err)
	}
	return Rules{
		Policy: Policy{Methods: []string{"GET", "POST", "PUT"}, Schemes: []string{"http", "https"}, Hosts: hosts},
		Exists: func(name string) (bool, error) { return name == "Web", nil },
		Secret: func(name string) (StoredSecret, bool, error) { return StoredSecret{}, name == "KNOWN", nil },
	}
}

func fieldsOf(t *testing.T, err error) map[string]string {
	t.Helper()
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, fault.Invalid, f.Kind, "%v", err)
	fields := map[string]string{}
	for _, field := range f.Fields {
		require.Empty(t, fields[field.Name], "one message for each field")
		fields[field.Name] = field.Message
	}
	return fields
}

// good is a webhook with which nothing is wrong, changed by each function.
func good(changes ...func(d *Draft)) Draft {
	d := Draft{Webhook: Webhook{
		Enabled: true, Events: []events.Type{events.ContractContentChanged}, Format: Template, Request: Request{Method: "POST", URL: "http://localhost/hook"},
	}}
	for _, change := range changes {
		change(&d)
	}
	return d
}

func to(url string) func(d *Draft) { return func(d *Draft) { d.Webhook.Request.URL = url } }

func by(method string) func(d *Draft) { return func(d *Draft) { d.Webhook.Request.Method = method } }

func TestCheck_refuses(t *testing.T) {
	const absolute = "must be an absolute URL such as https://ci.example.org/build"
	for name, c := range map[string]struct {
		change         func(d *Draft)
		field, message string
	}{
		"no method":                {by(""), "request.method", "must be filled"},
		"an unknown method":        {by("FETCH"), "request.method", "is no HTTP method"},
		"a method not allowed":     {by("DELETE"), "request.method", "must be one of GET, POST, PUT" + methodSetting},
		"no URL":                   {to(""), "request.url", "must be filled"},
		"no URL at all":            {to("not a url"), "request.url", absolute},
		"a path":                   {to("/hook"), "request.url", absolute},
		"no host":                  {to("http:///hook"), "request.url", absolute},
		"a scheme not allowed":     {to("ftp://localhost/x"), "request.url", "scheme must be one of http, https" + schemeSetting},
		"a host not allowed":       {to("http://elsewhere.example.org/"), "request.url", `host must be one of "127.0.0.1", "localhost"` + hostSetting},
		"a parameter as host":      {to("http://${pactbroker.consumerName}/x"), "request.url", "must not have a template parameter in its host"},
		"a secret before the host": {to("http://${secret.KNOWN}@localhost/x"), "request.url", "must not have a template parameter in its host"},
		"a parameter as port":      {to("http://localhost:${pactbroker.consumerName}/x"), "request.url", absolute},
		"a misspelt parameter":     {to("http://localhost/${pactbroker.consumerNam}"), "request.url", "${pactbroker.consumerNam} is not known; known are " + strings.Join(knownParameters(), ", ")},
		"a long URL":               {to("http://localhost/" + strings.Repeat("x", maxURL)), "request.url", "must not be longer than 8000 bytes"},
		"an unknown event datum": {func(d *Draft) { d.Webhook.Request.Body = []byte(`{"a":["${event.moon}"]}`) },
			"request.body", "${event.moon} is not known; known are " + strings.Join(events.TextNames(), ", ")},
		"a large body": {func(d *Draft) { d.Webhook.Request.Body = []byte(strings.Repeat("x", maxBody+1)) }, "request.body", "must not be longer than 262144 bytes"},
		"an unknown secret": {func(d *Draft) { d.Webhook.Request.Headers = []Header{{"a", "${secret.NOPE}"}} },
			"request.headers", "${secret.NOPE} is no secret that this webhook may fill in; keep it first with PUT /api/v1/secrets/NOPE, for an application of the webhook or for all"},
		"a kind in the plural": {func(d *Draft) { d.Webhook.Request.Headers = []Header{{"a", "${secrets.KNOWN}"}} },
			"request.headers", "${secrets.KNOWN} is not known; did you mean ${secret.KNOWN}? " + knownKinds()},
		"a kind in capitals": {func(d *Draft) { d.Webhook.Request.Username = "${Secret.KNOWN}" },
			"request.username", "${Secret.KNOWN} is not known; did you mean ${secret.KNOWN}? " + knownKinds()},
		"blanks in a parameter": {func(d *Draft) { d.Webhook.Request.Password = "${ secret.KNOWN }" },
			"request.password", "${ secret.KNOWN } is not known; did you mean ${secret.KNOWN}? " + knownKinds()},
		"a blank behind a secret": {func(d *Draft) { d.Webhook.Request.Password = "${secret.KNOWN }" },
			"request.password", "${secret.KNOWN } is not known; did you mean ${secret.KNOWN}? " + knownKinds()},
		"a misspelt kind": {func(d *Draft) { d.Webhook.Request.Body = []byte(`{"a":["${pact-broker.pactUrl}"]}`) },
			"request.body", "${pact-broker.pactUrl} is not known; did you mean ${pactbroker.pactUrl}? " + knownKinds()},
		"events": {func(d *Draft) { d.Webhook.Request.Body = []byte(`{"a":["${events.id}"]}`) },
			"request.body", "${events.id} is not known; did you mean ${event.id}? " + knownKinds()},
		"a header Host that is none":        {with("host", "a b"), "request.headers", "host must be a name or an address, with a port or without one"},
		"a header Host that is not allowed": {with("host", "elsewhere.example"), "request.headers", `host must be one of "127.0.0.1", "localhost"` + hostSetting},
		"a long header":                     {func(d *Draft) { d.Webhook.Request.Headers = []Header{{"a", strings.Repeat("x", maxHeader+1)}} }, "request.headers", "must not be longer than 8000 bytes"},
		"many headers":                      {func(d *Draft) { d.Webhook.Request.Headers = make([]Header, maxHeaders+1) }, "request.headers", "must not be more than 100"},
		"a control character":               {func(d *Draft) { d.Webhook.Request.Username = "a\x00b" }, "request.username", "must not contain control characters"},
		"a control character there":         {to("http://localhost/\x00"), "request.url", "must not contain control characters"},
		"a long description":                {func(d *Draft) { d.Webhook.Description = strings.Repeat("x", maxDescription+1) }, "description", "must not be longer than 4000 bytes"},
		"no event":                          {func(d *Draft) { d.Webhook.Events = nil }, "events", "must name at least one event"},
		"an unknown event":                  {func(d *Draft) { d.Webhook.Events = []events.Type{"rapture"} }, "events", `"rapture" is none of the events: ` + joined(events.All())},
		"a blank pattern":                   {func(d *Draft) { d.Webhook.EventFilter.Tags = []string{" "} }, "filter.tags", "must not hold blank texts or NUL characters"},
		"an unknown format":                 {func(d *Draft) { d.Webhook.Format = "morse" }, "format", "must be one of: template, cloudevents"},
		"an event and a body":               {func(d *Draft) { d.Webhook.Format, d.Webhook.Request.Body = CloudEvents, []byte(`1`) }, "request.body", "must be left out, because the event itself is sent"},
		"an unknown consumer":               {func(d *Draft) { d.Webhook.Consumer.Name = "Nobody" }, "consumer.name", "is not the name of a known application"},
		"an unknown provider":               {func(d *Draft) { d.Webhook.Provider.Name = "Nobody" }, "provider.name", "is not the name of a known application"},
		"what could not be read":            {func(d *Draft) { d.Wrong = []fault.Field{{Name: "enabled", Message: "must be boolean"}} }, "enabled", "must be boolean"},
		"a method that could not be read": {func(d *Draft) {
			d.Webhook.Request.Method, d.Wrong = "", []fault.Field{{Name: "request.method", Message: "is missing"}}
		}, "request.method", "is missing"},
		"a request that could not be read": {func(d *Draft) {
			d.Webhook.Request, d.Wrong = Request{}, []fault.Field{{Name: "request", Message: "is missing"}}
		}, "request", "is missing"},
	} {
		require.Equal(t, map[string]string{c.field: c.message}, fieldsOf(t, good(c.change).Check(testRules())), name)
	}
}

func TestCheck_accepts(t *testing.T) {
	for name, d := range map[string]Draft{
		"the least":  good(),
		"parameters": good(to("http://localhost/${pactbroker.consumerName}?v=${event.id}&x=${secret.KNOWN}&y=${pactbroker.teamUuid}")),
		"what others fill in": good(func(d *Draft) {
			d.Webhook.Request.Body = []byte(`{"a":"${env.HOME} ${github.ref} ${matrix.os} ${x} ${a.b.c}"}`)
		}),
		"a filter": good(func(d *Draft) { d.Webhook.EventFilter.Consumers = []string{"Web*"} }),
		"one side": good(func(d *Draft) { d.Webhook.Consumer.Name = "Web" }),
	} {
		require.NoError(t, d.Check(testRules()), name)
	}
}

func TestCheck_knowsAllParametersOfOurOwnAPI(t *testing.T) {
	strange := good(to("http://localhost/${pactbroker.teamUuid}"), func(d *Draft) { d.Detailed = true })
	require.Contains(t, fieldsOf(t, strange.Check(testRules()))["request.url"], "is not known")
}

func TestCheck_namesTheFieldsInTheOrderOfTheOriginal(t *testing.T) {
	d := good(by("FETCH"), to("x"), func(d *Draft) {
		d.Webhook.Consumer.Name = "Nobody"
		d.Wrong = []fault.Field{{Name: "events", Message: "must be an array"}, {Name: "consumer.label", Message: "must be a string"}}
	})
	var f *fault.Error
	require.ErrorAs(t, d.Check(testRules()), &f)
	var names []string
	for _, field := range f.Fields {
		names = append(names, field.Name)
	}
	require.Equal(t, []string{"consumer.label", "consumer.name", "request.url", "request.method", "events"}, names)
}

func TestCheck_handsOnAFailureToLookUpNames(t *testing.T) {
	rules, down := testRules(), errors.New("database is down")
	rules.Exists = func(string) (bool, error) { return false, down }
	require.ErrorIs(t, good(func(d *Draft) { d.Webhook.Consumer.Name = "Web" }).Check(rules), down)
}

func TestNewSide(t *testing.T) {
	for _, c := range []struct {
		name, label string
		want        Side
		wrong       []fault.Field
	}{
		{"Web", "", Side{Name: "Web"}, nil},
		{"", "core", Side{Label: "core"}, nil},
		{"", "", Side{}, []fault.Field{{Name: "consumer.name", Message: "cannot be blank"}}},
		{" ", "", Side{}, []fault.Field{{Name: "consumer.name", Message: "cannot be blank"}}},
		{"Web", "core", Side{}, []fault.Field{{Name: "consumer.label", Message: "cannot be given together with a name"}}},
	} {
		side, wrong := NewSide("consumer", c.name, c.label)
		require.Equal(t, c.want, side)
		require.Equal(t, c.wrong, wrong)
	}
}

func TestNewHeaders(t *testing.T) {
	headers, wrong := NewHeaders(map[string]string{"X-B": "1", "Accept": "text/plain", "X-Empty": ""})
	require.Empty(t, wrong)
	require.Equal(t, []Header{{"accept", "text/plain"}, {"x-b", "1"}, {"x-empty", ""}}, headers)
	_, wrong = NewHeaders(map[string]string{"X A": "v", "X-A": "a\r\nX-B: b"})
	require.Equal(t, []fault.Field{
		{Name: "request.headers", Message: `"X A" is not a valid header name`}, {Name: "request.headers", Message: "X-A must not contain line breaks or control characters"},
	}, wrong)
}

// Each list of the filter is one condition, defined once: no event without anything
// fulfils it.
func TestConditions_areOneForEachListOfAFilter(t *testing.T) {
	fields := reflect.TypeFor[EventFilter]()
	require.Len(t, Conditions(), fields.NumField())
	require.Len(t, EventFilter{}.Lists(), fields.NumField(), "each has a name of its own")
	for i := range fields.NumField() {
		var f EventFilter
		require.True(t, f.empty())
		reflect.ValueOf(&f).Elem().Field(i).Set(reflect.ValueOf([]string{"x"}))
		require.False(t, f.empty(), fields.Field(i).Name)
		require.False(t, f.Matches(EventSubject{}), fields.Field(i).Name)
		require.Equal(t, f, NewEventFilter(f.Lists()))
	}
}

func TestCheck_tellsNoHostOfAnAddressThatIsWrongItself(t *testing.T) {
	rules := testRules()
	rules.Secret = func(string) (StoredSecret, bool, error) {
		return StoredSecret{Hosts: []string{"ci.example.org"}}, true, nil
	}
	withSecret := func(d *Draft) { d.Webhook.Request.Headers = []Header{{"x-token", "${secret.KNOWN}"}} }
	problems := fieldsOf(t, good(to("https://${pactbroker.consumerName}.evil.example/"), withSecret).Check(rules))
	require.Contains(t, problems["request.url"], "must not have a template parameter in its host")
	require.NotContains(t, problems, "request.headers")
	require.Contains(t, fieldsOf(t, good(withSecret).Check(rules))["request.headers"], "may not be sent to localhost")
}

func TestCheck_sendsNoSecretToAHeaderHostThatItIsNotFor(t *testing.T) {
	rules := testRules()
	rules.Policy.Hosts = nil
	rules.Secret = func(string) (StoredSecret, bool, error) {
		return StoredSecret{Hosts: []string{"localhost", "*.localhost"}}, true, nil
	}
	named := func(host string) error {
		return good(func(d *Draft) { d.Webhook.Request.Headers = []Header{{"host", host}, {"x-token", "${secret.KNOWN}"}} }).Check(rules)
	}
	for _, fine := range []string{"localhost", "LOCALHOST:81", "ci.localhost"} {
		require.NoError(t, named(fine), fine)
	}
	for _, other := range []string{"evil.example", "${pactbroker.consumerVersionBranch}", "${pactbroker.consumerVersionBranch}.localhost"} {
		require.Contains(t, fieldsOf(t, named(other))["request.headers"], "${secret.KNOWN} may not be sent to "+other)
	}
	require.NoError(t, good(with("host", "${pactbroker.consumerName}.example")).Check(rules), "without a secret")
}
