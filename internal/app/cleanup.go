package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
)

// CleaningRules are what the settings say of what may go.
func CleaningRules(settings config.Cleaning, now time.Time) (cleaning.Rules, error) {
	rules := cleaning.Rules{Now: now, LivingFor: settings.LivingBranch}
	var problems config.Problems
	var err error
	if rules.Sentences, err = cleaning.ParseSentences(settings.Rules); err != nil {
		problems = append(problems, fmt.Sprintf("PACT_BROKER_DATABASE_CLEAN_RULES: %v", err))
	}
	keep := settings.KeepVersions
	if keep == "" && len(rules.Sentences) == 0 {
		keep = cleaning.DefaultSelectors
	}
	if keep != "" {
		if rules.Keep, err = cleaning.ParseSelectors(keep); err != nil {
			problems = append(problems, fmt.Sprintf("PACT_BROKER_DATABASE_CLEAN_KEEP_VERSION_SELECTORS %v", err))
		}
	}
	if len(problems) > 0 {
		return rules, problems
	}
	return rules, nil
}

// Clean deletes what the settings do not keep from the database that they name,
// which must be up to date, whether or not a broker serves from it; or only tells
// what would go. A change is told to the audit as the origin in ctx.
func Clean(ctx context.Context, settings config.Settings, progress cleaning.Progress) (store.Cleaned, error) {
	if _, err := CleaningRules(settings.Cleaning, time.Now()); err != nil {
		return store.Cleaned{}, err
	}
	database, err := openToRead(ctx, settings)
	if err != nil {
		return store.Cleaned{}, err
	}
	done, err := clean(ctx, database, settings.Cleaning, progress)
	return done, errors.Join(err, database.Close())
}

func clean(ctx context.Context, database *store.DB, settings config.Cleaning, progress cleaning.Progress) (store.Cleaned, error) {
	now := time.Now()
	rules, err := CleaningRules(settings, now)
	if err != nil {
		return store.Cleaned{}, err
	}
	options := store.CleanOptions{
		Rules: rules, Before: now.Add(-settings.ReplacedFor), Limit: settings.Limit, DryRun: settings.DryRun, Progress: progress,
	}
	if settings.MaxDuration > 0 {
		options.Until = now.Add(settings.MaxDuration)
	}
	done, err := database.Clean(ctx, options)
	if settings.DryRun || errors.Is(err, cleaning.ErrBeingCleaned) || errors.Is(err, cleaning.ErrBeingImported) {
		return done, err
	}
	// What went is told even if the rest failed.
	return done, errors.Join(err, tell(context.WithoutCancel(ctx), database, outcomeOf(done, err)))
}

// tell announces how a clean-up ended, and writes an entry of the audit with how many of
// each kind went: in this one, and in those before that were killed before they told it.
func tell(ctx context.Context, database *store.DB, outcome string) error {
	return database.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		gone, applications, err := tx.TakeUntold(ctx)
		if err != nil {
			return err
		}
		deleted := map[string]int64{}
		for _, kind := range slices.Sorted(maps.Keys(gone)) {
			deleted[string(kind)] = gone[kind]
			audit.Changed(ctx, string(kind), gone[kind], nil)
		}
		for _, application := range applications {
			audit.About(ctx, application)
		}
		return tx.Announce(ctx, events.Fact{Type: events.CleanupEnded, Subject: events.TheBroker, Data: events.Data{Outcome: outcome, Deleted: deleted}})
	})
}

// cleanTimeout is how long a clean-up may take beyond what is set, and how long one
// without a limit may.
const (
	cleanSlack     = 5 * time.Minute
	cleanUnlimited = 24 * time.Hour
)

func cleanTimeout(settings config.Cleaning) time.Duration {
	if settings.MaxDuration == 0 {
		return cleanUnlimited
	}
	return settings.MaxDuration + cleanSlack
}

// cleanNow cleans up once, and tells the log what came of it.
func (a *App) cleanNow(ctx context.Context) error {
	ctx = audit.WithOrigin(ctx, audit.Origin{Through: "broker", Action: "clean", Target: "schedule"})
	began := time.Now()
	done, err := clean(ctx, a.db, a.settings.Cleaning, func(_ cleaning.Step, done, all int64) { a.metrics.CleaningUp(done, all) })
	a.metrics.CleanedUp(outcomeOf(done, err), deletedBy(done, a.settings.Cleaning))
	if errors.Is(err, cleaning.ErrBeingCleaned) {
		a.logger.InfoContext(ctx, "not cleaned up: "+err.Error())
		return nil
	}
	fields := []any{"finished", done.Finished, "dry_run", a.settings.Cleaning.DryRun, "took", time.Since(began).Round(time.Millisecond).String()}
	for _, kind := range done.Kinds {
		fields = append(fields, string(kind.Kind), kind.Rows)
	}
	if err != nil && ctx.Err() == nil {
		a.logger.WarnContext(ctx, "cleaning up failed", append(fields, "error", err)...)
		return err
	}
	a.logger.InfoContext(ctx, "cleaned up", fields...)
	return nil
}

// outcomeOf names what came of a clean-up, for metrics.
func outcomeOf(done store.Cleaned, err error) string {
	switch {
	case errors.Is(err, cleaning.ErrBeingCleaned):
		return "left_to_another"
	case err != nil:
		return "failed"
	case !done.Finished:
		return "out_of_time"
	}
	return "finished"
}

// deletedBy is how many rows of each kind a clean-up deleted.
func deletedBy(done store.Cleaned, settings config.Cleaning) map[string]int64 {
	rows := map[string]int64{}
	if settings.DryRun {
		return rows
	}
	for _, kind := range done.Kinds {
		rows[string(kind.Kind)] = kind.Rows
	}
	return rows
}

// localSchedule tells times of the zone that TZ names.
type localSchedule struct {
	next interface{ Next(time.Time) time.Time }
}

// Next is the next time after t.
func (s localSchedule) Next(t time.Time) time.Time { return s.next.Next(t.In(time.Local)) }
