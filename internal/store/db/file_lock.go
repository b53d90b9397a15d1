package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// A SQLite file has one broker: two would both take up the jobs in it, and send
// a webhook twice. So a broker locks a file beside it, which says whose it is, and
// the file itself, which may have another name elsewhere. The locks end with its
// process, however that ends. (SQLite's own locks are of another kind.)

// InUseError tells that a broker serves from the SQLite file already.
type InUseError struct {
	// File is the database, By the process that uses it.
	File, By string
}

// Error says which process it is.
func (e *InUseError) Error() string {
	return fmt.Sprintf("another broker serves from %s: %s", e.File, e.By)
}

// lockFile takes the SQLite file for this process until release is called. It
// returns an InUseError if another process has it.
func lockFile(path string) (release func() error, err error) {
	lock := flock.New(lockName(path), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock database %s: %w", path, err)
	}
	if !locked {
		return nil, &InUseError{File: path, By: ownerOf(path)}
	}
	itself, err := lockItself(path)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := os.WriteFile(lock.Path(), []byte(thisProcess()), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock database %s: %w", path, err), itself(), lock.Close())
	}
	return func() error { return errors.Join(itself(), lock.Close()) }, nil
}

// lockItself locks the file of the database, whatever its name is. Where the file
// system knows no such locks, or takes them for those of SQLite as NFS does, the
// file beside it must do.
func lockItself(path string) (release func() error, err error) {
	nothing := func() error { return nil }
	if !hasOwnLocks(path) {
		return nothing, nil
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR))
	locked, err := lock.TryLock()
	switch {
	case err != nil:
		return nothing, lock.Close()
	case !locked:
		return nil, errors.Join(&InUseError{File: path, By: holderOf(path)}, lock.Close())
	}
	return lock.Close, nil
}

// fileInUse returns an InUseError if a broker serves from the SQLite file.
func fileInUse(path string) error {
	if err := usedUnderItsName(path); err != nil || !hasOwnLocks(path) {
		return err
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if err != nil || free {
		return lock.Close()
	}
	return errors.Join(&InUseError{File: path, By: holderOf(path)}, lock.Close())
}

func usedUnderItsName(path string) error {
	if _, err := os.Stat(lockName(path)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	lock := flock.New(lockName(path), flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if err != nil || free {
		return errors.Join(err, lock.Close())
	}
	return errors.Join(&InUseError{File: path, By: ownerOf(path)}, lock.Close())
}

// lockName is the file to lock, the same whatever links lead to the database.
func lockName(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path + ".lock"
}

func thisProcess() string {
	process := "process " + strconv.Itoa(os.Getpid())
	if host, err := os.Hostname(); err == nil {
		process += " on " + host
	}
	return process + "\n"
}

// ownerOf is what the process that has locked the file wrote about itself.
func ownerOf(path string) string {
	content, err := os.ReadFile(lockName(path))
	if owner := strings.TrimSpace(string(content)); err == nil && owner != "" {
		return owner
	}
	return "a process that has just started"
}
