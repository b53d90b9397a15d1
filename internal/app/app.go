// Package app assembles the broker from its parts, starts it and stops it. It
// decides nothing about contracts.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/api"
	v1 "github.com/accord-broker/accord/internal/edge/v1"
	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/integrations"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/requests"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/release"
	"github.com/accord-broker/accord/internal/support/secrets"
	"github.com/accord-broker/accord/internal/telemetry"
	"github.com/accord-broker/accord/internal/trust"
	"github.com/accord-broker/accord/internal/verification"
	"github.com/accord-broker/accord/internal/versions"
	"github.com/accord-broker/accord/internal/webhooks"
)

// App is a broker that is ready to answer.
type App struct {
	settings config.Settings
	logger   *slog.Logger
	formats  versions.Formats
	db       *store.DB
	keyring  secrets.Keyring
	base     trustedBase
	webhooks *webhooks.Service
	comparer *providercontracts.Comparer
	feed     *events.Feed
	tokens   *access.Tokens
	trail    *audit.Trail
	requests *requests.Log
	metrics  *telemetry.Metrics
	traces   *telemetry.Traces
	started  time.Time
	// stopping tells that no new requests are wanted.
	stopping atomic.Bool
	people   *access.People
	trust    *trust.Service
	// signingIn is how people get in; empty where nobody has to.
	signingIn web.SigningIn
	throttle  *edge.Throttle
	serving   edge.Options
	handler   http.Handler
}

// Option changes what settings do not cover; tests use them.
type Option func(*store.Options)

// WithClock lets the broker read another clock than the system's.
func WithClock(now func() time.Time) Option {
	return func(o *store.Options) { o.Now = now }
}

// WithoutDurability makes writes to SQLite fast and lets a power cut lose them.
func WithoutDurability() Option {
	return func(o *store.Options) { o.Fast = true }
}

// WithTrace lets say know every statement that the broker runs, with its arguments
// in place.
func WithTrace(say func(statement string)) Option {
	return func(o *store.Options) { o.Trace = say }
}

// WithSnapshots lets say know every state of the database that the broker reads: what
// several statements find in one is of one moment.
func WithSnapshots(say func(what string)) Option {
	return func(o *store.Options) { o.Snapshot = say }
}

