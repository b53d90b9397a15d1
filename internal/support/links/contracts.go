package links

// PublishContracts takes the contracts of a version.
func (b Base) PublishContracts() string { return b.Path("/contracts/publish") }

// ProviderContract is what a version of a provider promises.
func (b Base) ProviderContract(provider, version string) string {
	return b.of("contracts", "provider", provider, "version", version)
}

// DocumentChanges says what changed between what two versions promise.
func (b Base) DocumentChanges(provider, from, to string) string {
	return b.of("contracts", "provider", provider, "changes") + "?from=" + queryEscape(from) + "&to=" + queryEscape(to)
}

// Evidence is what came of testing a version of a provider against what it
// promises.
func (b Base) Evidence(provider, version string) string {
	return b.of("contracts", "bi-directional", "provider", provider, "version", version, "provider-contract-verification-results")
}

// Compare is the form that compares a pact with a document.
func (b Base) Compare() string { return b.Path("/compare") }

// ProviderDocument is a document as it was published; people and tools follow it,
// so it may carry a query.
func (b Base) ProviderDocument(provider, version, name string) string {
	return b.of("api", "v1", "providers", provider, "document") + "?version=" + queryEscape(version) + "&name=" + queryEscape(name)
}

// LatestPacts lists the latest pact of each pair.
func (b Base) LatestPacts() string { return b.Path("/pacts/latest") }

// Pact is the pact that a consumer version has with a provider.
func (b Base) Pact(provider, consumer, version string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "version", version)
}

// LatestPact is the latest pact of a pair.
func (b Base) LatestPact(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "latest")
}

// LatestPactWithTag is the latest pact of a pair whose consumer version carries a tag.
func (b Base) LatestPactWithTag(provider, consumer, tag string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "latest", tag)
}

// LatestPactOnBranch is the latest pact of a pair whose consumer version is on a branch.
func (b Base) LatestPactOnBranch(provider, consumer, branch string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "branch", branch, "latest")
}

// LatestUntaggedPact is the latest pact of a pair whose consumer version has no tag.
func (b Base) LatestUntaggedPact(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "latest-untagged")
}

// PactVersion is the content of a pact.
func (b Base) PactVersion(provider, consumer, sha string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "pact-version", sha)
}

// PactVersionWithMetadata is the content of a pact, with why it was selected.
func (b Base) PactVersionWithMetadata(provider, consumer, sha, metadata string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "pact-version", sha, "metadata", metadata)
}

// PreviousDistinctPact is the pact before this one that has another content.
func (b Base) PreviousDistinctPact(provider, consumer, version string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "version", version, "previous-distinct")
}

// PactVersions lists the pacts of a pair.
func (b Base) PactVersions(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "versions")
}

// DiffPreviousDistinct shows what a pact changed.
func (b Base) DiffPreviousDistinct(provider, consumer, version string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "version", version, "diff", "previous-distinct")
}

// PactsForVerification selects the pacts that a provider is to verify.
func (b Base) PactsForVerification(provider string) string {
	return b.of("pacts", "provider", provider, "for-verification")
}

// ProviderStates lists the states that consumers expect of a provider.
func (b Base) ProviderStates(provider string) string {
	return b.of("pacts", "provider", provider, "provider-states")
}
