// Package api is the HTTP API: its routes in one table, and for each concept a
// file with the handlers and the form in which things are shown. It reads
// requests and shows answers; it decides nothing.
package api

// API serves the HTTP API with the services of the broker.
type API struct {
	// HidePactsForVerification leaves the two relations for selecting pacts out
	// of the index, so that verifiers fall back to older ways.
	HidePactsForVerification bool
	// HideDiagnostics takes the diagnostic addresses away.
	HideDiagnostics bool
	// Dependencies checks what the broker needs to work, by name; nil means that
	// there is nothing to check.
	Dependencies map[string]Probe
}
