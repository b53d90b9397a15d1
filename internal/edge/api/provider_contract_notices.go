package api

import (
	"fmt"
	"strings"

	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/links"
)

// providerContractNotices tells what publishing a provider's contracts did, what spoils
// comparisons with them, and whom they break.
func providerContractNotices(base links.Base, answer providercontracts.Answer) []notice {
	var notices []notice
	for _, p := range answer.Contracts {
		notices = append(notices, providerContractNotice(p))
		for _, text := range p.Notices {
			notices = append(notices, notice{"warning", "  " + text})
		}
		if advice := evidenceNotice(p.Contract); advice != nil {
			notices = append(notices, *advice)
		}
	}
	provider, number := answer.Version.Pacticipant, answer.Version.Number
	notices = append(notices, notice{"debug", "  It is at " + base.ProviderContract(provider, number)})
	notices = append(notices, impactNotices(answer.Impact)...)
	return append(notices, notice{"prompt", "  What is left to do:"},
		notice{"prompt", fmt.Sprintf("  * Before a deployment ask: can-i-deploy --pacticipant %q --version %q --to-environment NAME", provider, number)},
		notice{"prompt", "  * After it tell the broker: record-deployment, so that later versions are compared with what is there"})
}

func providerContractNotice(p providercontracts.Published) notice {
	what := fmt.Sprintf("contract %s of %s version %s", p.Contract.Name, p.Contract.Provider, p.Contract.VersionNumber)
	switch p.Change {
	case providercontracts.Unchanged:
		return notice{"success", "The " + what + " was there already; nothing has changed"}
	case providercontracts.EvidenceChanged:
		return notice{"success", "The " + what + " was there already; its evidence is another now"}
	case providercontracts.Replaced:
		return notice{"warning", "Replaced the " + what + ": what was compared with the former one no longer counts for this version"}
	}
	return notice{"success", "Published the " + what}
}

func evidenceNotice(c providercontracts.Contract) *notice {
	switch {
	case c.Evidence.Failed():
		return &notice{"danger", "  The evidence says that the provider does not keep to this contract: it may not be deployed to where consumers need it"}
	case c.Evidence.Missing():
		return &notice{"warning", "  There is no evidence that the provider keeps to this contract: comparisons count, but prove little. Test the provider against it and publish the results with it"}
	}
	return nil
}

// effectsAtMost is how many effects are told of each kind.
const effectsAtMost = 20

// impactNotices tells what the version means for those who live with the provider.
func impactNotices(impact providercontracts.Impact) []notice {
	var notices []notice
	breaks, unknown := impact.Breaks(), impact.Unknown()
	for _, e := range breaks[:min(len(breaks), effectsAtMost)] {
		notices = append(notices, notice{"danger", "  Breaks " + livePact(e.Pact) + ": " + reasonOf(e)})
	}
	for _, e := range unknown[:min(len(unknown), effectsAtMost)] {
		notices = append(notices, notice{"warning", "  Says nothing certain of " + livePact(e.Pact) + ": " + reasonOf(e)})
	}
	if more := max(len(breaks)-effectsAtMost, 0) + max(len(unknown)-effectsAtMost, 0); more > 0 {
		notices = append(notices, notice{"warning", fmt.Sprintf("  There are %d more of these", more)})
	}
	if fine := len(impact.Effects) - len(breaks) - len(unknown); fine > 0 {
		need := "need"
		if fine == 1 {
			need = "needs"
		}
		notices = append(notices, notice{"success", fmt.Sprintf("  Keeps what %s in use %s", countOf(fine, "pact"), need)})
	}
	if impact.Left > 0 {
		notices = append(notices, notice{"info", fmt.Sprintf("  %s in use will be compared in a moment", countOf(impact.Left, "pact"))})
	}
	return notices
}

func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// livePact names a pact and why it matters.
func livePact(p providercontracts.LivePact) string {
	var where []string
	if len(p.Places) > 0 {
		where = append(where, "in "+strings.Join(p.Places, ", "))
	}
	if p.MainBranch {
		where = append(where, "on its main branch")
	}
	return fmt.Sprintf("%s version %s (%s)", p.Publication.Consumer, p.Publication.VersionNumber, strings.Join(where, "; "))
}

// reasonOf says in a sentence why an effect is no success.
func reasonOf(e providercontracts.Effect) string {
	switch e.Outcome {
	case providercontracts.SelfVerificationFailed:
		return "the provider does not keep to its own contract"
	case providercontracts.NotComparable:
		return e.Comparison.Refused
	case providercontracts.NotCovered:
		if uncovered := e.Comparison.Report.Uncovered(); len(uncovered) > 0 {
			return fmt.Sprintf("%d of its %s cannot be compared, because %s. Verify the pact",
				len(uncovered), countOf(e.Comparison.Interactions, "interaction"), uncovered[0].Judged.Uncovered)
		}
		return "not all of it can be compared. Verify the pact"
	}
	found := e.Comparison.Report.Errors()
	if len(found) == 0 {
		return countOf(e.Comparison.Errors, "error")
	}
	text := fmt.Sprintf("%q: %s", found[0].Description, found[0].Message)
	if more := e.Comparison.Errors - 1; more > 0 {
		text += fmt.Sprintf(" And %s.", countOf(more, "more error"))
	}
	return text
}
