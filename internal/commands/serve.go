package commands

import (
	"errors"
	"math"
	"runtime/debug"

	"github.com/spf13/cobra"

	"accord/internal/app"
	"accord/internal/support/config"
)

func serve(cmd *cobra.Command, shell Shell) error {
	settings, logger, err := load(cmd, shell)
	if err != nil {
		return err
	}
	limitMemory(settings.Server)
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

// limitMemory makes Go collect garbage sooner when it holds more than the broker
// needs for the bodies that it works on at a time, unless GOMEMLIMIT is set.
func limitMemory(settings config.Server) {
	const apartFromBodies, perByte = 104 << 20, 3
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(apartFromBodies + perByte*settings.MaxConcurrentBodySize)
	}
}
