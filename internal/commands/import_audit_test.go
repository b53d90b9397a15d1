package commands_test

import (
	"encoding/json"
	"net/http"
	"os/user"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// auditedBy are the entries of the audit with an action, oldest first.
func auditedBy(t *testing.T, database, action string) (found []map[string]any) {
	t.Helper()
	code, told, complaint := onDatabase(t, database, "audit", "export")
	require.Zero(t, code, complaint)
	for line := range strings.Lines(told) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry))
		found = append(found, entry)
	}
	return slices.DeleteFunc(found, func(e map[string]any) bool { return e["action"] != action })
}

func TestImport_hasAnEntryInTheAudit(t *testing.T) {
	t.Chdir(t.TempDir())
	asked(t, "theirs.db", http.MethodPut, "/pacticipants/Shop/versions/1", `{}`)
	code, _, complaint := onDatabase(t, "theirs.db", "export", "theirs.jsonl")
	require.Zero(t, code, complaint)
	for _, args := range [][]string{{"--dry-run"}, {}, {}} {
		code, _, complaint = onDatabase(t, "ours.db", append([]string{"import", "theirs.jsonl"}, args...)...)
		require.Zero(t, code, complaint)
	}
	entries := auditedBy(t, "ours.db", "import")
	require.Len(t, entries, 1)
	runs, err := user.Current()
	require.NoError(t, err)
	require.Equal(t, "user "+runs.Username, entries[0]["actor"])
	require.Equal(t, "command line", entries[0]["through"])
	text, err := json.Marshal(entries[0]["changes"])
	require.NoError(t, err)
	require.Contains(t, string(text), "version added")
	require.Empty(t, auditedBy(t, "ours.db", "enableImportedWebhooks"))
}

func TestImport_hasAnEntryInTheAuditForWebhooksThatItEnables(t *testing.T) {
	t.Chdir(t.TempDir())
	asked(t, "theirs.db", http.MethodPost, "/webhooks", `{"events":[{"name":"contract_published"}],"request":{"method":"POST","url":"https://ci.example.org"}}`)
	code, _, complaint := onDatabase(t, "theirs.db", "export", "theirs.jsonl")
	require.Zero(t, code, complaint)
	for _, args := range [][]string{{"theirs.jsonl"}, {"--enable-webhooks"}, {"--enable-webhooks"}} {
		code, _, complaint = onDatabase(t, "ours.db", append([]string{"import"}, args...)...)
		require.Zero(t, code, complaint)
	}
	require.Len(t, auditedBy(t, "ours.db", "enableImportedWebhooks"), 1)
}
