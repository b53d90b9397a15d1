//go:build pact

package main

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pact-foundation/pact-go/v2/message"
	"github.com/pact-foundation/pact-go/v2/models"
	"github.com/pact-foundation/pact-go/v2/provider"
	"github.com/stretchr/testify/require"
)

// TestContracts asks the broker which contracts this build must keep, keeps
// them, and reports back. The environment says who is asking:
//
//	PACT_BROKER_BASE_URL   the broker; without it PACT_FILE is verified instead
//	VERSION, BRANCH, TAGS  of this build; results are published under them
//	BUILD_URL              where people can look up this build
//	WIP_SINCE              also try contracts that nobody promised yet, if younger
func TestContracts(t *testing.T) {
	orders := &Orders{}
	server := httptest.NewServer(orders)
	defer server.Close()

	request := provider.VerifyRequest{
		Provider:             "orders-api",
		ProviderBaseURL:      server.URL,
		StateHandlers:        stateHandlers(orders),
		MessageHandlers:      messageHandlers(orders),
		DisableColoredOutput: true,
	}
	if broker := os.Getenv("PACT_BROKER_BASE_URL"); broker != "" {
		request.BrokerURL = broker
		request.BrokerToken = os.Getenv("PACT_BROKER_TOKEN")
		request.ProviderVersion = os.Getenv("VERSION")
		request.ProviderBranch = os.Getenv("BRANCH")
		request.ProviderTags = strings.FieldsFunc(os.Getenv("TAGS"), func(r rune) bool { return r == ',' })
		request.BuildURL = os.Getenv("BUILD_URL")
		request.PublishVerificationResults = true
		request.FailIfNoPactsFound = true
		request.EnablePending = true
		request.IncludeWIPPactsSince = wipSince(t)
		request.ConsumerVersionSelectors = []provider.Selector{
			&provider.ConsumerVersionSelector{MainBranch: true},
			&provider.ConsumerVersionSelector{MatchingBranch: true},
			&provider.ConsumerVersionSelector{DeployedOrReleased: true},
		}
	} else {
		request.PactFiles = []string{os.Getenv("PACT_FILE")}
	}

	require.NoError(t, provider.NewVerifier().VerifyProvider(t, request))
}

func wipSince(t *testing.T) *time.Time {
	t.Helper()
	text := os.Getenv("WIP_SINCE")
	if text == "" {
		return nil
	}
	since, err := time.Parse(time.DateOnly, text)
	require.NoError(t, err)
	return &since
}

func stateHandlers(orders *Orders) models.StateHandlers {
	handlers := models.StateHandlers{}
	for name, set := range states {
		handlers[name] = func(setup bool, _ models.ProviderState) (models.ProviderStateResponse, error) {
			if setup {
				set(orders)
			}
			return nil, nil
		}
	}
	return handlers
}

func messageHandlers(orders *Orders) message.Handlers {
	return message.Handlers{
		"an order was shipped": func([]models.ProviderState) (message.Body, message.Metadata, error) {
			shipped, _ := orders.Ship(42)
			return shipped, message.Metadata{"contentType": "application/json"}, nil
		},
	}
}
