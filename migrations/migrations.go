// Package migrations holds the schema as numbered SQL steps, one folder per
// database. Steps are append-only: a released one is never edited. Steps 3 and 4
// are those of the job queue, which brings them itself; the store adds them.
package migrations

import "embed"

// FS holds sqlite/*.sql and postgres/*.sql in goose's format.
//
//go:embed sqlite/*.sql postgres/*.sql
var FS embed.FS
