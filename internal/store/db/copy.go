package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-sqlite3"
)

// pagesAtOnce is how many pages are copied between two looks at the context.
const pagesAtOnce = 1024

// copyFile copies a SQLite database into a new file that its owner alone can
// read, and returns its schema. Others may write to it meanwhile: the copy is of
// the moment at which it began.
func copyFile(ctx context.Context, from, to string, progress func(copied, all int64)) (schema int64, err error) {
	source, err := sql.Open("sqlite3", sqliteName(from)+"?mode=ro&_busy_timeout=5000&_query_only=true")
	if err != nil {
		return 0, err
	}
	defer source.Close()
	reading, err := source.Conn(ctx)
	if err != nil {
		return 0, plainly(err)
	}
	defer reading.Close()
	// Without a transaction of its own, each write by another process would begin
	// the copy anew.
	if _, err := reading.ExecContext(ctx, "BEGIN"); err != nil {
		return 0, err
	}
	defer func() {
		_, _ = reading.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // nothing was written, so nothing is lost
	}()
	var pageSize, pages int64
	if err := reading.QueryRowContext(ctx, "SELECT page_size, page_count FROM pragma_page_size, pragma_page_count, (SELECT count(*) FROM sqlite_master)").Scan(&pageSize, &pages); err != nil {
		return 0, fmt.Errorf("read %s: %w", from, err)
	}
	if schema, err = schemaIn(ctx, reading); err != nil {
		return 0, fmt.Errorf("read %s: %w", from, err)
	}
	if err := ensureSpace(filepath.Dir(to), pageSize*pages); err != nil {
		return 0, err
	}
	if err := makeNewFile(to); err != nil {
		return 0, err
	}
	return schema, copyInto(ctx, reading, to, func(copied, all int) { progress(int64(copied)*pageSize, int64(all)*pageSize) })
}

// schemaIn is the number of the last migration, 0 if there was none.
func schemaIn(ctx context.Context, reading *sql.Conn) (schema int64, err error) {
	var migrated bool
	const sqlIsMigrated = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '" + migrationTable + "')"
	if err := reading.QueryRowContext(ctx, sqlIsMigrated).Scan(&migrated); err != nil || !migrated {
		return 0, err
	}
	err = reading.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+migrationTable).Scan(&schema)
	return schema, err
}

func makeNewFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return plainly(err)
	}
	return file.Close()
}

// copyInto copies page by page. The copy is left without a write-ahead log, so
// that it is one file and can be read from a disk that cannot be written.
func copyInto(ctx context.Context, reading *sql.Conn, to string, progress func(copied, all int)) error {
	target, err := sql.Open("sqlite3", sqliteName(to)+"?_synchronous=FULL")
	if err != nil {
		return err
	}
	target.SetMaxOpenConns(1)
	err = reading.Raw(func(from any) error {
		return onSQLite(ctx, target, func(c sqliteConn) error { return copyPages(ctx, from.(*sqlite3.SQLiteConn), c, progress) })
	})
	if err == nil {
		_, err = target.ExecContext(ctx, "PRAGMA journal_mode=DELETE")
	}
	return errors.Join(err, target.Close())
}

func copyPages(ctx context.Context, from *sqlite3.SQLiteConn, to sqliteConn, progress func(copied, all int)) error {
	copying, err := to.Backup("main", from, "main")
	if err != nil {
		return err
	}
	for {
		before := copying.Remaining()
		done, err := copying.Step(pagesAtOnce)
		if err == nil && !done {
			err = ctx.Err()
		}
		if err != nil {
			// The step has told what was wrong; ending it would only say so again.
			_ = copying.Finish()
			return err
		}
		progress(copying.PageCount()-copying.Remaining(), copying.PageCount())
		if done {
			return copying.Finish()
		}
		if copying.Remaining() == before {
			select { // somebody holds the file for a moment
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

// finish gives a file that was written its name, for good: after a power cut it
// is there under the one name or the other, and whole.
func finish(draft, name string) error {
	file, err := os.OpenFile(draft, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(draft, name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// removeDatabase removes a SQLite file with those that SQLite puts beside it.
func removeDatabase(path string) error {
	var all error
	for _, ending := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(path + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}

// ensureSpace returns an error if a disk has too little room for a file.
func ensureSpace(folder string, size int64) error {
	free, known := freeSpace(folder)
	if known && free < size {
		return fmt.Errorf("the disk of %s has %d MB left, but %d MB are needed; free some space or take another folder", folder, free>>20, size>>20+1)
	}
	return nil
}
