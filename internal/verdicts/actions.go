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
	// LookAtVersions shows which versions are known.
	LookAtVersions
	// LookAtExternal shows why an application is external.
	LookAtExternal
	// LookAtMatrix shows all that is known of the pair.
	LookAtMatrix
)

// Action is something that can be done, and the version that it is about.
type Action struct {
	Kind                 ActionKind
	Application, Version string
	// Instance is the application instance of a deployment.
	Instance string
}

// Actions says what can be done about the finding, the most promising first.
func (f Finding) Actions() []Action {
	provider := func(kind ActionKind) Action {
		return Action{Kind: kind, Application: f.Provider.Name, Version: f.Provider.Version}
	}
	switch f.Code {
	case CodeFailed, CodeRegression:
		return f.actionsOnFailure()
	case CodeNeverVerified, CodeLost:
		return f.actionsOnSilence()
	case CodeVerifiedElsewhere:
		actions := []Action{provider(Verify)}
		if !f.Provider.Asked && f.History.Fulfilled.Position > 0 {
			actions = append([]Action{{Kind: DeployOther, Application: f.Provider.Name, Version: f.History.Fulfilled.Number}}, actions...)
		}
		return actions
	case CodePending:
		actions := []Action{{Kind: Wait}}
		if f.LastDelivery != nil {
			actions = append(actions, provider(LookAtDelivery))
		}
		return actions
	case CodeNeverPublishes:
		return []Action{provider(Verify), provider(LookAtContract)}
	case CodeExternal:
		return []Action{provider(LookAtExternal)}
	case CodeLeftOut:
		return []Action{provider(LookAtMatrix)}
	}
	return f.actionsOnVersion()
}

func (f Finding) actionsOnFailure() []Action {
	about := Action{Application: f.Provider.Name, Version: f.Provider.Version}
	kinds := []ActionKind{LookAtResult}
	if f.BuildURL != "" {
		kinds = append(kinds, LookAtBuild)
	}
	if f.Code == CodeFailed {
		kinds = append(kinds, Compare)
	}
	var actions []Action
	for _, kind := range kinds {
		about.Kind = kind
		actions = append(actions, about)
	}
	if f.Code == CodeRegression && f.Provider.Asked {
		return actions
	}
	if f.Code == CodeRegression {
		actions = append(actions, Action{Kind: DeployOther, Application: f.Provider.Name, Version: f.Regression.Last.Number})
	}
	return actions
}

// actionsOnSilence are those where a result should have come.
func (f Finding) actionsOnSilence() []Action {
	about := Action{Application: f.Provider.Name, Version: f.Provider.Version}
	kinds := []ActionKind{Verify, AddWebhook}
	if f.LastDelivery != nil {
		kinds = []ActionKind{LookAtDelivery, Verify}
	}
	actions := make([]Action, len(kinds))
	for i, kind := range kinds {
		about.Kind = kind
		actions[i] = about
	}
	return actions
}

// actionsOnVersion are those where a version is to blame.
func (f Finding) actionsOnVersion() []Action {
	switch f.Code {
	case CodeUnknownVersion:
		about := f.Consumer
		if about.Name == "" {
			about.Name = f.Phrase.Pacticipant
		}
		version := f.Phrase.Criteria.Version
		actions := []Action{{Kind: Publish, Application: about.Name, Version: version}}
		if about.ID != 0 {
			actions = append(actions, Action{Kind: LookAtVersions, Application: about.Name})
		}
		return actions
	case CodeWithoutContent:
		return f.actionsOnBareVersion()
	case CodeNothingDeployed:
		if f.Contract == nil {
			return nil
		}
		if f.Target.Environment == "" {
			return []Action{{Kind: LookAtVersions, Application: f.Provider.Name}}
		}
		return []Action{{Kind: RecordDeployment, Application: f.Provider.Name}}
	case CodeStaleRecord:
		about, instance := f.stale(), ""
		for _, p := range f.Deployments {
			if p.Stale && p.Application == about.Name {
				instance = p.Instance
			}
		}
		return []Action{{Kind: RecordDeployment, Application: about.Name, Instance: instance}, {Kind: EndDeployment, Application: about.Name, Instance: instance}}
	case CodeRemovedButDeployed:
		return []Action{{Kind: DeployOther, Application: f.Consumer.Name, Version: f.Head}}
	}
	return nil
}

func (f Finding) actionsOnBareVersion() []Action {
	about := f.bare()
	actions := []Action{{Kind: Publish, Application: about.Name, Version: about.Version}}
	if !about.Asked && f.Contract != nil {
		actions[0].Kind = Verify
	}
	if !about.Asked && f.Target.Environment != "" {
		actions = append(actions, Action{Kind: RecordDeployment, Application: about.Name})
	}
	return actions
}
