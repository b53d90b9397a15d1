package commands

import "github.com/accord-broker/accord/internal/store"

// partNames are what people read of each part of the data.
var partNames = map[store.Part]string{
	store.Structure:       "database",
	store.VersionOrder:    "order of versions",
	store.BranchHeads:     "heads of branches",
	store.TagHeads:        "heads of tags",
	store.LatestRevisions: "latest revisions",
	store.LatestResults:   "latest results",
	store.BranchSuccesses: "successes on branches",
	store.TagSuccesses:    "successes under tags",
	store.ContentCounts:   "what contracts count",
	store.ContractsKeys:   "what versions promise",
	store.Contents:        "contracts",
	store.TestResults:     "test results",
	store.Documents:       "documents of providers",
	store.TestReports:     "test reports of providers",
}

// ownersOf are whose ids are told where a projection is wrong.
var ownersOf = map[store.Part]string{
	store.VersionOrder:    "version",
	store.BranchHeads:     "branch",
	store.TagHeads:        "application",
	store.LatestRevisions: "version",
	store.LatestResults:   "contract",
	store.BranchSuccesses: "contract",
	store.TagSuccesses:    "contract",
	store.ContentCounts:   "contract",
	store.ContractsKeys:   "version",
}
