package commands_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
)

// served is an empty broker at an address.
func served(t *testing.T, change func(*config.Settings)) *httptest.Server {
	t.Helper()
	settings := config.Default()
	settings.Database.URL, settings.SeedExampleData = "sqlite:///"+t.TempDir()+"/accord.db", false
	change(&settings)
	broker, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler), app.WithoutDurability())
	require.NoError(t, err)
	server := httptest.NewServer(broker.Handler())
	t.Cleanup(func() { server.Close(); require.NoError(t, broker.Close()) })
	return server
}

func TestDemo_fillsABrokerAndTellsWhatMayGoToProduction(t *testing.T) {
	server := served(t, func(*config.Settings) {})
	for _, time := range []string{"first", "second"} {
		code, out, errs := run(t, nil, "demo", server.URL)
		require.Equal(t, 0, code, time+errs)
		require.Regexp(t, `checkout-web +[0-9a-f]{8}  no\n`, out)
		require.Regexp(t, `payments +[0-9a-f]{8}  yes\n`, out)
		require.Regexp(t, `order-service +[0-9a-f]{8}  unknown\n`, out)
		require.Regexp(t, `shipping +[0-9a-f]{8}  yes\n`, out)
		require.Contains(t, out, "can-i-deploy --broker-base-url "+server.URL)
		for line := range strings.Lines(out) {
			require.LessOrEqual(t, len(strings.TrimRight(line, "\n")), 80, line)
		}
	}
}

func TestDemo_takesTheAddressAndTheCredentialsFromTheVariablesOfTheClients(t *testing.T) {
	server := served(t, func(s *config.Settings) {
		s.Access = config.Access{BasicAuth: true, Username: "ci", Password: "hush"}
	})
	address := "PACT_BROKER_BASE_URL=" + server.URL
	code, _, errs := run(t, []string{address}, "demo")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "--username")
	code, out, errs := run(t, []string{address, "PACT_BROKER_USERNAME=ci", "PACT_BROKER_PASSWORD=hush"}, "demo")
	require.Equal(t, 0, code, errs)
	require.NotContains(t, out+errs, "hush")
}

func TestDemo_doesNotGetAmongTheApplicationsOfATeamUnlessAskedTo(t *testing.T) {
	server := served(t, func(*config.Settings) {})
	request, err := http.NewRequest(http.MethodPut, server.URL+"/pacticipants/Ours/versions/1", strings.NewReader("{}"))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, response.StatusCode)
	require.NoError(t, response.Body.Close())

	code, _, errs := run(t, nil, "demo", server.URL)
	require.Equal(t, 1, code)
	require.Contains(t, errs, `"Ours"`)
	require.Contains(t, errs, "--add")
	code, _, errs = run(t, nil, "demo", "--add", server.URL)
	require.Equal(t, 0, code, errs)
}

func TestDemo_saysWhatIsWrongWithTheAddress(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	for address, want := range map[string]string{other.URL: "no Pact Broker at this address", "ftp://x": "https://host"} {
		code, _, errs := run(t, nil, "demo", address)
		require.Equal(t, 1, code)
		require.Contains(t, errs, want)
	}
}
