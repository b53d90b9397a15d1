package commands_test

import (
	"context"
	"encoding/json"
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

// asked lets a broker on the database answer one request.
func asked(t *testing.T, database, method, address, body string) string {
	t.Helper()
	settings := config.Default()
	settings.Database.URL, settings.SeedExampleData = "sqlite://"+database, false
	broker, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer func() { require.NoError(t, broker.Close()) }()
	request := httptest.NewRequest(method, address, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	broker.Handler().ServeHTTP(answer, request)
	require.Less(t, answer.Code, 300, answer.Body.String())
	return answer.Body.String()
}

// servedOn is the address of a broker on the database.
func servedOn(t *testing.T, database string) string {
	t.Helper()
	return served(t, func(s *config.Settings) { s.Database.URL, s.SeedExampleData = "sqlite://"+database, false }).URL
}

const pactOfShop = "/pacts/provider/Stock/consumer/Shop/version/1"

// inConflict lets the test run where Shop 1 says one thing to Stock in the archive
// theirs.jsonl and another in ours.db.
func inConflict(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for database, what := range map[string]string{"theirs.db": "their words", "ours.db": "our words"} {
		asked(t, database, http.MethodPut, pactOfShop, `{"consumer":{"name":"Shop"},"provider":{"name":"Stock"},"interactions":[{"description":"`+what+`","request":{"method":"GET","path":"/"},"response":{"status":200}}]}`)
	}
	code, _, complaint := onDatabase(t, "theirs.db", "export", "theirs.jsonl")
	require.Zero(t, code, complaint)
}

// held is all that a database holds, as an archive.
func held(t *testing.T, database string) string {
	t.Helper()
	code, out, complaint := onDatabase(t, database, "export", "-", "--compress", "none")
	require.Zero(t, code, complaint)
	return out
}

func TestImport_tellsOfConflictsBeforeItWritesAnything(t *testing.T) {
	inConflict(t)
	before := held(t, "ours.db")
	const conflict = "the version says one thing to the provider in one broker and another in the other"
	for _, args := range [][]string{{"import", "theirs.jsonl"}, {"import", "theirs.jsonl", "--on-conflict", "stop"}, {"import", "theirs.jsonl", "--dry-run"}} {
		code, told, complaint := onDatabase(t, "ours.db", args...)
		said := inOneLine(t, told) + inOneLine(t, complaint)
		require.Contains(t, said, conflict, args)
		require.Contains(t, said, "Shop 1 to Stock", args)
		require.Equal(t, 1, code)
		require.Contains(t, said, "nothing was imported")
		require.Equal(t, before, held(t, "ours.db"), args)
	}
	code, told, complaint := onDatabase(t, "ours.db", "import", "theirs.jsonl", "--dry-run", "--on-conflict", "keep")
	require.Zero(t, code, complaint)
	require.Contains(t, inOneLine(t, told), conflict)
	require.Contains(t, inOneLine(t, told), "LEFT OUT publication: the version says something else to this provider here, once: Shop 1 to Stock")
	require.NotContains(t, told, "Import with --on-conflict", "it was")
	code, told, _ = onDatabase(t, "ours.db", "import", "theirs.jsonl", "--output", "json")
	require.Equal(t, 1, code)
	var result struct {
		Conflicts []struct {
			Kind   string
			Reason string
			Count  int
		}
		Error *string
	}
	require.NoError(t, json.Unmarshal([]byte(told), &result))
	require.Len(t, result.Conflicts, 1)
	require.Equal(t, "publication", result.Conflicts[0].Kind)
	require.Equal(t, 1, result.Conflicts[0].Count)
	require.NotNil(t, result.Error)
	require.Equal(t, before, held(t, "ours.db"))
}

// Who asks an import to stop at conflicts is heeded also where one from the same broker has
// come before; who does not can keep up with that broker.
func TestImport_stopsAtConflictsWithAKnownBrokerIfAsked(t *testing.T) {
	inConflict(t)
	code, _, complaint := onDatabase(t, "ours.db", "import", "theirs.jsonl", "--on-conflict", "keep")
	require.Zero(t, code, complaint)
	before := held(t, "ours.db")
	for _, args := range [][]string{{"import", "theirs.jsonl", "--on-conflict", "stop"}, {"import", "theirs.jsonl", "--on-conflict", "stop", "--dry-run"}} {
		code, told, complaint := onDatabase(t, "ours.db", args...)
		require.Equal(t, 1, code, args)
		require.Contains(t, told, "CONFLICT publication", args)
		require.Contains(t, inOneLine(t, told), "Import with --on-conflict keep", args)
		require.Contains(t, inOneLine(t, complaint), "nothing was imported", args)
		require.Equal(t, before, held(t, "ours.db"), args)
	}
	code, told, complaint := onDatabase(t, "ours.db", "import", "theirs.jsonl", "--dry-run")
	require.Zero(t, code, complaint)
	require.Contains(t, told, "CONFLICT publication")
	require.Contains(t, inOneLine(t, told), "so this one goes on: what is here stays. Import with --on-conflict stop to write nothing instead")
	code, _, complaint = onDatabase(t, "ours.db", "import", "theirs.jsonl")
	require.Zero(t, code, complaint)
}

// Who decides about conflicts need not ask the other broker for everything again.
func TestImport_keepsWhatCameOverHTTPUntilItIsImported(t *testing.T) {
	inConflict(t)
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	kept := func() []string {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(cache, "*", "answers", "*"))
		require.NoError(t, err)
		return files
	}
	sha := regexp.MustCompile("pact-version/([0-9a-f]{40})").FindStringSubmatch(asked(t, "theirs.db", http.MethodGet, pactOfShop, ""))[1]
	asked(t, "theirs.db", http.MethodPost, "/pacts/provider/Stock/consumer/Shop/pact-version/"+sha+"/verification-results", `{"success":true,"providerApplicationVersion":"7"}`)
	theirs := servedOn(t, "theirs.db")
	code, _, complaint := onDatabase(t, "ours.db", "import", "--from", theirs)
	require.Equal(t, 1, code)
	require.Contains(t, complaint, "nothing was imported")
	require.NotEmpty(t, kept())
	code, _, complaint = onDatabase(t, "ours.db", "import", "--from", theirs, "--on-conflict", "keep")
	require.Zero(t, code, complaint)
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestImport_keepsOrTakesWhatIsInConflict(t *testing.T) {
	for onConflict, says := range map[string]string{"keep": "our words", "take": "their words"} {
		t.Run(onConflict, func(t *testing.T) {
			inConflict(t)
			code, told, complaint := onDatabase(t, "ours.db", "import", "theirs.jsonl", "--on-conflict", onConflict)
			require.Zero(t, code, complaint)
			require.Equal(t, onConflict == "keep", strings.Contains(inOneLine(t, told), "the version says something else to this provider here"), told)
			require.Contains(t, asked(t, "ours.db", http.MethodGet, pactOfShop, ""), says)
			require.Contains(t, held(t, "ours.db"), "their words", "the content came in either case")
			code, _, complaint = onDatabase(t, "ours.db", "import", "theirs.jsonl", "--on-conflict", onConflict)
			require.Zero(t, code, complaint)
			require.Contains(t, asked(t, "ours.db", http.MethodGet, pactOfShop, ""), says, "and again")
		})
	}
}

// Under other names the same archive is in conflict with nothing.
func TestImport_underOtherNamesIsInNoConflict(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		pact string
	}{
		"renamed":              {[]string{"--rename", "Shop=Corner shop"}, "/pacts/provider/Stock/consumer/Corner%20shop/version/1"},
		"prefixed":             {[]string{"--prefix", "eu-"}, "/pacts/provider/eu-Stock/consumer/eu-Shop/version/1"},
		"prefixed but for one": {[]string{"--prefix", "eu-", "--rename", "Stock=Stock"}, "/pacts/provider/Stock/consumer/eu-Shop/version/1"},
	} {
		t.Run(name, func(t *testing.T) {
			inConflict(t)
			code, _, complaint := onDatabase(t, "ours.db", append([]string{"import", "theirs.jsonl"}, tt.args...)...)
			require.Zero(t, code, complaint)
			require.Contains(t, asked(t, "ours.db", http.MethodGet, tt.pact, ""), "their words")
			require.Contains(t, asked(t, "ours.db", http.MethodGet, pactOfShop, ""), "our words")
		})
	}
}
