package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/versions"
)

// versionFormats are the forms of version numbers if versions are ordered by
// them, else nil.
func versionFormats(settings config.Versions) (versions.Formats, error) {
	if settings.OrderByDate {
		return nil, nil
	}
	formats, err := versions.ParseFormats(settings.SemverFormats)
	if err != nil {
		return nil, config.Problems{fmt.Sprintf("PACT_BROKER_SEMVER_FORMATS: %v", err)}
	}
	return formats, nil
}

// storeOptions says to the store what the settings say.
func storeOptions(settings config.Settings, formats versions.Formats) store.Options {
	options := store.Options{
		URL:             DatabaseURL(settings.Database),
		Exclusive:       true,
		FoldNames:       !settings.Publishing.CaseSensitiveNames,
		KeepSchema:      !settings.Database.AutoMigrate,
		Beside:          IsBeside(settings.Database),
		KeepFacts:       settings.Events.Retention,
		KeepFormerNames: settings.Versions.FormerNamesFor,
		KeepAudit:       settings.Access.AuditRetention,

		TransactionTimeout: settings.Database.TransactionTimeout,
	}
	if formats != nil {
		options.Rank = func(a, b string) int { return formats.Read(a).Compare(formats.Read(b)) }
	}
	return options
}

// IsBeside reports whether Accord's tables are to be beside those of a Pact Broker.
func IsBeside(settings config.Database) bool {
	_, isFile := settings.File()
	return settings.Import != "" && !isFile
}

// WhyHidden says how to get at data that are in a schema other than the one that is used.
func WhyHidden(schema string) string {
	return fmt.Sprintf("the tables of Accord that are used hold nothing, and those in the schema %s hold something: earlier versions made such empty tables where PACT_BROKER_IMPORT was in-place. "+
		"To use the others, set PACT_BROKER_DATABASE_SCHEMA to %s and unset PACT_BROKER_IMPORT", schema, schema)
}

// DatabaseURL is the address of the database with what else is set for its
// connections.
func DatabaseURL(settings config.Database) string {
	address, err := url.Parse(settings.URL)
	if _, isFile := settings.File(); isFile || err != nil {
		return settings.URL
	}
	query := address.Query()
	for name, value := range map[string]string{
		"pool_max_conns":    strconv.Itoa(settings.MaxConnections),
		"statement_timeout": strconv.FormatInt(settings.StatementTimeout.Milliseconds(), 10),
	} {
		if !query.Has(name) {
			query.Set(name, value)
		}
	}
	if settings.Import != "" {
		settings = settings.InPlace()
	}
	if settings.Schema != "" {
		query.Set("search_path", settings.Schema)
	}
	address.RawQuery = config.EncodeQuery(query)
	return address.String()
}

// retryInterval is the Pact Broker's: compose files count on it for the time that
// they give the database to start.
const retryInterval = 3 * time.Second

// openWithRetry opens the database and, while it cannot be reached, tries again
// as often as is set.
func openWithRetry(ctx context.Context, options store.Options, retries int, logger *slog.Logger) (*store.DB, error) {
	for {
		db, err := store.Open(ctx, options)
		if err == nil || retries == 0 || isRefusal(err) {
			return db, err
		}
		retries--
		logger.Warn("the database cannot be reached; trying again", "retries_left", retries, "error", err)
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		case <-time.After(retryInterval):
		}
	}
}

// isRefusal reports whether the database was reached and must not be used, which
// trying again does not change.
func isRefusal(err error) bool {
	return slices.ContainsFunc(
		[]error{db.ErrForeign, db.ErrNewer, db.ErrBehind, db.ErrNoFolder, db.ErrReadOnly, db.ErrHides, db.ErrNoRight, db.ErrNoSchema, db.ErrOwnData, db.ErrNotBeside},
		func(refusal error) bool {
			return errors.Is(err, refusal)
		},
	)
}
