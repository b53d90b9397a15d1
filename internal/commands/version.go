package commands

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/client"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/release"
)

func newVersion(shell Shell) *cobra.Command {
	var remote remoteFlags
	cmd := &cobra.Command{
		Use: "version [URL]", Short: "Tell which version this is, and which one runs at an address", Args: cobra.MaximumNArgs(1),
		Annotations: map[string]string{withoutSettings: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := showVersion(shell); err != nil || len(args) == 0 {
				return err
			}
			return fail(showRemoteVersion(cmd.Context(), shell, remote, args[0]))
		},
	}
	remote.addCredentials(cmd.Flags())
	return cmd
}

// versionLine is what both broker version and broker --version tell.
func versionLine() string {
	return fmt.Sprintf("Accord %s, compatible with the Pact Broker %s (%s, %s/%s)\n",
		release.Version(), edge.CompatibleRelease, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func showVersion(shell Shell) error {
	_, err := fmt.Fprint(shell.Out, versionLine())
	return fail(err)
}

// showRemoteVersion tells what runs at the address, which only Accord knows to say.
func showRemoteVersion(ctx context.Context, shell Shell, remote remoteFlags, address string) error {
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return fmt.Errorf("%.200q is no address such as https://broker.example.org", address)
	}
	how := remote.of(shell, address)
	broker := client.Client{BaseURL: address, Token: how.Token, Username: how.Username, Password: how.Password, UserAgent: "broker/" + release.Version()}
	about, err := broker.About(ctx)
	if err != nil {
		return fmt.Errorf("cannot tell what runs at %s: %w", at.Redacted(), err)
	}
	_, err = fmt.Fprintf(shell.Out, "%s runs %s %s, compatible with the %s, on %s, since %s\n",
		at.Redacted(), about.Name, about.Version, about.CompatibleWith, about.Database, about.StartedAt.UTC().Format(time.DateTime))
	return err
}
