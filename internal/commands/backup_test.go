package commands_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
	"github.com/accord-broker/accord/internal/testing/tests3"
)

// inFreshFolder lets the test run where accord.db is its database, in use by a
// broker with one application and one secret until stop is called.
func inFreshFolder(t *testing.T) (environ []string, stop func()) {
	t.Helper()
	t.Chdir(t.TempDir())
	settings := config.Default()
	settings.Database.URL = "sqlite://accord.db"
	return []string{"PACT_BROKER_DATABASE_URL=sqlite://accord.db", "PACT_BROKER_PORT=0"}, serving(t, settings)
}

// serving starts a broker and fills it.
func serving(t *testing.T, settings config.Settings) (stop func()) {
	t.Helper()
	broker, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	for address, body := range map[string]string{"/pacticipants/Foo/versions/1": `{}`, "/api/v1/secrets/ci": `{"value":"hush","hosts":["ci.example.org"]}`} {
		request := httptest.NewRequest(http.MethodPut, address, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		broker.Handler().ServeHTTP(answer, request)
		require.Less(t, answer.Code, 300, answer.Body.String())
	}
	return func() { require.NoError(t, broker.Close()) }
}

// inOneLine is a text that was broken into lines, none longer than 80 columns.
func inOneLine(t *testing.T, text string) string {
	t.Helper()
	for line := range strings.Lines(text) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, line)
	}
	return strings.Join(strings.Fields(text), " ")
}

