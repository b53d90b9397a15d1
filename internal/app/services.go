package app

import (
	"context"
	"path"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/badges"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/selection"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/vcs"
	"github.com/accord-broker/accord/internal/verdicts"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
	"github.com/accord-broker/accord/internal/webhooks"
)

// announced lets webhooks and comparisons act on a fact, in the transaction that announces
// it with Announce. The facts of contracts and results do not come here: package webhooks
// announces them with AnnounceTo and tells its webhooks itself, which need more than the fact.
func (a *App) announced(ctx context.Context, tx *store.Tx, fact events.Fact) error {
	if err := a.webhooks.Announced(ctx, tx, fact); err != nil {
		return err
	}
	return compareAnnounced(ctx, tx, fact)
}

// compareAnnounced lets a version be compared that has come somewhere with a fact, or
// is the head of what is the main branch now: from now on it matters for the other side.
func compareAnnounced(ctx context.Context, tx *store.Tx, fact events.Fact) error {
	head := fact.Type == events.PacticipantChanged && slices.Contains(fact.Data.Properties, "main_branch")
	if !head && fact.Type != events.DeploymentRecorded && fact.Type != events.ReleaseRecorded {
		return nil
	}
	p, found, err := tx.FindPacticipant(ctx, fact.Data.Pacticipant)
	if err != nil || !found {
		return err
	}
	var v versions.Version
	if head {
		v, found, err = tx.MainBranchHead(ctx, p.ID)
	} else {
		v, found, err = tx.FindVersion(ctx, p, fact.Data.Version)
	}
	if err != nil || !found {
		return err
	}
	return enqueueComparisonsOf(ctx, tx, v)
}

// enqueueComparisonsOf lets a version be compared on both of its sides, as far as
// providers have published what they promise.
func enqueueComparisonsOf(ctx context.Context, tx *store.Tx, v versions.Version) error {
	if v.HasContracts {
		if err := tx.EnqueueComparisons(ctx, providercontracts.Subject{ProviderVersion: v.ID}); err != nil {
			return err
		}
	}
	pacts, err := tx.PactsOfVersions(ctx, v.ID)
	if err != nil || len(pacts[v.ID]) == 0 {
		return err
	}
	providers := make([]int64, len(pacts[v.ID]))
	for i, p := range pacts[v.ID] {
		providers[i] = p.ProviderID
	}
	withContracts, err := tx.HavingContracts(ctx, providers...)
	if err != nil {
		return err
	}
	for _, p := range pacts[v.ID] {
		if !slices.Contains(withContracts, p.ProviderID) {
			continue
		}
		if err := tx.EnqueueComparisons(ctx, providercontracts.Subject{Publication: p.ID}); err != nil {
			return err
		}
	}
	return nil
}

// wired is an open transaction that can, too, what takes more than one package. It
// announces as the store does.
type wired struct {
	*store.Tx
	webhooks *webhooks.Service
}

// AnnouncePublished tells of a publication, and lets it be compared if its
// provider has ever published what it promises.
func (w wired) AnnouncePublished(ctx context.Context, p contracts.Published, branch, buildURL string) (contracts.Announced, error) {
	if p.HasContracts && p.Outcome != contracts.Unchanged {
		if err := w.EnqueueComparisons(ctx, providercontracts.Subject{Publication: p.Publication.ID}); err != nil {
			return contracts.Announced{}, err
		}
	}
	return w.webhooks.Published(ctx, w.Tx, p, branch, buildURL)
}

// AnnounceCompared tells what a pact and a version have come to by comparison.
func (w wired) AnnounceCompared(ctx context.Context, what providercontracts.Announcement) error {
	if err := w.webhooks.Compared(ctx, w.Tx, what.Pact, what.Version.Number, what.Success); err != nil || !what.Success {
		return err
	}
	complete, err := w.VersionsVerified(ctx, what.Pact.ContentID, nil, []int64{what.Pact.VersionID})
	for i := 0; err == nil && i < len(complete); i++ {
		err = w.Announce(ctx, contracts.AllVerified(complete[i]))
	}
	return err
}

// DeployByTag records a deployment to the environment with the name of a tag.
func (w wired) DeployByTag(ctx context.Context, v versions.Version, tag string) error {
	return deployments.DeployByTag(ctx, w, uuid.NewString, v, tag)
}

// AnnounceVerified tells of a result.
func (w wired) AnnounceVerified(ctx context.Context, r verification.Recorded) error {
	return w.webhooks.Verified(ctx, w.Tx, r)
}

// in opens transactions for the services of one package, which name what they
// need of a transaction by an interface of their own; as checks that it is met.
// What happens in them is announced with the request that caused it, and is a span
// of its own in that request's trace.
func in[Tx any](a *App, as func(wired) Tx) func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
	changes := serviceOf[Tx]() + " changes"
	return func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
		ctx, span := a.traces.Within(ctx, changes)
		err := a.db.InTx(events.WithCause(ctx, a.cause(ctx)), func(ctx context.Context, tx *store.Tx) error {
			return fn(ctx, as(wired{tx, a.webhooks}))
		})
		if err == nil {
			store.AfterCommit(ctx, func() { a.base.keep(reachedBy(ctx)) })
		}
		return span.EndWith(err)
	}
}

// inView opens views for the services of one package as in opens transactions.
func inView[Reader any](a *App, as func(*store.Tx) Reader) func(ctx context.Context, fn func(ctx context.Context, tx Reader) error) error {
	reads := serviceOf[Reader]() + " reads"
	return func(ctx context.Context, fn func(ctx context.Context, tx Reader) error) error {
		ctx, span := a.traces.Within(ctx, reads)
		return span.EndWith(a.db.View(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, as(tx)) }))
	}
}

