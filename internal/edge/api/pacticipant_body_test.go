package api

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
)

func text(s string) *string { return &s }

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

func readNew(properties map[string]any) (newPacticipant, error) {
	return (&pacticipantReader{properties: properties}).newPacticipant()
}

func readChanges(properties map[string]any) (pacticipants.Changes, error) {
	return (&pacticipantReader{properties: properties}).changes()
}

func TestPacticipantBody(t *testing.T) {
	body, err := readNew(map[string]any{"name": "Foo Bar", "displayName": "", "repositoryUrl": nil, "mainBranch": "main", "other": 1})
	require.NoError(t, err)
	require.Equal(t, newPacticipant{"Foo Bar", pacticipants.Changes{DisplayName: text(""), RepositoryURL: text(""), MainBranch: text("main")}}, body)
}

func TestPacticipantBody_needsANameOnlyToCreate(t *testing.T) {
	body, err := readChanges(nil)
	require.NoError(t, err)
	require.Equal(t, pacticipants.Changes{}, body)
	_, err = readNew(nil)
	require.Equal(t, map[string]string{"name": "is missing"}, fieldsOf(t, err))
}

func TestPacticipantBody_namesWhatIsWrong(t *testing.T) {
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
			_, err := readChanges(test.properties)
			require.Equal(t, test.want, fieldsOf(t, err))
		})
	}
}
