package selection

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// Settings bound how far back is looked, and say how names are compared.
type Settings struct {
	// FoldNames compares names of consumers without regard to case.
	FoldNames bool
	// CountedFor is for how long a success takes a contract out of the work in
	// progress of a branch.
	CountedFor time.Duration
	// Window fits the date of work in progress to how old the unverified
	// contracts are; nil takes the date that the provider gives.
	Window *Window
}

// Selection are the contracts that a provider has to verify.
type Selection struct {
	Provider string
	Query    Query
	Pacts    []Pact
}

// Pact is a contract to verify.
type Pact struct {
	// Publication is that of the newest version for which it was found.
	Publication contracts.Publication
	// Matches are all findings of the content, in the order in which people are
	// told of them.
	Matches []Match
	// Pending tells that the provider has never verified the content.
	Pending bool
	// WIP tells that the contract was not asked for, but is work in progress:
	// for these tags, or for the branch.
	WIP     bool
	WIPTags []string
}

// Match is a consumer version that was found, and by what.
type Match struct {
	Reason Reason
	Pact   contracts.Publication
}

// Found is a consumer version in the position that was asked for.
type Found struct {
	// Name is the branch, tag or environment as it was asked for.
	Name string
	// Production tells of an environment.
	Production bool
	ConsumerID int64
	// Pact is what the version has published for the provider; its ID is 0 if
	// that is nothing.
	Pact contracts.Publication
}

// Reader reads what selections are made of. Each method runs one statement,
// whatever the number of consumers, and finds by key.
type Reader interface {
	pacticipants.Reader
	pacticipants.NameReader
	// PacticipantsNamed returns the applications by the names asked for, which may be
	// ones that they had before.
	PacticipantsNamed(ctx context.Context, names ...string) (map[string]pacticipants.Pacticipant, error)
	// Together runs reads that need nothing of one another.
	Together(ctx context.Context, reads ...func(ctx context.Context) error) error
	// Now is the time of the transaction.
	Now() time.Time
	// Environments returns all environments.
	Environments(ctx context.Context) ([]deployments.Environment, error)
	PactReader
	HistoryReader
}

// PactReader finds contracts of a provider, each method those of all its
// consumers.
type PactReader interface {
	// LatestPacts are those of the newest version with one, of each consumer.
	LatestPacts(ctx context.Context, providerID int64) ([]Found, error)
	// MainBranchHeads are heads of main branches, with a pact or without.
	MainBranchHeads(ctx context.Context, providerID int64) ([]Found, error)
	// BranchHeads are heads of the branches, with a pact or without.
	BranchHeads(ctx context.Context, providerID int64, branches []string) ([]Found, error)
	// AllBranchHeads are heads of branches with a pact.
	AllBranchHeads(ctx context.Context, providerID int64) ([]Found, error)
	// RecentBranchHeads and RecentTagHeads are those that have published a pact
	// after the time.
	RecentBranchHeads(ctx context.Context, providerID int64, since time.Time) ([]Found, error)
	RecentTagHeads(ctx context.Context, providerID int64, since time.Time) ([]Found, error)
	// TagHeads are the newest versions with the tags, with a pact or without.
	TagHeads(ctx context.Context, providerID int64, tags []string) ([]Found, error)
	// MainTagHeads are the newest versions with a tag named like the consumer's
	// main branch, with a pact or without.
	MainTagHeads(ctx context.Context, providerID int64) ([]Found, error)
	// TaggedPacts are those of all versions with the tags.
	TaggedPacts(ctx context.Context, providerID int64, tags []string) ([]Found, error)
	// DeployedPacts and ReleasedPacts are those of the versions that are
	// deployed or supported now, once for each place.
	DeployedPacts(ctx context.Context, providerID int64) ([]Found, error)
	ReleasedPacts(ctx context.Context, providerID int64) ([]Found, error)
}

