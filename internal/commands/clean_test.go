package commands_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClean_deletesWhatItsDryRunTells(t *testing.T) {
	path, environ := published(t)
	ruin(t, path, "DELETE FROM pact_publications",
		"INSERT INTO versions (pacticipant_id, number, position, created_at, updated_at) SELECT id, 'old', 0, 1, 1 FROM all_pacticipants WHERE name = 'Foo'")
	rows := "deliveries that are done, but the newest   0     \n" +
		"results that later ones repeat             0     \n" +
		"pacts that others have replaced            0     \n" +
		"versions that no rule keeps                1     \n" +
		"their pacts                                0     \n" +
		"their results                              0     \n" +
		"empty branches on which nobody works       0     \n" +
		"contents that no pact and no result names  1     1 KB\n" +
		"\n"
	for range 2 {
		code, out, errors := run(t, environ, "clean", "--dry-run")
		require.Zero(t, code, errors)
		require.Equal(t, "WOULD BE DELETED                           ROWS  SIZE\n"+rows+
			"APPLICATION  WOULD GO  STAY  FROM  TO\n"+
			"Bar          0         0           \n"+
			"Foo          1         1     old   old\n"+
			"\nWHY\n  Foo: no selector keeps it: 1, the newest version: 1\n"+
			"Nothing was deleted.\n", out)
	}
	code, out, errors := run(t, environ, "clean")
	require.Zero(t, code, errors)
	require.Contains(t, out, "DELETED                                    ROWS  SIZE\n"+rows+"APPLICATION  GONE  STAY")
	code, out, _ = run(t, environ, "audit", "export")
	require.Zero(t, code)
	require.Contains(t, out, `"clean"`)
	require.Contains(t, out, `"versions"`)

	code, out, _ = run(t, environ, "clean", "--output", "json", "--older-than", "30d")
	require.Zero(t, code)
	var told struct {
		DryRun       bool `json:"dry_run"`
		Finished     bool
		Before       string
		Found        []map[string]any
		Applications []map[string]any
		Error        *string
	}
	require.NoError(t, json.Unmarshal([]byte(out), &told))
	require.False(t, told.DryRun)
	require.True(t, told.Finished)
	require.NotEmpty(t, told.Before)
	require.Nil(t, told.Error)
	require.Len(t, told.Found, 8)
	for _, kind := range told.Found {
		require.Zero(t, kind["rows"], kind["kind"])
	}
	require.Equal(t, "Foo", told.Applications[1]["name"])
	require.EqualValues(t, 1, told.Applications[1]["kept"])
}

func TestClean_byRulesAndSettings(t *testing.T) {
	_, environ := published(t)
	code, out, errors := run(t, environ, "clean", "--dry-run", "--rule", "delete versions of Nobody", "--output", "json")
	require.Zero(t, code, errors)
	require.Contains(t, out, `"deleted": 0`)
	code, out, errors = run(t, append(environ, "PACT_BROKER_DATABASE_CLEAN_DRY_RUN=true"), "clean")
	require.Zero(t, code, errors)
	require.Contains(t, out, "Nothing was deleted.")
}

func TestClean_refusals(t *testing.T) {
	tests := []struct {
		want    string
		code    int
		environ []string
		args    []string
	}{
		{`--older-than "soon" must be a time such as 90d`, 2, nil, []string{"clean", "--dry-run", "--older-than", "soon"}},
		{`--output is "xml"`, 2, nil, []string{"clean", "--dry-run", "--output", "xml"}},
		{"not up to date; run `broker migrate`", 1, nil, []string{"clean", "--dry-run"}},
		{"--rule is empty", 2, nil, []string{"clean", "--rule", ""}},
		{"--rule is empty; give it a sentence", 2, nil, []string{"clean", "--rule", "delete versions of Foo", "--rule", " "}},
		{`--rule: "forget Foo": it must begin with keep or delete`, 2, nil, []string{"clean", "--rule", "forget Foo"}},
		{`PACT_BROKER_DATABASE_CLEAN_KEEP_VERSION_SELECTORS selector 1 has the member "lastest"`, 2, []string{`PACT_BROKER_DATABASE_CLEAN_KEEP_VERSION_SELECTORS=[{"lastest":true}]`}, []string{"clean"}},
		{`PACT_BROKER_DATABASE_CLEAN_KEEP_VERSION_SELECTORS must have at least one`, 2, []string{`PACT_BROKER_DATABASE_CLEAN_KEEP_VERSION_SELECTORS=[]`}, []string{"serve"}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			code, out, errors := run(t, tt.environ, tt.args...)
			require.Equal(t, tt.code, code)
			require.Contains(t, strings.Join(strings.Fields(errors), " "), tt.want)
			require.Empty(t, out)
		})
	}
}
