//go:build pact

package ownpacts_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/pact-foundation/pact-go/v2/models"
	"github.com/pact-foundation/pact-go/v2/provider"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// The environment says who is asking, as it does for examples/orders-api:
// PACT_BROKER_BASE_URL, VERSION, BRANCH.
func TestAccord_keepsItsContracts(t *testing.T) {
	var b *testbroker.Broker
	states := map[string]func(){
		"web 1 may go to production": func() {
			b.Environment("production")
			b.Pact("web", "1").With("orders").VerifiedBy("7")
			b.Deploy("orders", "7", "production")
		},
		"nobody has verified web 1": func() {
			b.Environment("production")
			b.Pact("web", "1").With("orders")
			b.Version("orders", "7")
			b.Deploy("orders", "7", "production")
		},
		"there is a token called builds": func() {
			b.Post("/api/v1/tokens", map[string]any{"name": "builds", "role": "viewer"}).OK(http.StatusCreated)
		},
	}
	// Each interaction meets a broker that knows nothing but its state.
	renew := func() {
		b = testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil }))
	}
	handlers := models.StateHandlers{}
	for name, set := range states {
		handlers[name] = func(setup bool, _ models.ProviderState) (models.ProviderStateResponse, error) {
			if setup {
				set()
			}
			return nil, nil
		}
	}
	front := serve(t, func(w http.ResponseWriter, r *http.Request) { b.Handler().ServeHTTP(w, r) })
	require.NoError(t, provider.NewVerifier().VerifyProvider(t, provider.VerifyRequest{
		Provider: "accord", ProviderBaseURL: front, StateHandlers: handlers, BeforeEach: func() error { renew(); return nil },
		BrokerURL: os.Getenv("PACT_BROKER_BASE_URL"), BrokerToken: os.Getenv("PACT_BROKER_TOKEN"),
		ProviderVersion: os.Getenv("VERSION"), ProviderBranch: os.Getenv("BRANCH"),
		PublishVerificationResults: true, FailIfNoPactsFound: true, DisableColoredOutput: true,
		ConsumerVersionSelectors: []provider.Selector{
			&provider.ConsumerVersionSelector{MainBranch: true}, &provider.ConsumerVersionSelector{DeployedOrReleased: true},
		},
	}))
}
