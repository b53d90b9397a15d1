// Package events holds the facts that the broker announces: what happened, to
// whom, and who caused it. A fact is written in the transaction of the change
// itself, so that a change without its fact, or a fact without its change, is
// never seen. Facts hold ids and names, never addresses or domain objects.
package events

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Type names a kind of fact.
type Type string

// The first six are also the events that a webhook of the compatible API may
// listen to, and keep the names they have in the Pact Broker.
const (
	ContractPublished             Type = "contract_published"
	ContractContentChanged        Type = "contract_content_changed"
	ContractRequiringVerification Type = "contract_requiring_verification_published"
	VerificationPublished         Type = "provider_verification_published"
	VerificationSucceeded         Type = "provider_verification_succeeded"
	VerificationFailed            Type = "provider_verification_failed"

	AllContractsVerified      Type = "all_contracts_verified"
	BranchClosed              Type = "branch_closed"
	BranchCreated             Type = "branch_created"
	BranchDeleted             Type = "branch_deleted"
	BranchReopened            Type = "branch_reopened"
	BranchVersionAdded        Type = "branch_version_added"
	BranchVersionRemoved      Type = "branch_version_removed"
	CleanupEnded              Type = "cleanup_ended"
	ContractDeleted           Type = "contract_deleted"
	DeploymentEnded           Type = "deployment_ended"
	DeploymentRecorded        Type = "deployment_recorded"
	EnvironmentChanged        Type = "environment_changed"
	IntegrationDeleted        Type = "integration_deleted"
	PacticipantChanged        Type = "pacticipant_changed"
	PacticipantCreated        Type = "pacticipant_created"
	PacticipantDeleted        Type = "pacticipant_deleted"
	PacticipantMerged         Type = "pacticipant_merged"
	PacticipantRenamed        Type = "pacticipant_renamed"
	ProviderContractPublished Type = "provider_contract_published"
	ReleaseRecorded           Type = "release_recorded"
	ReleaseSupportEnded       Type = "release_support_ended"
	TagAdded                  Type = "tag_added"
	TagRemoved                Type = "tag_removed"
	VerdictChanged            Type = "verdict_changed"
	VerificationDeleted       Type = "provider_verification_deleted"
	VersionCreated            Type = "version_created"
	VersionDeleted            Type = "version_deleted"
	WebhookDeliveryFailed     Type = "webhook_delivery_failed"
)

// compatible lists the events of the compatible API, in the order in which its
// messages name them.
var compatible = []Type{
	ContractPublished, ContractContentChanged, VerificationPublished,
	VerificationSucceeded, VerificationFailed, ContractRequiringVerification,
}

// own lists the facts that only our own API tells of.
var own = []Type{
	AllContractsVerified, BranchClosed, BranchCreated, BranchDeleted, BranchReopened, BranchVersionAdded, BranchVersionRemoved, CleanupEnded, ContractDeleted,
	DeploymentEnded, DeploymentRecorded, EnvironmentChanged, IntegrationDeleted, PacticipantChanged, PacticipantCreated,
	PacticipantDeleted, PacticipantMerged, PacticipantRenamed, ProviderContractPublished, VerificationDeleted, ReleaseRecorded, ReleaseSupportEnded, TagAdded, TagRemoved, VerdictChanged,
	VersionCreated, VersionDeleted, WebhookDeliveryFailed,
}

// Compatible returns the events that webhooks of the compatible API may listen to.
func Compatible() []Type { return slices.Clone(compatible) }

// All returns every type of fact: the compatible ones first.
func All() []Type { return slices.Concat(compatible, own) }

// Known reports whether there are facts of this type.
func (t Type) Known() bool {
	return slices.Contains(compatible, t) || slices.Contains(own, t)
}

