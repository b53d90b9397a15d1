// Package migrations holds the schema as numbered SQL steps, one folder per
// database. Steps are append-only: a released one is never edited.
package migrations

import "embed"

// FS holds sqlite/*.sql and postgres/*.sql in goose's format.
//
//go:embed sqlite/*.sql postgres/*.sql
var FS embed.FS
