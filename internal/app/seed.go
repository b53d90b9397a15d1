package app

import (
	"context"
	"log/slog"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/example"
	"github.com/accord-broker/accord/internal/store"
)

// seeded is the note that the example data was loaded, or never shall be.
const seeded = "example data"

// Seed loads the example data if the settings want it and the database was
// empty when it was first opened with that setting. If that fails, for settings
// that the example does not fit, the broker does without. Run does this once it
// answers, so that the first start is as fast as any.
func (a *App) Seed(ctx context.Context) {
	if !a.settings.SeedExampleData {
		return
	}
	wanted, err := a.takeNote(ctx)
	if err == nil && wanted {
		err = a.tellExample(ctx)
	}
	if err != nil {
		a.logger.Warn("the example data could not be loaded", "error", err)
	}
}

// takeNote notes that the example data is dealt with, and reports whether it
// is to be loaded now: by one of several replicas, into an empty database.
func (a *App) takeNote(ctx context.Context) (wanted bool, err error) {
	err = a.db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		isNew, err := tx.AddNote(ctx, seeded)
		if err != nil || !isNew {
			return err
		}
		wanted, err = tx.IsEmpty(ctx)
		return err
	})
	return wanted, err
}

// tellExample tells the example to the broker, without access log or gate.
func (a *App) tellExample(ctx context.Context) error {
	serving := a.serving
	serving.Logger, serving.Gate = slog.New(slog.DiscardHandler), nil
	return example.Send(ctx, caller{edge.New(serving)}.call, func(int) {})
}
