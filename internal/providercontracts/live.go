package providercontracts

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/versions"
)

// Subject is what is to be compared with everything on its other side that
// matters: a version of a provider, or a publication of a pact.
type Subject struct {
	ProviderVersion int64
	Publication     int64
}

// LivePact is a pact that matters for its provider now, and why.
type LivePact struct {
	Publication contracts.Publication
	// Places are the environments where the consumer version is deployed or
	// supported.
	Places []string
	// MainBranch tells that the version is the head of the consumer's main branch.
	MainBranch bool
}

// InUse reports whether somebody relies on the pact: its version is somewhere, or
// next to be deployed.
func (p LivePact) InUse() bool { return len(p.Places) > 0 || p.MainBranch }

// recent is how long the head of a branch matters after its last change.
const recent = 30 * 24 * time.Hour

// LiveReader finds what is worth comparing before anybody asks.
type LiveReader interface {
	// LivePacts returns the pacts with the provider of consumer versions that are
	// deployed or supported, heads of main branches or of branches changed since that
	// are not closed, or the newest.
	LivePacts(ctx context.Context, providerID int64, since time.Time) ([]LivePact, error)
	// LiveContracts returns the versions of the provider with contracts that are
	// live in the same sense.
	LiveContracts(ctx context.Context, providerID int64, since time.Time) ([]int64, error)
	// PublicationsWithIDs and VersionsWithIDs return what exists of them.
	PublicationsWithIDs(ctx context.Context, ids ...int64) ([]contracts.Publication, error)
	VersionsWithIDs(ctx context.Context, ids ...int64) ([]versions.Version, error)
}

// pairsOf returns what the subject is to be compared with.
func pairsOf(ctx context.Context, tx LiveReader, subject Subject, now time.Time) ([]Pair, error) {
	since := now.Add(-recent)
	var pairs []Pair
	if subject.ProviderVersion != 0 {
		of, err := tx.VersionsWithIDs(ctx, subject.ProviderVersion)
		if err != nil || len(of) == 0 {
			return nil, err
		}
		pacts, err := tx.LivePacts(ctx, of[0].PacticipantID, since)
		for _, p := range pacts {
			pairs = append(pairs, Pair{ContentID: p.Publication.ContentID, ProviderVersion: subject.ProviderVersion})
		}
		return pairs, err
	}
	of, err := tx.PublicationsWithIDs(ctx, subject.Publication)
	if err != nil || len(of) == 0 {
		return nil, err
	}
	providing, err := tx.LiveContracts(ctx, of[0].ProviderID, since)
	for _, id := range providing {
		pairs = append(pairs, Pair{ContentID: of[0].ContentID, ProviderVersion: id})
	}
	return pairs, err
}
