package api

import (
	"time"

	"accord/internal/contracts"
	"accord/internal/events"
	"accord/internal/pacticipants"
	"accord/internal/verdicts"
	"accord/internal/webhooks"
)

// OwnAPI serves the broker's own API with the services of the broker.
type OwnAPI struct {
	// Pacticipants changes applications.
	Pacticipants *pacticipants.Service
	// Pacts finds what was published.
	Pacts contracts.Finder
	// DiffTimeout is how long comparing two pacts may take; 0 means any time.
	DiffTimeout time.Duration
	// Verdicts explains whether versions may be deployed.
	Verdicts *verdicts.Service
	// Webhooks keeps and tests them, Deliveries finds what they did.
	Webhooks   *webhooks.Service
	Deliveries webhooks.Deliveries
	// Events is the feed of what happened.
	Events *events.Feed
}
