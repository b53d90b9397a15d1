package commands

import (
	"fmt"
	"runtime"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/release"
)

// versionLine is what both broker version and broker --version tell.
func versionLine() string {
	return fmt.Sprintf("Accord %s, compatible with the Pact Broker %s (%s, %s/%s)\n",
		release.Version(), edge.CompatibleRelease, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func showVersion(shell Shell) error {
	_, err := fmt.Fprint(shell.Out, versionLine())
	return fail(err)
}
