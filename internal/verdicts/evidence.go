package verdicts

import (
	"context"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pactfile"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/verification"
)

// EvidenceReader reads what a verdict is explained with, beyond what it was
// drawn from. Like those of Finder, its methods run one statement each.
type EvidenceReader interface {
	matrix.Reader
	// Now is the time of the question.
	Now() time.Time
	// ApplicationSummaries returns what is known of each application as a whole,
	// by id.
	ApplicationSummaries(ctx context.Context, pacticipantIDs []int64) (map[int64]ApplicationSummary, error)
	// ContentHistories returns the histories of contents, by id.
	ContentHistories(ctx context.Context, contentIDs []int64) (map[int64]ContentHistory, error)
	// Regressions returns, by number, those of the failed results whose content an
	// older version of the provider had fulfilled, and has not failed since, by result or
	// by its own contract.
	Regressions(ctx context.Context, resultIDs []int64) (map[int64]Regression, error)
	// ResultsByID returns results, with test results of bytesAtMost together.
	ResultsByID(ctx context.Context, resultIDs []int64, bytesAtMost int64) ([]verification.Result, error)
	// LastDeliveries returns the last webhooks that each publication has triggered
	// by being published, by the id of the publication.
	LastDeliveries(ctx context.Context, publicationIDs []int64) (map[int64][]Delivery, error)
	// ContentSizes returns how many bytes each of the contents has, by id.
	ContentSizes(ctx context.Context, contentIDs ...int64) (map[int64]int64, error)
	// ReportsOf returns all that comparisons have to tell, by id.
	ReportsOf(ctx context.Context, comparisonIDs []int64) (map[int64]providercontracts.Report, error)
	// ContentBodies returns what was stored for each of the contents, by id.
	ContentBodies(ctx context.Context, contentIDs ...int64) (map[int64][]byte, error)
	// DeploymentRecordsOf returns the records that say which of the versions are
	// in the environment now, the oldest first, by the id of the version.
	DeploymentRecordsOf(ctx context.Context, environment string, versionIDs []int64) (map[int64][]DeploymentRecord, error)
}

// VersionResult is a version of an application in a history; its ID is 0 if
// there is none. At is when a result for it was recorded.
type VersionResult struct {
	ID       int64
	Number   string
	Position int64
	At       time.Time
}

// ApplicationSummary is what is known of an application as a whole.
type ApplicationSummary struct {
	Pacticipant pacticipants.Pacticipant
	// Newest is its newest version, Head that of its main branch or, without
	// one, the newest.
	Newest, Head VersionResult
	// Contracts is how many consumers have, or had, a contract with it, the
	// first of them since FirstContract.
	Contracts     int
	FirstContract time.Time
	// LastResult is the version with the last result that it has published.
	LastResult VersionResult
}

// ContentHistory says since when a content is known and who verified it last.
type ContentHistory struct {
	PublishedAt      time.Time
	FirstPublication int64
	// Fulfilled is the provider version with the last success that neither a later result
	// of the same version nor its own contract contradicts, Tried that with the last result.
	Fulfilled, Tried VersionResult
}

// Regression says when a content that was fulfilled began to fail.
type Regression struct {
	// Last is the older version that fulfilled it last, First the first one
	// since that did not.
	Last, First VersionResult
}

// Delivery is a webhook that told somebody of a publication.
type Delivery struct {
	UUID, Event string
	// Webhook is the uuid of the webhook, "" once it is deleted.
	Webhook string
	// ProviderVersion is the version that is asked for its result, "" if it is not
	// said which.
	ProviderVersion string
	State           DeliveryState
	At              time.Time
}

// DeliveryState says how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	OnItsWay  DeliveryState = "on_its_way"
	Delivered DeliveryState = "delivered"
	GivenUp   DeliveryState = "given_up"
)

// asks reports whether the webhook asks the provider for the result that counts. A
// webhook on contract_published only tells that something was published, whether or
// not there is something to verify: that is for chats.
func (d Delivery) asks(provider Party) bool {
	switch d.Event {
	case string(events.ContractContentChanged):
		return true
	case string(events.ContractRequiringVerification):
		return d.ProviderVersion == "" || provider.Version == "" || d.ProviderVersion == provider.Version
	}
	return false
}

