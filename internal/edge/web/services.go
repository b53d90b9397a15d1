package web

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/trust"
	"github.com/accord-broker/accord/internal/verdicts"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
	"github.com/accord-broker/accord/internal/webhooks"
)

// Services are what the pages ask.
type Services struct {
	Boards       *dashboard.Boards
	Applications pacticipants.Reader
	Versions     versions.ListReader
	Searching    versions.SearchReader
	// Ages says when branches become stale.
	Ages        versions.Ages
	Deployments deployments.Reader
	Matrix      *matrix.Service
	Verdicts    *verdicts.Service
	Pacts       contracts.Reader
	// ContentSizes returns how many bytes each of the contents has as it is served, by id.
	ContentSizes func(ctx context.Context, contentIDs ...int64) (map[int64]int64, error)
	// Endpoints finds the contracts that ask for an endpoint.
	Endpoints *contracts.Endpoints
	// ProviderContracts finds what providers promise.
	ProviderContracts *providercontracts.Service
	Results           ResultReader
	Newest            events.NewestReader
	Audit             *audit.Trail
	Webhooks          *webhooks.Service
	Deliveries        webhooks.DeliveryReader
	// ChangingApplications and ChangingVersions change and delete them, Belongings says
	// what goes along.
	ChangingApplications *pacticipants.Service
	// FormerNames reads by which names an application is found besides its own.
	FormerNames      func(ctx context.Context, p pacticipants.Pacticipant) ([]pacticipants.FormerName, error)
	ChangingVersions *versions.Service
	// Exclusive runs fn in one transaction with all that it reads and writes, while nobody
	// else changes what belongs to the applications. fn may run more than once.
	Exclusive  func(ctx context.Context, address string, applications []string, fn func(ctx context.Context) error) error
	Belongings BelongingsReader
	SigningIn  SigningIn
	Directory  *access.Directory
	Tokens     *access.Tokens
	People     *access.People
	Trust      *trust.Service
	// Operations tells those who run the broker how it does.
	Operations Operations
	// BaseURLs are the addresses under which people reach the broker.
	BaseURLs []string
	// Release is the version of the broker.
	Release string
	// Now is the clock.
	Now func() time.Time
}

// BelongingsReader says what is deleted together with something.
type BelongingsReader interface {
	pacticipants.BelongingsReader
	versions.BelongingsReader
}

// ResultReader finds the results of contracts.
type ResultReader interface {
	// LatestResult returns the newest result for the content, if there is one.
	LatestResult(ctx context.Context, contentID int64) (verification.Result, bool, error)
	// ResultByNumber returns the result for the content with that number.
	ResultByNumber(ctx context.Context, contentID, number int64) (verification.Result, bool, error)
	// LastMarks returns the last result of a verification and that of a comparison for
	// each content that has one.
	LastMarks(ctx context.Context, contentIDs []int64) ([]dashboard.Mark, error)
	// MarksBetween returns the results that count for the contents and provider
	// versions at the same places of the two lists.
	MarksBetween(ctx context.Context, contentIDs, providerVersionIDs []int64) ([]dashboard.Mark, error)
}
