package commands_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/secrets"
)

func TestAudit_isVerifiedAndExported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accord.db")
	database := []string{"PACT_BROKER_DATABASE_URL=sqlite://" + path}
	for _, name := range []string{"one", "two", "three"} {
		code, _, complaint := run(t, database, "token", "create", "--name", name, "--role", "viewer")
		require.Zero(t, code, complaint)
	}
	code, out, complaint := run(t, database, "audit", "verify")
	require.Zero(t, code, complaint)
	require.Contains(t, out, "3 entries are as they were written")
	anchor := strings.TrimSpace(strings.TrimPrefix(strings.Split(out, "\n")[1], "anchor"))

	code, out, complaint = run(t, database, "audit", "export", "--action", "createToken", "--since", "2020-01-01T00:00:00Z")
	require.Zero(t, code, complaint)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	var entry map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &entry))
	require.Equal(t, []any{1.0, "command line", "broker token create"}, []any{entry["position"], entry["through"], entry["target"]})
	require.True(t, strings.HasPrefix(entry["actor"].(string), "user "))

	code, _, complaint = run(t, database, "audit", "verify", "--anchor", anchor)
	require.Zero(t, code, complaint)
	db, err := sql.Open("sqlite3", path) // the driver comes with the commands
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec("UPDATE audit_entries SET actor = 'nobody' WHERE position = 2")
	require.ErrorContains(t, err, "never changed")
	_, err = db.Exec("DROP TRIGGER audit_entries_stay; UPDATE audit_entries SET actor = 'nobody' WHERE position = 2")
	require.NoError(t, err)
	code, out, complaint = run(t, database, "audit", "verify")
	require.Equal(t, 1, code)
	require.Contains(t, out, "BROKEN  the entry 2 at position 2 was changed")
	require.Contains(t, complaint, "tampered")
}

func TestAudit_namesWhatIsWrong(t *testing.T) {
	database := []string{"PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db")}
	for _, test := range []struct{ args, complaint string }{
		{"verify --anchor 7", "as \"broker audit verify\" prints them"},
		{"export --since yesterday", "such as 2026-03-01T12:00:00Z"},
	} {
		code, _, complaint := run(t, database, append([]string{"audit"}, strings.Fields(test.args)...)...)
		require.Equal(t, 2, code)
		require.Contains(t, complaint, test.complaint)
	}
	code, _, complaint := run(t, database, "audit", "verify")
	require.Equal(t, 1, code, "%s", complaint)
}

func TestAudit_tellsOfEveryCommandThatChangesPeople(t *testing.T) {
	database := []string{"PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db")}
	for _, words := range []string{"create jo --role viewer", "disable jo", "enable jo", "password jo"} {
		code, _, complaint := run(t, database, append([]string{"user"}, strings.Fields(words)...)...)
		require.Zero(t, code, complaint)
	}
	code, out, complaint := run(t, database, "audit", "export")
	require.Zero(t, code, complaint)
	var told []string
	for line := range strings.Lines(out) {
		var entry struct{ Through, Action, Outcome string }
		require.NoError(t, json.Unmarshal([]byte(line), &entry))
		told = append(told, entry.Through+" "+entry.Action+" "+entry.Outcome)
	}
	require.Equal(t, []string{"command line createUser done", "command line disableUser done", "command line enableUser done", "command line setUserPassword done"}, told)
}

// Entries that the broker deleted before it had a key are not said to be broken, and
// what to do about them is.
func TestAudit_saysWhatToDoAboutEntriesThatWentBeforeThereWasAKey(t *testing.T) {
	ctx, at := context.Background(), time.Now().Add(-24*time.Hour)
	url := "sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	db, err := store.Open(ctx, store.Options{URL: url, Fast: true, KeepAudit: time.Hour, Now: func() time.Time { return at }})
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, db.AddAuditEntries(ctx, []audit.Entry{{At: at, Outcome: audit.Done, Count: 1, Origin: audit.Origin{Action: "addLabel"}}}))
		_, err = db.ChainAudit(ctx)
		require.NoError(t, err)
		at = at.Add(2 * time.Hour)
	}
	_, err = db.Purge(ctx)
	require.NoError(t, err)
	_, err = db.ChainAudit(ctx)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	withKey := []string{"PACT_BROKER_DATABASE_URL=" + url, "PACT_BROKER_SECRETS_KEY=" + secrets.NewKey()}
	code, out, complaint := run(t, withKey, "audit", "verify")
	require.Equal(t, 1, code)
	require.NotContains(t, out, "BROKEN")
	require.NotContains(t, complaint, "tampered")
	require.Contains(t, out, "UNPROVEN the entries up to position 2 were deleted")
	require.Contains(t, out, "--unsealed 2")
	code, out, complaint = run(t, withKey, "audit", "verify", "--unsealed", "2")
	require.Zero(t, code, complaint)
	require.NotContains(t, out, "UNPROVEN")
}
