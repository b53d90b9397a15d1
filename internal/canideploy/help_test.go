package canideploy

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestOptions_areTold(t *testing.T) {
	options := newArguments().options()
	documentation, err := os.ReadFile("../../docs/cli.md")
	require.NoError(t, err)
	manual, help := strings.ReplaceAll(manPage(options), "\\-", "-"), helpText(options)
	for _, o := range options {
		for _, name := range dashed(o) {
			require.Contains(t, help, name)
			require.Contains(t, manual, name)
			require.Contains(t, string(documentation), "`"+name, "docs/cli.md")
		}
		for _, name := range o.env {
			require.Contains(t, help, name)
			require.Contains(t, manual, name)
			require.Contains(t, string(documentation), name, "docs/cli.md")
		}
		require.Contains(t, groups, o.group)
	}
}

func TestOptions_areSpeltInOneWayEach(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range newArguments().options() {
		for _, name := range dashed(o) {
			require.False(t, seen[name], name)
			seen[name] = true
		}
	}
}

func TestHelp_keepsToEightyColumns(t *testing.T) {
	for line := range strings.Lines(helpText(newArguments().options())) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 80, line)
	}
}

func TestExamples_canBeAsked(t *testing.T) {
	for _, e := range examples {
		a, err := parse(strings.Fields(e.call))
		require.NoError(t, err)
		a.baseURL = "http://broker"
		require.NoError(t, a.check(), e.call)
	}
}

// Every question in the pages for users can be asked as it stands there.
func TestDocumentation_asksWhatCanBeAsked(t *testing.T) {
	for _, page := range []string{"../../docs/cli.md", "../../README.md"} {
		content, err := os.ReadFile(page)
		require.NoError(t, err)
		questions := regexp.MustCompile(`(?m)^can-i-deploy ([^|\n]*)`).FindAllStringSubmatch(string(content), -1)
		require.NotEmpty(t, questions, page)
		for _, question := range questions {
			call, _, _ := strings.Cut(question[1], "#")
			a, err := parse(strings.Fields(call))
			require.NoError(t, err, call)
			a.baseURL = "http://broker"
			require.NoError(t, a.check(), call)
		}
	}
}

func TestCompletion_worksInBash(t *testing.T) {
	script, err := completionScript("bash", newArguments().options())
	require.NoError(t, err)
	for _, test := range []struct{ line, want string }{
		{"--retry-", "--retry-while-unknown --retry-interval"},
		{"--output ", "table json"},
		{"-o j", "json"},
		{"--pacticipant --ver", ""},
	} {
		words := strings.Split(test.line, " ")
		ask := script + "\nCOMP_WORDS=(can-i-deploy " + quoted(words) + "); COMP_CWORD=" + string(rune('0'+len(words))) + "; _can_i_deploy; echo ${COMPREPLY[*]}"
		output, err := exec.Command("bash", "-c", ask).CombinedOutput()
		require.NoError(t, err, string(output))
		require.Equal(t, test.want, strings.TrimSpace(string(output)), test.line)
	}
}

func quoted(words []string) string { return "'" + strings.Join(words, "' '") + "'" }

func TestCompletion_knowsThreeShells(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script, err := completionScript(shell, newArguments().options())
		require.NoError(t, err)
		require.Contains(t, script, "retry-while-unknown")
	}
	_, err := completionScript("tcsh", nil)
	require.EqualError(t, err, `there is a completion for bash, zsh and fish, not for "tcsh"`)
}

func TestRoff_protectsWhatWouldBeACommand(t *testing.T) {
	require.Equal(t, `\&.x \-\-y \en`, roff(`.x --y \n`))
}
