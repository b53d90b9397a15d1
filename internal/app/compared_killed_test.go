package app_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
)

// A broker is killed when a pact is published and nothing has been compared yet:
// the next one does it, though nobody asks.
func TestComparisons_surviveKill(t *testing.T) {
	eachRestarted(t, func(t *testing.T, r restarted) {
		r.within(func(_ *app.App, address string) { publishOneContract(t, address, "Stock", "promise") })
		dying, wait := dyingBroker(t, r.settings.Database.URL)
		require.Nil(t, post(t, dying+"/contracts/publish", "publish", pactOfShop(t, "Stock")), "the broker was killed before it answered")
		wait()
		r.within(func(running *app.App, address string) {
			require.False(t, summarySucceeds(t, address), "nothing was compared")
			r.works(running, func() bool { return summarySucceeds(t, address) })
		})
	})
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
