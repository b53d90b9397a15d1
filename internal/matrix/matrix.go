// Package matrix decides which versions of applications work together, and
// whether a version may be deployed. Decide computes a verdict once, as data;
// the matrix, can-i-deploy, badges and pages are renderings of it.
package matrix

import (
	"slices"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/providercontracts"
	"github.com/accord-broker/accord/internal/versions"
)

// Question asks whether the versions that the selectors name work together and
// with what the target holds.
type Question struct {
	Selectors []Selector
	// Ignore names what must not influence the decision.
	Ignore []Selector
	Target Target
	// LatestBy says which of several results count; see LatestBy.
	LatestBy LatestBy
	// Outcomes are the outcomes whose rows are kept; none keeps all.
	Outcomes []Outcome
	// Limit is how many rows to consider, those with the latest action first; 0
	// means all. A question with a target is never cut.
	Limit int
	// MainBranchDenied tells that mainBranch=false was given, which names no
	// target but is refused beside one.
	MainBranchDenied bool
}

// Selector names versions of one application: all that meet every criterion,
// or any version if there is none.
type Selector struct {
	Pacticipant string
	Criteria
}

// Criteria are what versions must meet, all at once.
type Criteria struct {
	Version     string
	Branch      string
	Tag         string
	Environment string
	// MainBranch asks for versions on the application's main branch.
	MainBranch bool
	// Latest asks for the head of the branch, or else for the newest of the
	// versions that meet the other criteria.
	Latest bool
}

// none tells that any version will do.
func (c Criteria) none() bool { return c == Criteria{} }

// Target says which versions of all other applications the asked ones will
// meet.
type Target struct {
	Environment string
	Tag         string
	Latest      bool
	MainBranch  bool
}

// Given reports whether there is a target at all.
func (t Target) Given() bool { return t != Target{} }

func (t Target) criteria() Criteria {
	return Criteria{Environment: t.Environment, Tag: t.Tag, Latest: t.Latest, MainBranch: t.MainBranch}
}

// LatestBy says which of several rows count: one for each value of what it
// names, the one with the newest provider version.
type LatestBy string

// The groups of which one row counts. Without any, all revisions of a pact and
// all results count, overwritten ones too.
const (
	Everything           LatestBy = ""
	LatestByBothVersions LatestBy = "cvpv"
	LatestByConsumer     LatestBy = "cvp"
	LatestByPair         LatestBy = "cp"
)

// Outcome is what is known of a consumer version and a provider version.
type Outcome int

// The outcomes.
const (
	Unverified Outcome = iota
	Failed
	Successful
)

// Answer is the decision: unknown if a result is missing that could make it no.
type Answer int

// The answers.
const (
	Unknown Answer = iota
	No
	Yes
)

var answerNames = map[Answer]string{Yes: "yes", No: "no", Unknown: "unknown"}

// String names the answer: yes, no or unknown.
func (a Answer) String() string { return answerNames[a] }

// AnswerNamed returns the answer with that name, Unknown if there is none.
func AnswerNamed(name string) Answer {
	for a, known := range answerNames {
		if known == name {
			return a
		}
	}
	return Unknown
}

// Verdict is the answer to a question with all that it was drawn from.
type Verdict struct {
	Question   Question
	Deployable Answer
	// Success, Failed and Unknown count the considered rows and, as unknown, the
	// required pairs without any row.
	Success, Failed, Unknown int
	// Rows were considered; Ignored would have been, had the question not named
	// them to be ignored, or were the provider not external.
	Rows, Ignored []Row
	// External are the external providers of contracts without a result, by id.
	External map[int64]pacticipants.External
	Reasons  []Reason
	// Entries are the versions that the selectors and the target stand for.
	Entries []Entry
	// Pairs are the pairs of applications that the question concerns.
	Pairs []Pair
	// Details describes every version in the rows, by id.
	Details map[int64]Details
	// Uncompared are the pairs that could be compared, and have not been yet.
	Uncompared []providercontracts.Pair
}

// Row is a pact with at most one result for it.
type Row struct {
	Pact contracts.Publication
	// Provider is the version that the result is for, or that a result is
	// missing for; its ID is 0 if there is no result with any version asked for.
	Provider versions.Version
	// Result is nil if there is none.
	Result *Result
}

// Outcome tells what the row knows.
func (r Row) Outcome() Outcome {
	switch {
	case r.Result == nil:
		return Unverified
	case r.Result.Success:
		return Successful
	}
	return Failed
}

// HasCompared reports whether some row was judged by comparison.
func (v Verdict) HasCompared() bool {
	compared := func(r Row) bool { return r.Result != nil && r.Result.Compared }
	return slices.ContainsFunc(v.Rows, compared) || slices.ContainsFunc(v.Ignored, compared)
}

// Entry is one version that a selector stands for, or the fact that there is
// none.
type Entry struct {
	// Pacticipant has ID 0 if no application has that name.
	Pacticipant pacticipants.Pacticipant
	Selector    Selector
	State       State
	// Version is set if State is Found.
	Version versions.Version
	// Specified tells that the question names the application itself; the others
	// come from the target.
	Specified bool
	// OneOfMany tells that the selector stands for several versions.
	OneOfMany bool
	// Ignored tells that the question names this entry to be ignored.
	Ignored bool
	// Abbreviation is the beginning of the version's number by which the question
	// asks for it, "" if it names the whole.
	Abbreviation string
	// Overlooked tells that there is a version whose number is the abbreviation, but
	// without contracts and results.
	Overlooked bool
	// Hint says what may have been meant if State is Missing.
	Hint string
}

// State says what a selector has found.
type State int

// The states of an entry.
const (
	Found State = iota
	// AnyVersion stands for all versions of the application.
	AnyVersion
	// Missing tells that no version meets the criteria.
	Missing
)

// Pair is a consumer and a provider that the question concerns.
type Pair struct {
	ConsumerID int64
	Consumer   string
	ProviderID int64
	Provider   string
	// Required tells that a consumer version needs the provider; otherwise the
	// provider must only not break the consumer where that is.
	Required bool
}

// Details are what a row shows of a version.
type Details struct {
	Version versions.Version
	// Branches and Tags are in the order in which they were given.
	Branches []versions.BranchVersion
	Tags     []versions.Tag
	// Environments are those where the version is deployed or supported now, in
	// the order in which it got there.
	Environments []deployments.Environment
}