// serviceOf is the name of the package that needs an interface met.
func serviceOf[Needed any]() string { return path.Base(reflect.TypeFor[Needed]().PkgPath()) }

// cause tells which request ctx belongs to, or which one a job goes back to. What
// happens outside of a request has no id, but an address for the links that are
// sent later.
func (a *App) cause(ctx context.Context) events.Cause {
	if known := events.CauseOf(ctx); known != (events.Cause{}) {
		if known.BaseURL == "" {
			known.BaseURL = a.base.of(reached{})
		}
		return known
	}
	cause := events.Cause{RequestID: edge.RequestID(ctx), Traceparent: edge.TraceParent(ctx), Actor: edge.Actor(ctx)}
	cause.BaseURL = a.base.of(reachedBy(ctx))
	return cause
}

// reachedBy is where the request that ctx belongs to has reached the broker.
func reachedBy(ctx context.Context) reached {
	base, proxied := edge.Reached(ctx)
	at := reached{address: string(base)}
	switch all := edge.Principal(ctx).AllowsAll(access.ManageWebhooks); {
	case proxied, all && edge.Actor(ctx) != "":
		at.trust = trusted
	case all:
		at.trust = anonymous
	}
	return at
}

// newComparer makes the one that compares pacts with contracts of providers.
func (a *App) newComparer() *providercontracts.Comparer {
	return &providercontracts.Comparer{
		View: inView(a, func(tx *store.Tx) providercontracts.Reader { return tx }),
		InTx: in(a, func(tx wired) providercontracts.ComparerTx { return tx }),
		Now:  a.db.Clock(), PackReport: store.PackReport,
	}
}

func (a *App) providerContracts() *providercontracts.Service {
	return &providercontracts.Service{
		Automatic: automatic(a.settings.Versions), Compress: store.Compress,
		InTx: in(a, func(tx wired) providercontracts.Tx { return tx }), Comparer: a.comparer, Reserve: edge.ReserveFirst,
	}
}

func (a *App) matrix() *matrix.Service {
	return &matrix.Service{Compare: a.comparer.CompareNow, Reserve: edge.ReserveFirst, View: inView(a, func(tx *store.Tx) matrix.Reader { return tx })}
}

func (a *App) verdicts() *verdicts.Service {
	s := a.settings.Verdicts
	return &verdicts.Service{
		Compare: a.comparer.CompareNow, Reserve: edge.ReserveFirst,
		Thresholds: verdicts.Thresholds{PendingFor: s.PendingFor, LostAfter: s.LostAfter, StaleAfter: s.StaleAfter},
		View:       inView(a, func(tx *store.Tx) verdicts.EvidenceReader { return tx }),
	}
}

func (a *App) dashboard() *dashboard.Service {
	return &dashboard.Service{View: inView(a, func(tx *store.Tx) dashboard.Reader { return tx })}
}

// VerdictMonitor announces verdicts that have changed.
func (a *App) VerdictMonitor() *verdicts.Monitor {
	return &verdicts.Monitor{
		View: inView(a, func(tx *store.Tx) verdicts.MonitorReader { return tx }),
		InTx: in(a, func(tx wired) verdicts.MonitorTx { return tx }),
		Feed: a.db, Compare: a.comparer.CompareNow,
	}
}

func (a *App) badges() *api.Badges {
	s := a.settings.Badges
	return api.NewBadges(api.Badges{
		Service:    &badges.Service{Reader: a.db, Matrix: a.matrix()},
		ShieldsURL: s.ShieldsURL, Proxy: s.Proxy, CacheControl: s.CacheControl, UserAgent: a.settings.Webhooks.UserAgent,
	})
}

func (a *App) selection() *selection.Service {
	const day = 24 * time.Hour
	s := a.settings.Selection
	rules := selection.Settings{FoldNames: !a.settings.Publishing.CaseSensitiveNames, CountedFor: time.Duration(s.OtherBranchLookbackDays) * day}
	if s.DynamicWIPWindow {
		rules.Window = &selection.Window{Default: s.DefaultWIPWindowDays, Min: s.MinWIPWindowDays, Max: s.MaxWIPLookbackDays}
	}
	return &selection.Service{Settings: rules, View: inView(a, func(tx *store.Tx) selection.Reader { return tx })}
}

func (a *App) ages() versions.Ages {
	return versions.Ages{LivingFor: a.settings.Cleaning.LivingBranch, Now: a.db.Clock()}
}

func (a *App) vcs() *vcs.Service {
	return &vcs.Service{GitHubSecret: a.settings.VCS.GitHubSecret, GitLabSecret: a.settings.VCS.GitLabSecret, Branches: a.versions()}
}

func automatic(s config.Versions) versions.Automatic {
	return versions.Automatic{
		FirstTagAsBranch: s.FirstTagAsBranch, FirstTagLimit: s.FirstTagAsBranchWithin,
		DetectMainBranch: s.DetectMainBranch, MainBranchCandidates: s.MainBranchCandidates,
		DeployForTags: s.DeployForTags,
	}
}

func contractLimits(s config.Settings) contracts.Limits {
	return contracts.Limits{Interactions: s.Publishing.MaxInteractions, Size: s.Server.MaxBodySize}
}

func publishingRules(s config.Settings) contracts.Rules {
	rules := contracts.Rules{
		CheckSimilarNames: s.Publishing.CheckSimilarNames,
		AllowModification: s.Publishing.AllowModification,
		Automatic:         automatic(s.Versions),
		Limits:            contractLimits(s),
		Compress:          store.Compress,
	}
	if !s.Publishing.EqualByInteractions {
		rules.Equality = pactfile.ByText
	}
	return rules
}
