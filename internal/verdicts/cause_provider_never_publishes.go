package verdicts

import "fmt"

// CodeNeverPublishes says that the provider has had contracts for long without
// ever publishing a result.
const CodeNeverPublishes Code = "provider_never_publishes"

type neverPublishes struct{}

func (neverPublishes) code() Code { return CodeNeverPublishes }

func (neverPublishes) when(f Finding, e *evidence) bool {
	s := f.ProviderSummary
	return f.lacksResult() && s.LastResult.ID == 0 && e.now.Sub(s.FirstContract) > e.thresholds.LostAfter
}

func (neverPublishes) complete(f *Finding, e *evidence) {
	f.Since = f.ProviderSummary.FirstContract
	e.own(f, f.Provider)
}

func (neverPublishes) title(f Finding) string {
	return fmt.Sprintf("%s has never published a verification result", f.Provider.Name)
}

func (neverPublishes) text(f Finding) string {
	s := f.ProviderSummary
	return fmt.Sprintf("Its first contract is of %s, and there are contracts from %s, yet no result has ever reached the broker. Its builds may verify contracts without publishing what came of it.",
		day(s.FirstContract), count(s.Contracts, "consumer"))
}

func (neverPublishes) actions(f Finding) []Action { return f.Provider.about(Verify, LookAtContract) }
