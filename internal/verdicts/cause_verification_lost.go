package verdicts

import (
	"fmt"
	"time"
)

// CodeLost says that a result was due and did not come.
const CodeLost Code = "verification_lost"

type lost struct{}

func (lost) code() Code { return CodeLost }

// when: the provider was asked and did not answer, or it has published other
// results in all that time.
func (lost) when(f Finding, e *evidence) bool {
	if !f.lacksResult() {
		return false
	}
	if f.wasAsked() && f.LastDelivery.State == GivenUp {
		return true
	}
	overdue := e.now.Sub(f.due()) > e.thresholds.LostAfter
	return overdue && (f.wasAsked() || f.ProviderSummary.LastResult.At.After(f.History.PublishedAt))
}

func (lost) complete(f *Finding, e *evidence) { e.missed(f) }

func (lost) title(f Finding) string {
	return fmt.Sprintf("A verification by %s was due, and no result came", f.Provider.Name)
}

func (lost) text(f Finding) string {
	text := fmt.Sprintf("The contract was published on %s. %s", day(f.History.PublishedAt), f.deliveryText())
	if !f.wasAsked() {
		text += fmt.Sprintf(" %s has published results since, but none for this contract: its builds may not select it.", f.Provider.Name)
	}
	return text
}

func (lost) actions(f Finding) []Action { return f.askForResult() }

// due is when the result was last asked for.
func (f Finding) due() time.Time {
	if f.wasAsked() && f.LastDelivery.At.After(f.History.PublishedAt) {
		return f.LastDelivery.At
	}
	return f.History.PublishedAt
}
