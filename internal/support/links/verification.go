package links

// VerificationResults takes the results of verifying a content.
func (b Base) VerificationResults(provider, consumer, sha string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "pact-version", sha, "verification-results")
}

// VerificationResultsWithMetadata takes the results of verifying a selected content.
func (b Base) VerificationResultsWithMetadata(provider, consumer, sha, metadata string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "pact-version", sha, "metadata", metadata, "verification-results")
}

// VerificationResult is one result.
func (b Base) VerificationResult(provider, consumer, sha, number string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "pact-version", sha, "verification-results", number)
}

// VerificationResultWithMetadata is one result, with why its content was selected.
func (b Base) VerificationResultWithMetadata(provider, consumer, sha, metadata, number string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "pact-version", sha, "metadata", metadata, "verification-results", number)
}

// LatestResultOfContent is the latest result for a content.
func (b Base) LatestResultOfContent(provider, consumer, sha string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "pact-version", sha, "verification-results", "latest")
}

// LatestResultOfPact is the latest result for the pact of a consumer version.
func (b Base) LatestResultOfPact(provider, consumer, version string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "version", version, "verification-results", "latest")
}

// LatestResult is the latest result for the latest pact of a pair.
func (b Base) LatestResult(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "latest", "verification-results", "latest")
}

// LatestResultWithTag is the latest result for the latest pact with a tag.
func (b Base) LatestResultWithTag(provider, consumer, tag string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "latest", tag, "verification-results", "latest")
}

// ComparedResult is what a pact and a version of its provider come to by
// comparison.
func (b Base) ComparedResult(provider, providerVersion, consumer, sha string) string {
	return b.of("contracts", "provider", provider, "version", providerVersion, "consumer", consumer, "pact-version", sha, "verification-results")
}

// ResultsOfConsumerVersion sums up the latest results for all pacts of a consumer version.
func (b Base) ResultsOfConsumerVersion(consumer, version string) string {
	return b.of("verification-results", "consumer", consumer, "version", version, "latest")
}
