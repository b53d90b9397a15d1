package selection

import (
	"context"
	"slices"
)

// finding collects what the selectors of one query find. Selectors of the same
// kind share a statement.
type finding struct {
	Settings
	tx         Reader
	providerID int64
	steps      []*step
	matches    []Match
}

// step reads something, and makes matches of what it has found.
type step struct {
	read  func(ctx context.Context) ([]Found, error)
	use   func(found []Found)
	found []Found
}

func (f *finding) step(read func(ctx context.Context) ([]Found, error), use func(found []Found)) {
	f.steps = append(f.steps, &step{read: read, use: use})
}

// ofProvider is a step that reads by the provider alone.
func (f *finding) ofProvider(read func(ctx context.Context, providerID int64) ([]Found, error), use func(found []Found)) {
	f.step(func(ctx context.Context) ([]Found, error) { return read(ctx, f.providerID) }, use)
}

// prepare finds out what the selectors of the query ask for, or what the default
// does if there are none.
func (f *finding) prepare(q Query) {
	selectors := concrete(q)
	prepare := []func([]Selector){f.latest, f.mainBranches, f.branches, f.everyBranch, f.latestTags, f.tags, f.places}
	if len(selectors) == 0 {
		selectors = []Selector{{Deployed: true, Released: true}}
		prepare = append(prepare, f.defaults)
	}
	for _, kind := range prepare {
		kind(selectors)
	}
}

// reads are those of all steps, which need nothing of one another.
func (f *finding) reads() []func(ctx context.Context) error {
	reads := make([]func(ctx context.Context) error, len(f.steps))
	for i, s := range f.steps {
		reads[i] = func(ctx context.Context) (err error) {
			s.found, err = s.read(ctx)
			return err
		}
	}
	return reads
}

// asked returns the matches once all was read.
func (f *finding) asked() []Match {
	for _, s := range f.steps {
		s.use(s.found)
	}
	return f.matches
}

// concrete names the matching branch, and leaves out what is said twice.
func concrete(q Query) []Selector {
	var selectors []Selector
	said := map[Selector]bool{}
	for _, s := range q.Selectors {
		if s.MatchingBranch {
			s.MatchingBranch, s.Branch = false, q.ProviderBranch
		}
		if !said[s] {
			selectors = append(selectors, s)
		}
		said[s] = true
	}
	return selectors
}

// which returns the selectors of one kind.
func which(selectors []Selector, of func(Selector) bool) []Selector {
	var found []Selector
	for _, s := range selectors {
		if of(s) {
			found = append(found, s)
		}
	}
	return found
}

