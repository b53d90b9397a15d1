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
	State  State
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
		pair := VersionPair{PairSummary: p, Contract: c, State: b.between(p, c.ContentID, p.Provider.Newest.ID)}
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
		pair := VersionPair{PairSummary: p, Contract: p.Contract, State: b.between(p, p.Contract.ContentID, version)}
		if r, known := b.results[resultKey{p.Contract.ContentID, version}]; known {
			pair.Result = &r
		}
		found = append(found, pair)
	}
	return worstPairsFirst(found)
}

func worstPairsFirst(pairs []VersionPair) []VersionPair {
	slices.SortStableFunc(pairs, func(a, b VersionPair) int { return Worse(a.State, b.State) })
	return pairs
}
