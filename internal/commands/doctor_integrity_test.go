package commands_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
)

// published makes a database with a pact and a result, and returns its path.
func published(t *testing.T) (path string, environ []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "accord.db")
	settings := config.Default()
	settings.Database.URL = "sqlite://" + path
	broker, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	for _, r := range [][3]string{
		{http.MethodPut, "/pacts/provider/Bar/consumer/Foo/version/1", `{"interactions":[{"description":"a","request":{"method":"GET","path":"/"},"response":{"status":200}}]}`},
		{http.MethodPut, "/pacticipants/Foo/branches/main/versions/1", `{}`},
		{http.MethodPut, "/pacticipants/Foo/versions/1/tags/dev", `{}`},
	} {
		request := httptest.NewRequest(r[0], r[1], strings.NewReader(r[2]))
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		broker.Handler().ServeHTTP(answer, request)
		require.Less(t, answer.Code, 300, answer.Body.String())
	}
	require.NoError(t, broker.Close())
	return path, []string{"PACT_BROKER_DATABASE_URL=sqlite://" + path, "PACT_BROKER_PORT=0"}
}

func ruin(t *testing.T, path string, statements ...string) {
	t.Helper()
	ruined, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	for _, statement := range statements {
		_, err = ruined.Exec(statement)
		require.NoError(t, err)
	}
	require.NoError(t, ruined.Close())
}

func TestDoctor_readsEverythingInTheDatabase(t *testing.T) {
	_, environ := published(t)
	code, out, _ := run(t, environ, "doctor")
	require.Zero(t, code, out)
	require.Contains(t, out, "nothing damaged, all references lead somewhere")
	require.Contains(t, out, "ok    history   heads of branches: as history says\n")
	require.Contains(t, out, "ok    contracts 1 content, each as it was stored; 1 with the digest that was stored\n")
	require.Regexp(t, `(ok|note|TO DO) +disk `, out)
	require.NotContains(t, out, "another digest")
	code, out, _ = run(t, environ, "doctor", "--quick")
	require.Zero(t, code)
	require.NotContains(t, out, "history")
}

func TestDoctor_makesIndexesAnewThatAreMissing(t *testing.T) {
	path, environ := published(t)
	ruin(t, path, "DROP INDEX facts_time", "ALTER TABLE labels ADD COLUMN colour TEXT", "ALTER TABLE labels RENAME COLUMN updated_at TO at")
	code, out, _ := run(t, environ, "doctor")
	require.Equal(t, 1, code)
	require.Contains(t, out, "TO DO schema    index facts_time is missing, so that questions which need it take long. Run `broker doctor --repair`")
	require.Contains(t, out, "TO DO schema    column updated_at of the table labels is missing: somebody has removed it. Add it again (INTEGER NOT NULL)")
	require.NotContains(t, out, "colour")
	_, out, _ = run(t, environ, "doctor", "--repair")
	require.Contains(t, out, "note  schema    index facts_time was missing, and is made anew\n")
	ruin(t, path, "ALTER TABLE labels RENAME COLUMN at TO updated_at")
	code, out, _ = run(t, environ, "doctor")
	require.Zero(t, code, out)
	require.Contains(t, out, "ok    schema    columns, indexes and constraints are as Accord makes them\n")
}

func TestDoctor_repairsWhatFollowsFromHistoryIfToldTo(t *testing.T) {
	path, environ := published(t)
	ruin(t, path, "DELETE FROM tag_heads", "UPDATE pact_publications SET latest = 0")
	for range 2 { // the first changes nothing
		code, out, _ := run(t, environ, "doctor")
		require.Equal(t, 1, code)
		require.Regexp(t, "TO DO history   heads of tags: 1 wrong by what history says \\(application ids \\d+\\). Back up, and run `broker doctor --repair`\n", out)
		require.Contains(t, out, "TO DO history   latest revisions: 1 wrong")
	}
	code, out, _ := run(t, environ, "doctor", "--repair")
	require.Zero(t, code)
	require.Contains(t, out, "note  history   heads of tags: 1 wrong by what history says, all computed anew\n")
	code, out, _ = run(t, environ, "doctor")
	require.Zero(t, code)
	require.NotContains(t, out, "wrong")
}

