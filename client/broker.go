package client

import (
	"context"
	"time"
)

// About is what a broker says of itself.
type About struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// CompatibleWith is what it stands in for, with its release.
	CompatibleWith string    `json:"compatible_with"`
	Database       string    `json:"database"`
	StartedAt      time.Time `json:"started_at"`
	// Contract is the address of its OpenAPI document.
	Contract string `json:"contract"`
}

// About asks which release runs there.
func (c *Client) About(ctx context.Context) (about About, err error) {
	err = c.get(ctx, at("about"), nil, &about)
	return about, err
}
