package contracts

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"accord/internal/pactfile"
	"accord/internal/support/fault"
	"accord/internal/versions"

	"github.com/stretchr/testify/require"
)

type properties map[string]any

func with(base properties, changes properties) properties {
	all := maps.Clone(base)
	for name, value := range changes {
		all[name] = value
		if value == absent {
			delete(all, name)
		}
	}
	return all
}

const absent = "\x00absent"

func aContract(changes properties) properties {
	content := base64.StdEncoding.EncodeToString([]byte(`{"consumer": {"name": "Otter"}, "provider": {"name": "River"}, "n": 1.0}`))
	return with(properties{"consumerName": "Otter", "providerName": "River", "specification": "pact", "contentType": "application/json", "content": content}, changes)
}

func aSubmission(changes properties) properties {
	return with(properties{"pacticipantName": "Otter", "pacticipantVersionNumber": "1", "contracts": []any{aContract(nil)}}, changes)
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func submit(t *testing.T, p properties) (Submission, error) {
	t.Helper()
	body, err := json.Marshal(p)
	require.NoError(t, err)
	return ReadSubmission(body, Limits{})
}

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

func TestReadSubmission(t *testing.T) {
	s, err := submit(t, aSubmission(properties{
		"branch": "feat/x", "tags": []any{"dev", "qa"}, "buildUrl": "https://ci.example/1", "somethingElse": properties{"x": 1},
		"contracts": []any{aContract(properties{"onConflict": "merge", "writeMode": 7}), aContract(properties{"providerName": "Lake", "content": encoded(`{}`), "onConflict": "overwrite"})},
	}))
	require.NoError(t, err)
	url := "https://ci.example/1"
	raw := `{"consumer": {"name": "Otter"}, "provider": {"name": "River"}, "n": 1.0}`
	require.Equal(t, Submission{
		Pacticipant: "Otter", Version: "1", Branch: "feat/x", Tags: []string{"dev", "qa"}, BuildURL: &url,
		Contracts: []SubmittedContract{
			{Provider: "River", RawSHA: pactfile.RawIdentity([]byte(raw)), Body: pactfile.Body(strings.ReplaceAll(raw, " ", "")), Merge: true},
			{Provider: "Lake", RawSHA: pactfile.RawIdentity([]byte(`{}`)), Body: pactfile.Body(`{}`)},
		},
	}, s)
}

func TestOptionalPropertiesMayBeNullOrAbsent(t *testing.T) {
	for _, p := range []properties{aSubmission(nil), aSubmission(properties{"branch": nil, "tags": nil, "buildUrl": nil})} {
		s, err := submit(t, p)
		require.NoError(t, err)
		require.Empty(t, s.Branch)
		require.Empty(t, s.Tags)
		require.Nil(t, s.BuildURL)
	}
	s, err := submit(t, aSubmission(properties{"tags": []any{}, "buildUrl": ""}))
	require.NoError(t, err)
	require.Equal(t, "", *s.BuildURL)
}

func TestReadSubmissionRefusesTheVersion(t *testing.T) {
	for name, test := range map[string]struct {
		changes properties
		fields  []string
	}{
		"no name":             {properties{"pacticipantName": absent}, []string{"pacticipantName"}},
		"null name":           {properties{"pacticipantName": nil}, []string{"pacticipantName"}},
		"blank name":          {properties{"pacticipantName": "  "}, []string{"contracts", "pacticipantName"}},
		"number as name":      {properties{"pacticipantName": 1}, []string{"pacticipantName"}},
		"no version":          {properties{"pacticipantVersionNumber": absent}, []string{"pacticipantVersionNumber"}},
		"blank version":       {properties{"pacticipantVersionNumber": " "}, []string{"pacticipantVersionNumber"}},
		"two lines":           {properties{"pacticipantVersionNumber": "1\n2"}, []string{"pacticipantVersionNumber"}},
		"version as number":   {properties{"pacticipantVersionNumber": 1}, []string{"pacticipantVersionNumber"}},
		"long version":        {properties{"pacticipantVersionNumber": strings.Repeat("1", 10_000)}, []string{"pacticipantVersionNumber"}},
		"blank branch":        {properties{"branch": " "}, []string{"branch"}},
		"two lines of branch": {properties{"branch": "a\nb"}, []string{"branch"}},
		"branch as list":      {properties{"branch": []any{"a"}}, []string{"branch"}},
		"tags no list":        {properties{"tags": "dev"}, []string{"tags"}},
		"blank tag":           {properties{"tags": []any{"dev", " "}}, []string{"tags"}},
		"empty tag":           {properties{"tags": []any{""}}, []string{"tags"}},
		"null tag":            {properties{"tags": []any{nil}}, []string{"tags"}},
		"two lines of URL":    {properties{"buildUrl": "a\nb"}, []string{"buildUrl"}},
		"URL as number":       {properties{"buildUrl": 1}, []string{"buildUrl"}},
		"no contracts":        {properties{"contracts": absent}, []string{"contracts"}},
		"contracts null":      {properties{"contracts": nil}, []string{"contracts"}},
		"contracts no list":   {properties{"contracts": properties{"a": 1}}, []string{"contracts"}},
		"contracts empty":     {properties{"contracts": []any{}}, []string{"contracts"}},
		"two at once":         {properties{"branch": 1, "tags": 1}, []string{"branch", "tags"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := submit(t, aSubmission(test.changes))
			messages := messagesOf(t, err)
			fields := []string{}
			for field := range messages {
				fields = append(fields, field)
			}
			require.ElementsMatch(t, test.fields, fields)
		})
	}
	_, err := submit(t, aSubmission(properties{"tags": []any{"dev", " "}}))
	require.Equal(t, []string{"cannot be blank (at index 1)"}, messagesOf(t, err)["tags"])
	_, err = ReadSubmission([]byte(`[]`), Limits{})
	require.Contains(t, messagesOf(t, err), "pacticipantName")
	_, err = ReadSubmission([]byte(`{`), Limits{})
	require.True(t, fault.Is(err, fault.Malformed))
}

func TestReadSubmissionRefusesContracts(t *testing.T) {
	for name, test := range map[string]struct {
		contract any
		want     []string
	}{
		"no object":           {"text", []string{"must be an object"}},
		"nothing":             {properties{}, []string{"consumerName is missing", "providerName is missing", "specification is missing", "contentType is missing", "content is missing"}},
		"another consumer":    {aContract(properties{"consumerName": "Beaver", "content": encoded("{}")}), []string{"consumerName ('Beaver') must be the same as pacticipantName ('Otter')"}},
		"blank provider":      {aContract(properties{"providerName": " ", "content": encoded("{}")}), []string{"providerName cannot be blank"}},
		"another content":     {aContract(properties{"contentType": "text/plain"}), []string{"contentType must be application/json"}},
		"another kind":        {aContract(properties{"specification": "oas"}), []string{"specification must be pact"}},
		"unknown reaction":    {aContract(properties{"onConflict": "replace"}), []string{"onConflict must be overwrite or merge"}},
		"null reaction":       {aContract(properties{"onConflict": nil}), []string{"onConflict must be a string"}},
		"empty":               {aContract(properties{"content": ""}), []string{"content cannot be blank"}},
		"no text":             {aContract(properties{"content": properties{}}), []string{"content must be a string"}},
		"no Base64":           {aContract(properties{"content": "{}"}), []string{"content is not Base64 (RFC 4648, with padding and without line breaks)"}},
		"no padding":          {aContract(properties{"content": "e30"}), []string{"content is not Base64 (RFC 4648, with padding and without line breaks)", "content cannot be read as a contract: the body is not valid JSON: invalid character 'e' at start of value (line 1, column 1)"}},
		"stray bits":          {aContract(properties{"content": "e31="}), []string{"content is not Base64 (RFC 4648, with padding and without line breaks)", "content cannot be read as a contract: the body is not valid JSON: invalid character 'e' at start of value (line 1, column 1)"}},
		"line breaks":         {aContract(properties{"content": "e3\n0="}), []string{"content is not Base64 (RFC 4648, with padding and without line breaks)", "content cannot be read as a contract: the body is not valid JSON: invalid character 'e' at start of value (line 1, column 1)"}},
		"no JSON":             {aContract(properties{"content": encoded("{")}), []string{"content cannot be read as a contract: the body is not valid JSON: unexpected EOF (line 1, column 2)"}},
		"a list":              {aContract(properties{"content": encoded("[]")}), []string{"content cannot be read as a contract: this is a JSON array; it must be a JSON object"}},
		"names another":       {aContract(properties{"content": encoded(`{"consumer":{"name":"Beaver"}}`)}), []string{"consumer.name in the content ('Beaver') must be the same as the consumer that the contract is published for ('Otter')"}},
		"names another river": {aContract(properties{"providerName": "Lake"}), []string{"provider.name in the content ('River') must be the same as the provider that the contract is published for ('Lake')"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := submit(t, aSubmission(properties{"contracts": []any{aContract(nil), test.contract}}))
			want := []string{}
			for _, message := range test.want {
				want = append(want, message+" (at index 1)")
			}
			require.Equal(t, map[string][]string{"contracts": want}, messagesOf(t, err))
		})
	}
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
