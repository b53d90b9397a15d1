package v1

import (
	"strings"

	"accord/internal/comparison"
	"accord/internal/matrix"
	"accord/internal/providercontracts"
	"accord/internal/support/links"
	"accord/internal/verdicts"
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
	URL         string                 `json:"url"`
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

func representEvidence(base links.Base, f verdicts.Finding) evidenceShown {
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
		shown.Webhook = &deliveryShown{Event: t.Event, Status: t.State, TriggeredAt: instant(t.At), URL: base.TriggeredWebhookLogs(t.UUID)}
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

func representActions(base links.Base, f verdicts.Finding) []actionShown {
	actions := f.Actions()
	shown := make([]actionShown, len(actions))
	for i, action := range actions {
		shown[i] = actionsOf[action.Kind](base, f, action)
	}
	return shown
}

// readable asks an address that programs read for a text that people can read.
const readable = ".txt"

// actionsOf say each action in words, with the command or the address for it.
// Commands are those of the program can-i-deploy and of the usual clients.
var actionsOf = [verdicts.ActionKinds]func(base links.Base, f verdicts.Finding, a verdicts.Action) actionShown{
	verdicts.LookAtResult: func(base links.Base, f verdicts.Finding, _ verdicts.Action) actionShown {
		return actionShown{Title: "Look at the result, then " + remedyOf(f), URL: resultURL(base, f) + readable}
	},
	verdicts.LookAtBuild: func(_ links.Base, f verdicts.Finding, _ verdicts.Action) actionShown {
		return actionShown{Title: "Look at the build that found it", URL: f.BuildURL}
	},
	verdicts.Compare: func(base links.Base, f verdicts.Finding, _ verdicts.Action) actionShown {
		p := f.Contract
		return actionShown{Title: "See what " + f.Consumer.String() + " changed in the contract", URL: base.DiffPreviousDistinct(p.Provider, p.Consumer, p.VersionNumber)}
	},
	verdicts.Verify: showVerify,
	verdicts.LookAtContract: func(base links.Base, f verdicts.Finding, _ verdicts.Action) actionShown {
		return actionShown{Title: "Look at the contract that " + f.Provider.Name + " is to verify", URL: base.Pact(f.Provider.Name, f.Consumer.Name, f.Consumer.Version)}
	},
	verdicts.LookAtDelivery: func(base links.Base, f verdicts.Finding, _ verdicts.Action) actionShown {
		return actionShown{Title: "See what became of the webhook", URL: base.TriggeredWebhookLogs(f.LastDelivery.UUID)}
	},
	verdicts.AddWebhook: func(_ links.Base, f verdicts.Finding, _ verdicts.Action) actionShown {
		return actionShown{Title: "Let a webhook start the verification by " + f.Provider.Name + " whenever a contract needs it",
			Command: "pact broker create-webhook URL_OF_THE_BUILD --request POST --provider " + quote(f.Provider.Name) + " --contract-requiring-verification-published"}
	},
	verdicts.Wait: func(_ links.Base, f verdicts.Finding, _ verdicts.Action) actionShown {
		return actionShown{Title: "Wait for the result of " + f.Provider.String(), Command: canIDeployCommand(askedOf(f), f) + " --retry-while-unknown 30 --retry-interval 10"}
	},
	verdicts.DeployOther: func(_ links.Base, f verdicts.Finding, a verdicts.Action) actionShown {
		title := "Deploy " + a.Application + " " + a.Version + " first, if it may be deployed"
		if f.Code == verdicts.CodeRegression {
			title = "Or go back to " + a.Application + " " + a.Version + ", if it may be deployed"
		}
		return actionShown{Title: title, Command: canIDeployCommand(verdicts.Party{Name: a.Application, Version: a.Version}, f)}
	},
	verdicts.RecordDeployment: func(_ links.Base, f verdicts.Finding, a verdicts.Action) actionShown {
		return actionShown{Title: "Record the version of " + a.Application + " that really runs there", Command: recordCommand("record-deployment", f, a, " --version VERSION")}
	},
	verdicts.EndDeployment: func(_ links.Base, f verdicts.Finding, a verdicts.Action) actionShown {
		return actionShown{Title: "Or record that it does not run there any more", Command: recordCommand("record-undeployment", f, a, "")}
	},
	verdicts.Publish: func(_ links.Base, f verdicts.Finding, a verdicts.Action) actionShown {
		version := a.Version
		if version == "" {
			version = "VERSION"
		}
		return actionShown{Title: publishTitle(f, a),
			Command: "pact broker publish PACTS_FOLDER --consumer-app-version " + quote(version) + " --branch BRANCH"}
	},
	verdicts.SetMainBranch: func(_ links.Base, _ verdicts.Finding, a verdicts.Action) actionShown {
		return actionShown{Title: "Say which branch of " + a.Application + " is the main one",
			Command: "pact broker create-or-update-pacticipant --name " + quote(a.Application) + " --main-branch BRANCH"}
	},
	verdicts.LookAtVersions: func(base links.Base, _ verdicts.Finding, a verdicts.Action) actionShown {
		return actionShown{Title: "See which versions are known", URL: base.Versions(a.Application) + readable}
	},
	verdicts.LookAtExternal: func(base links.Base, _ verdicts.Finding, a verdicts.Action) actionShown {
		return actionShown{Title: "See why, or take the mark away", URL: base.External(a.Application)}
	},
	verdicts.LookAtComparison: func(base links.Base, f verdicts.Finding, _ verdicts.Action) actionShown {
		return actionShown{Title: "See what the comparison has found", URL: base.ComparedResult(f.Provider.Name, f.Provider.Version, f.Consumer.Name, f.Contract.SHA)}
	},
	verdicts.LookAtPromise: func(base links.Base, f verdicts.Finding, a verdicts.Action) actionShown {
		return actionShown{Title: "Read what " + a.Application + " " + a.Version + " promises", URL: base.ProviderContract(a.Application, a.Version)}
	},
	verdicts.PublishPromise: func(_ links.Base, _ verdicts.Finding, a verdicts.Action) actionShown {
		return actionShown{Title: "Test " + a.Application + " against its contract, and publish it with the result",
			Command: "pact pactflow publish-provider-contract openapi.yaml --provider " + quote(a.Application) +
				" --provider-app-version VERSION --branch BRANCH --verification-exit-code $? --verifier VERIFIER --verification-results REPORT"}
	},
	verdicts.LookAtMatrix: func(base links.Base, f verdicts.Finding, _ verdicts.Action) actionShown {
		return actionShown{Title: "See all that is known of the two", URL: base.MatrixOf(f.Provider.Name, f.Consumer.Name) + readable}
	},
}

func publishTitle(f verdicts.Finding, a verdicts.Action) string {
	title := "ublish what " + a.Application + " needs from the build of that version"
	if f.Code == verdicts.CodeUnknownVersion {
		if f.Phrase.Criteria.Version == "" {
			return "Check the name, or p" + title
		}
		return "Check the number, or p" + title
	}
	return "P" + title
}

// remedyOf says what is to be done about a failure.
func remedyOf(f verdicts.Finding) string {
	if f.Regression != nil {
		return "mend what " + f.Provider.Name + " broke since " + f.Regression.Last.Number
	}
	return "mend " + f.Provider.Name + ", or the contract of " + f.Consumer.Name + " if it asks for too much"
}

func showVerify(base links.Base, f verdicts.Finding, a verdicts.Action) actionShown {
	version := a.Version
	if version == "" {
		version = "VERSION"
	}
	p := f.Contract
	return actionShown{
		Title: "Verify the contract with " + a.Application + " " + version + " and publish the result",
		Command: "pact verifier --provider-name " + quote(a.Application) + " --broker-url " + quote(base.Index()) + " --webhook-callback-url " + quote(base.PactVersion(p.Provider, p.Consumer, p.SHA)) +
			" --hostname localhost --port 8080 --publish --provider-version " + quote(version),
	}
}

// askedOf is the side that the question names.
func askedOf(f verdicts.Finding) verdicts.Party {
	if f.Consumer.Asked {
		return f.Consumer
	}
	return f.Provider
}

func canIDeployCommand(p verdicts.Party, f verdicts.Finding) string {
	command := "can-i-deploy --pacticipant " + quote(p.Name)
	if p.Version != "" {
		command += " --version " + quote(p.Version)
	} else {
		command += " --latest"
	}
	return command + targetOption(f.Target)
}

// targetOption names the target in the words of can-i-deploy.
func targetOption(t matrix.Target) string {
	switch {
	case t.Environment != "":
		return " --to-environment " + quote(t.Environment)
	case t.Tag != "":
		return " --to " + quote(t.Tag)
	case t.MainBranch:
		return " --with-main-branches"
	}
	return ""
}

func recordCommand(name string, f verdicts.Finding, a verdicts.Action, version string) string {
	command := "pact broker " + name + " --pacticipant " + quote(a.Application) + version + " --environment " + quote(f.Place)
	if a.Instance != "" {
		command += " --application-instance " + quote(a.Instance)
	}
	return command
}

// quote writes a text as one word of a shell's command.
func quote(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(plainLetters, r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

const plainLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,:/@%+="
