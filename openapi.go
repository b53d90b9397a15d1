// Package broker holds what is published with the program: its API document.
package broker

import _ "embed"

// OpenAPI is the contract of both faces of the HTTP API, as served at /openapi.yaml.
//
//go:embed openapi.yaml
var OpenAPI []byte
