package verdicts

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// MonitorReader reads what a Monitor looks at.
type MonitorReader interface {
	matrix.Reader
	// LastAnswers returns what was found before, by environment.
	LastAnswers(ctx context.Context, pacticipantID int64) (map[int64]matrix.Answer, error)
	// FeedPosition returns the position up to which the named reader has read the
	// feed; 0 if it never has.
	FeedPosition(ctx context.Context, reader string) (int64, error)
	// FeedEnd returns the position of the newest fact; 0 if there is none.
	FeedEnd(ctx context.Context) (int64, error)
}

// MonitorTx keeps what a Monitor has found, inside one transaction.
type MonitorTx interface {
	events.Announcer
	UpdateLastAnswer(ctx context.Context, pacticipantID, environmentID int64, a matrix.Answer) error
	UpdateFeedPosition(ctx context.Context, reader string, position int64) error
}

// Monitor announces when there is another answer to whether the head of an
// application's main branch may be deployed to an environment. It reads the feed
// of facts and looks again at what a fact can have changed. Only one may look at
// a time.
type Monitor struct {
	View func(ctx context.Context, fn func(ctx context.Context, tx MonitorReader) error) error
	InTx func(ctx context.Context, fn func(ctx context.Context, tx MonitorTx) error) error
	Feed events.Reader
	// Compare compares pairs that have not been, as it is done for who asks; nil leaves
	// them as they are.
	Compare matrix.Compare
}

const (
	// reader is the name under which the Monitor reads the feed.
	reader = "verdicts"
	// factsAtOnce is how many facts one Poll takes in.
	factsAtOnce = 20
)

// reach says whose answers a fact may change.
type reach int

const (
	// reachNobody: it changes no answer, or another fact of the same change does.
	reachNobody reach = iota + 1
	// reachNamed: those of the applications that it names.
	reachNamed
	// reachPartners: those of everybody who has a contract with the application.
	reachPartners
	// reachNamedAndPartners: those of both.
	reachNamedAndPartners
	// reachEverybody: those of all applications.
	reachEverybody
)

// reaches has every type of fact.
var reaches = map[events.Type]reach{
	events.ContractPublished:         reachNamed,
	events.ContractDeleted:           reachNamed,
	events.VerificationPublished:     reachNamed,
	events.VerificationDeleted:       reachNamed,
	events.IntegrationDeleted:        reachNamed,
	events.BranchVersionAdded:        reachNamed,
	events.BranchVersionRemoved:      reachNamed,
	events.BranchDeleted:             reachNamed,
	events.DeploymentRecorded:        reachPartners,
	events.DeploymentEnded:           reachPartners,
	events.ReleaseRecorded:           reachPartners,
	events.ReleaseSupportEnded:       reachPartners,
	events.PacticipantChanged:        reachNamedAndPartners,
	events.PacticipantMerged:         reachNamedAndPartners,
	events.ProviderContractPublished: reachNamedAndPartners,
	events.VersionDeleted:            reachNamedAndPartners,
	events.EnvironmentChanged:        reachEverybody,
	events.PacticipantDeleted:        reachEverybody, // with it, its pairs are gone

	events.ContractContentChanged:        reachNobody, // comes with contract_published
	events.ContractRequiringVerification: reachNobody, // so does this
	events.VerificationSucceeded:         reachNobody, // comes with provider_verification_published
	events.VerificationFailed:            reachNobody, // so does this
	events.AllContractsVerified:          reachNobody, // and this
	events.BranchCreated:                 reachNobody, // comes with branch_version_added
	events.BranchReopened:                reachNobody, // only clean-ups ask whether a branch is closed
	events.BranchClosed:                  reachNobody,
	events.CleanupEnded:                  reachNobody, // what decides about main branches and environments stays
	events.PacticipantCreated:            reachNobody, // it has no version
	events.PacticipantRenamed:            reachNobody, // answers belong to the application, whatever its name
	events.TagAdded:                      reachNobody, // environments do not ask for tags
	events.TagRemoved:                    reachNobody,
	events.VerdictChanged:                reachNobody,
	events.VersionCreated:                reachNobody, // it is on no branch
	events.WebhookDeliveryFailed:         reachNobody,
}

// observed returns the types of the facts that may change an answer.
func observed() (types []events.Type) {
	for _, typ := range events.All() {
		if reaches[typ] != reachNobody {
			types = append(types, typ)
		}
	}
	return types
}

