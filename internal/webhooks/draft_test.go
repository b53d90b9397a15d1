package webhooks

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"accord/internal/events"
	"accord/internal/support/fault"

	"github.com/stretchr/testify/require"
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

const goodRequest = `{"method":"POST","url":"http://localhost/hook"}`

func TestRead_refuses(t *testing.T) {
	oneOf := "name must be one of: contract_published, contract_content_changed, provider_verification_published, " +
		"provider_verification_succeeded, provider_verification_failed, contract_requiring_verification_published"
	for _, c := range []struct{ body, field, message string }{
		{`{}`, "request", "is missing"},
		{`{"request":{}}`, "request", "must be filled"},
		{`{"request":null}`, "request", "must be filled"},
		{`{"request":"x"}`, "request", "must be a hash"},
		{`{"request":["x"]}`, "request", "must be a hash"},
		{`{"request":{"method":"POST"}}`, "request.url", "is missing"},
		{`{"request":{"url":"http://localhost/"}}`, "request.method", "is missing"},
		{`{"request":{"method":"","url":"http://localhost/"}}`, "request.method", "must be filled"},
		{`{"request":{"method":5,"url":"http://localhost/"}}`, "request.method", "must be a string"},
		{`{"request":{"method":"FETCH","url":"http://localhost/"}}`, "request.method", "is no HTTP method"},
		{`{"request":{"method":"DELETE","url":"http://localhost/"}}`, "request.method", "must be one of GET, POST, PUT" + methodSetting},
		{`{"request":{"method":"POST","url":"not a url"}}`, "request.url", "must be an absolute URL such as https://ci.example.org/build"},
		{`{"request":{"method":"POST","url":"/hook"}}`, "request.url", "must be an absolute URL such as https://ci.example.org/build"},
		{`{"request":{"method":"POST","url":"http:///hook"}}`, "request.url", "must be an absolute URL such as https://ci.example.org/build"},
		{`{"request":{"method":"POST","url":"ftp://localhost/x"}}`, "request.url", "scheme must be one of http, https" + schemeSetting},
		{`{"request":{"method":"POST","url":"http://elsewhere.example.org/"}}`, "request.url", `host must be one of "127.0.0.1", "localhost"` + hostSetting},
		{`{"request":{"method":"POST","url":"http://${pactbroker.consumerName}/x"}}`, "request.url", "must not have a template parameter in its host"},
		{`{"request":{"method":"POST","url":"http://localhost:${pactbroker.consumerName}/x"}}`, "request.url", "must be an absolute URL such as https://ci.example.org/build"},
		{`{"request":{"method":"POST","url":"http://localhost/${pactbroker.consumerNam}"}}`, "request.url", "${pactbroker.consumerNam} is not known; known are " + strings.Join(knownParameters(), ", ")},
		{`{"request":{"method":"POST","url":"http://localhost/","body":{"a":["${event.moon}"]}}}`, "request.body", "${event.moon} is not known; known are " + strings.Join(events.TextNames(), ", ")},
		{`{"request":{"method":"POST","url":"http://localhost/","headers":{"A":"${secret.NOPE}"}}}`, "request.headers", "${secret.NOPE} is no secret of the broker; keep it first with PUT /api/v1/secrets/NOPE"},
		{`{"request":{"method":"POST","url":"http://localhost/","body":"` + strings.Repeat("x", maxBody) + `"}}`, "request.body", "must not be longer than 262144 bytes"},
		{`{"request":{"method":"POST","url":"http://localhost/","headers":{"A":"` + strings.Repeat("x", maxHeader+1) + `"}}}`, "request.headers", "must not be longer than 8000 bytes"},
		{`{"request":{"method":"POST","url":"http://localhost/` + strings.Repeat("x", maxURL) + `"}}`, "request.url", "must not be longer than 8000 bytes"},
		{`{"request":` + goodRequest + `,"description":"` + strings.Repeat("x", maxDescription+1) + `"}`, "description", "must not be longer than 4000 bytes"},
		{`{"request":{"method":"POST","url":"http://${secret.KNOWN}@localhost/x"}}`, "request.url", "must not have a template parameter in its host"},
		{`{"request":{"method":"POST","url":"http://localhost/","headers":"x"}}`, "request.headers", "must be a hash"},
		{`{"request":{"method":"POST","url":"http://localhost/","headers":{"X-A":{}}}}`, "request.headers", "X-A must be a string"},
		{`{"request":{"method":"POST","url":"http://localhost/","headers":{"X A":"v"}}}`, "request.headers", `"X A" is not a valid header name`},
		{`{"request":{"method":"POST","url":"http://localhost/","headers":{"X-A":"a\r\nX-B: b"}}}`, "request.headers", "X-A must not contain line breaks or control characters"},
		{`{"request":{"method":"POST","url":"http://localhost/","password":5}}`, "request.password", "must be a string"},
		{`{"request":{"method":"POST","url":"http://localhost/","username":"a\u0000b"}}`, "request.username", "must not contain control characters"},
		{`{"request":` + goodRequest + `,"events":[{"name":"unheard_of"}]}`, "events", oneOf + " (at index 0)"},
		{`{"request":` + goodRequest + `,"events":[{"name":"contract_published"},{}]}`, "events", "name is missing (at index 1)"},
		{`{"request":` + goodRequest + `,"events":["contract_published"]}`, "events", "must be a hash (at index 0)"},
		{`{"request":` + goodRequest + `,"events":[]}`, "events", "must hold at least one event"},
		{`{"request":` + goodRequest + `,"events":"x"}`, "events", "must be an array"},
		{`{"request":` + goodRequest + `,"enabled":"perhaps"}`, "enabled", "must be boolean"},
		{`{"request":` + goodRequest + `,"description":[]}`, "description", "must be a string"},
		{`{"request":` + goodRequest + `,"consumer":{"name":"Nobody"}}`, "consumer.name", "is not the name of a known pacticipant"},
		{`{"request":` + goodRequest + `,"provider":{"name":"Nobody"}}`, "provider.name", "is not the name of a known pacticipant"},
		{`{"request":` + goodRequest + `,"consumer":{}}`, "consumer.name", "cannot be blank"},
		{`{"request":` + goodRequest + `,"consumer":{"name":" "}}`, "consumer.name", "cannot be blank"},
		{`{"request":` + goodRequest + `,"consumer":{"name":7}}`, "consumer.name", "must be a string"},
		{`{"request":` + goodRequest + `,"consumer":{"name":"Web","label":"x"}}`, "consumer.label", "cannot be given together with a name"},
		{`{"request":` + goodRequest + `,"consumer":"Web"}`, "consumer", "must be a hash"},
	} {
		_, err := Read([]byte(c.body), testRules())
		require.Equal(t, map[string]string{c.field: c.message}, fieldsOf(t, err), c.body)
	}
}

