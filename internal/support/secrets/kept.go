package secrets

import (
	"context"
	"sync"
	"time"
)

// storedKeys are the keys of a store, which others may change: they are read again
// now and then, and when something does not open.
type storedKeys struct {
	store KeyStore
	mutex sync.Mutex
	now   Keyring
	read  time.Time
}

// pauseToRead is how soon keys are read again that did not open something.
const pauseToRead = 2 * time.Second

// Open makes a keyring of the keys of a store, that follows their changes. It has
// no key for as long as the store has none.
func Open(ctx context.Context, store KeyStore) (Keyring, error) {
	kept := &storedKeys{store: store}
	if err := kept.reload(ctx); err != nil {
		return Keyring{}, err
	}
	return Keyring{kept: kept}, nil
}

// reload reads the keys.
func (k *storedKeys) reload(ctx context.Context) error {
	text, _, err := k.store.Read(ctx)
	if err != nil || text == "" {
		return err
	}
	keyring, err := Parse(text)
	if err != nil {
		return wrongKeys(k.store, err)
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.now, k.read = keyring, time.Now() //nolint:forbidigo // a pause between two readings, in no transaction
	return nil
}

// latest is the keyring as it was read last.
func (k Keyring) latest() Keyring {
	latest, _ := k.latestRead()
	return latest
}

// Refresh reads the keys again, where they can change.
func (k Keyring) Refresh(ctx context.Context) error {
	if k.kept == nil {
		return nil
	}
	return k.kept.reload(ctx)
}

// latestRead is latest, and when that was read.
func (k Keyring) latestRead() (Keyring, time.Time) {
	if k.kept == nil {
		return k, time.Time{}
	}
	k.kept.mutex.Lock()
	defer k.kept.mutex.Unlock()
	return k.kept.now, k.kept.read
}

// unopened is the error of what the keys do not open that were read at a time.
type unopened struct {
	error
	kept *storedKeys
	read time.Time
}

func (u *unopened) Unwrap() error { return u.error }

// Remedy reads the keys again if that may help, and reports whether they have been read
// since. It waits for the store, so it is for outside of transactions.
func (u *unopened) Remedy(ctx context.Context) bool {
	if u.kept == nil {
		return false
	}
	u.kept.mutex.Lock()
	read := u.kept.read
	u.kept.mutex.Unlock()
	if !read.Equal(u.read) {
		return true
	}
	const timeout = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return time.Since(read) >= pauseToRead && u.kept.reload(ctx) == nil
}
