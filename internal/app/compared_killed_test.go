package app_test

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// A broker is killed when a pact is published and nothing has been compared yet:
// the next one does it, though nobody asks.
func TestComparisons_surviveKill(t *testing.T) {
	for name, databaseOf := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "accord.db") },
		"postgres": func(t *testing.T) string { return testbroker.New(t, testbroker.OnPostgres()).Settings().Database.URL },
	} {
		t.Run(name, func(t *testing.T) {
			settings := config.Default()
			settings.Database.URL, settings.SeedExampleData = databaseOf(t), false
			within := func(do func(running *app.App, address string)) {
				running, err := app.New(t.Context(), settings, slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				defer func() { require.NoError(t, running.Close()) }()
				server := httptest.NewServer(running.Handler())
				defer server.Close()
				do(running, server.URL)
			}
			document := base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\npaths: {/: {get: {responses: {200: {description: ok}}}}}"))
			within(func(_ *app.App, address string) {
				require.Equal(t, http.StatusOK, post(t, address+"/provider-contracts/provider/Stock/publish", "promise", testbroker.Object{
					"pacticipantVersionNumber": "7", "contract": testbroker.Object{"content": document, "selfVerificationResults": testbroker.Object{"success": true}},
				}).StatusCode)
			})
			dying, wait := dyingBroker(t, settings.Database.URL)
			require.Nil(t, post(t, dying+"/contracts/publish", "publish", testbroker.Object{
				"pacticipantName": "Shop", "pacticipantVersionNumber": "1",
				"contracts": []any{testbroker.Object{"consumerName": "Shop", "providerName": "Stock", "specification": "pact", "contentType": "application/json",
					"content": encoded(t, testbroker.Content("Shop", "Stock", "one"))}},
			}), "the broker was killed before it answered")
			wait()
			within(func(running *app.App, address string) {
				require.False(t, summarySucceeds(t, address), "nothing was compared")
				stop, err := running.StartWork(t.Context())
				require.NoError(t, err)
				defer func() { require.NoError(t, stop()) }()
				require.Eventually(t, func() bool { return summarySucceeds(t, address) }, 30*time.Second, 50*time.Millisecond)
			})
		})
	}
}

// summarySucceeds reports whether all contracts of Shop 1 are known to be kept.
func summarySucceeds(t *testing.T, address string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/verification-results/consumer/Shop/version/1/latest", nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	var summary struct{ Success bool }
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&summary))
	return summary.Success
}
