package verdicts

import "fmt"

// CodeNoContract says that the consumer version has no contract with the
// provider, or a version none with anybody that the question concerns.
const CodeNoContract Code = "no_contract"

type noContract struct{}

func (noContract) code() Code { return CodeNoContract }

func (noContract) when(f Finding, _ *evidence) bool { return f.gap == contractMissing }

func (noContract) complete(*Finding, *evidence) {}

func (noContract) title(Finding) string { return "There is no contract to verify" }

func (noContract) text(f Finding) string {
	if f.Provider.Name == "" {
		return fmt.Sprintf("%s has no contract that this question concerns, so there is nothing to break.", f.Consumer)
	}
	return fmt.Sprintf("%s has no contract with %s, so there is nothing to break.", f.Consumer, f.Provider.Name)
}

func (noContract) actions(Finding) []Action { return nil }
