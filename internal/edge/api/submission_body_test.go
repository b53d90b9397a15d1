package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/support/fault"
)

type members map[string]any

func with(base members, changes members) members {
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

func aContract(changes members) members {
	content := base64.StdEncoding.EncodeToString([]byte(`{"consumer": {"name": "Otter"}, "provider": {"name": "River"}, "n": 1.0}`))
	return with(members{"consumerName": "Otter", "providerName": "River", "specification": "pact", "contentType": "application/json", "content": content}, changes)
}

func aSubmission(changes members) members {
	return with(members{"pacticipantName": "Otter", "pacticipantVersionNumber": "1", "contracts": []any{aContract(nil)}}, changes)
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func submit(t *testing.T, p members) (contracts.Submission, error) {
	t.Helper()
	body, err := json.Marshal(p)
	require.NoError(t, err)
	return readSubmission(body, contracts.Limits{})
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
	s, err := submit(t, aSubmission(members{
		"branch": "feat/x", "tags": []any{"dev", "qa"}, "buildUrl": "https://ci.example/1", "somethingElse": members{"x": 1},
		"contracts": []any{aContract(members{"onConflict": "merge", "writeMode": 7}), aContract(members{"providerName": "Lake", "content": encoded(`{}`), "onConflict": "overwrite"})},
	}))
	require.NoError(t, err)
	url := "https://ci.example/1"
	raw := `{"consumer": {"name": "Otter"}, "provider": {"name": "River"}, "n": 1.0}`
	require.Equal(t, contracts.Submission{
		Pacticipant: "Otter", Version: "1", Branch: "feat/x", Tags: []string{"dev", "qa"}, BuildURL: &url,
		Contracts: []contracts.SubmittedContract{
			{Provider: "River", RawSHA: pactfile.RawIdentity([]byte(raw)), Body: pactfile.Body(strings.ReplaceAll(raw, " ", "")), Merge: true},
			{Provider: "Lake", RawSHA: pactfile.RawIdentity([]byte(`{}`)), Body: pactfile.Body(`{}`)},
		},
	}, s)
}

func TestOptionalPropertiesMayBeNullOrAbsent(t *testing.T) {
	for _, p := range []members{aSubmission(nil), aSubmission(members{"branch": nil, "tags": nil, "buildUrl": nil})} {
		s, err := submit(t, p)
		require.NoError(t, err)
		require.Empty(t, s.Branch)
		require.Empty(t, s.Tags)
		require.Nil(t, s.BuildURL)
	}
	s, err := submit(t, aSubmission(members{"tags": []any{}, "buildUrl": ""}))
	require.NoError(t, err)
	require.Equal(t, "", *s.BuildURL)
}

func TestReadSubmissionRefusesTheVersion(t *testing.T) {
	for name, test := range map[string]struct {
		changes members
		fields  []string
	}{
		"no name":             {members{"pacticipantName": absent}, []string{"pacticipantName"}},
		"null name":           {members{"pacticipantName": nil}, []string{"pacticipantName"}},
		"blank name":          {members{"pacticipantName": "  "}, []string{"contracts", "pacticipantName"}},
		"number as name":      {members{"pacticipantName": 1}, []string{"pacticipantName"}},
		"no version":          {members{"pacticipantVersionNumber": absent}, []string{"pacticipantVersionNumber"}},
		"blank version":       {members{"pacticipantVersionNumber": " "}, []string{"pacticipantVersionNumber"}},
		"two lines":           {members{"pacticipantVersionNumber": "1\n2"}, []string{"pacticipantVersionNumber"}},
		"version as number":   {members{"pacticipantVersionNumber": 1}, []string{"pacticipantVersionNumber"}},
		"long version":        {members{"pacticipantVersionNumber": strings.Repeat("1", 10_000)}, []string{"pacticipantVersionNumber"}},
		"blank branch":        {members{"branch": " "}, []string{"branch"}},
		"two lines of branch": {members{"branch": "a\nb"}, []string{"branch"}},
		"branch as list":      {members{"branch": []any{"a"}}, []string{"branch"}},
		"tags no list":        {members{"tags": "dev"}, []string{"tags"}},
		"blank tag":           {members{"tags": []any{"dev", " "}}, []string{"tags"}},
		"empty tag":           {members{"tags": []any{""}}, []string{"tags"}},
		"null tag":            {members{"tags": []any{nil}}, []string{"tags"}},
		"two lines of URL":    {members{"buildUrl": "a\nb"}, []string{"buildUrl"}},
		"URL as number":       {members{"buildUrl": 1}, []string{"buildUrl"}},
		"no contracts":        {members{"contracts": absent}, []string{"contracts"}},
		"contracts null":      {members{"contracts": nil}, []string{"contracts"}},
		"contracts no list":   {members{"contracts": members{"a": 1}}, []string{"contracts"}},
		"contracts empty":     {members{"contracts": []any{}}, []string{"contracts"}},
		"two at once":         {members{"branch": 1, "tags": 1}, []string{"branch", "tags"}},
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
	_, err := submit(t, aSubmission(members{"tags": []any{"dev", " "}}))
	require.Equal(t, []string{"cannot be blank (at index 1)"}, messagesOf(t, err)["tags"])
	_, err = readSubmission([]byte(`[]`), contracts.Limits{})
	require.Contains(t, messagesOf(t, err), "pacticipantName")
	_, err = readSubmission([]byte(`{`), contracts.Limits{})
	require.True(t, fault.Is(err, fault.Malformed))
}

func TestReadSubmissionRefusesContracts(t *testing.T) {
	for name, test := range map[string]struct {
		contract any
		want     []string
	}{
		"no object":           {"text", []string{"must be an object"}},
		"nothing":             {members{}, []string{"consumerName is missing", "providerName is missing", "specification is missing", "contentType is missing", "content is missing"}},
		"another consumer":    {aContract(members{"consumerName": "Beaver", "content": encoded("{}")}), []string{"consumerName ('Beaver') must be the same as pacticipantName ('Otter')"}},
		"blank provider":      {aContract(members{"providerName": " ", "content": encoded("{}")}), []string{"providerName cannot be blank"}},
		"another content":     {aContract(members{"contentType": "text/plain"}), []string{"contentType must be application/json"}},
		"another kind":        {aContract(members{"specification": "oas"}), []string{"specification must be pact"}},
		"unknown reaction":    {aContract(members{"onConflict": "replace"}), []string{"onConflict must be overwrite or merge"}},
		"null reaction":       {aContract(members{"onConflict": nil}), []string{"onConflict must be a string"}},
		"empty":               {aContract(members{"content": ""}), []string{"content cannot be blank"}},
		"no text":             {aContract(members{"content": members{}}), []string{"content must be a string"}},
		"no Base64":           {aContract(members{"content": "{}"}), []string{"content is not Base64 (RFC 4648, with padding and without line breaks)"}},
		"no padding":          {aContract(members{"content": "e30"}), []string{"content is not Base64 (RFC 4648, with padding and without line breaks)", "content cannot be read as a contract: the body is not valid JSON: invalid character 'e' at start of value (line 1, column 1)"}},
		"stray bits":          {aContract(members{"content": "e31="}), []string{"content is not Base64 (RFC 4648, with padding and without line breaks)", "content cannot be read as a contract: the body is not valid JSON: invalid character 'e' at start of value (line 1, column 1)"}},
		"line breaks":         {aContract(members{"content": "e3\n0="}), []string{"content is not Base64 (RFC 4648, with padding and without line breaks)", "content cannot be read as a contract: the body is not valid JSON: invalid character 'e' at start of value (line 1, column 1)"}},
		"no JSON":             {aContract(members{"content": encoded("{")}), []string{"content cannot be read as a contract: the body is not valid JSON: unexpected EOF (line 1, column 2)"}},
		"a list":              {aContract(members{"content": encoded("[]")}), []string{"content cannot be read as a contract: this is a JSON array; it must be a JSON object"}},
		"names another":       {aContract(members{"content": encoded(`{"consumer":{"name":"Beaver"}}`)}), []string{"consumer.name in the content ('Beaver') must be the same as the consumer that the contract is published for ('Otter')"}},
		"names another river": {aContract(members{"providerName": "Lake"}), []string{"provider.name in the content ('River') must be the same as the provider that the contract is published for ('Lake')"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := submit(t, aSubmission(members{"contracts": []any{aContract(nil), test.contract}}))
			want := []string{}
			for _, message := range test.want {
				want = append(want, message+" (at index 1)")
			}
			require.Equal(t, map[string][]string{"contracts": want}, messagesOf(t, err))
		})
	}
}

func FuzzReadSubmission(f *testing.F) {
	f.Add([]byte(`{"pacticipantName":"a","contracts":[{"content":"e30="}]}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := readSubmission(body, contracts.Limits{}); err != nil {
			require.NotEqual(t, fault.Internal, fault.KindOf(err))
		}
	})
}
