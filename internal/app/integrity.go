package app

import (
	"context"
	"errors"

	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
)

// Integrity is whether the database holds what it ought to hold.
type Integrity struct {
	Structure db.Structure
	// Deviations are parts of the schema that are not as the migrations make them, and
	// NotRepaired is why some of them could not be made anew.
	Deviations  []db.Deviation
	NotRepaired error
	// Projections, Contents and Reports are only looked at in a database that is whole, and
	// projections not before a first import has come to its end, which makes them.
	Projections []store.ProjectionChecked
	Contents    store.ContentsChecked
	// OtherDigests tells that contracts without a checksum may rightly have a digest that
	// their text does not give: some were imported, or were told apart by the text as it
	// was sent.
	OtherDigests bool
	Reports      []store.ReportsChecked
}

// CheckIntegrity reads everything in the database that the settings name, which
// must be up to date, whether or not a broker serves from it. If told to, it
// repairs what follows from the rest.
func CheckIntegrity(ctx context.Context, settings config.Settings, repair bool, progress store.Progress) (Integrity, error) {
	database, err := openToRead(ctx, settings)
	if err != nil {
		return Integrity{}, err
	}
	found, err := checkIntegrity(ctx, database, repair, progress)
	return found, errors.Join(err, database.Close())
}

// openToRead opens the database for a command that reads all of it, whether or not
// a broker serves from it. It must be up to date.
func openToRead(ctx context.Context, settings config.Settings) (*store.DB, error) {
	formats, err := versionFormats(settings.Versions)
	if err != nil {
		return nil, err
	}
	// One statement may read a lot here, and nobody waits for its answer.
	settings.Database.StatementTimeout, settings.Database.TransactionTimeout = 0, 0
	options := storeOptions(settings, formats)
	options.Exclusive, options.KeepSchema = false, true
	return store.Open(ctx, options)
}

func checkIntegrity(ctx context.Context, database *store.DB, repair bool, progress store.Progress) (found Integrity, err error) {
	progress(store.Structure, 0, 1)
	found.Structure, err = database.Structure(ctx)
	// Whoever writes into a damaged file damages more of it.
	if err != nil || len(found.Structure.Damage) > 0 {
		return found, err
	}
	found.Deviations, found.NotRepaired = database.Deviations(ctx, repair)
	unfinished, err := database.HasUnfinishedImport(ctx)
	if err == nil && !unfinished {
		found.Projections, err = database.CheckProjections(ctx, repair, progress)
	}
	if err != nil {
		return found, err
	}
	hasDigest := func(body []byte, sha string) bool { return pactfile.HasIdentity(pactfile.Body(body), sha) }
	if found.Contents, err = database.CheckContents(ctx, hasDigest, progress); err != nil {
		return found, err
	}
	if found.OtherDigests, err = mayHaveOtherDigests(ctx, database); err != nil {
		return found, err
	}
	found.Reports, err = database.CheckReports(ctx, progress)
	return found, err
}

func mayHaveOtherDigests(ctx context.Context, database *store.DB) (bool, error) {
	imported, err := database.HasBegunImport(ctx)
	if err != nil || imported {
		return imported, err
	}
	return database.HasNote(ctx, byText)
}
