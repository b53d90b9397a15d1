// Package v1 is the broker's own API, under /api/v1: plain JSON, lists by
// cursor, requests held against openapi.yaml, failures as problem documents.
package v1

import (
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/requests"
	"github.com/accord-broker/accord/internal/trust"
	"github.com/accord-broker/accord/internal/vcs"
	"github.com/accord-broker/accord/internal/verdicts"
	"github.com/accord-broker/accord/internal/versions"
	"github.com/accord-broker/accord/internal/webhooks"
)

// API serves the broker's own API with the services of the broker.
type API struct {
	// Pacticipants changes applications.
	Pacticipants *pacticipants.Service
	// Applications and Versions are for reading, ChangingVersions closes branches,
	// and Ages says when they become stale.
	Applications     pacticipants.Reader
	Versions         versions.ListReader
	ChangingVersions *versions.Service
	Ages             versions.Ages
	// VCS hears version control systems.
	VCS *vcs.Service
	// Throttle counts wrong secrets of theirs.
	Throttle *edge.Throttle
	// Pacts finds what was published.
	Pacts contracts.Reader
	// ProviderContracts finds and compares what providers promise.
	ProviderContracts *providercontracts.Service
	// DiffTimeout is how long comparing two pacts may take; 0 means any time.
	DiffTimeout time.Duration
	// Verdicts explains whether versions may be deployed.
	Verdicts *verdicts.Service
	// Webhooks keeps and tests them, Deliveries finds what they did.
	Webhooks   *webhooks.Service
	Deliveries webhooks.DeliveryReader
	// Tokens makes and ends tokens.
	Tokens *access.Tokens
	// Trust exchanges tokens of CI providers.
	Trust *trust.Service
	// Audit is who did what.
	Audit *audit.Trail
	// Directory keeps the teams and the roles of the broker's own.
	Directory *access.Directory
	// People are those who sign in on the pages.
	People *access.People
	// Events is the feed of what happened.
	Events *events.Feed
	// About says what runs.
	About About
	// Judged is told each verdict, and JudgedPair each pair of one; nil if nobody wants to know.
	Judged     func(decision string)
	JudgedPair func(code, decision string)
	// Requests tells what happened to requests.
	Requests *requests.Log
}
