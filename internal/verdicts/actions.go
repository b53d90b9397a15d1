package verdicts

// ActionKind says what can be done about a finding.
type ActionKind int

// The kinds of actions.
const (
	// LookAtResult shows what failed, LookAtBuild the build that found it.
	LookAtResult ActionKind = iota
	LookAtBuild
	// Compare shows what the consumer changed in its contract.
	Compare
	// Verify tries the contract against a version of the provider and publishes
	// what came of it.
	Verify
	// LookAtContract shows what is to be verified.
	LookAtContract
	// LookAtDelivery shows what became of a webhook.
	LookAtDelivery
	// AddWebhook makes somebody hear of new contracts.
	AddWebhook
	// Wait asks again until the result is there.
	Wait
	// DeployOther asks whether another version may go to the target.
	DeployOther
	// RecordDeployment corrects what is recorded in the environment,
	// EndDeployment takes the record away.
	RecordDeployment
	EndDeployment
	// Publish makes a version known, with its contracts.
	Publish
	// SetMainBranch says which branch of an application is the main one.
	SetMainBranch
	// LookAtVersions shows which versions are known.
	LookAtVersions
	// LookAtExternal shows why an application is external.
	LookAtExternal
	// LookAtMatrix shows all that is known of the pair.
	LookAtMatrix
	// LookAtComparison shows what comparing the pact with the provider's contract
	// has found, LookAtProviderContract that contract.
	LookAtComparison
	LookAtProviderContract
	// PublishProviderContract publishes the contract of a version of the provider, with the
	// evidence that it keeps to it.
	PublishProviderContract

	// ActionKinds is how many there are.
	ActionKinds = iota
)

// Action is something that can be done, and the version that it is about.
type Action struct {
	Kind                 ActionKind
	Application, Version string
	// Instance is the application instance of a deployment.
	Instance string
	// Back tells that the version was there before, and may be gone back to.
	Back bool
	// Doubt is what may have been mistyped, and is to be looked at first.
	Doubt Doubt
}

// Doubt is a part of a question that may have been mistyped.
type Doubt int

// What may have been mistyped; the zero Doubt is none.
const (
	DoubtedName Doubt = iota + 1
	DoubtedNumber
	// DoubtedCommit has too few digits for one commit.
	DoubtedCommit
)

// about makes actions that are about the version of a party.
func (p Party) about(kinds ...ActionKind) []Action {
	actions := make([]Action, len(kinds))
	for i, kind := range kinds {
		actions[i] = Action{Kind: kind, Application: p.Name, Version: p.Version}
	}
	return actions
}
