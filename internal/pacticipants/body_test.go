package pacticipants

import (
	"errors"
	"strings"
	"testing"

	"accord/internal/support/fault"

	"github.com/stretchr/testify/require"
)

func text(s string) Text { return Text{Sent: true, Value: &s} }

// fieldsOf returns the fields that an Invalid fault names, with their messages.
func fieldsOf(t *testing.T, err error) map[string]string {
	t.Helper()
	var f *fault.Error
	require.True(t, errors.As(err, &f), "got %v", err)
	require.Equal(t, fault.Invalid, f.Kind)
	fields := map[string]string{}
	for _, field := range f.Fields {
		require.NotContains(t, fields, field.Name, "one message for each field")
		fields[field.Name] = field.Message
	}
	return fields
}

func TestReadBody(t *testing.T) {
	body, err := ReadNew(map[string]any{"name": "Foo Bar", "displayName": "", "repositoryUrl": nil, "mainBranch": "main", "other": 1})
	require.NoError(t, err)
	require.Equal(t, Body{Name: text("Foo Bar"), DisplayName: text(""), RepositoryURL: Text{Sent: true}, MainBranch: text("main")}, body)

	before := "before"
	require.Nil(t, body.RepositoryURL.Or(&before))
	require.Equal(t, "main", *body.MainBranch.Or(&before))
	require.Equal(t, &before, body.RepositoryName.Or(&before))
}

func TestAChangeNeedsNoName(t *testing.T) {
	body, err := ReadChange(nil)
	require.NoError(t, err)
	require.Equal(t, Body{}, body)
	_, err = ReadNew(nil)
	require.Equal(t, map[string]string{"name": "is missing"}, fieldsOf(t, err))
}

func TestReadBodyRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		properties map[string]any
		want       map[string]string
	}{
		"empty name":             {map[string]any{"name": ""}, map[string]string{"name": "cannot be blank"}},
		"blank name":             {map[string]any{"name": " \t"}, map[string]string{"name": "cannot be blank"}},
		"name of two lines":      {map[string]any{"name": "a\nb"}, map[string]string{"name": "cannot contain multiple lines"}},
		"name with control char": {map[string]any{"name": "a\x00b"}, map[string]string{"name": "cannot contain control characters"}},
		"null name":              {map[string]any{"name": nil}, map[string]string{"name": "must be a string"}},
		"number as name":         {map[string]any{"name": 7.0}, map[string]string{"name": "must be a string"}},
		"long name":              {map[string]any{"name": strings.Repeat("ü", 501)}, map[string]string{"name": "cannot be longer than 500 characters"}},
		"main branch with space": {map[string]any{"mainBranch": "has space"}, map[string]string{"mainBranch": "cannot contain spaces"}},
		"empty main branch":      {map[string]any{"mainBranch": ""}, map[string]string{"mainBranch": "cannot be blank"}},
		"blank display name":     {map[string]any{"displayName": "  "}, map[string]string{"displayName": "cannot be blank"}},
		"lines of a URL":         {map[string]any{"repositoryUrl": "a\nb"}, map[string]string{"repositoryUrl": "cannot contain multiple lines"}},
		"number as repository":   {map[string]any{"repositoryName": 5.0}, map[string]string{"repositoryName": "must be a string"}},
		"namespace of two lines": {map[string]any{"repositoryNamespace": "a\rb"}, map[string]string{"repositoryNamespace": "cannot contain multiple lines"}},
		"two at once":            {map[string]any{"name": "", "displayName": "a\nb"}, map[string]string{"name": "cannot be blank", "displayName": "cannot contain multiple lines"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadChange(test.properties)
			require.Equal(t, test.want, fieldsOf(t, err))
		})
	}
}

func TestNameTrouble(t *testing.T) {
	for _, name := range []string{"a", "release/2026-01", "1.2.3-rc.1+build.77", "version one", "日本", strings.Repeat("x", 500), "🦦"} {
		require.Empty(t, ValidateName(name), name)
		require.Empty(t, ValidateLabel(name), name)
	}
	require.Equal(t, "must be UTF-8", ValidateName("a\xff"))
	require.Equal(t, "cannot be blank", ValidateLabel("\u00a0"))
}
