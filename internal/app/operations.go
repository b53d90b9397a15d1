package app

import (
	"context"
	"fmt"
	"time"

	"github.com/accord-broker/accord/internal/edge/web"
	"github.com/accord-broker/accord/internal/store/queue"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/release"
	"github.com/accord-broker/accord/internal/webhooks"
)

// operations tells the pages how the broker does.
type operations struct{ app *App }

const (
	// checkTime is what one check of the health may take.
	checkTime = 5 * time.Second
	// freeAtLeast is how much of a disk should be free: as much as a backup of the
	// database needs, or so many bytes.
	freeAtLeast = 1 << 30
)

// Health looks at what the broker needs, one by one.
func (o operations) Health(ctx context.Context) []web.Check {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return []web.Check{o.program(), o.database(ctx), o.connections(), o.disk(ctx), o.backups(ctx), o.jobs(ctx), o.receivers(), o.secrets()}
}

func (o operations) program() web.Check {
	check := web.Check{What: "Broker", Outcome: web.Well, Found: fmt.Sprintf("Accord %s, since %s.", release.Version(), o.app.started.UTC().Format("2006-01-02 15:04 UTC"))}
	if o.app.stopping.Load() {
		check.Outcome, check.Found = web.Unknown, "It is stopping, and takes no new requests."
	}
	return check
}

func (o operations) database(ctx context.Context) web.Check {
	check := web.Check{What: "Database", Outcome: web.Well}
	began := time.Now()
	if err := o.app.db.Check(ctx); err != nil {
		check.Outcome, check.Found, check.Remedy = web.Ill, err.Error(), "Nothing can be published or asked until it answers."
		return check
	}
	check.Found = fmt.Sprintf("%s answers within %d ms.", o.app.databaseShown(), max(1, time.Since(began).Milliseconds()))
	return check
}

func (o operations) connections() web.Check {
	open, inUse, most, waited := o.app.db.Connections()
	check := web.Check{What: "Connections", Outcome: web.Well, Found: fmt.Sprintf("%d open, %d in use, %d at most. Statements have waited %s in all.", open, inUse, most, waited.Round(time.Millisecond))}
	if inUse >= most {
		check.Outcome, check.Remedy = web.Unknown, "All are in use. If that is so often, raise PACT_BROKER_DATABASE_MAX_CONNECTIONS."
	}
	return check
}

func (o operations) disk(ctx context.Context) web.Check {
	check := web.Check{What: "Disk", Outcome: web.Well}
	space, err := o.app.db.Space(ctx)
	switch {
	case err != nil:
		check.Outcome, check.Found = web.Unknown, "The database cannot be measured: "+err.Error()
	case !space.Known:
		check.Found = fmt.Sprintf("The database has %s.", inMegabytes(space.Size))
	default:
		check.Found = fmt.Sprintf("The database has %s, of which %s are unused. %s are free.", inMegabytes(space.Size), inMegabytes(space.Unused), inMegabytes(space.Free))
		if space.Free < max(freeAtLeast, space.Size) {
			check.Outcome, check.Remedy = web.Unknown, "A backup beside the database needs as much as it has. Free some space, or clean up old versions."
		}
	}
	return check
}

func inMegabytes(bytes int64) string {
	const kilo, mega = 1_000, 1_000_000
	if bytes < mega {
		return fmt.Sprintf("%d kB", bytes/kilo)
	}
	return fmt.Sprintf("%d MB", bytes/mega)
}

func (o operations) backups(ctx context.Context) web.Check {
	const schedule = "PACT_BROKER_BACKUP_SCHEDULE"
	check := web.Check{What: "Backups", Outcome: web.Well}
	age, asked, err := CheckBackups(ctx, o.app.settings, time.Now())
	_, isFile := o.app.settings.Database.File()
	switch {
	case err != nil:
		check.Outcome, check.Found, check.Remedy = web.Ill, "The place for backups cannot be read: "+err.Error(), "Check PACT_BROKER_BACKUP_TO."
	case !isFile:
		check.Outcome, check.Found = web.Unasked, "PostgreSQL is backed up by its own means; broker backup prints how."
	case !asked:
		check.Outcome, check.Found, check.Remedy = web.Unasked, "The broker makes none by itself.", "Set "+schedule+", or PACT_BROKER_BACKUP_MAX_AGE if something else makes them."
	case age.Newest == "":
		check.Outcome, check.Found, check.Remedy = web.Ill, "There is none yet.", "The log says why backing up failed; broker backup makes one now."
	case age.Overdue:
		check.Outcome, check.Found, check.Remedy = web.Ill, fmt.Sprintf("The newest, %s, is of %s.", age.Newest, age.At.UTC().Format("2006-01-02 15:04 UTC")), "The log says why backing up failed; broker backup makes one now."
	default:
		check.Found = fmt.Sprintf("The newest, %s, is of %s.", age.Newest, age.At.UTC().Format("2006-01-02 15:04 UTC"))
	}
	return check
}