// comesAfter orders deliveries by time. Of those that were triggered together the
// one with which it stands worst comes last: if one of them has arrived, it need not
// be the one that starts a build.
func (d Delivery) comesAfter(other Delivery) bool {
	if !d.At.Equal(other.At) {
		return d.At.After(other.At)
	}
	worst := []DeliveryState{Delivered, OnItsWay, GivenUp}
	return slices.Index(worst, d.State) > slices.Index(worst, other.State)
}

// wasAsked reports whether a webhook has asked the provider for the result.
func (f Finding) wasAsked() bool { return f.LastDelivery != nil && f.LastDelivery.asks(f.Provider) }

// forOneVersion reports whether the webhook asks one version of the provider for
// its result, so that others are asked by webhooks of their own.
func (d Delivery) forOneVersion() bool {
	return d.Event == string(events.ContractRequiringVerification)
}

// evidence is a verdict with what was read to explain it.
type evidence struct {
	now         time.Time
	verdict     matrix.Verdict
	thresholds  Thresholds
	summaries   map[int64]ApplicationSummary
	histories   map[int64]ContentHistory
	regressions map[int64]Regression
	reports     map[int64]verification.Result
	names       map[int64]map[string]pactfile.Interaction
	withContent map[int64]bool
	deliveries  map[int64][]Delivery
	// heads are the providers that the head of a consumer has contracts with.
	heads       map[int64]map[int64]bool
	deployments map[int64][]DeploymentRecord
	// withContracts are the versions that have published provider contracts; compared is
	// what they come to with contents, comparisons are the reports of that, by id.
	withContracts map[int64]bool
	compared      map[providercontracts.Pair]providercontracts.Compared
	comparisons   map[int64]providercontracts.Report
}

// DeploymentRecord is a record that a version is in the target environment.
type DeploymentRecord struct {
	UUID, Environment    string
	ApplicationID        int64
	Application, Version string
	// Instance is the application instance, "" for the slot without a name.
	Instance string
	// Released reports that it is a release, and not a deployment.
	Released bool
	Since    time.Time
	// Recorded is when that was said last; what is recorded once more keeps its Since.
	Recorded time.Time
	// Stale reports that the record is old and newer versions have been built.
	Stale bool
}

// attach completes a finding with what is known of it, whatever its cause.
func (e *evidence) attach(f *Finding) {
	f.ProviderSummary = e.summaries[f.Provider.ID]
	f.Deployments = slices.Concat(e.deployments[f.Consumer.VersionID], e.deployments[f.Provider.VersionID])
	switch {
	case f.lacksResult():
		e.attachHistory(f)
	case f.hasFailed():
		e.attachFailures(f)
	}
	e.attachComparison(f)
}

// attachHistory tells of the content, and of the last webhook that it triggered: of
// those that ask for the result, if there are any.
func (e *evidence) attachHistory(f *Finding) {
	history := e.histories[f.Contract.ContentID]
	f.History = &history
	for _, publication := range []int64{history.FirstPublication, f.Contract.ID} {
		for _, d := range e.deliveries[publication] {
			asks, asked := d.asks(f.Provider), f.wasAsked()
			if f.LastDelivery == nil || asks && !asked || asks == asked && d.comesAfter(*f.LastDelivery) {
				f.LastDelivery = &d
			}
		}
	}
}

// attachFailures tells what the result says, with the names of interactions that
// the verifier gave by id only.
func (e *evidence) attachFailures(f *Finding) {
	report := e.reports[f.Result.ID]
	f.BuildURL, f.Failures = report.BuildURL, verification.FailedTests(report.TestResults)
	for i, test := range f.Failures {
		if named, known := e.names[f.Contract.ContentID][test.InteractionID]; known && test.Description == "" {
			f.Failures[i].Description, f.Failures[i].State = named.Description, named.State
		}
	}
	if regression, found := e.regressions[f.Result.ID]; found {
		f.Regression = &regression
	}
}

// own makes the application the one whose people can change the finding.
func (e *evidence) own(f *Finding, by Party) {
	if s, known := e.summaries[by.ID]; known {
		f.Owner = &s.Pacticipant
	}
}

// thereSince is when the version was recorded in the target environment, or the
// other time if it was not.
func (e *evidence) thereSince(p Party, otherwise time.Time) time.Time {
	if at := e.deployments[p.VersionID]; len(at) > 0 {
		return at[0].Since
	}
	return otherwise
}

// lately reports whether a result may still follow on what happened then.
func (e *evidence) lately(at time.Time) bool { return e.now.Sub(at) <= e.thresholds.PendingFor }
