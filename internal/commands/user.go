package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/fault"
)

// userCommand works on the people in the database, so that nobody is locked out
// of a broker at which nobody can sign in.
func userCommand(shell Shell) *cobra.Command {
	user := &cobra.Command{
		Use: "user", Short: "Create, list and disable the people who sign in on the pages", Args: onlyCommands,
		Long: "People are kept in the database that the settings name, whether or not a broker\n" +
			"serves from it. They sign in with a name and a password; those who sign in at an\n" +
			"OpenID Connect provider appear in the list after they did so.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	user.AddCommand(createUser(shell), listUsers(shell), disableUser(shell), enableUser(shell), userPassword(shell))
	return user
}

func createUser(shell Shell) *cobra.Command {
	var wanted access.WantedPerson
	var role string
	var fromInput bool
	create := &cobra.Command{
		Use: "create NAME --role ROLE", Short: "Create somebody and print their password, for the only time", Args: namedWords,
		Example: "  broker user create jo --role developer --application orders",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			wanted.Name, wanted.Role = args[0], access.Role(role)
			if wanted.Password, err = readPassword(cmd, fromInput); err != nil {
				return err
			}
			return withPeople(cmd, shell, func(_ context.Context, people *access.People) error {
				p, password, err := people.Create(asCommand(cmd, "createUser"), wanted)
				if err := tellPassword(shell.Out, password, wanted.Password, err); err != nil {
					return err
				}
				return tellLabelled(cmd, shell, people.Directory, p.Scope)
			})
		},
	}
	flags := create.Flags()
	flags.StringVar(&role, "role", "", "one of: "+rolesInWords()+"; nothing if not given")
	flags.StringArrayVar(&wanted.Applications, "application", nil, "an application that the role is for; may be repeated; all if none is given")
	flags.StringArrayVar(&wanted.Labels, "label", nil, "a label of applications that the role is for; may be repeated")
	flags.StringArrayVar(&wanted.Teams, "team", nil, "a team whose applications the role is for; may be repeated")
	passwordFlag(create, &fromInput)
	return create
}

func passwordFlag(cmd *cobra.Command, fromInput *bool) {
	cmd.Flags().BoolVar(fromInput, "password-stdin", false, "read the password from standard input instead of making one up")
}

// readPassword reads a password from the input, if that is asked for.
func readPassword(cmd *cobra.Command, fromInput bool) (string, error) {
	if !fromInput {
		return "", nil
	}
	line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("--password-stdin was given, and standard input is empty")
	}
	return line, nil
}

// tellPassword prints a password that was made up.
func tellPassword(out io.Writer, password, given string, err error) error {
	if err != nil || given != "" {
		return err
	}
	_, err = fmt.Fprintln(out, password)
	return err
}

func listUsers(shell Shell) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the people", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withPeople(cmd, shell, func(ctx context.Context, people *access.People) error {
				return writePeople(ctx, shell.Out, people)
			})
		},
	}
}

func writePeople(ctx context.Context, out io.Writer, people *access.People) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tROLE\tFOR\tSIGNS IN\tLAST\tSTATE")
	for after := ""; ; {
		some, err := people.Read.People(ctx, nil, after, page)
		if err != nil {
			return err
		}
		for _, p := range some {
			after = p.ID
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, orDash(string(p.Role)), p.Scope.Words(), signsIn(p), lastSignIn(p), personState(p))
		}
		if len(some) < page {
			return table.Flush()
		}
	}
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func signsIn(p access.Person) string {
	if p.Local() {
		return "here"
	}
	return "at " + p.Issuer
}

func lastSignIn(p access.Person) string {
	if p.SignedInAt.IsZero() {
		return "never"
	}
	return p.SignedInAt.Format("2006-01-02")
}

func personState(p access.Person) string {
	if !p.DisabledAt.IsZero() {
		return "disabled " + p.DisabledAt.Format("2006-01-02")
	}
	return "enabled"
}

func disableUser(shell Shell) *cobra.Command {
	return oneUser(shell, "disable NAME", "Keep somebody out, and end their sessions at once", func(cmd *cobra.Command, people *access.People, p access.Person) error {
		_, err := people.Disable(asCommand(cmd, "disableUser"), p.ID)
		return err
	})
}

func enableUser(shell Shell) *cobra.Command {
	return oneUser(shell, "enable NAME", "Let somebody in again", func(cmd *cobra.Command, people *access.People, p access.Person) error {
		_, err := people.Enable(asCommand(cmd, "enableUser"), p.ID)
		return err
	})
}

func userPassword(shell Shell) *cobra.Command {
	var fromInput bool
	set := oneUser(shell, "password NAME", "Give somebody a new password and print it, for the only time", func(cmd *cobra.Command, people *access.People, p access.Person) error {
		given, err := readPassword(cmd, fromInput)
		if err != nil {
			return err
		}
		password, err := people.ResetPassword(asCommand(cmd, "setUserPassword"), p.ID, given)
		return tellPassword(shell.Out, password, given, err)
	})
	passwordFlag(set, &fromInput)
	return set
}

// oneUser is a command that does something about the person it names.
func oneUser(shell Shell, use, short string, do func(cmd *cobra.Command, people *access.People, p access.Person) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: namedWords,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPeople(cmd, shell, func(ctx context.Context, people *access.People) error {
				p, _, found, err := people.Read.PersonNamed(ctx, args[0])
				if err == nil && !found {
					err = fault.New(fault.Invalid, "there is nobody named %s; broker user list tells the names", args[0])
				}
				if err != nil {
					return err
				}
				return do(cmd, people, p)
			})
		},
	}
}

// withPeople opens the people of the database for fn.
func withPeople(cmd *cobra.Command, shell Shell, fn func(ctx context.Context, people *access.People) error) error {
	return withKeys(cmd, shell, func(ctx context.Context, keys app.Keys) error { return fn(ctx, keys.People) })
}
