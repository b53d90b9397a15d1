package verdicts

import (
	"fmt"

	"github.com/accord-broker/accord/internal/providercontracts"
)

// CodeIncompatible says that the consumer needs something that the contract of
// the provider version does not promise.
const CodeIncompatible Code = "incompatible"

type incompatible struct{}

func (incompatible) code() Code { return CodeIncompatible }

func (incompatible) when(f Finding, _ *evidence) bool {
	return f.hasFailed() && f.comparedTo(providercontracts.Incompatible)
}

func (incompatible) complete(f *Finding, e *evidence) {
	f.Since = f.Compared.At
	e.own(f, f.Provider)
}

func (incompatible) title(f Finding) string {
	return fmt.Sprintf("%s needs what %s does not promise", f.Consumer, f.Provider)
}

func (incompatible) text(f Finding) string {
	return fmt.Sprintf("The pact was compared with %s: %s. %s", f.contractOfProvider(), count(f.Compared.Comparison.Errors, "error"), f.failures())
}

func (incompatible) actions(f Finding) []Action {
	return append(f.Provider.about(LookAtComparison, LookAtProviderContract), f.Consumer.about(Compare)...)
}
