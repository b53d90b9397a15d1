package links

import "strings"

// Matrix answers which versions work together.
func (b Base) Matrix() string { return b.Path("/matrix") }

// MatrixOf lists all rows of a pair.
func (b Base) MatrixOf(provider, consumer string) string {
	return b.of("matrix", "provider", provider, "consumer", consumer)
}

// CanIDeploy answers whether a version may be deployed.
func (b Base) CanIDeploy() string { return b.Path("/can-i-deploy") }

// CanIDeployBranch answers whether the head of a branch may be deployed to an environment.
func (b Base) CanIDeployBranch(pacticipant, branch, environment string) string {
	return b.of("pacticipants", pacticipant, "branches", branch, "latest-version", "can-i-deploy", "to-environment", environment)
}

// CanIDeployTag answers whether the latest version with one tag works with those of another.
func (b Base) CanIDeployTag(pacticipant, tag, to string) string {
	return b.of("pacticipants", pacticipant, "latest-version", tag, "can-i-deploy", "to", to)
}

// CanIDeployBranchBadge shows whether the head of a branch may be deployed.
func (b Base) CanIDeployBranchBadge(pacticipant, branch, environment string) string {
	return b.of("pacticipants", pacticipant, "branches", branch, "latest-version", "can-i-deploy", "to-environment", environment, "badge")
}

// CanIDeployTagBadge shows whether the latest version with one tag works with those of another.
func (b Base) CanIDeployTagBadge(pacticipant, tag, to string) string {
	return b.of("pacticipants", pacticipant, "latest-version", tag, "can-i-deploy", "to", to, "badge")
}

// CanIMergeBadge shows whether the main branch works with everybody else's.
func (b Base) CanIMergeBadge(pacticipant string) string {
	return b.of("pacticipants", pacticipant, "main-branch", "can-i-merge", "badge")
}

// LatestPactBadge shows whether the latest pact of a pair is verified.
func (b Base) LatestPactBadge(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "latest", "badge")
}

// LatestPactWithTagBadge shows whether the latest pact with a tag is verified.
func (b Base) LatestPactWithTagBadge(provider, consumer, tag string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "latest", tag, "badge")
}

// LatestUntaggedPactBadge shows whether the latest pact without a tag is verified.
func (b Base) LatestUntaggedPactBadge(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "latest-untagged", "badge")
}

// MatrixBadge shows whether the latest versions with two tags work together.
func (b Base) MatrixBadge(provider, providerTag, consumer, tag string) string {
	return b.of("matrix", "provider", provider, "latest", providerTag, "consumer", consumer, "latest", tag, "badge")
}

// MatrixOfConsumerVersion is the query for the latest results of all pacts of a
// consumer version. People follow it; no client does, so it may carry a query.
func (b Base) MatrixOfConsumerVersion(consumer, version string) string {
	return b.Matrix() + "?q%5B%5D%5Bpacticipant%5D=" + queryEscape(consumer) + "&q%5B%5D%5Bversion%5D=" + queryEscape(version) + "&latestby=cvpv"
}

// External tells why an application is external.
func (b Base) External(pacticipant string) string {
	return b.of("api", "v1", "applications", pacticipant, "external")
}

// queryEscape escapes a value within a query, where a space is a plus.
func queryEscape(value string) string { return strings.ReplaceAll(Escape(value), "%20", "+") }
