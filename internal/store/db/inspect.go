package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pressly/goose/v3"

	"github.com/accord-broker/accord/migrations"
)

// Reasons for which Open refuses a database. Nothing in it was changed.
var (
	// ErrForeign is for a database that holds the Pact Broker's own tables.
	ErrForeign = errors.New("the database holds the tables of a Pact Broker, which Accord does not use")
	// ErrNewer is for a database that a later version of Accord has migrated.
	ErrNewer = errors.New("the database was last used by a newer version of Accord")
	// ErrBehind is for a database to be migrated when Options.KeepSchema forbids it.
	ErrBehind = errors.New("the tables of the database are not up to date")
	// ErrNoFolder is for a file in a folder that is not there: its name may have
	// been mistyped, and an empty broker in a new folder would hide that.
	ErrNoFolder = errors.New("there is no such folder")
	// ErrReadOnly is for a file that cannot be written.
	ErrReadOnly = errors.New("the database can only be read")
)

// State is what a database holds, as far as opening it is concerned.
type State struct {
	// Foreign tells that the Pact Broker's own tables are there, and none of ours.
	Foreign bool
	// InPlace is the schema of PostgreSQL in which our tables stand beside those of the
	// Pact Broker, "" for none.
	InPlace string
	// Hidden is a schema of PostgreSQL in which tables of Accord hold something, where those
	// that are used hold nothing; "" for none.
	Hidden string
	// Schema is the number of the last migration that was applied, 0 for none.
	Schema int64
	// Exposed tells that every user of this machine can read the file.
	Exposed bool
	// UsedBy is the process that serves from the SQLite file, "" for none.
	UsedBy string
	// Latest is the number of the last migration that this program knows.
	Latest int64
	// Behind tells that a migration that this program knows has not been applied. It
	// need not be one of the last: a development version may have applied later ones.
	Behind bool
}

// Inspect looks at the database that the URL names without changing anything;
// a SQLite file that does not exist is not made.
func Inspect(ctx context.Context, url string) (State, error) {
	if path, ok := SQLitePath(url); ok {
		return inspectSQLite(ctx, path)
	}
	connected, err := connectPostgres(ctx, url)
	if err != nil {
		return State{}, err
	}
	state, err := inspectPostgres(ctx, connected.db)
	return state, errors.Join(err, connected.close())
}

// CheckOpen is what Inspect finds, and why Open would refuse the database, if it would.
// It changes nothing.
func CheckOpen(ctx context.Context, options Options) (State, error) {
	if path, ok := SQLitePath(options.URL); ok {
		state, err := inspectSQLite(ctx, path)
		return state, errors.Join(err, state.refusal(options))
	}
	connected, err := connectPostgres(ctx, options.URL)
	if err != nil {
		return State{}, err
	}
	state, err := inspectPostgres(ctx, connected.db)
	if err == nil {
		err = checkOpen(ctx, connected, state, options)
	}
	return state, errors.Join(err, connected.close())
}

// ImportedInPlaceError is ErrForeign where an import in place has been made.
type ImportedInPlaceError struct {
	// Schema is where it has been made.
	Schema string
}

// Error says where what was imported is.
func (e *ImportedInPlaceError) Error() string {
	return fmt.Sprintf("the database holds the tables of a Pact Broker, and beside them, in the schema %q, what was imported in place", e.Schema)
}

// Unwrap tells that the database is refused as others that hold such tables are.
func (e *ImportedInPlaceError) Unwrap() error { return ErrForeign }

// ForeignReason is why a database with the Pact Broker's own tables is refused.
func (s State) ForeignReason() error {
	if s.InPlace != "" {
		return &ImportedInPlaceError{s.InPlace}
	}
	return ErrForeign
}

// refusal is the reason why the database must not be opened, if there is one.
func (s State) refusal(options Options) error {
	switch {
	case s.Foreign:
		return s.ForeignReason()
	case s.Schema > s.Latest:
		return ErrNewer
	case s.Behind && options.KeepSchema:
		return ErrBehind
	}
	return nil
}

