package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/accord-broker/accord/internal/store/backups"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
)

const (
	// keptOnSchedule is how many backups are kept where nothing else is set.
	keptOnSchedule = 14
	// backupTimeout is more than any backup takes, and backupAgain how long to wait
	// before one that failed is tried again.
	backupTimeout = 24 * time.Hour
	backupAgain   = 15 * time.Minute
	// besideDatabase is the folder for backups where none is set.
	besideDatabase = "backups"
)

// BackupAddress is where backups are kept: to if it is given, else what is set, else
// a folder beside the database.
func BackupAddress(settings config.Settings, to string) string {
	file, _ := settings.Database.File()
	return cmp.Or(to, settings.Backups.To, filepath.Join(filepath.Dir(file), besideDatabase))
}

// BackupPlace is the place at an address, for which the settings may hold keys.
func BackupPlace(settings config.Settings, address string) (backups.Place, error) {
	return backups.Open(address, backups.Store(settings.Backups.Store))
}

// checkBackupFolder refuses a folder for backups on schedule that is not there: nobody would
// learn that there are none until one is needed.
func checkBackupFolder(set config.Backups) error {
	if set.Schedule == nil || set.To == "" || backups.IsStore(set.To) {
		return nil
	}
	if folder, err := os.Stat(set.To); errors.Is(err, fs.ErrNotExist) || err == nil && !folder.IsDir() {
		return config.Problems{fmt.Sprintf("PACT_BROKER_BACKUP_TO is %s: %v", set.To, db.ErrNoTarget)}
	}
	return nil
}

// Backup copies the SQLite database of the settings to an address, checks the copy,
// and keeps so many of them; 0 keeps all.
func Backup(ctx context.Context, settings config.Settings, to string, keep int, progress backups.Progress) (db.Backup, error) {
	address := BackupAddress(settings, to)
	if to == "" && settings.Backups.To == "" {
		if err := makeFolder(settings, address); err != nil {
			return db.Backup{}, err
		}
	}
	place, err := BackupPlace(settings, address)
	if err != nil {
		return db.Backup{}, err
	}
	return place.Take(ctx, backups.Options{URL: settings.Database.URL, Keep: keep, At: time.Now(), Progress: progress})
}

// makeFolder makes the folder beside the database, if that is there.
func makeFolder(settings config.Settings, folder string) error {
	file, _ := settings.Database.File()
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("%s: %w", file, db.ErrNothingThere)
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Restore puts a backup in the place of the SQLite database of the settings, and
// returns which one that was: from names it, or the place whose newest is taken.
func Restore(ctx context.Context, settings config.Settings, from string, replace bool, progress backups.Progress) (db.Restored, string, error) {
	file, _ := settings.Database.File()
	address, name := backups.Split(from)
	place, err := BackupPlace(settings, address)
	if err != nil {
		return db.Restored{}, from, err
	}
	if name == "" {
		newest, found, err := place.Newest(ctx, file)
		if err == nil && !found {
			err = fmt.Errorf("%s: %w: none is named %s…", address, backups.ErrNone, db.BackupStem(file))
		}
		if err != nil {
			return db.Restored{}, from, err
		}
		from, name = newest.Name, path.Base(newest.Name)
	}
	fetched, err := place.Fetch(ctx, name, file, progress)
	if err != nil {
		return db.Restored{}, from, err
	}
	restored, err := db.Restore(ctx, db.RestoreOptions{File: fetched.Path, Compared: fetched.Compared, URL: settings.Database.URL, Replace: replace, At: time.Now(), Progress: progress})
	return restored, from, errors.Join(err, fetched.Release())
}

// newestBackup is the last backup that is where the settings say.
func newestBackup(ctx context.Context, settings config.Settings) (backups.Copy, bool, error) {
	address := BackupAddress(settings, "")
	if _, err := os.Stat(address); errors.Is(err, fs.ErrNotExist) && settings.Backups.To == "" {
		return backups.Copy{}, false, nil // it is made with the first
	}
	place, err := BackupPlace(settings, address)
	if err != nil {
		return backups.Copy{}, false, err
	}
	file, _ := settings.Database.File()
	return place.Newest(ctx, file)
}

// BackupAge is how it stands with the backups of a database.
type BackupAge struct {
	// Newest is the address of the last backup, and At of when it is; empty if there
	// is none.
	Newest string
	At     time.Time
	// Overdue tells that there should be a newer one.
	Overdue bool
}

// CheckBackups looks for the newest backup where the settings say. It returns false
// if they ask for none.
func CheckBackups(ctx context.Context, settings config.Settings, now time.Time) (BackupAge, bool, error) {
	set := settings.Backups
	if _, isFile := settings.Database.File(); !isFile || set.Schedule == nil && set.MaxAge == 0 {
		return BackupAge{}, false, nil
	}
	newest, found, err := newestBackup(ctx, settings)
	if err != nil || !found {
		return BackupAge{Overdue: true}, true, err
	}
	return BackupAge{Newest: newest.Name, At: newest.At, Overdue: now.After(overdueAt(set, newest.At))}, true, nil
}

// overdueAt is from when on a backup of some moment is too old.
func overdueAt(set config.Backups, newest time.Time) time.Time {
	if set.MaxAge > 0 {
		return newest.Add(set.MaxAge)
	}
	next := localSchedule{set.Schedule}
	return next.Next(next.Next(newest))
}

// backupNow makes a backup if one is due, and tells log and metrics what came of it.
func (a *App) backupNow(ctx context.Context) error {
	set := a.settings.Backups
	newest, found, err := newestBackup(ctx, a.settings)
	if found {
		a.metrics.LastBackup(newest.At)
		if (localSchedule{set.Schedule}).Next(newest.At).After(time.Now()) {
			return nil
		}
	}
	began, made := time.Now(), db.Backup{}
	if err == nil {
		made, err = Backup(ctx, a.settings, "", cmp.Or(set.Keep, keptOnSchedule), func(int64, int64) {})
	}
	fields := []any{"file", made.File, "bytes", made.Size, "schema", made.Schema, "deleted", len(made.Deleted), "took", time.Since(began).Round(time.Millisecond).String()}
	if made.File != "" {
		a.metrics.LastBackup(began)
		a.metrics.BackedUp("finished", made.Size)
		a.logger.InfoContext(ctx, "backed up", fields...)
	}
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	if made.File == "" {
		a.metrics.BackedUp("failed", 0)
	}
	a.logger.WarnContext(ctx, "backing up failed", "to", BackupAddress(a.settings, ""), "error", err, "again_in", backupAgain.String())
	return err
}