func onlyBackup(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("backups/accord-*.db")
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

func TestBackupAndRestore_sayWhatTheyDidAndWhatIsLeftToDo(t *testing.T) {
	environ, stop := inFreshFolder(t)
	code, out, errors := run(t, environ, "backup")
	require.Zero(t, code, errors)
	out = inOneLine(t, out)
	require.Regexp(t, `^Backed up sqlite://accord.db to backups/accord-\d{8}T\d{6}Z.db \(\d+ KB, schema \d+\), and found the copy whole. `, out)
	require.Contains(t, out, "The backup does not hold the key for secrets: keep a copy of accord.db.key in another place.")
	backup := onlyBackup(t)

	code, _, errors = run(t, environ, "restore", backup, "--replace")
	require.Equal(t, 1, code)
	require.Contains(t, inOneLine(t, errors), "another broker serves from accord.db")
	stop()
	code, _, errors = run(t, environ, "restore", backup)
	require.Equal(t, 1, code)
	require.Contains(t, inOneLine(t, errors), "restore into accord.db: it holds something already; --replace puts it aside")

	code, out, errors = run(t, environ, "restore", backup, "--replace")
	require.Zero(t, code, errors)
	out = inOneLine(t, out)
	require.Regexp(t, `^The database that was there is now accord.db.replaced-\d{8}T\d{6}Z. `, out)
	require.Contains(t, out, "Restored accord.db from "+backup)
	require.Contains(t, out, "The backup does not hold the key for secrets. The one in accord.db.key opens all that is encrypted, 1 in all.")

	elsewhere := []string{"PACT_BROKER_DATABASE_URL=sqlite://elsewhere.db"}
	code, out, errors = run(t, elsewhere, "restore", backup)
	require.Zero(t, code, errors)
	require.Contains(t, inOneLine(t, out), "1 of 1 encrypted values cannot be read, the first that of secret ci. Put the key with which they were encrypted back into elsewhere.db.key")
}

// Whoever deletes rows with another program and without foreign keys leaves others that
// cannot be read. Backups from before are then worth more than the new one.
func TestBackupAndExport_tellOfRowsThatReferToNothing(t *testing.T) {
	environ, stop := inFreshFolder(t)
	stop()
	asked(t, "accord.db", http.MethodPut, pactOfShop, `{"interactions":[]}`)
	ruin(t, "accord.db", "PRAGMA foreign_keys = off; DELETE FROM pact_versions")
	require.NoError(t, os.Mkdir("safe", 0o700))
	old := "safe/accord-20200101T000000Z.db"
	require.NoError(t, os.WriteFile(old, nil, 0o600))

	code, out, complaint := run(t, environ, "backup", "--to", "safe", "--keep", "1")
	require.Equal(t, 1, code)
	require.Regexp(t, `^Backed up sqlite://accord.db to safe/accord-\d{8}T\d{6}Z.db \(\d+ KB, schema \d+\)\. `, inOneLine(t, out))
	const dangling = `rows refer to others that are not there \(.*pact_publications: 1`
	require.Regexp(t, "the backup is done and no older one deleted, but in the database "+dangling, inOneLine(t, complaint))
	require.FileExists(t, old)
	_, out, _ = run(t, environ, "backup", "--output", "json")
	require.Contains(t, out, `"verified": false`)
	code, out, complaint = run(t, environ, "restore", "safe", "--replace")
	require.Zero(t, code, complaint)
	require.Regexp(t, `schema \d+\), but in it `+dangling, inOneLine(t, out))
	require.NotContains(t, out, "found it whole")
	server := tests3.Start(t)
	server.Put(t, "x/accord-20200101T000000Z.db", "", nil)
	inStore := append([]string{
		"PACT_BROKER_BACKUP_S3_ENDPOINT=" + server.URL, "PACT_BROKER_BACKUP_S3_ACCESS_KEY=" + tests3.AccessKey,
		"PACT_BROKER_BACKUP_S3_SECRET_KEY=" + tests3.SecretKey,
	}, environ...)
	code, _, complaint = run(t, inStore, "backup", "--to", "s3://"+tests3.Bucket+"/x", "--keep", "1")
	require.Equal(t, 1, code)
	require.Regexp(t, dangling, inOneLine(t, complaint))
	require.Len(t, server.Keys(t), 2)

	code, _, complaint = run(t, environ, "export", "a.jsonl")
	require.Equal(t, 1, code)
	require.Regexp(t, dangling, inOneLine(t, complaint))
	require.NoFileExists(t, "a.jsonl")
}

func TestBackup_saysThatThereIsNoKeyYet(t *testing.T) {
	environ, stop := inFreshFolder(t)
	stop()
	require.NoError(t, os.Remove("accord.db.key"))
	_, out, _ := run(t, environ, "backup")
	require.Contains(t, inOneLine(t, out), "The backup does not hold the key for secrets, and there is none yet in accord.db.key.")
}

func TestBackupAndRestore_asJSON(t *testing.T) {
	environ, stop := inFreshFolder(t)
	stop()
	require.NoError(t, os.Mkdir("safe", 0o700))
	old := "safe/accord-20200101T000000Z.db"
	require.NoError(t, os.WriteFile(old, nil, 0o600))
	code, out, errors := run(t, environ, "backup", "--output", "json", "--to", "safe", "--keep", "1")
	require.Zero(t, code, errors)
	var backup map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &backup))
	from := backup["file"].(string)
	require.FileExists(t, from)
	require.Positive(t, backup["size_bytes"])
	require.Positive(t, backup["schema"])
	want := map[string]any{
		"file": from, "size_bytes": backup["size_bytes"], "schema": backup["schema"], "verified": true, "deleted": []any{old},
		"secrets_key": map[string]any{"included": false, "kept_in": "accord.db.key"}, "command": nil, "error": nil,
	}
	require.Equal(t, want, backup)

	code, out, _ = run(t, environ, "restore", from, "--output", "json")
	require.Equal(t, 1, code)
	require.JSONEq(t, `{"file":null,"from":"`+from+`","size_bytes":0,"schema":0,"verified":false,"compared":false,"replaced_database":null,
		"secrets_key":{"included":false,"kept_in":"accord.db.key"},"secrets_key_problem":null,"command":null,
		"error":"restore into accord.db: it holds something already; --replace puts it aside and the backup in its place"}`, out)
	code, out, _ = run(t, []string{"PACT_BROKER_DATABASE_URL=sqlite://new.db"}, "restore", from, "--output", "json")
	require.Zero(t, code)
	var restored map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &restored))
	require.Equal(t, "new.db", restored["file"])
	require.Equal(t, true, restored["compared"])
	require.Contains(t, restored["secrets_key_problem"], "new.db.key")
}

func TestBackup_refusals(t *testing.T) {
	t.Chdir(t.TempDir())
	environ := []string{"PACT_BROKER_DATABASE_URL=sqlite://accord.db"}
	tests := []struct {
		want string
		code int
		args []string
	}{
		{"accord.db: there is nothing to back up", 1, []string{"backup"}},
		{"--keep is 0, but must be 1 or more", 2, []string{"backup", "--keep", "0"}},
		{`--output is "xml", but must be text or json`, 2, []string{"backup", "--output", "xml"}},
		{"back up into nowhere: there is no such folder; make it first", 1, []string{"backup", "--to", "nowhere"}},
		{"BACKUP is missing: broker restore BACKUP", 2, []string{"restore"}},
		{`"b" is one word too many: broker restore BACKUP`, 2, []string{"restore", "a", "b"}},
		{"read the backup: stat nothing: no such file", 1, []string{"restore", "nothing"}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			code, out, errors := run(t, environ, tt.args...)
			require.Equal(t, tt.code, code)
			require.Contains(t, errors, tt.want)
			require.Empty(t, out)
			require.NoFileExists(t, "accord.db")
		})
	}
}

