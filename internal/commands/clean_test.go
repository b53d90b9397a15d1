package commands_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClean_tellsWhatCouldBeDeletedAndDeletesNothing(t *testing.T) {
	path, environ := published(t)
	ruin(t, path, "DELETE FROM pact_publications")
	for range 2 {
		code, out, errors := run(t, environ, "clean", "--dry-run")
		require.Zero(t, code, errors)
		require.Equal(t, "COULD BE DELETED                           ROWS  SIZE\n"+
			"results that later ones repeat             0     0 KB\n"+
			"contents that no pact and no result names  1     1 KB\n"+
			"deliveries that are done, but the newest   0     0 KB\n"+
			"Nothing was deleted. No verdict and no choice of pacts to verify rests on this.\n", out)
	}
	code, out, _ := run(t, environ, "clean", "--dry-run", "--output", "json", "--older-than", "30d")
	require.Zero(t, code)
	var told struct {
		DryRun bool `json:"dry_run"`
		Before string
		Found  []map[string]any
		Error  *string
	}
	require.NoError(t, json.Unmarshal([]byte(out), &told))
	require.True(t, told.DryRun)
	require.NotEmpty(t, told.Before)
	require.Nil(t, told.Error)
	require.Len(t, told.Found, 3)
	require.Equal(t, "orphaned_contents", told.Found[1]["kind"])
	require.EqualValues(t, 1, told.Found[1]["rows"])
}

func TestClean_refusals(t *testing.T) {
	tests := []struct {
		want string
		code int
		args []string
	}{
		{"clean only tells yet what could be deleted: add --dry-run", 2, []string{"clean"}},
		{`--older-than "soon" must be a time such as 90d`, 2, []string{"clean", "--dry-run", "--older-than", "soon"}},
		{`--output is "xml"`, 2, []string{"clean", "--dry-run", "--output", "xml"}},
		{"not up to date: run `broker migrate`", 1, []string{"clean", "--dry-run"}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			code, out, errors := run(t, nil, tt.args...)
			require.Equal(t, tt.code, code)
			require.Contains(t, inOneLine(t, errors), tt.want)
			require.Empty(t, out)
		})
	}
}
