package dashboard

import (
	"cmp"
	"context"
	"slices"
	"strings"
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

// State is how a pair stands in one place.
type State string

// The states, the worst first.
const (
	Fails    State = "fails"
	NotKnown State = "not_known"
	// Awaited is not known, with a contract so new that a result may be on its way from a
	// provider that has answered others.
	Awaited State = "waiting"
	// Ignored is a missing result of an external provider, which does not count.
	Ignored State = "external"
	Works   State = "works"
	// Absent: one of the two is not there, or has no contract with the other.
	Absent State = "not_there"
)

var badness = map[State]int{Fails: 5, NotKnown: 4, Awaited: 3, Ignored: 2, Works: 1, Absent: 0}

// Worse compares two states; the worse one comes first.
func Worse(a, b State) int { return cmp.Compare(badness[b], badness[a]) }

func worst(states ...State) State {
	found := Absent
	for _, s := range states {
		if badness[s] > badness[found] {
			found = s
		}
	}
	return found
}

type (
	versionPair struct{ version, provider int64 }
	resultKey   struct{ content, version int64 }
)

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

// maker fills a board step by step.
type maker struct {
	*Board
	tx         BoardReader
	awaitedFor time.Duration
	asked      versions.Version
	// only are the applications that the board knows of, nil for all.
	only   []int64
	newest map[int64]Contract
}

func (m *maker) make(ctx context.Context) error {
	for _, step := range []func(context.Context) error{m.readApplications, m.readVersions, m.readPlaces, m.readPairs, m.readContracts, m.readResults} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for _, p := range m.Pairs {
		m.choose(p)
	}
	for _, p := range m.Pairs {
		m.judge(p)
	}
	return nil
}

func (m *maker) readApplications(ctx context.Context) error {
	all, _, err := m.tx.Pacticipants(ctx, pacticipants.Query{IDs: m.only})
	if err != nil {
		return err
	}
	m.byID, m.byName = make(map[int64]*Application, len(all)), make(map[string]*Application, len(all))
	ids := make([]int64, len(all))
	for i, p := range all {
		a := &Application{Pacticipant: p}
		if m.asked.ID != 0 && m.asked.PacticipantID == p.ID {
			a.asked = []int64{m.asked.ID}
		}
		m.Applications, ids[i] = append(m.Applications, a), p.ID
		m.byID[p.ID], m.byName[p.Name] = a, a
	}
	labels, err := m.tx.LabelsOf(ctx, ids...)
	if err != nil {
		return err
	}
	external, err := m.tx.ExternalOf(ctx, ids...)
	for _, a := range m.Applications {
		for _, l := range labels[a.ID] {
			a.Labels = append(a.Labels, l.Name)
		}
		if e, found := external[a.ID]; found {
			a.External = &e
		}
	}
	return err
}

func (m *maker) readVersions(ctx context.Context) error {
	heads, err := m.tx.MainHeads(ctx, m.only...)
	if err != nil {
		return err
	}
	var others []int64
	for _, a := range m.Applications {
		if a.Newest, a.OnMain = heads[a.ID]; !a.OnMain {
			others = append(others, a.ID)
		}
	}
	if len(others) == 0 {
		return nil
	}
	latest, err := m.tx.LatestVersions(ctx, others...)
	for _, id := range others {
		m.byID[id].Newest = latest[id]
	}
	return err
}

func (m *maker) readPlaces(ctx context.Context) (err error) {
	if m.Environments, err = inOrder(ctx, m.tx); err != nil {
		return err
	}
	deployed, err := m.tx.CurrentDeployments(ctx, m.only...)
	if err != nil {
		return err
	}
	released, err := m.tx.SupportedReleases(ctx, m.only...)
	slices.SortFunc(deployed, func(a, b deployments.Deployed) int { return cmp.Compare(b.ID, a.ID) })
	slices.SortFunc(released, func(a, b deployments.Released) int { return cmp.Compare(b.ID, a.ID) })
	for _, d := range deployed {
		m.place(d.PacticipantID, Place{EnvironmentID: d.EnvironmentID, VersionID: d.VersionID, Number: d.Number, Instance: d.Instance, Since: d.CreatedAt, UUID: d.UUID})
	}
	for _, r := range released {
		m.place(r.PacticipantID, Place{EnvironmentID: r.EnvironmentID, VersionID: r.VersionID, Number: r.Number, Released: true, Since: r.CreatedAt, UUID: r.UUID})
	}
	at := map[int64]int{}
	for i, e := range m.Environments {
		at[e.ID] = i
	}
	for _, a := range m.Applications {
		slices.SortStableFunc(a.Places, func(x, y Place) int {
			return cmp.Or(cmp.Compare(at[x.EnvironmentID], at[y.EnvironmentID]), strings.Compare(x.Instance, y.Instance), y.Since.Compare(x.Since))
		})
	}
	return err
}

func inOrder(ctx context.Context, tx BoardReader) ([]deployments.Environment, error) {
	environments, err := tx.Environments(ctx)
	slices.SortStableFunc(environments, byPipeline)
	return environments, err
}

// byPipeline puts environments in the order in which versions pass them.
func byPipeline(a, b deployments.Environment) int {
	if a.Production != b.Production {
		if b.Production {
			return -1
		}
		return 1
	}
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

func (m *maker) place(application int64, p Place) {
	if a, known := m.byID[application]; known {
		a.Places = append(a.Places, p)
	}
}

func (m *maker) readPairs(ctx context.Context) error {
	pairs, err := m.tx.Pairs(ctx, m.only...)
	for _, p := range pairs {
		consumer, provider := m.byID[p.ConsumerID], m.byID[p.ProviderID]
		if !p.HasPact || consumer == nil || provider == nil {
			continue
		}
		m.Pairs = append(m.Pairs, &PairSummary{Integration: p.Integration, Consumer: consumer, Provider: provider})
	}
	slices.SortStableFunc(m.Pairs, func(a, b *PairSummary) int {
		return cmp.Or(
			cmp.Compare(strings.ToLower(a.Consumer.Name), strings.ToLower(b.Consumer.Name)),
			cmp.Compare(strings.ToLower(a.Provider.Name), strings.ToLower(b.Provider.Name)), cmp.Compare(a.ID, b.ID))
	})
	for _, p := range m.Pairs {
		p.Consumer.Providers, p.Provider.Consumers = append(p.Consumer.Providers, p), append(p.Provider.Consumers, p)
	}
	return err
}

func (m *maker) readContracts(ctx context.Context) error {
	var ids []int64
	for _, a := range m.Applications {
		ids = append(ids, a.versionIDs()...)
	}
	var pairs []int64
	if m.only != nil {
		for _, p := range m.Pairs {
			pairs = append(pairs, p.ID)
		}
	}
	found, err := m.tx.ContractsOf(ctx, ids, pairs...)
	m.contents, m.newest = make(map[versionPair]Contract, len(found)), map[int64]Contract{}
	for _, c := range found {
		m.contents[versionPair{c.VersionID, c.ProviderID}] = c
		if known, seen := m.newest[c.IntegrationID]; !seen || c.VersionPosition > known.VersionPosition {
			m.newest[c.IntegrationID] = c
		}
	}
	return err
}

// versionIDs are those of the versions that count: the newest, and those that are
// somewhere.
func (a *Application) versionIDs() []int64 {
	var ids []int64
	if a.Newest.ID != 0 {
		ids = append(ids, a.Newest.ID)
	}
	for _, p := range a.Places {
		if !slices.Contains(ids, p.VersionID) {
			ids = append(ids, p.VersionID)
		}
	}
	for _, id := range a.asked {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (m *maker) readResults(ctx context.Context) error {
	var contents, providers, shown []int64
	for _, p := range m.Pairs {
		p.Contract = m.newest[p.ID]
		if c, found := m.contents[versionPair{p.Consumer.Newest.ID, p.ProviderID}]; found {
			p.Contract = c
		}
		shown = append(shown, p.Contract.ContentID)
		contents, providers = append(contents, p.Contract.ContentID), append(providers, p.Provider.Newest.ID)
		for _, version := range p.Consumer.asked {
			if c, found := m.contents[versionPair{version, p.ProviderID}]; found {
				shown = append(shown, c.ContentID)
			}
		}
		for _, by := range p.Provider.asked {
			contents, providers = append(contents, p.Contract.ContentID), append(providers, by)
		}
		for _, version := range p.Consumer.versionIDs() {
			c, found := m.contents[versionPair{version, p.ProviderID}]
			for _, by := range p.Provider.versionIDs() {
				if found {
					contents, providers = append(contents, c.ContentID), append(providers, by)
				}
			}
		}
	}
	between, err := m.tx.MarksBetween(ctx, contents, providers)
	if err != nil {
		return err
	}
	m.results = make(map[resultKey]Mark, len(between))
	for _, r := range between {
		key := resultKey{r.ContentID, r.ProviderVersion}
		if other, known := m.results[key]; known {
			r = counting(other, r)
		}
		m.results[key] = r
	}
	last, err := m.tx.LastMarks(ctx, shown)
	m.last = make(map[int64]Mark, len(last))
	for _, r := range last {
		if other, known := m.last[r.ContentID]; known {
			r = later(other, r)
		}
		m.last[r.ContentID] = r
	}
	return err
}

// counting is the one of a verification's and a comparison's result for the same
// two that counts: a failure, if there is one.
func counting(verified, compared Mark) Mark {
	if !verified.Success {
		return verified
	}
	return compared
}

// later is the one of two results for a content that came last.
func later(verified, compared Mark) Mark {
	switch {
	case verified.ProviderVersion == compared.ProviderVersion:
		return counting(verified, compared)
	case verified.At.After(compared.At):
		return verified
	}
	return compared
}

// Counting returns the result that counts for a content: that of the provider's newest
// version, if there is one among newest, or the last one, by whatever version. Of both
// there may be one of a verification and, after it, one of a comparison.
func Counting(contentID int64, newest, last []Mark) (result Mark, found bool) {
	for _, from := range []struct {
		marks  []Mark
		choose func(verified, compared Mark) Mark
	}{{newest, counting}, {last, later}} {
		for _, m := range from.marks {
			switch {
			case m.ContentID != contentID:
			case found:
				result = from.choose(result, m)
			default:
				result, found = m, true
			}
		}
		if found {
			break
		}
	}
	return result, found
}

// choose takes the result that is shown of a pair.
func (m *maker) choose(p *PairSummary) {
	r, found := m.results[resultKey{p.Contract.ContentID, p.Provider.Newest.ID}]
	if !found {
		r, found = m.last[p.Contract.ContentID]
	}
	if found {
		p.Result = &r
	}
}

// judge says how a pair stands; the results of all pairs are chosen.
func (m *maker) judge(p *PairSummary) {
	p.Main = m.awaited(p, m.between(p, p.Contract.ContentID, p.Provider.Newest.ID))
	p.In, p.Worst = make(map[int64]State, len(m.Environments)), p.Main
	for _, e := range m.Environments {
		p.In[e.ID] = m.stateIn(p, e.ID)
		p.Worst = worst(p.Worst, p.In[e.ID])
	}
}

// awaited tells a missing result that may still come from one that is missing: who has
// never answered anybody is not waited for.
func (m *maker) awaited(p *PairSummary, s State) State {
	if s == NotKnown && p.Result == nil && m.At.Sub(p.Contract.CreatedAt) <= m.awaitedFor && p.Provider.answers() {
		return Awaited
	}
	return s
}

// answers reports whether any contract with the application has a result.
func (a *Application) answers() bool {
	return slices.ContainsFunc(a.Consumers, func(p *PairSummary) bool { return p.Result != nil })
}

// between is the state of a content with a version of the provider.
func (b *Board) between(p *PairSummary, content, version int64) State {
	r, found := b.results[resultKey{content, version}]
	switch {
	case found && r.Success:
		return Works
	case found:
		return Fails
	case p.Provider.External != nil:
		return Ignored
	}
	return NotKnown
}

// stateIn is the worst state among the versions of the pair that are in an
// environment.
func (b *Board) stateIn(p *PairSummary, environment int64) State {
	state := Absent
	for _, at := range p.Consumer.in(environment) {
		state = worst(state, b.StateAt(p, at))
	}
	return state
}

// StateAt is how the version of the consumer at a place gets on with what is there of the
// provider.
func (b *Board) StateAt(p *PairSummary, at Place) State {
	state := Absent
	c, found := b.contents[versionPair{at.VersionID, p.ProviderID}]
	if !found {
		return state
	}
	for _, by := range p.Provider.in(at.EnvironmentID) {
		state = worst(state, b.between(p, c.ContentID, by.VersionID))
	}
	return state
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
