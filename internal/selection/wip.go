package selection

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// end is after everything that will ever be executed.
var end = time.Unix(1<<40, 0)

// workInProgress returns the contracts that were not asked for, stand at the
// head of a branch or tag, were published after the date, and do not count as
// verified by the provider's branch, or by one of its tags.
func (s Settings) workInProgress(ctx context.Context, tx Finder, j judge, asked Selection) ([]Pact, error) {
	q := asked.Query
	if q.WIPSince.IsZero() || q.ProviderBranch == "" && len(q.ProviderTags) == 0 {
		return nil, nil
	}
	candidates, err := s.heads(ctx, tx, j, asked)
	if err != nil || len(candidates) == 0 {
		return nil, err
	}
	if q.ProviderBranch != "" {
		return s.uncountedByBranch(ctx, j, candidates)
	}
	counted, err := tx.CountedTags(ctx, contentsOf(candidates), q.ProviderTags)
	var wip []Pact
	for _, pact := range candidates {
		pact.WIPTags = j.lacking(counted[pact.Publication.ContentID])
		if len(pact.WIPTags) > 0 {
			wip = append(wip, pact)
		}
	}
	return wip, err
}

// heads returns the contents at heads of branches and tags that were not asked
// for.
func (s Settings) heads(ctx context.Context, tx Finder, j judge, asked Selection) ([]Pact, error) {
	provider := asked.providerID
	since, err := s.since(ctx, tx, provider, asked.Query.WIPSince)
	if err != nil {
		return nil, err
	}
	ofBranches, err := tx.RecentBranchHeads(ctx, provider, since)
	if err != nil {
		return nil, err
	}
	ofTags, err := tx.RecentTagHeads(ctx, provider, since)
	if err != nil {
		return nil, err
	}
	known := contentsOf(asked.Pacts)
	slices.Sort(known)
	var hits []Hit
	add := func(found Found, reason Reason) {
		if _, isKnown := slices.BinarySearch(known, found.Pact.ContentID); !isKnown {
			hits = append(hits, Hit{Reason: reason, Pact: found.Pact})
		}
	}
	for _, head := range ofBranches {
		add(head, Reason{Kind: ByBranch, Branch: head.Name})
	}
	for _, head := range ofTags {
		add(head, Reason{Kind: ByLatestTag, Tag: head.Name})
	}
	candidates := squash(hits, j.compareHeads)
	for i := range candidates {
		candidates[i].WIP, candidates[i].Pending = true, true
	}
	return candidates, nil
}

// compareHeads puts what the provider speaks of first: branches or tags.
func (j judge) compareHeads(a, b Hit) int {
	if j.query.ProviderBranch != "" {
		return compareHits(a, b)
	}
	return cmp.Or(cmp.Compare(b.Reason.Kind, a.Reason.Kind), compareHits(a, b))
}

// uncountedByBranch leaves out the contents that the branch has verified
// lately or, before it had its first version, another one.
func (s Settings) uncountedByBranch(ctx context.Context, j judge, candidates []Pact) ([]Pact, error) {
	contents := contentsOf(candidates)
	from := j.tx.Now().Add(-s.CountedFor)
	successes, err := j.tx.BranchSuccesses(ctx, contents, j.branch.ID)
	if err != nil {
		return nil, err
	}
	before := end
	if first, exists, err := j.tx.FirstOnBranch(ctx, j.branch.ID); err != nil {
		return nil, err
	} else if exists {
		before = first
	}
	elsewhere, err := j.tx.CountedElsewhere(ctx, contents, j.branch.ID, from, before)
	var wip []Pact
	for _, pact := range candidates {
		content := pact.Publication.ContentID
		if !elsewhere[content] && successes[content].Counted.Before(from) {
			wip = append(wip, pact)
		}
	}
	return wip, err
}

// Window fits the date of work in progress to how old the contracts are that
// no version has verified, in days.
type Window struct{ Default, Min, Max int }

const day = 24 * time.Hour

// since is the date after which work in progress counts.
func (s Settings) since(ctx context.Context, tx Finder, providerID int64, asked time.Time) (time.Time, error) {
	if s.Window == nil {
		return asked, nil
	}
	now := tx.Now()
	published, err := tx.UnverifiedSince(ctx, providerID, now.Add(-time.Duration(s.Window.Max)*day))
	return now.Add(-time.Duration(s.Window.days(now, published)) * day), err
}

// days is the age, in days begun, that four of five unverified contracts have
// at most, within the bounds.
func (w Window) days(now time.Time, published []time.Time) int {
	if len(published) == 0 {
		return w.Default
	}
	ages := make([]int, len(published))
	for i, at := range published {
		ages[i] = int((now.Sub(at) + day - 1) / day)
	}
	slices.Sort(ages)
	return min(max(ages[(len(ages)*4+4)/5-1], w.Min), w.Max)
}
