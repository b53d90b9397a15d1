package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/tests3"
)

// intoStore lets backups go into a store.
func intoStore(s *config.Settings, server *tests3.Server) {
	s.Backups.To = "s3://" + tests3.Bucket + "/accord"
	s.Backups.Store = config.BackupStore{Endpoint: server.URL, Region: "us-east-1", AccessKey: tests3.AccessKey, SecretKey: tests3.SecretKey}
}

func TestRun_backsUpWhenItIsTimeAndKeepsTheNewest(t *testing.T) {
	server := tests3.Start(t)
	folder := t.TempDir()
	for name, tt := range map[string]struct {
		set  func(*config.Settings)
		kept func() []string
	}{
		"folder": {func(s *config.Settings) { s.Backups.To = folder }, func() []string {
			found, err := filepath.Glob(filepath.Join(folder, "accord-*.db"))
			require.NoError(t, err)
			return found
		}},
		"store": {func(s *config.Settings) { intoStore(s, server) }, func() []string { return server.Keys(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(t)
			s.Backups.Schedule, s.Backups.Keep = cron.ConstantDelaySchedule{Delay: time.Second}, 2
			tt.set(&s)
			out, log, stop := start(t, s)
			base := out.find(t, "answers at "+address)
			log.find(t, `(msg="backed up" file=\S+accord-\d{8}T\d{6}Z.db bytes=\d+ schema=\d+ deleted=1 )`)
			counted := metricsOf(t, base)
			require.Regexp(t, `accord_backups_total\{outcome="finished"\} [3-9]`, counted)
			require.Regexp(t, `accord_backup_last_timestamp_seconds 1\.\d+e\+09`, counted)
			require.Regexp(t, `accord_backup_last_size_bytes [1-9]`, counted)
			require.NoError(t, stop())
			require.Len(t, tt.kept(), 2)

			age, asked, err := app.CheckBackups(t.Context(), s, time.Now())
			require.NoError(t, err)
			require.True(t, asked)
			require.NotEmpty(t, age.Newest)
			s.Database.URL = "sqlite://" + filepath.Join(t.TempDir(), "accord.db")
			restored, from, err := app.Restore(t.Context(), s, s.Backups.To, false, func(int64, int64) {})
			require.NoError(t, err)
			require.Equal(t, age.Newest, from, "of a place the newest is taken")
			require.Positive(t, restored.Size)
			left, err := filepath.Glob(restored.File + "*")
			require.NoError(t, err)
			require.ElementsMatch(t, []string{restored.File, restored.File + ".lock"}, left)
		})
	}
}

// A broker that was off when it was time makes the backup when it starts; one that
// has a new one waits.
func TestRun_backsUpAtTheStartOnlyWhatWasMissed(t *testing.T) {
	s := settings(t)
	s.Backups.Schedule = cron.ConstantDelaySchedule{Delay: time.Hour}
	_, log, stop := start(t, s)
	log.find(t, `(msg="backed up")`)
	require.NoError(t, stop())
	path, _ := s.Database.File()
	kept := func() []string {
		found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "backups", "accord-*.db"))
		require.NoError(t, err)
		return found
	}
	require.Len(t, kept(), 1, "beside the database where no place is set")

	out, log, stop := start(t, s)
	base := out.find(t, "answers at "+address)
	require.Eventually(t, func() bool { return !strings.Contains(metricsOf(t, base), "accord_backup_last_timestamp_seconds 0\n") }, 10*time.Second, 50*time.Millisecond, "it looked what there is")
	require.NoError(t, stop())
	require.NotContains(t, log.String(), "backed up")

	old := filepath.Join(filepath.Dir(kept()[0]), "accord-"+time.Now().UTC().Add(-61*time.Minute).Format("20060102T150405Z")+".db")
	require.NoError(t, os.Rename(kept()[0], old))
	_, log, stop = start(t, s)
	log.find(t, `(msg="backed up")`)
	require.NoError(t, stop())
	require.Len(t, kept(), 2)
}

func TestRun_saysWhyABackupFailed(t *testing.T) {
	server := tests3.Start(t)
	server.Answer = func(w http.ResponseWriter, _ *http.Request) bool {
		tests3.Refuse(w, http.StatusForbidden, "AccessDenied")
		return true
	}
	s := settings(t)
	s.Backups.Schedule = cron.ConstantDelaySchedule{Delay: time.Second}
	intoStore(&s, server)
	out, log, stop := start(t, s)
	base := out.find(t, "answers at "+address)
	log.find(t, `level=WARN (msg="backing up failed" to=s3://copies/accord error=".*the keys need s3:ListBucket on the bucket copies.*" again_in=15m0s)`)
	require.Contains(t, metricsOf(t, base), `accord_backups_total{outcome="failed"} 1`)
	require.NoError(t, stop())
	require.NotContains(t, log.String(), tests3.SecretKey)
	_, _, err := app.CheckBackups(t.Context(), s, time.Now())
	require.ErrorContains(t, err, "the keys need s3:ListBucket")
}

func TestCheckBackups_tellsFromWhenOnTheNewestIsTooOld(t *testing.T) {
	s := settings(t)
	at := time.Date(2026, 1, 31, 2, 0, 0, 0, time.UTC)
	check := func(now time.Time) app.BackupAge {
		age, asked, err := app.CheckBackups(t.Context(), s, now)
		require.NoError(t, err)
		require.True(t, asked)
		return age
	}
	_, asked, err := app.CheckBackups(t.Context(), s, at)
	require.NoError(t, err)
	require.False(t, asked)

	s.Backups.Schedule = cron.ConstantDelaySchedule{Delay: 24 * time.Hour}
	require.Equal(t, app.BackupAge{Overdue: true}, check(at), "there is none")
	s.Backups.To = t.TempDir()
	name := filepath.Join(s.Backups.To, "accord-20260131T020000Z.db")
	require.NoError(t, os.WriteFile(name, nil, 0o600))
	require.Equal(t, app.BackupAge{Newest: name, At: at}, check(at.Add(47*time.Hour)))
	require.True(t, check(at.Add(49*time.Hour)).Overdue)
	s.Backups.MaxAge = time.Hour
	require.False(t, check(at.Add(59*time.Minute)).Overdue)
	require.True(t, check(at.Add(61*time.Minute)).Overdue)

	s.Database.URL = "postgres://db/pacts"
	_, asked, err = app.CheckBackups(t.Context(), s, at)
	require.NoError(t, err)
	require.False(t, asked, "others see to it")
}
