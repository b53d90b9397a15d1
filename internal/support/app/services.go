package app

import (
	"context"

	"github.com/google/uuid"

	"accord/internal/badges"
	"accord/internal/contracts"
	"accord/internal/deployments"
	"accord/internal/edge/api"
	"accord/internal/matrix"
	"accord/internal/store"
	"accord/internal/support/config"
	"accord/internal/verification"
	"accord/internal/versions"
)

// announcing is an open transaction that tells those who listen what happens
// in it.
type announcing struct {
	*store.Tx
}

// AnnouncePublished tells of a publication.
func (announcing) AnnouncePublished(context.Context, contracts.Published, string, string) (contracts.Announced, error) {
	return contracts.Announced{}, nil
}

// DeployByTag records a deployment to the environment with the name of a tag.
func (tx announcing) DeployByTag(ctx context.Context, v versions.Version, tag string) error {
	return deployments.DeployByTag(ctx, tx, uuid.NewString, v, tag)
}

// AnnounceVerified tells of a result.
func (announcing) AnnounceVerified(context.Context, verification.Recorded) error { return nil }

// in opens transactions for the services of one package, which name what they
// need of a transaction by an interface of their own; as checks that it is met.
func in[Tx any](db *store.DB, as func(announcing) Tx) func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
	return func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
		return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return fn(ctx, as(announcing{tx}))
		})
	}
}

func (a *App) matrix() *matrix.Service {
	return &matrix.Service{View: func(ctx context.Context, fn func(ctx context.Context, tx matrix.Finder) error) error {
		return a.db.View(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
	}}
}

func (a *App) badges() *api.Badges {
	s := a.settings.Badges
	return api.NewBadges(api.Badges{
		Service:    &badges.Service{Finder: a.db, Matrix: a.matrix()},
		ShieldsURL: s.ShieldsURL, Proxy: s.Proxy, CacheControl: s.CacheControl, UserAgent: a.settings.Webhooks.UserAgent,
	})
}

func automatic(s config.Versions) versions.Automatic {
	return versions.Automatic{
		FirstTagAsBranch: s.FirstTagAsBranch, FirstTagLimit: s.FirstTagAsBranchWithin,
		DetectMainBranch: s.DetectMainBranch, MainBranchCandidates: s.MainBranchCandidates,
	}
}

func publishingRules(s config.Settings) contracts.Rules {
	rules := contracts.Rules{
		CheckSimilarNames: s.Publishing.CheckSimilarNames,
		AllowModification: s.Publishing.AllowModification,
		Automatic:         automatic(s.Versions),
	}
	if !s.Publishing.EqualByInteractions {
		rules.Equality = contracts.ByText
	}
	return rules
}
