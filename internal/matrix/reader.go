package matrix

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/versions"
)

// Result is the outcome of verifying a content with a provider version.
type Result struct {
	// ID orders the results, Number is in the address of this one.
	ID, Number      int64
	ContentID       int64
	ProviderVersion int64
	Success         bool
	ExecutedAt      time.Time
	// Compared tells that it comes of comparing the pact with what the version
	// promises, not of a verification; then it has no number.
	Compared bool
	// Unproven tells, of a comparison, that nobody has said whether the version
	// keeps what it promises.
	Unproven bool
}

// Reader reads what decisions are drawn from. Every method runs one statement,
// however many ids it is given, and returns what exists in a fixed order.
type Reader interface {
	// Together runs reads that need nothing of one another.
	Together(ctx context.Context, reads ...func(ctx context.Context) error) error
	// PacticipantsNamed returns the applications by the names asked for.
	PacticipantsNamed(ctx context.Context, names ...string) (map[string]pacticipants.Pacticipant, error)
	// EnvironmentByName returns an environment, if it exists.
	EnvironmentByName(ctx context.Context, name string) (deployments.Environment, bool, error)
	// VersionsMatching returns the versions of each application that meet the
	// criteria, by application and position. Where a
	// history can meet them, it returns no more than the limit; 0 is none, here and
	// below, where a limit may be passed over by what can only be little.
	VersionsMatching(ctx context.Context, pacticipantIDs []int64, c Criteria, limit int) ([]versions.Version, error)
	// PublicationsOf returns what the versions have published for the providers,
	// or for all if providerIDs is nil: every revision, or those that count.
	PublicationsOf(ctx context.Context, versionIDs, providerIDs []int64, every bool, limit int) ([]contracts.Publication, error)
	// ProvidersOf returns the pairs in which the applications have a pact as
	// consumers; ConsumersOf those in which they are providers, pact or not.
	ProvidersOf(ctx context.Context, consumerIDs []int64) ([]contracts.Integration, error)
	ConsumersOf(ctx context.Context, providerIDs []int64) ([]contracts.Integration, error)
	// ResultsBetween returns the results for the contents by the provider versions at
	// the same places of the two lists: all of them, or those that count.
	ResultsBetween(ctx context.Context, contentIDs, providerVersionIDs []int64, every bool, limit int) ([]Result, error)
	// ComparedBetween returns what is known of the contents and the provider
	// versions by comparison.
	ComparedBetween(ctx context.Context, contentIDs, providerVersionIDs []int64) ([]providercontracts.Compared, error)
	// ExternalOf returns, by id, those of the applications that are external.
	ExternalOf(ctx context.Context, pacticipantIDs ...int64) (map[int64]pacticipants.External, error)
	// RowsOfHistory returns the rows that meet the query, those with the latest
	// action first unless it bounds them in any order.
	RowsOfHistory(ctx context.Context, h History) ([]Row, error)
	// ComparedRows returns the pacts that meet the query with what is known of them
	// by comparison, in the same order.
	ComparedRows(ctx context.Context, h History) ([]ComparedRow, error)
	// VersionsWithIDs, BranchesOf, TagsOf and EnvironmentsOf describe versions.
	VersionsWithIDs(ctx context.Context, versionIDs ...int64) ([]versions.Version, error)
	BranchesOf(ctx context.Context, versionIDs ...int64) ([]versions.BranchVersion, error)
	TagsOf(ctx context.Context, versionIDs ...int64) ([]versions.Tag, error)
	EnvironmentsOf(ctx context.Context, versionIDs ...int64) (map[int64][]deployments.Environment, error)

	SuggestionReader
}

// SuggestionReader reads what may have been meant by a name that does not exist. It is
// asked only then.
type SuggestionReader interface {
	// PacticipantNames returns the names of all applications, Environments all
	// environments, BranchNames those of the application, the one changed last
	// first.
	PacticipantNames(ctx context.Context) ([]string, error)
	Environments(ctx context.Context) ([]deployments.Environment, error)
	BranchNames(ctx context.Context, pacticipantID int64) ([]string, error)
	// NewestNumbers returns the newest versions of the application.
	NewestNumbers(ctx context.Context, pacticipantID int64, limit int) ([]string, error)
	// CommitsBeginning returns the versions of the application that are whole
	// commit hashes, of SHA-1 or SHA-256, and begin with the text of such digits.
	CommitsBeginning(ctx context.Context, pacticipantID int64, beginning string, limit int) ([]string, error)
	// VersionsWithContent returns those of the versions that have published a
	// contract or a result.
	VersionsWithContent(ctx context.Context, versionIDs []int64) (map[int64]bool, error)
}

// History asks for rows without knowing all versions. Of consumers, of
// providers, and of the versions in the results, empty lists mean: all.
type History struct {
	// ConsumerVersions and Consumers are the consumer versions that count, and
	// the consumers of which all do.
	ConsumerVersions, Consumers []int64
	// Providers are the providers of the pacts.
	Providers []int64
	// ProviderVersions and AnyVersionOf are the provider versions whose results
	// count, and the providers of which all do.
	ProviderVersions, AnyVersionOf []int64
	// Involving keeps the rows in which one of these is consumer or provider.
	Involving []int64
	// Verified leaves out pacts without a result that counts.
	Verified bool
	// Every counts overwritten revisions and results too.
	Every bool
	// Limit is how many rows to return, those with the latest action; AtMost is how
	// many in any order, for who refuses more.
	Limit, AtMost int
}
