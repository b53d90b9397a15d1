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
	"strings"
	"time"
)

// ErrNotEmpty is for a database in whose place a backup would be put, but which
// holds something.
var ErrNotEmpty = errors.New("it holds something already")

// RestoreOptions say which backup to put where.
type RestoreOptions struct {
	// File is the backup.
	File string
	// URL names the SQLite database whose place it takes.
	URL string
	// Compared tells that the backup was found to be what was written. If it is not
	// set, the sum beside the file tells, if there is one.
	Compared bool
	// Replace puts a database aside that holds something.
	Replace bool
	// At is the time by which a database that is put aside is named.
	At time.Time
	// Progress is told how many bytes have been copied, of how many.
	Progress func(copied, all int64)
}

// Restored is a database that came from a backup.
type Restored struct {
	File string
	Size int64
	// Schema is that of the backup, Latest the one that this program brings it to.
	Schema, Latest int64
	// Compared tells that each byte of the backup is as it was written; else only
	// SQLite found nothing wrong with it.
	Compared bool
	// Dangling says of each table how many of its rows refer to nothing, in the backup as
	// in the database from which it was made.
	Dangling []string
	// Aside is where the database is now that was there before; "" if none was.
	Aside string
}

// Restore puts a copy of a backup in the place of a database from which no broker
// serves, once the copy was found whole. It returns an InUseError or ErrNotEmpty
// and changes nothing if the place is taken.
func Restore(ctx context.Context, options RestoreOptions) (Restored, error) {
	path, err := restoreTarget(options)
	if err != nil {
		return Restored{}, err
	}
	release, err := lockFile(path)
	if err != nil {
		return Restored{}, err
	}
	restored, err := restoreLocked(ctx, path, options)
	return restored, errors.Join(err, release())
}

// restoreTarget is the file to be written, whatever links lead to it.
func restoreTarget(options RestoreOptions) (string, error) {
	path, isFile := SQLitePath(options.URL)
	if !isFile {
		return "", errors.New("only SQLite databases are restored")
	}
	if folder := filepath.Dir(path); isMissing(folder) {
		return "", fmt.Errorf("the database cannot be in %s: %w", folder, ErrNoFolder)
	}
	backup, err := os.Stat(options.File)
	if err != nil {
		return "", fmt.Errorf("read the backup: %w", err)
	}
	if there, err := os.Stat(path); err == nil && os.SameFile(backup, there) {
		return "", fmt.Errorf("%s is the database itself", options.File)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return path, nil
}

func restoreLocked(ctx context.Context, path string, options RestoreOptions) (Restored, error) {
	if !options.Replace {
		if err := ensureEmpty(ctx, path); err != nil {
			return Restored{}, fmt.Errorf("restore into %s: %w", path, err)
		}
	}
	restored := Restored{File: path, Compared: options.Compared}
	draft := path + ".restoring"
	err := removeDatabase(draft) // of a restore that was killed: nobody else holds the lock
	if err == nil && !restored.Compared {
		restored.Compared, err = compareSum(options.File)
	}
	if err == nil {
		restored.Schema, restored.Latest, err = draftOf(ctx, draft, options)
	}
	if err == nil {
		restored.Dangling, err = danglingIn(ctx, draft)
	}
	if err == nil {
		restored.Aside, err = makeRoom(ctx, path, options)
	}
	if err == nil {
		err = finish(draft, path)
	}
	if err != nil {
		return restored, errors.Join(fmt.Errorf("restore %s: %w", options.File, damagedOr(err)), removeDatabase(draft))
	}
	made, err := os.Stat(path)
	if err == nil {
		restored.Size = made.Size()
	}
	return restored, err
}

// draftOf copies the backup beside its place and makes sure that this program
// can use it.
func draftOf(ctx context.Context, draft string, options RestoreOptions) (schema, latest int64, err error) {
	known, err := knownMigrations(SQLite)
	if err != nil {
		return 0, 0, err
	}
	latest = known[len(known)-1]
	if _, err := copyFile(ctx, options.File, draft, options.Progress); err != nil {
		return 0, 0, err
	}
	schema, err = checkCopy(ctx, draft)
	if err == nil && schema > latest {
		err = ErrNewer
	}
	return schema, latest, err
}

// ensureEmpty returns ErrNotEmpty unless the file is missing or a broker has kept
// nothing in it but notes to itself.
func ensureEmpty(ctx context.Context, path string) error {
	if found, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && found.Size() == 0 {
		return nil
	}
	file, err := sql.Open("sqlite3", sqliteName(path)+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		return err
	}
	defer file.Close()
	tables, err := names(ctx, file, "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err != nil {
		return fmt.Errorf("%w (it cannot be read: %w)", ErrNotEmpty, err)
	}
	for table := range tables {
		if isBookkeeping(table) {
			continue
		}
		var some bool
		if err := file.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM "`+strings.ReplaceAll(table, `"`, `""`)+`")`).Scan(&some); err != nil || some {
			return errors.Join(ErrNotEmpty, err)
		}
	}
	return nil
}

// isBookkeeping reports whether a table holds only what a broker writes down for
// itself at its first start.
func isBookkeeping(table string) bool {
	return slices.Contains([]string{migrationTable, "notes", "feed_places", "audit_chain"}, table) || strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "sqlite_")
}

// makeRoom makes the place of the database free: an empty one is removed, any other
// gets another name, with its write-ahead log.
func makeRoom(ctx context.Context, path string, options RestoreOptions) (aside string, err error) {
	if !options.Replace {
		return "", removeDatabase(path)
	}
	checkpoint(ctx, path)
	name := path + ".replaced-" + options.At.UTC().Format(backupTime)
	if !isMissing(name) {
		return "", fmt.Errorf("%s is there already; try again in a second", name)
	}
	for _, ending := range []string{"", "-wal", "-shm"} {
		err := os.Rename(path+ending, name+ending)
		switch {
		case err == nil && ending == "":
			aside = name
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return aside, err
		}
	}
	return aside, nil
}

// checkpoint brings what is in the write-ahead log into the file, as closing it does.
// Of a damaged file nothing can be brought; it is put aside as it is.
func checkpoint(ctx context.Context, path string) {
	if isMissing(path) {
		return
	}
	if file, err := sql.Open("sqlite3", sqliteName(path)+"?_busy_timeout=5000"); err == nil {
		_, _ = file.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)") // see above
		_ = file.Close()
	}
}
