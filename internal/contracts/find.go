package contracts

import (
	"context"

	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/versions"
)

// PactQuery says which publication of a pair is asked for. Every field that is set
// narrows the choice; of those that remain, the newest consumer version's is
// taken.
type PactQuery struct {
	Consumer, Provider string
	// Number is the number of the consumer version.
	Number string
	// Tag and Branch are what the consumer version has; Untagged takes only
	// versions without any tag.
	Tag, Branch string
	Untagged    bool
	// SHA names the content, which a later revision may have replaced.
	SHA string
	// Among are numbers and ids of consumer versions that are preferred; if
	// none of them has published the content, any version is taken.
	Among   []string
	AmongID []int64
}

// Reader looks contracts up.
type Reader interface {
	pacticipants.Reader
	ListReader
	// TagsOf returns the tags of the versions, oldest first.
	TagsOf(ctx context.Context, versionIDs ...int64) ([]versions.Tag, error)
	// FindPact returns the newest publication that fits, if there is one.
	FindPact(ctx context.Context, which PactQuery) (Publication, bool, error)
	// ConsumerVersionsAmong returns the numbers of those versions of the consumer
	// that are preferred, the newest first.
	ConsumerVersionsAmong(ctx context.Context, which PactQuery) ([]string, error)
}

// ContentGone is the fault of a content that was purged after it was found.
func ContentGone(cause error) error {
	return fault.Vanished().Because(cause)
}

// NoPact is the NotFound fault of a pact that is asked for and that there is not.
func NoPact(which PactQuery) error {
	return fault.Missing("no pact between %s and %s fits", which.Consumer, which.Provider)
}

// Find returns the newest publication that fits, or a NotFound fault.
func Find(ctx context.Context, finder Reader, which PactQuery) (Publication, error) {
	p, found, err := finder.FindPact(ctx, which)
	if err == nil && !found {
		err = NoPact(which)
	}
	return p, err
}
