// Package docs holds the pages that the broker itself shows to its users.
package docs

import "embed"

// Relations are the pages that explain the link relations, one for each,
// named rels/<relation without its prefix>.md.
//
//go:embed rels/*.md
var Relations embed.FS

// Deprecations tells which endpoints are deprecated.
//
//go:embed deprecations.md
var Deprecations []byte
