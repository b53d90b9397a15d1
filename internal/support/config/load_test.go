package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
)

// load reads the settings from nothing but the given variables.
func load(t *testing.T, environ ...string) config.Loaded {
	t.Helper()
	loaded, err := config.Load(config.Sources{Environ: environ})
	require.NoError(t, err)
	return loaded
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestLoad_withNothingSetServesThisMachineOnly(t *testing.T) {
	s := load(t).Settings
	require.Equal(t, "127.0.0.1", s.Server.Host)
	require.Equal(t, 9292, s.Server.Port)
	require.Equal(t, "sqlite://accord.db", s.Database.URL)
	require.Equal(t, int64(20<<20), s.Server.MaxBodySize)
	require.Equal(t, 10*time.Second, s.Versions.FirstTagAsBranchWithin)
	require.Equal(t, 30*24*time.Hour, s.Verdicts.StaleAfter)
	require.Equal(t, []string{"develop", "main", "master"}, s.Versions.MainBranchCandidates)
	require.Equal(t, "https://img.shields.io", s.Badges.ShieldsURL)
	require.True(t, s.Webhooks.VerifyTLS)
	require.False(t, s.Access.BasicAuth)
}

func TestLoad_flagsWinOverEnvironmentOverFileOverDefault(t *testing.T) {
	file := write(t, "accord.yml", "port: 1001\nhost: file.example\nlog_level: warn\nmain_branch_candidates: [trunk, main]\n")
	loaded, err := config.Load(config.Sources{
		Flags:   map[string]string{"port": "1003"},
		Environ: []string{"PACT_BROKER_CONF=" + file, "PACT_BROKER_PORT=1002", "PACT_BROKER_HOST=environment.example"},
	})
	require.NoError(t, err)
	s := loaded.Settings
	require.Equal(t, 1003, s.Server.Port)
	require.Equal(t, "environment.example", s.Server.Host)
	require.Equal(t, "warn", s.Log.Level)
	require.Equal(t, []string{"trunk", "main"}, s.Versions.MainBranchCandidates)
	require.Equal(t, map[string]string{
		"port": "--port", "host": "PACT_BROKER_HOST",
		"log_level": file + ": log_level", "main_branch_candidates": file + ": main_branch_candidates",
	}, loaded.From)
}

func TestLoad_readsValues(t *testing.T) {
	tests := []struct {
		variable string
		got      func(config.Settings) any
		want     any
	}{
		{"BASE_URL=https://a.example/pacts/ http://b", func(s config.Settings) any { return s.Server.BaseURLs }, []string{"https://a.example/pacts", "http://b"}},
		{"BASE_URLS=https://a.example", func(s config.Settings) any { return s.Server.BaseURLs }, []string{"https://a.example"}},
		{"SHIELDS_IO_BASE_URL=", func(s config.Settings) any { return s.Badges.ShieldsURL }, ""},
		{"SEED_EXAMPLE_DATA=", func(s config.Settings) any { return s.SeedExampleData }, true},
		{"SEED_EXAMPLE_DATA=No", func(s config.Settings) any { return s.SeedExampleData }, false},
		{"DATABASE_URL=sqlite://accord.db", func(s config.Settings) any { return s.SeedExampleData }, true},
		{"DATABASE_URL=sqlite:////srv/acord.db", func(s config.Settings) any { return s.SeedExampleData }, false},
		{"DATABASE_URL=postgres://db/accord", func(s config.Settings) any { return s.SeedExampleData }, false},
		{"WEBHOOK_RETRY_SCHEDULE=1 2m", func(s config.Settings) any { return s.Webhooks.RetrySchedule }, []time.Duration{time.Second, 2 * time.Minute}},
		{"WEBHOOK_HTTP_METHOD_WHITELIST=get post", func(s config.Settings) any { return s.Webhooks.Methods }, []string{"GET", "POST"}},
		{"WEBHOOK_HTTP_CODE_SUCCESS=200 404", func(s config.Settings) any { return s.Webhooks.SuccessCodes }, []int{200, 404}},
		{"WEBHOOK_HOST_WHITELIST=/ci\\d+/ *.example.org 10.0.0.0/8", func(s config.Settings) any { return s.Webhooks.Hosts }, []string{`/ci\d+/`, "*.example.org", "10.0.0.0/8"}},
		{"DISABLE_SSL_VERIFICATION=true", func(s config.Settings) any { return s.Webhooks.VerifyTLS }, false},
		{"PACT_CONTENT_DIFF_TIMEOUT=1.5", func(s config.Settings) any { return s.Server.DiffTimeout }, 1500 * time.Millisecond},
		{"VERDICT_STALE_AFTER=2d", func(s config.Settings) any { return s.Verdicts.StaleAfter }, 48 * time.Hour},
		{"MAX_BODY_SIZE=5kB", func(s config.Settings) any { return s.Server.MaxBodySize }, int64(5120)},
		{"MAX_BODY_SIZE=77", func(s config.Settings) any { return s.Server.MaxBodySize }, int64(77)},
		{"BADGE_PROVIDER_MODE=proxy", func(s config.Settings) any { return s.Badges.Proxy }, true},
		{"LOG_LEVEL=FATAL", func(s config.Settings) any { return s.Log.Level }, "error"},
		{"FEATURES=A b", func(s config.Settings) any { return s.Features }, []string{"a", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.variable, func(t *testing.T) {
			require.Equal(t, tt.want, tt.got(load(t, "PACT_BROKER_"+tt.variable).Settings))
		})
	}
}

func TestLoad_reportsAllProblemsAtOnceNamingWhatWouldBeRight(t *testing.T) {
	_, err := config.Load(config.Sources{
		Flags: map[string]string{"log_format": "xml"},
		Environ: []string{
			"PACT_BROKER_PORT=70000", "PACT_BROKER_SEED_EXAMPLE_DATA=maybe", "PACT_BROKER_DATABASE_URL=oracle://secret@x/y",
			"PACT_BROKER_BASE_URL=broker.example.org", "PACT_BROKER_VERDICT_LOST_AFTER=1m", "PACT_BROKER_BASIC_AUTH_USERNAME=me",
		},
	})
	require.Equal(t, config.Problems{
		`PACT_BROKER_PORT is "70000", but must be a whole number from 0 to 65535`,
		`PACT_BROKER_BASE_URL is "broker.example.org", but must be addresses with http or https and a host, separated by spaces, such as https://broker.example.org ("broker.example.org" is none)`,
		`PACT_BROKER_DATABASE_URL (not shown) must be sqlite:////path/to/accord.db or postgres://user:password@host:5432/name`,
		`--log-format is "xml", but must be one of text, json`,
		`PACT_BROKER_SEED_EXAMPLE_DATA is "maybe", but must be true or false`,
		`PACT_BROKER_BASIC_AUTH_USERNAME and PACT_BROKER_BASIC_AUTH_PASSWORD must be set together: with one of them alone the broker would be open`,
		`PACT_BROKER_VERDICT_PENDING_FOR (1h0m0s) must not be longer than PACT_BROKER_VERDICT_LOST_AFTER (1m0s)`,
	}, err)
}

func TestLoad_refusesBadValues(t *testing.T) {
	for _, entry := range []string{
		"PORT=-1", "PORT=x", "BASE_URL=ftp://x", "BASE_URL=https://x?q=1", "WEBHOOK_RETRY_SCHEDULE=1 x", "WEBHOOK_RETRY_SCHEDULE=-1",
		"WEBHOOK_SCHEME_WHITELIST=gopher", "WEBHOOK_HOST_WHITELIST=https://x", "WEBHOOK_HOST_WHITELIST=/(/", "WEBHOOK_HTTP_CODE_SUCCESS=20",
		"WEBHOOK_HTTP_METHOD_WHITELIST=P0ST", "MAX_BODY_SIZE=0", "MAX_BODY_SIZE=1TB", "PACT_CONTENT_DIFF_TIMEOUT=NaN", "PACT_CONTENT_DIFF_TIMEOUT=1e30",
		"SHIELDS_IO_BASE_URL=img", "BADGE_PROVIDER_MODE=none", "LOG_LEVEL=loud", "MIN_WIP_WINDOW_DAYS=15", "BASIC_AUTH_ENABLED=true",
		"BASIC_AUTH_PASSWORD=x", "BASIC_AUTH_READ_ONLY_USERNAME=x", "DATABASE_SSLMODE=on", "DATABASE_ADAPTER=mysql2", "DATABASE_USERNAME=x",
		"DATABASE_URL_ENVIRONMENT_VARIABLE_NAME=NOT_THERE", "SECRETS_KEY_FILE=/not/there", "CONF=/not/there",
		"WEBHOOK_CERTIFICATES=x", "WEBHOOK_CERTIFICATES__0__DESCRIPTION=x", "WEBHOOK_CERTIFICATES__0__CONTENT=x", "WEBHOOK_CERTIFICATES__0__PATH=/not/there",
	} {
		t.Run(entry, func(t *testing.T) {
			name, _, _ := strings.Cut("PACT_BROKER_"+entry, "=")
			_, err := config.Load(config.Sources{Environ: []string{"PACT_BROKER_" + entry}})
			var problems config.Problems
			require.ErrorAs(t, err, &problems, "accepted")
			require.Len(t, problems, 1)
			if !strings.Contains(entry, "CERTIFICATES__") && !strings.Contains(entry, "DATABASE_USERNAME") {
				require.Contains(t, problems[0], name)
			}
		})
	}
}

func TestLoad_warnsOfUnknownVariablesButNotOfForeignOnes(t *testing.T) {
	loaded := load(t,
		"PACT_BROKER_PROT=1", "PACT_BROKER_DATABASE_URLL=x", "PACT_BROKER_FROBNICATE=1", "PATH=/bin",
		"PACT_BROKER_PUMA_PERSISTENT_TIMEOUT=20", "PACT_BROKER_USERNAME=ci", "PACT_BROKER_TOKEN=t",
		"PACT_BROKER_SERVICE_HOST=10.0.0.1", "PACT_BROKER_SERVICE_PORT_HTTP=80", "PACT_BROKER_PORT_9292_TCP_ADDR=10.0.0.1",
		"PACT_BROKER_DB_PORT_5432_TCP=tcp://10.0.0.2:5432")
	require.Equal(t, []string{
		"PACT_BROKER_DATABASE_URLL is not a setting and has no effect (did you mean PACT_BROKER_DATABASE_URL?).",
		"PACT_BROKER_FROBNICATE is not a setting and has no effect.",
		"PACT_BROKER_PROT is not a setting and has no effect (did you mean PACT_BROKER_PORT?).",
	}, loaded.Warnings)
}

func TestLoad_ignoresThePortThatKubernetesSets(t *testing.T) {
	loaded := load(t, "PACT_BROKER_PORT=tcp://10.96.0.7:9292", "PACT_BROKER_DATABASE_PORT=tcp://10.96.0.8:5432")
	require.Equal(t, 9292, loaded.Settings.Server.Port)
	require.Len(t, loaded.Warnings, 2)
	require.Contains(t, loaded.Warnings[1], "PACT_BROKER_PORT=tcp://10.96.0.7:9292 is ignored")
}

func TestLoad_stopsAtUnknownKeysInTheFile(t *testing.T) {
	file := write(t, "accord.yml", "prot: 1\nbasic_auth: {username: x}\nuse_hal_browser: true\n")
	_, err := config.Load(config.Sources{Flags: map[string]string{"conf": file}})
	require.Equal(t, config.Problems{
		file + ": basic_auth must be a single value or a list of them",
		file + ": prot is not a setting (did you mean port?)",
	}, err)
}

func TestLoad_readsSecretsFromFiles(t *testing.T) {
	file := write(t, "password", "  hush\n")
	s := load(t, "PACT_BROKER_BASIC_AUTH_USERNAME=me", "PACT_BROKER_BASIC_AUTH_PASSWORD_FILE="+file).Settings
	require.True(t, s.Access.BasicAuth)
	require.Equal(t, "hush", s.Access.Password)

	_, err := config.Load(config.Sources{Environ: []string{"PACT_BROKER_SECRETS_KEY=x", "PACT_BROKER_SECRETS_KEY_FILE=" + file}})
	require.Equal(t, config.Problems{"PACT_BROKER_SECRETS_KEY and PACT_BROKER_SECRETS_KEY_FILE are both set; keep one of them"}, err)
}

func TestLoad_takesAddressesFromTheVariablesNamed(t *testing.T) {
	s := load(t, "DATABASE_URL=postgres://db/x", "HEROKU_PORT=8080", "PACT_BROKER_PORT=1",
		"PACT_BROKER_DATABASE_URL_ENVIRONMENT_VARIABLE_NAME=DATABASE_URL", "PACT_BROKER_PORT_ENVIRONMENT_VARIABLE_NAME=HEROKU_PORT").Settings
	require.Equal(t, "postgres://db/x", s.Database.URL)
	require.Equal(t, 8080, s.Server.Port)
}

func TestLoad_whatIsCleanedUpAndWhen(t *testing.T) {
	usual := load(t).Settings.Cleaning
	require.False(t, usual.Enabled)
	require.Zero(t, usual.Limit)
	require.Equal(t, 7*24*time.Hour, usual.ReplacedFor)
	midnight := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	require.Equal(t, "02:15:00", usual.Schedule.Next(midnight).Format(time.TimeOnly))

	set := load(t, "PACT_BROKER_DATABASE_CLEAN_ENABLED=true", "PACT_BROKER_DATABASE_CLEAN_CRON_SCHEDULE=30 0 4 * * *", "PACT_BROKER_DATABASE_CLEAN_DELETION_LIMIT=500",
		"PACT_BROKER_DATABASE_CLEAN_OVERWRITTEN_DATA_MAX_AGE=90", `PACT_BROKER_DATABASE_CLEAN_KEEP_VERSION_SELECTORS=[{"latest":true}]`,
		"PACT_BROKER_DATABASE_CLEAN_DRY_RUN=true", "PACT_BROKER_DATABASE_CLEAN_MODE=external")
	require.Empty(t, set.Warnings)
	cleaning := set.Settings.Cleaning
	require.Equal(t, "04:00:30", cleaning.Schedule.Next(midnight).Format(time.TimeOnly))
	cleaning.Schedule = nil
	require.Equal(t, config.Cleaning{
		Enabled: true, Limit: 500, ReplacedFor: 90 * 24 * time.Hour, KeepVersions: `[{"latest":true}]`, DryRun: true, LivingBranch: 90 * 24 * time.Hour, MaxDuration: 10 * time.Minute,
	}, cleaning)

	_, err := config.Load(config.Sources{Environ: []string{"PACT_BROKER_DATABASE_CLEAN_CRON_SCHEDULE=0 0 2 * * * 2026"}})
	require.ErrorContains(t, err, "a schedule such as 15 2 * * *")
}

func TestLoad_whereBackupsGoAndWhen(t *testing.T) {
	usual := load(t).Settings.Backups
	require.Equal(t, config.Backups{Store: config.BackupStore{Endpoint: "https://s3.amazonaws.com", Region: "us-east-1"}}, usual)

	secret := write(t, "secret", "hush\n")
	set := load(t, "PACT_BROKER_BACKUP_SCHEDULE=15 3 * * *", "PACT_BROKER_BACKUP_TO=s3://copies/accord", "PACT_BROKER_BACKUP_KEEP=30", "PACT_BROKER_BACKUP_MAX_AGE=36h",
		"PACT_BROKER_BACKUP_S3_ENDPOINT=http://127.0.0.1:9000/", "PACT_BROKER_BACKUP_S3_REGION=eu-central-1", "PACT_BROKER_BACKUP_S3_ACCESS_KEY=id", "PACT_BROKER_BACKUP_S3_SECRET_KEY_FILE="+secret).Settings.Backups
	require.Equal(t, "03:15:00", set.Schedule.Next(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)).Format(time.TimeOnly))
	set.Schedule = nil
	require.Equal(t, config.Backups{
		To: "s3://copies/accord", Keep: 30, MaxAge: 36 * time.Hour,
		Store: config.BackupStore{Endpoint: "http://127.0.0.1:9000", Region: "eu-central-1", AccessKey: "id", SecretKey: "hush"},
	}, set)
	require.Equal(t, "/mnt/backups", load(t, "PACT_BROKER_BACKUP_TO=/mnt/backups").Settings.Backups.To)
}
