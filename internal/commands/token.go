package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/fault"
)

// tokenCommand works on the tokens in the database, so that the first one can be
// made before anybody can sign in.
func tokenCommand(shell Shell) *cobra.Command {
	token := &cobra.Command{
		Use: "token", Short: "Create, list and revoke the tokens with which clients sign in", Args: onlyCommands,
		Long: "Tokens are made in the database that the settings name, whether or not a broker\n" +
			"serves from it. Clients send one as \"Authorization: Bearer TOKEN\", or as the\n" +
			"password of basic auth with any user name.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	token.AddCommand(createToken(shell), listTokens(shell), revokeToken(shell))
	return token
}

func createToken(shell Shell) *cobra.Command {
	var wanted access.Wanted
	var role, lifetime string
	create := &cobra.Command{
		Use: "create --name NAME --role ROLE", Short: "Create a token and print it, for the only time", Args: cobra.NoArgs,
		Example: "  broker token create --name admin --role admin\n" +
			"  broker token create --name orders-ci --role developer \\\n" +
			"    --application orders --expires 90d",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			wanted.Role = access.Role(role)
			if wanted.Lifetime, err = readLifetime(lifetime); err != nil {
				return err
			}
			return withTokens(cmd, shell, func(_ context.Context, tokens *access.Tokens) error {
				t, secret, err := tokens.Create(asCommand(cmd, "createToken"), wanted)
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintln(shell.Out, secret); err != nil {
					return err
				}
				return tellLabelled(cmd, shell, tokens.Directory, t.Scope)
			})
		},
	}
	flags := create.Flags()
	flags.StringVar(&wanted.Name, "name", "", "what the token is for")
	flags.StringVar(&wanted.Owner, "owner", "", "the person or team whose it is")
	flags.StringVar(&role, "role", "", "one of: "+rolesInWords()+"; or one of your own")
	flags.StringArrayVar(&wanted.Applications, "application", nil, "an application that it is for; may be repeated; all if none is given")
	flags.StringArrayVar(&wanted.Labels, "label", nil, "a label of applications that it is for; may be repeated")
	flags.StringArrayVar(&wanted.Teams, "team", nil, "a team whose applications it is for; may be repeated")
	flags.StringVar(&lifetime, "expires", "", "how long it is accepted, such as 90d or 12h; for good if not given")
	return create
}

// tellLabelled tells beside the output which applications a scope that was given holds
// by a label now.
func tellLabelled(cmd *cobra.Command, shell Shell, directory *access.Directory, scope access.Scope) error {
	names, err := directory.Labelled(cmd.Context(), scope)
	if err != nil || len(names) == 0 {
		return err
	}
	_, err = fmt.Fprintf(shell.Err, "applications by a label now: %s\n", strings.Join(names, ", "))
	return err
}

func rolesInWords() string {
	texts := make([]string, len(access.Roles()))
	for i, role := range access.Roles() {
		texts[i] = string(role)
	}
	return strings.Join(texts, ", ")
}

// readLifetime reads how long a token is accepted; 0 is for good.
func readLifetime(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	return readDuration("--expires", text)
}

// readDuration reads a number of days, such as 90d, or a duration of Go.
func readDuration(flag, text string) (time.Duration, error) {
	wrong := fmt.Errorf("%s %q must be a time such as 90d, 12h or 30m", flag, text)
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 || n > 36_500 {
			return 0, wrong
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	lifetime, err := time.ParseDuration(text)
	if err != nil || lifetime <= 0 {
		return 0, wrong
	}
	return lifetime, nil
}

func listTokens(shell Shell) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the tokens, without their secrets", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withTokens(cmd, shell, func(ctx context.Context, tokens *access.Tokens) error {
				return writeTokens(ctx, shell.Out, tokens)
			})
		},
	}
}

// page is how many tokens are read at once.
const page = 100

func writeTokens(ctx context.Context, out io.Writer, tokens *access.Tokens) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tBEGINS\tNAME\tROLE\tFOR\tSTATE")
	for after := ""; ; {
		some, err := tokens.Read.Tokens(ctx, "", after, page)
		if err != nil {
			return err
		}
		for _, t := range some {
			after = t.ID
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Prefix+"…", t.Name, t.Role, t.Scope.Words(), stateInWords(t, tokens.Now()))
		}
		if len(some) < page {
			return table.Flush()
		}
	}
}

func stateInWords(t access.Token, now time.Time) string {
	const day = "2006-01-02"
	switch {
	case !t.RevokedAt.IsZero() && !now.Before(t.RevokedAt):
		return "revoked " + t.RevokedAt.Format(day)
	case !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt):
		return "expired " + t.ExpiresAt.Format(day)
	case !t.ExpiresAt.IsZero():
		return "until " + t.ExpiresAt.Format(day)
	default:
		return "live"
	}
}

func revokeToken(shell Shell) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End a token at once", Args: namedWords,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withTokens(cmd, shell, func(_ context.Context, tokens *access.Tokens) error {
				err := tokens.Revoke(asCommand(cmd, "revokeToken"), args[0])
				if fault.Is(err, fault.NotFound) {
					return fmt.Errorf("there is no token %s; broker token list tells the IDs", args[0])
				}
				return err
			})
		},
	}
}

// withTokens opens the tokens of the database for fn.
func withTokens(cmd *cobra.Command, shell Shell, fn func(ctx context.Context, tokens *access.Tokens) error) error {
	return withKeys(cmd, shell, func(ctx context.Context, keys app.Keys) error { return fn(ctx, keys.Tokens) })
}

// withKeys opens the tokens and people of the database for fn.
func withKeys(cmd *cobra.Command, shell Shell, fn func(ctx context.Context, keys app.Keys) error) error {
	settings, _, err := load(cmd, shell)
	if err != nil {
		return err
	}
	keys, closing, err := app.OpenKeys(cmd.Context(), settings)
	if err != nil {
		return fail(err)
	}
	err = fn(cmd.Context(), keys)
	return inUsageWords(errors.Join(err, closing()))
}

// inUsageWords tells mistakes of the user, who named a flag where a request
// names a field, from failures of the work.
func inUsageWords(err error) error {
	if err == nil || fault.Is(err, fault.Invalid) {
		return err
	}
	return fail(err)
}
