// Package selection decides which contracts a provider has to verify: those
// that its selectors ask for, which of them are pending, so that a failure does
// not break the build, and what is work in progress beside them.
package selection

import "time"

// Query is what a provider asks for.
type Query struct {
	// ProviderBranch and ProviderTags are where the version that verifies
	// stands. With a branch the tags play no part.
	ProviderBranch string
	ProviderTags   []string
	// Pending asks which contracts are pending.
	Pending bool
	// WIPSince asks for work in progress that was published after it; the zero
	// time asks for none.
	WIPSince time.Time
	// Selectors say which contracts; none at all is a sensible default.
	Selectors []Selector
}

// Selector asks for contracts of consumer versions. One of the fields, or a
// pair of them that belongs together, says which; Consumer narrows them.
type Selector struct {
	// Latest is the newest version with a contract or, beside Tag, the newest
	// with the tag.
	Latest bool
	// MainBranch, MatchingBranch, EveryBranch and Branch are heads of branches:
	// of each consumer's main branch, of the branch named like the provider's,
	// of all branches, of that branch. FallbackBranch serves consumers that do
	// not have the branch.
	MainBranch, MatchingBranch, EveryBranch bool
	Branch, FallbackBranch                  string
	// Tag is every version with the tag. FallbackTag serves if nothing at all
	// was found as the latest with the tag.
	Tag, FallbackTag string
	// Deployed and Released are versions that are so now, in the environment or
	// in any. The environment alone means both.
	Deployed, Released bool
	Environment        string
	Consumer           string
}

// Kind says by what a contract was found.
type Kind int

// The kinds, in the order in which people are told of them.
const (
	ByLatest Kind = iota
	ByBranch
	ByLatestTag
	ByTag
	ByDeployment
	ByRelease
	ByMainBranch
	ByEnvironment
)

// Reason is what a contract was found by.
type Reason struct {
	Kind Kind
	// Branch, Tag and Environment are the names that belong to the kind.
	Branch, Tag, Environment string
	// Production tells of the environment.
	Production bool
	// Consumer is set if the selector named one.
	Consumer string
}

// isOnlyOne reports whether one version of a consumer at most is found so.
func (r Reason) isOnlyOne() bool {
	switch r.Kind {
	case ByLatest, ByBranch, ByLatestTag, ByMainBranch:
		return true
	}
	return false
}

// String is the short form of the reason; names of tests are made of it.
func (r Reason) String() string {
	switch r.Kind {
	case ByBranch:
		return "latest from branch " + r.Branch
	case ByLatestTag:
		return "latest with tag " + r.Tag
	case ByTag:
		if r.Consumer != "" {
			return "one of " + r.Consumer + " " + r.Tag
		}
		return "one of " + r.Tag
	case ByDeployment:
		return "deployed to " + r.Environment
	case ByRelease:
		return "released in " + r.Environment
	case ByMainBranch:
		return "latest from main branch"
	case ByEnvironment:
		return "in " + r.Environment
	default:
		return "latest"
	}
}
