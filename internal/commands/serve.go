package commands

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/archive"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/support/config"
)

func serve(cmd *cobra.Command, shell Shell) error {
	settings, logger, err := load(cmd, shell)
	if err != nil {
		return err
	}
	limitMemory(settings.Server)
	if settings.Database.Import != "" {
		if err := importAtStart(audit.Looking(asCommand(cmd, "import")), shell, settings); err != nil {
			return fail(err)
		}
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

// importAtStart imports the Pact Broker's tables in the same database, once.
func importAtStart(ctx context.Context, shell Shell, settings config.Settings) error {
	tick, began := report{shell: shell}.ticks(), time.Now()
	outcome, err := app.ImportInPlace(ctx, settings, false, app.ImportRequest{OnConflict: app.StopOnConflict, Progress: func(what string, kind archive.Kind, done int64) {
		tick(fmt.Sprintf("%s %d of kind %s", what, done, kind))
	}})
	if err != nil {
		return fmt.Errorf("import the Pact Broker's tables: %w", err)
	}
	if len(outcome.Imported.Kinds) > 0 {
		report{shell: Shell{Out: shell.Err, Err: shell.Err}}.imported(outcome.Imported, settings.Database.Shown(), time.Since(began))
	}
	return nil
}

// limitMemory makes Go collect garbage sooner when it holds more than the broker
// needs for the bodies that it works on at a time, unless GOMEMLIMIT is set.
func limitMemory(settings config.Server) {
	const apartFromBodies, perByte = 104 << 20, 3
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(apartFromBodies + perByte*settings.MaxConcurrentBodySize)
	}
}
