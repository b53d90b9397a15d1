// Package dashboard shows at a glance how all pairs stand: the contracts that
// matter now, each with its latest result, who is connected with whom, and how
// much of everything there is.
package dashboard

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/versions"
)

// Item is a contract that matters now: the newest of a pair, the newest of a
// pair with a tag, or one whose consumer version is in an environment.
type Item struct {
	contracts.Publication
	// Tags are those with which no newer contract of the pair exists.
	Tags []string
	// Heads are the branches whose head the consumer version is, oldest first.
	Heads []string
	// Result is the latest for the content, nil if it was never verified.
	Result *Result
}

// Result is what the overview shows of a result.
type Result struct {
	Success bool
	// Pending tells that the contract was pending when it was verified.
	Pending bool
	// Compared tells that it is the result of a comparison, and has no number.
	Compared  bool
	CreatedAt time.Time
	VersionID int64
	Number    string
	// Heads are the branches whose head the provider version is, oldest first,
	// Tags those whose newest version it is.
	Heads []string
	Tags  []string
}

// Status says in a word how a contract stands.
type Status string

// The states of a contract.
const (
	Never         Status = "never"
	Success       Status = "success"
	Failed        Status = "failed"
	FailedPending Status = "failed_pending"
)

// Status returns how the contract stands.
func (i Item) Status() Status {
	switch {
	case i.Result == nil:
		return Never
	case i.Result.Success:
		return Success
	case i.Result.Pending:
		return FailedPending
	}
	return Failed
}

// Query says which contracts are asked for.
type Query struct {
	// ConsumerID and ProviderID name one pair; both are 0 for all pairs.
	ConsumerID, ProviderID int64
	// Limit is how many are wanted, behind the first Offset.
	Limit, Offset int
}

// Reader reads what the overview is made of.
type Reader interface {
	pacticipants.Reader
	// Items returns the contracts that matter now, those first for which
	// something was published last. Of them it knows the publication and the
	// result, not the tags and heads.
	Items(ctx context.Context, which Query) ([]Item, error)
	// LastMarks returns the last result of a verification and that of a comparison
	// for each content.
	LastMarks(ctx context.Context, contentIDs []int64) ([]Mark, error)
	// TagsHeadedBy returns, by the id of a publication, the tags with which no
	// newer contract of the pair exists, by name.
	TagsHeadedBy(ctx context.Context, publicationIDs []int64) (map[int64][]string, error)
	// Pairs returns all pairs, or those of which both are among the applications, the
	// oldest first.
	Pairs(ctx context.Context, pacticipantIDs ...int64) ([]Pair, error)
	// Metrics counts what there is.
	Metrics(ctx context.Context) (Metrics, error)
	// BranchesOf and TagsOf return what the versions have.
	BranchesOf(ctx context.Context, versionIDs ...int64) ([]versions.BranchVersion, error)
	TagsOf(ctx context.Context, versionIDs ...int64) ([]versions.Tag, error)
}

// View runs fn over one unchanging state of what is kept.
type View func(ctx context.Context, fn func(ctx context.Context, tx Reader) error) error

// Service makes overviews, each from one unchanging state.
type Service struct{ View View }

// Overview returns the contracts that matter now, those first for which
// something was published last.
func (s *Service) Overview(ctx context.Context, limit, offset int) (items []Item, err error) {
	err = s.View(ctx, func(ctx context.Context, tx Reader) error {
		items, err = overview(ctx, tx, Query{Limit: limit, Offset: offset})
		return err
	})
	return items, err
}

// OverviewOf does the same for one pair. It returns a NotFound fault if one of
// the two applications is unknown.
func (s *Service) OverviewOf(ctx context.Context, consumer, provider string, limit, offset int) (items []Item, err error) {
	err = s.View(ctx, func(ctx context.Context, tx Reader) error {
		c, p, err := contracts.Pair(ctx, tx, consumer, provider)
		if err != nil {
			return err
		}
		items, err = overview(ctx, tx, Query{ConsumerID: c.ID, ProviderID: p.ID, Limit: limit, Offset: offset})
		return err
	})
	return items, err
}

func overview(ctx context.Context, tx Reader, which Query) ([]Item, error) {
	items, err := tx.Items(ctx, which)
	if err != nil {
		return nil, err
	}
	if err := weigh(ctx, tx, items); err != nil {
		return nil, err
	}
	var publicationIDs, versionIDs, providerIDs []int64
	for _, item := range items {
		publicationIDs, versionIDs = append(publicationIDs, item.ID), append(versionIDs, item.VersionID)
		if item.Result != nil {
			providerIDs = append(providerIDs, item.Result.VersionID)
		}
	}
	headed, err := tx.TagsHeadedBy(ctx, publicationIDs)
	if err != nil {
		return nil, err
	}
	heads, err := headsAmong(ctx, tx, slices.Concat(versionIDs, providerIDs))
	if err != nil {
		return nil, err
	}
	newest, err := newestTags(ctx, tx, providerIDs)
	for i := range items {
		items[i].Tags, items[i].Heads = headed[items[i].ID], heads[items[i].VersionID]
		if r := items[i].Result; r != nil {
			r.Heads, r.Tags = heads[r.VersionID], newest[r.VersionID]
		}
	}
	return items, err
}

// weigh gives those contracts the result of a comparison for which it came last, or
// counts.
func weigh(ctx context.Context, tx Reader, items []Item) error {
	contents := make([]int64, len(items))
	for i, item := range items {
		contents[i] = item.ContentID
	}
	marks, err := tx.LastMarks(ctx, contents)
	of := map[int64]Mark{}
	for _, m := range marks {
		if other, known := of[m.ContentID]; known {
			m = later(other, m)
		}
		of[m.ContentID] = m
	}
	for i := range items {
		if m := of[items[i].ContentID]; m.Compared {
			items[i].Result = &Result{Success: m.Success, Compared: true, CreatedAt: m.At, VersionID: m.ProviderVersion, Number: m.ProviderNumber}
		}
	}
	return err
}

// headsAmong returns the names of the branches whose heads the versions are.
func headsAmong(ctx context.Context, tx Reader, versionIDs []int64) (map[int64][]string, error) {
	memberships, err := tx.BranchesOf(ctx, versionIDs...)
	slices.SortFunc(memberships, func(a, b versions.BranchVersion) int { return cmp.Compare(a.BranchID, b.BranchID) })
	heads := map[int64][]string{}
	for _, m := range memberships {
		if m.Latest {
			heads[m.VersionID] = append(heads[m.VersionID], m.Branch)
		}
	}
	return heads, err
}

// newestTags returns the tags whose newest versions the versions are, by name.
func newestTags(ctx context.Context, tx Reader, versionIDs []int64) (map[int64][]string, error) {
	tags, err := tx.TagsOf(ctx, versionIDs...)
	newest := map[int64][]string{}
	for _, t := range tags {
		if t.Latest {
			newest[t.VersionID] = append(newest[t.VersionID], t.Name)
		}
	}
	for _, names := range newest {
		slices.Sort(names)
	}
	return newest, err
}
