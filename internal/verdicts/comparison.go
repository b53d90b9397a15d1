package verdicts

import (
	"context"
	"fmt"
	"slices"

	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/verification"
)

// gatherComparisons reads what is known by comparison, if versions have published
// what they promise: the pairs, and the reports of those that stand in the way.
func (x *explainer) gatherComparisons(ctx context.Context) error {
	x.withContracts = map[int64]bool{}
	for _, e := range x.verdict.Entries {
		x.withContracts[e.Version.ID] = e.Version.HasContracts
	}
	for _, r := range x.verdict.Rows {
		x.withContracts[r.Provider.ID] = x.withContracts[r.Provider.ID] || r.Provider.HasContracts
	}
	asked := func(f Finding) bool { return f.Contract != nil && x.withContracts[f.Provider.VersionID] }
	contents := x.ids(func(f Finding) []int64 {
		if asked(f) {
			return []int64{f.Contract.ContentID}
		}
		return nil
	})
	if len(contents) == 0 {
		return nil
	}
	withContracts := x.ids(func(f Finding) []int64 {
		if asked(f) {
			return []int64{f.Provider.VersionID}
		}
		return nil
	})
	found, err := x.tx.ComparedBetween(ctx, contents, withContracts)
	if err != nil {
		return err
	}
	x.compared = map[providercontracts.Pair]providercontracts.Compared{}
	var telling []int64
	for _, k := range found {
		x.compared[k.Pair] = k
		if !k.Outcome.Succeeds() && len(telling) < bodiesAtMost {
			telling = append(telling, k.Comparison.ID)
		}
	}
	x.comparisons, err = x.tx.ReportsOf(ctx, telling)
	return err
}

// attachComparison tells what the comparison has found, as failed interactions.
func (e *evidence) attachComparison(f *Finding) {
	if f.Contract == nil {
		return
	}
	k, known := e.compared[providercontracts.Pair{ContentID: f.Contract.ContentID, ProviderVersion: f.Provider.VersionID}]
	if !known {
		return
	}
	f.Compared, f.Report = &k, e.comparisons[k.Comparison.ID]
	if f.comparedTo(providercontracts.Incompatible) {
		f.Failures = failuresOf(f.Report)
	}
}

// failuresOf are the interactions that do not fit, each with what is wrong and
// where it stands.
func failuresOf(report providercontracts.Report) []verification.FailedTest {
	var failures []verification.FailedTest
	at := map[int]int{}
	for _, found := range report.Errors() {
		i, known := at[found.Interaction]
		if !known {
			i = len(failures)
			at[found.Interaction] = i
			failures = append(failures, verification.FailedTest{Description: found.Description, State: found.State})
		}
		failures[i].Problems = append(failures[i].Problems, problemOf(found))
	}
	return failures
}

// problemOf says what is wrong and where both sides say so.
func problemOf(found providercontracts.Finding) string {
	place := found.SpecPath
	if found.Line > 0 {
		place = fmt.Sprintf("line %d, %s", found.Line, found.SpecPath)
	}
	text := found.Message + " Pact: " + found.PactPath + "; contract: " + place + "."
	for _, cause := range found.Causes {
		text += " " + cause.Message
	}
	return text + " [" + found.Code + "]"
}

// comparedTo reports whether a comparison has come to one of the outcomes, and
// counts.
func (f Finding) comparedTo(outcomes ...providercontracts.Outcome) bool {
	if !f.Counted || f.Compared == nil || !slices.Contains(outcomes, f.Compared.Outcome) {
		return false
	}
	return f.Result == nil || f.Result.Compared
}

// contractOfProvider names what the provider has published.
func (f Finding) contractOfProvider() string { return "the contract of " + f.Provider.String() }
