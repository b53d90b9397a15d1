package app

import (
	"context"
	"time"

	"github.com/google/uuid"

	"accord/internal/access"
	"accord/internal/store"
	"accord/internal/support/config"
)

// newTokens are the tokens of an open database.
func newTokens(db *store.DB) *access.Tokens {
	return &access.Tokens{
		Read:  db,
		Now:   time.Now,
		NewID: uuid.NewString,
		InTx: func(ctx context.Context, fn func(ctx context.Context, tx access.Tx) error) error {
			return db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		},
	}
}

// OpenTokens opens the tokens of the database that the settings name, whether or
// not a broker serves from it. Close in the end.
func OpenTokens(ctx context.Context, settings config.Settings) (tokens *access.Tokens, closing func() error, err error) {
	formats, err := versionFormats(settings.Versions)
	if err != nil {
		return nil, nil, err
	}
	options := storeOptions(settings, formats)
	options.Exclusive = false
	db, err := store.Open(ctx, options)
	if err != nil {
		return nil, nil, err
	}
	return newTokens(db), db.Close, nil
}

// usesStored is how often the times at which tokens were used are written down.
const usesStored = time.Minute

// storeTokenUses writes down when tokens were used, now and then until ctx ends
// and once more then. Wait returns when that is done.
func (a *App) storeTokenUses(ctx context.Context) (wait func()) {
	return everyNow(ctx, usesStored, func(ctx context.Context) {
		if err := a.tokens.StoreUses(ctx); err != nil {
			a.logger.Warn("when tokens were used could not be written down", "error", err)
		}
	})
}
