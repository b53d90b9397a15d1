package canideploy

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// valueFor is a value that an option takes.
func valueFor(o option) string {
	switch {
	case o.choices != nil:
		return o.choices[0]
	case o.name == "custom-header":
		return "X-Team: blue"
	case o.arg == "TIMES", o.arg == "SECONDS", o.arg == "ROWS":
		return "7"
	}
	return "value"
}

// understood is what a command line means, without how it was written.
func understood(t *testing.T, args ...string) *arguments {
	t.Helper()
	a, err := parse(args)
	require.NoError(t, err, "%q", args)
	for name, value := range a.given {
		delete(a.given, name)
		a.given[strings.ReplaceAll(name, "_", "-")] = value
	}
	return a
}

// Whatever an option is, it may be written in all of these ways, and means the same.
func TestParse_takesEachOptionInEachSpelling(t *testing.T) {
	for _, o := range newArguments().options() {
		if o.takes == takesNothing {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			value := valueFor(o)
			want := understood(t, "--"+o.name, value)
			for _, name := range append([]string{o.name}, o.also...) {
				require.Equal(t, want, understood(t, "--"+name+"="+value))
				require.Equal(t, want, understood(t, "--"+strings.ReplaceAll(name, "-", "_"), value))
			}
			if o.short != "" {
				require.Equal(t, want, understood(t, "-"+o.short, value))
				require.Equal(t, want, understood(t, "-"+o.short+value))
				require.Equal(t, want, understood(t, "-"+o.short+"="+value))
				require.Equal(t, append(want.notes, understood(t, "-v").notes...), understood(t, "-v"+o.short+value).notes)
			}
		})
	}
}

// Whatever a switch is, it can be turned on and off in words and without.
func TestParse_turnsEachSwitchOnAndOff(t *testing.T) {
	for _, o := range newArguments().options() {
		if o.takes != takesNothing || o.group == groupOther || o.group == groupIgnored {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			on, off := understood(t, "--"+o.name), understood(t, "--no-"+o.name)
			require.NotEqual(t, on, off)
			for _, words := range []string{"=true", " true", "=1", "=yes", "=ON"} {
				got := understood(t, strings.Split("--"+o.name+words, " ")...)
				got.given[o.name] = on.given[o.name] // how it was written
				require.Equal(t, on, got, words)
			}
			for _, word := range []string{"--" + o.name + "=false", "--" + o.name + " false", "--skip-" + o.name, "--no-" + o.name + " true", "--" + o.name + "=0"} {
				got := understood(t, strings.Split(word, " ")...)
				got.given[o.name] = off.given[o.name]
				require.Equal(t, off, got, word)
			}
		})
	}
}

// A variable means what its option means, and each variable is looked at.
func TestFillFromEnvironment_knowsEachVariable(t *testing.T) {
	for _, o := range newArguments().options() {
		value := valueFor(o)
		written := []string{"--" + o.name, value}
		if o.takes == takesNothing {
			value, written = "true", []string{"--" + o.name}
		}
		for _, name := range o.env {
			t.Run(name, func(t *testing.T) {
				want := understood(t, written...)
				got := newArguments()
				require.NoError(t, got.fillFromEnvironment(func(asked string) string {
					if asked == name {
						return value
					}
					return ""
				}))
				got.given = want.given
				require.Equal(t, want, got)
			})
		}
	}
}

// What is a secret is told to nobody, least of all to the log of a job.
func TestParse_tellsNoSecrets(t *testing.T) {
	for _, args := range [][]string{
		{"-k", "s3cret", "-k", "other"}, {"--broker-token=other", "--broker-token", "s3cret"}, {"-p", "s3cret", "-p", "other"},
		{"--custom-header", "Authorization Bearer s3cret"}, {"--custom-header", "s3cret"}, {"--custom-header", ": s3cret"},
	} {
		_, err := parse(args)
		require.Error(t, err, "%q", args)
		require.NotContains(t, err.Error(), "s3cret")
		require.NotContains(t, err.Error(), "other")
	}
	_, err := parse([]string{"-k", "same", "-k", "same"})
	require.NoError(t, err, "said twice it is still one")
}

func TestAsk_tellsNoSecretsOfAnAddress(t *testing.T) {
	for _, address := range []string{"ftp://bob:s3cret@host", "bob:s3cret@host", "http://bob:s3cret@", "https://bob:s3cret@ho st/", "http://bob:s3c%zzret@host"} {
		got := askAt(t, nil, nil, "-b", address, "-a", "Shop", "-e", "1")
		require.Equal(t, exitNoVerdict, got.code)
		require.NotContains(t, got.errOut, "s3c", address)
	}
}

