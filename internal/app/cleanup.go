package app

import (
	"context"
	"errors"
	"time"

	"accord/internal/store"
	"accord/internal/support/config"
)

// FindSuperfluous counts what could be deleted from the database that the
// settings name, which must be up to date, whether or not a broker serves from it.
func FindSuperfluous(ctx context.Context, settings config.Settings, before time.Time, progress store.Progress) ([]store.Superfluous, error) {
	database, err := openToRead(ctx, settings)
	if err != nil {
		return nil, err
	}
	found, err := database.FindSuperfluous(ctx, before, progress)
	return found, errors.Join(err, database.Close())
}
