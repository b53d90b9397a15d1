package verdicts

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/comparison"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
)

// The model: Shop, whose contract content 5 was published at noon, needs Stock;
// Shop 2 is asked about, Stock 10 is in the target.
var (
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	shop  = Party{ID: 1, Name: "Shop", VersionID: 12, Version: "2", Asked: true}
	stock = Party{ID: 2, Name: "Stock", VersionID: 20, Version: "10"}
)

const (
	content     = 5
	publication = 50
)

func missing() Finding {
	return Finding{Counted: true, Consumer: shop, Provider: stock, Place: "production", Target: matrix.Target{Environment: "production"},
		Contract: &contracts.Publication{ID: publication, ContentID: content, VersionPosition: 2}}
}

func withResult(success bool) Finding {
	f := missing()
	f.Result = &matrix.Result{ID: 7, Number: 7, Success: success, ExecutedAt: noon}
	return f
}

// comparedWith has a result that comes of a comparison.
func comparedWith(success bool) Finding {
	f := missing()
	f.Result = &matrix.Result{Success: success, Compared: true, ExecutedAt: noon}
	return f
}

// compare lets Stock 10 have a contract that was compared with the content.
func compare(e *evidence, outcome providercontracts.Outcome) {
	e.withContracts = map[int64]bool{20: true}
	pair := providercontracts.Pair{ContentID: content, ProviderVersion: 20}
	e.compared = map[providercontracts.Pair]providercontracts.Compared{pair: {Pair: pair, Outcome: outcome, At: noon,
		Comparison: providercontracts.Comparison{ID: 3, Interactions: 2, Uncovered: 1, Errors: 1, Refused: "It is nested too deep."}}}
	e.comparisons = map[int64]providercontracts.Report{3: {
		Findings: []providercontracts.Finding{{Line: 12, Finding: comparison.Finding{Kind: comparison.Error, Code: "response.body.incompatible", Description: "an order", State: "it exists", Message: "No colour."}}},
		Judged:   []providercontracts.Judged{{Judged: comparison.Judged{Index: 1, Uncovered: "no messages"}}},
	}}
}

// known is the usual evidence: both have published before, nobody was told.
func known() *evidence {
	return &evidence{
		now: noon.Add(10 * time.Minute), thresholds: Thresholds{PendingFor: time.Hour, LostAfter: 24 * time.Hour, StaleAfter: 30 * 24 * time.Hour},
		withContent: map[int64]bool{12: true, 20: true},
		summaries: map[int64]ApplicationSummary{
			1: {Pacticipant: pacticipants.Pacticipant{ID: 1, Name: "Shop"}, Head: VersionResult{ID: 12, Number: "2", Position: 2}},
			2: {Pacticipant: pacticipants.Pacticipant{ID: 2, Name: "Stock"}, FirstContract: noon.Add(-time.Hour), LastResult: VersionResult{ID: 20, Number: "10", At: noon.Add(-30 * time.Minute)}},
		},
		histories:   map[int64]ContentHistory{content: {PublishedAt: noon}},
		heads:       map[int64]map[int64]bool{1: {2: true}},
		deployments: map[int64][]DeploymentRecord{20: {{ApplicationID: 2, Application: "Stock", Version: "10", Since: noon.Add(-time.Hour), Recorded: noon.Add(-time.Minute)}}},
		deliveries:  map[int64][]Delivery{},
	}
}

func deliver(e *evidence, event events.Type, state DeliveryState, at time.Time) {
	deliverTo(e, event, "", state, at)
}

// deliverTo tells of a webhook that asks a version of the provider.
func deliverTo(e *evidence, event events.Type, version string, state DeliveryState, at time.Time) {
	e.deliveries[publication] = append(e.deliveries[publication], Delivery{UUID: "u", Event: string(event), ProviderVersion: version, State: state, At: at})
}

func verifiedBy(e *evidence, at time.Time) {
	elsewhere := VersionResult{ID: 21, Number: "11", Position: 11, At: at}
	e.histories[content] = ContentHistory{PublishedAt: noon, Fulfilled: elsewhere, Tried: elsewhere}
}