func TestRead_namesTheFieldsInTheOrderOfTheOriginal(t *testing.T) {
	_, err := Read([]byte(`{"events":[{"name":"x"}],"request":{"method":"FETCH","url":"x"},"consumer":{"name":"Nobody"}}`), testRules())
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	var names []string
	for _, field := range f.Fields {
		names = append(names, field.Name)
	}
	require.Equal(t, []string{"consumer.name", "request.url", "request.method", "events"}, names)
}

func TestRead_refusesWhatIsNoJSONObject(t *testing.T) {
	for _, body := range []string{"", "{no json", "[]", `"x"`, "null", "5"} {
		_, err := Read([]byte(body), testRules())
		require.True(t, fault.Is(err, fault.Malformed), "%s: %v", body, err)
	}
}

func TestRead_handsOnAFailureToLookUpNames(t *testing.T) {
	rules, down := testRules(), errors.New("database is down")
	rules.Exists = func(string) (bool, error) { return false, down }
	_, err := Read([]byte(`{"request":`+goodRequest+`,"consumer":{"name":"Web"}}`), rules)
	require.ErrorIs(t, err, down)
}

func TestRead_acceptsAndFillsInWhatIsLeftOut(t *testing.T) {
	draft, err := Read([]byte(`{"request":`+goodRequest+`,"consumer":null,"provider":null,"events":null,"teamUuid":"t"}`), testRules())
	require.NoError(t, err)
	require.Equal(t, Webhook{
		Enabled: true, Events: []events.Type{events.ContractContentChanged}, Format: Template,
		Request: Request{Method: "POST", URL: "http://localhost/hook"},
	}, draft.Webhook)
	require.Equal(t, "POST localhost", draft.Webhook.Name())
}

func TestRead_keepsEverything(t *testing.T) {
	draft, err := Read([]byte(`{"description":"d","enabled":false,"consumer":{"name":"Web"},"provider":{"label":"core"},
		"events":[{"name":"contract_published"},{"name":"contract_published"},{"name":"provider_verification_failed"}],
		"request":{"method":"put","url":"http://localhost/${pactbroker.consumerName}?v=${pactbroker.consumerVersionNumber}",
			"headers":{"X-B":1,"Accept":"text/plain","X-Empty":null},"body":{"b":1.50},"username":"u","password":"p"}}`), testRules())
	require.NoError(t, err)
	require.Equal(t, Webhook{
		Description: "d", Consumer: Side{Name: "Web"}, Provider: Side{Label: "core"},
		Events: []events.Type{events.ContractPublished, events.VerificationFailed}, Format: Template,
		Request: Request{
			Method: "put", URL: "http://localhost/${pactbroker.consumerName}?v=${pactbroker.consumerVersionNumber}",
			Headers: []Header{{"accept", "text/plain"}, {"x-b", "1"}, {"x-empty", ""}}, Body: []byte(`{"b":1.50}`), Username: "u", Password: "p",
		},
	}, draft.Webhook)
}