// lateJob is how long a job may be due before it is late.
const lateJob = 2 * time.Minute

func (o operations) jobs(ctx context.Context) web.Check {
	check := web.Check{What: "Jobs", Outcome: web.Well}
	kinds, err := o.app.db.Jobs(ctx)
	if err != nil {
		check.Outcome, check.Found = web.Unknown, "The jobs cannot be read: "+err.Error()
		return check
	}
	due, givenUp, late := 0, 0, false
	for _, k := range kinds {
		due, givenUp = due+k.Due, givenUp+k.GivenUp
		late = late || isLate(k)
	}
	check.Found = fmt.Sprintf("%d due, %d given up.", due, givenUp)
	switch {
	case late:
		check.Outcome, check.Remedy = web.Ill, "Some are late. The page of jobs says which."
	case givenUp > 0:
		check.Outcome, check.Remedy = web.Unknown, "The log says why they failed."
	}
	return check
}

// isLate reports whether a job waits for too long.
func isLate(k queue.KindOfJob) bool { return !k.Oldest.IsZero() && time.Since(k.Oldest) > lateJob }

func (o operations) receivers() web.Check {
	open, trying := o.app.webhooks.Receivers.Count(webhooks.Open), o.app.webhooks.Receivers.Count(webhooks.HalfOpen)
	if open+trying == 0 {
		return web.Check{What: "Receivers of webhooks", Outcome: web.Well, Found: "All that were called lately have answered."}
	}
	return web.Check{What: "Receivers of webhooks", Outcome: web.Unknown, Found: fmt.Sprintf("%d do not answer and are left alone for a while.", open+trying), Remedy: "The pages of the webhooks say which."}
}

func (o operations) secrets() web.Check {
	check := web.Check{What: "Key for secrets", Outcome: web.Well, Found: "Secrets and signing keys can be kept."}
	if !o.app.keyring.Usable() {
		check.Outcome, check.Found, check.Remedy = web.Unasked, "There is none, so no secret can be kept.", "Set PACT_BROKER_SECRETS_KEY (openssl rand -base64 32)."
	}
	return check
}

// kindsOfJobs are the words for them, in the order of the page.
var kindsOfJobs = []struct{ kind, what string }{
	{"deliver_webhook", "Deliveries of webhooks"}, {"compare_contracts", "Comparing contracts"}, {"poll_verdicts", "Looking for verdicts that changed"},
	{"backup", "Backing up"}, {"clean", "Cleaning up old versions"}, {"purge", "Deleting what was removed"},
}

// Jobs tells how it stands with the jobs of each kind that this broker does or has
// done.
func (o operations) Jobs(ctx context.Context) ([]web.KindOfJob, error) {
	found, err := o.app.db.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	next := o.scheduled(time.Now())
	var kinds []web.KindOfJob
	for _, named := range kindsOfJobs {
		k := web.KindOfJob{Kind: named.kind, What: named.what, Next: next[named.kind]}
		known := !k.Next.IsZero()
		for _, f := range found {
			if f.Kind == named.kind {
				known = true
				k.Due, k.Later, k.Retried, k.Running, k.Done, k.GivenUp, k.LastEnd, k.Oldest, k.Late = f.Due, f.Later, f.Retried, f.Running, f.Done, f.GivenUp, f.LastEnd, f.Oldest, isLate(f)
			}
		}
		if known {
			kinds = append(kinds, k)
		}
	}
	return kinds, nil
}

// scheduled tells when the jobs that have a schedule begin next.
func (o operations) scheduled(now time.Time) map[string]time.Time {
	next := map[string]time.Time{}
	if schedule := o.app.settings.Cleaning.Schedule; schedule != nil && o.app.settings.Cleaning.Enabled {
		next["clean"] = localSchedule{schedule}.Next(now)
	}
	if schedule := o.app.settings.Backups.Schedule; schedule != nil {
		next["backup"] = localSchedule{schedule}.Next(now)
	}
	return next
}

// Settings are all that there are, with the values that count.
func (o operations) Settings() []web.Setting {
	var all []web.Setting
	for _, s := range config.Catalogue() {
		given := o.app.settings.Given[s.Key]
		shown := web.Setting{Group: s.Group, Variable: s.Variable(), Help: s.Help, Secret: s.Secret, From: given.From}
		switch {
		case s.Secret:
		case given.From != "":
			shown.Value = given.Text
		default:
			shown.Value = s.Default
		}
		all = append(all, shown)
	}
	return all
}
