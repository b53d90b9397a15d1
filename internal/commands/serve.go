package commands

import (
	"errors"

	"github.com/spf13/cobra"

	"accord/internal/app"
	"accord/internal/support/config"
)

func serve(cmd *cobra.Command, shell Shell) error {
	settings, logger, err := load(cmd, shell)
	if err != nil {
		return err
	}
	broker, err := app.New(cmd.Context(), settings, logger)
	var problems config.Problems
	if errors.As(err, &problems) {
		return err
	}
	if err != nil {
		return fail(err)
	}
	return fail(errors.Join(broker.Run(cmd.Context(), shell.Out), broker.Close()))
}
