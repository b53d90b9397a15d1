package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/store/pactbroker"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/secrets"
)

// ImportRequest says what to import, and how.
type ImportRequest struct {
	Source archive.Source
	// OnConflict is stop, keep or take: what to do where both brokers have
	// something else.
	OnConflict string
	// LeaveOutRefused leaves out what has a name that the broker refuses, with what hangs on it.
	LeaveOutRefused bool
	// OnConflictGiven tells that OnConflict was asked for, so that an import stops also where it
	// goes on with one from the same source.
	OnConflictGiven bool
	// DryRun looks, and writes nothing.
	DryRun bool
	// Progress is told how many records of a kind have been dealt with.
	Progress func(what string, kind archive.Kind, done int64)
}

// What to do about conflicts.
const (
	StopOnConflict = "stop"
	KeepOnConflict = "keep"
	TakeOnConflict = "take"
)

// ImportOutcome is what came of an import. Plan is empty where nothing needed to be
// compared.
type ImportOutcome struct {
	// Problems are names that the broker refuses, for which nothing is imported.
	Problems []moving.Problem
	Plan     store.Plan
	// Skipped is, of a dry run, what the source holds that cannot come along.
	Skipped []archive.Skipped
	// Omitted are kinds of data that the source may have and does not tell.
	Omitted []string
	// Former are the present names of applications that the source calls as they were
	// called here before.
	Former map[string]string
	// Imported is, of a dry run, only what can be foreseen: settings, certificates and
	// webhooks.
	Imported store.Imported
}

// OtherUUIDs are what came with another uuid than the source has, or would come so.
func (o ImportOutcome) OtherUUIDs() []store.LeftOut {
	if len(o.Imported.Kinds) == 0 {
		return o.Plan.OtherUUIDs
	}
	return o.Imported.OtherUUIDs
}

// Altered is what came otherwise than the source has it, or would come so.
func (o ImportOutcome) Altered() []store.LeftOut {
	if len(o.Imported.Kinds) == 0 {
		return o.Plan.Altered
	}
	return o.Imported.Altered
}

// LeftOut is what stayed away, or would.
func (o ImportOutcome) LeftOut() []store.LeftOut {
	if len(o.Imported.Kinds) == 0 {
		return o.Plan.LeftOut
	}
	return o.Imported.LeftOut
}

// Reasons for which nothing was imported.
var (
	ErrRefusedNames = errors.New("some names cannot be written as they are; nothing was imported")
	ErrConflicts    = errors.New("both brokers have something else in some places; nothing was imported")
)

