package verdicts

import "fmt"

// CodePending says that the provider's build was asked for the result, and has been
// reached, so that the result is on its way.
const CodePending Code = "verification_pending"

type pending struct{}

func (pending) code() Code { return CodePending }

func (pending) when(f Finding, e *evidence) bool {
	return f.lacksResult() && e.askedLately(f)
}

func (pending) complete(f *Finding, e *evidence) {
	e.missed(f)
	f.SelfHealing = true
}

func (pending) title(f Finding) string {
	return fmt.Sprintf("A verification by %s is on its way", f.Provider)
}

func (pending) text(f Finding) string {
	return fmt.Sprintf("The contract was published on %s, and its result is not late yet. %s", day(f.History.PublishedAt), f.deliveryText())
}

func (pending) actions(f Finding) []Action {
	return append([]Action{{Kind: Wait}}, f.Provider.about(LookAtDelivery)...)
}

// askedLately reports whether a webhook that asks for the result has arrived and
// may still lead to it. What was not sent yet, is sent again because it failed, or
// only tells of the contract, is no sign of a result. What the first result after
// it shows, more waiting will not change, unless the webhook asks each version for
// a result of its own.
func (e *evidence) askedLately(f Finding) bool {
	last := f.LastDelivery
	if !f.wasAsked() || last.State != Delivered || !e.lately(last.At) {
		return false
	}
	return last.forOneVersion() || !f.History.Tried.At.After(last.At)
}
