package matrix

import (
	"context"
	"time"

	"accord/internal/contracts"
	"accord/internal/pacticipants"
	"accord/internal/verification"
)

// Witness reads what a verdict is explained with, beyond what it was drawn
// from. Like those of Finder, its methods run one statement each.
type Witness interface {
	Finder
	// Now is the time of the question.
	Now() time.Time
	// Standings returns what is known of each application as a whole, by id.
	Standings(ctx context.Context, pacticipantIDs []int64) (map[int64]Standing, error)
	// Records returns the histories of contents, by id.
	Records(ctx context.Context, contentIDs []int64) (map[int64]Record, error)
	// Turns returns for failed results, by number, what they turned from: those
	// whose content an older version of the provider had fulfilled.
	Turns(ctx context.Context, numbers []int64) (map[int64]Turn, error)
	// ResultsNumbered returns results with all that was sent of them.
	ResultsNumbered(ctx context.Context, numbers []int64) ([]verification.Result, error)
	// Carrying returns those of the versions that have published a contract or a
	// result.
	Carrying(ctx context.Context, versionIDs []int64) (map[int64]bool, error)
	// Told returns the last webhook that each publication has triggered and that
	// could make somebody verify it, by the id of the publication.
	Told(ctx context.Context, publicationIDs []int64) (map[int64]Delivery, error)
	// ContentBodies returns what was stored for each of the contents, by id.
	ContentBodies(ctx context.Context, contentIDs ...int64) (map[int64][]byte, error)
	// PresencesOf returns the records that say which of the versions are in the
	// environment now, the oldest first, by the id of the version.
	PresencesOf(ctx context.Context, environment string, versionIDs []int64) (map[int64][]Presence, error)
}

// Milestone is one version of an application in a history; its ID is 0 if there
// is none. At is when a result for it was recorded.
type Milestone struct {
	ID       int64
	Number   string
	Position int64
	At       time.Time
}

// Standing is what is known of an application as a whole.
type Standing struct {
	Pacticipant pacticipants.Pacticipant
	// Newest is its newest version, Head that of its main branch or, without
	// one, the newest.
	Newest, Head Milestone
	// Contracts is how many consumers have, or had, a contract with it, the
	// first of them since FirstContract.
	Contracts     int
	FirstContract time.Time
	// LastResult is the version with the last result that it has published.
	LastResult Milestone
}

// Record is the history of a content.
type Record struct {
	PublishedAt      time.Time
	FirstPublication int64
	// Fulfilled is the provider version with the last success, Tried that with
	// the last result.
	Fulfilled, Tried Milestone
}

// Turn tells that a content was fulfilled before it failed.
type Turn struct {
	// Last is the older version that fulfilled it last, First the first one
	// since that did not.
	Last, First Milestone
}

// Delivery is a webhook that was to make somebody verify a publication.
type Delivery struct {
	UUID, Event string
	State       DeliveryState
	At          time.Time
}

// DeliveryState says how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	OnItsWay  DeliveryState = "on_its_way"
	Delivered DeliveryState = "delivered"
	GivenUp   DeliveryState = "given_up"
)

// evidence is what was read to explain one verdict.
type evidence struct {
	now       time.Time
	standings map[int64]Standing
	records   map[int64]Record
	turns     map[int64]Turn
	reports   map[int64]verification.Result
	names     map[int64]map[string]contracts.Interaction
	carrying  map[int64]bool
	told      map[int64]Delivery
	// heads are the providers that the head of a consumer has contracts with.
	heads     map[int64]map[int64]bool
	presences map[int64][]Presence
}

// Presence is a record that a version is in the target environment.
type Presence struct {
	UUID, Environment    string
	ApplicationID        int64
	Application, Version string
	// Instance is the application instance, "" for the slot without a name.
	Instance string
	// Released tells that it is a release, and not a deployment.
	Released bool
	Since    time.Time
	// Stale tells that the record is old and newer versions have been built.
	Stale bool
}
