package app_test

import (
	"bytes"
	"database/sql"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

func TestRun_cleansUpWhenItIsTime(t *testing.T) {
	for name, url := range map[string]func(t *testing.T, s *config.Settings){
		"sqlite":   func(*testing.T, *config.Settings) {},
		"postgres": func(t *testing.T, s *config.Settings) { s.Database.URL = testpostgres.Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settings(t)
			url(t, &s)
			s.Cleaning.Enabled, s.Cleaning.Schedule = true, cron.ConstantDelaySchedule{Delay: 2 * time.Second}
			s.Cleaning.KeepVersions = `[{"latest":true}]`
			out, log, stop := start(t, s)
			base := out.find(t, "answers at "+address)
			for n := range 3 {
				request, err := http.NewRequest(http.MethodPut, base+"/pacticipants/Foo/versions/"+strconv.Itoa(n), bytes.NewReader([]byte("{}")))
				require.NoError(t, err)
				request.Header.Set("Content-Type", "application/json")
				response, err := http.DefaultClient.Do(request)
				require.NoError(t, err)
				require.NoError(t, response.Body.Close())
				require.Equal(t, http.StatusCreated, response.StatusCode)
			}
			log.find(t, `(msg="cleaned up" .* versions=[12] )`)
			require.Regexp(t, `accord_cleaned_rows_total\{kind="versions"\} [12]\n`, metricsOf(t, base))
			require.Regexp(t, `accord_cleanups_total\{outcome="finished"\} [1-9]`, metricsOf(t, base))
			response, err := http.Get(base + "/api/v1/events?type=cleanup_ended")
			require.NoError(t, err)
			told, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Regexp(t, `"data":\{"deleted":\{[^}]*"versions":[12]\},"outcome":"finished"\}`, string(told))
			require.Eventually(t, func() bool {
				response, err := http.Get(base + "/pacticipants/Foo/versions/0")
				require.NoError(t, err)
				require.NoError(t, response.Body.Close())
				return response.StatusCode == http.StatusNotFound
			}, 10*time.Second, 50*time.Millisecond)
			require.NoError(t, stop())
		})
	}
}

func metricsOf(t *testing.T, base string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/metrics", http.NoBody)
	require.NoError(t, err)
	request.Header.Set("Accept", "text/plain")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(text)
}

func TestRun_takesOverACleanUpWhoseProcessDied(t *testing.T) {
	s := settings(t)
	s.Database.URL = testpostgres.Database(t)
	s.Cleaning.Enabled, s.Cleaning.Schedule = true, cron.ConstantDelaySchedule{Delay: time.Second}
	_, log, stop := start(t, s)
	log.find(t, `(msg="cleaned up")`)
	require.NoError(t, stop())
	database, err := sql.Open("pgx", s.Database.URL)
	require.NoError(t, err)
	defer database.Close()
	// What a process leaves that is killed while it cleans up.
	left, err := database.Exec(`UPDATE river_job SET state = 'running', finalized_at = NULL, attempted_at = now() - interval '1 minute'
		WHERE id = (SELECT max(id) FROM river_job WHERE kind = 'clean')`)
	require.NoError(t, err)
	n, err := left.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, n)

	_, log, stop = start(t, s)
	log.find(t, `(msg="cleaned up")`)
	require.NoError(t, stop())
}

func TestCleaningRules_areTheUsualOnesOnlyWhereNothingIsSet(t *testing.T) {
	now := time.Now()
	usual, err := app.CleaningRules(config.Cleaning{}, now)
	require.NoError(t, err)
	require.Len(t, usual.Keep, 6)
	own, err := app.CleaningRules(config.Cleaning{Rules: "delete versions of Foo"}, now)
	require.NoError(t, err)
	require.Empty(t, own.Keep)
	require.Len(t, own.Sentences, 1)
	_, err = app.CleaningRules(config.Cleaning{Rules: "x", KeepVersions: "x"}, now)
	var problems config.Problems
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems, 2)
}
