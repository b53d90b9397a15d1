package verdicts

import "fmt"

// CodeNeverVerified says that no version of the provider has a result for the
// contract, and nothing tells that one is on its way.
const CodeNeverVerified Code = "never_verified"

type neverVerified struct{}

func (neverVerified) code() Code { return CodeNeverVerified }

func (neverVerified) when(f Finding, _ *evidence) bool { return f.lacksResult() }

func (neverVerified) complete(f *Finding, e *evidence) { e.missed(f) }

func (neverVerified) title(f Finding) string {
	return fmt.Sprintf("No version of %s has verified the contract", f.Provider.Name)
}

func (neverVerified) text(f Finding) string {
	return fmt.Sprintf("The contract was published on %s, and %s has published no result for it. %s", day(f.History.PublishedAt), f.Provider.Name, f.deliveryText())
}

func (neverVerified) actions(f Finding) []Action { return f.askForResult() }

// missed writes down that a result is missing since the contract was published.
func (e *evidence) missed(f *Finding) {
	f.Since = f.History.PublishedAt
	e.own(f, f.Provider)
}

// askForResult are the actions where a result should have come.
func (f Finding) askForResult() []Action {
	switch {
	case f.wasAsked():
		return f.Provider.about(LookAtDelivery, Verify)
	case f.LastDelivery != nil:
		return f.Provider.about(Verify, AddWebhook, LookAtDelivery)
	}
	return f.Provider.about(Verify, AddWebhook)
}
