package commands_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever lacks secrets is told that they need not be entered by hand.
func TestImport_tellsHowSecretsComeAlong(t *testing.T) {
	t.Chdir(t.TempDir())
	asked(t, "theirs.db", http.MethodPut, "/api/v1/secrets/token", `{"value":"sesame","hosts":["ci.example.org"]}`)
	for _, options := range [][]string{nil, {"--encrypted-secrets"}} { // the second under another key
		code, _, complaint := onDatabase(t, "theirs.db", append([]string{"export", "theirs.jsonl"}, options...)...)
		require.Zero(t, code, complaint)
		code, told, complaint := onDatabase(t, "ours.db", "import", "theirs.jsonl")
		require.Zero(t, code, complaint)
		said := inOneLine(t, told) + inOneLine(t, complaint)
		require.Contains(t, said, "MISSING the value of the secret token: enter it again.")
		require.Contains(t, said, "when it exports with --encrypted-secrets and both brokers have the same PACT_BROKER_SECRETS_KEY")
	}
}