// names collects texts, each once, without blank ones.
func names(selectors []Selector, of ...func(Selector) string) []string {
	var found []string
	for _, s := range selectors {
		for _, name := range of {
			if text := name(s); text != "" {
				found = append(found, text)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// byName sorts what was found by the name that was asked for.
func byName(found []Found) map[string][]Found {
	named := map[string][]Found{}
	for _, f := range found {
		named[f.Name] = append(named[f.Name], f)
	}
	return named
}

// concerns reports whether the selector is about the consumer.
func (f *finding) concerns(s Selector, found Found) bool {
	return s.Consumer == "" || f.sameName(s.Consumer, found.Pact.Consumer)
}

// add keeps what the selector found, if that has a pact with the provider.
func (f *finding) add(s Selector, found Found, reason Reason) {
	if found.Pact.ID == 0 || !f.concerns(s, found) {
		return
	}
	reason.Consumer = s.Consumer
	f.matches = append(f.matches, Match{Reason: reason, Pact: found.Pact})
}

func (f *finding) latest(selectors []Selector) {
	selectors = which(selectors, func(s Selector) bool { return s == Selector{Latest: true, Consumer: s.Consumer} })
	if len(selectors) == 0 {
		return
	}
	f.ofProvider(f.tx.LatestPacts, func(found []Found) {
		for _, s := range selectors {
			for _, pact := range found {
				f.add(s, pact, Reason{Kind: ByLatest})
			}
		}
	})
}

func (f *finding) mainBranches(selectors []Selector) {
	selectors = which(selectors, func(s Selector) bool { return s.MainBranch })
	if len(selectors) == 0 {
		return
	}
	f.ofProvider(f.tx.MainBranchHeads, func(found []Found) {
		for _, s := range selectors {
			for _, head := range found {
				f.add(s, head, Reason{Kind: ByMainBranch, Branch: head.Name})
			}
		}
	})
}

// branches finds heads of named branches. A consumer that does not have the
// branch at all is asked for the fallback.
func (f *finding) branches(selectors []Selector) {
	selectors = which(selectors, func(s Selector) bool { return s.Branch != "" })
	if len(selectors) == 0 {
		return
	}
	asked := names(selectors, func(s Selector) string { return s.Branch }, func(s Selector) string { return s.FallbackBranch })
	f.step(func(ctx context.Context) ([]Found, error) { return f.tx.BranchHeads(ctx, f.providerID, asked) }, func(found []Found) {
		f.headsOf(selectors, byName(found))
	})
}

func (f *finding) headsOf(selectors []Selector, heads map[string][]Found) {
	for _, s := range selectors {
		has := map[int64]bool{}
		for _, head := range heads[s.Branch] {
			has[head.ConsumerID] = true
			f.add(s, head, Reason{Kind: ByBranch, Branch: head.Name})
		}
		for _, head := range heads[s.FallbackBranch] {
			if !has[head.ConsumerID] {
				f.add(s, head, Reason{Kind: ByBranch, Branch: head.Name})
			}
		}
	}
}

func (f *finding) everyBranch(selectors []Selector) {
	selectors = which(selectors, func(s Selector) bool { return s.EveryBranch })
	if len(selectors) == 0 {
		return
	}
	f.ofProvider(f.tx.AllBranchHeads, func(found []Found) {
		for _, s := range selectors {
			for _, head := range found {
				f.add(s, head, Reason{Kind: ByBranch, Branch: head.Name})
			}
		}
	})
}

// latestTags finds the newest versions with tags, and with fallback tags for
// those tags that found nothing at all.
func (f *finding) latestTags(selectors []Selector) {
	selectors = which(selectors, func(s Selector) bool { return s.Tag != "" && s.Latest })
	if len(selectors) == 0 {
		return
	}
	asked := names(selectors, func(s Selector) string { return s.Tag }, func(s Selector) string { return s.FallbackTag })
	f.step(func(ctx context.Context) ([]Found, error) { return f.tx.TagHeads(ctx, f.providerID, asked) }, func(found []Found) {
		heads := byName(found)
		f.tagged(selectors, heads, func(s Selector) string { return s.Tag })
		match := map[string]bool{}
		for _, h := range f.matches {
			match[h.Reason.Tag] = match[h.Reason.Tag] || h.Reason.Kind == ByLatestTag
		}
		missing := which(selectors, func(s Selector) bool { return !match[s.Tag] })
		f.tagged(missing, heads, func(s Selector) string { return s.FallbackTag })
	})
}

func (f *finding) tagged(selectors []Selector, heads map[string][]Found, tag func(Selector) string) {
	for _, s := range selectors {
		for _, head := range heads[tag(s)] {
			f.add(s, head, Reason{Kind: ByLatestTag, Tag: head.Name})
		}
	}
}

func (f *finding) tags(selectors []Selector) {
	selectors = which(selectors, func(s Selector) bool { return s.Tag != "" && !s.Latest })
	if len(selectors) == 0 {
		return
	}
	asked := names(selectors, func(s Selector) string { return s.Tag })
	f.step(func(ctx context.Context) ([]Found, error) { return f.tx.TaggedPacts(ctx, f.providerID, asked) }, func(found []Found) {
		pacts := byName(found)
		for _, s := range selectors {
			for _, pact := range pacts[s.Tag] {
				f.add(s, pact, Reason{Kind: ByTag, Tag: s.Tag})
			}
		}
	})
}

// places finds what is deployed or released, in two statements.
func (f *finding) places(selectors []Selector) {
	selectors = which(selectors, func(s Selector) bool { return s.Deployed || s.Released || s.Environment != "" })
	if len(selectors) == 0 {
		return
	}
	var deployed []Found
	f.ofProvider(f.tx.DeployedPacts, func(found []Found) { deployed = found })
	f.ofProvider(f.tx.ReleasedPacts, func(released []Found) { f.inPlaces(selectors, deployed, released) })
}

func (f *finding) inPlaces(selectors []Selector, deployed, released []Found) {
	for _, s := range selectors {
		if s.Deployed {
			f.inPlace(s, deployed, ByDeployment)
		}
		if s.Released {
			f.inPlace(s, released, ByRelease)
		}
		if !s.Deployed && !s.Released {
			f.inPlace(s, eachVersionOnce(deployed, released), ByEnvironment)
		}
	}
}

func (f *finding) inPlace(s Selector, found []Found, kind Kind) {
	for _, pact := range found {
		if s.Environment == "" || s.Environment == pact.Name {
			f.add(s, pact, Reason{Kind: kind, Environment: pact.Name, Production: pact.Production})
		}
	}
}

// eachVersionOnce joins the lists, with every version once in each environment.
func eachVersionOnce(lists ...[]Found) []Found {
	type place struct {
		version     int64
		environment string
	}
	seen := map[place]bool{}
	var all []Found
	for _, found := range slices.Concat(lists...) {
		at := place{found.Pact.VersionID, found.Name}
		if !seen[at] {
			all = append(all, found)
		}
		seen[at] = true
	}
	return all
}

// defaults finds for each consumer the head of its main branch, else the newest
// version with a tag of that name, else the newest of all.
func (f *finding) defaults([]Selector) {
	served := map[int64]bool{}
	for _, choice := range []struct {
		find   func(ctx context.Context, providerID int64) ([]Found, error)
		reason func(found Found) Reason
	}{
		{f.tx.MainBranchHeads, func(found Found) Reason { return Reason{Kind: ByMainBranch, Branch: found.Name} }},
		{f.tx.MainTagHeads, func(found Found) Reason { return Reason{Kind: ByLatestTag, Tag: found.Name} }},
		{f.tx.LatestPacts, func(Found) Reason { return Reason{Kind: ByLatest} }},
	} {
		f.ofProvider(choice.find, func(found []Found) {
			for _, candidate := range found {
				if !served[candidate.ConsumerID] {
					f.add(Selector{}, candidate, choice.reason(candidate))
				}
				served[candidate.ConsumerID] = true
			}
		})
	}
}
