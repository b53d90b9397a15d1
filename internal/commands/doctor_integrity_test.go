package commands_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
	require.Contains(t, out, "ok    contracts 1 content, each as it was stored\n")
	require.Regexp(t, `(ok|note|TO DO) +disk `, out)
	require.NotContains(t, out, "another digest")
	code, out, _ = run(t, environ, "doctor", "--quick")
	require.Zero(t, code)
	require.NotContains(t, out, "history")
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
	require.Zero(t, code)
	require.Contains(t, out, "note  contracts 1 content of them has another digest than the text now gives (another)")
	ruin(t, path, "UPDATE pact_versions SET body = zeroblob(9)")
	code, out, _ = run(t, environ, "doctor", "--repair")
	require.Equal(t, 1, code)
	require.Contains(t, out, "TO DO contracts 1 content of 1 cannot be read any more (another)")
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
