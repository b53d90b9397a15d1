package app

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
)

// What follows from a fact does not depend on who announces it: here a plain
// transaction of the store does.
func TestComparisons_followAFactWhoeverAnnouncesIt(t *testing.T) {
	settings := config.Default()
	settings.Database.URL = "sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	a, err := New(t.Context(), settings, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer a.Close()
	send := func(method, address string, body any) {
		status, answer, err := caller{a.Handler()}.call(t.Context(), method, address, body)
		require.NoError(t, err)
		require.Less(t, status, http.StatusMultipleChoices, "%s", answer)
	}
	send(http.MethodPut, "/pacts/provider/Stock/consumer/Shop/version/1", map[string]any{
		"consumer": map[string]any{"name": "Shop"}, "provider": map[string]any{"name": "Stock"}, "interactions": []any{},
	})
	send(http.MethodPost, "/provider-contracts/provider/Stock/publish", map[string]any{"pacticipantVersionNumber": "7", "contract": map[string]any{
		"content": base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {}")), "selfVerificationResults": map[string]any{"success": true},
	}})
	due := func() (count int) {
		kinds, err := a.db.Jobs(t.Context())
		require.NoError(t, err)
		for _, kind := range kinds {
			if kind.Kind == "compare_contracts" {
				count += kind.Due + kind.Later
			}
		}
		return count
	}
	before := due()
	require.NoError(t, a.db.InTx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.Announce(ctx, events.Fact{Type: events.DeploymentRecorded, Subject: "Shop", Data: events.Data{Pacticipant: "Shop", Version: "1", Environment: "production"}})
	}))
	require.Equal(t, before+1, due())
}
