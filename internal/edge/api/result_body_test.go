package api

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
)

func TestReadResult_takesWhatClientsSend(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want verification.Submission
	}{
		"the least": {
			`{"success":false,"providerApplicationVersion":"7"}`,
			verification.Submission{ProviderVersion: "7"},
		},
		"nulls and members nobody knows": {
			`{"success":true,"providerApplicationVersion":" 7","buildUrl":null,"testResults":null,"verifiedBy":null,"verificationDate":null,"wip":true,"number":"x"}`,
			verification.Submission{Success: true, ProviderVersion: " 7"},
		},
		"everything": {
			`{"success":true,"providerApplicationVersion":"7","buildUrl":"https://ci/1?a=b#c","verificationDate":"2026-11-21T10:00:00+01:00",
			  "testResults":{"n":1.0},"verifiedBy":{"implementation":"x","version":null,"clientLanguage":{"name":"go","testFramework":null}}}`,
			verification.Submission{
				Success: true, ProviderVersion: "7", BuildURL: "https://ci/1?a=b#c", ExecutedAt: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
				TestResults: []byte(`{"n":1.0}`), VerifiedBy: []byte(`{"implementation":"x","version":null,"clientLanguage":{"name":"go","testFramework":null}}`),
			},
		},
		"an address that is none, and a list of results": {
			`{"success":true,"providerApplicationVersion":"7","buildUrl":"foo","testResults":[]}`,
			verification.Submission{Success: true, ProviderVersion: "7", BuildURL: "foo", TestResults: []byte("[]")},
		},
	} {
		got, err := readSubmittedResult([]byte(c.body), nil)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
}

func TestReadResult_namesWhatIsWrong(t *testing.T) {
	const version = `"providerApplicationVersion":"7"`
	formats, err := versions.ParseFormats(versions.DefaultFormats)
	require.NoError(t, err)
	for body, fields := range map[string][]string{
		`{}`:                                                                                 {"success", "providerApplicationVersion"},
		`{"success":null,` + version + `}`:                                                   {"success"},
		`{"success":"true",` + version + `}`:                                                 {"success"},
		`{"success":1,` + version + `}`:                                                      {"success"},
		`{"Success":true,` + version + `}`:                                                   {"success"},
		`{"success":true,"providerApplicationVersion":null}`:                                 {"providerApplicationVersion"},
		`{"success":true,"providerApplicationVersion":7}`:                                    {"providerApplicationVersion"},
		`{"success":true,"providerApplicationVersion":""}`:                                   {"providerApplicationVersion"},
		`{"success":true,"providerApplicationVersion":"  "}`:                                 {"providerApplicationVersion"},
		`{"success":true,"providerApplicationVersion":"main"}`:                               {"providerApplicationVersion"},
		`{"success":true,"providerApplicationVersion":"1\u0000"}`:                            {"providerApplicationVersion"},
		`{"success":true,"providerApplicationVersion":"1\n"}`:                                {"providerApplicationVersion"},
		`{"success":true,"providerApplicationVersion":"` + strings.Repeat("1", 10000) + `"}`: {"providerApplicationVersion"},
		`{"success":true,` + version + `,"buildUrl":5}`:                                      {"buildUrl"},
		`{"success":true,` + version + `,"buildUrl":"not a url"}`:                            {"buildUrl"},
		`{"success":true,` + version + `,"buildUrl":"http://a\u0000b"}`:                      {"buildUrl"},
		`{"success":true,` + version + `,"buildUrl":"http://%zz"}`:                           {"buildUrl"},
		`{"success":true,` + version + `,"verificationDate":"yesterday"}`:                    {"verificationDate"},
		`{"success":true,` + version + `,"verificationDate":20261121}`:                       {"verificationDate"},
		`{"success":true,` + version + `,"verifiedBy":"me"}`:                                 {"verifiedBy"},
		`{"success":true,` + version + `,"verifiedBy":[]}`:                                   {"verifiedBy"},
		`{"success":true,` + version + `,"verifiedBy":{"version":1,"implementation":true}}`:  {"verifiedBy.implementation", "verifiedBy.version"},
		`{"success":true,` + version + `,"verifiedBy":{"clientLanguage":"go"}}`:              {"verifiedBy.clientLanguage"},
		`{"success":true,` + version + `,"verifiedBy":{"clientLanguage":{"name":1}}}`:        {"verifiedBy.clientLanguage.name"},
	} {
		_, err := readSubmittedResult([]byte(body), formats)
		require.ElementsMatch(t, fields, slices.Collect(maps.Keys(fieldsOf(t, err))), "%.100s", body)
	}
}

func TestReadResult_refusesWhatIsNoObject(t *testing.T) {
	for _, body := range []string{``, `  `, `[]`, `[{"success":true}]`, `"x"`, `null`, `{no json`, "{\"success\":true,\"x\":\"\xff\"}", `{"success":true,"success":false}`, strings.Repeat(`{"a":`, 60) + `1` + strings.Repeat(`}`, 60)} {
		_, err := readSubmittedResult([]byte(body), nil)
		require.True(t, fault.Is(err, fault.Malformed), "%.50q: %v", body, err)
	}
}

func TestParseTime_readsTheFormsInUse(t *testing.T) {
	want := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for _, text := range []string{"2026-11-21T09:00:00Z", "2026-11-21T10:00:00+01:00", "2026-11-21T09:00:00.000+0000", "2026-11-21T09:00:00", "2026-11-21 09:00:00",
		"2026-11-21 09:00:00 +0000", "2026-11-21T09:00+00:00", "2026-11-21T09:00"} {
		got, err := parseTime(text)
		require.NoError(t, err)
		require.True(t, want.Equal(got), text)
		require.Equal(t, time.UTC, got.Location())
	}
	day, err := parseTime("2026-11-21")
	require.NoError(t, err)
	require.Equal(t, want.Truncate(24*time.Hour), day)
	for _, text := range []string{"", "2026", "21.11.2026", "2026-13-01", "2026-11-21T25:00:00Z", "now"} {
		_, err := parseTime(text)
		require.Error(t, err, text)
	}
}
