package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"

	"accord/migrations"
)

// ErrForeign is returned for a database that holds the Pact Broker's own
// tables. Nothing in it was changed.
var ErrForeign = errors.New("the database holds the tables of a Pact Broker, which Accord does not use: give Accord an empty database with PACT_BROKER_DATABASE_URL and let the pipelines publish into it")

const migrationTable = "accord_migrations"

// fileLock makes processes that start on one SQLite file migrate in turn.
type fileLock struct{ file *flock.Flock }

func (f fileLock) Lock(ctx context.Context, _ *sql.DB) error {
	_, err := f.file.TryLockContext(ctx, 50*time.Millisecond)
	return err
}

func (f fileLock) Unlock(context.Context, *sql.DB) error { return f.file.Unlock() }

func migrateSQLite(ctx context.Context, db *sql.DB, path string) error {
	if err := refuseForeign(ctx, db, "SELECT name FROM sqlite_master WHERE type = 'table'"); err != nil {
		return err
	}
	return migrate(ctx, goose.DialectSQLite3, db, "sqlite", goose.WithLocker(fileLock{flock.New(path + ".migrate.lock")}))
}

func migratePostgres(ctx context.Context, db *sql.DB) error {
	if err := refuseForeign(ctx, db, "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"); err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return migrate(ctx, goose.DialectPostgres, db, "postgres", goose.WithSessionLocker(locker))
}

func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, folder string, locking goose.ProviderOption) error {
	steps, err := fs.Sub(migrations.FS, folder)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	table, err := database.NewStore(dialect, migrationTable)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectCustom, db, steps, goose.WithStore(table), locking)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// refuseForeign recognises the original's schema by its own version table.
func refuseForeign(ctx context.Context, db *sql.DB, listTables string) error {
	found, err := db.QueryContext(ctx, listTables)
	if err != nil {
		return fmt.Errorf("look at the database: %w", err)
	}
	defer found.Close() //nolint:errcheck // only read from
	names := map[string]bool{}
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			return fmt.Errorf("look at the database: %w", err)
		}
		names[name] = true
	}
	if names["pacticipants"] && names["pact_publications"] && !names[migrationTable] {
		return ErrForeign
	}
	return found.Err()
}
