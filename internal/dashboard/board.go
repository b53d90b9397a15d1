package dashboard

import (
	"context"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

// Board is how everything stands at one moment: each application with its newest
// version and where it runs, each pair on the main branches and in every
// environment.
type Board struct {
	At time.Time
	// Environments are in the order in which versions pass them: those for
	// production come last.
	Environments []deployments.Environment
	// Applications are in the order of their names, whatever the case.
	Applications []*Application
	// Pairs are those that have a contract, by the names of both.
	Pairs []*PairSummary

	byID     map[int64]*Application
	byName   map[string]*Application
	contents map[versionPair]Contract
	results  map[resultKey]Mark
	last     map[int64]Mark
}

// Application is what the board knows of an application.
type Application struct {
	pacticipants.Pacticipant
	Labels   []string
	External *pacticipants.External
	// Newest is the head of the main branch, or the latest version where no main
	// branch is set or it is empty; its ID is 0 if there is no version at all.
	Newest versions.Version
	// OnMain tells that Newest is the head of the main branch.
	OnMain bool
	// Places are where versions are now, in the order of the environments.
	Places []Place
	// Consumers and Providers are its pairs in either role.
	Consumers, Providers []*PairSummary

	// asked are versions that somebody asks about, wherever they are.
	asked []int64
}

// Pairs are those of the application in either role, each once: one with itself is
// among both.
func (a *Application) Pairs() []*PairSummary {
	all := slices.Clone(a.Consumers)
	for _, p := range a.Providers {
		if p.Provider != a {
			all = append(all, p)
		}
	}
	return all
}

// Place is a version in an environment.
type Place struct {
	EnvironmentID int64
	VersionID     int64
	Number        string
	// Instance is the application instance, "" for the slot without a name.
	Instance string
	Released bool
	Since    time.Time
	UUID     string
}

// Contract is a content that a version of the consumer has published.
type Contract struct {
	contracts.Publication
	Interactions, Messages int
	// Branch is the last one that the consumer version was put on, "" if none.
	Branch string
}

// Mark is a result, as far as the board shows it.
type Mark struct {
	Number          int64
	ContentID       int64
	ProviderVersion int64
	ProviderNumber  string
	Success         bool
	At              time.Time
	// Compared tells that it comes of a comparison, and has no number.
	Compared bool
}

// PairSummary is how a pair stands.
type PairSummary struct {
	contracts.Integration
	Consumer, Provider *Application
	// Contract is the one that counts on the main branch: that of the consumer's
	// newest version or, if that has none, the newest of the pair.
	Contract Contract
	// Result is that of the provider's newest version for that content or, without
	// it, the last one by whatever version; nil if none.
	Result *Mark
	// Main is the state of newest with newest, In that in each environment by its
	// id; Worst is the worst of them.
	Main  State
	In    map[int64]State
	Worst State
}

// BoardReader reads what a board is made of. Each method runs one statement.
type BoardReader interface {
	Now() time.Time
	Environments(ctx context.Context) ([]deployments.Environment, error)
	Pacticipants(ctx context.Context, l pacticipants.Query) ([]pacticipants.Pacticipant, int, error)
	LabelsOf(ctx context.Context, pacticipantIDs ...int64) (map[int64][]pacticipants.Label, error)
	ExternalOf(ctx context.Context, pacticipantIDs ...int64) (map[int64]pacticipants.External, error)
	// CurrentDeployments and SupportedReleases return what is deployed and supported
	// now, in any order: of all applications, or of those that are named, as the next
	// two.
	CurrentDeployments(ctx context.Context, pacticipantIDs ...int64) ([]deployments.Deployed, error)
	SupportedReleases(ctx context.Context, pacticipantIDs ...int64) ([]deployments.Released, error)
	// Pairs returns those of which both are among the applications.
	Pairs(ctx context.Context, pacticipantIDs ...int64) ([]Pair, error)
	// MainHeads returns the head of the main branch of each application that has
	// one, LatestVersions the latest version of each of the applications.
	MainHeads(ctx context.Context, pacticipantIDs ...int64) (map[int64]versions.Version, error)
	LatestVersions(ctx context.Context, pacticipantIDs ...int64) (map[int64]versions.Version, error)
	// ContractsOf returns the contracts that count of the consumer versions, and
	// the newest of every pair, or of those that are named.
	ContractsOf(ctx context.Context, versionIDs []int64, pairIDs ...int64) ([]Contract, error)
	// MarksBetween returns the results that count for the contents and provider
	// versions at the same places of the two lists, first those of verifications, then
	// those of comparisons; LastMarks the last of both for each content.
	MarksBetween(ctx context.Context, contentIDs, providerVersionIDs []int64) ([]Mark, error)
	LastMarks(ctx context.Context, contentIDs []int64) ([]Mark, error)
}

// Boards makes boards, each from one unchanging state.
type Boards struct {
	View func(ctx context.Context, fn func(ctx context.Context, tx BoardReader) error) error
	// AwaitedFor is how long after its publication a contract without a result
	// counts as waiting for one.
	AwaitedFor time.Duration
}

// Board returns how everything stands now. How many statements it runs is fixed.
func (s *Boards) Board(ctx context.Context) (*Board, error) {
	return s.BoardWith(ctx, versions.Version{})
}

// BoardWith is a Board that knows of one more version, which may be anywhere.
func (s *Boards) BoardWith(ctx context.Context, asked versions.Version) (board *Board, err error) {
	err = s.View(ctx, func(ctx context.Context, tx BoardReader) error {
		m := maker{tx: tx, awaitedFor: s.AwaitedFor, asked: asked, Board: &Board{At: tx.Now()}}
		board = m.Board
		return m.make(ctx)
	})
	return board, err
}

// BoardOf is a Board that knows of some applications alone, and of the pairs between them. It
// costs as much as these have, whatever else there is.
func (s *Boards) BoardOf(ctx context.Context, pacticipantIDs ...int64) (board *Board, err error) {
	err = s.View(ctx, func(ctx context.Context, tx BoardReader) error {
		m := maker{tx: tx, awaitedFor: s.AwaitedFor, only: pacticipantIDs, Board: &Board{At: tx.Now()}}
		board = m.Board
		return m.make(ctx)
	})
	return board, err
}

// Environments returns those that a board has, in the order in which versions pass
// them, without the cost of the rest.
func (s *Boards) Environments(ctx context.Context) (environments []deployments.Environment, err error) {
	err = s.View(ctx, func(ctx context.Context, tx BoardReader) error {
		environments, err = inOrder(ctx, tx)
		return err
	})
	return environments, err
}

// in are the places of the application in an environment.
func (a *Application) in(environment int64) []Place {
	var found []Place
	for _, p := range a.Places {
		if p.EnvironmentID == environment {
			found = append(found, p)
		}
	}
	return found
}

// In returns where the application is in an environment.
func (a *Application) In(environment int64) []Place { return a.in(environment) }

// ApplicationNamed returns what is known of an application, nil if nothing is.
func (b *Board) ApplicationNamed(name string) *Application { return b.byName[name] }

// Pair returns how two applications stand, nil if they have no contract.
func (b *Board) Pair(consumer, provider string) *PairSummary {
	a := b.byName[consumer]
	if a == nil {
		return nil
	}
	for _, p := range a.Providers {
		if p.Provider.Name == provider {
			return p
		}
	}
	return nil
}
