// Package ui holds what the pages of the broker are made of.
package ui

import "embed"

// Templates are the pages, in templates/.
//
//go:embed templates/*.html
var Templates embed.FS

// Static are the files that pages load, in static/.
//
//go:embed static/*
var Static embed.FS
