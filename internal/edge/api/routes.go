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

		// Selection

		// Verification

		// Matrix

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
