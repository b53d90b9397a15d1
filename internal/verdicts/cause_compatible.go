package verdicts

import (
	"fmt"

	"github.com/accord-broker/accord/internal/providercontracts"
)

// CodeCompatible says that the provider version promises, in its own contract,
// everything that the consumer needs.
const CodeCompatible Code = "compatible"

type compatible struct{}

func (compatible) code() Code { return CodeCompatible }

func (compatible) when(f Finding, _ *evidence) bool {
	return f.Result != nil && f.Result.Compared && f.Result.Success
}

func (compatible) complete(f *Finding, _ *evidence) { f.Since = f.Result.ExecutedAt }

func (compatible) title(f Finding) string {
	return fmt.Sprintf("%s promises what %s needs", f.Provider, f.Consumer.Name)
}

func (compatible) text(f Finding) string {
	if f.comparedTo(providercontracts.Unproven) {
		return "Nobody has said whether the provider keeps to its contract: it was published without evidence."
	}
	return ""
}

func (compatible) actions(f Finding) []Action {
	if f.comparedTo(providercontracts.Unproven) {
		return f.Provider.about(PublishProviderContract)
	}
	return nil
}
