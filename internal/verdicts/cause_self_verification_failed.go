package verdicts

import (
	"fmt"

	"github.com/accord-broker/accord/internal/providercontracts"
)

// CodeSelfVerificationFailed says that the provider version does not keep to its
// own contract, so that what it promises proves nothing.
const CodeSelfVerificationFailed Code = "self_verification_failed"

type selfVerificationFailed struct{}

func (selfVerificationFailed) code() Code { return CodeSelfVerificationFailed }

func (selfVerificationFailed) when(f Finding, _ *evidence) bool {
	return f.hasFailed() && f.comparedTo(providercontracts.SelfVerificationFailed)
}

func (selfVerificationFailed) complete(f *Finding, e *evidence) {
	f.Since = f.Compared.At
	e.own(f, f.Provider)
}

func (selfVerificationFailed) title(f Finding) string {
	return fmt.Sprintf("%s does not keep to its own contract", f.Provider)
}

func (selfVerificationFailed) text(f Finding) string {
	return fmt.Sprintf("The contract of %s was published with the result that the provider's own tests against it have failed. Whatever it promises, it does not count.", f.Provider)
}

func (selfVerificationFailed) actions(f Finding) []Action {
	return f.Provider.about(LookAtProviderContract, PublishProviderContract)
}
