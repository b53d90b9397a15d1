package api

import (
	"strings"

	"accord/internal/matrix"
	"accord/internal/support/links"
)

type milestoneShown struct {
	Version string `json:"version"`
	At      string `json:"at"`
}

type evidenceShown struct {
	VerifiedWith *milestoneShown  `json:"verified_with,omitempty"`
	TriedWith    *milestoneShown  `json:"tried_with,omitempty"`
	PassedUntil  *milestoneShown  `json:"passed_until,omitempty"`
	FailedSince  *milestoneShown  `json:"failed_since,omitempty"`
	LastResult   *milestoneShown  `json:"last_result,omitempty"`
	Newest       string           `json:"newest_version,omitempty"`
	Webhook      *deliveryShown   `json:"webhook,omitempty"`
	External     *externalBecause `json:"external,omitempty"`
}

type deliveryShown struct {
	Event       string               `json:"event"`
	Status      matrix.DeliveryState `json:"status"`
	TriggeredAt string               `json:"triggered_at"`
	URL         string               `json:"url"`
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

func representEvidence(base links.Base, f matrix.Finding) evidenceShown {
	shown := evidenceShown{Newest: f.Head}
	if f.Carrier != "" {
		shown.Newest = f.Carrier
	}
	if f.Record != nil {
		shown.VerifiedWith, shown.TriedWith = representMilestone(f.Record.Fulfilled), representMilestone(f.Record.Tried)
		shown.LastResult = representMilestone(f.Standing.LastResult)
	}
	if f.Turn != nil {
		shown.PassedUntil, shown.FailedSince = representMilestone(f.Turn.Last), representMilestone(f.Turn.First)
	}
	if t := f.Told; t != nil {
		shown.Webhook = &deliveryShown{Event: t.Event, Status: t.State, TriggeredAt: instant(t.At), URL: base.TriggeredWebhookLogs(t.UUID)}
	}
	if e := f.External; e != nil {
		shown.External = &externalBecause{Since: instant(e.Since), Reason: e.Reason}
	}
	return shown
}

func representMilestone(m matrix.Milestone) *milestoneShown {
	if m.ID == 0 {
		return nil
	}
	return &milestoneShown{Version: m.Number, At: instant(m.At)}
}

func representActions(base links.Base, f matrix.Finding) []actionShown {
	actions := f.Actions()
	shown := make([]actionShown, len(actions))
	for i, action := range actions {
		shown[i] = actionsOf[action.Deed](base, f, action)
	}
	return shown
}

// actionsOf say each deed in words, with the command or the address for it.
// Commands are those of the program can-i-deploy and of the usual clients.
var actionsOf = map[matrix.Deed]func(base links.Base, f matrix.Finding, a matrix.Action) actionShown{
	matrix.LookAtResult: func(base links.Base, f matrix.Finding, _ matrix.Action) actionShown {
		return actionShown{Title: "Look at the result", URL: resultURL(base, f)}
	},
	matrix.LookAtBuild: func(_ links.Base, f matrix.Finding, _ matrix.Action) actionShown {
		return actionShown{Title: "Look at the build that found it", URL: f.BuildURL}
	},
	matrix.Compare: func(base links.Base, f matrix.Finding, _ matrix.Action) actionShown {
		p := f.Contract
		return actionShown{Title: "See what " + f.Consumer.String() + " changed in the contract", URL: base.DiffPreviousDistinct(p.Provider, p.Consumer, p.VersionNumber)}
	},
	matrix.Verify: showVerify,
	matrix.LookAtContract: func(base links.Base, f matrix.Finding, _ matrix.Action) actionShown {
		return actionShown{Title: "Look at the contract", URL: base.Pact(f.Provider.Name, f.Consumer.Name, f.Consumer.Version)}
	},
	matrix.LookAtDelivery: func(base links.Base, f matrix.Finding, _ matrix.Action) actionShown {
		return actionShown{Title: "See what became of the webhook", URL: base.TriggeredWebhookLogs(f.Told.UUID)}
	},
	matrix.AddWebhook: func(base links.Base, f matrix.Finding, _ matrix.Action) actionShown {
		return actionShown{Title: "Let a webhook start the verification whenever a contract changes", URL: base.WebhooksOf(f.Provider.Name, f.Consumer.Name)}
	},
	matrix.Wait: func(_ links.Base, f matrix.Finding, _ matrix.Action) actionShown {
		return actionShown{Title: "Wait for the result", Command: canIDeployCommand(askedOf(f), f) + " --retry-while-unknown 30 --retry-interval 10"}
	},
	matrix.DeployOther: func(_ links.Base, f matrix.Finding, a matrix.Action) actionShown {
		title := "Deploy " + a.Application + " " + a.Version + " first, if it may be deployed"
		if f.Code == matrix.CodeRegression {
			title = "Or go back to " + a.Application + " " + a.Version + ", if it may be deployed"
		}
		return actionShown{Title: title, Command: canIDeployCommand(matrix.Party{Name: a.Application, Version: a.Version}, f)}
	},
	matrix.RecordDeployment: func(_ links.Base, f matrix.Finding, a matrix.Action) actionShown {
		return actionShown{Title: "Record the version of " + a.Application + " that really runs there", Command: recordCommand("record-deployment", f, a, " --version VERSION")}
	},
	matrix.EndDeployment: func(_ links.Base, f matrix.Finding, a matrix.Action) actionShown {
		return actionShown{Title: "Or record that it does not run there any more", Command: recordCommand("record-undeployment", f, a, "")}
	},
	matrix.Publish: func(_ links.Base, _ matrix.Finding, a matrix.Action) actionShown {
		version := a.Version
		if version == "" {
			version = "VERSION"
		}
		return actionShown{Title: "Publish what " + a.Application + " needs, from the build of that version",
			Command: "pact-broker publish PACTS_FOLDER --consumer-app-version " + quote(version) + " --branch BRANCH"}
	},
	matrix.LookAtVersions: func(base links.Base, _ matrix.Finding, a matrix.Action) actionShown {
		return actionShown{Title: "See which versions are known", URL: base.Versions(a.Application)}
	},
	matrix.LookAtExternal: func(base links.Base, _ matrix.Finding, a matrix.Action) actionShown {
		return actionShown{Title: "See why, or take the mark away", URL: base.External(a.Application)}
	},
	matrix.LookAtMatrix: func(base links.Base, f matrix.Finding, _ matrix.Action) actionShown {
		return actionShown{Title: "See all that is known of the two", URL: base.MatrixOf(f.Provider.Name, f.Consumer.Name)}
	},
}

func showVerify(base links.Base, f matrix.Finding, a matrix.Action) actionShown {
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
func askedOf(f matrix.Finding) matrix.Party {
	if f.Consumer.Asked {
		return f.Consumer
	}
	return f.Provider
}

func canIDeployCommand(p matrix.Party, f matrix.Finding) string {
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

func recordCommand(name string, f matrix.Finding, a matrix.Action, version string) string {
	command := "pact-broker " + name + " --pacticipant " + quote(a.Application) + version + " --environment " + quote(f.Place)
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
