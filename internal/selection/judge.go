package selection

import (
	"context"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

// HistoryReader reads what the provider has verified. Each method runs one statement.
type HistoryReader interface {
	FindBranch(ctx context.Context, p pacticipants.Pacticipant, name string) (versions.Branch, bool, error)
	// FirstOnBranch returns when the first version on the branch was made; false
	// if there is none.
	FirstOnBranch(ctx context.Context, branchID int64) (time.Time, bool, error)
	// TagsFirstUsed returns when each of the tags was first used, if it was.
	TagsFirstUsed(ctx context.Context, p pacticipants.Pacticipant, tags []string) (map[string]time.Time, error)
	// Succeeded returns those of the contents that any version has verified.
	Succeeded(ctx context.Context, contentIDs []int64) (map[int64]bool, error)
	// BranchSuccesses returns the successes by versions on branches of each
	// content that has one.
	BranchSuccesses(ctx context.Context, contentIDs []int64, branchID int64) (map[int64]BranchSuccesses, error)
	// TagSuccesses returns likewise the successes by versions that now have tags.
	TagSuccesses(ctx context.Context, contentIDs []int64, tags []string) (map[int64]TagSuccesses, error)
	// CountedElsewhere returns those of the contents that were verified outside
	// work in progress by a version on another branch, executed between the times.
	CountedElsewhere(ctx context.Context, contentIDs []int64, branchID int64, from, before time.Time) (map[int64]bool, error)
	// CountedTags returns the successes outside work in progress by versions that
	// had tags at that moment.
	CountedTags(ctx context.Context, contentIDs []int64, tags []string) (map[int64]TagSuccesses, error)
	// UnverifiedSince returns when the contracts were published, after the time,
	// that no version has verified.
	UnverifiedSince(ctx context.Context, providerID int64, since time.Time) ([]time.Time, error)
}

// BranchSuccesses are those of one content by versions on branches.
type BranchSuccesses struct {
	// First is the first on any branch.
	First time.Time
	// Own tells of one on the branch asked for, Counted when the last of these
	// outside work in progress was executed; the zero time if none was.
	Own     bool
	Counted time.Time
}

// TagSuccesses are those of one content by versions with tags.
type TagSuccesses struct {
	// First is the first with any tag.
	First time.Time
	// Own are those of the tags asked for that have one.
	Own []string
}

// judge knows where the provider's version stands: on a branch or, without one,
// under tags.
type judge struct {
	tx       Reader
	query    Query
	branch   versions.Branch
	isBranch bool
	// firstUsed tells when each of the tags was first used.
	firstUsed map[string]time.Time
}

// read finds out where the version stands, if the query asks for it.
func (j *judge) read(ctx context.Context, provider pacticipants.Pacticipant) (err error) {
	switch q := j.query; {
	case !q.Pending && q.WIPSince.IsZero():
	case q.ProviderBranch != "":
		j.branch, j.isBranch, err = j.tx.FindBranch(ctx, provider, q.ProviderBranch)
	case len(q.ProviderTags) > 0:
		j.firstUsed, err = j.tx.TagsFirstUsed(ctx, provider, q.ProviderTags)
	}
	return err
}

func contentsOf(pacts []Pact) []int64 {
	contents := make([]int64, len(pacts))
	for i, pact := range pacts {
		contents[i] = pact.Publication.ContentID
	}
	return contents
}

// pending marks the pacts that are pending, if the query asks for it. A success
// ends that for good, also one as work in progress; failures play no part.
func (j *judge) pending(ctx context.Context, pacts []Pact) error {
	if !j.query.Pending || len(pacts) == 0 {
		return nil
	}
	verified, err := j.verified(ctx, contentsOf(pacts))
	for i := range pacts {
		pacts[i].Pending = !verified[pacts[i].Publication.ContentID]
	}
	return err
}

// verified returns the contents that are not pending.
func (j *judge) verified(ctx context.Context, contents []int64) (map[int64]bool, error) {
	switch {
	case j.query.ProviderBranch != "":
		successes, err := j.tx.BranchSuccesses(ctx, contents, j.branch.ID)
		verified := map[int64]bool{}
		for content, s := range successes {
			verified[content] = s.Own || !j.isBranch || s.First.Before(j.branch.CreatedAt)
		}
		return verified, err
	case len(j.query.ProviderTags) > 0:
		successes, err := j.tx.TagSuccesses(ctx, contents, j.query.ProviderTags)
		verified := map[int64]bool{}
		for content, s := range successes {
			verified[content] = len(j.lacking(s)) == 0
		}
		return verified, err
	default:
		return j.tx.Succeeded(ctx, contents)
	}
}

// lacking returns the provider's tags for which successes do not count: neither
// is there one with the tag, nor was there one before the tag was first used.
func (j *judge) lacking(s TagSuccesses) []string {
	var lacking []string
	for _, tag := range j.query.ProviderTags {
		firstUsed, used := j.firstUsed[tag]
		inherited := !s.First.IsZero() && (!used || s.First.Before(firstUsed))
		if !inherited && !slices.Contains(s.Own, tag) {
			lacking = append(lacking, tag)
		}
	}
	return lacking
}
