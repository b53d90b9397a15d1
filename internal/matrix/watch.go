package matrix

import (
	"context"
	"maps"
	"slices"

	"accord/internal/contracts"
	"accord/internal/deployments"
	"accord/internal/events"
	"accord/internal/pacticipants"
	"accord/internal/support/fault"
	"accord/internal/versions"
)

// WatchFinder reads what a Watch looks at.
type WatchFinder interface {
	Finder
	// PacticipantNames returns the names of all applications.
	PacticipantNames(ctx context.Context) ([]string, error)
	// Environments returns all environments.
	Environments(ctx context.Context) ([]deployments.Environment, error)
	// LastAnswers returns what was found before, by environment.
	LastAnswers(ctx context.Context, pacticipantID int64) (map[int64]Answer, error)
	// FeedPlace returns the position up to which the named reader has read the
	// feed; 0 if it never has.
	FeedPlace(ctx context.Context, reader string) (int64, error)
}

// WatchTx keeps what a Watch has found, inside one transaction.
type WatchTx interface {
	events.Announcer
	KeepAnswer(ctx context.Context, pacticipantID, environmentID int64, a Answer) error
	KeepFeedPlace(ctx context.Context, reader string, position int64) error
}

// Watch announces when there is another answer to whether the head of an
// application's main branch may be deployed to an environment. It reads the feed
// of facts and looks again at what a fact can have changed. Only one may look at
// a time.
type Watch struct {
	View func(ctx context.Context, fn func(ctx context.Context, tx WatchFinder) error) error
	InTx func(ctx context.Context, fn func(ctx context.Context, tx WatchTx) error) error
	Feed events.Reader
}

const (
	// watcher is the name under which the Watch reads the feed.
	watcher = "verdicts"
	// watchedFacts is how many facts one Look takes in.
	watchedFacts = 20
)

// watched are the facts that may change an answer.
var watched = []events.Type{
	events.ContractPublished, events.ContractDeleted, events.VerificationPublished, events.VerificationDeleted,
	events.DeploymentRecorded, events.DeploymentEnded, events.ReleaseRecorded, events.ReleaseSupportEnded,
	events.PacticipantChanged, events.PacticipantDeleted, events.IntegrationDeleted, events.VersionDeleted,
	events.BranchVersionAdded, events.BranchVersionRemoved, events.BranchDeleted, events.EnvironmentChanged,
}

// Look takes in the next facts and announces what they have changed. It reports
// whether more facts follow.
func (w *Watch) Look(ctx context.Context) (more bool, err error) {
	var place int64
	var affected scope
	var page events.Page
	if err := w.View(ctx, func(ctx context.Context, tx WatchFinder) (err error) {
		place, err = tx.FeedPlace(ctx, watcher)
		return err
	}); err != nil {
		return false, err
	}
	page, err = w.Feed.FactsAfter(ctx, events.Query{After: place, Types: watched, Limit: watchedFacts})
	expired := fault.Is(err, fault.Gone)
	if err != nil && !expired {
		return false, err
	}
	if err := w.View(ctx, func(ctx context.Context, tx WatchFinder) (err error) {
		affected, err = scopeOf(ctx, tx, page.Facts, expired)
		return err
	}); err != nil {
		return false, err
	}
	for _, name := range slices.Sorted(maps.Keys(affected)) {
		if err := w.lookAt(ctx, name, affected[name]); err != nil {
			return false, err
		}
	}
	if page.Position != place {
		err = w.InTx(ctx, func(ctx context.Context, tx WatchTx) error { return tx.KeepFeedPlace(ctx, watcher, page.Position) })
		return expired || len(page.Facts) == watchedFacts, err
	}
	return false, nil
}

// change is an answer that is not the one that was found before.
type change struct {
	pacticipant pacticipants.Pacticipant
	head        versions.Version
	environment deployments.Environment
	// known tells that there was an answer before.
	known         bool
	before, after Answer
}

