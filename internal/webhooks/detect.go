package webhooks

import (
	"slices"
	"strings"

	"github.com/accord-broker/accord/internal/events"
)

// Publication is what decides which events a publication of a pact fires.
type Publication struct {
	// Republished tells that the consumer version had a pact with the provider before.
	Republished bool
	// SameAsBefore tells, of a republication, that the content is the one it had.
	SameAsBefore bool
	// Earlier compares with the version's predecessors: for each tag the version
	// already had, the previous version with that tag; without tags the previous
	// version that has none at all. Branches play no part.
	Earlier []Predecessor
}

// Predecessor compares a pact with that of an earlier version.
type Predecessor struct {
	// Tag is empty for versions without tags.
	Tag string
	// Found reports whether there is such an earlier version with a pact.
	Found bool
	// SameContent reports whether its pact has the same content.
	SameContent bool
}

// Detected is an event that a publication fires, and why.
type Detected struct {
	Event  events.Type
	Reason string
}

// Detect returns the events of a publication in the order in which they fire.
// Whether verifications are missing is told by required, the number of provider
// versions without a result for the content.
func Detect(p Publication, required int) []Detected {
	detected := []Detected{{events.ContractPublished, "every publication"}}
	if required > 0 {
		detected = append(detected, Detected{events.ContractRequiringVerification, "provider versions without a result for this content"})
	}
	if reasons := p.changes(); len(reasons) > 0 {
		detected = append(detected, Detected{events.ContractContentChanged, strings.Join(reasons, ", ")})
	}
	return detected
}

// changes returns why the content counts as changed; nothing if it does not.
func (p Publication) changes() []string {
	if p.Republished {
		if p.SameAsBefore {
			return nil
		}
		return []string{"other content than this version had before"}
	}
	var reasons []string
	for _, earlier := range p.Earlier {
		switch {
		case !earlier.Found && earlier.Tag == "":
			reasons = append(reasons, "the first pact of this pair without a tag")
		case !earlier.Found:
			reasons = append(reasons, "the first pact of this pair tagged "+earlier.Tag)
		case !earlier.SameContent && earlier.Tag == "":
			reasons = append(reasons, "other content than the previous version without tags")
		case !earlier.SameContent:
			reasons = append(reasons, "other content than the previous version tagged "+earlier.Tag)
		}
	}
	return reasons
}

// Candidate is a provider version that ought to have a result for a contract, and
// why. The same version may be a candidate for several reasons.
type Candidate struct {
	Version string
	Branch  string
	// Description is the reason in words, such as "deployed in production".
	Description string
	// Verified tells that the version has a result for the content, be it a failure.
	Verified bool
}

// RequiredVerification is a provider version without a result for a contract.
type RequiredVerification struct {
	Version string
	Branch  string
	// Descriptions are the reasons why it matters, in the order of the candidates.
	Descriptions []string
}

// RequiredVerifications merges the candidates by version and leaves out those
// that have a result.
func RequiredVerifications(candidates []Candidate) []RequiredVerification {
	var required []RequiredVerification
	for _, candidate := range candidates {
		if candidate.Verified {
			continue
		}
		at := slices.IndexFunc(required, func(r RequiredVerification) bool { return r.Version == candidate.Version })
		if at < 0 {
			at = len(required)
			required = append(required, RequiredVerification{Version: candidate.Version, Branch: candidate.Branch})
		}
		if !slices.Contains(required[at].Descriptions, candidate.Description) {
			required[at].Descriptions = append(required[at].Descriptions, candidate.Description)
		}
	}
	return required
}

// ResultEvents returns the events of a verification result in the order in which
// they fire.
func ResultEvents(success bool) []events.Type {
	if success {
		return []events.Type{events.VerificationPublished, events.VerificationSucceeded}
	}
	return []events.Type{events.VerificationPublished, events.VerificationFailed}
}