// Poll takes in the next facts and announces what they have changed. It reports
// whether more facts follow. Where facts are missing it looks at everything once
// and goes on from the end of the feed: what stands there is older than the look.
func (m *Monitor) Poll(ctx context.Context) (more bool, err error) {
	var position int64
	var affected affectedApplications
	var page events.Page
	if err := m.View(ctx, func(ctx context.Context, tx MonitorReader) (err error) {
		position, err = tx.FeedPosition(ctx, reader)
		return err
	}); err != nil {
		return false, err
	}
	page, err = m.Feed.FactsAfter(ctx, events.Query{After: position, Types: observed(), Limit: factsAtOnce})
	expired := fault.Is(err, fault.Gone)
	if err != nil && !expired {
		return false, err
	}
	if err := m.View(ctx, func(ctx context.Context, tx MonitorReader) (err error) {
		if expired {
			if page.Position, err = tx.FeedEnd(ctx); err != nil {
				return err
			}
		}
		affected, err = affectedBy(ctx, tx, page.Facts, expired)
		return err
	}); err != nil {
		return false, err
	}
	for _, name := range slices.Sorted(maps.Keys(affected)) {
		if err := m.compare(events.WithCause(ctx, affected[name].cause), name, affected[name].environments); err != nil {
			return false, err
		}
	}
	if page.Position != position {
		err = m.InTx(ctx, func(ctx context.Context, tx MonitorTx) error {
			return tx.UpdateFeedPosition(ctx, reader, page.Position)
		})
		return len(page.Facts) == factsAtOnce, err
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
	before, after matrix.Answer
}

// compare asks about the application in each of the environments, and announces
// the answers that have changed. What was deleted meanwhile is left alone.
func (m *Monitor) compare(ctx context.Context, name string, in environments) error {
	changes, err := m.changes(ctx, name, in)
	if err != nil || len(changes) == 0 {
		return err
	}
	err = m.InTx(ctx, func(ctx context.Context, tx MonitorTx) error {
		for _, c := range changes {
			if err := c.save(ctx, tx); err != nil {
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

func (c change) save(ctx context.Context, tx MonitorTx) error {
	if err := tx.UpdateLastAnswer(ctx, c.pacticipant.ID, c.environment.ID, c.after); err != nil || !c.known {
		return err
	}
	return tx.Announce(ctx, events.Fact{Type: events.VerdictChanged, Subject: c.pacticipant.Name, Data: events.Data{
		Pacticipant: c.pacticipant.Name, Version: c.head.Number, Branch: c.pacticipant.MainBranch,
		Environment: c.environment.Name, EnvironmentID: c.environment.UUID, Verdict: c.after.String(), PreviousVerdict: c.before.String(),
	}})
}

// changes finds the answers that are others than before. Pairs that have not been
// compared are compared first, as for who asks: what is not known for a moment only is
// no other answer.
func (m *Monitor) changes(ctx context.Context, name string, in environments) (changes []change, err error) {
	var uncompared []providercontracts.Pair
	look := func(ctx context.Context, tx MonitorReader) (err error) {
		changes, uncompared, err = changesOf(ctx, tx, name, in)
		return err
	}
	if err := m.View(ctx, look); err != nil || len(uncompared) == 0 || m.Compare == nil {
		return changes, err
	}
	if err := m.Compare(ctx, uncompared); err != nil {
		return nil, err
	}
	err = m.View(ctx, look)
	return changes, err
}

// changesOf compares the answers of now with those that were found before, and returns
// the pairs, too, that were not compared.
func changesOf(ctx context.Context, tx MonitorReader, name string, in environments) (changes []change, uncompared []providercontracts.Pair, err error) {
	known, err := tx.PacticipantsNamed(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	p, found := known[name]
	if !found || p.MainBranch == "" {
		return nil, nil, nil
	}
	head := matrix.Criteria{MainBranch: true, Latest: true}
	heads, err := tx.VersionsMatching(ctx, []int64{p.ID}, head, 1)
	if err != nil || len(heads) == 0 {
		return nil, nil, err
	}
	all, err := tx.Environments(ctx)
	if err != nil {
		return nil, nil, err
	}
	before, err := tx.LastAnswers(ctx, p.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range all {
		last, known := before[e.ID]
		if known && !in.include(e) {
			continue
		}
		verdict, err := matrix.Judge(ctx, tx, matrix.Question{
			Selectors: []matrix.Selector{{Pacticipant: name, Criteria: head}}, Target: matrix.Target{Environment: e.Name}, LatestBy: matrix.LatestByBothVersions,
		}, matrix.MostRows)
		if err != nil && !errors.Is(err, matrix.ErrTooMany) {
			return nil, nil, err
		}
		uncompared = append(uncompared, verdict.Uncompared...)
		if !known || last != verdict.Deployable {
			changes = append(changes, change{p, heads[0], e, known, last, verdict.Deployable})
		}
	}
	return changes, uncompared, nil
}

// environments are those to look at, by uuid; "" stands for all.
type environments map[string]bool

func (in environments) include(e deployments.Environment) bool { return in[""] || in[e.UUID] }

// suspicion says where answers about an application may have changed, and which
// request was the last that may have changed them.
type suspicion struct {
	environments environments
	cause        events.Cause
}

// affectedApplications holds what to look at by the names of applications.
type affectedApplications map[string]*suspicion

func (s affectedApplications) add(environment string, cause events.Cause, names ...string) {
	for _, name := range names {
		if s[name] == nil {
			s[name] = &suspicion{environments: environments{}}
		}
		s[name].environments[environment], s[name].cause = true, cause
	}
}

// affectedBy returns which answers the facts can have changed; all of them, if
// facts are missing.
func affectedBy(ctx context.Context, tx MonitorReader, facts []events.Positioned, missing bool) (affectedApplications, error) {
	affected := affectedApplications{}
	everyone := missing
	var cause events.Cause
	for _, fact := range facts {
		d := fact.Data
		cause = events.Cause{RequestID: fact.RequestID, Traceparent: fact.Traceparent, Actor: fact.Actor}
		reached := reaches[fact.Type]
		switch {
		case fact.Type == events.EnvironmentChanged && d.Action != "created":
			continue
		case reached == reachEverybody:
			everyone = true
			continue
		case reached == reachNamed || reached == reachNamedAndPartners:
			affected.add("", cause, d.Applications()...)
		}
		if reached == reachPartners || reached == reachNamedAndPartners {
			partners, err := partnersOf(ctx, tx, cmp.Or(d.Pacticipant, d.Provider))
			if err != nil {
				return nil, err
			}
			affected.add(d.EnvironmentID, cause, partners...)
		}
	}
	if everyone {
		names, err := tx.PacticipantNames(ctx)
		affected.add("", cause, names...)
		return affected, err
	}
	return affected, nil
}

// partnersOf returns the names of those who have a contract with the application.
func partnersOf(ctx context.Context, tx matrix.Reader, name string) ([]string, error) {
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
