package commands

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/audit"
)

// errBroken is returned when the audit is not as it was written.
var errBroken = errors.New("the audit was tampered with; compare with a backup, and find out who could write to the database")

// errUnproven is returned when nothing is broken that is there, and it cannot be told who
// deleted what is not.
var errUnproven = errors.New("nothing shows who deleted the oldest entries; the line UNPROVEN says what to do")

// newAudit reads the audit in the database, whether or not a broker serves from it.
func newAudit(shell Shell) *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Verify and export who did what", Args: onlyCommands,
		Long: "Every change and every refused access has an entry in the audit, which is never\n" +
			"changed. Each entry is chained to the one before it by a digest.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(verifyAudit(shell), exportAudit(shell))
	return cmd
}

func verifyAudit(shell Shell) *cobra.Command {
	var anchors []string
	var known audit.Known
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that no entry was changed or removed", Args: cobra.NoArgs,
		Long: "Reads all entries and compares each with its digest and its place in the chain.\n" +
			"Names the first that is not as it was written. The end of the chain, which is\n" +
			"printed, can be written down elsewhere and given back with --anchor: then even\n" +
			"somebody who wrote the whole chain anew is found. The key for secrets, which is\n" +
			"read from where the broker reads it, shows that the broker itself deleted the\n" +
			"oldest entries when their time was over.\n\n" +
			"Exit codes: 0 all is well, 1 an entry is broken, who deleted the oldest is not\n" +
			"proven, or the audit cannot be read, 2 wrong usage.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, text := range anchors {
				head, err := audit.ParseAnchor(text)
				if err != nil {
					return fmt.Errorf("--anchor %w", err)
				}
				known.Anchors = append(known.Anchors, head)
			}
			return withAudit(cmd, shell, func(ctx context.Context, opened *app.OpenedAudit) error {
				verified, err := opened.Verify(ctx, known)
				if err != nil {
					return err
				}
				return tellVerified(shell, verified)
			})
		},
	}
	cmd.Flags().StringArrayVar(&anchors, "anchor", nil, "an end of the chain that was printed before; may be repeated")
	cmd.Flags().Int64Var(&known.Unsealed, "unsealed", 0, "up to which position the broker deleted entries before it had the key")
	return cmd
}

func tellVerified(shell Shell, v audit.Verified) error {
	for _, problem := range withoutGuards(v.Guards) {
		fmt.Fprintf(shell.Out, "BROKEN  %s\n", problem)
	}
	if v.Broken != "" {
		fmt.Fprintf(shell.Out, "BROKEN  %s\n", v.Broken)
		return errBroken
	}
	fmt.Fprintf(shell.Out, "ok      %d entries are as they were written", v.Entries)
	if v.Deleted > 0 {
		fmt.Fprintf(shell.Out, "; %d before them were deleted when their time was over", v.Deleted)
	}
	if v.Waiting > 0 {
		fmt.Fprintf(shell.Out, "; %d wait for their place in the chain", v.Waiting)
	}
	fmt.Fprintln(shell.Out)
	if v.Unsealed > 0 {
		fmt.Fprintf(shell.Out, "UNPROVEN the entries up to position %d were deleted, and no seal by the key for secrets shows that the broker did it. That is as it should be "+
			"if the broker had no key then, has got another since, or was older than this check: say so with --unsealed %[1]d from now on. "+
			"If it had this key all the time, somebody has cut them off: compare with a backup or an anchor\n", v.Unsealed)
	}
	if v.Unproven {
		fmt.Fprintln(shell.Out, "note    there is no key for secrets here, by which it could be told that the broker itself deleted these")
	}
	for _, anchor := range v.TooOld {
		fmt.Fprintf(shell.Out, "note    the entry of %s was deleted when its time was over: the anchor proves nothing any more\n", anchor.Anchor())
	}
	if v.Head.Position > 0 {
		fmt.Fprintf(shell.Out, "anchor  %s\n", v.Head.Anchor())
	}
	switch {
	case !v.Guards.AreWhole():
		return errBroken
	case v.Unsealed > 0:
		return errUnproven
	}
	return nil
}

// withoutGuards says, in whole sentences, that the database no longer refuses to change
// the audit, or may refuse the broker to write it.
func withoutGuards(g audit.Guards) (problems []string) {
	if len(g.Missing) > 0 {
		problems = append(problems, fmt.Sprintf("the database no longer refuses to change the audit: somebody has removed or changed the triggers %s. "+
			"Compare with an anchor or a backup what was changed meanwhile, and make the triggers again as migrations/ has them, or restore the backup", strings.Join(g.Missing, ", ")))
	}
	if len(g.Foreign) > 0 {
		problems = append(problems, fmt.Sprintf("on the tables of the audit is what the broker has not put there: %s. "+
			"It may change what is written, or let every write fail. Find out who needs it, and drop it", strings.Join(g.Foreign, ", ")))
	}
	return problems
}

func exportAudit(shell Shell) *cobra.Command {
	var q audit.Query
	var since, until string
	cmd := &cobra.Command{
		Use: "export", Short: "Print all entries as JSON, one a line, the oldest first", Args: cobra.NoArgs,
		Example: "  broker audit export --since 2026-01-01T00:00:00Z > audit.jsonl",
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, bound := range []struct {
				flag, text string
				into       *time.Time
			}{{"--since", since, &q.Since}, {"--until", until, &q.Until}} {
				var err error
				if bound.text == "" {
					continue
				}
				if *bound.into, err = time.Parse(time.RFC3339, bound.text); err != nil {
					return fmt.Errorf("%s %q must be a time such as 2026-03-01T12:00:00Z", bound.flag, bound.text)
				}
			}
			q.Order = audit.OldestFirst
			return withAudit(cmd, shell, func(ctx context.Context, opened *app.OpenedAudit) error {
				out := bufio.NewWriter(shell.Out)
				err := opened.Each(ctx, q, func(entries []audit.Entry) error { return writeEntries(out, entries) })
				return errors.Join(err, out.Flush())
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&since, "since", "", "entries from this time on")
	flags.StringVar(&until, "until", "", "entries before this time")
	flags.StringVar(&q.Actor, "actor", "", "entries of this user, token or person only")
	flags.StringVar(&q.Action, "action", "", "entries of this operation only, such as createToken")
	flags.StringVar(&q.Application, "application", "", "entries about this application only")
	return cmd
}

func writeEntries(out *bufio.Writer, entries []audit.Entry) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for _, e := range entries {
		if err := encoder.Encode(e.Shown()); err != nil {
			return err
		}
	}
	return nil
}

// withAudit opens the audit of the database for fn.
func withAudit(cmd *cobra.Command, shell Shell, fn func(ctx context.Context, opened *app.OpenedAudit) error) error {
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	opened, err := app.OpenAudit(cmd.Context(), settings)
	if err != nil {
		return fail(err)
	}
	return fail(errors.Join(fn(cmd.Context(), opened), opened.Close()))
}

// asCommand is a context in which the audit tells that a command makes the change,
// and who runs it on this machine.
func asCommand(cmd *cobra.Command, action string) context.Context {
	origin := audit.Origin{Through: "command line", Action: action, Target: cmd.CommandPath(), Writes: true}
	if runs, err := user.Current(); err == nil {
		origin.Actor = strings.TrimSpace("user " + runs.Username)
	}
	return audit.WithOrigin(cmd.Context(), origin)
}
