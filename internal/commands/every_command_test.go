package commands

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// everyCommand runs the test for each command that there is, hidden ones included.
func everyCommand(t *testing.T, test func(t *testing.T, words []string, cmd *cobra.Command)) {
	t.Helper()
	var walk func(words []string, cmd *cobra.Command)
	walk = func(words []string, cmd *cobra.Command) {
		t.Run(strings.Join(append([]string{"broker"}, words...), " "), func(t *testing.T) { test(t, words, cmd) })
		for _, inner := range cmd.Commands() {
			walk(append(words[:len(words):len(words)], inner.Name()), inner)
		}
	}
	walk(nil, newRoot(Shell{Out: new(bytes.Buffer), Err: new(bytes.Buffer)}))
}

// runIn runs a command with its database in a folder of its own, which has nothing
// else in it.
func runIn(t *testing.T, environ []string, args ...string) (code int, out, errors string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	ended, cancel := context.WithCancel(context.Background())
	cancel() // what serves or waits ends at once
	environ = append([]string{"PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db"), "PACT_BROKER_PORT=0"}, environ...)
	code = Run(ended, Shell{Args: args, Environ: environ, In: new(bytes.Buffer), Out: &stdout, Err: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestEveryCommand_explainsItselfIn80Columns(t *testing.T) {
	everyCommand(t, func(t *testing.T, words []string, cmd *cobra.Command) {
		code, out, errors := runIn(t, nil, append(words, "--help")...)
		require.Zero(t, code, errors)
		require.Empty(t, errors)
		require.Contains(t, out, strings.Join(words, " "))
		for line := range strings.Lines(out) {
			line = strings.TrimSuffix(line, "\n")
			require.LessOrEqual(t, utf8.RuneCountInString(line), 80, line)
			require.Equal(t, strings.TrimRight(line, " "), line, "nothing stands behind the end of a line")
		}
		require.NotEmpty(t, cmd.Short)
		require.False(t, strings.HasSuffix(cmd.Short, "."), "the line in the list is no sentence: %s", cmd.Short)
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			require.NotEmpty(t, f.Usage, f.Name)
			require.NotContains(t, f.Usage, "\t")
		})
	})
}

func TestEveryCommand_refusesAFlagThatItDoesNotHave(t *testing.T) {
	everyCommand(t, func(t *testing.T, words []string, _ *cobra.Command) {
		code, out, errors := runIn(t, nil, append(words, "--frobnicate=1")...)
		require.Equal(t, 2, code, errors)
		require.Empty(t, out)
		require.Contains(t, errors, "--frobnicate")
		require.True(t, strings.HasPrefix(errors, "broker: "), errors)
		require.Equal(t, 1, strings.Count(errors, "--frobnicate"), "it is said once")
	})
}

func TestEveryCommand_refusesWordsThatItHasNoUseFor(t *testing.T) {
	everyCommand(t, func(t *testing.T, words []string, cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "completion" || cmd.Parent() != nil && cmd.Parent().Name() == "completion" {
			return // these are of cobra
		}
		code, _, errors := runIn(t, nil, append(words, "one", "two", "three", "four", "five")...)
		require.NotZero(t, code)
		require.Equal(t, 2, code, errors)
		require.NotEmpty(t, errors)
	})
}

// withSettings are commands that read the settings of the broker, with what they
// need on the command line.
var withSettings = []string{
	"", "serve", "migrate", "db-version", "token create --name x --role viewer", "token list", "token revoke x", "user create jo --role viewer", "user list", "user disable jo", "user enable jo",
	"user password jo", "audit verify", "audit export", "keys rotate", "keys reencrypt", "backup --to .", "restore x.db", "export x.jsonl", "import x.jsonl", "clean", "clean --dry-run",
}

func TestCommands_nameASettingThatIsWrong(t *testing.T) {
	for _, words := range withSettings {
		t.Run("broker "+words, func(t *testing.T) {
			code, out, errors := runIn(t, []string{"PACT_BROKER_LOG_LEVEL=loud", "PACT_BROKER_RATE_LIMIT=fast"}, strings.Fields(words)...)
			require.Equal(t, 2, code, errors)
			require.Empty(t, out)
			require.Contains(t, errors, `PACT_BROKER_LOG_LEVEL is "loud", but must be one of debug, info, warn, error`)
			require.Contains(t, errors, "PACT_BROKER_RATE_LIMIT", "all of them at once")
		})
	}
}

func TestCommands_sayThatTheirFileIsNotThere(t *testing.T) {
	for words, want := range map[string]string{
		"restore /not/there.db": "/not/there.db", "import /not/there.jsonl": "/not/there.jsonl", "export /not/there/x.jsonl": "/not/there", "backup --to /not/there": "/not/there",
		"compare-contract --provider-contract /not/there.yaml --pact /not/there.json": "/not/there", "--conf /not/there.yml": "/not/there.yml",
	} {
		code, out, errors := runIn(t, nil, strings.Fields(words)...)
		require.NotZero(t, code, words)
		require.Contains(t, out+errors, want, words)
		require.NotContains(t, errors, "panic", words)
	}
}
