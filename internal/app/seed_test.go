package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestSeed_loadsAnExampleWithAYesAndANo(t *testing.T) {
	wanted := testbroker.With(func(s *config.Settings) { s.SeedExampleData = true })
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		mayDeploy := func(application string) any {
			latest := b.Get(at.LatestVersion(application)).OK(http.StatusOK).Find("number").(string)
			question := "/can-i-deploy?pacticipant=" + application + "&version=" + latest + "&environment=production"
			return b.Get(question).OK(http.StatusOK).Find("summary", "deployable")
		}
		require.Equal(t, false, mayDeploy("checkout-web"), "payments 1 knows no refunds")
		require.Equal(t, true, mayDeploy("payments"))
		require.Nil(t, mayDeploy("order-service"), "stock has not answered")
		require.Equal(t, true, mayDeploy("shipping"), "order-service 1 needs no split shipments")
	}, wanted)
}

func TestSeed_needsNoCredentialsAndLogsNothingOfItsRequests(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.SeedExampleData = true
		s.Access = config.Access{BasicAuth: true, Username: "ci", Password: "hush"}
	}))
	b.Get(at.Pacticipant("checkout-web"), testbroker.As("ci", "hush")).OK(http.StatusOK)
}

func TestSeed_happensOnce(t *testing.T) {
	s := settings(t)
	s.SeedExampleData = true
	for _, want := range []int{http.StatusOK, http.StatusNotFound} {
		broker, err := app.New(context.Background(), s, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		broker.Seed(context.Background())
		require.Equal(t, want, status(broker, http.MethodGet, at.Pacticipant("checkout-web")))
		for _, name := range []string{"checkout-web", "payments"} {
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
		require.Equal(t, http.StatusNotFound, status(broker, http.MethodGet, at.Pacticipant("checkout-web")))
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
