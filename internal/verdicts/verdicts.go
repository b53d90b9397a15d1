// Package verdicts explains what matrix decides: for every pair of versions why
// the answer is what it is, since when, and what to do. Its Monitor announces
// when the answer about what is to be deployed next has changed.
package verdicts

import (
	"context"
	"slices"
	"time"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/verification"
)

// Service explains verdicts, each from one unchanging state.
type Service struct {
	View       func(ctx context.Context, fn func(ctx context.Context, tx EvidenceReader) error) error
	Thresholds Thresholds
	// Compare compares pairs that have not been, as far as there is time; nil leaves
	// them as they are.
	Compare matrix.Compare
	// Reserve reserves memory for large answers; nil does not.
	Reserve matrix.Reserve
}

// Thresholds say after what time a missing result has another cause.
type Thresholds struct {
	// PendingFor is how long a result counts as being on its way.
	PendingFor time.Duration
	// LostAfter is when a result that was due counts as lost.
	LostAfter time.Duration
	// StaleAfter is when the record of a deployment counts as stale, if newer
	// versions have been built.
	StaleAfter time.Duration
}

// Explanation is a verdict with the cause of each of its parts.
type Explanation struct {
	Verdict  matrix.Verdict
	At       time.Time
	Findings []Finding
}

// Finding says what the verdict rests on for two versions, and why.
type Finding struct {
	Code Code
	// Answer is what the two versions would answer alone: only all yes make a
	// yes.
	Answer matrix.Answer
	// Counted is false if the finding has no part in the verdict, because it was
	// ignored or the provider is external.
	Counted bool
	// Required tells that the consumer version needs the provider.
	Required bool
	// Provider has no name if the finding is about one version alone, which is
	// the consumer then.
	Consumer, Provider Party
	// Contract is nil if there is none.
	Contract *contracts.Publication
	// Result is nil if there is none; Failures are the interactions that it
	// found broken.
	Result   *matrix.Result
	BuildURL string
	Failures []verification.FailedTest
	// Compared is what comparing the contract with what the provider version
	// promises has come to, nil if that is not known; Report is all that was found.
	Compared *providercontracts.Compared
	Report   providercontracts.Report
	// Deployments say where the two versions are, if the target is an environment.
	Deployments []DeploymentRecord
	// Since is when what the code tells began, zero if that cannot be said.
	Since time.Time
	// SelfHealing reports whether time alone can change the answer.
	SelfHealing bool
	// Owner is the application whose people can change it, nil if nothing is
	// missing.
	Owner *pacticipants.Pacticipant
	// History, Regression, LastDelivery and ProviderSummary are what the cause was
	// found by.
	History         *ContentHistory
	Regression      *Regression
	LastDelivery    *Delivery
	ProviderSummary ApplicationSummary
	External        *pacticipants.External
	// Target is that of the question, Place names it in words, such as
	// "production".
	Target matrix.Target
	Place  string
	// Head is the version of the consumer that has no such contract any more,
	// NewestWithContent the newest version that did publish something.
	Head, NewestWithContent string
	// StaleRecord is the deployment record that is too old to be believed.
	StaleRecord *DeploymentRecord
	// Phrase names the version that was asked about and does not exist.
	Phrase matrix.Phrase

	gap   gap
	cause cause
}

// gap says why the verdict has no row for a finding; 0 if it has one.
type gap int

const (
	// versionMissing: the version that was asked about does not exist.
	versionMissing gap = iota + 1
	// rowsLeftOut: the question filters them away.
	rowsLeftOut
	// contractMissing: the version has no such contract.
	contractMissing
	// nothingThere: no version of the application is in the target.
	nothingThere
)

// lacksResult reports whether a contract counts that has no result.
func (f Finding) lacksResult() bool { return f.Counted && f.Contract != nil && f.Result == nil }

// hasFailed reports whether a result counts that is no success.
func (f Finding) hasFailed() bool { return f.Counted && f.Result != nil && !f.Result.Success }

// Runs reports whether a party is in the environment that is asked about, and not asked for.
func (f Finding) Runs(p Party) bool {
	return !p.Asked && slices.ContainsFunc(f.Deployments, func(d DeploymentRecord) bool {
		return d.Application == p.Name && d.Version == p.Version && d.Environment == f.Target.Environment
	})
}

