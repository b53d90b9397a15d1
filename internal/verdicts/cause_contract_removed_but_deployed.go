package verdicts

import "fmt"

// CodeRemovedButDeployed says that only an older version of the consumer, which
// is still there, has the contract.
const CodeRemovedButDeployed Code = "contract_removed_but_deployed"

type removedButDeployed struct{}

func (removedButDeployed) code() Code { return CodeRemovedButDeployed }

func (removedButDeployed) when(f Finding, e *evidence) bool {
	if f.Consumer.Asked || !f.lacksResult() && !f.hasFailed() {
		return false
	}
	has := e.heads[f.Consumer.ID]
	return e.summaries[f.Consumer.ID].Head.Position > f.Contract.VersionPosition && len(has) > 0 && !has[f.Provider.ID]
}

func (removedButDeployed) complete(f *Finding, e *evidence) {
	f.Head = e.summaries[f.Consumer.ID].Head.Number
	began := e.histories[f.Contract.ContentID].PublishedAt
	if f.Result != nil {
		began = f.Result.ExecutedAt
	}
	f.Since = e.thereSince(f.Consumer, began)
	e.own(f, f.Consumer)
}

func (removedButDeployed) title(f Finding) string {
	return fmt.Sprintf("%s is still in %s; its newer versions have no such contract", f.Consumer, f.Place)
}

func (removedButDeployed) text(f Finding) string {
	text := fmt.Sprintf("%s %s has no contract with %s any more, but %s in %s still has one. ", f.Consumer.Name, f.Head, f.Provider.Name, f.Consumer.Version, f.Place)
	if f.Result == nil {
		return text + "For that one there is no result."
	}
	return text + f.failures()
}

func (removedButDeployed) actions(f Finding) []Action {
	return []Action{{Kind: DeployOther, Application: f.Consumer.Name, Version: f.Head}}
}
