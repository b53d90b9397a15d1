package v1

import (
	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/edge/actions"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/verdicts"
)

type versionResultShown struct {
	Version string `json:"version"`
	At      string `json:"at"`
}

type evidenceShown struct {
	VerifiedWith *versionResultShown `json:"verified_with,omitempty"`
	TriedWith    *versionResultShown `json:"tried_with,omitempty"`
	PassedUntil  *versionResultShown `json:"passed_until,omitempty"`
	FailedSince  *versionResultShown `json:"failed_since,omitempty"`
	LastResult   *versionResultShown `json:"last_result,omitempty"`
	Newest       string              `json:"newest_version,omitempty"`
	Webhook      *deliveryShown      `json:"webhook,omitempty"`
	External     *externalBecause    `json:"external,omitempty"`
	Comparison   *comparisonShown    `json:"comparison,omitempty"`
}

type deliveryShown struct {
	Event       string                 `json:"event"`
	Status      verdicts.DeliveryState `json:"status"`
	TriggeredAt string                 `json:"triggered_at"`
	// URL is left out for those who may not see the delivery.
	URL string `json:"url,omitempty"`
}

// comparisonShown is what comparing a pact with a provider's contract has found.
type comparisonShown struct {
	Outcome      providercontracts.Outcome `json:"outcome"`
	ComparedAt   string                    `json:"compared_at"`
	Interactions int                       `json:"interactions"`
	NotCompared  int                       `json:"not_compared"`
	Errors       int                       `json:"errors"`
	Warnings     int                       `json:"warnings"`
	URL          string                    `json:"url"`
	Findings     []comparisonFinding       `json:"findings"`
}

type comparisonFinding struct {
	Type        comparison.Kind `json:"type"`
	Code        string          `json:"code"`
	Interaction string          `json:"interaction"`
	PactPath    string          `json:"pact_path"`
	SpecPath    string          `json:"spec_path"`
	Line        int             `json:"line,omitempty"`
	Message     string          `json:"message"`
	Remedy      string          `json:"remedy,omitempty"`
}

// findingsShown is how many findings of a comparison stand in a verdict.
const findingsShown = 50

func representComparison(base links.Base, f verdicts.Finding) *comparisonShown {
	k := f.Compared
	shown := &comparisonShown{
		Outcome: k.Outcome, ComparedAt: instant(k.At), Interactions: k.Comparison.Interactions, NotCompared: k.Comparison.Uncovered,
		Errors: k.Comparison.Errors, Warnings: k.Comparison.Warnings,
		URL: base.ComparedResult(f.Provider.Name, f.Provider.Version, f.Consumer.Name, f.Contract.SHA), Findings: representComparisonFindings(f.Report),
	}
	return shown
}

// representComparisonFindings shows the errors first.
func representComparisonFindings(report providercontracts.Report) []comparisonFinding {
	shown := []comparisonFinding{}
	for _, errorsOnly := range []bool{true, false} {
		for _, found := range report.Findings {
			if (found.Kind == comparison.Error) == errorsOnly && len(shown) < findingsShown {
				shown = append(shown, comparisonFinding{Type: found.Kind, Code: found.Code, Interaction: found.Description, PactPath: found.PactPath,
					SpecPath: found.SpecPath, Line: found.Line, Message: found.Message, Remedy: found.Remedy})
			}
		}
	}
	return shown
}

type externalBecause struct {
	Since  string `json:"since"`
	Reason string `json:"reason"`
}

type actionShown struct {
	Title   string `json:"title"`
	Command string `json:"command,omitempty"`
	URL     string `json:"url,omitempty"`
}

