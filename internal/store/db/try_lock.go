package db

import (
	"context"
	"fmt"
	"time"

	"github.com/gofrs/flock"
)

// letGoWithin is how long giving up a lock may take.
const letGoWithin = 5 * time.Second

// TryLock locks the name for this process until unlock is called, or the process ends,
// however it does. locked is false, at once, if another one holds the lock.
func (d *DB) TryLock(ctx context.Context, name string) (unlock func(), locked bool, err error) {
	if path, ok := SQLitePath(d.options.URL); ok {
		lock := flock.New(lockName(path)+"."+name, flock.SetPermissions(0o600))
		locked, err := lock.TryLock()
		if err != nil {
			return nil, false, fmt.Errorf("lock %s: %w", name, err)
		}
		return func() { _ = lock.Close() }, locked, nil // the process lets go of it anyway
	}
	lent, err := d.lend(ctx)
	if err != nil {
		return nil, false, d.unavailable(err)
	}
	err = within(ctx, d.answerTimeout, errSilent, func(ctx context.Context) error {
		return lent.QueryRow(ctx, "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", "accord "+name).Scan(&locked)
	})
	if err != nil || !locked {
		lent.Release()
		return nil, false, d.unavailable(err)
	}
	return func() {
		// Closing the connection gives up the lock, too, whatever state it is in, but
		// some time later: until then the next one would find it taken.
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), letGoWithin)
		defer cancel()
		conn := lent.Hijack()
		_, _ = conn.Exec(ending, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", "accord "+name)
		_ = conn.Close(ending)
	}, true, nil
}