// Party is one side of a finding.
type Party struct {
	ID        int64
	Name      string
	VersionID int64
	// Version is its number, "" if it is not known which.
	Version string
	// Asked tells that the question names the application; otherwise it is in
	// the target.
	Asked bool
}

// String names the version in words.
func (p Party) String() string {
	if p.Version == "" {
		return p.Name
	}
	return p.Name + " " + p.Version
}

// Explain answers the question and says why. It returns the faults of
// matrix.Decide; the number of statements it runs is fixed as well.
func (s *Service) Explain(ctx context.Context, q matrix.Question) (Explanation, error) {
	bound := &matrix.Bound{Reserve: s.Reserve}
	e, err := s.explain(ctx, q, bound)
	if err != nil || len(e.Verdict.Uncompared) == 0 || s.Compare == nil {
		return e, err
	}
	if err := s.Compare(ctx, e.Verdict.Uncompared); err != nil {
		return e, err
	}
	return s.explain(ctx, q, bound)
}

func (s *Service) explain(ctx context.Context, q matrix.Question, bound *matrix.Bound) (e Explanation, err error) {
	err = bound.Ask(ctx, func(most int) error {
		return s.View(ctx, func(ctx context.Context, tx EvidenceReader) (err error) {
			e, err = s.explainWithin(ctx, tx, q, most)
			return err
		})
	})
	return e, err
}

func (s *Service) explainWithin(ctx context.Context, tx EvidenceReader, q matrix.Question, most int) (Explanation, error) {
	v, err := matrix.Judge(ctx, tx, q, most)
	if err != nil {
		return Explanation{}, err
	}
	x := explainer{tx: tx, evidence: evidence{now: tx.Now(), verdict: v, thresholds: s.Thresholds}, most: most}
	x.list()
	if err := matrix.Within(len(x.findings), most); err != nil {
		return Explanation{}, err
	}
	if err := x.gather(ctx); err != nil {
		return Explanation{}, err
	}
	for i := range x.findings {
		x.find(&x.findings[i])
	}
	return Explanation{Verdict: v, At: x.now, Findings: x.findings}, nil
}

// explainer finds the causes of one verdict.
type explainer struct {
	evidence
	tx       EvidenceReader
	findings []Finding
	// most is how many findings there may be; of more, one is listed.
	most int
	// entriesOf are the entries of the verdict by their application.
	entriesOf map[int64][]matrix.Entry
}

// list makes the findings of everything that the verdict was drawn from, and of
// what it did not need to look at; their causes are found later.
func (x *explainer) list() {
	x.entriesOf = make(map[int64][]matrix.Entry, len(x.verdict.Entries))
	for _, e := range x.verdict.Entries {
		x.entriesOf[e.Pacticipant.ID] = append(x.entriesOf[e.Pacticipant.ID], e)
	}
	for _, e := range x.verdict.Entries {
		if e.Specified && e.State == matrix.Missing {
			asked := party(e)
			asked.Version = e.Selector.Version
			x.add(Finding{gap: versionMissing, Answer: matrix.No, Counted: !e.Ignored, Consumer: asked, Phrase: e.Phrase()})
		}
	}
	for _, r := range x.verdict.Rows {
		x.listRow(r, true)
	}
	listed := map[pairKey]bool{}
	for _, r := range slices.Concat(x.verdict.Rows, x.verdict.Ignored) {
		listed[pairKey{r.Pact.ConsumerID, r.Pact.ProviderID}] = true
	}
	for _, p := range x.verdict.Pairs {
		if !listed[pairKey{p.ConsumerID, p.ProviderID}] {
			x.listPair(p)
		}
	}
	for _, r := range x.verdict.Ignored {
		x.listRow(r, false)
	}
	x.addUnmentioned()
}

func (x *explainer) add(f Finding) {
	if len(x.findings) > x.most {
		return
	}
	if !f.Counted {
		f.Answer = matrix.Yes
	}
	f.Target = x.verdict.Question.Target
	f.Place = describeTarget(f.Target)
	x.findings = append(x.findings, f)
}

