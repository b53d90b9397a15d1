package commands

import (
	"fmt"
	"runtime"

	"accord/internal/app"
	"accord/internal/edge"
)

func showVersion(shell Shell) error {
	_, err := fmt.Fprintf(shell.Out, "Accord %s, compatible with the Pact Broker %s (%s, %s/%s)\n",
		app.Version, edge.CompatibleRelease, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return fail(err)
}
