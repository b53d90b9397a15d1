package api

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/support/fault"
)

// properties are the members of a JSON object.
func properties(t *testing.T, text string) map[string]json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &members))
	return members
}

func TestEnvironmentBody(t *testing.T) {
	for text, want := range map[string]deployments.Environment{
		`{"name":"live","production":true,"other":1}`:                           {Name: "live", Production: true},
		`{"name":"live","production":false,"displayName":null}`:                 {Name: "live"},
		`{"name":"live","production":false,"displayName":" Live! ","uuid":"x"}`: {Name: "live", DisplayName: "Live!"},
		`{"name":"live","production":false,"contacts":[]}`:                      {Name: "live", Contacts: []deployments.Contact{}},
		`{"name":"live","production":false,"contacts":[{"name":"Joe","details":null},{"name":"Jo","details":{"a":1}}]}`: {
			Name: "live", Contacts: []deployments.Contact{{Name: "Joe"}, {Name: "Jo", Details: []byte(`{"a":1}`)}},
		},
		`{"name":"live","production":false,"contacts":[{"name":"Joe","email":"j@x.y"}]}`: {
			Name: "live", Contacts: []deployments.Contact{{Name: "Joe", Details: []byte(`{"emailAddress":"j@x.y"}`)}},
		},
		`{"name":"live","production":false,"contacts":[{"name":"Joe","phone":"1","Email":"J@x.y","email":"j@x.y","pager":{"n":1},"fax":null,"details":{"phone":"1"}}]}`: {
			Name: "live", Contacts: []deployments.Contact{{Name: "Joe", Details: []byte(`{"Email":"J@x.y","emailAddress":"j@x.y","pager":{"n":1},"phone":"1"}`)}},
		},
	} {
		e, err := (&environmentReader{properties: properties(t, text)}).environment()
		require.NoError(t, err, text)
		require.Equal(t, want, e, text)
	}
}

func TestEnvironmentBody_namesWhatIsWrong(t *testing.T) {
	const rest = `"name":"live","production":true,`
	for text, want := range map[string]map[string]string{
		`{}`:                                                      {"name": "is missing", "production": "is missing"},
		`{"name":null,"production":null}`:                         {"name": "must be a string", "production": "must be true or false"},
		`{"name":"a b","production":1}`:                           {"name": "cannot contain spaces", "production": "must be true or false"},
		`{"name":" ","production":true}`:                          {"name": "cannot be blank"},
		`{` + rest + `"displayName":7}`:                           {"displayName": "must be a string"},
		`{` + rest + `"displayName":"a\nb"}`:                      {"displayName": "cannot contain multiple lines"},
		`{` + rest + `"contacts":null}`:                           {"contacts": "must be a list of objects with a name and, if you like, details"},
		`{` + rest + `"contacts":{}}`:                             {"contacts": "must be a list of objects with a name and, if you like, details"},
		`{` + rest + `"contacts":[{"name":"Joe"},{}]}`:            {"contacts": "name is missing (at index 1)"},
		`{` + rest + `"contacts":[{"name":null}]}`:                {"contacts": "name must be a string (at index 0)"},
		`{` + rest + `"contacts":[{"name":" "}]}`:                 {"contacts": "name cannot be blank (at index 0)"},
		`{` + rest + `"contacts":[{"name":"Joe","details":"x"}]}`: {"contacts": "details must be an object (at index 0)"},
		`{` + rest + `"contacts":[{"name":"Joe","phone":"1","details":{"phone":"2"}}]}`: {"contacts": "phone and details.phone must be the same (at index 0)"},
		`{` + rest + `"contacts":[{"name":"Joe","email":{}}]}`:                          {"contacts": "email must be a string (at index 0)"},
		`{` + rest + `"contacts":[{"name":"Joe","email":"a\u0000"}]}`:                   {"contacts": "email cannot contain control characters (at index 0)"},
	} {
		_, err := (&environmentReader{properties: properties(t, text)}).environment()
		require.Equal(t, want, fieldsOf(t, err), text)
	}
}

func TestInstance_isATextUnderEitherName(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "", `{"applicationInstance":null}`: "", `{"applicationInstance":""}`: "", `{"applicationInstance":"blue"}`: "blue",
		`{"target":"blue"}`: "blue", `{"applicationInstance":"","target":"blue"}`: "blue", `{"applicationInstance":"a","target":"b"}`: "a",
		`{"applicationInstance":7}`: "7", `{"target":true}`: "true",
	} {
		instance, err := readInstance(properties(t, text))
		require.NoError(t, err, text)
		require.Equal(t, want, instance, text)
	}
	for text, want := range map[string]map[string]string{
		`{"applicationInstance":[]}`: {"applicationInstance": "must be a string"},
		`{"target":{}}`:              {"target": "must be a string"},
		`{"target":"a\nb"}`:          {"target": "cannot contain multiple lines"},
	} {
		_, err := readInstance(properties(t, text))
		require.Equal(t, want, fieldsOf(t, err), text)
	}
}

func TestEnding_isFalseAndFinal(t *testing.T) {
	for text, want := range map[string]bool{`{}`: false, `{"currentlyDeployed":false}`: true, `{"currentlyDeployed":false,"other":1}`: true} {
		ends, err := readEnding(properties(t, text), "currentlyDeployed")
		require.NoError(t, err, text)
		require.Equal(t, want, ends, text)
	}
	_, err := readEnding(properties(t, `{"currentlyDeployd":false,"z":1}`), "currentlyDeployed")
	require.Equal(t, map[string]string{"currentlyDeployd": "is not known here; to end it, send currentlyDeployed: false"}, fieldsOf(t, err))
	_, err = readEnding(properties(t, `{"currentlyDeployed":true}`), "currentlyDeployed")
	require.True(t, fault.Is(err, fault.Unprocessable))
	for _, odd := range []string{`null`, `"false"`, `0`, `[]`} {
		_, err := readEnding(properties(t, `{"currentlyDeployed":`+odd+`}`), "currentlyDeployed")
		require.Equal(t, map[string]string{"currentlyDeployed": "must be false, or be left out"}, fieldsOf(t, err), odd)
	}
}
