package store

import (
	"context"
	"encoding/json"
	"fmt"

	"accord/internal/events"
)

// dataRow is events.Data as it is stored.
type dataRow struct {
	Pacticipant           string   `json:"pacticipant,omitempty"`
	Version               string   `json:"version,omitempty"`
	Branch                string   `json:"branch,omitempty"`
	Tag                   string   `json:"tag,omitempty"`
	Environment           string   `json:"environment,omitempty"`
	EnvironmentID         string   `json:"environment_id,omitempty"`
	ApplicationInstance   string   `json:"application_instance,omitempty"`
	RecordID              string   `json:"record_id,omitempty"`
	Action                string   `json:"action,omitempty"`
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
}

// Announce keeps a fact, and tells those of it who were set to be told. It fills
// in the id, and the time, the request and the actor where they are empty.
func (tx *Tx) Announce(ctx context.Context, fact events.Fact) error {
	fact, err := tx.Record(ctx, fact)
	if err != nil || tx.onAnnounce == nil {
		return err
	}
	return tx.onAnnounce(ctx, tx, fact)
}

// Record keeps a fact as Announce does, and returns it filled in: for who tells
// of it themselves.
func (tx *Tx) Record(ctx context.Context, fact events.Fact) (events.Fact, error) {
	fact = events.Complete(ctx, tx, fact)
	data, err := json.Marshal(dataRow(fact.Data))
	if err != nil {
		return fact, err
	}
	id, err := tx.insert(ctx, "announce "+string(fact.Type), `
		INSERT INTO facts (uuid, type, subject, data, request_id, traceparent, actor, created_at, position)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, `+tx.position()+`) RETURNING id`,
		fact.ID, string(fact.Type), fact.Subject, string(data), fact.RequestID, fact.Traceparent, fact.Actor, microsOf(fact.Time))
	if err != nil {
		return fact, err
	}
	tx.announced = true
	for _, name := range fact.Data.Applications() {
		if _, err := tx.exec(ctx, "update application of fact", "INSERT INTO fact_applications (name, fact_id) VALUES (?, ?)", name, id); err != nil {
			return fact, err
		}
	}
	return fact, nil
}

// factRow is a fact as it is stored.
type factRow struct {
	Position    int64
	UUID        string
	Type        string
	Subject     string
	Data        string
	RequestID   string
	Traceparent string
	Actor       string
	CreatedAt   micros
}

func (r factRow) toFact() (events.Fact, error) {
	var data dataRow
	if err := json.Unmarshal([]byte(r.Data), &data); err != nil {
		return events.Fact{}, fmt.Errorf("read data of fact %s: %w", r.UUID, err)
	}
	return events.Fact{
		ID: r.UUID, Type: events.Type(r.Type), Time: r.CreatedAt.Time(), Subject: r.Subject, Data: events.Data(data),
		RequestID: r.RequestID, Traceparent: r.Traceparent, Actor: r.Actor,
	}, nil
}
