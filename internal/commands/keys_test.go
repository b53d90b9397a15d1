package commands_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestKeys_rotateWhereTheBrokerCanChangeThem(t *testing.T) {
	folder := t.TempDir()
	database := "PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(folder, "accord.db")
	code, _, complaint := run(t, []string{database}, "migrate")
	require.Zero(t, code, complaint)
	keys := "PACT_BROKER_SECRETS_KEY_URI=file://" + filepath.Join(folder, "keys")
	for i, environ := range [][]string{{database}, {database, keys}} {
		for _, want := range []string{"made     a new key in " + folder, "made     a new key in " + folder} {
			code, out, complaint := run(t, environ, "keys", "rotate")
			require.Zero(t, code, complaint)
			require.Contains(t, out, want)
			require.Contains(t, out, "changed  0 encrypted values")
		}
		code, out, complaint := run(t, environ, "keys", "rotate", "--retire")
		require.Equal(t, 1, code, "brokers that run still encrypt with the older key")
		require.NotContains(t, out, "removed")
		require.Contains(t, complaint, "retire these from 2")
		file := filepath.Join(folder, []string{"accord.db.key", "keys"}[i])
		longAgo := time.Now().Add(-4 * time.Minute)
		require.NoError(t, os.Chtimes(file, longAgo, longAgo))
		code, out, complaint = run(t, environ, "keys", "rotate", "--retire")
		require.Zero(t, code, complaint)
		require.Contains(t, out, "removed  1 older keys")
	}
	code, _, complaint = run(t, []string{database, "PACT_BROKER_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}, "keys", "rotate")
	require.Equal(t, 2, code)
	require.Contains(t, complaint, "put a new one in front of it")
	code, out, complaint := run(t, []string{database, "PACT_BROKER_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}, "keys", "reencrypt")
	require.Zero(t, code, complaint)
	require.Contains(t, out, "changed  0")
}

// The audit tells once that secrets were encrypted anew, and not where none was.
func TestKeys_rotateHasOneEntryInTheAudit(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"A", "B"} {
		asked(t, "accord.db", http.MethodPost, "/webhooks", `{"description":"`+name+`","events":[{"name":"contract_published"}],
			"request":{"method":"POST","url":"https://ci.example.org","username":"jo","password":"secret"}}`)
	}
	for _, args := range [][]string{{"reencrypt"}, {"rotate"}, {"reencrypt"}} {
		code, _, complaint := onDatabase(t, "accord.db", append([]string{"keys"}, args...)...)
		require.Zero(t, code, complaint)
	}
	entries := auditedBy(t, "accord.db", "rotateKeys")
	require.Len(t, entries, 1)
	require.Equal(t, []any{map[string]any{"what": "encrypted values", "before": nil, "after": 2.0}}, entries[0]["changes"])
}
