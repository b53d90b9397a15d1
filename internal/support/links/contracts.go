package links

// PublishContracts takes the contracts of a version.
func (b Base) PublishContracts() string { return b.Path("/contracts/publish") }

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

// LatestUntaggedPact is the latest pact of a pair whose consumer version has no tag.
func (b Base) LatestUntaggedPact(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "latest-untagged")
}

// LatestPactOnBranch is the latest pact of a pair on a consumer branch.
func (b Base) LatestPactOnBranch(provider, consumer, branch string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "branch", branch, "latest")
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

// PactsWithTag lists the pacts of a pair whose consumer version carries a tag.
func (b Base) PactsWithTag(provider, consumer, tag string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "tag", tag)
}

// PactsOnBranch lists the pacts of a pair on a consumer branch.
func (b Base) PactsOnBranch(provider, consumer, branch string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "branch", branch)
}

// PactsOnMainBranch lists the pacts of a pair on the consumer's main branch.
func (b Base) PactsOnMainBranch(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "branch", "versions")
}

// LatestPactsOnBranch lists the pact of the head of a consumer branch.
func (b Base) LatestPactsOnBranch(provider, consumer, branch string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "branch", branch, "latest", "versions")
}

// LatestPactsOnMainBranch lists the pact of the head of the consumer's main branch.
func (b Base) LatestPactsOnMainBranch(provider, consumer string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "branch", "latest", "versions")
}

// DiffPreviousDistinct shows what a pact changed.
func (b Base) DiffPreviousDistinct(provider, consumer, version string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "version", version, "diff", "previous-distinct")
}

// DiffVersions compares the pacts of two consumer versions.
func (b Base) DiffVersions(provider, consumer, version, other string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "version", version, "diff", "version", other)
}

// DiffContents compares two contents.
func (b Base) DiffContents(provider, consumer, sha, other string) string {
	return b.of("pacts", "provider", provider, "consumer", consumer, "pact-version", sha, "diff", "pact-version", other)
}

// ProviderPacts lists all pacts with a provider.
func (b Base) ProviderPacts(provider string) string { return b.of("pacts", "provider", provider) }

// ProviderPactsWithTag lists the pacts with a provider whose consumer version carries a tag.
func (b Base) ProviderPactsWithTag(provider, tag string) string {
	return b.of("pacts", "provider", provider, "tag", tag)
}

// ProviderPactsOnBranch lists the pacts with a provider on a consumer branch.
func (b Base) ProviderPactsOnBranch(provider, branch string) string {
	return b.of("pacts", "provider", provider, "branch", branch)
}

// ProviderPactsOnMainBranch lists the pacts with a provider on the consumers' main branches.
func (b Base) ProviderPactsOnMainBranch(provider string) string {
	return b.of("pacts", "provider", provider, "branch")
}

// LatestProviderPacts lists the latest pact of each consumer with a provider.
func (b Base) LatestProviderPacts(provider string) string {
	return b.of("pacts", "provider", provider, "latest")
}

// LatestProviderPactsWithTag lists each consumer's latest pact with a tag.
func (b Base) LatestProviderPactsWithTag(provider, tag string) string {
	return b.of("pacts", "provider", provider, "latest", tag)
}

// LatestProviderPactsOnBranch lists the pacts of the heads of a consumer branch.
func (b Base) LatestProviderPactsOnBranch(provider, branch string) string {
	return b.of("pacts", "provider", provider, "branch", branch, "latest")
}

// LatestProviderPactsOnMainBranch lists the pacts of the heads of the consumers' main branches.
func (b Base) LatestProviderPactsOnMainBranch(provider string) string {
	return b.of("pacts", "provider", provider, "branch", "latest")
}

// PactsForVerification selects the pacts that a provider is to verify.
func (b Base) PactsForVerification(provider string) string {
	return b.of("pacts", "provider", provider, "for-verification")
}

// ProviderStates lists the states that consumers expect of a provider.
func (b Base) ProviderStates(provider string) string {
	return b.of("pacts", "provider", provider, "provider-states")
}

// ProviderStatesOnBranch lists the states expected by the heads of a branch.
func (b Base) ProviderStatesOnBranch(provider, branch string) string {
	return b.of("pacts", "provider", provider, "provider-states", "branch", branch)
}

// ProviderStatesInEnvironment lists the states expected by what is in an environment.
func (b Base) ProviderStatesInEnvironment(provider, environment string) string {
	return b.of("pacts", "provider", provider, "provider-states", "environment", environment)
}
