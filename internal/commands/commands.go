// Package commands is the command line of the broker: what each command takes,
// tells and returns to the shell.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/spelling"
)

// Exit codes of the broker.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// Shell is what a command has from where it is run.
type Shell struct {
	// Name is what the program was called as; links to it have other names.
	Name string
	// Args are the words after the program's name.
	Args []string
	// Environ is the environment in the form of os.Environ.
	Environ []string
	// In is nil for the input of the program itself.
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// variable is the value of a variable of the environment, or "".
func (s Shell) variable(name string) string {
	for _, entry := range s.Environ {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

// Run runs the command that the shell asks for until it is done or ctx ends,
// and returns the exit code: 0 done, 1 failed, 2 wrong usage or settings.
func Run(ctx context.Context, shell Shell) int {
	root := newRoot(shell)
	root.SetArgs(shell.words())
	root.SetOut(shell.Out)
	root.SetErr(shell.Err)
	root.SetIn(shell.In)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var outcome exitCode
	if errors.As(err, &outcome) {
		return outcome.code
	}
	fmt.Fprintln(shell.Err, "broker: "+withAdvice(err))
	var failure failed
	if errors.As(err, &failure) {
		return exitFailed
	}
	return exitUsage
}

// failed marks an error of the work itself; all others are about how the
// command was called.
type failed struct{ error }

func (f failed) Unwrap() error { return f.error }

func fail(err error) error {
	if err == nil {
		return nil
	}
	return failed{err}
}

func newRoot(shell Shell) *cobra.Command {
	root := &cobra.Command{
		Use:   "broker",
		Short: "Accord, a contract broker: will this deployment break anybody?",
		Long: "Accord keeps the contracts that consumers publish and the results with which\n" +
			"providers verify them, and answers before every deployment: will this break\n" +
			"anybody? Without a command it serves, on 127.0.0.1:9292 unless set otherwise.\n\n" +
			"Every flag can be set as an environment variable, too: --log-level is\n" +
			"PACT_BROKER_LOG_LEVEL. Passwords are set there only. All settings have flags;\n" +
			"the common ones are listed here, all of them in docs/settings.md.",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return serve(cmd, shell) },
	}
	root.SetUsageFunc(usage)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.Version = versionLine()
	root.SetVersionTemplate("{{.Version}}")
	addSettings(root.PersistentFlags())
	root.AddCommand(
		&cobra.Command{
			Use: "serve", Short: "Answer requests until told to stop (the default)", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, shell) },
		},
		&cobra.Command{
			Use: "migrate", Short: "Bring the tables of the database up to date, and stop", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return migrate(cmd, shell) },
		},
		&cobra.Command{
			Use: "db-version", Short: "Tell the number of the last migration, alone on a line", Args: cobra.NoArgs, Hidden: true,
			RunE: func(cmd *cobra.Command, _ []string) error { return showSchema(cmd, shell) },
		},
		newHealth(shell),
		newDoctor(shell),
		tokenCommand(shell),
		newAudit(shell),
		applicationCommand(shell),
		newKeys(shell),
		userCommand(shell),
		newBackup(shell),
		newRestore(shell),
		newExport(shell),
		newImport(shell),
		newCompare(shell),
		newClean(shell),
		newDemo(shell),
		newVersion(shell),
		newCompareContract(shell),
		newMan(),
	)
	root.SetFlagErrorFunc(mistypedFlag)
	root.InitDefaultCompletionCmd()
	narrowHelp(root)
	return root
}

// mistypedFlag suggests the flag that one may stand for that the command does
// not have.
func mistypedFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	const likeTypingErrors = 3
	typed := unknown.GetSpecifiedName()
	near := ""
	if len(typed) <= maxFlagLength {
		near = spelling.Nearest(typed, flagNames(cmd), min(likeTypingErrors, len(typed)))
	}
	if near == "" {
		return fmt.Errorf("%w; %s --help lists them", err, cmd.CommandPath())
	}
	return fmt.Errorf("%w (did you mean --%s?)", err, near)
}

// flagNames are the names of all flags of a command.
func flagNames(cmd *cobra.Command) iter.Seq[string] {
	return func(yield func(string) bool) {
		more := true
		cmd.Flags().VisitAll(func(flag *pflag.Flag) { more = more && yield(flag.Name) })
	}
}

// maxFlagLength is more than any flag has.
const maxFlagLength = 100

// onlyCommands accepts no words but the commands below cmd, and suggests those
// that a mistyped one may stand for.
func onlyCommands(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	const likeTypingErrors = 2
	cmd.SuggestionsMinimumDistance = likeTypingErrors
	told := fmt.Errorf("unknown command %q for %q", words[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(words[0]); len(near) > 0 {
		return fmt.Errorf("%w\n\nDid you mean this?\n\t%s", told, strings.Join(near, "\n\t"))
	}
	return fmt.Errorf("%w; %s --help lists them", told, cmd.CommandPath())
}

// namedWords accepts a word for each that the usage of the command names in capitals
// before its flags.
func namedWords(cmd *cobra.Command, words []string) error {
	var names []string
	for _, name := range strings.Fields(cmd.Use)[1:] {
		if strings.HasPrefix(name, "-") || strings.HasPrefix(name, "[") {
			break
		}
		names = append(names, name)
	}
	switch {
	case len(words) < len(names):
		return fmt.Errorf("%s is missing: %s %s", names[len(words)], cmd.CommandPath(), strings.Join(names, " "))
	case len(words) > len(names):
		return fmt.Errorf("%q is one word too many: %s %s", words[len(names)], cmd.CommandPath(), strings.Join(names, " "))
	}
	return nil
}

// addSettings adds a flag for each setting that has one.
func addSettings(flags *pflag.FlagSet) {
	flags.Var(&given{}, "conf", "a YAML file with settings")
	for _, setting := range config.Catalogue() {
		if setting.Flag() == "" {
			continue
		}
		flag := flags.VarPF(&given{text: setting.Default, isSwitch: setting.Switch}, setting.Flag(), "", firstSentence(setting.Help))
		flag.Hidden = !setting.Common
		if setting.Switch {
			flag.NoOptDefVal = "true"
		}
	}
}

// given is the value of a flag as it was typed; config reads and checks it.
type given struct {
	text     string
	isSwitch bool
}

func (g *given) String() string { return g.text }

func (g *given) Set(text string) error {
	g.text = text
	return nil
}

// Type tells the help page that switches need no value.
func (g *given) Type() string {
	if g.isSwitch {
		return "bool"
	}
	return "value"
}

func firstSentence(help string) string {
	sentence, _, _ := strings.Cut(help, ". ")
	return strings.ReplaceAll(strings.TrimSuffix(sentence, "."), "`", "")
}

// load reads the settings of a command, and warns of those without effect.
func load(cmd *cobra.Command, shell Shell) (config.Settings, *slog.Logger, error) {
	loaded, err := config.Load(sources(cmd, shell))
	if err != nil {
		return config.Settings{}, nil, err
	}
	logger := app.NewLogger(loaded.Settings.Log, shell.Err)
	for _, warning := range loaded.Warnings {
		logger.Warn(warning)
	}
	return loaded.Settings, logger, nil
}

func sources(cmd *cobra.Command, shell Shell) config.Sources {
	set := map[string]string{}
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		set[strings.ReplaceAll(flag.Name, "-", "_")] = flag.Value.String()
	})
	return config.Sources{Flags: set, Environ: shell.Environ}
}
