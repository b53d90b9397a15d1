package verdicts

import (
	"fmt"

	"github.com/accord-broker/accord/internal/providercontracts"
)

// CodeNotCovered says that the contract of the provider version does not speak of
// everything in the pact, so that only a verification can tell.
const CodeNotCovered Code = "not_covered"

type notCovered struct{}

func (notCovered) code() Code { return CodeNotCovered }

func (notCovered) when(f Finding, _ *evidence) bool {
	return f.lacksResult() && f.comparedTo(providercontracts.NotCovered)
}

func (notCovered) complete(f *Finding, e *evidence) {
	f.Since = f.Compared.At
	e.own(f, f.Provider)
}

func (notCovered) title(f Finding) string {
	return fmt.Sprintf("The contract of %s does not speak of all that %s needs", f.Provider, f.Consumer)
}

func (notCovered) text(f Finding) string {
	of := f.Compared.Comparison
	text := fmt.Sprintf("Of %s nothing is wrong, but %d could not be compared", count(of.Interactions, "interaction"), of.Uncovered)
	if left := f.Report.Uncovered(); len(left) > 0 {
		text += ": " + left[0].Judged.Uncovered
	}
	return text + ". Only a verification of the pact can tell."
}

func (notCovered) actions(f Finding) []Action {
	return f.Provider.about(Verify, LookAtComparison)
}
