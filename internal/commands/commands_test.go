package commands_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/commands"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// run runs a command with its database in a fresh folder.
func run(t *testing.T, environ []string, args ...string) (code int, out, errors string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	environ = append([]string{"PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db")}, environ...)
	code = commands.Run(context.Background(), commands.Shell{Args: args, Environ: environ, Out: &stdout, Err: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestRun_tellsFromWrongUsageWhatWouldBeRight(t *testing.T) {
	tests := []struct {
		environ []string
		args    []string
		want    string
	}{
		{nil, []string{"--prot", "3"}, "unknown flag: --prot (did you mean --port?)"},
		{nil, []string{"token", "create", "--roll", "admin"}, "unknown flag: --roll (did you mean --role?)"},
		{nil, []string{"serve", "--frobnicate"}, "unknown flag: --frobnicate; broker serve --help lists them"},
		{nil, []string{"serv"}, "Did you mean this?\n\tserve"},
		{nil, []string{"token", "creat"}, "Did you mean this?\n\tcreate"},
		{nil, []string{"token", "x"}, `unknown command "x" for "broker token"; broker token --help lists them`},
		{nil, []string{"migrate", "now"}, `unknown command "now"`},
		{nil, []string{"serve", "--port", "x"}, `--port is "x", but must be a whole number`},
		{[]string{"PACT_BROKER_LOG_LEVEL=loud"}, []string{"migrate"}, `PACT_BROKER_LOG_LEVEL is "loud", but must be one of debug, info, warn, error`},
		{[]string{"PACT_BROKER_ORDER_VERSIONS_BY_DATE=false", "PACT_BROKER_SEMVER_FORMATS=x"}, []string{"serve"}, "PACT_BROKER_SEMVER_FORMATS"},
		{[]string{"PACT_BROKER_SECRETS_KEY=short"}, []string{"serve"}, "PACT_BROKER_SECRETS_KEY"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			code, out, errors := run(t, tt.environ, tt.args...)
			require.Contains(t, errors, tt.want)
			require.Equal(t, 2, code)
			require.Empty(t, out)
		})
	}
}

func TestVersion_isToldByTheCommandAndByTheFlag(t *testing.T) {
	code, out, _ := run(t, nil, "version")
	require.Zero(t, code)
	require.Contains(t, out, "compatible with the Pact Broker 2.120.0")
	code, flagged, _ := run(t, nil, "--version")
	require.Zero(t, code)
	require.Equal(t, out, flagged)
}

func TestVersion_tellsWhatRunsElsewhere(t *testing.T) {
	b := testbroker.New(t)
	code, out, _ := run(t, nil, "version", b.URL())
	require.Zero(t, code)
	require.Regexp(t, `\Ahttp://127\.0\.0\.1:\d+ runs Accord \S+, compatible with the Pact Broker 2\.120\.0, on sqlite, since \d{4}-`, strings.SplitAfter(out, "\n")[1])

	for address, says := range map[string]string{
		"broker.example.org": "is no address",
		b.URL() + "/nothing": "404",
	} {
		code, _, problem := run(t, nil, "version", address)
		require.Equal(t, 1, code, address)
		require.Contains(t, problem, says)
	}
}

func TestHelp_fitsInto80Columns(t *testing.T) {
	for _, words := range []string{"", "serve", "migrate", "doctor", "version", "compare-contract", "token", "token create", "token list", "token revoke", "user", "user create", "user list", "user disable", "user enable", "user password"} {
		t.Run(words, func(t *testing.T) {
			code, out, _ := run(t, nil, append(strings.Fields(words), "--help")...)
			require.Zero(t, code)
			for line := range strings.Lines(out) {
				require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, line)
			}
		})
	}
}

func TestMigrate_saysWhatItDid(t *testing.T) {
	environ := []string{"PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db"), "PACT_BROKER_AUTO_MIGRATE_DB=false"}
	_, out, _ := run(t, environ, "migrate")
	require.Contains(t, out, "was brought from schema 0 to ")
	_, out, _ = run(t, environ, "migrate")
	require.Contains(t, out, "is up to date")
}

func TestServe_startsNotOnTablesThatAreBehind(t *testing.T) {
	code, _, errors := run(t, []string{"PACT_BROKER_AUTO_MIGRATE_DB=false"}, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, errors, "run `broker migrate`")
}

func TestDoctor_findsAllWell(t *testing.T) {
	code, out, errors := run(t, nil, "doctor", "--port", "0")
	require.Zero(t, code, errors)
	require.Contains(t, out, "ok    database")
	require.NotContains(t, out, "TO DO")
}

