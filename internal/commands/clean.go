package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
)

// cleanFlags are how `broker clean` was called.
type cleanFlags struct {
	olderThan, output string
	rules             []string
	dryRun            bool
}

func newClean(shell Shell) *cobra.Command {
	var flags cleanFlags
	cmd := &cobra.Command{
		Use: "clean [--dry-run] [--rule SENTENCE]", Short: "Delete old versions and what nothing needs", Args: cobra.NoArgs,
		Long: "Deletes versions that no selector keeps\n" +
			"(PACT_BROKER_DATABASE_CLEAN_KEEP_VERSION_SELECTORS) or that a rule deletes, with\n" +
			"their pacts and results; results of a provider version that later ones repeat,\n" +
			"pacts that others have replaced, deliveries of webhooks that are done, and\n" +
			"contents that nothing names. What is deployed or supported, the newest version,\n" +
			"the head of a branch that lives, and what a verdict about these rests on stays,\n" +
			"whatever the rules say. A broker may serve meanwhile. --dry-run tells what a run\n" +
			"would delete.\n\n" +
			"Exit codes: 0 done, or another process is at it, 1 it could not, 2 wrong usage\n" +
			"or settings.",
		Example: "  broker clean --dry-run\n" +
			"  broker clean --rule 'keep the newest 20 versions on the main branch' \\\n" +
			"    --rule 'delete versions older than 90 days'",
		RunE: func(cmd *cobra.Command, _ []string) error { return clean(cmd, shell, flags) },
	}
	set := cmd.Flags()
	set.BoolVar(&flags.dryRun, "dry-run", false, "tell what would be deleted, and delete nothing")
	set.StringArrayVar(&flags.rules, "rule", nil, "a `SENTENCE` in place of the rules that are set; may be repeated")
	set.StringVar(&flags.olderThan, "older-than", "", "delete repeated results, replaced pacts and deliveries of this `AGE` or older (7d unless set)")
	set.StringVar(&flags.output, "output", "text", "the `FORMAT` of what is told: text or json")
	return cmd
}

// jsonCleaned is what was deleted, or would be, as programs read it.
type jsonCleaned struct {
	DryRun       bool              `json:"dry_run"`
	Before       *time.Time        `json:"before"`
	Finished     bool              `json:"finished"`
	Found        []jsonFoundKind   `json:"found"`
	Applications []jsonApplication `json:"applications"`
	Error        *string           `json:"error"`
}