// command is the command that a broker printed.
func command(t *testing.T, out string) string {
	t.Helper()
	parts := strings.Split(out, "\n\n")
	require.GreaterOrEqual(t, len(parts), 3, out)
	return parts[1]
}

func TestBackupAndRestore_sayHowPostgreSQLDoesIt(t *testing.T) {
	settings := config.Default()
	settings.Database.URL = testpostgres.Database(t)
	settings.Secrets.Key = strings.Repeat("A", 43) + "="
	for _, tool := range []string{"pg_dump", "pg_restore"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	serving(t, settings)()
	t.Chdir(t.TempDir())
	environ := []string{"PACT_BROKER_DATABASE_URL=" + settings.Database.URL, "PACT_BROKER_SECRETS_KEY=" + settings.Secrets.Key, "PACT_BROKER_PORT=0"}
	code, out, _ := run(t, environ, "backup", "--to", ".")
	require.Equal(t, 1, code)
	require.Contains(t, out, "Keep the value of PACT_BROKER_SECRETS_KEY in another place")
	shell(t, command(t, out))
	dumps, err := filepath.Glob("*.dump")
	require.NoError(t, err)
	require.Len(t, dumps, 1)
	found, err := os.Stat(dumps[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), found.Mode())

	environ[0] = "PACT_BROKER_DATABASE_URL=" + testpostgres.Database(t)
	for _, args := range [][]string{{"restore", dumps[0]}, {"restore", dumps[0], "--replace"}} {
		code, out, _ = run(t, environ, args...)
		require.Equal(t, 1, code)
		shell(t, command(t, out))
		code, out, _ = run(t, environ, "doctor")
		require.Zero(t, code, out)
		require.Contains(t, out, "the key opens what is encrypted, 1 in all")
	}
}

// shell runs a command that was printed for people.
func shell(t *testing.T, line string) {
	t.Helper()
	said, err := exec.Command("sh", "-c", line).CombinedOutput()
	require.NoError(t, err, "%s\n%s", line, said)
}

func TestBackup_keepsPasswordsOutOfWhatItPrints(t *testing.T) {
	environ := []string{"PACT_BROKER_DATABASE_URL=postgres://accord:geheim@db.example.org:5433/pacts?sslmode=require&pool_max_conns=3&password=geheim"}
	code, out, errors := run(t, environ, "backup", "--output", "json")
	require.Equal(t, 1, code)
	require.NotContains(t, out+errors, "geheim")
	var told struct{ Command, Error string }
	require.NoError(t, json.Unmarshal([]byte(out), &told))
	require.Contains(t, told.Command, "'postgres://accord@db.example.org:5433/pacts?sslmode=require'")
	require.Contains(t, told.Error, "PostgreSQL's own tools")
}

func TestBackupAndRestore_inAStore(t *testing.T) {
	server := tests3.Start(t)
	environ, stop := inFreshFolder(t)
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(tests3.SecretKey+"\n"), 0o600))
	environ = append(environ, "PACT_BROKER_BACKUP_TO=s3://copies/x", "PACT_BROKER_BACKUP_KEEP=1", "PACT_BROKER_BACKUP_S3_ENDPOINT="+server.URL,
		"PACT_BROKER_BACKUP_S3_ACCESS_KEY="+tests3.AccessKey, "PACT_BROKER_BACKUP_S3_SECRET_KEY_FILE="+secret)
	server.Put(t, "x/accord-20200101T000000Z.db", "", nil)
	code, out, errors := run(t, environ, "backup")
	require.Zero(t, code, errors)
	require.Regexp(t, `^Backed up sqlite://accord.db to s3://copies/x/accord-\d{8}T\d{6}Z.db \(\d+ KB, schema \d+\), and found the copy whole. Deleted the older backup s3://copies/x/accord-20200101T000000Z.db.`, inOneLine(t, out))
	code, _, errors = run(t, environ, "restore", "s3://copies/x", "--replace")
	require.Equal(t, 1, code)
	require.Contains(t, inOneLine(t, errors), "another broker serves from accord.db")
	stop()
	require.NoError(t, os.Remove("accord.db"))
	code, out, errors = run(t, environ, "restore", "s3://copies/x")
	require.Zero(t, code, errors)
	require.Contains(t, inOneLine(t, out), "Restored accord.db from s3://"+tests3.Bucket+"/"+server.Keys(t)[0])
	require.NoFileExists(t, "accord.db.fetched")
	code, out, errors = run(t, append(environ, "PACT_BROKER_DATABASE_URL=sqlite://new.db"), "restore", "s3://copies/"+server.Keys(t)[0], "--output", "json")
	require.Zero(t, code, errors)
	require.Contains(t, out, `"from": "s3://copies/`+server.Keys(t)[0]+`"`)
	code, _, errors = run(t, append(environ, "PACT_BROKER_DATABASE_URL=sqlite://other.db"), "restore", "s3://copies/x")
	require.Equal(t, 1, code)
	require.Contains(t, inOneLine(t, errors), "s3://copies/x: there is no backup of this database: none is named other-…")
}

