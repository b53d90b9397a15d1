package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"accord/internal/app"
	"accord/internal/support/config"
	"accord/internal/testing/testbroker"
)

func TestSeed_tellsAStoryWithAYesAndANo(t *testing.T) {
	wanted := testbroker.With(func(s *config.Settings) { s.SeedExampleData = true })
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		mayDeploy := func(application, version string) any {
			question := "/can-i-deploy?pacticipant=" + application + "&version=" + version + "&environment=production"
			return b.Get(question).OK(http.StatusOK).Find("summary", "deployable")
		}
		require.Equal(t, true, mayDeploy("example-shop", "1"))
		require.Equal(t, false, mayDeploy("example-shop", "2"))
		require.Equal(t, true, mayDeploy("example-stock", "2"))
	}, wanted)
}

func TestSeed_needsNoCredentialsAndLogsNothingOfItsRequests(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.SeedExampleData = true
		s.Access = config.Access{BasicAuth: true, Username: "ci", Password: "hush"}
	}))
	b.Get(at.Pacticipant("example-shop"), testbroker.As("ci", "hush")).OK(http.StatusOK)
}

func TestSeed_happensOnce(t *testing.T) {
	s := settings(t)
	s.SeedExampleData = true
	for _, want := range []int{http.StatusOK, http.StatusNotFound} {
		broker, err := app.New(context.Background(), s, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		broker.Seed(context.Background())
		require.Equal(t, want, status(broker, http.MethodGet, at.Pacticipant("example-shop")))
		for _, name := range []string{"example-shop", "example-stock"} {
			status(broker, http.MethodDelete, at.Pacticipant(name))
		}
		require.NoError(t, broker.Close())
	}
}

func TestSeed_leavesADatabaseInUseAlone(t *testing.T) {
	s := settings(t)
	for _, wanted := range []bool{false, true} {
		s.SeedExampleData = wanted
		broker, err := app.New(context.Background(), s, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		status(broker, http.MethodPut, at.Version("Shop", "1"))
		broker.Seed(context.Background())
		require.Equal(t, http.StatusNotFound, status(broker, http.MethodGet, at.Pacticipant("example-shop")))
		require.NoError(t, broker.Close())
	}
}

// status asks without a body and returns the status of the answer.
func status(broker *app.App, method, path string) int {
	request := httptest.NewRequest(method, path, http.NoBody)
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	broker.Handler().ServeHTTP(recorder, request)
	return recorder.Code
}
