package dashboard

import (
	"cmp"
	"slices"
)

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

// counting is the one of a verification's and a comparison's result for the same
// two that counts: a failure, if there is one, else that of the verification.
func counting(verified, compared Mark) Mark {
	if verified.Success && !compared.Success {
		return compared
	}
	return verified
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
