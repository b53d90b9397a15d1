package db

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"

	"github.com/accord-broker/accord/migrations"
)

const migrationTable = "accord_migrations"

// fileLock makes processes that start on one SQLite file migrate in turn.
type fileLock struct{ file *flock.Flock }

func (f fileLock) Lock(ctx context.Context, _ *sql.DB) error {
	_, err := f.file.TryLockContext(ctx, 50*time.Millisecond)
	return err
}

func (f fileLock) Unlock(context.Context, *sql.DB) error { return f.file.Unlock() }

func migrateSQLite(ctx context.Context, db *sql.DB, path string, options Options) error {
	return migrate(ctx, SQLite, goose.DialectSQLite3, db, options, goose.WithLocker(fileLock{flock.New(path + ".migrate.lock")}))
}

func migratePostgres(ctx context.Context, db *sql.DB, options Options) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return migrate(ctx, Postgres, goose.DialectPostgres, db, options, goose.WithSessionLocker(locker))
}

func migrate(ctx context.Context, d Dialect, dialect goose.Dialect, db *sql.DB, options Options, locking goose.ProviderOption) error {
	files, err := fs.Sub(migrations.FS, string(d))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	table, err := database.NewStore(dialect, migrationTable)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	var beside []*goose.Migration
	if options.Steps != nil {
		if beside, err = options.Steps(d); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
	}
	provider, err := goose.NewProvider(goose.DialectCustom, db, files, goose.WithStore(table), goose.WithGoMigrations(beside...), goose.WithAllowOutofOrder(true), locking)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
