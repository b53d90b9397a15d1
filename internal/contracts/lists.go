package contracts

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/pactfile"
)

// Query says which publications are asked for. Only those that count are: the
// last revision of each consumer version. Every field that is set narrows the
// choice.
type Query struct {
	// ConsumerID and ProviderID are the parties; 0 stands for any.
	ConsumerID, ProviderID int64
	// Number is the number of the consumer version.
	Number string
	// Tag and Branch are what the consumer version has; MainBranch takes the
	// versions on the main branch of their application.
	Tag, Branch string
	MainBranch  bool
	// HeadsOnly takes of the versions on the branch only its head.
	HeadsOnly bool
	// LatestOnly takes only the newest of each pair.
	LatestOnly bool
	// Environment takes the versions that are deployed or supported now in the
	// environment of that name.
	Environment string
	// NewestFirst turns the order of versions, which otherwise ascends within
	// each pair; the pairs are in the order of their names.
	NewestFirst bool
	// Limit is how many are wanted, 0 for all, behind the first Offset.
	Limit, Offset int
}

// ListReader reads lists of publications.
type ListReader interface {
	// Pacts returns the publications that fit and how many fit without regard to
	// Limit and Offset.
	Pacts(ctx context.Context, which Query) (found []Publication, total int, err error)
	// PactsBefore returns the last publications of the pair by consumer versions before
	// this one, the newest first, so many and those of some contents left out.
	PactsBefore(ctx context.Context, p Publication, without []int64, limit int) ([]Publication, error)
	// ContentBody returns what was stored for a content.
	ContentBody(ctx context.Context, contentID int64) ([]byte, error)
	// ContentSizes returns how many bytes each of the contents has, by id.
	ContentSizes(ctx context.Context, contentIDs ...int64) (map[int64]int64, error)
	// ContentBodies returns what was stored for each of the contents, by id.
	ContentBodies(ctx context.Context, contentIDs ...int64) (map[int64][]byte, error)
}

// PreviousDistinct returns the last publication of the pair, by a version before
// that of p, that says something else than p, if there is one. Contents that
// differ only in what is not judged, such as ids that the client sent, say the
// same. It looks at comparedAtMost contents: a client that sends other ids each
// time would have it read all that was ever published.
func PreviousDistinct(ctx context.Context, lists ListReader, p Publication) (Publication, bool, error) {
	said, err := lists.ContentBody(ctx, p.ContentID)
	if err != nil {
		return Publication{}, false, err
	}
	alike := []int64{p.ContentID}
	for limit := 1; len(alike) <= comparedAtMost; limit = comparedAtMost { // mostly the first one differs
		before, err := lists.PactsBefore(ctx, p, alike, limit)
		if err != nil || len(before) == 0 {
			return Publication{}, false, err
		}
		distinct := distinctContents(before, comparedAtMost+1-len(alike))
		other, err := firstOther(ctx, lists, distinct, said)
		if err != nil {
			return Publication{}, false, err
		}
		if other < len(distinct) {
			return distinct[other], true, nil
		}
		for _, same := range distinct {
			alike = append(alike, same.ContentID)
		}
	}
	return Publication{}, false, nil
}

// distinctContents are the first publication of each content, at most so many.
func distinctContents(all []Publication, most int) (distinct []Publication) {
	for _, p := range all {
		known := slices.ContainsFunc(distinct, func(other Publication) bool { return other.ContentID == p.ContentID })
		if !known && len(distinct) < most {
			distinct = append(distinct, p)
		}
	}
	return distinct
}

// firstOther is the place of the first publication that demands something else than said, or
// how many there are.
func firstOther(ctx context.Context, lists ListReader, all []Publication, said []byte) (int, error) {
	ids := make([]int64, len(all))
	for i, p := range all {
		ids[i] = p.ContentID
	}
	sizes, err := lists.ContentSizes(ctx, ids...)
	if err != nil {
		return 0, err
	}
	for from := 0; from < len(ids); {
		to := from + max(Fitting(sizes, ids[from:], bytesAtOnce), 1)
		bodies, err := lists.ContentBodies(ctx, ids[from:to]...)
		if err != nil {
			return 0, err
		}
		for ; from < to; from++ {
			body, there := bodies[ids[from]]
			if !there {
				return 0, ContentGone(nil)
			}
			if !pactfile.SameDemands(body, said) {
				return from, nil
			}
		}
	}
	return len(all), nil
}

// comparedAtMost is how many earlier contents are compared with one.
const comparedAtMost = 20
