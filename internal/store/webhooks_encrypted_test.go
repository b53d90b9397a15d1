package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/store"
)

// TestEncrypted_leavesNoColumnOut holds all columns of bytes against those that
// the key for secrets is tried on: a new one belongs there, or in this list.
func TestEncrypted_leavesNoColumnOut(t *testing.T) {
	db := open(t, store.Options{URL: sqliteURL(t), Fast: true})
	columns, err := db.Lines(context.Background(), `
		SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.type = 'BLOB' AND m.name NOT LIKE 'river%' ORDER BY 1`)
	require.NoError(t, err)
	require.Equal(t, []string{
		"access_tokens.hash",
		"audit_chain.base_chain", "audit_chain.head_chain",
		"audit_chain.seal", // made anew with another key, and needed by nobody who only reads
		"audit_entries.chain", "audit_entries.digest",
		"comparisons.report",
		"exchanged_tokens.proof",
		"kept_answers.answer", "kept_answers.request_key", // encrypted with the key of the request
		"pact_versions.body", "pact_versions.checksum",
		"provider_contracts.evidence",
		"provider_documents.body",
		"secrets.sealed", "sessions.hash", "spent_secrets.hash", // encrypted
		"verifications.test_results",
		"webhooks.sealed", "webhooks.signing_keys", // encrypted
	}, columns)
}

func TestEncrypted_namesWhoseItIs(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) {
			require.NoError(t, tx.Exec(ctx, "INSERT INTO secrets (name, description, sealed, created_at, updated_at) VALUES ('ci', '', ?, 1, 1)", []byte("x")))
		})
		found, err := db.Encrypted(context.Background())
		require.NoError(t, err)
		require.Equal(t, []store.Encrypted{{Owner: "secret ci", Value: []byte("x")}}, found)
		found, err = store.InspectEncrypted(context.Background(), db.URL())
		require.NoError(t, err)
		require.Equal(t, []store.Encrypted{{Owner: "secret ci", Value: []byte("x")}}, found)
	})
}
