package commands

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"accord/internal/app"
	"accord/internal/store"
)

// cleanFlags are how `broker clean` was called.
type cleanFlags struct {
	olderThan, output string
	dryRun            bool
}

// errDryRunOnly is what the command says where it is asked to delete.
var errDryRunOnly = errors.New("clean only tells yet what could be deleted: add --dry-run")

func newClean(shell Shell) *cobra.Command {
	var flags cleanFlags
	cmd := &cobra.Command{
		Use: "clean --dry-run [--older-than AGE]", Short: "Tell what could be deleted without changing a verdict", Args: cobra.NoArgs,
		Long: "Counts what no verdict needs any more: results of a provider version that later\n" +
			"ones repeat, contents that no pact and no result names, deliveries of webhooks\n" +
			"that are done, with their logs. It deletes nothing.\n\n" +
			"Exit codes: 0 counted, 1 it could not, 2 wrong usage or settings.",
		Example: "  broker clean --dry-run --older-than 30d",
		RunE:    func(cmd *cobra.Command, _ []string) error { return clean(cmd, shell, flags) },
	}
	set := cmd.Flags()
	set.BoolVar(&flags.dryRun, "dry-run", false, "tell what could be deleted, and delete nothing")
	set.StringVar(&flags.olderThan, "older-than", "7d", "count results and deliveries of this `AGE` or older")
	set.StringVar(&flags.output, "output", "text", "the `FORMAT` of what is told: text or json")
	return cmd
}

// jsonSuperfluous is what could be deleted, as programs read it.
type jsonSuperfluous struct {
	DryRun bool            `json:"dry_run"`
	Before *time.Time      `json:"before"`
	Found  []jsonFoundKind `json:"found"`
	Error  *string         `json:"error"`
}

type jsonFoundKind struct {
	Kind  string `json:"kind"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
}

func (j jsonSuperfluous) because(err error) any {
	j.Error = textOf(err)
	return j
}

func clean(cmd *cobra.Command, shell Shell, flags cleanFlags) error {
	age, err := readDuration("--older-than", flags.olderThan)
	switch outputErr := checkOutput(flags.output); {
	case !flags.dryRun:
		return errDryRunOnly
	case err != nil || outputErr != nil:
		return errors.Join(err, outputErr)
	}
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	report, before := report{shell: shell, json: flags.output == "json"}, time.Now().Add(-age).UTC()
	result := jsonSuperfluous{DryRun: true, Before: &before, Found: []jsonFoundKind{}}
	found, err := app.FindSuperfluous(cmd.Context(), settings, before, report.steps())
	if err != nil {
		return report.failed(result, err)
	}
	for _, f := range found {
		result.Found = append(result.Found, jsonFoundKind{f.Kind, f.Rows, f.Bytes})
	}
	report.superfluous(found)
	return report.done(result)
}

// superfluous tells people what could be deleted, as a table.
func (r report) superfluous(found []store.Superfluous) {
	if r.json {
		return
	}
	table := tabwriter.NewWriter(r.shell.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COULD BE DELETED\tROWS\tSIZE")
	for _, f := range found {
		fmt.Fprintf(table, "%s\t%d\t%s\n", f.What, f.Rows, size(f.Bytes))
	}
	_ = table.Flush() // there is nobody to tell
	r.say("Nothing was deleted. No verdict and no choice of pacts to verify rests on this.")
}
