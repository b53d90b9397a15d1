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

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/store/backups"
	"github.com/accord-broker/accord/internal/support/config"
)

// healthTimeout is how long the broker may take to say that it is well.
const healthTimeout = 5 * time.Second

// backupsTimeout is how long the place of backups may take to say what is there.
const backupsTimeout = 30 * time.Second

func newHealth(shell Shell) *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Ask the broker of this machine whether it answers", Args: cobra.NoArgs,
		Long: "Asks the broker that serves with the same settings for its heartbeat: for health\n" +
			"checks of containers without a shell or wget.\n\n" +
			"It also tells if the newest backup in a folder is too old; for one in a store\n" +
			"ask broker doctor or the metrics.\n\n" +
			"Exit codes: 0 it answers, 1 it does not, 2 wrong usage or settings.",
		Example: "  HEALTHCHECK CMD [\"broker\", \"health\"]",
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, _, err := load(cmd, shell)
			if err != nil {
				return err
			}
			if err := askHeartbeat(cmd.Context(), settings, shell.Out); err != nil {
				return fail(err)
			}
			return fail(noteBackups(cmd.Context(), settings, shell.Out))
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

// noteBackups tells of backups that are too old. The broker is well all the same: to
// start it anew would change nothing. A store is not asked as often as this is called.
func noteBackups(ctx context.Context, settings config.Settings, out io.Writer) error {
	if backups.IsStore(settings.Backups.To) {
		return nil
	}
	age, _, err := app.CheckBackups(ctx, settings, time.Now())
	note := ""
	switch {
	case err != nil:
		note = oneLine(err)
	case age.Overdue:
		note = overdue(settings, age)
	default:
		return nil
	}
	_, err = fmt.Fprintf(out, "note: %s\n", note)
	return err
}
