package verdicts

import "fmt"

// CodeNothingDeployed says that no version of an application is in the target.
const CodeNothingDeployed Code = "nothing_deployed"

type nothingDeployed struct{}

func (nothingDeployed) code() Code { return CodeNothingDeployed }

func (nothingDeployed) when(f Finding, _ *evidence) bool {
	if f.gap == nothingThere {
		return true
	}
	return f.lacksResult() && f.Provider.VersionID == 0 && !f.Provider.Asked && f.Place != ""
}

func (nothingDeployed) complete(f *Finding, e *evidence) {
	if f.Contract != nil {
		e.own(f, f.Provider)
	}
}

func (nothingDeployed) title(f Finding) string {
	switch name, t := f.absent().Name, f.Target; {
	case t.Tag != "":
		return fmt.Sprintf("No version of %s is tagged %s", name, t.Tag)
	case t.MainBranch:
		return fmt.Sprintf("No version of %s is on its main branch", name)
	case t.Environment == "":
		return fmt.Sprintf("%s has no version yet", name)
	default:
		return fmt.Sprintf("No version of %s is in %s", name, t.Environment)
	}
}

func (nothingDeployed) text(f Finding) string {
	if f.Contract == nil {
		return fmt.Sprintf("%s is not recorded there, so there is nothing to break.", f.absent().Name)
	}
	if main := f.ProviderSummary.Pacticipant.MainBranch; f.Target.MainBranch && main != "" {
		return fmt.Sprintf("%s needs %s, whose main branch is set to '%s'; no version is on it. If the branch was renamed, say which one is the main branch now.", f.Consumer, f.Provider.Name, main)
	}
	if f.Target.Environment == "" {
		return fmt.Sprintf("%s needs %s, of which there is no such version.", f.Consumer, f.Provider.Name)
	}
	return fmt.Sprintf("%s needs %s, of which no version is recorded there.", f.Consumer, f.Provider.Name)
}

func (nothingDeployed) actions(f Finding) []Action {
	switch {
	case f.Contract == nil:
		return nil
	case f.Target.MainBranch:
		return []Action{{Kind: SetMainBranch, Application: f.Provider.Name}}
	case f.Target.Environment == "":
		return []Action{{Kind: LookAtVersions, Application: f.Provider.Name}}
	}
	return []Action{{Kind: RecordDeployment, Application: f.Provider.Name}}
}

// absent is the application of which no version is in the target.
func (f Finding) absent() Party { return f.bare() }
