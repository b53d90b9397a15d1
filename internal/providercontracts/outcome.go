package providercontracts

import (
	"time"

	"github.com/accord-broker/accord/internal/comparison"
)

// Outcome is what a pact and a version of its provider come to by comparison.
type Outcome string

// The outcomes.
const (
	// Compatible: the version promises everything that the pact needs, and keeps it.
	Compatible Outcome = "compatible"
	// Unproven: the version promises everything that the pact needs, but nobody has
	// said whether it keeps it.
	Unproven Outcome = "compatible_without_evidence"
	// Incompatible: the pact needs something that the version does not promise.
	Incompatible Outcome = "incompatible"
	// SelfVerificationFailed: the version does not keep to its own document.
	SelfVerificationFailed Outcome = "self_verification_failed"
	// NotCovered: nothing is wrong, but the documents do not speak of everything in
	// the pact, so that only a verification can tell.
	NotCovered Outcome = "not_covered"
	// NotComparable: the document or the pact cannot be compared.
	NotComparable Outcome = "not_comparable"
)

// Decides reports whether the outcome says yes or no.
func (o Outcome) Decides() bool { return o.Succeeds() || o.Fails() }

// Succeeds reports whether the outcome says yes.
func (o Outcome) Succeeds() bool { return o == Compatible || o == Unproven }

// Fails reports whether the outcome says no.
func (o Outcome) Fails() bool { return o == Incompatible || o == SelfVerificationFailed }

// Comparison is what came of comparing the content of a pact with the documents
// of a version.
type Comparison struct {
	ID int64
	// ContentID is the content of the pact.
	ContentID int64
	// DocumentsKey names the documents; see DocumentsKeyOf.
	DocumentsKey string
	// Engine is the version of the comparison's rules.
	Engine int
	// Failed reports whether there are errors.
	Failed bool
	// Interactions counts those of the pact, Uncovered those of which no document
	// speaks.
	Interactions, Uncovered int
	Errors, Warnings        int
	// Refused says why nothing could be compared, "" if it could.
	Refused string
	At      time.Time
	// Report is left out where comparisons are listed.
	Report Report
}

// OutcomeUnproven says what the comparison comes to if nobody has said whether the
// provider keeps to the document.
func (c Comparison) OutcomeUnproven() Outcome { return c.outcome(Evidence{}) }

// outcome says what the comparison comes to for a version with the evidence.
func (c Comparison) outcome(evidence Evidence) Outcome {
	switch {
	case c.Refused == "" && c.Failed:
		return Incompatible
	case evidence.Failed():
		return SelfVerificationFailed
	case c.Refused != "":
		return NotComparable
	case c.Uncovered > 0:
		return NotCovered
	case evidence.Missing():
		return Unproven
	}
	return Compatible
}

// Report is all that a comparison has to tell.
type Report struct {
	Findings []Finding
	// More counts the findings that are not listed.
	More   int
	Judged []Judged
}

// Finding is a finding of a comparison, and the document that it is about.
type Finding struct {
	comparison.Finding

	// SHA names the document, Line is the line in it, 0 if that is not known.
	SHA  string
	Line int
}

// Judged is what came of an interaction, and the document that judged it.
type Judged struct {
	comparison.Judged

	SHA string
}

// Of returns the findings about an interaction.
func (r Report) Of(interaction int) []Finding {
	var found []Finding
	for _, f := range r.Findings {
		if f.Interaction == interaction {
			found = append(found, f)
		}
	}
	return found
}

// Errors returns the findings that make document and pact incompatible.
func (r Report) Errors() []Finding {
	var found []Finding
	for _, f := range r.Findings {
		if f.Kind == comparison.Error {
			found = append(found, f)
		}
	}
	return found
}

// Uncovered returns the interactions of which no document speaks.
func (r Report) Uncovered() []Judged {
	var found []Judged
	for _, j := range r.Judged {
		if j.Judged.Uncovered != "" {
			found = append(found, j)
		}
	}
	return found
}