// New opens and migrates the database, and assembles the broker on it. Close
// it in the end. The error is config.Problems if the settings are to blame.
func New(ctx context.Context, settings config.Settings, logger *slog.Logger, options ...Option) (*App, error) {
	formats, err := versionFormats(settings.Versions)
	if err != nil {
		return nil, err
	}
	if _, err := CleaningRules(settings.Cleaning, time.Now()); err != nil {
		return nil, err
	}
	if err := checkBackupFolder(settings.Backups); err != nil {
		return nil, err
	}
	a := &App{settings: settings, logger: logger, formats: formats}
	if a.traces, err = telemetry.NewTraces(os.Getenv, release.Version(), logger); err != nil {
		return nil, config.Problems{err.Error()}
	}
	storing := storeOptions(settings, formats)
	storing.Observe, storing.Happened = a.observe, func(fact events.Fact) { a.metrics.Fact(string(fact.Type)) }
	for _, option := range options {
		option(&storing)
	}
	db, err := openWithRetry(ctx, storing, settings.Database.ConnectRetries, logger)
	if err != nil {
		return nil, err
	}
	a.db = db
	if db.Hidden() != "" && settings.Database.Schema == "" {
		logger.Warn(WhyHidden(db.Hidden()))
	}
	a.metrics, a.started = a.newMetrics(), time.Now()
	a.base.configured = settings.Server.BaseURLs
	if err := refuseHalf(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := a.noteEquality(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := a.assemble(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

// ErrHalfImported is for a database in which only a part of the data is.
var ErrHalfImported = errors.New(
	"an import into this database has not come to its end, so verdicts would be wrong, and an archive would lack the rest: run the same `broker import` again, which goes on where it stopped, or begin with an empty database",
)

// refuseHalf fails if a first import has begun and not come to its end.
func refuseHalf(ctx context.Context, database *store.DB) error {
	unfinished, err := database.HasUnfinishedImport(ctx)
	if err == nil && unfinished {
		err = ErrHalfImported
	}
	return err
}

// byText is the note that contracts may have been told apart by their text, whose digest
// cannot always be computed again from what is stored.
const byText = "equality by text"

func (a *App) noteEquality(ctx context.Context) error {
	if a.settings.Publishing.EqualByInteractions {
		return nil
	}
	known, err := a.db.HasNote(ctx, byText)
	if err != nil || known {
		return err
	}
	return a.db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.AddNote(ctx, byText)
		return err
	})
}

// assemble builds the broker on its open database.
func (a *App) assemble(ctx context.Context) (err error) {
	if a.keyring, err = a.openKeyring(ctx); err != nil {
		return err
	}
	if a.webhooks, err = a.newWebhooks(); err != nil {
		return err
	}
	a.db.OnAnnounce(a.announced)
	a.db.SealAudit(a.keyring)
	a.comparer = a.newComparer()
	a.feed = events.NewFeed(a.db)
	a.tokens = newTokens(a.db)
	a.trail = &audit.Trail{Writer: a.db, Now: time.Now}
	if a.trust, err = a.newTrust(); err != nil {
		return err
	}
	if a.throttle, err = edge.NewThrottle(time.Now); err != nil {
		return err
	}
	if err := errors.Join(a.openSignIn(), a.warnOfUnknownRoles(ctx), a.warnOfIgnoredRules(ctx)); err != nil {
		return err
	}
	a.requests = requests.NewLog(a.db)
	pages, err := web.New(a.pageServices())
	if err != nil {
		return err
	}
	a.serving = a.edgeOptions(pages)
	if a.serving.Gate, err = a.guarded(a.serving.Gate, a.settings.Access.RequestsPerMinute); err != nil {
		return err
	}
	a.handler = edge.New(a.serving)
	return nil
}

// Handler serves both faces of the broker.
func (a *App) Handler() http.Handler { return a.handler }

// Feed is what happened, for those who follow it.
func (a *App) Feed() *events.Feed { return a.feed }

// Close lets go of the database. Nothing may be asked of the App any more.
func (a *App) Close() error {
	a.feed.Close()
	return errors.Join(a.db.Close(), a.sendTraces())
}

func (a *App) edgeOptions(pages *web.Web) edge.Options {
	options := edge.Options{
		API:       append(a.api().Routes(), a.ownAPI().Routes()...),
		Pages:     pages.Routes(),
		Present:   pages.Present,
		Logger:    a.logger,
		BaseURLs:  a.settings.Server.BaseURLs,
		Audit:     a.trail,
		Proxies:   a.settings.Access.TrustedProxies,
		MaxBody:   a.settings.Server.MaxBodySize,
		Answers:   a.db,
		Exclusive: a.db.Exclusive,
		View: func(ctx context.Context, read func(ctx context.Context) error) error {
			return a.db.View(ctx, func(ctx context.Context, _ *store.Tx) error { return read(ctx) })
		},
		Completed: a.completed,
		Trace:     a.follow(),

		MaxBodies: a.settings.Server.MaxConcurrentBodySize,
	}
	options.Gate, options.SignIn = a.gate(), a.signingIn.People != nil
	return options
}

// guarded is the gate behind which passwords cannot be guessed and nobody can
// send more requests than others can bear.
func (a *App) guarded(gate edge.Gate, requestsPerMinute int) (edge.Gate, error) {
	if gate != nil {
		gate = a.throttle.Guard(gate)
	}
	if requestsPerMinute == 0 {
		return gate, nil
	}
	return edge.LimitRate(gate, edge.Rate{Requests: requestsPerMinute, Window: time.Minute}, time.Now)
}

// gate is what the settings ask of callers; nil if nothing.
func (a *App) gate() edge.Gate {
	set := a.settings.Access
	basic := edge.BasicAuth{PublicRead: set.PublicRead, PublicHeartbeat: set.PublicHeartbeat, PublicBadges: set.PublicBadges}
	if set.BasicAuth {
		basic.Username, basic.Password = set.Username, set.Password
		basic.ReadOnlyUsername, basic.ReadOnlyPassword = set.ReadOnlyUsername, set.ReadOnlyPassword
	}
	switch {
	case set.Tokens:
		return edge.Credentials{BasicAuth: basic, Tokens: a.tokens, Sessions: a.people, Resolve: a.tokens.Directory.Resolve}
	case set.BasicAuth:
		return basic
	}
	return nil
}

func (a *App) pacticipants() *pacticipants.Service {
	service := pacticipants.NewService(in(a, func(tx wired) pacticipants.Tx { return tx }))
	service.SettingsGive = a.trust.SettingsGive
	return service
}

func (a *App) versions() *versions.Service {
	return versions.NewService(automatic(a.settings.Versions), in(a, func(tx wired) versions.Tx { return tx }))
}

func (a *App) api() *api.API {
	return &api.API{
		Pacticipants:             a.pacticipants(),
		PacticipantLists:         a.db,
		Versions:                 a.versions(),
		VersionLists:             a.db,
		Deploying:                deployments.NewService(uuid.NewString, in(a, func(tx wired) deployments.Tx { return tx })),
		Deployments:              a.db,
		PactLists:                reading{a.db},
		Integrations:             integrations.NewService(in(a, func(tx wired) integrations.Tx { return tx })),
		IntegrationLists:         a.db,
		Dashboard:                a.dashboard(),
		Contracts:                contracts.NewService(publishingRules(a.settings), in(a, func(tx wired) contracts.Tx { return tx })),
		Pacts:                    reading{a.db},
		ProviderContracts:        a.providerContracts(),
		Webhooks:                 a.webhooks,
		Deliveries:               a.db,
		VersionFormats:           a.formats,
		ContractLimits:           contractLimits(a.settings),
		Selection:                a.selection(),
		Verification:             verification.NewService(store.Compress, in(a, func(tx wired) verification.Tx { return tx })),
		Results:                  a.db,
		DiffTimeout:              a.settings.Server.DiffTimeout,
		Matrix:                   a.matrix(),
		Badges:                   a.badges(),
		HidePactsForVerification: a.settings.Has("disable_pacts_for_verification"),
		HideDiagnostics:          !a.settings.Server.DiagnosticEndpoints,
		Dependencies:             map[string]api.Probe{"database": a.db.Check},
		Ready:                    a.ready,
		Judged:                   func(decision string) { a.metrics.Verdict("compatible", decision) },
		Prometheus:               a.metrics.Handler(),
	}
}

func (a *App) ownAPI() *v1.API {
	return &v1.API{
		ProviderContracts: a.providerContracts(),

		Pacticipants: a.pacticipants(),
		Applications: a.db, Versions: a.db, ChangingVersions: a.versions(), Ages: a.ages(), VCS: a.vcs(), Throttle: a.throttle,
		Pacts:       reading{a.db},
		DiffTimeout: a.settings.Server.DiffTimeout,
		Verdicts:    a.verdicts(),
		Webhooks:    a.webhooks,
		Deliveries:  a.db,
		Tokens:      a.tokens,
		Audit:       a.trail,
		People:      a.people,
		Trust:       a.trust,
		Directory:   a.tokens.Directory,
		Events:      a.feed,
		Requests:    a.requests,
		About:       v1.About{Version: release.Version(), Database: a.db.Name(), StartedAt: a.started},
		Judged:      func(decision string) { a.metrics.Verdict("v1", decision) },
		JudgedPair:  a.metrics.Pair,
	}
}
