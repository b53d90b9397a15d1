// Package migrations holds the schema as numbered SQL steps, one folder per
// database. Steps are append-only: a released one is never edited. Steps 3 and 4
// are those of the job queue, which brings them itself; the store adds them. What all of
// them make is written down beside the folders, by "go test ./internal/store/db -run
// Schema -update", so that a database can be held against it.
package migrations

import "embed"

// FS holds sqlite/*.sql and postgres/*.sql in goose's format, and sqlite_schema.txt and
// postgres_schema.txt, a line for each column, index and constraint that they make.
//
//go:embed sqlite/*.sql postgres/*.sql *_schema.txt
var FS embed.FS
