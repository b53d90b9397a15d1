package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/support/config"
)

// migrate brings the database up to date, whatever auto_migrate_db says.
func migrate(cmd *cobra.Command, shell Shell) error {
	if slices.ContainsFunc(shell.Environ, func(variable string) bool { return strings.HasPrefix(variable, migrationLimit+"=") }) {
		return errors.New(migrationLimit + " names a migration of the Pact Broker; Accord has its own and always applies all: unset it")
	}
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	return fail(migrateDatabase(cmd.Context(), settings.Database, shell))
}

// showSchema tells how far the database was migrated.
func showSchema(cmd *cobra.Command, shell Shell) error {
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	state, err := db.Inspect(cmd.Context(), app.DatabaseURL(settings.Database))
	if err != nil {
		return fail(err)
	}
	_, err = fmt.Fprintln(shell.Out, state.Schema)
	return fail(err)
}

func migrateDatabase(ctx context.Context, settings config.Database, shell Shell) error {
	url := app.DatabaseURL(settings)
	before, err := db.Inspect(ctx, url)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: url, Beside: app.IsBeside(settings)})
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
