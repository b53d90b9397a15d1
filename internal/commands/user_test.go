package commands_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/commands"
)

func TestUser_isMadeListedAndKeptOut(t *testing.T) {
	database := "PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	code, out, complaint := run(t, []string{database}, "user", "create", "jo", "--role", "developer", "--application", "web", "--label", "shop")
	require.Zero(t, code, complaint)
	require.Regexp(t, `^[a-z2-7]{6}(-[a-z2-7]{6}){3}\n$`, out, "the password alone is printed")
	code, out, _ = run(t, []string{database}, "user", "list")
	require.Zero(t, code)
	require.Regexp(t, `jo +developer +web, label shop +here +never +enabled`, out)

	for _, test := range []struct{ words, said string }{{"disable JO", "disabled"}, {"enable jo", "enabled"}} {
		code, out, complaint = run(t, []string{database}, append([]string{"user"}, strings.Fields(test.words)...)...)
		require.Zero(t, code, complaint)
		require.Empty(t, out)
		_, out, _ = run(t, []string{database}, "user", "list")
		require.Contains(t, out, " "+test.said)
	}
	code, out, complaint = run(t, []string{database}, "user", "password", "jo")
	require.Zero(t, code, complaint)
	require.NotEmpty(t, out)
}

func TestUser_takesAPasswordFromTheInput(t *testing.T) {
	database := "PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	with := func(input string, words ...string) (int, string) {
		var out, complaint bytes.Buffer
		code := commands.Run(t.Context(), commands.Shell{Args: words, Environ: []string{database}, In: strings.NewReader(input), Out: &out, Err: &complaint})
		return code, out.String() + complaint.String()
	}
	code, said := with("correct horse battery\n", "user", "create", "jo", "--role", "viewer", "--password-stdin")
	require.Zero(t, code, said)
	require.Empty(t, said)
	code, said = with("another long password", "user", "password", "jo", "--password-stdin")
	require.Zero(t, code, said)
	require.Empty(t, said)
	for input, want := range map[string]string{"short\n": "must have 12 to 200 characters", "": "standard input is empty"} {
		code, said = with(input, "user", "create", "kim", "--password-stdin")
		require.Equal(t, 2, code)
		require.Contains(t, said, want)
	}
}

func TestUser_namesWhatIsWrong(t *testing.T) {
	database := "PACT_BROKER_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	for _, test := range []struct{ args, complaint string }{
		{"create jo --role boss", "role must be one of: viewer"},
		{"create a:b", "name must be 1 to 100 characters"},
		{"create jo --role admin --application web", "applications must be left out"},
		{"disable nobody", "broker user list tells the names"},
	} {
		code, out, complaint := run(t, []string{database}, append([]string{"user"}, strings.Fields(test.args)...)...)
		require.NotZero(t, code, test.args)
		require.Empty(t, out, test.args)
		require.Contains(t, complaint, test.complaint)
	}
}
