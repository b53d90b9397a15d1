package verdicts

import (
	"slices"
	"time"

	"accord/internal/verification"
)

// find completes a finding with its cause.
func (x *explainer) find(f *Finding) {
	f.ProviderSummary = x.summaries[f.Provider.ID]
	f.Deployments = slices.Concat(x.deployments[f.Consumer.VersionID], x.deployments[f.Provider.VersionID])
	switch {
	case !f.Counted:
		x.findUncounted(f)
	case f.Contract == nil:
		x.findWithoutContract(f)
	case f.Result == nil:
		x.findMissing(f)
	case f.Result.Success:
		f.Code, f.Since = CodeVerified, f.Result.ExecutedAt
	default:
		x.findFailed(f)
	}
}

func (x *explainer) findUncounted(f *Finding) {
	f.Code = CodeIgnored
	if external, is := x.verdict.External[f.Provider.ID]; is && f.Contract != nil && f.Result == nil {
		f.Code, f.External, f.Since = CodeExternal, &external, external.Since
	}
}

// findWithoutContract tells a version that has no such contract from one of
// which nothing is known but its name.
func (x *explainer) findWithoutContract(f *Finding) {
	switch {
	case f.Code == CodeUnknownVersion:
		x.owned(f, f.Consumer)
	case f.Code == CodeNoContract && f.Consumer.VersionID != 0 && !x.withContent[f.Consumer.VersionID]:
		x.withoutContent(f, f.Consumer)
	}
}

func (x *explainer) owned(f *Finding, by Party) {
	if s, known := x.summaries[by.ID]; known {
		f.Owner = &s.Pacticipant
	}
}

func (x *explainer) withoutContent(f *Finding, of Party) {
	f.Code, f.NewestWithContent = CodeWithoutContent, x.summaries[of.ID].LastResult.Number
	if f.NewestWithContent == "" && len(x.heads[of.ID]) > 0 {
		f.NewestWithContent = x.summaries[of.ID].Head.Number
	}
	if at := x.deployments[of.VersionID]; len(at) > 0 {
		f.Since = at[0].Since
	}
	x.owned(f, of)
}

func (x *explainer) findFailed(f *Finding) {
	report := x.reports[f.Result.Number]
	f.BuildURL, f.Failures = report.BuildURL, verification.FailedTests(report.TestResults)
	for i, test := range f.Failures {
		if named, known := x.names[f.Contract.ContentID][test.InteractionID]; known && test.Description == "" {
			f.Failures[i].Description, f.Failures[i].State = named.Description, named.State
		}
	}
	f.Code, f.Since = CodeFailed, f.Result.ExecutedAt
	x.owned(f, f.Provider)
	if regression, found := x.regressions[f.Result.Number]; found {
		f.Code, f.Since, f.Regression = CodeRegression, regression.First.At, &regression
	}
	x.findRemoved(f)
}

// findRemoved tells that only an older version of the consumer, which is still
// there, has the contract.
func (x *explainer) findRemoved(f *Finding) bool {
	head := x.summaries[f.Consumer.ID].Head
	if f.Consumer.Asked || head.Position <= f.Contract.VersionPosition || len(x.heads[f.Consumer.ID]) == 0 || x.heads[f.Consumer.ID][f.Provider.ID] {
		return false
	}
	f.Code, f.Head = CodeRemovedButDeployed, head.Number
	if at := x.deployments[f.Consumer.VersionID]; len(at) > 0 {
		f.Since = at[0].Since
	}
	x.owned(f, f.Consumer)
	return true
}

// findMissing finds out why there is no result.
func (x *explainer) findMissing(f *Finding) {
	history := x.histories[f.Contract.ContentID]
	f.History, f.Since = &history, history.PublishedAt
	for _, publication := range []int64{history.FirstPublication, f.Contract.ID} {
		if last, triggered := x.deliveries[publication]; triggered && (f.LastDelivery == nil || last.At.After(f.LastDelivery.At)) {
			f.LastDelivery = &last
		}
	}
	x.owned(f, f.Provider)
	switch {
	case f.Provider.VersionID == 0 && !f.Provider.Asked && f.Place != "":
		f.Code, f.Since = CodeNothingDeployed, time.Time{}
	case x.neverPublishes(f.ProviderSummary):
		f.Code, f.Since = CodeNeverPublishes, f.ProviderSummary.FirstContract
	case !f.Provider.Asked && f.Provider.VersionID != 0 && !x.withContent[f.Provider.VersionID]:
		x.withoutContent(f, f.Provider)
	case x.findRemoved(f):
	case x.pending(f):
		f.Code, f.SelfHealing = CodePending, true
	case x.findStale(f):
	case history.Tried.ID != 0:
		f.Code, f.Since = CodeVerifiedElsewhere, f.tried().At
	case x.lost(f):
		f.Code = CodeLost
	default:
		f.Code = CodeNeverVerified
	}
}

// tried is the version that fulfilled the content last or, without one, that
// was tried last.
func (f *Finding) tried() VersionResult {
	if f.History.Fulfilled.ID != 0 {
		return f.History.Fulfilled
	}
	return f.History.Tried
}

// neverPublishes tells that a provider has had contracts for long without ever
// publishing a result.
func (x *explainer) neverPublishes(s ApplicationSummary) bool {
	return s.LastResult.ID == 0 && x.now.Sub(s.FirstContract) > x.thresholds.LostAfter
}

// due is when the result was last asked for.
func (f *Finding) due() time.Time {
	if f.LastDelivery != nil && f.LastDelivery.At.After(f.History.PublishedAt) {
		return f.LastDelivery.At
	}
	return f.History.PublishedAt
}

func (x *explainer) pending(f *Finding) bool {
	return x.now.Sub(f.due()) <= x.thresholds.PendingFor && (f.LastDelivery == nil || f.LastDelivery.State != GivenUp)
}

// lost tells that a result was due: somebody was told, or has published other
// results since.
func (x *explainer) lost(f *Finding) bool {
	if f.LastDelivery != nil && f.LastDelivery.State == GivenUp {
		return true
	}
	return x.now.Sub(f.due()) > x.thresholds.LostAfter && (f.LastDelivery != nil || f.ProviderSummary.LastResult.At.After(f.History.PublishedAt))
}

// findStale tells that what is in the environment was recorded so long ago
// that it is hardly there any more.
func (x *explainer) findStale(f *Finding) bool {
	for _, side := range []Party{f.Provider, f.Consumer} {
		for _, p := range x.deployments[side.VersionID] {
			if p.Stale && !side.Asked {
				f.Code, f.Since, f.NewestWithContent = CodeStaleRecord, p.Since, x.summaries[side.ID].Newest.Number
				x.owned(f, side)
				return true
			}
		}
	}
	return false
}
