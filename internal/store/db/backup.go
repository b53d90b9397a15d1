package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/mattn/go-sqlite3"
)

// Reasons for which nothing was backed up or restored.
var (
	// ErrNothingThere is for a database that has not been made yet.
	ErrNothingThere = errors.New("there is nothing to back up: the database has no tables")
	// ErrBackupRunning is for a folder into which another process copies right now.
	ErrBackupRunning = errors.New("another backup into this folder is running")
	// ErrNoTarget is for a folder for backups that is not there.
	ErrNoTarget = errors.New("there is no such folder; make it first")
	// ErrDamaged is for a file in which SQLite finds what cannot be.
	ErrDamaged = errors.New("the database is damaged")
)

// damagedOr adds ErrDamaged, or that it is no SQLite database at all, to what
// SQLite says of a file that it cannot make sense of.
func damagedOr(err error) error {
	var lite sqlite3.Error
	switch {
	case !errors.As(err, &lite):
		return err
	case lite.Code == sqlite3.ErrCorrupt:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case lite.Code == sqlite3.ErrNotADB:
		return fmt.Errorf("it is no SQLite database: %w", err)
	}
	return err
}

// BackupOptions say what to back up, and where to.
type BackupOptions struct {
	// URL names the SQLite database, which may be in use.
	URL string
	// Folder is where the copy goes. It must be there.
	Folder string
	// Keep is how many copies of this database the folder keeps, the new one
	// among them; 0 keeps all.
	Keep int
	// At is the time by which the copy is named.
	At time.Time
	// Progress is told how many bytes have been copied, of how many.
	Progress func(copied, all int64)
	// Send takes the copy to where it is kept, if that is not the folder: the copy
	// in it is deleted then, and so is one that a killed process has left there.
	Send func(ctx context.Context, made Backup) error
}

// Backup is a copy of a SQLite database that SQLite can read from end to end.
type Backup struct {
	File   string
	Size   int64
	Schema int64
	// Dangling says of each table how many of its rows refer to nothing, in the copy as in
	// the database.
	Dangling []string
	// Deleted are older copies that were not to be kept.
	Deleted []string
}

// Incomplete is the reason why no older copy may be deleted in favour of this one, which
// is made all the same; nil if there is none.
func (b Backup) Incomplete() error {
	if err := Dangling(b.Dangling); err != nil {
		return fmt.Errorf("the backup is done and no older one deleted, but in the database %w; look for a backup from before, and see `broker doctor`", err)
	}
	return nil
}

const (
	backupTime   = "20060102T150405Z"
	backupEnding = ".db"
	// unfinished ends the name of a copy that is being written.
	unfinished = ".partial"
)

// TakeBackup copies a SQLite database while others write to it, into a file that
// its owner alone can read. The file gets its name only after it was read again
// and found undamaged, so whatever has the name of a backup is one. Its SHA-256
// stands in a file beside it. A copy in which references lead nowhere is returned
// with ErrDangling, and nothing is deleted for it.
func TakeBackup(ctx context.Context, options BackupOptions) (Backup, error) {
	path, err := backupSource(ctx, options)
	if err != nil {
		return Backup{}, err
	}
	lock := flock.New(filepath.Join(options.Folder, ".accord-backup.lock"), flock.SetPermissions(0o600))
	if locked, err := lock.TryLock(); err != nil || !locked {
		if err == nil {
			err = ErrBackupRunning
		}
		return Backup{}, fmt.Errorf("back up into %s: %w", options.Folder, errors.Join(plainly(err), lock.Close()))
	}
	if options.Send != nil {
		err = sendBackup(ctx, path, options)
		return Backup{}, errors.Join(err, lock.Close())
	}
	backup, err := writeBackup(ctx, path, options)
	if err == nil {
		err = backup.Incomplete()
	}
	if err == nil && options.Keep > 0 {
		if backup.Deleted, err = deleteBackups(path, options.Folder, options.Keep); err != nil {
			err = fmt.Errorf("the backup is done, but %w", err)
		}
	}
	return backup, errors.Join(err, lock.Close())
}

// sendBackup writes the copy, has it taken elsewhere, and leaves none in the folder.
func sendBackup(ctx context.Context, path string, options BackupOptions) error {
	if _, err := deleteBackups(path, options.Folder, 0); err != nil {
		return err
	}
	made, err := writeBackup(ctx, path, options)
	if err != nil {
		return err
	}
	return errors.Join(options.Send(ctx, made), os.Remove(made.File))
}