func TestDoctorAndHealth_tellOfBackupsThatAreTooOld(t *testing.T) {
	environ, stop := inFreshFolder(t)
	stop()
	require.NoError(t, os.Mkdir("kept", 0o700))
	broker := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(broker.Close)
	_, port, err := net.SplitHostPort(broker.Listener.Addr().String())
	require.NoError(t, err)
	both := func(environ []string) (int, string) {
		code, out, errors := run(t, environ, "doctor", "--quick")
		healthy, said, _ := run(t, environ, "health", "--port", port)
		require.Zero(t, healthy, "to start the broker anew would change nothing")
		_, note, _ := strings.Cut(said, "answers\n")
		return code, out + errors + "|" + note
	}
	code, said := both(environ)
	require.Zero(t, code)
	require.NotContains(t, said, "backup")

	environ = append(environ, "PACT_BROKER_BACKUP_SCHEDULE=@daily", "PACT_BROKER_BACKUP_TO=kept")
	code, said = both(environ)
	require.Equal(t, 1, code)
	require.Contains(t, said, "TO DO backups   there is no backup in kept. The log of the broker says why (backing up failed); `broker backup` makes one now\n")
	require.Contains(t, said, "|note: there is no backup in kept.")
	require.NoError(t, os.WriteFile("kept/accord-20200101T000000Z.db", nil, 0o600))
	code, said = both(environ)
	require.Equal(t, 1, code)
	require.Regexp(t, `TO DO backups   the newest backup, kept/accord-20200101T000000Z.db, is \d+ days old. `, said)
	require.Contains(t, said, "|note: the newest backup, kept/accord-20200101T000000Z.db, is ")

	code, _, errors := run(t, environ, "backup")
	require.Zero(t, code, errors)
	code, said = both(environ)
	require.Zero(t, code, said)
	require.Regexp(t, `ok    backups   the newest is kept/accord-\d{8}T\d{6}Z.db, 0 minutes old\n`, said)
	require.True(t, strings.HasSuffix(said, "|"), said)
	require.NoError(t, os.RemoveAll("kept"))
	code, said = both(environ)
	require.Equal(t, 1, code)
	require.Contains(t, said, "TO DO backups   look for backups in kept: there is no such folder; make it first\n")
	require.Contains(t, said, "|note: look for backups in kept: there is no such folder; make it first")
}

// A mistyped folder is found at the start, and one that goes later is told of with a remedy.
func TestServe_refusesToBackUpIntoAFolderThatIsNotThere(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("file", nil, 0o600))
	for _, to := range []string{"nowhere", "file"} {
		code, _, errors := run(t, []string{"PACT_BROKER_BACKUP_SCHEDULE=@daily", "PACT_BROKER_BACKUP_TO=" + to, "PACT_BROKER_PORT=0"}, "serve")
		require.Equal(t, 2, code)
		require.Contains(t, inOneLine(t, errors), "PACT_BROKER_BACKUP_TO is "+to+": there is no such folder; make it first")
		require.NoFileExists(t, "accord.db")
	}
}

func TestServe_refusesToPromiseBackupsOfPostgreSQL(t *testing.T) {
	code, _, errors := run(t, []string{"PACT_BROKER_DATABASE_URL=postgres://db/pacts", "PACT_BROKER_BACKUP_SCHEDULE=@daily"}, "serve")
	require.Equal(t, 2, code)
	require.Contains(t, errors, "PACT_BROKER_BACKUP_SCHEDULE is set, but the broker copies SQLite databases only")
	require.Contains(t, errors, "pg_dump")
}