func TestForSides_letsTheBodyWin(t *testing.T) {
	draft := Draft{Webhook: Webhook{Consumer: Side{Label: "ui"}}}.ForSides(Side{Name: "Web"}, Side{Name: "Ledger"})
	require.Equal(t, Side{Label: "ui"}, draft.Webhook.Consumer)
	require.Equal(t, Side{Name: "Ledger"}, draft.Webhook.Provider)
}

func TestReplacing_keepsStarredSecrets(t *testing.T) {
	old := Webhook{UUID: "u", Request: Request{URL: "http://localhost/before", Password: "old", Headers: []Header{{"authorization", "Bearer old"}, {"x-gone", "1"}}}}
	for name, c := range map[string]struct{ request, password, authorization string }{
		"missing password":   {`"headers":{"authorization":"Bearer new"}`, "old", "Bearer new"},
		"empty password":     {`"password":""`, "old", ""},
		"starred password":   {`"password":"***"`, "old", ""},
		"new password":       {`"password":"new*"`, "new*", ""},
		"password as null":   {`"password":null`, "", ""},
		"starred header":     {`"headers":{"Authorization":"**********"}`, "old", "Bearer old"},
		"empty header":       {`"headers":{"Authorization":""}`, "old", "Bearer old"},
		"stars without past": {`"headers":{"x-new":"**"}`, "old", ""},
	} {
		draft, err := Read([]byte(`{"request":{"method":"POST","url":"http://localhost/",`+c.request+`}}`), testRules())
		require.NoError(t, err)
		replaced, err := draft.Replacing(old)
		require.NoError(t, err)
		require.Equal(t, "u", replaced.UUID)
		require.Equal(t, c.password, replaced.Request.Password, name)
		value, _ := replaced.Request.Header("authorization")
		require.Equal(t, c.authorization, value, name)
		_, found := replaced.Request.Header("x-gone")
		require.False(t, found, "%s: other headers are replaced", name)
	}
}

func TestReplacing_takesNoSecretToAnotherPlace(t *testing.T) {
	old := Webhook{UUID: "u", Request: Request{URL: "http://localhost/a?token=abc", Password: "old", Headers: []Header{{"authorization", "Bearer old"}}}}
	for name, c := range map[string]struct {
		request string
		blamed  []string
	}{
		"another path":           {`"url":"http://LOCALHOST:80/b?token=**********","headers":{"authorization":"****"}`, nil},
		"another host":           {`"url":"http://127.0.0.1/a","password":"***"`, []string{"request.password"}},
		"another port":           {`"url":"http://localhost:81/a"`, []string{"request.password"}},
		"another scheme":         {`"url":"https://localhost/a"`, []string{"request.password"}},
		"header":                 {`"url":"http://127.0.0.1/a","password":"new","headers":{"Authorization":"**********"}`, []string{"request.headers"}},
		"URL":                    {`"url":"http://127.0.0.1/a?token=**********","password":null`, []string{"request.url"}},
		"everything given again": {`"url":"http://127.0.0.1/a?token=new","password":"new","headers":{"Authorization":"new"}`, nil},
		"nothing sent":           {`"url":"http://127.0.0.1/a","password":null`, nil},
	} {
		draft, err := Read([]byte(`{"request":{"method":"POST",`+c.request+`}}`), testRules())
		require.NoError(t, err)
		replaced, err := draft.Replacing(old)
		if c.blamed == nil {
			require.NoError(t, err, name)
			require.NotContains(t, replaced.Request.URL, "*", name)
			continue
		}
		fields := fieldsOf(t, err)
		require.Len(t, fields, len(c.blamed), name)
		for _, field := range c.blamed {
			require.Contains(t, fields[field], "must be given again", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"request":` + goodRequest + `,"events":[{"name":"contract_published"}],"consumer":{"name":"Web"}}`)
	f.Add(`{"request":{"method":"POST","url":"http://localhost/","headers":{"a":null},"body":null}}`)
	f.Fuzz(func(t *testing.T, body string) {
		draft, err := Read([]byte(body), testRules())
		if err != nil {
			require.NotEqual(t, fault.Internal, fault.KindOf(err))
			return
		}
		require.NotEmpty(t, draft.Webhook.Events)
		require.NotEmpty(t, draft.Webhook.Name())
		if sent := draft.Webhook.Request.Expand(Values{}).Body; json.Valid(draft.Webhook.Request.Body) && !strings.HasPrefix(string(draft.Webhook.Request.Body), `"`) && len(sent) > 0 {
			require.True(t, json.Valid(sent))
		}
	})
}
