package api

import (
	"net/http"
	"slices"

	"accord/internal/edge"
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

// pactTypes are the forms in which a pact is shown.
var pactTypes = []string{edge.HALJSON, edge.JSON, edge.HTMLText, edge.Extended}

// Routes is the table of the API. The order of the methods of an address is the
// order in which clients see them in Allow.
func (a *API) Routes() []edge.Route {
	routes := []edge.Route{
		// Index
		{Method: get, Path: "/", Operation: "showIndex", Handler: a.showIndex},
		{Method: get, Path: "/openapi.yaml", Operation: "showContract", Offers: []string{edge.YAML, edge.Anything}, Handler: a.showContract},

		// Pacticipants and labels
		{Method: get, Path: "/pacticipants", Operation: "listPacticipants", Handler: a.listPacticipants},
		{Method: post, Path: "/pacticipants", Operation: "createPacticipant", Accepts: []string{edge.JSON}, BodyRequired: true, Check: readsBody(readNewPacticipant), Handler: a.createPacticipant},
		{Method: get, Path: "/pacticipants/label/:label", Operation: "listPacticipantsWithLabel", Handler: a.listPacticipantsWithLabel},
		{Method: get, Path: pacticipantOf, Operation: "showPacticipant", Handler: a.showPacticipant},
		{Method: put, Path: pacticipantOf, Operation: "replacePacticipant", Accepts: []string{edge.JSON}, Check: readsBody(readPacticipant), Handler: a.replacePacticipant},
		{Method: patch, Path: pacticipantOf, Operation: "updatePacticipant", Accepts: []string{edge.MergePatch, edge.JSON}, Check: readsBody(readPacticipant), Handler: a.updatePacticipant},
		{Method: remove, Path: pacticipantOf, Operation: "deletePacticipant", Handler: a.deletePacticipant},
		{Method: get, Path: pacticipantOf + "/labels/:label", Operation: "showLabel", Handler: a.showLabel},
		{Method: put, Path: pacticipantOf + "/labels/:label", Operation: "addLabel", Accepts: []string{edge.JSON}, Check: checkAddress("pacticipant", "label"), Handler: a.addLabel},
		{Method: remove, Path: pacticipantOf + "/labels/:label", Operation: "removeLabel", Handler: a.removeLabel},
		{Method: get, Path: "/labels", Operation: "listLabels", Handler: a.listLabels},

		// Versions, branches and tags
		{Method: get, Path: pacticipantOf + "/versions", Operation: "listVersions", Offers: []string{edge.HALJSON, edge.PlainText}, Handler: a.listVersions},
		{Method: get, Path: versionOf, Operation: "showVersion", Handler: a.showVersion},
		{Method: put, Path: versionOf, Operation: "putVersion", Accepts: []string{edge.JSON}, Check: checkVersion, Handler: a.putVersion},
		{Method: patch, Path: versionOf, Operation: "updateVersion", Accepts: []string{edge.MergePatch}, Check: checkVersion, Handler: a.updateVersion},
		{Method: remove, Path: versionOf, Operation: "deleteVersion", Handler: a.deleteVersion},
		{Method: get, Path: pacticipantOf + "/latest-version", Operation: "showLatestVersion", Handler: a.showLatestVersion},
		{Method: get, Path: pacticipantOf + "/latest-version/:tag", Operation: "showLatestVersionWithTag", Handler: a.showLatestVersionWithTag},
		{Method: get, Path: branchOf + "/latest-version", Operation: "showLatestVersionOnBranch", Handler: a.showLatestVersionOnBranch},
		{Method: get, Path: pacticipantOf + "/environments/:uuid/versions", Operation: "listVersionsInEnvironment", Handler: a.listVersionsInEnvironment},
		{Method: get, Path: pacticipantOf + "/tags/:tag/versions", Operation: "listVersionsWithTag", Handler: a.listVersionsWithTag},
		{Method: get, Path: pacticipantOf + "/branches", Operation: "listBranches", Handler: a.listBranches},
		{Method: remove, Path: pacticipantOf + "/branches", Operation: "deleteBranches", Handler: a.deleteBranches},
		{Method: get, Path: branchOf, Operation: "showBranch", Handler: a.showBranch},
		{Method: remove, Path: branchOf, Operation: "deleteBranch", Handler: a.deleteBranch},
		{Method: get, Path: branchOf + "/versions", Operation: "listVersionsOnBranch", Handler: a.listVersionsOnBranch},
		{Method: get, Path: branchOf + "/versions/:number", Operation: "showBranchVersion", Handler: a.showBranchVersion},
		{Method: put, Path: branchOf + "/versions/:number", Operation: "addBranchVersion", Accepts: []string{edge.JSON}, Check: checkAddress("pacticipant", "branch", "number"), Handler: a.addBranchVersion},
		{Method: remove, Path: branchOf + "/versions/:number", Operation: "removeBranchVersion", Handler: a.removeBranchVersion},
		{Method: get, Path: versionOf + "/tags/:tag", Operation: "showTag", Handler: a.showTag},
		{Method: put, Path: versionOf + "/tags/:tag", Operation: "addTag", Accepts: []string{edge.JSON}, Check: checkAddress("pacticipant", "number", "tag"), Handler: a.addTag},
		{Method: remove, Path: versionOf + "/tags/:tag", Operation: "removeTag", Handler: a.removeTag},

		// Environments, deployments and releases
		{Method: get, Path: "/environments", Operation: "listEnvironments", Handler: a.listEnvironments},
		{Method: post, Path: "/environments", Operation: "createEnvironment", Accepts: []string{edge.JSON}, BodyRequired: true, Check: readsBody(readEnvironment), Handler: a.createEnvironment},
		{Method: get, Path: environmentOf, Operation: "showEnvironment", Handler: a.showEnvironment},
		{Method: put, Path: environmentOf, Operation: "replaceEnvironment", Accepts: []string{edge.JSON}, BodyRequired: true, Check: readsBody(readEnvironment), Handler: a.replaceEnvironment},
		{Method: remove, Path: environmentOf, Operation: "deleteEnvironment", Handler: a.deleteEnvironment},
		{Method: get, Path: environmentOf + "/deployed-versions/currently-deployed", Operation: "listCurrentlyDeployedVersions", Handler: a.listCurrentlyDeployedVersions},
		{Method: get, Path: environmentOf + "/released-versions/currently-supported", Operation: "listCurrentlySupportedVersions", Handler: a.listCurrentlySupportedVersions},
		{Method: get, Path: versionOf + "/deployed-versions/environment/:uuid", Operation: "listDeployedVersions", Handler: a.listDeployedVersions},
		{Method: post, Path: versionOf + "/deployed-versions/environment/:uuid", Operation: "recordDeployment", Accepts: []string{edge.JSON}, Handler: a.recordDeployment},
		{Method: get, Path: versionOf + "/released-versions/environment/:uuid", Operation: "listReleasedVersions", Handler: a.listReleasedVersions},
		{Method: post, Path: versionOf + "/released-versions/environment/:uuid", Operation: "recordRelease", Accepts: []string{edge.JSON}, Handler: a.recordRelease},
		{Method: get, Path: "/deployed-versions/:uuid", Operation: "showDeployedVersion", Handler: a.showDeployedVersion},
		{Method: patch, Path: "/deployed-versions/:uuid", Operation: "updateDeployedVersion", Accepts: []string{edge.MergePatch}, Handler: a.updateDeployedVersion},
		{Method: get, Path: "/released-versions/:uuid", Operation: "showReleasedVersion", Handler: a.showReleasedVersion},
		{Method: patch, Path: "/released-versions/:uuid", Operation: "updateReleasedVersion", Accepts: []string{edge.MergePatch}, Handler: a.updateReleasedVersion},

		// Contracts
		{Method: post, Path: "/contracts/publish", Operation: "publishContracts", LargeBody: true, Accepts: []string{edge.AnyJSON}, Check: a.checkSubmission, Handler: a.publishContracts},
		{Method: get, Path: pactOf + "/version/:number", Operation: "showPact", Offers: pactTypes, Handler: a.showPact},
		{Method: put, Path: pactOf + "/version/:number", Operation: "publishPact", LargeBody: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.publishPact},
		{Method: remove, Path: pactOf + "/version/:number", Operation: "deletePact", Handler: a.deletePact},
		{Method: patch, Path: pactOf + "/version/:number", Operation: "mergePact", LargeBody: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.mergePact},
		{Method: get, Path: pactOf + "/versions/:number", Operation: "showPact", Offers: pactTypes, Handler: a.showPact},
		{Method: put, Path: pactOf + "/versions/:number", Operation: "publishPact", LargeBody: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.publishPact},
		{Method: remove, Path: pactOf + "/versions/:number", Operation: "deletePact", Handler: a.deletePact},
		{Method: patch, Path: pactOf + "/versions/:number", Operation: "mergePact", LargeBody: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.mergePact},
		{Method: get, Path: oldPactOf + "/version/:number", Operation: "showPact", Offers: pactTypes, Handler: a.showPact},
		{Method: put, Path: oldPactOf + "/version/:number", Operation: "publishPact", LargeBody: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.publishPact},
		{Method: remove, Path: oldPactOf + "/version/:number", Operation: "deletePact", Handler: a.deletePact},
		{Method: patch, Path: oldPactOf + "/version/:number", Operation: "mergePact", LargeBody: true, Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.mergePact},
		{Method: get, Path: pactOf + "/latest", Operation: "showLatestPact", Offers: pactTypes, Handler: a.showLatestPact},
		{Method: get, Path: oldPactOf + "/latest", Operation: "showLatestPact", Offers: pactTypes, Handler: a.showLatestPact},
		{Method: get, Path: pactOf + "/latest/:tag", Operation: "showLatestPactWithTag", Offers: pactTypes, Handler: a.showLatestPactWithTag},
		{Method: get, Path: pactOf + "/latest-untagged", Operation: "showLatestUntaggedPact", Offers: pactTypes, Handler: a.showLatestUntaggedPact},
		{Method: get, Path: pactOf + "/branch/:branch/latest", Operation: "showLatestPactOnBranch", Offers: pactTypes, Handler: a.showLatestPactOnBranch},
		{Method: get, Path: pactOf + "/pact-version/:sha", Operation: "showPactContent", Offers: pactTypes, Handler: a.showPactContent},
		{Method: get, Path: pactOf + "/pact-version/:sha/metadata/:metadata", Operation: "showPactContentWithMetadata", Offers: pactTypes, Handler: a.showPactContentWithMetadata},
		{Method: get, Path: pactOf + "/version/:number/previous-distinct", Operation: "showPreviousDistinctPact", Handler: a.showPreviousDistinctPact},

		// Lists of contracts
		{Method: get, Path: "/pacts/latest", Operation: "listLatestPacts", Handler: a.listLatestPacts},
		{Method: get, Path: pactOf + "/versions", Operation: "listPactVersions", Handler: a.listPactVersions},
		{Method: remove, Path: pactOf + "/versions", Operation: "deletePactVersions", Handler: a.deletePactVersions},
		{Method: get, Path: pactOf + "/tag/:tag", Operation: "listPactsWithTag", Handler: a.listPactsWithTag},
		{Method: remove, Path: pactOf + "/tag/:tag", Operation: "deletePactsWithTag", Handler: a.deletePactsWithTag},
		{Method: get, Path: pactOf + "/branch/:branch", Operation: "listPactsOnBranch", Handler: a.listPactsOnBranch},
		{Method: remove, Path: pactOf + "/branch/:branch", Operation: "deletePactsOnBranch", Handler: a.deletePactsOnBranch},
		{Method: get, Path: pactOf + "/branch/versions", Operation: "listPactsOnMainBranch", Handler: a.listPactsOnMainBranch},
		{Method: remove, Path: pactOf + "/branch/versions", Operation: "deletePactsOnMainBranch", Handler: a.deletePactsOnMainBranch},
		{Method: get, Path: pactOf + "/branch/:branch/latest/versions", Operation: "listLatestPactsOnBranch", Handler: a.listLatestPactsOnBranch},
		{Method: remove, Path: pactOf + "/branch/:branch/latest/versions", Operation: "deleteLatestPactsOnBranch", Handler: a.deleteLatestPactsOnBranch},
		{Method: get, Path: pactOf + "/branch/latest/versions", Operation: "listLatestPactsOnMainBranch", Handler: a.listLatestPactsOnMainBranch},
		{Method: remove, Path: pactOf + "/branch/latest/versions", Operation: "deleteLatestPactsOnMainBranch", Handler: a.deleteLatestPactsOnMainBranch},
		{Method: get, Path: pactOf + "/branch", Operation: "listPactsOnMainBranch", Handler: a.listPactsOnMainBranch},
		{Method: get, Path: pactsOf, Operation: "listProviderPacts", Handler: a.listProviderPacts},
		{Method: get, Path: pactsOf + "/tag/:tag", Operation: "listProviderPactsWithTag", Handler: a.listProviderPactsWithTag},
		{Method: get, Path: pactsOf + "/latest", Operation: "listLatestProviderPacts", Handler: a.listLatestProviderPacts},
		{Method: get, Path: pactsOf + "/latest/:tag", Operation: "listLatestProviderPactsWithTag", Handler: a.listLatestProviderPactsWithTag},
		{Method: get, Path: pactsOf + "/branch", Operation: "listProviderPactsOnMainBranches", Handler: a.listProviderPactsOnMainBranches},
		{Method: get, Path: pactsOf + "/branch/:branch", Operation: "listProviderPactsOnBranch", Handler: a.listProviderPactsOnBranch},
		{Method: get, Path: pactsOf + "/branch/latest", Operation: "listLatestProviderPactsOnMainBranches", Handler: a.listLatestProviderPactsOnMainBranches},
		{Method: get, Path: pactsOf + "/branch/:branch/latest", Operation: "listLatestProviderPactsOnBranch", Handler: a.listLatestProviderPactsOnBranch},
		{Method: get, Path: pactsOf + "/provider-states", Operation: "listProviderStates", Handler: a.listProviderStates},
		{Method: get, Path: pactsOf + "/provider-states/branch/:branch", Operation: "listProviderStatesOnBranch", Handler: a.listProviderStatesOnBranch},
		{Method: get, Path: pactsOf + "/provider-states/environment/:environment", Operation: "listProviderStatesInEnvironment", Handler: a.listProviderStatesInEnvironment},

		// Differences between contracts
		{Method: get, Path: pactOf + "/version/:number/diff/previous-distinct", Operation: "comparePactWithPrevious", Offers: []string{edge.PlainText}, Handler: a.comparePactWithPrevious},
		{Method: get, Path: pactOf + "/version/:number/diff/version/:otherNumber", Operation: "comparePactWithVersion", Offers: []string{edge.PlainText}, Handler: a.comparePactWithVersion},
		{Method: get, Path: pactOf + "/pact-version/:sha/diff/pact-version/:otherSha", Operation: "comparePactContents", Offers: []string{edge.PlainText}, Handler: a.comparePactContents},

		// Selection
		{Method: get, Path: "/pacts/provider/:provider/for-verification", Operation: "listPactsForVerification", Check: a.checkOldSelection, Handler: a.listPactsForVerification},
		{Method: post, Path: "/pacts/provider/:provider/for-verification", Operation: "selectPactsForVerification", Access: edge.Read, Accepts: []string{edge.AnyJSON}, Check: a.checkSelection, Handler: a.selectPactsForVerification},

		// Verification
		{Method: post, Path: resultsOf, Operation: "publishVerificationResult", LargeBody: true, Offers: resultTypes, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Check: a.checkResult, Handler: a.publishVerificationResult},
		{Method: get, Path: resultsOf + "/:result", Operation: "showVerificationResult", Offers: readableResultTypes, Handler: a.showVerificationResult},
		{Method: remove, Path: resultsOf + "/:result", Operation: "deleteVerificationResult", Offers: resultTypes, Handler: a.deleteVerificationResult},
		{Method: post, Path: resultsOfSelected, Operation: "publishVerificationResultWithMetadata", LargeBody: true, Offers: resultTypes, Accepts: []string{edge.AnyJSON}, BodyRequired: true, Check: a.checkResult, Handler: a.publishVerificationResultWithMetadata},
		{Method: get, Path: resultsOfSelected + "/:result", Operation: "showVerificationResultWithMetadata", Offers: readableResultTypes, Handler: a.showVerificationResultWithMetadata},
		{Method: remove, Path: resultsOfSelected + "/:result", Operation: "deleteVerificationResultWithMetadata", Offers: resultTypes, Handler: a.deleteVerificationResultWithMetadata},
		{Method: get, Path: resultsOf + "/latest", Operation: "showLatestResultOfContent", Offers: resultTypes, Handler: a.showLatestResultOfContent},
		{Method: remove, Path: resultsOf + "/latest", Operation: "deleteLatestResultOfContent", Offers: resultTypes, Handler: a.deleteLatestResultOfContent},
		{Method: get, Path: pactOf + "/version/:number/verification-results/latest", Operation: "showLatestResultOfVersion", Offers: resultTypes, Handler: a.showLatestResultOfVersion},
		{Method: remove, Path: pactOf + "/version/:number/verification-results/latest", Operation: "deleteLatestResultOfVersion", Offers: resultTypes, Handler: a.deleteLatestResultOfVersion},
		{Method: get, Path: pactOf + "/latest/verification-results/latest", Operation: "showLatestResultOfLatestPact", Offers: resultTypes, Handler: a.showLatestResultOfLatestPact},
		{Method: get, Path: pactOf + "/latest/:tag/verification-results/latest", Operation: "showLatestResultOfLatestPactWithTag", Offers: resultTypes, Handler: a.showLatestResultOfLatestPactWithTag},
		{Method: get, Path: "/verification-results/consumer/:consumer/version/:number/latest", Operation: "showVerificationSummary", Handler: a.showVerificationSummary},

		// Matrix
		{Method: get, Path: "/matrix", Operation: "showMatrix", Offers: matrixTypes, Handler: a.showMatrix},
		{Method: get, Path: "/can-i-deploy", Operation: "canIDeploy", Offers: matrixTypes, Handler: a.canIDeploy},
		{Method: get, Path: "/matrix/provider/:provider/consumer/:consumer", Operation: "showMatrixOfPair", Offers: matrixTypes, Handler: a.showMatrixOfPair},
		{Method: get, Path: "/pacticipants/:pacticipant/branches/:branch/latest-version/can-i-deploy/to-environment/:environment", Operation: "canIDeployBranchToEnvironment", Offers: matrixTypes, Handler: a.canIDeployBranchToEnvironment},
		{Method: get, Path: "/pacticipants/:pacticipant/latest-version/:tag/can-i-deploy/to/:to", Operation: "canIDeployTagToTag", Offers: matrixTypes, Handler: a.canIDeployTagToTag},

		// Badges
		{Method: get, Path: pactOf + "/latest/badge", Operation: "showPactBadge", Offers: badgeTypes, Access: edge.Badge, Handler: a.showPactBadge},
		{Method: get, Path: pactOf + "/latest/:tag/badge", Operation: "showPactWithTagBadge", Offers: badgeTypes, Access: edge.Badge, Handler: a.showPactWithTagBadge},
		{Method: get, Path: pactOf + "/latest-untagged/badge", Operation: "showUntaggedPactBadge", Offers: badgeTypes, Access: edge.Badge, Handler: a.showUntaggedPactBadge},
		{Method: get, Path: "/matrix/provider/:provider/latest/:providerTag/consumer/:consumer/latest/:tag/badge", Operation: "showMatrixBadge", Offers: badgeTypes, Access: edge.Badge, Handler: a.showMatrixBadge},
		{Method: get, Path: "/pacticipants/:pacticipant/branches/:branch/latest-version/can-i-deploy/to-environment/:environment/badge", Operation: "showBranchToEnvironmentBadge", Offers: badgeTypes, Access: edge.Badge, Handler: a.showBranchToEnvironmentBadge},
		{Method: get, Path: "/pacticipants/:pacticipant/latest-version/:tag/can-i-deploy/to/:to/badge", Operation: "showTagToTagBadge", Offers: badgeTypes, Access: edge.Badge, Handler: a.showTagToTagBadge},
		{Method: get, Path: "/pacticipants/:pacticipant/main-branch/can-i-merge/badge", Operation: "showCanIMergeBadge", Offers: badgeTypes, Access: edge.Badge, Handler: a.showCanIMergeBadge},

		// Webhooks
		{Method: get, Path: "/webhooks", Operation: "listWebhooks", Access: edge.ReadWebhooks, Handler: a.listWebhooks},
		{Method: post, Path: "/webhooks", Operation: "createWebhook", Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.createWebhook},
		{Method: get, Path: "/webhooks/provider/:provider", Operation: "listProviderWebhooks", Access: edge.ReadWebhooks, Handler: a.listProviderWebhooks},
		{Method: post, Path: "/webhooks/provider/:provider", Operation: "createProviderWebhook", Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.createProviderWebhook},
		{Method: get, Path: "/webhooks/consumer/:consumer", Operation: "listConsumerWebhooks", Access: edge.ReadWebhooks, Handler: a.listConsumerWebhooks},
		{Method: post, Path: "/webhooks/consumer/:consumer", Operation: "createConsumerWebhook", Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.createConsumerWebhook},
		{Method: get, Path: "/webhooks/provider/:provider/consumer/:consumer", Operation: "listPairWebhooks", Access: edge.ReadWebhooks, Handler: a.listPairWebhooks},
		{Method: post, Path: "/webhooks/provider/:provider/consumer/:consumer", Operation: "createPairWebhook", Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.createPairWebhook},
		{Method: get, Path: pactOf + "/webhooks", Operation: "listPactWebhooks", Access: edge.ReadWebhooks, Handler: a.listPactWebhooks},
		{Method: post, Path: pactOf + "/webhooks", Operation: "createPactWebhook", Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.createPactWebhook},
		{Method: post, Path: "/webhooks/execute", Operation: "testUnsavedWebhook", Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.testUnsavedWebhook},
		{Method: get, Path: "/webhooks/:uuid", Operation: "showWebhook", Access: edge.ReadWebhooks, Handler: a.showWebhook},
		{Method: put, Path: "/webhooks/:uuid", Operation: "putWebhook", Accepts: []string{edge.AnyJSON}, BodyRequired: true, Handler: a.putWebhook},
		{Method: remove, Path: "/webhooks/:uuid", Operation: "deleteWebhook", Handler: a.deleteWebhook},
		{Method: post, Path: "/webhooks/:uuid/execute", Operation: "testWebhook", Handler: a.testWebhook},
		{Method: get, Path: pactOf + "/webhooks/status", Operation: "showWebhookStatus", Access: edge.ReadWebhooks, Handler: a.showWebhookStatus},
		{Method: get, Path: pactOf + "/version/:number/triggered-webhooks", Operation: "listTriggeredWebhooksOfPact", Access: edge.ReadWebhooks, Handler: a.listTriggeredWebhooksOfPact},
		{Method: get, Path: pactOf + "/pact-version/:sha/verification-results/:result/triggered-webhooks", Operation: "listTriggeredWebhooksOfResult", Access: edge.ReadWebhooks, Handler: a.listTriggeredWebhooksOfResult},
		{Method: get, Path: "/triggered-webhooks/:uuid/logs", Operation: "showWebhookLogs", Offers: []string{edge.PlainText, edge.HALJSON}, Access: edge.ReadWebhooks, Handler: a.showWebhookLogs},

		// Integrations
		{Method: get, Path: "/integrations", Operation: "listIntegrations", Offers: []string{edge.HALJSON, edge.Graphviz}, Handler: a.listIntegrations},
		{Method: remove, Path: "/integrations", Operation: "deleteIntegrations", Offers: []string{edge.Anything}, Handler: a.deleteIntegrations},
		{Method: remove, Path: "/integrations/provider/:provider/consumer/:consumer", Operation: "deleteIntegration", Offers: []string{edge.Anything}, Handler: a.deleteIntegration},

		// Dashboard
		{Method: get, Path: "/dashboard", Operation: "showDashboard", Offers: dashboardTypes, Handler: a.showDashboard},
		{Method: get, Path: "/dashboard/provider/:provider/consumer/:consumer", Operation: "showDashboardOfPair", Offers: dashboardTypes, Handler: a.showDashboardOfPair},
		{Method: get, Path: "/relationships", Operation: "listRelationships", Offers: networkTypes, Handler: a.listRelationships},
		{Method: get, Path: "/groups/:pacticipant", Operation: "showGroup", Offers: networkTypes, Handler: a.showGroup},

		// Diagnostics
		{Method: get, Path: "/metrics", Operation: "showMetrics", Handler: a.showMetrics},
		{Method: get, Path: "/diagnostic/status/heartbeat", Operation: "showHeartbeat", Access: edge.Heartbeat, Handler: a.showHeartbeat},
		{Method: get, Path: "/diagnostic/status/dependencies", Operation: "showDependencies", Handler: a.showDependencies},
	}
	if a.HideDiagnostics {
		routes = slices.DeleteFunc(routes, func(route edge.Route) bool {
			return route.Operation == "showHeartbeat" || route.Operation == "showDependencies"
		})
	}
	return routes
}
