package actions

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/verdicts"
)

// hostile are names that a shell, or the program that is called, could take for
// something else.
var hostile = []string{"Shop", "a b", "It's", `"quoted"`, "$(touch /tmp/x)", "`id`", "a;b", "a&b|c", "a>b", "*", "~", "#x", "\\", "'", "''", "!!", "ü", "-x", "--help", "-", "=", "{a,b}", "[a]", "%s", "a\tb"}

// words are those of a command line as a shell splits it.
func words(t *testing.T, line string) []string {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell here")
	}
	output, err := exec.Command(shell, "-c", `for word in `+line+`; do printf '%s\0' "$word"; done`).CombinedOutput()
	require.NoError(t, err, string(output))
	return strings.Split(strings.TrimSuffix(string(output), "\x00"), "\x00")
}

func TestQuote_isReadByAShellAsItWasWritten(t *testing.T) {
	var quoted []string
	for _, text := range hostile {
		quoted = append(quoted, Quote(text))
	}
	require.Equal(t, hostile, words(t, strings.Join(quoted, " ")))
}

func TestOption_isOneWordWhateverItsValue(t *testing.T) {
	c := Command{Program: "program"}
	want := []string{"program"}
	for _, value := range hostile {
		c = c.Option("--name", value)
		if strings.HasPrefix(value, "-") {
			want = append(want, "--name="+value)
			continue
		}
		want = append(want, "--name", value)
	}
	require.Equal(t, want, words(t, c.Line()))
	require.Equal(t, want, words(t, c.Lines()), "over several lines it is the same command")
}

// Names come from other people, and commands are copied from pages: each name is one
// word of it, of every kind of action.
func TestCommandFor_keepsNamesOfOthersInWordsOfTheirOwn(t *testing.T) {
	const name = "x'; touch /tmp/x; '$(y) -z"
	party := verdicts.Party{Name: name, Version: name, Asked: true}
	for kind := range verdicts.ActionKind(verdicts.ActionKinds) {
		for _, target := range []matrix.Target{{Environment: name}, {Tag: name}, {MainBranch: true}} {
			f := verdicts.Finding{Consumer: party, Provider: party, Place: name, Target: target, Contract: &contracts.Publication{Consumer: name, Provider: name, SHA: name}}
			c := CommandFor("https://broker.example.org", f, verdicts.Action{Kind: kind, Application: name, Version: name, Instance: name})
			if c.None() {
				continue
			}
			for _, word := range words(t, strings.ReplaceAll(c.To("https://broker.example.org").Line(), "$?", "0")) {
				require.True(t, word == name || strings.HasPrefix(word, "https://") || !strings.Contains(word, "touch"), "%d: %q in %s", kind, word, c.Line())
			}
		}
	}
}

func TestTitle_namesWhatItIsAbout(t *testing.T) {
	f := verdicts.Finding{
		Consumer: verdicts.Party{Name: "Shop", Version: "1"}, Provider: verdicts.Party{Name: "Stock", Version: "7"}, Contract: &contracts.Publication{},
	}
	about := verdicts.Action{Application: "Stock", Version: "8"}
	for kind, want := range map[verdicts.ActionKind]string{
		verdicts.LookAtResult: "Look at the result, then mend Stock, or the contract of Shop if it asks for too much", verdicts.Compare: "See what Shop 1 changed in the contract",
		verdicts.Verify: "Verify the contract with Stock 8 and publish the result", verdicts.AddWebhook: "Let a webhook start the verification by Stock whenever a contract needs it",
		verdicts.Wait: "Wait for the result of Stock 7", verdicts.DeployOther: "Deploy Stock 8 first, if it may be deployed", verdicts.Publish: "Publish what Stock needs from the build of that version",
		verdicts.LookAtProviderContract: "Read what Stock 8 promises", verdicts.SetMainBranch: "Say which branch of Stock is the main one",
	} {
		about.Kind = kind
		require.Equal(t, want, Title(f, about))
	}
	about.Kind, about.Version = verdicts.Verify, ""
	require.Equal(t, "Verify the contract with Stock VERSION and publish the result", Title(f, about), "a version that is not known is to be filled in")
	require.Equal(t, "Or go back to Stock 6, if it may be deployed", Title(f, verdicts.Action{Kind: verdicts.DeployOther, Application: "Stock", Version: "6", Back: true}))
	for doubt, want := range map[verdicts.Doubt]string{
		verdicts.DoubtedName:   "Check the name, or publish what Stock needs from the build of that version",
		verdicts.DoubtedNumber: "Check the number, or publish what Stock needs from the build of that version",
		verdicts.DoubtedCommit: "Write more digits of the commit, or publish what Stock needs from the build of that version",
	} {
		require.Equal(t, want, Title(f, verdicts.Action{Kind: verdicts.Publish, Application: "Stock", Doubt: doubt}))
	}
}

func TestWait_asksAgainWhatWasAsked(t *testing.T) {
	consumer, provider := verdicts.Party{Name: "Shop", Version: "1"}, verdicts.Party{Name: "Stock", Version: "7"}
	line := func(f verdicts.Finding) string {
		return CommandFor("", f, verdicts.Action{Kind: verdicts.Wait}).Line()
	}
	f := verdicts.Finding{Consumer: consumer, Provider: provider, Target: matrix.Target{Environment: "prod"}}
	require.Equal(t, "can-i-deploy --pacticipant Stock --version 7 --to-environment prod --retry-while-unknown 30 --retry-interval 10", line(f))
	f.Consumer.Asked = true
	require.Equal(t, "can-i-deploy --pacticipant Shop --version 1 --to-environment prod --retry-while-unknown 30 --retry-interval 10", line(f))
}
