package commands

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/moving"
)

// compareFlags are how `broker compare` was called.
type compareFlags struct {
	with, output string
	days         int
	overHTTP     bool
	remote       remoteFlags
	own          struct{ username, password, token string }
}

func newCompare(shell Shell) *cobra.Command {
	var flags compareFlags
	cmd := &cobra.Command{
		Use: "compare --with URL", Short: "Ask two brokers the same, and tell where they differ", Args: cobra.NoArgs,
		Long: "Asks the broker at PACT_BROKER_BASE_URL and another one over HTTP: what there\n" +
			"is, whether every head may be deployed to every environment, what every provider\n" +
			"has to verify, the contracts themselves. It changes nothing. Each difference is\n" +
			"known (a deliberate departure), moved (it had gone when both were asked again),\n" +
			"lost (it cannot be read over HTTP), or wrong.\n\n" +
			"Exit codes: 0 nothing is wrong, 1 something is, 2 one could not be asked, or\n" +
			"wrong usage.",
		Example: "  export PACT_BROKER_BASE_URL=http://localhost:9292\n  broker compare --with https://broker.example.org",
		RunE:    func(cmd *cobra.Command, _ []string) error { return compare(cmd, shell, flags) },
	}
	set := cmd.Flags()
	set.StringVar(&flags.with, "with", "", "the `URL` of the other broker")
	flags.remote.add(set)
	set.StringVar(&flags.own.username, "own-username", "", "the `NAME` for this broker; else PACT_BROKER_BASIC_AUTH_USERNAME")
	set.StringVar(&flags.own.token, "own-token", "", "a `TOKEN` for this broker; else PACT_BROKER_OWN_TOKEN, which no list of processes shows")
	set.IntVar(&flags.days, "days", 30, "ask about the heads of branches that have changed within so many `DAYS`")
	set.BoolVar(&flags.overHTTP, "over-http", false, "what is here was imported over HTTP: take differences in work in progress for lost")
	set.StringVar(&flags.output, "output", "text", "the `FORMAT` of what is told: text or json")
	return cmd
}

// jsonComparison is what came of a comparison, as programs read it.
type jsonComparison struct {
	Same        bool             `json:"same"`
	Asked       map[string]int   `json:"asked"`
	Wrong       int              `json:"wrong"`
	Differences []jsonDifference `json:"differences"`
	Error       *string          `json:"error"`
}

type jsonDifference struct {
	Class    moving.Class `json:"class"`
	Question string       `json:"question"`
	Path     string       `json:"path"`
	Why      string       `json:"why"`
	Here     string       `json:"here"`
	There    string       `json:"there"`
}

func (j jsonComparison) because(err error) any {
	j.Error = textOf(err)
	return j
}

func compare(cmd *cobra.Command, shell Shell, flags compareFlags) error {
	if flags.with == "" {
		return errors.New("say with which broker to compare: --with URL")
	}
	if err := checkOutput(flags.output); err != nil {
		return err
	}
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	if len(settings.Server.BaseURLs) == 0 {
		return errors.New("set PACT_BROKER_BASE_URL to the address of this broker")
	}
	here := moving.Remote{
		URL:      settings.Server.BaseURLs[0],
		Username: settings.Access.Username,
		Password: settings.Access.Password,
		Token:    cmp.Or(flags.own.token, shell.variable("PACT_BROKER_OWN_TOKEN")),
	}
	if flags.own.username != "" {
		here.Username = flags.own.username
	}
	report := report{shell: shell, json: flags.output == "json"}
	tick := report.ticks()
	there := flags.remote.of(shell, flags.with)
	if flags.own.token != "" {
		warnOfListed(shell, "--own-token shows the token", "set PACT_BROKER_OWN_TOKEN instead")
	}
	here.Pause, there.Pause = soon, soon
	found, err := moving.Compare(cmd.Context(), here, there, moving.CompareOptions{
		Since: time.Now().AddDate(0, 0, -flags.days), WorkInProgressSince: time.Now().AddDate(0, -1, 0), OverHTTP: flags.overHTTP, Progress: func(about string, done, all int) {
			tick(fmt.Sprintf("asked %d of %d questions that are known of yet (%s)", done, all, about))
		},
	})
	result := jsonComparison{Same: err == nil && len(found.Differences) == 0, Asked: found.Asked, Wrong: found.Wrong(), Differences: []jsonDifference{}}
	for _, d := range found.Differences {
		result.Differences = append(result.Differences, jsonDifference{d.Class, d.Question, d.Path, d.Why, d.Here, d.There})
	}
	if err != nil {
		_ = report.failed(result, err) // it was told; the exit code is another
		return exitCode{exitUsage}
	}
	report.compared(found)
	if err := report.done(result); err != nil {
		return err
	}
	if result.Wrong > 0 {
		return exitCode{exitFailed}
	}
	return nil
}

// soon is how long to wait at first before a broker that does not answer is asked
// again: somebody waits for what comes of it.
const soon = 100 * time.Millisecond

// compared tells people where the two differ.
func (r report) compared(found moving.Comparison) {
	if r.json {
		return
	}
	table := tabwriter.NewWriter(r.shell.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "QUESTIONS\tASKED\tDIFFERENT\tWRONG")
	for _, about := range sortedNames(found.Asked) {
		different, wrong := 0, 0
		for _, d := range found.Differences {
			if d.Question == about {
				different++
				if d.Class == moving.Wrong {
					wrong++
				}
			}
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\n", about, found.Asked[about], different, wrong)
	}
	_ = table.Flush() // there is nobody to tell
	const shown = 3
	told := map[string]int{}
	for _, d := range found.Differences {
		kind := d.Question + string(d.Class)
		if told[kind]++; told[kind] > shown {
			continue
		}
		r.say("%s: %s %s", strings.ToUpper(string(d.Class)), d.Path, d.Why)
		fmt.Fprintf(r.shell.Out, "  here:  %s\n  there: %s\n", firstDifference(d.Here, d.There), firstDifference(d.There, d.Here))
	}
	for _, n := range told {
		if n > shown {
			r.say("At most %d of each kind are shown; --output json tells all.", shown)
			break
		}
	}
	if len(found.Differences) == 0 {
		r.say("The two answer the same.")
	}
}

// firstDifference is the first line of a text that is not in the other.
func firstDifference(text, other string) string {
	theirs := map[string]bool{}
	for line := range strings.Lines(other) {
		theirs[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); !theirs[line] {
			line = visible(line)
			const enough = 160
			if letters := []rune(line); len(letters) > enough {
				line = string(letters[:enough]) + "…"
			}
			return line
		}
	}
	return "(nothing else)"
}

func sortedNames(counts map[string]int) []string { return slices.Sorted(maps.Keys(counts)) }
