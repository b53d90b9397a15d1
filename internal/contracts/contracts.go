// Package contracts publishes, finds and removes contracts. What is inside a
// contract is known to pactfile.
package contracts

import "time"

// PactVersion is a content as stored: once for each pair of applications,
// however often it is published.
type PactVersion struct {
	ID            int64
	IntegrationID int64
	SHA           string
	Interactions  int
	Messages      int
	// Size is how many bytes the content has as it is served.
	Size      int
	CreatedAt time.Time
}

// Publication is a content published by a version of the consumer.
type Publication struct {
	ID              int64
	IntegrationID   int64
	ConsumerID      int64
	Consumer        string
	ProviderID      int64
	Provider        string
	VersionID       int64
	VersionNumber   string
	VersionPosition int64
	ContentID       int64
	SHA             string
	// Revision counts the contents that the same version has published.
	Revision  int
	CreatedAt time.Time
}

// Integration is a pair of applications with a contract between them.
type Integration struct {
	ID         int64
	ConsumerID int64
	Consumer   string
	ProviderID int64
	Provider   string
	CreatedAt  time.Time
}
