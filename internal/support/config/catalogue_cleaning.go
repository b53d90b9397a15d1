package config

import (
	"errors"
	"time"

	"github.com/robfig/cron/v3"
)

// Cleaning says what is deleted once it is old, and when.
type Cleaning struct {
	// Enabled lets the broker clean up by itself, as Schedule says.
	Enabled  bool
	Schedule cron.Schedule
	DryRun   bool
	// Limit is how many versions go at a time, and how many of each other kind; 0
	// sets none.
	Limit int
	// ReplacedFor is how long repeated results, replaced contracts and deliveries are
	// kept.
	ReplacedFor time.Duration
	// KeepVersions is a JSON array of selectors as it was given, or empty. Rules are
	// sentences.
	KeepVersions, Rules string
	// LivingBranch is how long it takes until a branch is stale on which nothing new
	// comes.
	LivingBranch time.Duration
	// MaxDuration is how long one clean-up may take; 0 sets no limit.
	MaxDuration time.Duration
}

func (t *target) cleaningSettings() []Setting {
	s, external := &t.Cleaning, new(string)
	return []Setting{
		{Key: "database_clean_enabled", Common: true, Default: "false", Switch: true, set: boolean(&s.Enabled),
			Help: "Lets the broker delete old versions, results, contracts and deliveries by itself: see docs/cleaning.md. Of several brokers on one database one does it. `broker clean` does it once, whatever is set here."},
		{Key: "database_clean_cron_schedule", Default: "15 2 * * *", set: schedule(&s.Schedule),
			Help: "When, in the five fields of cron (or six, beginning with seconds) or as `@daily`: in UTC, or in the time zone that `TZ` names."},
		{Key: "database_clean_deletion_limit", set: number(&s.Limit, 0, 1_000_000_000),
			Help: "How many versions one clean-up deletes at most, the oldest first, and how many repeated results, replaced contracts and deliveries; the next goes on. Unset, or 0, it ends when all is done or its time is over."},
		{Key: "database_clean_overwritten_data_max_age", Default: "7", set: days(&s.ReplacedFor),
			Help: "For how many days results that later ones repeat, contracts that were published anew for the same version, and deliveries of webhooks are kept."},
		{Key: "database_clean_keep_version_selectors", set: text(&s.KeepVersions),
			Help: "Which versions to keep, as a JSON array of selectors such as `[{\"latest\":true},{\"max_age\":180}]`; all others go. Unset, these are the newest version of each application, branch and tag, those in an environment, and those of the last 90 days, unless there are rules. What is deployed or supported stays in any case."},
		{Key: "database_clean_rules", between: "; ", set: text(&s.Rules),
			Help: "Which versions to keep or delete, in sentences separated by semicolons, such as `keep the newest 20 versions on the main branch; delete versions older than 90 days`. The first that speaks of a version decides; then the selectors do, if they are set."},
		{Key: "database_clean_living_branch_days", Default: "90", set: days(&s.LivingBranch),
			Help: "A branch on which no version came in so many days is stale: see docs/cleaning.md. The newest version of a branch stays while it is neither stale nor closed, and of the main branch always."},
		{Key: "database_clean_max_duration", Default: "10m", set: duration(&s.MaxDuration),
			Help: "How long one clean-up may take; the next goes on where it stopped. A plain number counts seconds; 0 sets no limit."},
		{Key: "database_clean_dry_run", Default: "false", Switch: true, set: boolean(&s.DryRun),
			Help: "Only tells what a clean-up would delete, in the log or as `broker clean` does."},
		{Key: "database_clean_mode", Default: "embedded", set: oneOf(external, "embedded", "external"),
			Help: "Read by charts alone: `external` has `broker clean` run as a job of its own, which `PACT_BROKER_DATABASE_CLEAN_ENABLED` does not need."},
	}
}

// schedules take what the schedulers of the Pact Broker's image take, but years.
var schedules = cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

func schedule(into *cron.Schedule) parser {
	return func(value string) error {
		s, err := schedules.Parse(value)
		if err != nil {
			return errors.New("a schedule such as 15 2 * * * (at 02:15 every day) or @daily")
		}
		*into = s
		return nil
	}
}

// days reads a whole number of days.
func days(into *time.Duration) parser {
	return func(value string) error {
		var n int
		err := number(&n, 0, 36500)(value)
		*into = time.Duration(n) * 24 * time.Hour
		return err
	}
}