func representEvidence(base links.Base, f verdicts.Finding, seen map[string]bool) evidenceShown {
	shown := evidenceShown{Newest: f.Head}
	if f.NewestWithContent != "" {
		shown.Newest = f.NewestWithContent
	}
	if f.History != nil {
		shown.VerifiedWith, shown.TriedWith = representVersionResult(f.History.Fulfilled), representVersionResult(f.History.Tried)
		shown.LastResult = representVersionResult(f.ProviderSummary.LastResult)
	}
	if f.Regression != nil {
		shown.PassedUntil, shown.FailedSince = representVersionResult(f.Regression.Last), representVersionResult(f.Regression.First)
	}
	if t := f.LastDelivery; t != nil {
		shown.Webhook = &deliveryShown{Event: t.Event, Status: t.State, TriggeredAt: instant(t.At)}
		if seen[t.UUID] {
			shown.Webhook.URL = base.TriggeredWebhookLogs(t.UUID)
		}
	}
	if f.Compared != nil {
		shown.Comparison = representComparison(base, f)
	}
	if e := f.External; e != nil {
		shown.External = &externalBecause{Since: instant(e.Since), Reason: e.Reason}
	}
	return shown
}

func representVersionResult(m verdicts.VersionResult) *versionResultShown {
	if m.ID == 0 {
		return nil
	}
	return &versionResultShown{Version: m.Number, At: instant(m.At)}
}

// representActions leaves out looking at a delivery that is not among those seen.
func representActions(base links.Base, f verdicts.Finding, seen map[string]bool) []actionShown {
	shown := []actionShown{}
	for _, a := range f.Actions() {
		if a.Kind == verdicts.LookAtDelivery && !seen[f.LastDelivery.UUID] {
			continue
		}
		action := actionShown{Title: actions.Title(f, a)}
		if command := actions.CommandFor(base, f, a); !command.None() {
			action.Command = command.Line()
		}
		if address := addressesOf[a.Kind]; address != nil {
			action.URL = address(base, f, a)
		}
		shown = append(shown, action)
	}
	return shown
}

// readable asks an address that programs read for a text that people can read.
const readable = ".txt"

// addressesOf are where those actions lead that look at something.
var addressesOf = [verdicts.ActionKinds]func(base links.Base, f verdicts.Finding, a verdicts.Action) string{
	verdicts.LookAtResult: func(base links.Base, f verdicts.Finding, _ verdicts.Action) string {
		return resultURL(base, f) + readable
	},
	verdicts.LookAtBuild: func(_ links.Base, f verdicts.Finding, _ verdicts.Action) string { return f.BuildURL },
	verdicts.Compare: func(base links.Base, f verdicts.Finding, _ verdicts.Action) string {
		return base.DiffPreviousDistinct(f.Contract.Provider, f.Contract.Consumer, f.Contract.VersionNumber)
	},
	verdicts.LookAtContract: func(base links.Base, f verdicts.Finding, _ verdicts.Action) string {
		return base.Pact(f.Provider.Name, f.Consumer.Name, f.Consumer.Version)
	},
	verdicts.LookAtDelivery: func(base links.Base, f verdicts.Finding, _ verdicts.Action) string {
		return base.TriggeredWebhookLogs(f.LastDelivery.UUID)
	},
	verdicts.LookAtVersions: func(base links.Base, _ verdicts.Finding, a verdicts.Action) string {
		return base.Versions(a.Application) + readable
	},
	verdicts.LookAtExternal: func(base links.Base, _ verdicts.Finding, a verdicts.Action) string {
		return base.External(a.Application)
	},
	verdicts.LookAtComparison: func(base links.Base, f verdicts.Finding, _ verdicts.Action) string {
		return base.ComparedResult(f.Provider.Name, f.Provider.Version, f.Consumer.Name, f.Contract.SHA)
	},
	verdicts.LookAtProviderContract: func(base links.Base, _ verdicts.Finding, a verdicts.Action) string {
		return base.ProviderContract(a.Application, a.Version)
	},
	verdicts.LookAtMatrix: func(base links.Base, f verdicts.Finding, _ verdicts.Action) string {
		return base.MatrixOf(f.Provider.Name, f.Consumer.Name) + readable
	},
}
