package api

import (
	"net/http"
	"slices"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
)

// The methods, short enough for a table.
const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// The addresses of the things that many routes are about.
const (
	pacticipantOf = "/pacticipants/:pacticipant"
	versionOf     = pacticipantOf + "/versions/:number"
	branchOf      = pacticipantOf + "/branches/:branch"
	environmentOf = "/environments/:uuid"
	pactsOf       = "/pacts/provider/:provider"
	pactOf        = pactsOf + "/consumer/:consumer"
	// oldPactOf is where old clients look for a pact.
	oldPactOf = "/pact/provider/:provider/consumer/:consumer"
)

// The results for a content, and for one whose address remembers how it was
// selected.
const (
	resultsOf         = pactOf + "/pact-version/:sha/verification-results"
	resultsOfSelected = pactOf + "/pact-version/:sha/metadata/:metadata/verification-results"
)

// providerContractsOf is where a provider publishes contracts, providerContractOf where those of a
// version are.
const (
	providerContractsOf = "/provider-contracts/provider/:provider"
	providerContractOf  = "/contracts/provider/:provider/version/:number"
)

// pactTypes are the forms in which a pact is shown.
var pactTypes = []string{edge.HALJSON, edge.JSON, edge.HTMLText, edge.Extended}

// Routes is the table of the API. The order of the methods of an address is the
// order in which clients see them in Allow.
func (a *API) Routes() []edge.Route {
	routes := []edge.Route{
		// Index
		{Method: get, Path: "/", Operation: "showIndex", Action: access.Read, Handler: a.showIndex},
		{Method: get, Path: "/openapi.yaml", Operation: "showContract", Action: access.Read, Offers: []string{edge.YAML, edge.Anything}, Handler: a.showContract},

		// Pacticipants and labels
		{Method: get, Path: "/pacticipants", Operation: "listPacticipants", OneView: true, Action: access.Read, Handler: a.listPacticipants},
		{Method: post, Path: "/pacticipants", Operation: "createPacticipant", Action: access.ManageApplications, Accepts: []string{edge.JSON}, BodyRequired: true, Check: readsBody(readNewPacticipant), Handler: a.createPacticipant},
		{Method: get, Path: "/pacticipants/label/:label", Operation: "listPacticipantsWithLabel", OneView: true, Action: access.Read, Check: checkSeen("label"), Handler: a.listPacticipantsWithLabel},
		{Method: get, Path: pacticipantOf, Operation: "showPacticipant", OneView: true, Action: access.Read, Handler: a.showPacticipant},
		{Method: put, Path: pacticipantOf, Operation: "replacePacticipant", Action: access.ManageApplications, Accepts: []string{edge.JSON}, Check: readsBody(readPacticipant), Handler: a.replacePacticipant},
		{Method: patch, Path: pacticipantOf, Operation: "updatePacticipant", Action: access.ManageApplications, Accepts: []string{edge.MergePatch, edge.JSON}, Check: readsBody(readPacticipant), Handler: a.updatePacticipant},
		{Method: remove, Path: pacticipantOf, Operation: "deletePacticipant", Action: access.ManageApplications, Handler: a.deletePacticipant},
		{Method: get, Path: pacticipantOf + "/labels/:label", Operation: "showLabel", OneView: true, Action: access.Read, Handler: a.showLabel},
		{Method: put, Path: pacticipantOf + "/labels/:label", Operation: "addLabel", Action: access.ManageApplications, Accepts: []string{edge.JSON}, Check: checkAddress("pacticipant", "label"), Handler: a.addLabel},
		{Method: remove, Path: pacticipantOf + "/labels/:label", Operation: "removeLabel", Action: access.ManageApplications, Handler: a.removeLabel},
		{Method: get, Path: "/labels", Operation: "listLabels", OneView: true, Action: access.Read, Handler: a.listLabels},

		// Versions, branches and tags
		{Method: get, Path: pacticipantOf + "/versions", Operation: "listVersions", OneView: true, Action: access.Read, Offers: []string{edge.HALJSON, edge.PlainText}, Handler: a.listVersions},
		{Method: get, Path: versionOf, Operation: "showVersion", OneView: true, Action: access.Read, Handler: a.showVersion},
		{Method: put, Path: versionOf, Operation: "putVersion", Action: access.MakeVersions, Accepts: []string{edge.JSON}, Check: checkVersion, Handler: a.putVersion},
		{Method: patch, Path: versionOf, Operation: "updateVersion", Action: access.MakeVersions, Accepts: []string{edge.MergePatch}, Check: checkVersion, Handler: a.updateVersion},
		{Method: remove, Path: versionOf, Operation: "deleteVersion", Action: access.ManageApplications, Handler: a.deleteVersion},
		{Method: get, Path: pacticipantOf + "/latest-version", Operation: "showLatestVersion", OneView: true, Action: access.Read, Handler: a.showLatestVersion},
		{Method: get, Path: pacticipantOf + "/latest-version/:tag", Operation: "showLatestVersionWithTag", OneView: true, Action: access.Read, Handler: a.showLatestVersionWithTag},
		{Method: get, Path: branchOf + "/latest-version", Operation: "showLatestVersionOnBranch", OneView: true, Action: access.Read, Handler: a.showLatestVersionOnBranch},
		{Method: get, Path: pacticipantOf + "/environments/:uuid/versions", Operation: "listVersionsInEnvironment", OneView: true, Action: access.Read, Handler: a.listVersionsInEnvironment},
		{Method: get, Path: pacticipantOf + "/tags/:tag/versions", Operation: "listVersionsWithTag", OneView: true, Action: access.Read, Check: checkSeen("tag"), Handler: a.listVersionsWithTag},
		{Method: get, Path: pacticipantOf + "/branches", Operation: "listBranches", OneView: true, Action: access.Read, Handler: a.listBranches},
		{Method: remove, Path: pacticipantOf + "/branches", Operation: "deleteBranches", Action: access.ManageApplications, Handler: a.deleteBranches},
		{Method: get, Path: branchOf, Operation: "showBranch", OneView: true, Action: access.Read, Handler: a.showBranch},
		{Method: remove, Path: branchOf, Operation: "deleteBranch", Action: access.ManageApplications, Handler: a.deleteBranch},
		{Method: get, Path: branchOf + "/versions", Operation: "listVersionsOnBranch", OneView: true, Action: access.Read, Handler: a.listVersionsOnBranch},
		{Method: get, Path: branchOf + "/versions/:number", Operation: "showBranchVersion", OneView: true, Action: access.Read, Handler: a.showBranchVersion},
		{Method: put, Path: branchOf + "/versions/:number", Operation: "addBranchVersion", Action: access.MakeVersions, Accepts: []string{edge.JSON}, Check: checkAddress("pacticipant", "branch", "number"), Handler: a.addBranchVersion},
		{Method: remove, Path: branchOf + "/versions/:number", Operation: "removeBranchVersion", Action: access.MakeVersions, Handler: a.removeBranchVersion},
		{Method: get, Path: versionOf + "/tags/:tag", Operation: "showTag", OneView: true, Action: access.Read, Handler: a.showTag},
		{Method: put, Path: versionOf + "/tags/:tag", Operation: "addTag", Action: access.MakeVersions, Accepts: []string{edge.JSON}, Check: checkAddress("pacticipant", "number", "tag"), Handler: a.addTag},
		{Method: remove, Path: versionOf + "/tags/:tag", Operation: "removeTag", Action: access.MakeVersions, Handler: a.removeTag},

		// Environments, deployments and releases
		{Method: get, Path: "/environments", Operation: "listEnvironments", Action: access.Read, Handler: a.listEnvironments},
		{Method: post, Path: "/environments", Operation: "createEnvironment", Action: access.Administer, Accepts: []string{edge.JSON}, BodyRequired: true, Check: readsBody(readEnvironment), Handler: a.createEnvironment},
		{Method: get, Path: environmentOf, Operation: "showEnvironment", Action: access.Read, Handler: a.showEnvironment},
		{Method: put, Path: environmentOf, Operation: "replaceEnvironment", Action: access.Administer, Accepts: []string{edge.JSON}, BodyRequired: true, Check: readsBody(readEnvironment), Handler: a.replaceEnvironment},
		{Method: remove, Path: environmentOf, Operation: "deleteEnvironment", Action: access.Administer, Handler: a.deleteEnvironment},
		{Method: get, Path: environmentOf + "/deployed-versions/currently-deployed", Operation: "listCurrentlyDeployedVersions", OneView: true, Action: access.Read, Handler: a.listCurrentlyDeployedVersions},
		{Method: get, Path: environmentOf + "/released-versions/currently-supported", Operation: "listCurrentlySupportedVersions", OneView: true, Action: access.Read, Handler: a.listCurrentlySupportedVersions},
		{Method: get, Path: versionOf + "/deployed-versions/environment/:uuid", Operation: "listDeployedVersions", OneView: true, Action: access.Read, Handler: a.listDeployedVersions},
		{Method: post, Path: versionOf + "/deployed-versions/environment/:uuid", Operation: "recordDeployment", Action: access.Record, Accepts: []string{edge.JSON}, Handler: a.recordDeployment},
		{Method: get, Path: versionOf + "/released-versions/environment/:uuid", Operation: "listReleasedVersions", OneView: true, Action: access.Read, Handler: a.listReleasedVersions},
		{Method: post, Path: versionOf + "/released-versions/environment/:uuid", Operation: "recordRelease", Action: access.Record, Accepts: []string{edge.JSON}, Handler: a.recordRelease},
		{Method: get, Path: "/deployed-versions/:uuid", Operation: "showDeployedVersion", OneView: true, Action: access.Read, Handler: a.showDeployedVersion},
		{Method: patch, Path: "/deployed-versions/:uuid", Operation: "updateDeployedVersion", Action: access.Record, Accepts: []string{edge.MergePatch}, Handler: a.updateDeployedVersion},
		{Method: get, Path: "/released-versions/:uuid", Operation: "showReleasedVersion", OneView: true, Action: access.Read, Handler: a.showReleasedVersion},
		{Method: patch, Path: "/released-versions/:uuid", Operation: "updateReleasedVersion", Action: access.Record, Accepts: []string{edge.MergePatch}, Handler: a.updateReleasedVersion},

		// Contracts
		{Method: post, Path: "/contracts/publish", Operation: "publishContracts", Action: access.Publish, LargeBody: true, TakesApart: true, Accepts: []string{edge.AnyJSON}, Check: a.checkSubmission, Handler: a.publishContracts},
		{Method: get, Path: pactOf + "/version/:number", Operation: "showPact", Action: access.Read, Offers: pactTypes, Handler: a.showPact},
		{Method: put, Path: pactOf + "/version/:number", Operation: "publishPact", Action: access.Publish, LargeBody: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.publishPact},
		{Method: remove, Path: pactOf + "/version/:number", Operation: "deletePact", Action: access.ManageApplications, Handler: a.deletePact},
		{Method: patch, Path: pactOf + "/version/:number", Operation: "mergePact", Action: access.Publish, LargeBody: true, TakesApart: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkMerge, Handler: a.mergePact},
		{Method: get, Path: pactOf + "/versions/:number", Operation: "showPact", Action: access.Read, Offers: pactTypes, Handler: a.showPact},
		{Method: put, Path: pactOf + "/versions/:number", Operation: "publishPact", Action: access.Publish, LargeBody: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.publishPact},
		{Method: remove, Path: pactOf + "/versions/:number", Operation: "deletePact", Action: access.ManageApplications, Handler: a.deletePact},
		{Method: patch, Path: pactOf + "/versions/:number", Operation: "mergePact", Action: access.Publish, LargeBody: true, TakesApart: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkMerge, Handler: a.mergePact},
		{Method: get, Path: oldPactOf + "/version/:number", Operation: "showPact", Action: access.Read, Offers: pactTypes, Handler: a.showPact},
		{Method: put, Path: oldPactOf + "/version/:number", Operation: "publishPact", Action: access.Publish, LargeBody: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.publishPact},
		{Method: remove, Path: oldPactOf + "/version/:number", Operation: "deletePact", Action: access.ManageApplications, Handler: a.deletePact},
		{Method: patch, Path: oldPactOf + "/version/:number", Operation: "mergePact", Action: access.Publish, LargeBody: true, TakesApart: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkMerge, Handler: a.mergePact},
		{Method: get, Path: pactOf + "/latest", Operation: "showLatestPact", Action: access.Read, Offers: pactTypes, Handler: a.showLatestPact},
		{Method: get, Path: oldPactOf + "/latest", Operation: "showLatestPact", Action: access.Read, Offers: pactTypes, Handler: a.showLatestPact},
		{Method: get, Path: pactOf + "/latest/:tag", Operation: "showLatestPactWithTag", Action: access.Read, Offers: pactTypes, Handler: a.showLatestPactWithTag},
		{Method: get, Path: pactOf + "/latest-untagged", Operation: "showLatestUntaggedPact", Action: access.Read, Offers: pactTypes, Handler: a.showLatestUntaggedPact},
		{Method: get, Path: pactOf + "/branch/:branch/latest", Operation: "showLatestPactOnBranch", Action: access.Read, Offers: pactTypes, Handler: a.showLatestPactOnBranch},
		{Method: get, Path: pactOf + "/pact-version/:sha", Operation: "showPactContent", Action: access.Read, Offers: pactTypes, Handler: a.showPactContent},
		{Method: get, Path: pactOf + "/pact-version/:sha/metadata/:metadata", Operation: "showPactContentWithMetadata", Action: access.Read, Offers: pactTypes, Handler: a.showPactContentWithMetadata},
		{Method: get, Path: pactOf + "/version/:number/previous-distinct", Operation: "showPreviousDistinctPact", Action: access.Read, Handler: a.showPreviousDistinctPact},

		// Contracts of providers
		{Method: post, Path: providerContractsOf + "/publish", Operation: "publishProviderContract", Action: access.Verify, LargeBody: true, Accepts: []string{edge.AnyJSON}, Check: a.checkProviderContract(a.readProviderContract), Handler: a.publishProviderContract},
		{Method: post, Path: providerContractsOf + "/publish-contracts", Operation: "publishProviderContracts", Action: access.Verify, LargeBody: true, Accepts: []string{edge.AnyJSON}, Check: a.checkProviderContract(a.readProviderContracts), Handler: a.publishProviderContracts},
		{Method: get, Path: providerContractOf, Operation: "showProviderContract", OneView: true, Action: access.Read, Handler: a.showProviderContract},
		{Method: put, Path: providerContractOf, Operation: "putProviderContract", Action: access.Verify, LargeBody: true, Accepts: []string{edge.AnyJSON}, Check: a.checkProviderContract(a.readOldProviderContract), Handler: a.putProviderContract},
		{Method: get, Path: providerContractOf + "/consumer/:consumer/pact-version/:sha/verification-results", Operation: "showComparedResult", Action: access.Read, Handler: a.showComparedResult},
		{Method: get, Path: "/contracts/bi-directional/provider/:provider/version/:number/:part", Operation: "showBidirectional", OneView: true, Action: access.Read, Handler: a.showBidirectional},
		{Method: get, Path: "/contracts/bi-directional/provider/:provider/version/:number/consumer/:consumer/version/:consumerNumber/:part", Operation: "showBidirectionalOfPair", Action: access.Read, Handler: a.showBidirectionalOfPair},

		// Lists of contracts
		{Method: get, Path: "/pacts/latest", Operation: "listLatestPacts", OneView: true, Action: access.Read, Handler: a.listLatestPacts},
		{Method: get, Path: pactOf + "/versions", Operation: "listPactVersions", OneView: true, Action: access.Read, Handler: a.listPactVersions},
		{Method: remove, Path: pactOf + "/versions", Operation: "deletePactVersions", Action: access.ManageApplications, Handler: a.deletePactVersions},
		{Method: get, Path: pactOf + "/tag/:tag", Operation: "listPactsWithTag", OneView: true, Action: access.Read, Check: checkSeen("tag"), Handler: a.listPactsWithTag},
		{Method: remove, Path: pactOf + "/tag/:tag", Operation: "deletePactsWithTag", Action: access.ManageApplications, Check: checkSeen("tag"), Handler: a.deletePactsWithTag},
		{Method: get, Path: pactOf + "/branch/:branch", Operation: "listPactsOnBranch", OneView: true, Action: access.Read, Check: checkSeen("branch"), Handler: a.listPactsOnBranch},
		{Method: remove, Path: pactOf + "/branch/:branch", Operation: "deletePactsOnBranch", Action: access.ManageApplications, Check: checkSeen("branch"), Handler: a.deletePactsOnBranch},
		{Method: get, Path: pactOf + "/branch/versions", Operation: "listPactsOnMainBranch", OneView: true, Action: access.Read, Handler: a.listPactsOnMainBranch},
		{Method: remove, Path: pactOf + "/branch/versions", Operation: "deletePactsOnMainBranch", Action: access.ManageApplications, Handler: a.deletePactsOnMainBranch},
		{Method: get, Path: pactOf + "/branch/:branch/latest/versions", Operation: "listLatestPactsOnBranch", OneView: true, Action: access.Read, Check: checkSeen("branch"), Handler: a.listLatestPactsOnBranch},
		{Method: remove, Path: pactOf + "/branch/:branch/latest/versions", Operation: "deleteLatestPactsOnBranch", Action: access.ManageApplications, Check: checkSeen("branch"), Handler: a.deleteLatestPactsOnBranch},
		{Method: get, Path: pactOf + "/branch/latest/versions", Operation: "listLatestPactsOnMainBranch", OneView: true, Action: access.Read, Handler: a.listLatestPactsOnMainBranch},
		{Method: remove, Path: pactOf + "/branch/latest/versions", Operation: "deleteLatestPactsOnMainBranch", Action: access.ManageApplications, Handler: a.deleteLatestPactsOnMainBranch},
		{Method: get, Path: pactOf + "/branch", Operation: "listPactsOnMainBranch", OneView: true, Action: access.Read, Handler: a.listPactsOnMainBranch},
		{Method: get, Path: pactsOf, Operation: "listProviderPacts", OneView: true, Action: access.Read, Handler: a.listProviderPacts},
		{Method: get, Path: pactsOf + "/tag/:tag", Operation: "listProviderPactsWithTag", OneView: true, Action: access.Read, Check: checkSeen("tag"), Handler: a.listProviderPactsWithTag},
		{Method: get, Path: pactsOf + "/latest", Operation: "listLatestProviderPacts", OneView: true, Action: access.Read, Handler: a.listLatestProviderPacts},
		{Method: get, Path: pactsOf + "/latest/:tag", Operation: "listLatestProviderPactsWithTag", OneView: true, Action: access.Read, Check: checkSeen("tag"), Handler: a.listLatestProviderPactsWithTag},
		{Method: get, Path: pactsOf + "/branch", Operation: "listProviderPactsOnMainBranches", OneView: true, Action: access.Read, Handler: a.listProviderPactsOnMainBranches},
		{Method: get, Path: pactsOf + "/branch/:branch", Operation: "listProviderPactsOnBranch", OneView: true, Action: access.Read, Check: checkSeen("branch"), Handler: a.listProviderPactsOnBranch},
		{Method: get, Path: pactsOf + "/branch/latest", Operation: "listLatestProviderPactsOnMainBranches", OneView: true, Action: access.Read, Handler: a.listLatestProviderPactsOnMainBranches},
		{Method: get, Path: pactsOf + "/branch/:branch/latest", Operation: "listLatestProviderPactsOnBranch", OneView: true, Action: access.Read, Check: checkSeen("branch"), Handler: a.listLatestProviderPactsOnBranch},
		{Method: get, Path: pactsOf + "/provider-states", Operation: "listProviderStates", Action: access.Read, TakesApart: true, Handler: a.listProviderStates},
		{Method: get, Path: pactsOf + "/provider-states/branch/:branch", Operation: "listProviderStatesOnBranch", Action: access.Read, TakesApart: true, Check: checkSeen("branch"), Handler: a.listProviderStatesOnBranch},
		{Method: get, Path: pactsOf + "/provider-states/environment/:environment", Operation: "listProviderStatesInEnvironment", Action: access.Read, TakesApart: true, Check: checkSeen("environment"), Handler: a.listProviderStatesInEnvironment},

		// Differences between contracts
		{Method: get, Path: pactOf + "/version/:number/diff/previous-distinct", Operation: "comparePactWithPrevious", Action: access.Read, TakesApart: true, Offers: []string{edge.PlainText}, Handler: a.comparePactWithPrevious},
		{Method: get, Path: pactOf + "/version/:number/diff/version/:otherNumber", Operation: "comparePactWithVersion", Action: access.Read, TakesApart: true, Offers: []string{edge.PlainText}, Handler: a.comparePactWithVersion},
		{Method: get, Path: pactOf + "/pact-version/:sha/diff/pact-version/:otherSha", Operation: "comparePactContents", Action: access.Read, TakesApart: true, Offers: []string{edge.PlainText}, Handler: a.comparePactContents},

		// Selection
		{Method: get, Path: "/pacts/provider/:provider/for-verification", Operation: "listPactsForVerification", Action: access.Read, Check: a.checkOldSelection, Handler: a.listPactsForVerification},
		{Method: post, Path: "/pacts/provider/:provider/for-verification", Operation: "selectPactsForVerification", OutsideTransaction: true, Action: access.Read, Accepts: []string{edge.AnyJSON}, Check: a.checkSelection, Handler: a.selectPactsForVerification},

		// Verification
		{Method: post, Path: resultsOf, Operation: "publishVerificationResult", Action: access.Verify, LargeBody: true, Offers: resultTypes, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Check: a.checkResult, Handler: a.publishVerificationResult},
		{Method: get, Path: resultsOf + "/:result", Operation: "showVerificationResult", OneView: true, Action: access.Read, Offers: readableResultTypes, Handler: a.showVerificationResult},
		{Method: remove, Path: resultsOf + "/:result", Operation: "deleteVerificationResult", Action: access.ManageApplications, Offers: resultTypes, Handler: a.deleteVerificationResult},
		{Method: post, Path: resultsOfSelected, Operation: "publishVerificationResultWithMetadata", Action: access.Verify, LargeBody: true, Offers: resultTypes, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Check: a.checkResult, Handler: a.publishVerificationResultWithMetadata},
		{Method: get, Path: resultsOfSelected + "/:result", Operation: "showVerificationResultWithMetadata", OneView: true, Action: access.Read, Offers: readableResultTypes, Handler: a.showVerificationResultWithMetadata},
		{Method: remove, Path: resultsOfSelected + "/:result", Operation: "deleteVerificationResultWithMetadata", Action: access.ManageApplications, Offers: resultTypes, Handler: a.deleteVerificationResultWithMetadata},
		{Method: get, Path: resultsOf + "/latest", Operation: "showLatestResultOfContent", OneView: true, Action: access.Read, Offers: resultTypes, Handler: a.showLatestResultOfContent},
		{Method: remove, Path: resultsOf + "/latest", Operation: "deleteLatestResultOfContent", Action: access.ManageApplications, Offers: resultTypes, Handler: a.deleteLatestResultOfContent},
		{Method: get, Path: pactOf + "/version/:number/verification-results/latest", Operation: "showLatestResultOfVersion", OneView: true, Action: access.Read, Offers: resultTypes, Handler: a.showLatestResultOfVersion},
		{Method: remove, Path: pactOf + "/version/:number/verification-results/latest", Operation: "deleteLatestResultOfVersion", Action: access.ManageApplications, Offers: resultTypes, Handler: a.deleteLatestResultOfVersion},
		{Method: get, Path: pactOf + "/latest/verification-results/latest", Operation: "showLatestResultOfLatestPact", OneView: true, Action: access.Read, Offers: resultTypes, Handler: a.showLatestResultOfLatestPact},
		{Method: get, Path: pactOf + "/latest/:tag/verification-results/latest", Operation: "showLatestResultOfLatestPactWithTag", OneView: true, Action: access.Read, Offers: resultTypes, Handler: a.showLatestResultOfLatestPactWithTag},
		{Method: get, Path: "/verification-results/consumer/:consumer/version/:number/latest", Operation: "showVerificationSummary", OneView: true, Action: access.Read, Handler: a.showVerificationSummary},

		// Matrix
		{Method: get, Path: "/matrix", Operation: "showMatrix", Action: access.Read, Offers: matrixTypes, Handler: a.showMatrix},
		{Method: get, Path: "/can-i-deploy", Operation: "canIDeploy", Action: access.Read, Offers: matrixTypes, Handler: a.canIDeploy},
		{Method: get, Path: "/matrix/provider/:provider/consumer/:consumer", Operation: "showMatrixOfPair", Action: access.Read, Offers: matrixTypes, Handler: a.showMatrixOfPair},
		{Method: get, Path: "/pacticipants/:pacticipant/branches/:branch/latest-version/can-i-deploy/to-environment/:environment", Operation: "canIDeployBranchToEnvironment", Action: access.Read, Offers: matrixTypes, Handler: a.canIDeployBranchToEnvironment},
		{Method: get, Path: "/pacticipants/:pacticipant/latest-version/:tag/can-i-deploy/to/:to", Operation: "canIDeployTagToTag", Action: access.Read, Offers: matrixTypes, Handler: a.canIDeployTagToTag},

		// Badges
		{Method: get, Path: pactOf + "/latest/badge", Operation: "showPactBadge", Action: access.ReadBadges, Offers: badgeTypes, Handler: a.showPactBadge},
		{Method: get, Path: pactOf + "/latest/:tag/badge", Operation: "showPactWithTagBadge", Action: access.ReadBadges, Offers: badgeTypes, Handler: a.showPactWithTagBadge},
		{Method: get, Path: pactOf + "/latest-untagged/badge", Operation: "showUntaggedPactBadge", Action: access.ReadBadges, Offers: badgeTypes, Handler: a.showUntaggedPactBadge},
		{Method: get, Path: "/matrix/provider/:provider/latest/:providerTag/consumer/:consumer/latest/:tag/badge", Operation: "showMatrixBadge", Action: access.ReadBadges, Offers: badgeTypes, Handler: a.showMatrixBadge},
		{Method: get, Path: "/pacticipants/:pacticipant/branches/:branch/latest-version/can-i-deploy/to-environment/:environment/badge", Operation: "showBranchToEnvironmentBadge", Action: access.ReadBadges, Offers: badgeTypes, Handler: a.showBranchToEnvironmentBadge},
		{Method: get, Path: "/pacticipants/:pacticipant/latest-version/:tag/can-i-deploy/to/:to/badge", Operation: "showTagToTagBadge", Action: access.ReadBadges, Offers: badgeTypes, Handler: a.showTagToTagBadge},
		{Method: get, Path: "/pacticipants/:pacticipant/main-branch/can-i-merge/badge", Operation: "showCanIMergeBadge", Action: access.ReadBadges, Offers: badgeTypes, Handler: a.showCanIMergeBadge},

		// Webhooks
		{Method: get, Path: "/webhooks", Operation: "listWebhooks", Action: access.ManageWebhooks, Handler: a.listWebhooks},
		{Method: post, Path: "/webhooks", Operation: "createWebhook", Action: access.ManageWebhooks, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.createWebhook},
		{Method: get, Path: "/webhooks/provider/:provider", Operation: "listProviderWebhooks", OneView: true, Action: access.ManageWebhooks, Handler: a.listProviderWebhooks},
		{Method: post, Path: "/webhooks/provider/:provider", Operation: "createProviderWebhook", Action: access.ManageWebhooks, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.createProviderWebhook},
		{Method: get, Path: "/webhooks/consumer/:consumer", Operation: "listConsumerWebhooks", OneView: true, Action: access.ManageWebhooks, Handler: a.listConsumerWebhooks},
		{Method: post, Path: "/webhooks/consumer/:consumer", Operation: "createConsumerWebhook", Action: access.ManageWebhooks, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.createConsumerWebhook},
		{Method: get, Path: "/webhooks/provider/:provider/consumer/:consumer", Operation: "listPairWebhooks", OneView: true, Action: access.ManageWebhooks, Handler: a.listPairWebhooks},
		{Method: post, Path: "/webhooks/provider/:provider/consumer/:consumer", Operation: "createPairWebhook", Action: access.ManageWebhooks, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.createPairWebhook},
		{Method: get, Path: pactOf + "/webhooks", Operation: "listPactWebhooks", OneView: true, Action: access.ManageWebhooks, Handler: a.listPactWebhooks},
		{Method: post, Path: pactOf + "/webhooks", Operation: "createPactWebhook", Action: access.ManageWebhooks, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.createPactWebhook},
		{Method: post, Path: "/webhooks/execute", Operation: "testUnsavedWebhook", OutsideTransaction: true, Action: access.ManageWebhooks, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.testUnsavedWebhook},
		{Method: get, Path: "/webhooks/:uuid", Operation: "showWebhook", Action: access.ManageWebhooks, Handler: a.showWebhook},
		{Method: put, Path: "/webhooks/:uuid", Operation: "putWebhook", Action: access.ManageWebhooks, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.putWebhook},
		{Method: remove, Path: "/webhooks/:uuid", Operation: "deleteWebhook", Action: access.ManageWebhooks, Handler: a.deleteWebhook},
		{Method: post, Path: "/webhooks/:uuid/execute", Operation: "testWebhook", OutsideTransaction: true, Action: access.ManageWebhooks, Handler: a.testWebhook},
		{Method: get, Path: pactOf + "/webhooks/status", Operation: "showWebhookStatus", OneView: true, Action: access.ManageWebhooks, Handler: a.showWebhookStatus},
		{Method: get, Path: pactOf + "/version/:number/triggered-webhooks", Operation: "listTriggeredWebhooksOfPact", OneView: true, Action: access.ManageWebhooks, Handler: a.listTriggeredWebhooksOfPact},
		{Method: get, Path: pactOf + "/pact-version/:sha/verification-results/:result/triggered-webhooks", Operation: "listTriggeredWebhooksOfResult", OneView: true, Action: access.ManageWebhooks, Handler: a.listTriggeredWebhooksOfResult},
		{Method: get, Path: "/triggered-webhooks/:uuid/logs", Operation: "showWebhookLogs", OneView: true, Action: access.ManageWebhooks, Offers: []string{edge.PlainText, edge.HALJSON}, Handler: a.showWebhookLogs},

		// Integrations
		{Method: get, Path: "/integrations", Operation: "listIntegrations", OneView: true, Action: access.Read, Offers: []string{edge.HALJSON, edge.Graphviz}, Handler: a.listIntegrations},
		{Method: remove, Path: "/integrations", Operation: "deleteIntegrations", Action: access.Administer, Offers: []string{edge.Anything}, Handler: a.deleteIntegrations},
		{Method: remove, Path: "/integrations/provider/:provider/consumer/:consumer", Operation: "deleteIntegration", Action: access.ManageApplications, Offers: []string{edge.Anything}, Handler: a.deleteIntegration},

		// Dashboard
		{Method: get, Path: "/dashboard", Operation: "showDashboard", Action: access.Read, Offers: dashboardTypes, Handler: a.showDashboard},
		{Method: get, Path: "/dashboard/provider/:provider/consumer/:consumer", Operation: "showDashboardOfPair", Action: access.Read, Offers: dashboardTypes, Handler: a.showDashboardOfPair},
		{Method: get, Path: "/relationships", Operation: "listRelationships", Action: access.Read, Offers: networkTypes, Handler: a.listRelationships},
		{Method: get, Path: "/groups/:pacticipant", Operation: "showGroup", Action: access.Read, Offers: networkTypes, Handler: a.showGroup},

		// Diagnostics
		{Method: get, Path: "/metrics", Operation: "showMetrics", Action: access.Read, Offers: []string{edge.HALJSON, edge.PlainText, edge.OpenMetrics, edge.HTMLText}, Handler: a.showMetrics},
		{Method: get, Path: "/livez", Operation: "showLife", Action: access.Public, Handler: a.showLife},
		{Method: get, Path: "/readyz", Operation: "showReadiness", Action: access.Public, Handler: a.showReadiness},
		{Method: get, Path: "/diagnostic/status/heartbeat", Operation: "showHeartbeat", Action: access.ReadHeartbeat, Handler: a.showHeartbeat},
		{Method: get, Path: "/diagnostic/status/dependencies", Operation: "showDependencies", Action: access.Read, Handler: a.showDependencies},
	}
	if a.HideDiagnostics {
		routes = slices.DeleteFunc(routes, func(route edge.Route) bool {
			return route.Operation == "showHeartbeat" || route.Operation == "showDependencies"
		})
	}
	return deprecate(routes)
}
