package api

import (
	"fmt"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/verification"
)

// resultText shows a result to people: what it says and which interactions failed.
func resultText(pact contracts.Publication, r verification.Result) string {
	outcome := "has verified"
	if !r.Success {
		outcome = "fails"
	}
	lines := []string{
		fmt.Sprintf("%s %s %s the contract of %s %s.", pact.Provider, r.ProviderNumber, outcome, pact.Consumer, pact.VersionNumber), "",
		"Verified: " + r.ExecutedAt.UTC().Format("2006-01-02 15:04 UTC"),
	}
	if r.BuildURL != "" {
		lines = append(lines, "Build:    "+r.BuildURL)
	}
	failures := verification.FailedTests(r.TestResults)
	if !r.Success && len(failures) == 0 {
		lines = append(lines, "", "The verifier did not tell which interactions failed.")
	}
	for _, f := range failures {
		lines = append(lines, "", "Failed: "+failureName(f))
		for _, problem := range f.Problems {
			lines = append(lines, "  "+strings.ReplaceAll(problem, "\n", "\n  "))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// failureName names the interaction, by its id where the verifier gives no more.
func failureName(f verification.FailedTest) string {
	name := f.Description
	if name == "" {
		name = f.InteractionID
	}
	if f.State != "" {
		name += " (" + f.State + ")"
	}
	return name
}