var findCases = []struct {
	name string
	f    Finding
	with func(e *evidence)
	code Code
	says string
}{
	{"a success", withResult(true), nil, CodeVerified, ""},
	{"a failure", withResult(false), nil, CodeFailed, "does not tell which"},
	{"a failure after a success", withResult(false), func(e *evidence) {
		e.regressions = map[int64]Regression{7: {Last: VersionResult{Number: "8"}, First: VersionResult{Number: "9"}}}
	}, CodeRegression, "Stock 8 fulfilled the same contract"},
	{"a contract that promises it", comparedWith(true), func(e *evidence) { compare(e, providercontracts.Compatible) }, CodeCompatible, ""},
	{"a contract without evidence", comparedWith(true), func(e *evidence) { compare(e, providercontracts.Unproven) }, CodeCompatible, "published without evidence"},
	{"a contract that does not promise it", comparedWith(false), func(e *evidence) { compare(e, providercontracts.Incompatible) }, CodeIncompatible, "1 interaction failed: an order (it exists)"},
	{"a provider that does not keep to its contract", comparedWith(false), func(e *evidence) { compare(e, providercontracts.SelfVerificationFailed) }, CodeSelfVerificationFailed, "own tests"},
	{"a contract that does not speak of it all", missing(), func(e *evidence) { compare(e, providercontracts.NotCovered) }, CodeNotCovered, "1 could not be compared: no messages"},
	{"a contract that cannot be compared", missing(), func(e *evidence) { compare(e, providercontracts.NotComparable) }, CodeNotComparable, "too deep"},
	{"a contract that was not compared yet", missing(), func(e *evidence) { e.withContracts = map[int64]bool{20: true} }, CodeComparisonPending, "Ask again"},
	{"a verification failed, and the comparison too", withResult(false), func(e *evidence) { compare(e, providercontracts.Incompatible) }, CodeFailed, ""},
	{"a verification succeeded where the contract does not speak of it all", withResult(true), func(e *evidence) { compare(e, providercontracts.NotCovered) }, CodeVerified, ""},
	{"nobody was told", missing(), nil, CodeNeverVerified, "No webhook has told anybody of it."},
	{"verified elsewhere, and nobody was told", missing(), func(e *evidence) { verifiedBy(e, noon.Add(time.Minute)) }, CodeVerifiedElsewhere, "Stock 11 fulfils the contract"},
	{"a webhook is under way", missing(), func(e *evidence) { deliver(e, events.ContractContentChanged, OnItsWay, noon) }, CodeNeverVerified, "has not arrived yet"},
	{"a webhook arrived", missing(), func(e *evidence) { deliver(e, events.ContractContentChanged, Delivered, noon) }, CodePending, "has arrived"},
	{"a chat was told", missing(), func(e *evidence) { deliver(e, events.ContractPublished, Delivered, noon) }, CodeNeverVerified, "has arrived"},
	{"a chat was told after the provider was asked", missing(), func(e *evidence) {
		deliver(e, events.ContractContentChanged, Delivered, noon)
		deliver(e, events.ContractPublished, GivenUp, noon.Add(time.Minute))
	}, CodePending, "has arrived"},
	{"the provider was asked in vain, and a chat was told", missing(), func(e *evidence) {
		deliver(e, events.ContractContentChanged, GivenUp, noon)
		deliver(e, events.ContractPublished, Delivered, noon)
	}, CodeLost, "was given up"},
	{"one of two webhooks has arrived", missing(), func(e *evidence) {
		deliver(e, events.ContractContentChanged, OnItsWay, noon)
		deliver(e, events.ContractContentChanged, Delivered, noon)
	}, CodeNeverVerified, "has not arrived yet"},
	{"a chat could not be told", missing(), func(e *evidence) { deliver(e, events.ContractPublished, GivenUp, noon) }, CodeNeverVerified, "was given up"},
	{"a chat was told days ago", missing(), func(e *evidence) {
		deliver(e, events.ContractPublished, Delivered, noon)
		e.now = noon.Add(48 * time.Hour)
	}, CodeNeverVerified, "has arrived"},
	{"the version that counts was asked", missing(), func(e *evidence) {
		deliverTo(e, events.ContractRequiringVerification, "10", Delivered, noon)
		deliverTo(e, events.ContractRequiringVerification, "11", GivenUp, noon)
	}, CodePending, "has arrived"},
	{"another version was asked", missing(), func(e *evidence) { deliverTo(e, events.ContractRequiringVerification, "11", Delivered, noon) }, CodeNeverVerified, "has arrived"},
	{"a webhook arrived long ago", missing(), func(e *evidence) {
		deliver(e, events.ContractContentChanged, Delivered, noon)
		e.now = noon.Add(2 * time.Hour)
	}, CodeNeverVerified, ""},
	{"a webhook was given up", missing(), func(e *evidence) { deliver(e, events.ContractContentChanged, GivenUp, noon) }, CodeLost, "was given up"},
	{"a webhook led to a result of another version", missing(), func(e *evidence) {
		deliver(e, events.ContractContentChanged, Delivered, noon)
		verifiedBy(e, noon.Add(time.Minute))
	}, CodeVerifiedElsewhere, ""},
	{"a webhook asks each version", missing(), func(e *evidence) {
		deliver(e, events.ContractRequiringVerification, Delivered, noon)
		verifiedBy(e, noon.Add(time.Minute))
	}, CodePending, ""},
	{"the version publishes results for other contracts", missing(), func(e *evidence) {
		s := e.summaries[2]
		s.LastResult.At = noon.Add(time.Minute)
		e.summaries[2] = s
	}, CodeNeverVerified, "No webhook has told anybody of it."},
	{"results came for others for days", missing(), func(e *evidence) {
		s := e.summaries[2]
		s.LastResult.At = noon.Add(time.Hour)
		e.summaries[2], e.now = s, noon.Add(48*time.Hour)
	}, CodeLost, "its builds may not select it"},
	{"never a result", missing(), func(e *evidence) {
		e.summaries[2] = ApplicationSummary{FirstContract: noon.Add(-48 * time.Hour), Contracts: 2}
	}, CodeNeverPublishes, "contracts from 2 consumers"},
	{"an old record", missing(), func(e *evidence) { e.deployments[20][0].Stale = true }, CodeStaleRecord, "may be another one"},
	{"an old record of the consumer, though the provider verifies", func() Finding {
		f := missing()
		f.Consumer.Asked = false
		return f
	}(), func(e *evidence) {
		s := e.summaries[2]
		s.LastResult.At = noon.Add(time.Minute)
		e.summaries[2] = s
		e.deployments[12] = []DeploymentRecord{{ApplicationID: 1, Application: "Shop", Version: "2", Stale: true}}
	}, CodeStaleRecord, ""},
	{"a version without content in the target", missing(), func(e *evidence) { delete(e.withContent, 20) }, CodeWithoutContent, "It was recorded in production"},
	{"a provider that is not there", func() Finding {
		f := missing()
		f.Provider.VersionID, f.Provider.Version = 0, ""
		return f
	}(), nil, CodeNothingDeployed, "Shop 2 needs Stock"},
	{"a consumer that dropped its contract", func() Finding {
		f := missing()
		f.Consumer.Asked, f.Contract.VersionPosition = false, 1
		return f
	}(), func(e *evidence) { e.heads[1] = map[int64]bool{3: true} }, CodeRemovedButDeployed, "For that one there is no result."},
	{"no contract", Finding{Counted: true, Consumer: shop, Provider: stock, gap: contractMissing}, nil, CodeNoContract, "nothing to break"},
	{"no contract and no content", Finding{Counted: true, Consumer: shop, Provider: stock, gap: contractMissing}, func(e *evidence) { delete(e.withContent, 12) }, CodeWithoutContent, ""},
	{"a consumer that is not there", Finding{Counted: true, Consumer: shop, Provider: stock, gap: nothingThere}, nil, CodeNothingDeployed, "is not recorded there"},
	{"a version that does not exist", Finding{Counted: true, Consumer: shop, gap: versionMissing}, nil, CodeUnknownVersion, ""},
	{"a filter", Finding{Counted: true, Consumer: shop, Provider: stock, gap: rowsLeftOut}, nil, CodeLeftOut, "Ask without them."},
	{"left out on request", Finding{Consumer: shop, Provider: stock, gap: contractMissing}, nil, CodeIgnored, ""},
	{"an external provider", func() Finding {
		f := missing()
		f.Counted = false
		return f
	}(), func(e *evidence) {
		e.verdict.External = map[int64]pacticipants.External{2: {Reason: "Theirs.", Since: noon}}
	}, CodeExternal, "Theirs. Its missing result"},
}

func TestFind_takesTheStrongestCause(t *testing.T) {
	seen := map[Code]bool{}
	for _, c := range findCases {
		t.Run(c.name, func(t *testing.T) {
			e := known()
			if c.with != nil {
				c.with(e)
			}
			f := c.f
			e.find(&f)
			require.Equal(t, c.code, f.Code)
			require.NotEmpty(t, f.Title())
			require.Contains(t, f.Text(), c.says)
			require.Equal(t, f.Code == CodePending || f.Code == CodeComparisonPending, f.SelfHealing)
		})
		seen[c.code] = true
	}
	for _, code := range Codes() {
		require.True(t, seen[code], "no case for %s", code)
	}
}
