package commands

import (
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

func renameApplication(shell Shell) *cobra.Command {
	return &cobra.Command{
		Use: "rename NAME NEW-NAME", Short: "Give an application another name; it keeps all that it has", Args: cobra.ExactArgs(2),
		Example: "  broker application rename basket shopping-basket",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withApplications(cmd, shell, func(_ context.Context, applications *pacticipants.Service) error {
				p, err := applications.Rename(asCommand(cmd, "renameApplication"), args[0], args[1])
				if err == nil {
					_, err = fmt.Fprintf(shell.Out, "%s is called %s now.\n", args[0], p.Name)
				}
				return err
			})
		},
	}
}

func mergeApplications(shell Shell) *cobra.Command {
	var dryRun bool
	var onClash string
	merge := &cobra.Command{
		Use: "merge DUPLICATE INTO", Short: "Make an application a part of another one, which is the same", Args: cobra.ExactArgs(2),
		Long: "Versions of the same number, branches and pairs of the same names, and contracts\n" +
			"of the same content become one. Where both have something else in one place\n" +
			"nothing is merged, unless --on-clash is newest.\n\n" +
			"Exit codes: 0 merged, or with --dry-run could be, 1 not merged, 2 wrong usage.",
		Example: "  broker application merge Basket basket --dry-run\n  broker application merge Basket basket",
		RunE: func(cmd *cobra.Command, args []string) error {
			how := pacticipants.MergeHow(onClash)
			if how != pacticipants.StopOnClash && how != pacticipants.NewestOnClash {
				return fmt.Errorf("--on-clash is %q, but must be stop or newest", onClash)
			}
			if dryRun {
				how = pacticipants.OnlyLook
			}
			return withApplications(cmd, shell, func(_ context.Context, applications *pacticipants.Service) error {
				return mergeOrTell(cmd, shell, applications, args, how)
			})
		},
	}
	merge.Flags().BoolVar(&dryRun, "dry-run", false, "tell what clashes, and merge nothing")
	merge.Flags().StringVar(&onClash, "on-clash", string(pacticipants.StopOnClash), "what to do where both have something else: stop, or let the newest count")
	return merge
}

func mergeOrTell(cmd *cobra.Command, shell Shell, applications *pacticipants.Service, args []string, how pacticipants.MergeHow) error {
	m, err := applications.Merge(asCommand(cmd, "mergeApplication"), args[0], args[1], how)
	if err != nil {
		return err
	}
	for _, c := range m.Clashes {
		fmt.Fprintf(shell.Out, "CLASH %s\n", c.Words())
	}
	if how != pacticipants.OnlyLook {
		_, err = fmt.Fprintf(shell.Out, "%s is a part of %s now.\n", args[0], m.Into.Name)
		return err
	}
	if len(m.Clashes) > 0 {
		return errors.New("nothing would be merged: add --on-clash newest to let what came later count, or remove what is wrong first")
	}
	_, err = fmt.Fprintf(shell.Out, "%s can be made a part of %s.\n", args[0], m.Into.Name)
	return err
}

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