// Fact is something that happened in the broker.
type Fact struct {
	// ID is unique and never used again; receivers tell repeated deliveries by it.
	ID string
	// Type says what happened.
	Type Type
	// Time is the clock reading of the transaction in which it happened.
	Time time.Time
	// Subject is the application, or the environment, that the fact is about, or
	// TheBroker.
	Subject string
	// Data holds the ids and names that belong to the fact.
	Data Data
	// RequestID names the request that caused the fact; empty for the broker's own jobs.
	RequestID string
	// Traceparent is the W3C trace context of that request, if it had one.
	Traceparent string
	// Actor says who made that request; empty if nobody had to sign in.
	Actor string
}

// Data are the ids and names of a fact. Fields that mean nothing for a type stay
// empty and are left out. A field is defined here alone: its tag is its name in the
// feed, in CloudEvents, in the templates of webhooks and in the database.
type Data struct {
	Pacticipant string `json:"pacticipant,omitempty"`
	// FormerName is the name that an application had, or one that is a part of it now.
	FormerName          string `json:"former_name,omitempty"`
	Version             string `json:"version,omitempty"`
	Branch              string `json:"branch,omitempty"`
	Tag                 string `json:"tag,omitempty"`
	Environment         string `json:"environment,omitempty"`
	EnvironmentID       string `json:"environment_id,omitempty"`
	ApplicationInstance string `json:"application_instance,omitempty"`
	// RecordID is the uuid of the deployment or the release.
	RecordID string `json:"record_id,omitempty"`
	// Action is what happened to an environment: created, updated or deleted.
	Action string `json:"action,omitempty"`
	// Properties are those that an update has changed.
	Properties            []string `json:"properties,omitempty"`
	Consumer              string   `json:"consumer,omitempty"`
	ConsumerVersion       string   `json:"consumer_version,omitempty"`
	ConsumerVersionBranch string   `json:"consumer_version_branch,omitempty"`
	ConsumerVersionTags   []string `json:"consumer_version_tags,omitempty"`
	Provider              string   `json:"provider,omitempty"`
	ProviderVersion       string   `json:"provider_version,omitempty"`
	ProviderVersionBranch string   `json:"provider_version_branch,omitempty"`
	ContentSHA            string   `json:"content_sha,omitempty"`
	ResultNumber          int64    `json:"result_number,omitempty"`
	Success               *bool    `json:"success,omitempty"`
	Verdict               string   `json:"verdict,omitempty"`
	PreviousVerdict       string   `json:"previous_verdict,omitempty"`
	WebhookID             string   `json:"webhook_id,omitempty"`
	DeliveryID            string   `json:"delivery_id,omitempty"`
	// Outcome is how a clean-up ended: finished, out_of_time or failed.
	Outcome string `json:"outcome,omitempty"`
	// Deleted is how many things of each kind it deleted.
	Deleted map[string]int64 `json:"deleted,omitempty"`
}

// TheBroker is the subject of what is about no application and no environment.
const TheBroker = "broker"

// Applications returns the names of the applications that the fact concerns,
// each once: feeds are filtered by them.
func (d Data) Applications() []string {
	var names []string
	for _, name := range []string{d.Pacticipant, d.FormerName, d.Consumer, d.Provider} {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Announcer writes facts in the open transaction.
type Announcer interface {
	// Announce keeps the fact. It fills in the id, and the time, the request and
	// the actor where they are empty.
	Announce(ctx context.Context, fact Fact) error
}

// Clock tells the time of the open transaction.
type Clock interface {
	Now() time.Time
}

// Complete fills in what an announcement has left empty: the id, the time of the
// transaction, and the request that caused it.
func Complete(ctx context.Context, clock Clock, fact Fact) Fact {
	if fact.ID == "" {
		fact.ID = uuid.Must(uuid.NewV7()).String()
	}
	if fact.Time.IsZero() {
		fact.Time = clock.Now()
	}
	if cause := CauseOf(ctx); fact.RequestID == "" {
		fact.RequestID, fact.Traceparent, fact.Actor = cause.RequestID, cause.Traceparent, cause.Actor
	}
	return fact
}
