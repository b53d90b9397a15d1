package dashboard

import (
	"context"
	"time"
)

// Metrics count what the broker holds. What was deleted does not count, even
// while it is still being purged.
type Metrics struct {
	// LatestInteractions and LatestMessages are those in the newest contract of
	// each pair.
	LatestInteractions, LatestMessages int
	Pacticipants, WithMainBranch       int
	// Integrations are the pairs that have a contract.
	Integrations                  int
	Publications                  int
	FirstPublished, LastPublished time.Time
	Contents                      int
	Results, Successes            int
	DistinctResults               int
	FirstVerified, LastVerified   time.Time
	Versions                      int
	OnBranch, OnBranchByUser      int
	Webhooks, Triggered, Attempts int
	Tags, TagNames, TagsByOwner   int
	Environments                  int
	Deployed, DeployedByUser      int
	CurrentlyDeployed             int
	Released, CurrentlySupported  int
	// ProviderContracts are those of versions of providers, WithEvidence those of
	// which somebody said whether the provider keeps to them, Compared the pairs of
	// a content and a version that were compared.
	ProviderContracts, WithEvidence, Compared int
	// Revisions says how many contracts of consumer versions have how many
	// revisions, ResultsPerContent how many contents how many results.
	Revisions, ResultsPerContent map[int]int
}

// Metrics counts what the broker holds.
func (s *Service) Metrics(ctx context.Context) (m Metrics, err error) {
	err = s.View(ctx, func(ctx context.Context, tx Reader) error {
		m, err = tx.Metrics(ctx)
		return err
	})
	return m, err
}
