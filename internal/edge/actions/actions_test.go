package actions

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/verdicts"
)

// Every kind of action is said in words, or an explanation could not be shown.
func TestTitle_saysEveryKind(t *testing.T) {
	for kind, say := range titles {
		require.NotNil(t, say, "action %d", kind)
	}
}

func TestAsk_namesTheTarget(t *testing.T) {
	for text, target := range map[string]matrix.Target{
		"can-i-deploy --pacticipant Shop --version 1 --to-environment 'a b'": {Environment: "a b"},
		"can-i-deploy --pacticipant Shop --version 1 --to prod":              {Tag: "prod"},
		"can-i-deploy --pacticipant Shop --version 1 --with-main-branches":   {MainBranch: true},
		"can-i-deploy --pacticipant Shop --version 1":                        {},
	} {
		require.Equal(t, text, Ask("Shop", "1", target).Line())
	}
	require.Equal(t, "can-i-deploy --pacticipant Shop --latest", Ask("Shop", "", matrix.Target{}).Line())
}

func TestCommand_namesTheBrokerOnce(t *testing.T) {
	c := RecordDeployment("It's", "1", "prod").To("https://broker.example.org")
	require.Equal(t, "pact broker record-deployment \\\n    --broker-base-url https://broker.example.org \\\n    --pacticipant 'It'\\''s' \\\n    --version 1 \\\n    --environment prod", c.Lines())
	found := verdicts.Finding{Contract: &contracts.Publication{Provider: "Stock", Consumer: "Shop", SHA: "abc"}}
	verifying := CommandFor("https://b", found, verdicts.Action{Kind: verdicts.Verify, Application: "Stock"})
	require.Equal(t, verifying, verifying.To("https://other"))
	require.Contains(t, verifying.Line(), "--broker-url https://b")
	require.Contains(t, verifying.Line(), "--provider-version VERSION")
}

func TestCommandFor_namesTheInstance(t *testing.T) {
	found := verdicts.Finding{Place: "prod"}
	for _, kind := range []verdicts.ActionKind{verdicts.RecordDeployment, verdicts.EndDeployment} {
		require.Contains(t, CommandFor("", found, verdicts.Action{Kind: kind, Application: "Shop", Instance: "customer 1"}).Line(), "--environment prod --application-instance 'customer 1'")
		require.NotContains(t, CommandFor("", found, verdicts.Action{Kind: kind, Application: "Shop"}).Line(), "instance")
	}
}

func TestCommandFor_whatIsOnlyToBeLookedAt(t *testing.T) {
	require.True(t, CommandFor("", verdicts.Finding{}, verdicts.Action{Kind: verdicts.LookAtMatrix}).None())
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{"": "''", "a-b_1.2": "a-b_1.2", "a b": "'a b'", "$(x)": "'$(x)'", "it's": `'it'\''s'`, "ä": "'ä'"} {
		require.Equal(t, want, Quote(text))
	}
}
