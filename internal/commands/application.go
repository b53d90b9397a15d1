package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// applicationCommand renames and merges applications in the database, however much
// they have.
func applicationCommand(shell Shell) *cobra.Command {
	application := &cobra.Command{
		Use: "application", Short: "Rename an application, or merge a duplicate into another", Args: onlyCommands,
		Long: "Works on the database that the settings name, whether or not a broker serves\n" +
			"from it. Clients find an application by the name that it had before, for as\n" +
			"long as PACT_BROKER_FORMER_NAMES_DAYS says.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	application.AddCommand(renameApplication(shell), mergeApplications(shell))
	return application
}

// jsonRenamed is what came of renaming, as programs read it.
type jsonRenamed struct {
	Name       string  `json:"name"`
	FormerName string  `json:"former_name"`
	Renamed    bool    `json:"renamed"`
	Error      *string `json:"error"`
}

func (j jsonRenamed) because(err error) any {
	j.Error = textOf(err)
	return j
}

func renameApplication(shell Shell) *cobra.Command {
	var output string
	rename := &cobra.Command{
		Use: "rename NAME NEW-NAME", Short: "Give an application another name; it keeps all that it has", Args: namedWords,
		Example: "  broker application rename basket shopping-basket",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			report, result := report{shell: shell, json: output == "json"}, jsonRenamed{Name: args[1], FormerName: args[0]}
			err := withApplications(cmd, shell, func(_ context.Context, applications *pacticipants.Service) error {
				p, err := applications.Rename(asCommand(cmd, "renameApplication"), args[0], args[1])
				if err == nil {
					result.Name, result.Renamed = p.Name, true
				}
				return err
			})
			if err != nil {
				return report.failedAt(result, err)
			}
			report.say("%s is called %s now.", visible(args[0]), visible(result.Name))
			return report.done(result)
		},
	}
	rename.Flags().StringVar(&output, "output", "text", "the `FORMAT` of what is told: text or json")
	return rename
}

// mergeFlags are how `broker application merge` was called.
type mergeFlags struct {
	onClash, output string
	dryRun          bool
}

// jsonMerged is what came of merging, as programs read it.
type jsonMerged struct {
	Duplicate string `json:"duplicate"`
	Into      string `json:"into"`
	DryRun    bool   `json:"dry_run"`
	Merged    bool   `json:"merged"`
	// WithItself tells that the application is, or would be, a consumer of itself.
	WithItself bool        `json:"pair_with_itself"`
	Clashes    []jsonClash `json:"clashes"`
	Error      *string     `json:"error"`
}

type jsonClash struct {
	What  string   `json:"what"`
	Count int      `json:"count"`
	First []string `json:"first"`
}

func (j jsonMerged) because(err error) any {
	j.Error = textOf(err)
	return j
}

func mergeApplications(shell Shell) *cobra.Command {
	var flags mergeFlags
	merge := &cobra.Command{
		Use: "merge DUPLICATE INTO", Short: "Make an application a part of another one, which is the same", Args: namedWords,
		Long: "Versions of the same number, branches and pairs of the same names, and contracts\n" +
			"of the same content become one. Where both have something else in one place\n" +
			"nothing is merged, unless --on-clash is newest.\n\n" +
			"Exit codes: 0 merged, or with --dry-run could be, 1 not merged, 2 wrong usage.",
		Example: "  broker application merge Basket basket --dry-run\n  broker application merge Basket basket",
		RunE:    func(cmd *cobra.Command, args []string) error { return merge(cmd, shell, args[0], args[1], flags) },
	}
	merge.Flags().BoolVar(&flags.dryRun, "dry-run", false, "tell what clashes, and merge nothing")
	merge.Flags().StringVar(&flags.onClash, "on-clash", string(pacticipants.StopOnClash), "what to do where both have something else: stop, or let the newest count")
	merge.Flags().StringVar(&flags.output, "output", "text", "the `FORMAT` of what is told: text or json")
	return merge
}

func merge(cmd *cobra.Command, shell Shell, duplicate, into string, flags mergeFlags) error {
	how := pacticipants.MergeHow(flags.onClash)
	if how != pacticipants.StopOnClash && how != pacticipants.NewestOnClash {
		return fmt.Errorf("--on-clash is %q, but must be stop or newest", flags.onClash)
	}
	if err := checkOutput(flags.output); err != nil {
		return err
	}
	does := how
	if flags.dryRun {
		does = pacticipants.OnlyLook
	}
	report := report{shell: shell, json: flags.output == "json"}
	result := jsonMerged{Duplicate: duplicate, Into: into, DryRun: flags.dryRun, Clashes: []jsonClash{}}
	err := withApplications(cmd, shell, func(_ context.Context, applications *pacticipants.Service) error {
		m, err := applications.Merge(asCommand(cmd, "mergeApplication"), duplicate, into, does)
		for _, c := range m.Clashes {
			report.say("CLASH %s", visible(c.Words()))
			result.Clashes = append(result.Clashes, jsonClash{c.Kind.Words(), c.Count, c.First})
		}
		result.Into, result.WithItself = cmp.Or(m.Into.Name, into), m.WithItself
		switch {
		case err != nil && len(m.Clashes) > 0:
			return errors.New("nothing was merged: " + onClashAdvice)
		case err != nil:
			return err
		case !flags.dryRun:
			result.Merged = true
			report.say("%s is a part of %s now.%s", visible(duplicate), visible(m.Into.Name), withItself(m, "is a consumer of itself now."))
		case len(m.Clashes) > 0 && how == pacticipants.StopOnClash:
			return errors.New("nothing would be merged: " + onClashAdvice)
		default:
			if len(m.Clashes) > 0 {
				report.say("Where both have something else, what came later would count.")
			}
			report.say("%s can be made a part of %s.%s", visible(duplicate), visible(m.Into.Name), withItself(m, "would be a consumer of itself."))
		}
		return nil
	})
	if err != nil {
		return report.failedAt(result, err)
	}
	return report.done(result)
}

// withItself is what there is to add where one of both needs the other.
func withItself(m pacticipants.Merging, becomes string) string {
	if !m.WithItself {
		return ""
	}
	return " One of both is a consumer of the other: " + visible(m.Into.Name) + " " + becomes
}

// onClashAdvice is what there is to do where both have something else in one place.
const onClashAdvice = "add --on-clash newest to let what came later count, or remove what is wrong first"

// withApplications opens the applications of the database for fn.
func withApplications(cmd *cobra.Command, shell Shell, fn func(ctx context.Context, applications *pacticipants.Service) error) error {
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	applications, closing, err := app.OpenApplications(cmd.Context(), settings)
	if err != nil {
		return fail(err)
	}
	return fail(errors.Join(fn(cmd.Context(), applications), closing()))
}
