package verdicts

import (
	"context"
	"slices"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/verification"
)

// gather reads the evidence for the findings: one statement for each kind of
// it, however many findings there are.
func (x *explainer) gather(ctx context.Context) error {
	if len(x.findings) == 0 {
		return nil
	}
	for _, step := range []func(context.Context) error{x.gatherApplications, x.gatherContents, x.gatherComparisons, x.gatherResults, x.gatherNames, x.gatherDeployments} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ids collects what each finding names, once each.
func (x *explainer) ids(of func(Finding) []int64) []int64 {
	var ids []int64
	for _, f := range x.findings {
		for _, id := range of(f) {
			if id != 0 {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// gatherApplications reads what is known of the applications; of those whose result
// is a success no more than the pages and the API tell.
func (x *explainer) gatherApplications(ctx context.Context) (err error) {
	if x.summaries, err = x.tx.ApplicationSummaries(ctx, x.ids(func(f Finding) []int64 { return []int64{f.Consumer.ID, f.Provider.ID} })); err != nil {
		return err
	}
	unproven := func(of func(Finding) []int64) []int64 {
		return x.ids(func(f Finding) []int64 {
			if f.Result != nil && f.Result.Success {
				return nil
			}
			return of(f)
		})
	}
	if x.withContent, err = x.tx.VersionsWithContent(ctx, unproven(Finding.versionIDs)); err != nil {
		return err
	}
	heads := unproven(func(f Finding) []int64 { return []int64{x.summaries[f.Consumer.ID].Head.ID} })
	published, err := x.tx.PublicationsOf(ctx, heads, nil, false, 0)
	x.heads = map[int64]map[int64]bool{}
	for _, p := range published {
		if x.heads[p.ConsumerID] == nil {
			x.heads[p.ConsumerID] = map[int64]bool{}
		}
		x.heads[p.ConsumerID][p.ProviderID] = true
	}
	return err
}

func (f Finding) versionIDs() []int64 { return []int64{f.Consumer.VersionID, f.Provider.VersionID} }

// gatherContents reads the histories of the contents without a result.
func (x *explainer) gatherContents(ctx context.Context) (err error) {
	missing := func(f Finding) bool { return f.Contract != nil && f.Result == nil }
	x.histories, err = x.tx.ContentHistories(ctx, x.ids(func(f Finding) []int64 {
		if missing(f) {
			return []int64{f.Contract.ContentID}
		}
		return nil
	}))
	if err != nil {
		return err
	}
	x.deliveries, err = x.tx.LastDeliveries(ctx, x.ids(func(f Finding) []int64 {
		if missing(f) {
			return []int64{f.Contract.ID, x.histories[f.Contract.ContentID].FirstPublication}
		}
		return nil
	}))
	return err
}

// reportsAtMost is how many bytes of test results are read to name what failed. A
// finding whose report comes after that names no interactions.
const reportsAtMost = 8 << 20

// gatherResults reads what the failed results say.
func (x *explainer) gatherResults(ctx context.Context) (err error) {
	failed := x.ids(func(f Finding) []int64 {
		if f.Result != nil && !f.Result.Success {
			return []int64{f.Result.ID}
		}
		return nil
	})
	if x.regressions, err = x.tx.Regressions(ctx, failed); err != nil {
		return err
	}
	results, err := x.tx.ResultsByID(ctx, failed, reportsAtMost)
	x.reports = map[int64]verification.Result{}
	for _, r := range results {
		x.reports[r.ID] = r
	}
	return err
}

// How many contracts, of what size together, are read to name their interactions,
// which most verifiers name themselves.
const (
	bodiesAtMost = 16
	bytesAtMost  = 8 << 20
)

// gatherNames reads the contracts whose failed interactions are known by id
// only.
func (x *explainer) gatherNames(ctx context.Context) error {
	nameless := x.ids(func(f Finding) []int64 {
		if f.Result == nil || f.Contract == nil {
			return nil
		}
		for _, t := range verification.FailedTests(x.reports[f.Result.ID].TestResults) {
			if t.Description == "" {
				return []int64{f.Contract.ContentID}
			}
		}
		return nil
	})
	x.names = map[int64]map[string]pactfile.Interaction{}
	if len(nameless) == 0 {
		return nil
	}
	nameless = nameless[:min(len(nameless), bodiesAtMost)]
	sizes, err := x.tx.ContentSizes(ctx, nameless...)
	if err != nil {
		return err
	}
	bodies, err := x.tx.ContentBodies(ctx, nameless[:contracts.Fitting(sizes, nameless, bytesAtMost)]...)
	for id, body := range bodies {
		x.names[id] = pactfile.InteractionsByID(body)
	}
	return err
}

// gatherDeployments reads the records of what is in the target environment.
func (x *explainer) gatherDeployments(ctx context.Context) (err error) {
	environment, ids := x.verdict.Question.Target.Environment, x.ids(Finding.versionIDs)
	if environment == "" || len(ids) == 0 {
		return nil
	}
	x.deployments, err = x.tx.DeploymentRecordsOf(ctx, environment, ids)
	for id, deployments := range x.deployments {
		for i, p := range deployments {
			deployments[i].Stale = !p.Released && x.now.Sub(p.Recorded) > x.thresholds.StaleAfter && x.summaries[p.ApplicationID].Newest.ID != id
		}
	}
	return err
}