func TestDoctor_findsContractsThatAreNotWhatWasPublished(t *testing.T) {
	path, environ := published(t)
	ruin(t, path, "UPDATE pact_versions SET sha = 'another'")
	code, out, _ := run(t, environ, "doctor")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "TO DO contracts 1 content of 1, or what they are known by, are not as they were stored (another): somebody has changed the database by hand")
	require.NotContains(t, out, "ok    contracts 1 content")

	ruin(t, path, "UPDATE pact_versions SET checksum = NULL")
	code, out, _ = run(t, environ, "doctor")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "TO DO contracts 1 content of earlier versions has another digest than the text gives (another). Nothing was imported")
	for _, otherwise := range []string{"INSERT INTO imports (source, keeps_ids, progress, started_at, finished_at) VALUES ('x', 0, '{}', 1, 1)", "INSERT INTO notes (name, created_at) VALUES ('equality by text', 1)"} {
		ruin(t, path, "DELETE FROM imports", otherwise)
		code, out, _ = run(t, environ, "doctor")
		require.Zero(t, code, out)
		require.Contains(t, out, "note  contracts 1 content of earlier versions has another digest than the text gives (another): fine for what was imported")
	}
	ruin(t, path, "UPDATE pact_versions SET body = zeroblob(9)")
	code, out, _ = run(t, environ, "doctor", "--repair")
	require.Equal(t, 1, code)
	require.Contains(t, out, "TO DO contracts 1 content of 1 cannot be read any more (another)")
}

// What another broker has given a digest of its own is held against what was stored, as
// exactly as the rest.
func TestDoctor_findsImportedContractsThatAreNotWhatCame(t *testing.T) {
	_, environ := published(t)
	archive := filepath.Join(t.TempDir(), "other.jsonl")
	code, _, complaint := run(t, environ, "export", archive)
	require.Zero(t, code, complaint)
	text, err := os.ReadFile(archive)
	require.NoError(t, err)
	sha := regexp.MustCompile(`"sha":"([0-9a-f]{40})"`).FindSubmatch(text)[1]
	lines := bytes.SplitAfter(bytes.ReplaceAll(text, sha, bytes.Repeat([]byte("2"), 40)), []byte("\n"))
	end := len(lines) - 2
	lines[end] = regexp.MustCompile(`"sha256":"[0-9a-f]+"`).ReplaceAll(lines[end], fmt.Appendf(nil, `"sha256":"%x"`, sha256.Sum256(bytes.Join(lines[:end], nil))))
	require.NoError(t, os.WriteFile(archive, bytes.Join(lines, nil), 0o600))
	path := filepath.Join(t.TempDir(), "imported.db")
	environ = []string{"PACT_BROKER_DATABASE_URL=sqlite://" + path, "PACT_BROKER_PORT=0"}
	code, _, complaint = run(t, environ, "import", archive)
	require.Zero(t, code, complaint)

	code, out, _ := run(t, environ, "doctor")
	require.Zero(t, code, out)
	require.Contains(t, out, "ok    contracts 1 content, each as it was stored; 1 with the digest that was stored\n")
	require.NotContains(t, out, "another digest")
	ruin(t, path, "UPDATE pact_versions SET body = CAST(substr(body, 1, length(body) - 1) || x'00' AS BLOB)")
	code, out, _ = run(t, environ, "doctor")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "TO DO contracts 1 content of 1 cannot be read any more (2222222222222222222222222222222222222222). Restore a backup\n")
}

