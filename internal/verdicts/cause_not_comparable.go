package verdicts

import (
	"fmt"

	"github.com/accord-broker/accord/internal/providercontracts"
)

// CodeNotComparable says that the contract of the provider version, or the pact,
// is such that the two cannot be compared.
const CodeNotComparable Code = "not_comparable"

type notComparable struct{}

func (notComparable) code() Code { return CodeNotComparable }

func (notComparable) when(f Finding, _ *evidence) bool {
	return f.lacksResult() && f.comparedTo(providercontracts.NotComparable)
}

func (notComparable) complete(f *Finding, e *evidence) {
	f.Since = f.Compared.At
	e.own(f, f.Provider)
}

func (notComparable) title(f Finding) string {
	return fmt.Sprintf("The pact of %s cannot be compared with %s", f.Consumer, f.contractOfProvider())
}

func (notComparable) text(f Finding) string { return f.Compared.Comparison.Refused }

func (notComparable) actions(f Finding) []Action {
	return f.Provider.about(LookAtProviderContract, PublishProviderContract, Verify)
}
