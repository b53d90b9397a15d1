package web

import (
	"github.com/accord-broker/accord/internal/dashboard"
	"github.com/accord-broker/accord/internal/edge/actions"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/verdicts"
)

// step is something to do next.
type step struct {
	Title   string
	Command *command
	Address string
}

// newerFirst is to deploy the newest version of the other application first, if
// that fulfils the contract, or lives with it, and may go there now.
func (v verdictView) newerFirst(f verdicts.Finding) []step {
	other := f.Provider
	if other.Asked {
		other = f.Consumer
	}
	p, a := v.board.Pair(f.Consumer.Name, f.Provider.Name), v.board.ApplicationNamed(other.Name)
	if p == nil || a == nil || p.Main != dashboard.Works || a.Newest.ID == other.VersionID {
		return nil
	}
	for _, e := range v.board.Environments {
		if e.Name == f.Target.Environment && v.board.MayGo(a, e.ID).Answer == matrix.Yes {
			return []step{
				v.commanded("Deploy "+a.Name+" "+short(a.Newest.Number)+" first: it works with this contract and can go to "+e.Name+" now", actions.Ask(a.Name, a.Newest.Number, f.Target)),
				v.commanded("Record that deployment", actions.RecordDeployment(a.Name, a.Newest.Number, e.Name)),
				v.commanded("Ask again for "+v.asked(), actions.Ask(v.asked(), v.askedVersion(), f.Target)),
			}
		}
	}
	return nil
}

// steps are the actions of a finding, each with its command or address.
func (v verdictView) steps(f verdicts.Finding) []step {
	var list []step
	for _, a := range f.Actions() {
		if s := v.step(f, a); s.Title != "" {
			list = append(list, s)
		}
	}
	return list
}

func (v verdictView) step(f verdicts.Finding, a verdicts.Action) step {
	title := shortened(actions.Title(f, a))
	if address := v.addressOf(f, a); address != "" {
		return step{Title: title, Address: address}
	}
	if command := actions.CommandFor(v.base, f, a); !command.None() {
		return v.commanded(title, command)
	}
	return step{}
}

// addressOf is the page to which an action leads, "" if a command does it.
func (v verdictView) addressOf(f verdicts.Finding, a verdicts.Action) string {
	switch a.Kind {
	case verdicts.Compare:
		if f.Contract != nil {
			return v.at.Pact(f.Contract.Provider, f.Contract.Consumer, f.Contract.VersionNumber) + "#changes"
		}
	case verdicts.LookAtResult, verdicts.LookAtContract:
		if f.Contract != nil {
			return resultAt(v.at, *f.Contract, resultNumber(f.Result))
		}
	case verdicts.LookAtBuild:
		return f.BuildURL
	case verdicts.AddWebhook:
		if v.seesWebhooks {
			return v.at.Path("/webhooks")
		}
	case verdicts.LookAtVersions, verdicts.SetMainBranch, verdicts.LookAtExternal:
		return v.at.Pacticipant(a.Application)
	case verdicts.LookAtComparison:
		return v.at.ComparedResult(f.Provider.Name, f.Provider.Version, f.Consumer.Name, f.Contract.SHA)
	case verdicts.LookAtProviderContract:
		return v.at.ProviderContract(a.Application, a.Version)
	case verdicts.LookAtMatrix:
		return v.at.MatrixOf(f.Provider.Name, f.Consumer.Name)
	}
	return ""
}

func (v verdictView) commanded(title string, asked actions.Command) step {
	c := prompted(title, asked.OfPact().To(v.base.Index()).Lines())
	return step{Title: title, Command: &c}
}
