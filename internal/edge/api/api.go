// Package api is the API that clients of the Pact Broker know: its routes in one
// table, and for each concept a file with the handlers and the form in which
// things are shown. It reads requests and shows answers; it decides nothing.
package api

import (
	"net/http"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/integrations"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/selection"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
	"github.com/accord-broker/accord/internal/webhooks"
)

// API serves the HTTP API with the services of the broker. It needs all of them
// for its whole table; a test may leave out those that it does not ask.
type API struct {
	// Pacticipants and labels

	// Pacticipants changes applications, PacticipantLists reads them.
	Pacticipants     *pacticipants.Service
	PacticipantLists pacticipants.ListReader

	// Versions, branches and tags

	// Versions changes versions, VersionLists reads them.
	Versions     *versions.Service
	VersionLists versions.ListReader

	// Environments, deployments and releases

	// Deploying records where versions are, Deployments reads it.
	Deploying   *deployments.Service
	Deployments deployments.Reader

	// Contracts

	// Contracts publishes, Pacts finds what was published.
	Contracts *contracts.Service
	Pacts     contracts.Reader
	// PactLists reads what consumer versions have published.
	PactLists contracts.VersionReader
	// ContractLimits bound what one contract may hold.
	ContractLimits contracts.Limits
	// VersionFormats are those in which version numbers must be where versions
	// are ordered by number; nil where they are ordered by first mention.
	VersionFormats versions.Formats
	// DiffTimeout is how long comparing two pacts may take; 0 means any time.
	DiffTimeout time.Duration

	// Contracts of providers

	// ProviderContracts publishes, finds and compares them.
	ProviderContracts *providercontracts.Service

	// Selection

	// Selection decides what a provider has to verify.
	Selection *selection.Service

	// Verification

	// Verification records results, Results finds what was recorded.
	Verification *verification.Service
	Results      verification.Reader

	// Matrix

	// Matrix decides which versions work together.
	Matrix *matrix.Service

	// Badges

	// Badges makes status pictures.
	Badges *Badges

	// Webhooks

	// Webhooks keeps and tests them, Deliveries finds what they did.
	Webhooks   *webhooks.Service
	Deliveries webhooks.DeliveryReader

	// Integrations

	// Integrations deletes pairs, IntegrationLists reads them.
	Integrations     *integrations.Service
	IntegrationLists integrations.Reader

	// Dashboard

	// Dashboard shows how all pairs stand.
	Dashboard *dashboard.Service

	// Diagnostics

	// Dependencies check what the broker needs to work, by name.
	Dependencies map[string]Probe
	// Ready reports whether the broker can serve now; nil always can.
	Ready Probe
	// Judged is told each verdict; nil if nobody wants to know.
	Judged func(decision string)
	// Prometheus answers collectors of counts; nil if there are none.
	Prometheus http.Handler
	// HideDiagnostics takes the diagnostic addresses away.
	HideDiagnostics bool

	// Index

	// HidePactsForVerification leaves the two relations for selecting pacts out
	// of the index, so that verifiers fall back to older ways.
	HidePactsForVerification bool
}
