// Package actions says what can be done about a finding of a verdict, in words and
// with the command for it, for all faces alike. Where an action leads is for each
// face to say: the API to a resource, a page to another page.
package actions

import (
	"cmp"

	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/verdicts"
)

// Title says an action in words.
func Title(f verdicts.Finding, a verdicts.Action) string { return titles[a.Kind](f, a) }

// CommandFor is the command that does what the action says, of the program
// can-i-deploy or of the usual clients; none if there is only something to look at.
func CommandFor(base links.Base, f verdicts.Finding, a verdicts.Action) Command {
	if command := commands[a.Kind]; command != nil {
		return command(base, f, a)
	}
	return Command{}
}

// unnamed stands in a command for a version that the broker does not know.
const unnamed = "VERSION"

var titles = [verdicts.ActionKinds]func(f verdicts.Finding, a verdicts.Action) string{
	verdicts.LookAtResult: func(f verdicts.Finding, _ verdicts.Action) string {
		return "Look at the result, then " + remedyOf(f)
	},
	verdicts.LookAtBuild: func(verdicts.Finding, verdicts.Action) string { return "Look at the build that found it" },
	verdicts.Compare: func(f verdicts.Finding, _ verdicts.Action) string {
		return "See what " + f.Consumer.String() + " changed in the contract"
	},
	verdicts.Verify: func(_ verdicts.Finding, a verdicts.Action) string {
		return "Verify the contract with " + a.Application + " " + cmp.Or(a.Version, unnamed) + " and publish the result"
	},
	verdicts.LookAtContract: func(f verdicts.Finding, _ verdicts.Action) string {
		return "Look at the contract that " + f.Provider.Name + " is to verify"
	},
	verdicts.LookAtDelivery: func(verdicts.Finding, verdicts.Action) string { return "See what became of the webhook" },
	verdicts.AddWebhook: func(f verdicts.Finding, _ verdicts.Action) string {
		return "Let a webhook start the verification by " + f.Provider.Name + " whenever a contract needs it"
	},
	verdicts.Wait: func(f verdicts.Finding, _ verdicts.Action) string {
		return "Wait for the result of " + f.Provider.String()
	},
	verdicts.DeployOther: func(_ verdicts.Finding, a verdicts.Action) string {
		if a.Back {
			return "Or go back to " + a.Application + " " + a.Version + ", if it may be deployed"
		}
		return "Deploy " + a.Application + " " + a.Version + " first, if it may be deployed"
	},
	verdicts.RecordDeployment: func(_ verdicts.Finding, a verdicts.Action) string {
		return "Record the version of " + a.Application + " that really runs there"
	},
	verdicts.EndDeployment: func(verdicts.Finding, verdicts.Action) string {
		return "Or record that it does not run there any more"
	},
	verdicts.Publish: publishTitle,
	verdicts.SetMainBranch: func(_ verdicts.Finding, a verdicts.Action) string {
		return "Say which branch of " + a.Application + " is the main one"
	},
	verdicts.LookAtVersions: func(verdicts.Finding, verdicts.Action) string { return "See which versions are known" },
	verdicts.LookAtExternal: func(verdicts.Finding, verdicts.Action) string { return "See why, or take the mark away" },
	verdicts.LookAtMatrix:   func(verdicts.Finding, verdicts.Action) string { return "See all that is known of the two" },
	verdicts.LookAtComparison: func(verdicts.Finding, verdicts.Action) string {
		return "See what the comparison has found"
	},
	verdicts.LookAtProviderContract: func(_ verdicts.Finding, a verdicts.Action) string {
		return "Read what " + a.Application + " " + a.Version + " promises"
	},
	verdicts.PublishProviderContract: func(_ verdicts.Finding, a verdicts.Action) string {
		return "Test " + a.Application + " against its contract, and publish it with the result"
	},
}

func publishTitle(_ verdicts.Finding, a verdicts.Action) string {
	what := " what " + a.Application + " needs from the build of that version"
	switch a.Doubt {
	case verdicts.DoubtedName:
		return "Check the name, or publish" + what
	case verdicts.DoubtedCommit:
		return "Write more digits of the commit, or publish" + what
	case verdicts.DoubtedNumber:
		return "Check the number, or publish" + what
	}
	return "Publish" + what
}

// remedyOf says what is to be done about a failure.
func remedyOf(f verdicts.Finding) string {
	if f.Regression != nil {
		return "mend what " + f.Provider.Name + " broke since " + f.Regression.Last.Number
	}
	return "mend " + f.Provider.Name + ", or the contract of " + f.Consumer.Name + " if it asks for too much"
}

var commands = [verdicts.ActionKinds]func(base links.Base, f verdicts.Finding, a verdicts.Action) Command{
	verdicts.Verify: verify,
	verdicts.AddWebhook: func(_ links.Base, f verdicts.Finding, _ verdicts.Action) Command {
		return Command{Program: "pact broker create-webhook URL_OF_THE_BUILD"}.Words("--request POST").Option("--provider", f.Provider.Name).Words("--contract-requiring-verification-published")
	},
	verdicts.Wait: func(_ links.Base, f verdicts.Finding, _ verdicts.Action) Command {
		asked := askedOf(f)
		return Ask(asked.Name, asked.Version, f.Target).Words("--retry-while-unknown 30", "--retry-interval 10")
	},
	verdicts.DeployOther: func(_ links.Base, f verdicts.Finding, a verdicts.Action) Command {
		return Ask(a.Application, a.Version, f.Target)
	},
	verdicts.RecordDeployment: func(_ links.Base, f verdicts.Finding, a verdicts.Action) Command {
		return RecordDeployment(a.Application, unnamed, f.Place).OptionIf("--application-instance", a.Instance)
	},
	verdicts.EndDeployment: func(_ links.Base, f verdicts.Finding, a verdicts.Action) Command {
		return Command{Program: "pact broker record-undeployment"}.Option("--pacticipant", a.Application).Option("--environment", f.Place).OptionIf("--application-instance", a.Instance)
	},
	verdicts.Publish: func(_ links.Base, _ verdicts.Finding, a verdicts.Action) Command {
		return Command{Program: "pact broker publish PACTS_FOLDER"}.Option("--consumer-app-version", cmp.Or(a.Version, unnamed)).Words("--branch BRANCH")
	},
	verdicts.SetMainBranch: func(_ links.Base, _ verdicts.Finding, a verdicts.Action) Command {
		return Command{Program: "pact broker create-or-update-pacticipant"}.Option("--name", a.Application).Words("--main-branch BRANCH")
	},
	verdicts.PublishProviderContract: func(_ links.Base, _ verdicts.Finding, a verdicts.Action) Command {
		return Command{Program: "pact pactflow publish-provider-contract openapi.yaml"}.Option("--provider", a.Application).
			Words("--provider-app-version "+unnamed, "--branch BRANCH", "--verification-exit-code $?", "--verifier VERIFIER", "--verification-results REPORT")
	},
}

func verify(base links.Base, f verdicts.Finding, a verdicts.Action) Command {
	p := f.Contract
	return Command{Program: "pact verifier"}.Option("--provider-name", a.Application).Option("--broker-url", base.Index()).
		Option("--webhook-callback-url", base.PactVersion(p.Provider, p.Consumer, p.SHA)).
		Words("--hostname localhost", "--port 8080", "--publish").Option("--provider-version", cmp.Or(a.Version, unnamed))
}

// askedOf is the side that the question names.
func askedOf(f verdicts.Finding) verdicts.Party {
	if f.Consumer.Asked {
		return f.Consumer
	}
	return f.Provider
}