// RunImport checks the source and, unless it is a dry run, writes its records into
// the database that the settings name.
func RunImport(ctx context.Context, settings config.Settings, r ImportRequest) (outcome ImportOutcome, err error) {
	if header := r.Source.Header(); header.Source.Kind != archive.FromDatabase { // which tells it row by row
		outcome.Omitted = header.Omitted
	}
	name, err := moving.Fingerprint(ctx, r.Source)
	if err != nil {
		return outcome, err
	}
	r.Source = moving.WithOddWebhooksDisabled(moving.WithoutRefused(r.Source, r.LeaveOutRefused))
	if outcome.Problems, err = moving.CheckNames(ctx, r.Source); err != nil {
		return outcome, err
	}
	if r.DryRun {
		return dryRun(ctx, settings, name, r, outcome)
	}
	database, err := OpenForImport(ctx, settings)
	if err != nil {
		return outcome, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	if r.Source, outcome.Former, err = underPresentNames(ctx, database, r.Source); err != nil {
		return outcome, err
	}
	compares, err := r.comparesFirst(ctx, database, name)
	if err != nil {
		return outcome, err
	}
	options, err := ImportOptions(ctx, settings, database)
	if err != nil {
		return outcome, err
	}
	options = withRequest(options, name, r)
	if err := needsKey(ctx, r.Source, options); err != nil {
		return outcome, err
	}
	if compares {
		if outcome.Plan, err = plan(ctx, database, options, r); err != nil {
			return outcome, err
		}
	}
	switch {
	case len(outcome.Problems) > 0:
		return outcome, ErrRefusedNames
	case len(outcome.Plan.Conflicts) > 0 && r.OnConflict == StopOnConflict:
		return outcome, ErrConflicts
	}
	options.Progress = func(kind archive.Kind, done int64) { r.Progress("imported", kind, done) }
	outcome.Imported, err = Import(ctx, database, r.Source, options)
	return outcome, err
}

// withRequest returns the options as a request wants them, for a source with a name.
func withRequest(options store.ImportOptions, name string, r ImportRequest) store.ImportOptions {
	options.Source, options.Take, options.Keep = name, r.OnConflict == TakeOnConflict, r.OnConflict == KeepOnConflict
	options.OverHTTP = r.Source.Header().Source.Kind == archive.FromHTTP
	return options
}

// comparesFirst reports whether an import may meet what somebody else has written, and so is
// compared with what is here before it writes: unless nothing is here yet, or it goes on with
// one from the same source and was not asked to stop.
func (r ImportRequest) comparesFirst(ctx context.Context, database *store.DB, source string) (bool, error) {
	known, err := database.KnowsImport(ctx, source)
	if err != nil || known {
		return r.OnConflictGiven && r.OnConflict == StopOnConflict, err
	}
	empty, err := database.IsEmpty(ctx)
	return !empty, err
}

// underPresentNames is the source with applications that are called otherwise here now
// under their present names, as whoever knows the former ones alone gets there, and
// those names by the former ones.
func underPresentNames(ctx context.Context, database *store.DB, source archive.Source) (archive.Source, map[string]string, error) {
	var names []string
	err := source.Each(ctx, func(kind archive.Kind) bool { return kind == archive.KindApplication }, func(r archive.Record) error {
		names = append(names, r.(*archive.Application).Name)
		return nil
	})
	if err != nil {
		return source, nil, err
	}
	present, err := database.PresentNames(ctx, names)
	if err != nil || len(present) == 0 {
		return source, nil, err
	}
	return moving.Renamed(source, moving.Names{Renamed: present}), present, nil
}

func plan(ctx context.Context, database *store.DB, options store.ImportOptions, r ImportRequest) (store.Plan, error) {
	return database.PlanImport(ctx, options, r.each, r.compared)
}

// each hands over all records of the source.
func (r ImportRequest) each(ctx context.Context, take func(archive.Record) error) error {
	return r.Source.Each(ctx, nil, take)
}

func (r ImportRequest) compared(kind archive.Kind, done int64) { r.Progress("compared", kind, done) }

// needsKey fails before anything is written if there are secrets and no key to
// encrypt them with.
func needsKey(ctx context.Context, source archive.Source, options store.ImportOptions) error {
	return source.Each(ctx, func(kind archive.Kind) bool { return kind == archive.KindWebhook }, func(r archive.Record) error {
		if w := r.(*archive.Webhook); w.Plain {
			_, err := options.Webhook(*w)
			switch {
			case errors.Is(err, secrets.ErrNoKey):
				return fmt.Errorf("webhook %s has secrets, and there is no key to encrypt them with: "+
					"set PACT_BROKER_SECRETS_KEY (openssl rand -base64 32); nothing was imported", w.UUID)
			case err != nil:
				return fmt.Errorf("nothing was imported: %w", err)
			}
		}
		return nil
	})
}

// EnableImportedWebhooks enables the webhooks that were enabled where they came
// from, and lists the secrets for want of which others stay disabled.
func EnableImportedWebhooks(ctx context.Context, settings config.Settings) (enabled int64, missing []store.MissingSecret, err error) {
	database, err := OpenForImport(ctx, settings)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	if enabled, err = database.EnableImportedWebhooks(ctx); err != nil {
		return 0, nil, err
	}
	missing, err = database.MissingSecrets(ctx)
	return enabled, missing, err
}

// Reasons for which nothing is imported in place.
var (
	ErrNotInPlace = errors.New("an import in place needs PostgreSQL; from a SQLite file, import into another one with --from")
	errTheirs     = errors.New("PACT_BROKER_DATABASE_SCHEMA is public, where the Pact Broker's tables are: give Accord's another schema, or leave it out for the schema accord")
)

// theirSchema is where the Pact Broker makes its tables.
const theirSchema = "public"

// ImportInPlace imports the tables of the Pact Broker that are in the database of
// the settings into a schema beside them. What was imported is not imported again
// unless told to. Nothing is made in a database that is no Pact Broker's.
func ImportInPlace(ctx context.Context, settings config.Settings, again bool, r ImportRequest) (outcome ImportOutcome, err error) {
	if _, isFile := settings.Database.File(); isFile {
		return outcome, ErrNotInPlace
	}
	settings.Database = settings.Database.InPlace()
	settings.Database.Import = "" // what follows looks itself whose database it is
	if settings.Database.Schema == theirSchema {
		return outcome, errTheirs
	}
	if !again {
		done, err := isImported(ctx, settings)
		if err != nil || done {
			return outcome, err
		}
	}
	source, err := OpenPactBroker(ctx, settings.Database.URL, theirSchema)
	if errors.Is(err, pactbroker.ErrAccord) {
		err = db.ErrOwnData
	}
	if err != nil {
		return outcome, err
	}
	r.Source = source
	outcome, err = RunImport(ctx, settings, r)
	return outcome, errors.Join(err, source.Close())
}

// isImported reports whether an import in place has come to its end. It makes nothing
// where none has begun.
func isImported(ctx context.Context, settings config.Settings) (done bool, err error) {
	state, err := db.Inspect(ctx, DatabaseURL(settings.Database))
	if err != nil || state.Schema == 0 {
		return false, err
	}
	database, err := OpenForImport(ctx, settings)
	if err != nil {
		return false, err
	}
	done, err = database.HasImported(ctx)
	return done, errors.Join(err, database.Close())
}
