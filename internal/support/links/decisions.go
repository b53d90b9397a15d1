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
