package commands

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/example"
	"github.com/accord-broker/accord/internal/moving"
)

// demoFlags are how `broker demo` was called.
type demoFlags struct {
	remote remoteFlags
	add    bool
}

func newDemo(shell Shell) *cobra.Command {
	var flags demoFlags
	cmd := &cobra.Command{
		Use: "demo [URL]", Short: "Fill a broker with an example company, and ask about it", Args: cobra.MaximumNArgs(1),
		Annotations: map[string]string{withoutSettings: "true"},
		Long: "Publishes the contracts of a company of a dozen applications to the broker at\n" +
			"URL (else PACT_BROKER_BASE_URL, else http://localhost:9292), with results and\n" +
			"deployments, and asks it what may go to production. Any broker will do that\n" +
			"understands the Pact Broker's API. Doing it again changes nothing that matters.\n\n" +
			"Exit codes: 0 done, 1 the broker refused or could not be asked, 2 wrong usage.",
		Example: "  broker demo http://localhost:9292",
		RunE: func(cmd *cobra.Command, args []string) error {
			return fail(demo(cmd.Context(), shell, flags.remote.of(shell, demoAddress(shell, args)), flags.add))
		},
	}
	set := cmd.Flags()
	flags.remote.addCredentials(set)
	set.BoolVar(&flags.add, "add", false, "put the company beside the applications that the broker has")
	return cmd
}

func demoAddress(shell Shell, args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return cmp.Or(shell.variable("PACT_BROKER_BASE_URL"), "http://localhost:9292")
}

func demo(ctx context.Context, shell Shell, broker moving.Remote, add bool) error {
	broker.Pause = soon
	if err := checkUnused(ctx, broker, add); err != nil {
		return err
	}
	tick := report{shell: shell}.ticks()
	if err := example.Send(ctx, broker.Send, func(n int) { tick(fmt.Sprintf("sent %d requests", n)) }); err != nil {
		return err
	}
	return showVerdicts(ctx, shell, broker)
}

// checkUnused makes sure that the company does not get among applications of a
// team, unless that is wanted.
func checkUnused(ctx context.Context, broker moving.Remote, add bool) error {
	status, answer, err := broker.Send(ctx, http.MethodGet, "/pacticipants", nil)
	if err != nil {
		return err
	}
	var known struct {
		Embedded struct {
			Pacticipants []struct{ Name string } `json:"pacticipants"`
		} `json:"_embedded"`
	}
	if status >= http.StatusMultipleChoices || json.Unmarshal(answer, &known) != nil {
		return moving.ErrNoBroker
	}
	ours := example.Applications()
	for _, p := range known.Embedded.Pacticipants {
		if !add && !slices.Contains(ours, p.Name) {
			return fmt.Errorf("the broker is in use: it has an application %.80q that is not of the example; with --add the example goes beside it", p.Name)
		}
	}
	return nil
}

// showVerdicts asks what may go to production and says why.
func showVerdicts(ctx context.Context, shell Shell, broker moving.Remote) error {
	say := func(format string, args ...any) { fmt.Fprintf(shell.Out, format, args...) }
	say("The company that sells mugs is at %s\n\nWhat may go to production?\n", broker.URL)
	for _, q := range example.Questions {
		answer, err := askProduction(ctx, broker, q)
		if err != nil {
			return err
		}
		say("\n  %-14s %s  %s\n%s\n", q.Application, q.Version[:8], answer, wrapped(q.Because, "    "))
	}
	say("\nAsk yourself, and have it explained:\n\n  can-i-deploy --broker-base-url %s --explain \\\n"+
		"    --pacticipant %s --version %s --to-environment production\n\nor open that address in a browser.\n", broker.URL, example.Asked, example.Questions[0].Version[:8])
	return nil
}

func askProduction(ctx context.Context, broker moving.Remote, q example.Question) (string, error) {
	query := url.Values{"pacticipant": {q.Application}, "version": {q.Version}, "environment": {"production"}}
	status, answer, err := broker.Send(ctx, http.MethodGet, "/can-i-deploy?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	var verdict struct {
		Summary struct{ Deployable *bool }
	}
	if status >= http.StatusMultipleChoices || json.Unmarshal(answer, &verdict) != nil {
		return "", errors.New("the broker does not answer can-i-deploy")
	}
	switch deployable := verdict.Summary.Deployable; {
	case deployable == nil:
		return "unknown", nil
	case *deployable:
		return "yes", nil
	default:
		return "no", nil
	}
}
