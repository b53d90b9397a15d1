package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/support/config"
)

// healthTimeout is how long the broker may take to say that it is well.
const healthTimeout = 5 * time.Second

func newHealth(shell Shell) *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Ask the broker of this machine whether it answers", Args: cobra.NoArgs,
		Long: "Asks the broker that serves with the same settings for its heartbeat: for health\n" +
			"checks of containers without a shell or wget.\n\n" +
			"Exit codes: 0 it answers, 1 it does not, 2 wrong usage or settings.",
		Example: "  HEALTHCHECK CMD [\"broker\", \"health\"]",
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, _, err := load(cmd, shell)
			if err != nil {
				return err
			}
			return fail(askHeartbeat(cmd.Context(), settings, shell.Out))
		},
	}
}

func askHeartbeat(ctx context.Context, settings config.Settings, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	address := "http://" + heartbeatHost(settings.Server) + "/diagnostic/status/heartbeat"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	if settings.Access.Username != "" {
		request.SetBasicAuth(settings.Access.Username, settings.Access.Password)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("no broker answers at %s: %w", address, errors.Unwrap(err))
	}
	defer response.Body.Close()
	// A broker that asks for a token has answered, and it is well.
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("%s answered %s; its log says why", address, response.Status)
	}
	_, err = fmt.Fprintf(out, "the broker at %s answers\n", address)
	return err
}

// heartbeatHost is where the broker can be reached from its own machine.
func heartbeatHost(server config.Server) string {
	host := server.Host
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(server.Port))
}
