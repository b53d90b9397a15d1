package contracts

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// messagesOf returns the messages of an Invalid fault by field.
func messagesOf(t *testing.T, err error) map[string][]string {
	t.Helper()
	var f *fault.Error
	require.True(t, errors.As(err, &f), "got %v", err)
	require.Equal(t, fault.Invalid, f.Kind)
	messages := map[string][]string{}
	for _, field := range f.Fields {
		messages[field.Name] = append(messages[field.Name], field.Message)
	}
	return messages
}

func TestCheckPact(t *testing.T) {
	formats, err := versions.ParseFormats(versions.DefaultFormats)
	require.NoError(t, err)
	at := Address{Consumer: "Otter", Provider: "River", Version: "main"}
	for _, body := range []string{`{}`, `{"foo":1}`, `{"consumer":"x","provider":{}}`, `{"consumer":{"name":"Otter"},"provider":{"name":"River"}}`, `{"consumer":{"name":7}}`} {
		require.NoError(t, CheckPact(at, readContent(t, body), nil), body)
	}
	for name, test := range map[string]struct {
		at     Address
		body   string
		fields []string
	}{
		"blank names":      {Address{" ", "", "\t"}, `{}`, []string{"consumer.name", "provider.name", "consumer_version_number"}},
		"another consumer": {at, `{"consumer":{"name":"otter"}}`, []string{"consumer.name"}},
		"another provider": {at, `{"provider":{"name":"Lake"}}`, []string{"provider.name"}},
		"no consumer":      {at, `{"consumer":null}`, []string{"consumer.name"}},
		"two lines":        {Address{"Otter", "River", "1\n2"}, `{}`, []string{"consumer_version_number"}},
	} {
		require.ElementsMatch(t, test.fields, fieldNames(t, CheckPact(test.at, readContent(t, test.body), nil)), name)
	}
	require.Equal(t, []string{"consumer_version_number"}, fieldNames(t, CheckPact(at, readContent(t, `{}`), formats)))
	at.Version = "1.2"
	require.NoError(t, CheckPact(at, readContent(t, `{}`), formats))
}

func TestOneMessageForABlankName(t *testing.T) {
	err := CheckPact(Address{Consumer: "Otter", Version: "1"}, readContent(t, `{"provider":{"name":"River"}}`), nil)
	require.Equal(t, map[string][]string{"provider.name": {"cannot be blank"}}, messagesOf(t, err))
}

func fieldNames(t *testing.T, err error) []string {
	t.Helper()
	names := []string{}
	for name := range messagesOf(t, err) {
		names = append(names, name)
	}
	return names
}

func readContent(t testing.TB, body string) pactfile.Body {
	t.Helper()
	content, err := pactfile.ReadBody([]byte(body))
	require.NoError(t, err)
	return content
}
