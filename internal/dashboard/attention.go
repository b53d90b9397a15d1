package dashboard

import (
	"cmp"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/deployments"
)

// Concern is something that somebody has to look at.
type Concern struct {
	Kind ConcernKind
	// Pair is what it is about, nil if it is about an application alone.
	Pair        *PairSummary
	Application *Application
	// Environment is where it happens, nil for the main branches.
	Environment *deployments.Environment
	// There is where a version of the consumer is that fails with what is around it; it is
	// empty unless the two fail together.
	There Place
	// Meets is where the version of the other application is with which the newest fails,
	// Runs where the application is already; both are empty unless it must wait.
	Meets, Runs Place
	// Owner is whose turn it is.
	Owner *Application
	Since time.Time
	// Consumers is how many rely on an application that answers nobody.
	Consumers int
}

// ConcernKind says what is the matter.
type ConcernKind int

// The kinds, the most urgent first.
const (
	// FailsTogether: the two are in an environment and do not fit.
	FailsTogether ConcernKind = iota
	// MustWait: the newest version of the application cannot go where older ones are.
	MustWait
	// FailsOnMain: the provider's newest version breaks the consumer's newest.
	FailsOnMain
	// NeverAnswered: the application has consumers and has published no result.
	NeverAnswered
	// NoAnswer: a contract has no result from the provider's newest version. As long as
	// one may be on its way, that matters only where the two are together already.
	NoAnswer
)

// Concerns returns what needs somebody, the most urgent first.
func (b *Board) Concerns() []Concern {
	var found []Concern
	silent := b.silent()
	for _, p := range b.Pairs {
		found = append(found, b.failuresOf(p)...)
		if unanswered := p.Main == NotKnown || p.Main == Awaited && p.Worst == NotKnown; unanswered && silent[p.Provider] == 0 {
			found = append(found, Concern{Kind: NoAnswer, Pair: p, Application: p.Provider, Owner: p.Provider, Since: p.Contract.CreatedAt})
		}
	}
	for _, a := range b.Applications {
		if silent[a] > 0 {
			found = append(found, Concern{Kind: NeverAnswered, Application: a, Owner: a, Since: a.askedSince(), Consumers: silent[a]})
		}
	}
	found = append(found, b.waiting(found)...)
	slices.SortStableFunc(found, func(x, y Concern) int {
		return cmp.Or(cmp.Compare(x.urgency(), y.urgency()), y.Since.Compare(x.Since))
	})
	return found
}

// waiting returns the applications whose newest version cannot go to the last
// environment because a pair fails that was not named before.
func (b *Board) waiting(named []Concern) []Concern {
	if len(b.Environments) == 0 {
		return nil
	}
	last := b.Environments[len(b.Environments)-1]
	said := map[*PairSummary]bool{}
	for _, c := range named {
		said[c.Pair] = true
	}
	var found []Concern
	for _, a := range b.Applications {
		there := a.in(last.ID)
		if len(there) == 0 || a.Newest.ID == 0 || slices.ContainsFunc(there, func(p Place) bool { return p.VersionID == a.Newest.ID }) {
			continue
		}
		for _, blocking := range b.MayGo(a, last.ID).Blocking {
			if p := blocking.Pair; blocking.State == Fails && !said[p] {
				said[p] = true
				found = append(found, Concern{Kind: MustWait, Pair: p, Application: a, Environment: &last, Meets: blocking.Meets, Runs: there[0], Owner: p.Provider, Since: a.Newest.CreatedAt})
			}
		}
	}
	return found
}

// failuresOf returns where a pair fails: in the last environment of the pipeline
// in which it does, or on the main branches.
func (b *Board) failuresOf(p *PairSummary) []Concern {
	for i := len(b.Environments) - 1; i >= 0; i-- {
		e := b.Environments[i]
		if p.In[e.ID] == Fails {
			return []Concern{{Kind: FailsTogether, Pair: p, Application: p.Consumer, Environment: &e, There: b.failing(p, e.ID), Owner: p.Provider, Since: p.togetherSince(e.ID)}}
		}
	}
	if p.Main == Fails {
		return []Concern{{Kind: FailsOnMain, Pair: p, Application: p.Provider, Owner: p.Provider, Since: p.Result.At}}
	}
	return nil
}

// failing is the first place of the consumer in an environment whose version fails there.
func (b *Board) failing(p *PairSummary, environment int64) Place {
	there := p.Consumer.in(environment)
	i := slices.IndexFunc(there, func(at Place) bool { return b.StateAt(p, at) == Fails })
	if i < 0 {
		return Place{}
	}
	return there[i]
}

// togetherSince is when the later of the two came to an environment.
func (p *PairSummary) togetherSince(environment int64) time.Time {
	var since time.Time
	for _, at := range slices.Concat(p.Consumer.in(environment), p.Provider.in(environment)) {
		if at.Since.After(since) {
			since = at.Since
		}
	}
	return since
}

// silent returns the applications that have consumers and no result at all, with
// how many consumers they have. External ones are not expected to answer.
func (b *Board) silent() map[*Application]int {
	found := map[*Application]int{}
	for _, a := range b.Applications {
		if a.External == nil && len(a.Consumers) > 0 && !a.answers() {
			found[a] = len(a.Consumers)
		}
	}
	return found
}

// askedSince is when the first of the contracts that count was published.
func (a *Application) askedSince() time.Time {
	since := a.Consumers[0].CreatedAt
	for _, p := range a.Consumers {
		if p.CreatedAt.Before(since) {
			since = p.CreatedAt
		}
	}
	return since
}

func (c Concern) urgency() int {
	u := int(c.Kind) * 2
	if c.Environment == nil || !c.Environment.Production {
		u++
	}
	return u
}
