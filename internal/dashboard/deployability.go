package dashboard

import (
	"slices"

	"github.com/accord-broker/accord/internal/matrix"
)

// Deployability says whether a version may go to an environment, as far as the board
// knows: it gives the answer that can-i-deploy gives, with one exception. An application
// that needs itself has to get on with itself, here as there; but of one that has to do
// with nobody else can-i-deploy counts the results of all of its versions, as the Pact
// Broker does: see NeedsOnlyItself.
type Deployability struct {
	Answer matrix.Answer
	// Blocking are the pairs in the way, the worst first.
	Blocking []Blocking
	// Looked is how many pairs were looked at.
	Looked int
}

// State is how a version gets on that is there already: the worst of its pairs, as of
// every pair. The answer is another thing: it is about going there.
func (g Deployability) State() State {
	switch {
	case len(g.Blocking) > 0:
		return g.Blocking[0].State
	case g.Looked > 0:
		return Works
	}
	return Absent
}

// Blocking is a pair that keeps a version from going somewhere.
type Blocking struct {
	Pair  *PairSummary
	State State
	// Contract is the one of the consumer version that was looked at, and Result what is
	// known of it with the provider version, nil if nothing is.
	Contract Contract
	Result   *Mark
	// Missing tells that no version of the other application is there; Meets is where the
	// one is that was looked at.
	Missing bool
	Meets   Place
}

// MayGo says whether the newest version of the application may go to an
// environment.
func (b *Board) MayGo(a *Application, environment int64) Deployability {
	return b.mayGo(a, a.Newest.ID, environment)
}

// Together says how a version that is in an environment gets on with what is
// there.
func (b *Board) Together(a *Application, version, environment int64) Deployability {
	return b.mayGo(a, version, environment)
}

// NeedsOnlyItself reports whether the only contract of an application is with itself.
func (a *Application) NeedsOnlyItself() bool {
	pairs := a.Pairs()
	return len(pairs) == 1 && pairs[0].Consumer == pairs[0].Provider
}

func (b *Board) mayGo(a *Application, version, environment int64) Deployability {
	g := Deployability{Answer: matrix.Yes}
	for _, p := range a.Providers {
		c, needs := b.contents[versionPair{version, p.ProviderID}]
		if !needs {
			continue
		}
		g.Looked++
		there := p.Provider.in(environment)
		if p.Provider == a {
			there = []Place{{VersionID: version}}
		}
		if len(there) == 0 {
			g.add(Blocking{Pair: p, Contract: c, State: b.unmet(p), Missing: true})
		}
		for _, at := range there {
			g.add(b.blocking(p, c, at.VersionID, at))
		}
	}
	for _, p := range a.Consumers {
		if p.Consumer == a {
			continue
		}
		for _, at := range p.Consumer.in(environment) {
			if c, needs := b.contents[versionPair{at.VersionID, a.ID}]; needs {
				g.Looked++
				g.add(b.blocking(p, c, version, at))
			}
		}
	}
	slices.SortStableFunc(g.Blocking, func(x, y Blocking) int { return Worse(x.State, y.State) })
	return g
}

// blocking is a contract with a version of the provider, whatever came of it, where one of
// the two is.
func (b *Board) blocking(p *PairSummary, c Contract, version int64, at Place) Blocking {
	found := Blocking{Pair: p, Contract: c, State: b.between(p, c.ContentID, version), Meets: at}
	if r, known := b.results[resultKey{c.ContentID, version}]; known {
		found.Result = &r
	}
	return found
}

// unmet is the state of a pair whose provider is not there.
func (b *Board) unmet(p *PairSummary) State {
	if p.Provider.External != nil {
		return Ignored
	}
	return NotKnown
}

// add counts a pair in. Not knowing weighs more than a failure, as in every verdict:
// more results may be on their way.
func (g *Deployability) add(found Blocking) {
	switch {
	case found.State == NotKnown:
		g.Answer = matrix.Unknown
	case found.State != Fails:
		return
	case g.Answer == matrix.Yes:
		g.Answer = matrix.No
	}
	g.Blocking = append(g.Blocking, found)
}
