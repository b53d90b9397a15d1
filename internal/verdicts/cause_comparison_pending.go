package verdicts

import "fmt"

// CodeComparisonPending says that the pact could be compared with the contract of
// the provider version, and that there was no time yet.
const CodeComparisonPending Code = "comparison_pending"

type comparisonPending struct{}

func (comparisonPending) code() Code { return CodeComparisonPending }

func (comparisonPending) when(f Finding, e *evidence) bool {
	return f.lacksResult() && f.Compared == nil && e.withContracts[f.Provider.VersionID]
}

func (comparisonPending) complete(f *Finding, e *evidence) {
	f.Since, f.SelfHealing = f.Contract.CreatedAt, true
	e.own(f, f.Provider)
}

func (comparisonPending) title(f Finding) string {
	return fmt.Sprintf("The pact is being compared with %s", f.contractOfProvider())
}

func (comparisonPending) text(Finding) string {
	return "There was no time to do so within this question. Ask again in a moment."
}

func (comparisonPending) actions(Finding) []Action { return []Action{{Kind: Wait}} }
