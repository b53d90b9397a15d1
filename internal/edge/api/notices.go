package api

import (
	"fmt"
	"strings"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/support/links"
)

// notice is a sentence for the people who read a pipeline's log. The type
// decides how clients colour it.
type notice struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// publishNotices tells what publishing did and what to do next.
func publishNotices(base links.Base, s contracts.Submission, answer contracts.Answer) []notice {
	notices := []notice{{"debug", versionText(s, answer)}}
	if s.Branch == "" {
		notices = append(notices, notice{"prompt", "Tip: publish with the branch of the repository (--branch), so that providers can select this contract by it and can-i-deploy can name it."})
	}
	for _, p := range answer.Contracts {
		notices = append(notices, contractNotices(base, p)...)
	}
	return notices
}

func versionText(s contracts.Submission, answer contracts.Answer) string {
	verb := "Updated"
	if answer.VersionCreated {
		verb = "Created"
	}
	text := fmt.Sprintf("%s %s version %s", verb, answer.Version.Pacticipant, answer.Version.Number)
	if s.Branch != "" {
		text += " on branch " + s.Branch
	}
	if len(s.Tags) > 0 {
		text += " with tags " + strings.Join(s.Tags, ", ")
	}
	return text
}

func contractNotices(base links.Base, p contracts.Published) []notice {
	pub := p.Publication
	notices := []notice{
		outcomeNotice(p),
		{"debug", "  The contract is at " + base.Pact(pub.Provider, pub.Consumer, pub.VersionNumber)},
	}
	if len(p.Announced.Events) > 0 {
		events := make([]string, len(p.Announced.Events))
		for i, event := range p.Announced.Events {
			events[i] = fmt.Sprintf("%s (%s)", event.Name, event.Reason)
		}
		notices = append(notices, notice{"debug", "  Events: " + strings.Join(events, ", ")})
	}
	for _, webhook := range p.Announced.Webhooks {
		notices = append(notices, notice{"debug", "  Webhook " + webhook + " was triggered"})
	}
	return append(notices, adviceNotices(p)...)
}

func outcomeNotice(p contracts.Published) notice {
	pub := p.Publication
	contract := fmt.Sprintf("contract of %s version %s with %s", pub.Consumer, pub.VersionNumber, pub.Provider)
	switch p.Outcome {
	case contracts.Created:
		return notice{"success", "Published the " + contract}
	case contracts.Unchanged:
		return notice{"success", "The " + contract + " was there already; nothing has changed"}
	case contracts.Merged:
		return notice{"success", "Merged into the " + contract}
	default:
		return notice{"warning", "Replaced the content of the " + contract + ": results for the former content no longer count for this version"}
	}
}

// adviceNotices says what is still missing before the contract protects anybody.
func adviceNotices(p contracts.Published) []notice {
	advice := verificationAdvice(p)
	if pub := p.Publication; p.HasContracts {
		advice = []notice{
			{
				"prompt",
				fmt.Sprintf(
					"  * Before a deployment ask: can-i-deploy --pacticipant %q --version %q --to-environment NAME. The contract is compared with what %s promises; only what cannot be compared needs to be verified",
					pub.Consumer,
					pub.VersionNumber,
					pub.Provider,
				),
			},
		}
	}
	if len(advice) == 0 {
		return nil
	}
	return append([]notice{{"prompt", "  What is left to do:"}}, advice...)
}

// verificationAdvice says what is missing where only a verification can tell.
func verificationAdvice(p contracts.Published) []notice {
	var advice []notice
	if !p.Verified {
		advice = append(advice, notice{"prompt", fmt.Sprintf("  * Verify it in the pipeline of %s, which publishes the result to the broker", p.Publication.Provider)})
	}
	if !p.Announced.Configured {
		advice = append(advice, notice{"prompt", fmt.Sprintf("  * Create a webhook that starts the pipeline of %s when a contract needs to be verified", p.Publication.Provider)})
	}
	return advice
}
