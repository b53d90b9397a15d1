// Package backups takes copies of a SQLite database to where they are kept, a
// folder or a store that speaks the protocol of Amazon S3, and gets them back. It
// is the home of the client of such stores.
package backups

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/store/db"
)

// Place is where the copies of a database are kept.
type Place interface {
	// Take copies the database, checks what was written, and deletes copies that are
	// not to be kept.
	Take(ctx context.Context, options Options) (db.Backup, error)
	// Newest is the last copy of a database file. It returns false if there is none.
	Newest(ctx context.Context, path string) (Copy, bool, error)
	// Fetch makes a copy readable on this machine, until it is released.
	Fetch(ctx context.Context, name, beside string, progress Progress) (Fetched, error)
}

// Fetched is a copy that can be read on this machine.
type Fetched struct {
	Path string
	// Compared tells that it was found to be what was sent.
	Compared bool
	Release  func() error
}

// Options say what to copy.
type Options struct {
	// URL names the SQLite database, which may be in use.
	URL string
	// Keep is how many copies are kept, the new one among them; 0 keeps all.
	Keep int
	// At is the time by which the copy is named.
	At       time.Time
	Progress Progress
}

// Progress is told how many bytes are done, of how many.
type Progress func(done, all int64)

// Copy is a copy that is kept.
type Copy struct {
	// Name is the address of the copy.
	Name string
	// At is the moment of which it is.
	At time.Time
}

// ErrNone is for a place that holds no copy of the database.
var ErrNone = errors.New("there is no backup of this database")

// Open returns the place of an address: a folder, or s3://bucket/prefix in a store.
func Open(address string, store Store) (Place, error) {
	if !IsStore(address) {
		return folder(address), nil
	}
	return openBucket(address, store)
}

// IsStore reports whether an address is one in a store, not a folder.
func IsStore(address string) bool { return strings.HasPrefix(address, scheme) }

// Split parts the address of a copy into that of its place and its name, which is
// empty if the address is that of a place.
func Split(address string) (place, name string) {
	if IsStore(address) {
		if !strings.HasSuffix(address, ".db") {
			return address, ""
		}
		at := strings.LastIndexByte(address, '/')
		return address[:at], address[at+1:]
	}
	if found, err := os.Stat(address); err == nil && found.IsDir() {
		return address, ""
	}
	return filepath.Dir(address), filepath.Base(address)
}

// folder is a folder of this machine.
type folder string

// Take copies the database into the folder.
func (f folder) Take(ctx context.Context, options Options) (db.Backup, error) {
	return db.TakeBackup(ctx, db.BackupOptions{URL: options.URL, Folder: string(f), Keep: options.Keep, At: options.At, Progress: options.Progress})
}

// Newest is the last copy in the folder.
func (f folder) Newest(_ context.Context, path string) (Copy, bool, error) {
	names, err := db.Backups(path, string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return Copy{}, false, fmt.Errorf("look for backups in %s: %w", string(f), db.ErrNoTarget)
	}
	if err != nil {
		return Copy{}, false, fmt.Errorf("look for backups: %w", err)
	}
	if len(names) == 0 {
		return Copy{}, false, nil
	}
	last := names[len(names)-1]
	at, _ := db.BackupTime(path, filepath.Base(last))
	return Copy{Name: last, At: at}, true, nil
}

// Fetch returns where the copy is.
func (f folder) Fetch(_ context.Context, name, _ string, _ Progress) (Fetched, error) {
	return Fetched{Path: filepath.Join(string(f), name), Release: func() error { return nil }}, nil
}
