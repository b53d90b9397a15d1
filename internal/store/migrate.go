package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"accord/migrations"
)

const migrationTable = "accord_migrations"

// queueSteps are the numbers of the steps that make the tables of the job queue,
// with the last of River's own steps that each takes. PostgreSQL cannot use a
// value of an enum in the transaction that adds it, so they are two. When River
// brings another step, add one with the next free number.
var queueSteps = []struct {
	number int64
	last   int
}{{3, 4}, {4, 7}}

// fileLock makes processes that start on one SQLite file migrate in turn.
type fileLock struct{ file *flock.Flock }

func (f fileLock) Lock(ctx context.Context, _ *sql.DB) error {
	_, err := f.file.TryLockContext(ctx, 50*time.Millisecond)
	return err
}

func (f fileLock) Unlock(context.Context, *sql.DB) error { return f.file.Unlock() }

func migrateSQLite(ctx context.Context, db *sql.DB, path string) error {
	queue, err := migrateQueue(riversqlite.New(nil))
	if err != nil {
		return err
	}
	return migrate(ctx, goose.DialectSQLite3, db, "sqlite", queue, goose.WithLocker(fileLock{flock.New(path + ".migrate.lock")}))
}

func migratePostgres(ctx context.Context, db *sql.DB) error {
	queue, err := migrateQueue(riverpgxv5.New(nil))
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return migrate(ctx, goose.DialectPostgres, db, "postgres", queue, goose.WithSessionLocker(locker))
}

// migrateQueue returns the steps that make the tables of the job queue.
func migrateQueue[T any](driver riverdriver.Driver[T]) (goose.ProviderOption, error) {
	river, err := rivermigrate.New(driver, nil)
	if err != nil {
		return nil, fmt.Errorf("read the migrations of the job queue: %w", err)
	}
	var steps []*goose.Migration
	theirs := river.AllVersions()
	for _, step := range queueSteps {
		var text strings.Builder
		for len(theirs) > 0 && theirs[0].Version <= step.last {
			text.WriteString(strings.ReplaceAll(theirs[0].SQLUp, "/* TEMPLATE: schema */", ""))
			theirs = theirs[1:]
		}
		steps = append(steps, goose.NewGoMigration(step.number, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, text.String())
			return err
		}}, nil))
	}
	return goose.WithGoMigrations(steps...), nil
}

func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, folder string, options ...goose.ProviderOption) error {
	steps, err := fs.Sub(migrations.FS, folder)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	table, err := database.NewStore(dialect, migrationTable)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectCustom, db, steps, append(options, goose.WithStore(table))...)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