func inspectSQLite(ctx context.Context, path string) (State, error) {
	found, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if folder := filepath.Dir(path); isMissing(folder) {
			return State{}, fmt.Errorf("the database cannot be in %s: %w", folder, ErrNoFolder)
		}
		return look(ctx, nil, SQLite, "")
	}
	if err != nil {
		return State{}, fmt.Errorf("look at database %s: %w", path, err)
	}
	var inUse *InUseError
	used := fileInUse(path)
	if used != nil && !errors.As(used, &inUse) {
		return State{}, used
	}
	file, err := sql.Open("sqlite3", sqliteName(path)+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		return State{}, fmt.Errorf("look at database %s: %w", path, err)
	}
	state, err := look(ctx, file, SQLite, "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err := errors.Join(err, file.Close()); err != nil {
		// SQLite reads no file that it may not write, and says that there is none.
		// Nor does it read one that is in use under another name.
		if unwritable := checkWritable(path); unwritable != nil {
			err = unwritable
		} else if inUse != nil {
			return State{}, inUse
		}
		return State{}, fmt.Errorf("look at database %s: %w", path, withRemedy(path, err))
	}
	if inUse != nil {
		state.UsedBy = inUse.By
	}
	state.Exposed = found.Mode().Perm()&0o004 != 0
	return state, nil
}

func isMissing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func inspectPostgres(ctx context.Context, db *sql.DB) (State, error) {
	state, err := look(ctx, db, Postgres, "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()")
	if err != nil {
		return State{}, fmt.Errorf("look at the database: %w", err)
	}
	if state.Schema > 0 {
		if state.Hidden, err = hiddenBehind(ctx, db); err != nil {
			return State{}, fmt.Errorf("look at the database: %w", err)
		}
	}
	if !state.Foreign {
		return state, nil
	}
	schemas, err := column[string](ctx, db, "SELECT table_schema FROM information_schema.tables WHERE table_name = '"+migrationTable+"' ORDER BY table_schema <> 'accord', table_schema")
	if err != nil {
		return State{}, fmt.Errorf("look at the database: %w", err)
	}
	if len(schemas) > 0 {
		state.InPlace = schemas[0]
	}
	return state, nil
}

// look reads the state of a database, or that of an empty one if db is nil.
func look(ctx context.Context, db *sql.DB, d Dialect, listTables string) (State, error) {
	known, err := knownMigrations(d)
	if err != nil {
		return State{}, err
	}
	latest := known[len(known)-1]
	if db == nil {
		return State{Latest: latest, Behind: true}, nil
	}
	tables, err := names(ctx, db, listTables)
	if err != nil {
		return State{}, err
	}
	state := State{Latest: latest, Foreign: tables["pacticipants"] && tables["pact_publications"] && !tables[migrationTable]}
	var applied []int64
	if tables[migrationTable] {
		if applied, err = column[int64](ctx, db, "SELECT version_id FROM "+migrationTable); err != nil {
			return state, err
		}
		state.Schema = slices.Max(append(applied, 0))
	}
	state.Behind = slices.ContainsFunc(known, func(number int64) bool { return !slices.Contains(applied, number) })
	return state, nil
}

func names(ctx context.Context, db *sql.DB, query string) (map[string]bool, error) {
	found, err := column[string](ctx, db, query)
	all := map[string]bool{}
	for _, name := range found {
		all[name] = true
	}
	return all, err
}

// column reads the one column of a question.
func column[T any](ctx context.Context, db *sql.DB, query string) ([]T, error) {
	found, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var all []T
	for found.Next() {
		var value T
		if err := found.Scan(&value); err != nil {
			return nil, err
		}
		all = append(all, value)
	}
	return all, found.Err()
}

// knownMigrations are the numbers with which the names of the files begin, in order.
func knownMigrations(d Dialect) ([]int64, error) {
	files, err := fs.Glob(migrations.FS, string(d)+"/*.sql")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("list the migrations of %s: %w", d, err)
	}
	known := make([]int64, len(files))
	for i, file := range files {
		if known[i], err = goose.NumericComponent(file); err != nil {
			return nil, fmt.Errorf("list the migrations of %s: %w", d, err)
		}
	}
	return known, nil
}

// ReadClosed reads a database that is not open in this process.
func ReadClosed(ctx context.Context, address string, read func(*sql.DB) error) error {
	if path, ok := SQLitePath(address); ok {
		file, err := sql.Open("sqlite3", sqliteName(path)+"?mode=ro&_busy_timeout=5000")
		if err != nil {
			return fmt.Errorf("look at database %s: %w", path, err)
		}
		return errors.Join(read(file), file.Close())
	}
	connected, err := connectPostgres(ctx, address)
	if err != nil {
		return err
	}
	return errors.Join(read(connected.db), connected.close())
}
