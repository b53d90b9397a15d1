package commands

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"accord/internal/app"
	"accord/internal/store"
	"accord/internal/store/db"
	"accord/internal/support/config"
)

// migrate brings the database up to date, whatever auto_migrate_db says.
func migrate(cmd *cobra.Command, shell Shell) error {
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	return fail(migrateDatabase(cmd.Context(), settings.Database, shell))
}

func migrateDatabase(ctx context.Context, settings config.Database, shell Shell) error {
	url := app.DatabaseURL(settings)
	before, err := db.Inspect(ctx, url)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	if before.Schema == before.Latest {
		fmt.Fprintf(shell.Out, "%s is up to date (schema %d).\n", settings.Shown(), before.Latest)
	} else {
		fmt.Fprintf(shell.Out, "%s was brought from schema %d to %d.\n", settings.Shown(), before.Schema, before.Latest)
	}
	return nil
}
