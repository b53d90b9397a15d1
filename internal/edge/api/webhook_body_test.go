package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

const goodRequest = `{"method":"POST","url":"http://localhost/hook"}`

func TestReadDraft_tellsWhatCannotBeRead(t *testing.T) {
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
		{`{"request":{"method":5,"url":"http://localhost/"}}`, "request.method", "must be a string"},
		{`{"request":{"method":"POST","url":"http://localhost/","headers":"x"}}`, "request.headers", "must be a hash"},
		{`{"request":{"method":"POST","url":"http://localhost/","headers":{"X-A":{}}}}`, "request.headers", "X-A must be a string"},
		{`{"request":{"method":"POST","url":"http://localhost/","headers":{"X A":"v"}}}`, "request.headers", `"X A" is not a valid header name`},
		{`{"request":{"method":"POST","url":"http://localhost/","headers":{"X-A":"a\r\nX-B: b"}}}`, "request.headers", "X-A must not contain line breaks or control characters"},
		{`{"request":{"method":"POST","url":"http://localhost/","password":5}}`, "request.password", "must be a string"},
		{`{"request":` + goodRequest + `,"events":[{"name":"unheard_of"}]}`, "events", oneOf + " (at index 0)"},
		{`{"request":` + goodRequest + `,"events":[{"name":"contract_published"},{}]}`, "events", "name is missing (at index 1)"},
		{`{"request":` + goodRequest + `,"events":["contract_published"]}`, "events", "must be a hash (at index 0)"},
		{`{"request":` + goodRequest + `,"events":[]}`, "events", "must hold at least one event"},
		{`{"request":` + goodRequest + `,"events":"x"}`, "events", "must be an array"},
		{`{"request":` + goodRequest + `,"enabled":"perhaps"}`, "enabled", "must be boolean"},
		{`{"request":` + goodRequest + `,"description":[]}`, "description", "must be a string"},
		{`{"request":` + goodRequest + `,"consumer":{}}`, "consumer.name", "cannot be blank"},
		{`{"request":` + goodRequest + `,"consumer":{"name":" "}}`, "consumer.name", "cannot be blank"},
		{`{"request":` + goodRequest + `,"consumer":{"name":7}}`, "consumer.name", "must be a string"},
		{`{"request":` + goodRequest + `,"consumer":{"name":"Web","label":"x"}}`, "consumer.label", "cannot be given together with a name"},
		{`{"request":` + goodRequest + `,"consumer":"Web"}`, "consumer", "must be a hash"},
	} {
		draft, err := readDraft([]byte(c.body))
		require.NoError(t, err)
		require.Equal(t, []fault.Field{{Name: c.field, Message: c.message}}, draft.Wrong, c.body)
	}
}

func TestReadDraft_refusesWhatIsNoJSONObject(t *testing.T) {
	for _, body := range []string{"", "{no json", "[]", `"x"`, "null", "5"} {
		_, err := readDraft([]byte(body))
		require.True(t, fault.Is(err, fault.Malformed), "%s: %v", body, err)
	}
}

func TestReadDraft_fillsInWhatIsLeftOut(t *testing.T) {
	draft, err := readDraft([]byte(`{"request":` + goodRequest + `,"consumer":null,"provider":null,"events":null,"teamUuid":"t"}`))
	require.NoError(t, err)
	require.Equal(t, webhooks.Draft{Webhook: webhooks.Webhook{
		Enabled: true, Events: []events.Type{events.ContractContentChanged}, Format: webhooks.Template,
		Request: webhooks.Request{Method: "POST", URL: "http://localhost/hook"},
	}}, draft)
	require.Equal(t, "POST localhost", draft.Webhook.Name())
}

func TestReadDraft_keepsEverything(t *testing.T) {
	draft, err := readDraft([]byte(`{"description":"d","enabled":false,"consumer":{"name":"Web"},"provider":{"label":"core"},
		"events":[{"name":"contract_published"},{"name":"contract_published"},{"name":"provider_verification_failed"}],
		"request":{"method":"put","url":"http://localhost/${pactbroker.consumerName}?v=${pactbroker.consumerVersionNumber}",
			"headers":{"X-B":1,"Accept":"text/plain","X-Empty":null},"body":{"b":1.50},"username":"u","password":"p"}}`))
	require.NoError(t, err)
	require.Equal(t, webhooks.Draft{Webhook: webhooks.Webhook{
		Description: "d", Consumer: webhooks.Side{Name: "Web"}, Provider: webhooks.Side{Label: "core"},
		Events: []events.Type{events.ContractPublished, events.VerificationFailed}, Format: webhooks.Template,
		Request: webhooks.Request{
			Method: "put", URL: "http://localhost/${pactbroker.consumerName}?v=${pactbroker.consumerVersionNumber}",
			Headers: []webhooks.Header{{Name: "accept", Value: "text/plain"}, {Name: "x-b", Value: "1"}, {Name: "x-empty", Value: ""}}, Body: []byte(`{"b":1.50}`), Username: "u", Password: "p",
		},
	}}, draft)
}

func TestReadDraft_tellsAPasswordThatIsRemoved(t *testing.T) {
	for password, removed := range map[string]bool{`null`: true, `""`: false, `"x"`: false} {
		draft, err := readDraft([]byte(`{"request":{"method":"POST","url":"http://localhost/","password":` + password + `}}`))
		require.NoError(t, err)
		require.Equal(t, removed, draft.PasswordRemoved, password)
	}
}

func FuzzReadDraft(f *testing.F) {
	f.Add(`{"request":` + goodRequest + `,"events":[{"name":"contract_published"}],"consumer":{"name":"Web"}}`)
	f.Add(`{"request":{"method":"POST","url":"http://localhost/","headers":{"a":null},"body":null}}`)
	rules := webhooks.Rules{
		Exists: func(string) (bool, error) { return true, nil },
		Secret: func(string) (webhooks.StoredSecret, bool, error) { return webhooks.StoredSecret{}, true, nil },
	}
	f.Fuzz(func(t *testing.T, body string) {
		draft, err := readDraft([]byte(body))
		if err == nil {
			err = draft.Check(rules)
		}
		if err != nil {
			require.NotEqual(t, fault.Internal, fault.KindOf(err))
			return
		}
		require.NotEmpty(t, draft.Webhook.Events)
		require.NotEmpty(t, draft.Webhook.Name())
		if sent := draft.Webhook.Request.Expand(webhooks.Values{}).Body; json.Valid(draft.Webhook.Request.Body) && !strings.HasPrefix(string(draft.Webhook.Request.Body), `"`) && len(sent) > 0 {
			require.True(t, json.Valid(sent))
		}
	})
}
