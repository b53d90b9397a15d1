package dashboard

import "slices"

// VersionPair is what one version of an application is in a pair.
type VersionPair struct {
	*PairSummary
	// Contract is the one that the version has published or, where it is a provider,
	// the one that counts on the main branch.
	Contract Contract
	// Result is what is known of the contract: from the version itself where it is a
	// provider, else from the newest version of the provider or, without that, the
	// last one; nil if none.
	Result *Mark
	// State is the worst of the two with the newest version of the other application, and
	// in every environment in which the version is together with it; In are the states
	// there, by the environment's id.
	State State
	In    map[int64]State
}

// NeedsOf are the pairs in which a version of the application is the consumer. The
// version must be one that the board knows: the newest, one that is in an
// environment, or the one that it was made with.
func (b *Board) NeedsOf(a *Application, version int64) []VersionPair {
	var found []VersionPair
	for _, p := range a.Providers {
		c, needs := b.contents[versionPair{version, p.ProviderID}]
		if !needs {
			continue
		}
		pair := VersionPair{PairSummary: p, Contract: c, State: b.between(p, c.ContentID, p.Provider.Newest.ID), In: map[int64]State{}}
		if c.ContentID == p.Contract.ContentID {
			pair.State = p.Main // for a result of it somebody may wait
		}
		for _, at := range a.Places {
			if at.VersionID == version {
				pair.add(at.EnvironmentID, b.StateAt(p, at))
			}
		}
		if r, known := b.results[resultKey{c.ContentID, p.Provider.Newest.ID}]; known {
			pair.Result = &r
		} else if r, known := b.last[c.ContentID]; known {
			pair.Result = &r
		}
		found = append(found, pair)
	}
	return worstPairsFirst(found)
}

// GivesOf are the pairs in which a version of the application is the provider.
func (b *Board) GivesOf(a *Application, version int64) []VersionPair {
	var found []VersionPair
	for _, p := range a.Consumers {
		pair := VersionPair{PairSummary: p, Contract: p.Contract, State: b.between(p, p.Contract.ContentID, version), In: map[int64]State{}}
		if version == a.Newest.ID {
			pair.State = p.Main
		}
		for _, at := range a.Places {
			if at.VersionID == version {
				pair.add(at.EnvironmentID, b.stateWith(p, at))
			}
		}
		if r, known := b.results[resultKey{p.Contract.ContentID, version}]; known {
			pair.Result = &r
		}
		found = append(found, pair)
	}
	return worstPairsFirst(found)
}

// add counts in how the version gets on in an environment in which it is.
func (p *VersionPair) add(environment int64, s State) {
	p.In[environment] = worst(p.In[environment], s)
	p.State = worst(p.State, s)
}

// stateWith is how the version of the provider at a place gets on with what is there of the
// consumer.
func (b *Board) stateWith(p *PairSummary, at Place) State {
	state := Absent
	for _, by := range p.Consumer.in(at.EnvironmentID) {
		if c, needs := b.contents[versionPair{by.VersionID, p.ProviderID}]; needs {
			state = worst(state, b.between(p, c.ContentID, at.VersionID))
		}
	}
	return state
}

func worstPairsFirst(pairs []VersionPair) []VersionPair {
	slices.SortStableFunc(pairs, func(a, b VersionPair) int { return Worse(a.State, b.State) })
	return pairs
}
