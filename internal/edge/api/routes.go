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

// pactOf is where the contracts of a pair are.
const pactOf = "/pacts/provider/:provider/consumer/:consumer"

// pactTypes are the forms in which a pact is shown.
var pactTypes = []string{edge.HALJSON, edge.JSON}

// Routes is the table of the API. The order of the methods of an address is the
// order in which clients see them in Allow.
func (a *API) Routes() []edge.Route {
	routes := []edge.Route{
		// Index
		{Method: get, Path: "/", Operation: "showIndex", Handler: a.showIndex},
		{Method: get, Path: "/openapi.yaml", Operation: "showContract", Offers: []string{edge.YAML, edge.Anything}, Handler: a.showContract},

		// Pacticipants and labels

		// Versions, branches and tags

		// Environments, deployments and releases

		// Contracts
		{Method: post, Path: "/contracts/publish", Operation: "publishContracts", Accepts: []string{edge.AnyJSON}, BodyRequired: true, Check: a.checkSubmission, Handler: a.publishContracts},
		{Method: get, Path: pactOf + "/version/:number", Operation: "showPact", Offers: pactTypes, Handler: a.showPact},
		{Method: put, Path: pactOf + "/version/:number", Operation: "publishPact", Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.publishPact},
		{Method: patch, Path: pactOf + "/version/:number", Operation: "mergePact", Offers: pactTypes, Accepts: []string{edge.JSON}, BodyRequired: true, Check: a.checkPact, Handler: a.mergePact},
		{Method: get, Path: pactOf + "/latest", Operation: "showLatestPact", Offers: pactTypes, Handler: a.showLatestPact},
		{Method: get, Path: pactOf + "/latest/:tag", Operation: "showLatestPactWithTag", Offers: pactTypes, Handler: a.showLatestPactWithTag},
		{Method: get, Path: pactOf + "/latest-untagged", Operation: "showLatestUntaggedPact", Offers: pactTypes, Handler: a.showLatestUntaggedPact},
		{Method: get, Path: pactOf + "/branch/:branch/latest", Operation: "showLatestPactOnBranch", Offers: pactTypes, Handler: a.showLatestPactOnBranch},
		{Method: get, Path: pactOf + "/pact-version/:sha", Operation: "showPactContent", Offers: pactTypes, Handler: a.showPactContent},
		{Method: get, Path: pactOf + "/pact-version/:sha/metadata/:metadata", Operation: "showPactContentWithMetadata", Offers: pactTypes, Handler: a.showPactContentWithMetadata},

		// Selection

		// Verification

		// Matrix
		{Method: get, Path: "/matrix", Operation: "showMatrix", Offers: matrixTypes, Handler: a.showMatrix},
		{Method: get, Path: "/can-i-deploy", Operation: "canIDeploy", Offers: matrixTypes, Handler: a.canIDeploy},
		{Method: get, Path: "/matrix/provider/:provider/consumer/:consumer", Operation: "showMatrixOfPair", Handler: a.showMatrixOfPair},
		{Method: get, Path: "/pacticipants/:pacticipant/branches/:branch/latest-version/can-i-deploy/to-environment/:environment", Operation: "canIDeployBranchToEnvironment", Offers: matrixTypes, Handler: a.canIDeployBranchToEnvironment},
		{Method: get, Path: "/pacticipants/:pacticipant/latest-version/:tag/can-i-deploy/to/:to", Operation: "canIDeployTagToTag", Offers: matrixTypes, Handler: a.canIDeployTagToTag},

		// Badges

		// Webhooks

		// Integrations

		// Dashboard

		// Diagnostics
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