// Select answers the query for the provider.
func (s Settings) Select(ctx context.Context, tx Reader, provider pacticipants.Pacticipant, q Query) (Selection, error) {
	q, err := s.usePresentNames(ctx, tx, q)
	if err != nil {
		return Selection{}, err
	}
	f, j, w := &finding{Settings: s, tx: tx, providerID: provider.ID}, &judge{tx: tx, query: q}, &work{Settings: s, tx: tx, providerID: provider.ID, query: q}
	f.prepare(q)
	if err := w.prepare(ctx); err != nil {
		return Selection{}, err
	}
	reads := append(f.reads(), func(ctx context.Context) error { return j.read(ctx, provider) })
	if err := tx.Together(ctx, append(reads, w.reads()...)...); err != nil {
		return Selection{}, err
	}
	pacts := squash(f.asked(), compareMatches)
	candidates := w.candidates(j, pacts)
	err = tx.Together(ctx, func(ctx context.Context) error { return j.pending(ctx, pacts) }, func(ctx context.Context) (err error) {
		candidates, err = w.uncounted(ctx, j, candidates)
		return err
	})
	return Selection{Provider: provider.Name, Query: q, Pacts: append(pacts, candidates...)}, err
}

// usePresentNames names the consumers of the selectors as they are called now, if they
// are named as they were before.
func (s Settings) usePresentNames(ctx context.Context, tx Reader, q Query) (Query, error) {
	asked := names(q.Selectors, func(s Selector) string { return s.Consumer })
	if len(asked) == 0 {
		return q, nil
	}
	known, err := tx.PacticipantsNamed(ctx, asked...)
	q.Selectors = slices.Clone(q.Selectors)
	for i, selector := range q.Selectors {
		p, found := known[selector.Consumer]
		if found && !s.sameName(p.Name, selector.Consumer) {
			q.Selectors[i].Consumer = p.Name
		}
	}
	return q, err
}

// sameName reports whether two names of consumers are the same.
func (s Settings) sameName(a, b string) bool {
	return a == b || s.FoldNames && strings.EqualFold(a, b)
}

// squash makes one pact of all matches with the same content, which are put in
// order.
func squash(matches []Match, compare func(a, b Match) int) []Pact {
	at := map[int64]int{}
	pacts := []Pact{}
	for _, match := range matches {
		i, known := at[match.Pact.ContentID]
		if !known {
			i = len(pacts)
			at[match.Pact.ContentID] = i
			pacts = append(pacts, Pact{Publication: match.Pact})
		}
		pacts[i].Matches = append(pacts[i].Matches, match)
		if match.Pact.VersionPosition > pacts[i].Publication.VersionPosition {
			pacts[i].Publication = match.Pact
		}
	}
	for i := range pacts {
		slices.SortStableFunc(pacts[i].Matches, compare)
	}
	slices.SortStableFunc(pacts, comparePacts)
	return pacts
}

// compareMatches orders by kind, then by name; places that are not production come
// first.
func compareMatches(a, b Match) int {
	x, y := a.Reason, b.Reason
	return cmp.Or(
		cmp.Compare(x.Kind, y.Kind),
		strings.Compare(x.Branch, y.Branch),
		strings.Compare(x.Tag, y.Tag),
		strings.Compare(x.Consumer, y.Consumer),
		compareBool(x.Production, y.Production),
		strings.Compare(x.Environment, y.Environment),
		cmp.Compare(a.Pact.VersionPosition, b.Pact.VersionPosition),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// comparePacts orders by the name of the consumer without regard to case, then
// by version.
func comparePacts(a, b Pact) int {
	return cmp.Or(
		strings.Compare(strings.ToLower(a.Publication.Consumer), strings.ToLower(b.Publication.Consumer)),
		strings.Compare(a.Publication.Consumer, b.Publication.Consumer),
		cmp.Compare(a.Publication.VersionPosition, b.Publication.VersionPosition),
	)
}

// ShortDescription joins the short forms of all findings. Of what can be found once
// only, such as the latest version, it says so once, however many selectors have
// found it.
func (p Pact) ShortDescription() string {
	forms := make([]string, 0, len(p.Matches))
	seen := map[string]bool{}
	for _, match := range p.Matches {
		form := match.Reason.String()
		if match.Reason.isOnlyOne() && seen[form] {
			continue
		}
		seen[form] = true
		forms = append(forms, form)
	}
	return strings.Join(forms, ", ")
}
