package contracts

import "github.com/accord-broker/accord/internal/versions"

// Outcome says what publishing did with a contract.
type Outcome int

const (
	// Created: the version had not published for the provider before.
	Created Outcome = iota
	// Unchanged: the version had published the same content before.
	Unchanged
	// Replaced: the version now says something else than before.
	Replaced
	// Merged: what was sent was added to what the version said before.
	Merged
)

// Published says what publishing one contract did.
type Published struct {
	Publication Publication
	Outcome     Outcome
	// Previous is the content that the version said before, 0 if none.
	Previous int64
	// Verified tells that some provider version has recorded a result for the
	// content.
	Verified bool
	// HasContracts tells that some version of the provider has published a contract.
	HasContracts bool
	Announced    Announced
	// newContent tells that nobody knew the content before.
	newContent bool
}

// Stored says what storing a contract did.
type Stored struct {
	Publication Publication
	// NewContent tells that the pair did not have the content before.
	NewContent bool
	// Verified tells that some provider version has recorded a result for it.
	Verified bool
	// HasContracts tells that some version of the provider has published a contract.
	HasContracts bool
}

// Announced is what came of announcing a publication.
type Announced struct {
	Events []AnnouncedEvent
	// Webhooks describes those that were triggered, in order, as far as who publishes
	// may see them.
	Webhooks []string
	// Configured tells that some webhook, enabled or not, concerns the pair, or may do
	// so unseen by who publishes.
	Configured bool
}

// AnnouncedEvent is an event of the compatible API and why it happened.
type AnnouncedEvent struct{ Name, Reason string }

// Answer is what publishing did.
type Answer struct {
	Version        versions.Version
	VersionCreated bool
	Contracts      []Published
}
