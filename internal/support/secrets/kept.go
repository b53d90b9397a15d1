package secrets

import (
	"context"
	"sync"
	"time"
)

// keptKeys are the keys of a store, which others may change: they are read again
// when something does not open.
type keptKeys struct {
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
	kept := &keptKeys{store: store}
	if err := kept.reload(ctx); err != nil {
		return Keyring{}, err
	}
	return Keyring{kept: kept}, nil
}

// reload reads the keys.
func (k *keptKeys) reload(ctx context.Context) error {
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
	if k.kept == nil {
		return k
	}
	k.kept.mutex.Lock()
	defer k.kept.mutex.Unlock()
	return k.kept.now
}

// Refresh reads the keys again, where they can change.
func (k Keyring) Refresh(ctx context.Context) error {
	if k.kept == nil {
		return nil
	}
	return k.kept.reload(ctx)
}

// readAgain reads the keys again if that may help, and reports whether it did.
func (k Keyring) readAgain() bool {
	if k.kept == nil {
		return false
	}
	k.kept.mutex.Lock()
	due := time.Since(k.kept.read) >= pauseToRead
	k.kept.mutex.Unlock()
	const timeout = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return due && k.kept.reload(ctx) == nil
}