// lookAt asks about the application in each of the environments, and announces
// the answers that have changed. What was deleted meanwhile is left alone.
func (w *Watch) lookAt(ctx context.Context, name string, in environments) error {
	var changes []change
	if err := w.View(ctx, func(ctx context.Context, tx WatchFinder) (err error) {
		changes, err = changesOf(ctx, tx, name, in)
		return err
	}); err != nil || len(changes) == 0 {
		return err
	}
	err := w.InTx(ctx, func(ctx context.Context, tx WatchTx) error {
		for _, c := range changes {
			if err := c.keep(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (c change) keep(ctx context.Context, tx WatchTx) error {
	if err := tx.KeepAnswer(ctx, c.pacticipant.ID, c.environment.ID, c.after); err != nil || !c.known {
		return err
	}
	return tx.Announce(ctx, events.Fact{Type: events.VerdictChanged, Subject: c.pacticipant.Name, Data: events.Data{
		Pacticipant: c.pacticipant.Name, Version: c.head.Number, Branch: c.pacticipant.MainBranch,
		Environment: c.environment.Name, EnvironmentID: c.environment.UUID, Verdict: c.after.String(), PreviousVerdict: c.before.String(),
	}})
}

// changesOf compares the answers of now with those that were found before.
func changesOf(ctx context.Context, tx WatchFinder, name string, in environments) ([]change, error) {
	known, err := tx.PacticipantsNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	p, found := known[name]
	if !found || p.MainBranch == "" {
		return nil, nil
	}
	head := Criteria{MainBranch: true, Latest: true}
	heads, err := tx.VersionsMatching(ctx, []int64{p.ID}, head)
	if err != nil || len(heads) == 0 {
		return nil, err
	}
	all, err := tx.Environments(ctx)
	if err != nil {
		return nil, err
	}
	before, err := tx.LastAnswers(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	var changes []change
	for _, e := range all {
		last, known := before[e.ID]
		if known && !in.include(e) {
			continue
		}
		verdict, err := Decide(ctx, tx, Question{
			Selectors: []Selector{{Pacticipant: name, Criteria: head}}, Target: Target{Environment: e.Name}, LatestBy: LatestByBothVersions,
		})
		if err != nil {
			return nil, err
		}
		if !known || last != verdict.Deployable {
			changes = append(changes, change{p, heads[0], e, known, last, verdict.Deployable})
		}
	}
	return changes, nil
}

// environments are those to look at, by uuid; "" stands for all.
type environments map[string]bool

func (in environments) include(e deployments.Environment) bool { return in[""] || in[e.UUID] }

// scope holds the environments to look at by the names of applications.
type scope map[string]environments

func (s scope) add(environment string, names ...string) {
	for _, name := range names {
		if s[name] == nil {
			s[name] = environments{}
		}
		s[name][environment] = true
	}
}

// scopeOf returns which answers the facts can have changed; all of them, if
// facts are missing.
func scopeOf(ctx context.Context, tx WatchFinder, facts []events.Placed, missing bool) (scope, error) {
	affected := scope{}
	everyone := missing
	for _, fact := range facts {
		d := fact.Data
		switch fact.Type {
		case events.EnvironmentChanged:
			everyone = everyone || d.Action == "created"
		case events.PacticipantDeleted:
			everyone = true // with it, its pairs are gone
		case events.ContractPublished, events.ContractDeleted, events.VerificationPublished, events.VerificationDeleted,
			events.IntegrationDeleted, events.BranchVersionAdded, events.BranchVersionRemoved, events.BranchDeleted:
			affected.add("", d.Applications()...)
		default:
			if fact.Type == events.PacticipantChanged || fact.Type == events.VersionDeleted {
				affected.add("", d.Pacticipant)
			}
			partners, err := partnersOf(ctx, tx, d.Pacticipant)
			if err != nil {
				return nil, err
			}
			affected.add(d.EnvironmentID, partners...)
		}
	}
	if everyone {
		names, err := tx.PacticipantNames(ctx)
		affected.add("", names...)
		return affected, err
	}
	return affected, nil
}

// partnersOf returns the names of those who have a contract with the application.
func partnersOf(ctx context.Context, tx Finder, name string) ([]string, error) {
	known, err := tx.PacticipantsNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	p, found := known[name]
	if !found {
		return nil, nil
	}
	var names []string
	for _, find := range []func(context.Context, []int64) ([]contracts.Integration, error){tx.ProvidersOf, tx.ConsumersOf} {
		pairs, err := find(ctx, []int64{p.ID})
		if err != nil {
			return nil, err
		}
		for _, pair := range pairs {
			names = append(names, pair.Consumer, pair.Provider)
		}
	}
	return names, nil
}
