package selection

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// end is after everything that will ever be executed.
var end = time.Unix(1<<40, 0)

// work finds work in progress: the contracts that were not asked for, stand at the
// head of a branch or tag, were published after a date, and do not count as
// verified by the provider's branch, or by one of its tags.
type work struct {
	Settings
	tx         Reader
	providerID int64
	query      Query

	asked              bool
	since              time.Time
	ofBranches, ofTags []Found
}

// prepare finds out whether the query asks for work in progress, and since when.
func (w *work) prepare(ctx context.Context) (err error) {
	q := w.query
	w.asked = !q.WIPSince.IsZero() && (q.ProviderBranch != "" || len(q.ProviderTags) > 0)
	if w.asked {
		w.since, err = w.Settings.since(ctx, w.tx, w.providerID, q.WIPSince)
	}
	return err
}

// reads find the heads of branches and tags.
func (w *work) reads() []func(ctx context.Context) error {
	if !w.asked {
		return nil
	}
	return []func(ctx context.Context) error{func(ctx context.Context) (err error) {
		w.ofBranches, err = w.tx.RecentBranchHeads(ctx, w.providerID, w.since)
		return err
	}, func(ctx context.Context) (err error) {
		w.ofTags, err = w.tx.RecentTagHeads(ctx, w.providerID, w.since)
		return err
	}}
}

// candidates returns the contents at heads of branches and tags that were not
// asked for.
func (w *work) candidates(j *judge, asked []Pact) []Pact {
	known := contentsOf(asked)
	slices.Sort(known)
	var matches []Match
	add := func(found Found, reason Reason) {
		if _, isKnown := slices.BinarySearch(known, found.Pact.ContentID); !isKnown {
			matches = append(matches, Match{Reason: reason, Pact: found.Pact})
		}
	}
	for _, head := range w.ofBranches {
		add(head, Reason{Kind: ByBranch, Branch: head.Name})
	}
	for _, head := range w.ofTags {
		add(head, Reason{Kind: ByLatestTag, Tag: head.Name})
	}
	candidates := squash(matches, j.compareHeads)
	for i := range candidates {
		candidates[i].WIP, candidates[i].Pending = true, true
	}
	return candidates
}

// uncounted leaves out the contents that count as verified.
func (w *work) uncounted(ctx context.Context, j *judge, candidates []Pact) ([]Pact, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	if w.query.ProviderBranch != "" {
		return w.uncountedByBranch(ctx, j, candidates)
	}
	counted, err := w.tx.CountedTags(ctx, contentsOf(candidates), w.query.ProviderTags)
	var wip []Pact
	for _, pact := range candidates {
		pact.WIPTags = j.lacking(counted[pact.Publication.ContentID])
		if len(pact.WIPTags) > 0 {
			wip = append(wip, pact)
		}
	}
	return wip, err
}

// compareHeads puts what the provider speaks of first: branches or tags.
func (j *judge) compareHeads(a, b Match) int {
	if j.query.ProviderBranch != "" {
		return compareMatches(a, b)
	}
	return cmp.Or(cmp.Compare(b.Reason.Kind, a.Reason.Kind), compareMatches(a, b))
}

// uncountedByBranch leaves out the contents that the branch has verified
// lately or, before it had its first version, another one.
func (w *work) uncountedByBranch(ctx context.Context, j *judge, candidates []Pact) ([]Pact, error) {
	contents := contentsOf(candidates)
	from := j.tx.Now().Add(-w.CountedFor)
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
func (s Settings) since(ctx context.Context, tx Reader, providerID int64, asked time.Time) (time.Time, error) {
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