type jsonFoundKind struct {
	Kind  string `json:"kind"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
}

type jsonApplication struct {
	Name    string           `json:"name"`
	Deleted int64            `json:"deleted"`
	Kept    int64            `json:"kept"`
	First   *string          `json:"first_deleted"`
	Last    *string          `json:"last_deleted"`
	Reasons map[string]int64 `json:"reasons"`
}

func (j jsonCleaned) because(err error) any {
	j.Error = textOf(err)
	return j
}

func (j *jsonCleaned) take(done store.Cleaned) {
	j.Finished = done.Finished
	for _, f := range done.Kinds {
		j.Found = append(j.Found, jsonFoundKind{string(f.Kind), f.Rows, f.Bytes})
	}
	for _, a := range done.Applications {
		told := jsonApplication{Name: a.Name, Deleted: a.Gone, Kept: a.Kept, Reasons: a.Why}
		if a.Gone > 0 {
			told.First, told.Last = &a.First, &a.Last
		}
		j.Applications = append(j.Applications, told)
	}
}

// errEmptyRule is for what a variable without a value leaves.
var errEmptyRule = errors.New("--rule is empty; give it a sentence, or leave it out to clean by the rules that are set")

// override puts what the flags say over the settings.
func (f cleanFlags) override(settings *config.Settings) error {
	settings.Cleaning.DryRun = settings.Cleaning.DryRun || f.dryRun
	if slices.ContainsFunc(f.rules, func(rule string) bool { return strings.TrimSpace(rule) == "" }) {
		return errEmptyRule
	}
	if len(f.rules) > 0 {
		settings.Cleaning.Rules = strings.Join(f.rules, ";")
		if _, err := cleaning.ParseSentences(settings.Cleaning.Rules); err != nil {
			return fmt.Errorf("--rule: %w", err)
		}
	}
	if f.olderThan == "" {
		return nil
	}
	age, err := readDuration("--older-than", f.olderThan)
	settings.Cleaning.ReplacedFor = age
	return err
}

func clean(cmd *cobra.Command, shell Shell, flags cleanFlags) error {
	if err := checkOutput(flags.output); err != nil {
		return err
	}
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	if err := flags.override(&settings); err != nil {
		return err
	}
	report, before := report{shell: shell, json: flags.output == "json"}, time.Now().Add(-settings.Cleaning.ReplacedFor).UTC()
	result := jsonCleaned{DryRun: settings.Cleaning.DryRun, Before: &before, Found: []jsonFoundKind{}, Applications: []jsonApplication{}}
	ctx := audit.Looking(asCommand(cmd, "clean")) // one entry tells all that went
	done, err := app.Clean(ctx, settings, report.cleaning())
	report.clearLine()
	result.take(done)
	var problems config.Problems
	switch {
	case errors.As(err, &problems):
		return err
	case errors.Is(err, cleaning.ErrBeingCleaned):
		report.say("Nothing is done: %v.", err)
		return report.done(result.because(err))
	case errors.Is(err, context.Canceled):
		return report.failed(result, errors.New("stopped: what went is gone, all else is as it was; clean again to go on"))
	case err != nil:
		return report.failed(result, err)
	}
	report.cleaned(done, settings.Cleaning)
	return report.done(result)
}

// cleaning returns what tells how far cleaning up is: in one line that changes on a
// terminal, else in a line from time to time.
func (r report) cleaning() cleaning.Progress {
	every, last := progressEvery, time.Now()
	terminal := r.onTerminal()
	if terminal {
		every = progressEvery / 10
	}
	return func(step cleaning.Step, done, all int64) {
		if r.json || time.Since(last) < every {
			return
		}
		last = time.Now()
		line := bar(done, max(all, 1), terminal) + wordsOf(step)
		if terminal {
			r.rewrite(line)
			return
		}
		fmt.Fprintln(r.shell.Err, line)
	}
}

// wordsOf says what a clean-up is at.
func wordsOf(step cleaning.Step) string {
	switch {
	case step.Application != "":
		return "versions of " + step.Application
	case step.Kind == cleaning.Versions:
		return "versions to delete"
	case step.Kind == cleaning.Branches:
		return "branches"
	case step.Kind == cleaning.OrphanedContents:
		return "contents"
	}
	return step.Kind.Words()
}

func (r report) onTerminal() bool {
	file, is := r.shell.Err.(*os.File)
	return is && term.IsTerminal(int(file.Fd()))
}

func (r report) clearLine() {
	if !r.json && r.onTerminal() {
		fmt.Fprint(r.shell.Err, "\r\033[K")
	}
}

// cleaned tells people what was deleted, or would be, as tables.
func (r report) cleaned(done store.Cleaned, settings config.Cleaning) {
	if r.json {
		return
	}
	table, heading, verb := tabwriter.NewWriter(r.shell.Out, 0, 0, 2, ' ', 0), "DELETED", "GONE"
	if settings.DryRun {
		heading, verb = "WOULD BE DELETED", "WOULD GO"
	}
	fmt.Fprintf(table, "%s\tROWS\tSIZE\n", heading)
	for _, f := range done.Kinds {
		bytes := ""
		if f.Bytes > 0 {
			bytes = size(f.Bytes)
		}
		fmt.Fprintf(table, "%s\t%d\t%s\n", f.Kind.Words(), f.Rows, bytes)
	}
	_ = table.Flush() // there is nobody to tell
	fmt.Fprintf(table, "\nAPPLICATION\t%s\tSTAY\tFROM\tTO\n", verb)
	for _, a := range done.Applications {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\n", visible(a.Name), a.Gone, a.Kept, visible(a.First), visible(a.Last))
	}
	_ = table.Flush()
	fmt.Fprintln(r.shell.Out, "\nWHY")
	for _, a := range done.Applications {
		if len(a.Why) == 0 {
			continue
		}
		fmt.Fprintln(r.shell.Out, wrapped(visible(a.Name)+": "+reasons(a.Why), "  "))
	}
	switch {
	case settings.DryRun:
		r.say("Nothing was deleted.")
	case !done.Finished:
		r.say("The time was over (PACT_BROKER_DATABASE_CLEAN_MAX_DURATION): the next clean-up goes on from here.")
	}
}

// reasons are why versions go or stay, the most frequent first.
func reasons(why map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(why), func(a, b string) int { return cmp.Or(cmp.Compare(why[b], why[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s: %d", name, why[name])
	}
	return strings.Join(names, ", ")
}
