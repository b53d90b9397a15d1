package api

import (
	"time"

	"github.com/accord-broker/accord/internal/edge"
)

// deprecatedSince is when Accord began to tell clients of the routes that the Pact
// Broker has deprecated.
var deprecatedSince = time.Date(2026, time.November, 29, 0, 0, 0, 0, time.UTC)

// deprecated is the table of routes that are there for old clients only, with what
// to use instead. On this API none has a sunset: clients of the Pact Broker do not
// change.
var deprecated = map[string]string{
	get + " " + pactOf + "/versions/:number":      pactOf + "/version/:number",
	put + " " + pactOf + "/versions/:number":      pactOf + "/version/:number",
	patch + " " + pactOf + "/versions/:number":    pactOf + "/version/:number",
	remove + " " + pactOf + "/versions/:number":   pactOf + "/version/:number",
	get + " " + oldPactOf + "/version/:number":    pactOf + "/version/:number",
	put + " " + oldPactOf + "/version/:number":    pactOf + "/version/:number",
	patch + " " + oldPactOf + "/version/:number":  pactOf + "/version/:number",
	remove + " " + oldPactOf + "/version/:number": pactOf + "/version/:number",
	get + " " + oldPactOf + "/latest":             pactOf + "/latest",
	get + " " + pactOf + "/branch":                pactOf + "/branch/versions",
	get + " " + pactsOf + "/for-verification":     pactsOf + "/for-verification",
}

// deprecate marks the routes that are deprecated.
func deprecate(routes []edge.Route) []edge.Route {
	for i, route := range routes {
		if successor, is := deprecated[route.Method+" "+route.Path]; is {
			routes[i].Deprecated = &edge.Deprecation{Since: deprecatedSince, Successor: successor}
		}
	}
	return routes
}