func TestDoctor_triesToOpenWhatIsEncrypted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	environ := []string{"PACT_BROKER_DATABASE_URL=sqlite://" + path, "PACT_BROKER_PORT=0"}
	settings := config.Default()
	settings.Database.URL = "sqlite://" + path
	broker, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	_, out, _ := run(t, environ, "doctor")
	require.Contains(t, out, "ok    secrets   there is a key; nothing is encrypted yet")

	request := httptest.NewRequest(http.MethodPut, "/api/v1/secrets/ci", strings.NewReader(`{"value":"hush","hosts":["ci.example.org"]}`))
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	broker.Handler().ServeHTTP(answer, request)
	require.Equal(t, http.StatusCreated, answer.Code)
	require.NoError(t, broker.Close())
	code, out, _ := run(t, environ, "doctor")
	require.Zero(t, code)
	require.Contains(t, out, "ok    secrets   the key opens what is encrypted, 1 in all")

	require.NoError(t, os.Remove(path+".key"))
	code, out, _ = run(t, environ, "doctor")
	require.Equal(t, 1, code)
	require.Contains(t, out, "TO DO secrets   1 of 1 encrypted values cannot be read, the first that of secret ci. Put the key")
	require.NoFileExists(t, path+".key")
}

func TestDoctor_notesFilesThatAllCanRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	require.NoError(t, os.Chmod(path, 0o644))
	_, out, _ := run(t, []string{"PACT_BROKER_DATABASE_URL=sqlite://" + path, "PACT_BROKER_PORT=0"}, "doctor")
	require.Contains(t, out, "chmod 600")
}

func TestDoctor_notesTheBaseAddressOfAnotherBroker(t *testing.T) {
	_, out, _ := run(t, []string{"PACT_BROKER_PORT=49393", "PACT_BROKER_BASE_URL=http://localhost:9292"}, "doctor")
	require.Contains(t, out, "note  address   PACT_BROKER_BASE_URL is http://localhost:9292, but the broker listens on port 49393")
}

func TestDoctor_saysWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())

	tests := []struct {
		name, want string
		environ    []string
	}{
		{"settings", "PACT_BROKER_PORT is", []string{"PACT_BROKER_PORT=x"}},
		{"address", "stop the other program or set PACT_BROKER_PORT", []string{"PACT_BROKER_PORT=" + port}},
		{"database", "Check PACT_BROKER_DATABASE_URL", []string{"PACT_BROKER_PORT=0", "PACT_BROKER_DATABASE_URL=postgres://127.0.0.1:1/none"}},
		{"database", "cannot be in /no/such/folder: there is no such folder; make it", []string{"PACT_BROKER_PORT=0", "PACT_BROKER_DATABASE_URL=sqlite:////no/such/folder/accord.db"}},
		{"database", "run `broker migrate`", []string{"PACT_BROKER_PORT=0", "PACT_BROKER_AUTO_MIGRATE_DB=false"}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			code, out, _ := run(t, tt.environ, "doctor")
			require.Equal(t, 1, code)
			var todo []string
			for _, line := range strings.Split(out, "\n") {
				if strings.HasPrefix(line, "TO DO") {
					todo = append(todo, line)
				}
			}
			require.Len(t, todo, 1)
			require.Contains(t, todo[0], tt.name)
			require.Contains(t, todo[0], tt.want)
		})
	}
}

func TestCommands_besideABrokerThatServes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	settings := config.Default()
	settings.Database.URL = "sqlite://" + path
	broker, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, broker.Close()) })
	environ := []string{"PACT_BROKER_DATABASE_URL=sqlite://" + path, "PACT_BROKER_PORT=0"}
	pid := "process " + strconv.Itoa(os.Getpid())

	code, _, errors := run(t, environ, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, errors, "another broker serves from "+path+": "+pid)
	code, out, _ := run(t, environ, "doctor")
	require.Zero(t, code)
	require.Contains(t, out, "note  database  a broker serves from it now: "+pid)
	code, out, _ = run(t, environ, "migrate")
	require.Zero(t, code)
	require.Contains(t, out, "is up to date")
}

func TestRun_warnsOfSecretsAmongItsWords(t *testing.T) {
	for want, args := range map[string][]string{
		"PACT_BROKER_DATABASE_URL_FILE": {"migrate", "--database-url", "postgres://jo:hush@127.0.0.1:1/accord"},
		"PGPASSWORD":                    {"import", "--from", "postgres://jo:hush@127.0.0.1:1/pact_broker"},
		"who may only read":             {"import", "--from", "mysql://jo:hush@127.0.0.1:1/pact_broker"},
		"PACT_BROKER_OWN_TOKEN":         {"compare", "--with", "http://127.0.0.1:1", "--own-token", "hush"},
		"PACT_BROKER_TOKEN":             {"version", "http://127.0.0.1:1", "--token", "hush"},
	} {
		code, _, errors := run(t, []string{"PACT_BROKER_BASE_URL=http://127.0.0.1:1", "PACT_BROKER_DATABASE_CONNECT_MAX_RETRIES=0"}, args...)
		require.NotZero(t, code, args)
		require.Contains(t, errors, "list the processes", args)
		require.Contains(t, errors, want, args)
		require.NotContains(t, errors, "hush", args)
	}
	_, _, errors := run(t, nil, "migrate", "--database-url", "sqlite://"+filepath.Join(t.TempDir(), "x.db"))
	require.NotContains(t, errors, "list the processes")
}