func party(e matrix.Entry) Party {
	return Party{ID: e.Pacticipant.ID, Name: e.Pacticipant.Name, VersionID: e.Version.ID, Version: e.Version.Number, Asked: e.Specified}
}

// listRow adds the finding of a row. A row without a provider version stands
// for all versions that the provider has in the target environment.
func (x *explainer) listRow(r matrix.Row, counted bool) {
	pact := r.Pact
	f := Finding{
		Answer: answers[r.Outcome()], Counted: counted, Contract: &pact, Result: r.Result,
		Consumer: Party{ID: pact.ConsumerID, Name: pact.Consumer, VersionID: pact.VersionID, Version: pact.VersionNumber, Asked: x.asked(pact.ConsumerID)},
		Provider: Party{ID: pact.ProviderID, Name: pact.Provider, VersionID: r.Provider.ID, Version: r.Provider.Number, Asked: x.asked(pact.ProviderID)},
	}
	f.Required = f.Consumer.Asked
	there := x.found(pact.ProviderID)
	if r.Provider.ID != 0 || len(there) == 0 || (len(there) > 1 && x.verdict.Question.Target.Environment == "") {
		x.add(f)
		return
	}
	for _, e := range there {
		f.Provider.VersionID, f.Provider.Version = e.Version.ID, e.Version.Number
		x.add(f)
	}
}

// answers are what rows mean for the decision.
var answers = map[matrix.Outcome]matrix.Answer{matrix.Unverified: matrix.Unknown, matrix.Failed: matrix.No, matrix.Successful: matrix.Yes}

func (x *explainer) asked(pacticipantID int64) bool {
	for _, e := range x.entriesOf[pacticipantID] {
		if e.Specified {
			return true
		}
	}
	return false
}

// found are the entries of an application that are versions.
func (x *explainer) found(pacticipantID int64) []matrix.Entry {
	var found []matrix.Entry
	for _, e := range x.entriesOf[pacticipantID] {
		if e.State == matrix.Found {
			found = append(found, e)
		}
	}
	return found
}

type pairKey struct{ consumer, provider int64 }

// listPair adds the findings of a pair without any row: each consumer version
// that is there without a contract, or that there is none.
func (x *explainer) listPair(p matrix.Pair) {
	provider := x.only(Party{ID: p.ProviderID, Name: p.Provider})
	if p.Required {
		x.add(Finding{gap: rowsLeftOut, Answer: matrix.Unknown, Counted: true, Required: true, Consumer: x.only(Party{ID: p.ConsumerID, Name: p.Consumer}), Provider: provider})
		return
	}
	for _, e := range x.entriesOf[p.ConsumerID] {
		if e.State == matrix.AnyVersion {
			continue
		}
		f := Finding{gap: contractMissing, Answer: matrix.Yes, Counted: !e.Ignored, Consumer: party(e), Provider: provider}
		if e.State == matrix.Missing && !e.Specified {
			f.gap = nothingThere
		}
		if e.State != matrix.Missing || !e.Specified {
			x.add(f)
		}
	}
}

// only completes a party with its version, if it can only be one.
func (x *explainer) only(p Party) Party {
	p.Asked = x.asked(p.ID)
	if of := x.found(p.ID); len(of) == 1 {
		p.VersionID, p.Version = of[0].Version.ID, of[0].Version.Number
	}
	return p
}

// addUnmentioned adds the versions asked about of which nothing was said yet.
func (x *explainer) addUnmentioned() {
	said := map[int64]bool{}
	for _, f := range x.findings {
		said[f.Consumer.ID], said[f.Provider.ID] = true, true
	}
	for _, e := range x.verdict.Entries {
		if e.Specified && e.State == matrix.Found && !said[e.Pacticipant.ID] {
			x.add(Finding{gap: contractMissing, Answer: matrix.Yes, Counted: !e.Ignored, Consumer: party(e)})
		}
	}
}

// describeTarget names the target in words.
func describeTarget(t matrix.Target) string {
	switch {
	case t.Environment != "":
		return t.Environment
	case t.Tag != "":
		return "what is tagged " + t.Tag
	case t.MainBranch:
		return "the main branches"
	case t.Latest:
		return "the latest versions"
	}
	return ""
}