// Headers may stand in for those that the program sends.
func TestAsk_sendsHeadersInPlaceOfItsOwn(t *testing.T) {
	b := newRecordedBroker(yesAnswer)
	defer b.Close()
	got := askAt(t, b, nil, "-b", b.URL, "-a", "Shop", "-e", "1", "-k", "tok",
		"--custom-header", "authorization: Custom x:y", "--custom-header", "Host: broker.internal", "--custom-header", "X-Team: blue", "--custom-header", "x-team:green")
	require.Equal(t, exitYes, got.code, got.errOut)
	require.Equal(t, "Custom x:y", b.asked[0].Header.Get("Authorization"))
	require.Equal(t, "broker.internal", b.asked[0].Host)
	require.Equal(t, []string{"blue", "green"}, b.asked[0].Header.Values("X-Team"))
}

// Notes are told before the question is asked, and change nothing.
func TestAsk_tellsNotes(t *testing.T) {
	got := ask(t, nil, []string{yesAnswer}, "-a", "Shop", "-e", "1", "--log-level", "debug", "-k", "tok", "-u", "bob")
	require.Equal(t, exitYes, got.code)
	require.Equal(t, "note: --log-level has no effect here\nnote: both a token and a user name are given; the token is used\n"+
		"warning: --broker-token shows its value to everybody who may list the processes of this machine; set PACT_BROKER_TOKEN instead\n", got.errOut)
}

// The completions of the other shells are programs in their own languages: where the
// shell is there, it reads them.
func TestCompletion_isReadByItsShell(t *testing.T) {
	for shell, check := range map[string][]string{"bash": {"-n"}, "zsh": {"-n"}, "fish": {"--no-execute"}} {
		t.Run(shell, func(t *testing.T) {
			program, err := exec.LookPath(shell)
			if err != nil {
				t.Skip("there is no " + shell + " here")
			}
			script, err := completionScript(shell, newArguments().options())
			require.NoError(t, err)
			command := exec.Command(program, check...)
			command.Stdin = strings.NewReader(script)
			output, err := command.CombinedOutput()
			require.NoError(t, err, string(output))
		})
	}
}

// Each completion knows which options take a file, one of a few words, or anything.
func TestCompletion_knowsWhatOptionsTake(t *testing.T) {
	options := newArguments().options()
	zsh, err := completionScript("zsh", options)
	require.NoError(t, err)
	fish, err := completionScript("fish", options)
	require.NoError(t, err)
	for _, line := range []string{
		"'*--ssl-certificate[", "]:FILE:_files' \\", "'*-o[", "]:FORMAT:(table json)' \\", "'*--latest[", "]::TAG: ' \\", "'*--pacticipant[", "]:NAME: ' \\", "'*--dry-run[",
	} {
		require.Contains(t, zsh, line)
	}
	for _, line := range []string{
		"complete -c can-i-deploy -s o -l output -x -a 'table json' -d '", "complete -c can-i-deploy -s c -l ssl-certificate -r -F -d '",
		"complete -c can-i-deploy -s l -l latest -d '", "complete -c can-i-deploy -l all -l tag -x -d '", "complete -c can-i-deploy -l dry-run -d '",
	} {
		require.Contains(t, fish, line)
	}
	for _, o := range options {
		require.Equal(t, len(dashed(o)), strings.Count(zsh, "["+zshText(o.text)+"]"+zshValue(o)+"'")-others(options, o), o.name)
	}
}

// others counts the spellings of other options of the same text and value.
func others(options []option, one option) int {
	count := 0
	for _, o := range options {
		if o.name != one.name && o.text == one.text && zshValue(o) == zshValue(one) {
			count += len(dashed(o))
		}
	}
	return count
}

// The manual has all its chapters in the order in which people look for them.
func TestManual_hasItsChapters(t *testing.T) {
	manual := manPage(newArguments().options())
	at := 0
	for _, chapter := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES"} {
		next := strings.Index(manual, "\n.SH "+chapter+"\n")
		require.Greater(t, next, at, chapter)
		at = next
	}
	for _, group := range groups {
		require.Contains(t, manual, "\n.SS "+roff(group)+"\n")
	}
	for _, e := range exitCodes {
		require.Contains(t, manual, fmt.Sprintf(".B %d\n%s\n", e.code, roff(e.meaning)))
	}
	for _, name := range []string{"NO_COLOR", "HTTP_PROXY", "NO_PROXY"} {
		require.Contains(t, manual, name)
	}
	for line := range strings.Lines(manual) {
		if strings.HasPrefix(line, ".") {
			require.Regexp(t, `^\.(TH|SH|SS|TP|B)( |\n)`, line, "no text is taken for a command")
		}
	}
}

func TestHelp_tellsEachOptionInItsGroup(t *testing.T) {
	help := helpText(newArguments().options())
	require.Contains(t, help, "Asks a contract broker whether versions of applications may be deployed")
	for _, group := range groups {
		_, after, found := strings.Cut(help, "\n"+group+":\n")
		require.True(t, found, group)
		own, _, _ := strings.Cut(after, "\n\n")
		for _, o := range newArguments().options() {
			line := "  " + o.spellings() + "\n"
			require.Equal(t, o.group == group, strings.Contains("\n"+own+"\n", "\n"+line), "%s in %s", o.name, group)
		}
	}
}
