package api

import (
	"net/http"

	"accord/internal/edge"
)

// Routes is the table of the API. The order of the methods of an address is the
// order in which clients see them in Allow.
func (a *API) Routes() []edge.Route {
	const get = http.MethodGet
	routes := []edge.Route{
		// Entry
		{Method: get, Path: "/", Operation: "showIndex", Handler: a.showIndex},
		{Method: get, Path: "/openapi.yaml", Operation: "showContract", Offers: []string{edge.YAML, edge.Anything}, Handler: a.showContract},
	}
	if a.HideDiagnostics {
		return routes
	}
	return append(routes, []edge.Route{
		// Diagnostics
		{Method: get, Path: "/diagnostic/status/heartbeat", Operation: "showHeartbeat", Access: edge.Heartbeat, Handler: a.showHeartbeat},
		{Method: get, Path: "/diagnostic/status/dependencies", Operation: "showDependencies", Handler: a.showDependencies},
	}...)
}
