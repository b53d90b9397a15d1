package contracts

import (
	"context"

	"github.com/accord-broker/accord/internal/pactfile"
)

// Listing says which publications are asked for. Only those that count are: the
// last revision of each consumer version. Every field that is set narrows the
// choice.
type Listing struct {
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

// Lister reads lists of publications.
type Lister interface {
	// Pacts returns the publications that fit and how many fit without regard to
	// Limit and Offset.
	Pacts(ctx context.Context, which Listing) (found []Publication, total int, err error)
	// PactBefore returns the last publication of the pair by a consumer version
	// before this one, those of some contents left out, if there is one.
	PactBefore(ctx context.Context, p Publication, without []int64) (Publication, bool, error)
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
func PreviousDistinct(ctx context.Context, lists Lister, p Publication) (Publication, bool, error) {
	said, err := lists.ContentBody(ctx, p.ContentID)
	if err != nil {
		return Publication{}, false, err
	}
	alike := []int64{p.ContentID}
	for len(alike) <= comparedAtMost {
		before, found, err := lists.PactBefore(ctx, p, alike)
		if err != nil || !found {
			return Publication{}, false, err
		}
		body, err := lists.ContentBody(ctx, before.ContentID)
		if err != nil {
			return Publication{}, false, err
		}
		if !pactfile.SameDemands(said, body) {
			return before, true, nil
		}
		alike = append(alike, before.ContentID)
	}
	return Publication{}, false, nil
}

// comparedAtMost is how many earlier contents are compared with one.
const comparedAtMost = 20
