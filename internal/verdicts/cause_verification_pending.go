package verdicts

import "fmt"

// CodePending says that somebody was told of the contract, or is verifying
// already, so that the result is on its way.
const CodePending Code = "verification_pending"

type pending struct{}

func (pending) code() Code { return CodePending }

func (pending) when(f Finding, e *evidence) bool {
	return f.lacksResult() && (e.toldLately(f) || e.verifiesNow(f))
}

func (pending) complete(f *Finding, e *evidence) {
	e.missed(f)
	f.SelfHealing, f.Verifying = true, e.verifiesNow(*f)
}

func (pending) title(f Finding) string {
	return fmt.Sprintf("A verification by %s is on its way", f.Provider)
}

func (pending) text(f Finding) string {
	text := fmt.Sprintf("The contract was published on %s, and its result is not late yet. ", day(f.History.PublishedAt))
	if f.Verifying {
		last := f.ProviderSummary.LastResult
		return text + fmt.Sprintf("%s %s is verifying contracts: it published a result for another one on %s.", f.Provider.Name, last.Number, day(last.At))
	}
	return text + f.deliveryText()
}

func (pending) actions(f Finding) []Action {
	actions := []Action{{Kind: Wait}}
	if f.LastDelivery != nil {
		actions = append(actions, f.Provider.about(LookAtDelivery)...)
	}
	return actions
}

// toldLately reports whether a webhook was triggered that may still lead to the
// result. What the first result after it shows, more waiting will not change,
// unless the webhook asks each version for a result of its own.
func (e *evidence) toldLately(f Finding) bool {
	last := f.LastDelivery
	if last == nil || last.State == GivenUp || !e.lately(last.At) {
		return false
	}
	return last.forOneVersion() || !f.History.Tried.At.After(last.At)
}

// verifiesNow reports whether the version whose result is missing has published
// another result lately, and since the contract is known. A record that is too
// old to be believed, or a result that is long overdue, says more.
func (e *evidence) verifiesNow(f Finding) bool {
	last := f.ProviderSummary.LastResult
	_, stale := e.stale(f)
	if stale || (lost{}).when(f, e) {
		return false
	}
	return last.ID != 0 && last.ID == f.Provider.VersionID && last.At.After(f.History.PublishedAt) && e.lately(last.At)
}