// The digest of a text may be that of the text as it was sent, which is not kept.
func TestDoctor_knowsContractsThatWereToldApartByText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	settings := config.Default()
	settings.Database.URL, settings.Publishing.EqualByInteractions = "sqlite://"+path, false
	for range 2 {
		broker, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		content := base64.StdEncoding.EncodeToString([]byte(`{ "interactions" : [] }`))
		request := httptest.NewRequest(http.MethodPost, "/contracts/publish", strings.NewReader(`{"pacticipantName":"Foo","pacticipantVersionNumber":"1","contracts":[
			{"consumerName":"Foo","providerName":"Bar","specification":"pact","contentType":"application/json","content":"`+content+`"}]}`))
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		broker.Handler().ServeHTTP(answer, request)
		require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
		require.NoError(t, broker.Close())
	}
	environ := []string{"PACT_BROKER_DATABASE_URL=sqlite://" + path, "PACT_BROKER_PORT=0"}
	code, out, _ := run(t, environ, "doctor")
	require.Zero(t, code, out)
	require.Contains(t, out, "1 with the digest that was stored")
	ruin(t, path, "UPDATE pact_versions SET checksum = NULL") // as earlier versions stored it
	code, out, _ = run(t, environ, "doctor")
	require.Zero(t, code, out)
	require.Contains(t, out, "note  contracts 1 content of earlier versions has another digest than the text gives")
}

func TestDoctor_repairsNothingInADamagedFile(t *testing.T) {
	path, environ := published(t)
	ruin(t, path, "DELETE FROM tag_heads", "UPDATE versions SET number = 'somewhere'")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	row := bytes.Index(content, []byte("somewhere")) + 1
	copy(content[row:], bytes.ReplaceAll(content[row:], []byte("somewhere"), []byte("elsewhere")))
	require.NoError(t, os.WriteFile(path, content, 0o600))

	code, out, _ := run(t, environ, "doctor", "--repair")
	require.Equal(t, 1, code)
	require.Regexp(t, "TO DO database  it is damaged: .*index.*restore a backup", out)
	require.NotContains(t, out, "history")
}

// Whoever takes the guards of the audit away, or relies on a rule that does not count, is
// told by those who look after the broker.
func TestDoctor_looksAtTheAuditAndTheTrustRules(t *testing.T) {
	path, environ := published(t)
	code, out, _ := run(t, environ, "doctor", "--quick")
	require.Zero(t, code)
	require.Contains(t, out, "ok    audit     the database refuses to change it")
	ruin(t, path, "DROP TRIGGER audit_entries_kept", "CREATE TRIGGER mine BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'no'); END", `
		INSERT INTO trust_rules (uuid, name, issuer, audience, claims, role, all_applications, applications, labels, teams, created_at)
		VALUES ('old', 'everybody', 'https://ci.example', 'a', '{"ref":["**"]}', 'viewer', 1, '[]', '[]', '[]', 1)`)
	code, out, _ = run(t, environ, "doctor", "--quick")
	require.Equal(t, 1, code)
	require.Contains(t, out, "TO DO audit     the database no longer refuses to change the audit: somebody has removed or changed the triggers audit_entries_kept.")
	require.Contains(t, out, "TO DO audit     on the tables of the audit is what the broker has not put there: mine. It may change what is written, or let every write fail.")
	require.Contains(t, out, `TO DO access    the trust rule "everybody" is ignored, and no token is given under it: claims must say`)

	code, out, complaint := run(t, environ, "audit", "verify")
	require.Equal(t, 1, code)
	require.Contains(t, out, "BROKEN  the database no longer refuses to change the audit")
	require.Contains(t, out, "BROKEN  on the tables of the audit is what the broker has not put there: mine.")
	require.Contains(t, out, "entries are as they were written")
	require.Contains(t, complaint, "tampered")
}

func TestNew_warnsOfTrustRulesThatAreIgnored(t *testing.T) {
	path, _ := published(t)
	ruin(t, path, `
		INSERT INTO trust_rules (uuid, name, issuer, audience, claims, role, all_applications, applications, labels, teams, created_at)
		VALUES ('old', 'everybody', 'https://ci.example', 'a', '{"ref":["**"]}', 'viewer', 1, '[]', '[]', '[]', 1)`)
	settings := config.Default()
	settings.Database.URL = "sqlite://" + path
	var logged bytes.Buffer
	broker, err := app.New(context.Background(), settings, slog.New(slog.NewTextHandler(&logged, nil)))
	require.NoError(t, err)
	require.NoError(t, broker.Close())
	require.Contains(t, logged.String(), "a trust rule is ignored")
	require.Contains(t, logged.String(), "everybody")
}