// backupSource is the file to copy, if there is something in it.
func backupSource(ctx context.Context, options BackupOptions) (string, error) {
	path, isFile := SQLitePath(options.URL)
	if !isFile {
		return "", errors.New("only SQLite databases are copied")
	}
	if isMissing(options.Folder) {
		return "", fmt.Errorf("back up into %s: %w", options.Folder, ErrNoTarget)
	}
	state, err := inspectSQLite(ctx, path)
	switch {
	case err != nil:
		return "", damagedOr(err)
	case state.Foreign:
		return "", ErrForeign
	case state.Schema == 0:
		return "", ErrNothingThere
	}
	return path, nil
}

// writeBackup writes the copy under another name, checks it and gives it its own.
func writeBackup(ctx context.Context, path string, options BackupOptions) (Backup, error) {
	name := filepath.Join(options.Folder, BackupStem(path)+options.At.UTC().Format(backupTime)+backupEnding)
	if !isMissing(name) {
		return Backup{}, fmt.Errorf("%s is there already; try again in a second", name)
	}
	if err := deleteUnfinished(path, options.Folder); err != nil {
		return Backup{}, err
	}
	draft := name + unfinished
	schema, err := copyFile(ctx, path, draft, options.Progress)
	if err == nil {
		var found int64
		found, err = checkCopy(ctx, draft)
		if err == nil && found != schema {
			err = fmt.Errorf("the copy has schema %d, the database %d", found, schema)
		}
	}
	var dangling []string
	if err == nil {
		dangling, err = danglingIn(ctx, draft)
	}
	if err == nil && options.Send == nil {
		err = writeSum(draft, name)
	}
	if err == nil {
		err = finish(draft, name)
	}
	if err != nil {
		return Backup{}, errors.Join(fmt.Errorf("back up %s: %w", path, damagedOr(err)), removeDatabase(draft), removeSum(name))
	}
	made, err := os.Stat(name)
	if err != nil {
		return Backup{}, err
	}
	return Backup{File: name, Size: made.Size(), Schema: schema, Dangling: dangling}, nil
}

// BackupStem is how the names of all copies of a database file begin.
func BackupStem(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base)) + "-"
}

// BackupTime is the time by which a copy of a database file is named, and whether
// the name is that of such a copy.
func BackupTime(path, name string) (at time.Time, is bool) {
	rest, begins := strings.CutPrefix(name, BackupStem(path))
	text, ends := strings.CutSuffix(rest, backupEnding)
	at, err := time.Parse(backupTime, text)
	return at, begins && ends && err == nil
}

// deleteUnfinished removes what a backup left that was killed.
func deleteUnfinished(path, folder string) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, file := range files {
		name, draft := strings.CutSuffix(file.Name(), unfinished)
		if _, is := BackupTime(path, name); draft && is {
			left := filepath.Join(folder, name)
			if err := errors.Join(removeDatabase(left+unfinished), removeSum(left)); err != nil {
				return err
			}
		}
	}
	return nil
}

// deleteBackups removes all copies of the database but the newest ones.
func deleteBackups(path, folder string, keep int) ([]string, error) {
	copies, err := Backups(path, folder)
	if err != nil || len(copies) <= keep {
		return nil, err
	}
	var deleted []string
	for _, old := range copies[:len(copies)-keep] {
		if err := removeBackup(old); err != nil {
			return deleted, fmt.Errorf("an older backup could not be deleted: %w", err)
		}
		deleted = append(deleted, old)
	}
	return deleted, nil
}

// Backups are the copies of a database file in a folder, the oldest first.
func Backups(path, folder string) ([]string, error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var copies []string
	for _, file := range files {
		if _, is := BackupTime(path, file.Name()); is {
			copies = append(copies, filepath.Join(folder, file.Name()))
		}
	}
	slices.Sort(copies) // which is by time
	return copies, nil
}

// checkCopy reads all of a SQLite file and returns its schema.
func checkCopy(ctx context.Context, path string) (schema int64, err error) {
	file, err := sql.Open("sqlite3", sqliteName(path)+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var found string
	if err := file.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
		return 0, err
	}
	if found != "ok" {
		return 0, fmt.Errorf("%w: %s", ErrDamaged, strings.ReplaceAll(found, "\n", "; "))
	}
	state, err := look(ctx, file, SQLite, "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err == nil {
		err = state.notABackup()
	}
	return state.Schema, err
}

// notABackup is the reason why a file cannot take the place of the database.
func (s State) notABackup() error {
	switch {
	case s.Foreign:
		return ErrForeign
	case s.Schema == 0:
		return errors.New("it holds none of Accord's tables")
	}
	return nil
}
