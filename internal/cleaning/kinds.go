package cleaning

import "errors"

// Kind is a kind of rows that a clean-up deletes.
type Kind string

// The kinds of rows, in the order in which they go.
const (
	OldDeliveries     Kind = "old_deliveries"
	SupersededResults Kind = "superseded_results"
	ReplacedPacts     Kind = "replaced_pacts"
	Versions          Kind = "versions"
	PactsOfVersions   Kind = "pacts_of_versions"
	ResultsOfVersions Kind = "results_of_versions"
	Branches          Kind = "branches"
	OrphanedContents  Kind = "orphaned_contents"
)

// Words say for people what rows they are.
func (k Kind) Words() string {
	switch k {
	case OldDeliveries:
		return "deliveries that are done, but the newest"
	case SupersededResults:
		return "results that later ones repeat"
	case ReplacedPacts:
		return "pacts that others have replaced"
	case Versions:
		return "versions that no rule keeps"
	case PactsOfVersions:
		return "their pacts"
	case ResultsOfVersions:
		return "their results"
	case Branches:
		return "empty branches on which nobody works"
	case OrphanedContents:
		return "contents that no pact and no result names"
	}
	return string(k)
}

// Step is what a clean-up is at: rows of a kind, or the versions of one application, which
// are looked at before any goes.
type Step struct {
	Kind Kind
	// Application is whose versions are looked at, "" in all other steps.
	Application string
}

// Progress is told of a clean-up how far its step is.
type Progress func(step Step, done, all int64)

// Reasons for which nothing is cleaned up.
var (
	// ErrBeingCleaned tells that another process cleans up already.
	ErrBeingCleaned = errors.New("another process is cleaning up this database already")
	// ErrBeingImported tells that an import has not come to its end.
	ErrBeingImported = errors.New(
		"an import into this database has not come to its end: nothing is cleaned up before; run the same `broker import` again, which goes on where it stopped, or begin with an empty database",
	)
)
