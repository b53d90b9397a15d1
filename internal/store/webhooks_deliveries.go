package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/webhooks"
)

type triggeredRow struct {
	ID          int64
	UUID        string
	WebhookUUID *string
	Description *string
	URL         *string
	Event       string
	Subject     string
	Consumer    *string
	Provider    *string
	Status      string
	Attempts    int
	RoundStart  int
	Paused      bool `gorm:"column:held"`
	Reason      string
	Context     string
	CreatedAt   micros
	UpdatedAt   micros
}

const (
	sqlTriggeredColumns = `t.id, t.uuid, w.uuid AS webhook_uuid, w.description, w.url, t.event, t.subject, c.name AS consumer, p.name AS provider,
		t.status, t.attempts, t.round_start, t.held, t.reason, t.context, t.created_at, t.updated_at`
	// sqlFromTriggered leaves out those of applications that are being deleted.
	sqlFromTriggered = ` FROM triggered_webhooks t
		LEFT JOIN integrations i ON i.id = t.integration_id
		LEFT JOIN pacticipants c ON c.id = i.consumer_id
		LEFT JOIN pacticipants p ON p.id = i.provider_id
		LEFT JOIN webhooks w ON w.id = t.webhook_id
		WHERE (t.integration_id IS NULL OR (c.id IS NOT NULL AND p.id IS NOT NULL)) `
)

func (r triggeredRow) toTriggered() (webhooks.Triggered, error) {
	known, _, err := toContext(r.Context)
	return webhooks.Triggered{
		ID: r.ID, UUID: r.UUID, Webhook: text(r.WebhookUUID), WebhookName: text(r.Description), Event: events.Type(r.Event),
		Receiver: webhooks.Request{URL: text(r.URL)}.Receiver(), Subject: r.Subject, Consumer: text(r.Consumer), Provider: text(r.Provider),
		Status: webhooks.Status(r.Status), Attempts: r.Attempts, RoundStart: r.RoundStart, Paused: r.Paused, Reason: r.Reason,
		RequestID: known.Cause.RequestID, TriggeredAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(),
	}, err
}

// triggered reads the deliveries that fit the condition, in its order.
func (q *queries) triggered(ctx context.Context, condition string, args ...any) ([]webhooks.Triggered, error) {
	found, err := rows[triggeredRow](ctx, q, "read triggered webhooks", "SELECT "+sqlTriggeredColumns+sqlFromTriggered+condition, args...)
	triggered := make([]webhooks.Triggered, len(found))
	for i := 0; err == nil && i < len(found); i++ {
		triggered[i], err = found[i].toTriggered()
	}
	return triggered, err
}

func (q *queries) TriggeredByPact(ctx context.Context, publicationID int64) ([]webhooks.Triggered, error) {
	return q.triggered(ctx, "AND t.publication_id = ? ORDER BY t.id DESC", publicationID)
}

func (q *queries) TriggeredByResult(ctx context.Context, at webhooks.ResultAddress) ([]webhooks.Triggered, bool, error) {
	if _, err := q.usePresentNames(ctx, &at.Consumer, &at.Provider); err != nil {
		return nil, false, err
	}
	id, found, err := row[int64](ctx, q, "find result", `
		SELECT r.id FROM verifications r
		JOIN pact_versions pv ON pv.id = r.pact_version_id
		JOIN integrations i ON i.id = r.integration_id
		JOIN pacticipants c ON c.id = i.consumer_id
		JOIN pacticipants p ON p.id = i.provider_id
		WHERE `+sqlResultNumber+` = ? AND pv.sha = ? AND `+q.named("c.name")+" AND "+q.named("p.name"), at.Number, at.SHA, at.Consumer, at.Provider)
	if err != nil || !found {
		return nil, false, err
	}
	triggered, err := q.triggered(ctx, "AND t.verification_id = ? ORDER BY t.id DESC", id)
	return triggered, true, err
}

func (q *queries) LatestTriggered(ctx context.Context, consumerID, providerID int64) ([]webhooks.Triggered, error) {
	return q.triggered(ctx, `AND w.id IS NOT NULL AND t.id IN (
			SELECT max(n.id) FROM triggered_webhooks n JOIN integrations j ON j.id = n.integration_id
			WHERE j.consumer_id = ? AND j.provider_id = ? GROUP BY n.webhook_id, n.event)
		ORDER BY t.id`, consumerID, providerID)
}

func (q *queries) NewestDeliveries(ctx context.Context, webhookUUIDs []string) (map[string]webhooks.Triggered, error) {
	list, err := q.dialect.Texts(webhookUUIDs)
	if err != nil {
		return nil, err
	}
	found, err := q.triggered(ctx, `AND t.id IN (
		SELECT (SELECT max(n.id) FROM triggered_webhooks n WHERE n.webhook_id = h.id) FROM webhooks h WHERE `+q.dialect.AmongTexts("h.uuid")+")", list)
	newest := make(map[string]webhooks.Triggered, len(found))
	for _, t := range found {
		newest[t.Webhook] = t
	}
	return newest, err
}

func (q *queries) Triggered(ctx context.Context, uuid string) (webhooks.Triggered, []webhooks.Execution, bool, error) {
	found, err := q.triggered(ctx, "AND t.uuid = ?", uuid)
	if err != nil || len(found) == 0 {
		return webhooks.Triggered{}, nil, false, err
	}
	type executionRow struct {
		Success   bool
		Logs      string
		CreatedAt micros
	}
	attempts, err := rows[executionRow](ctx, q, "read executions", `
		SELECT e.success, e.logs, e.created_at FROM webhook_executions e JOIN triggered_webhooks t ON t.id = e.triggered_id
		WHERE t.uuid = ? ORDER BY e.id`, uuid)
	executions := make([]webhooks.Execution, len(attempts))
	for i, r := range attempts {
		executions[i] = webhooks.Execution{Success: r.Success, Logs: r.Logs, CreatedAt: r.CreatedAt.Time()}
	}
	return found[0], executions, true, err
}

// contextRow is a webhooks.Context as it is stored.
type contextRow struct {
	ConsumerVersion             string   `json:"consumer_version_number,omitempty"`
	ConsumerVersionTags         []string `json:"consumer_version_tags,omitempty"`
	ConsumerVersionBranch       string   `json:"consumer_version_branch,omitempty"`
	ProviderVersion             string   `json:"provider_version_number,omitempty"`
	ProviderVersionBranch       string   `json:"provider_version_branch,omitempty"`
	ProviderVersionDescriptions []string `json:"provider_version_descriptions,omitempty"`
	DeployedProviderVersion     string   `json:"deployed_provider_version_number,omitempty"`
	BuildURL                    string   `json:"build_url,omitempty"`
	Compared                    *bool    `json:"compared,omitempty"`
	BaseURL                     string   `json:"base_url,omitempty"`
	RequestID                   string   `json:"request_id,omitempty"`
	Traceparent                 string   `json:"traceparent,omitempty"`
	Actor                       string   `json:"actor,omitempty"`
	Fact                        sentFact `json:"fact"`
}

// sentFact is the fact that a delivery tells of, as it is stored; what caused it
// stands beside it.
type sentFact struct {
	ID   string      `json:"id"`
	Time micros      `json:"time"`
	Data events.Data `json:"data"`
}

func contextText(c webhooks.Context, fact events.Fact) (string, error) {
	encoded, err := json.Marshal(contextRow{
		c.ConsumerVersion, c.ConsumerVersionTags, c.ConsumerVersionBranch, c.ProviderVersion, c.ProviderVersionBranch, c.ProviderVersionDescriptions,
		c.DeployedProviderVersion, c.BuildURL, c.Compared, c.Cause.BaseURL, c.Cause.RequestID, c.Cause.Traceparent, c.Cause.Actor,
		sentFact{fact.ID, microsOf(fact.Time), fact.Data},
	})
	return string(encoded), err
}

// toContext reads what contextText wrote; type and subject of the fact are kept
// elsewhere.
func toContext(stored string) (webhooks.Context, events.Fact, error) {
	var r contextRow
	if err := json.Unmarshal([]byte(stored), &r); err != nil {
		return webhooks.Context{}, events.Fact{}, fmt.Errorf("read context of triggered webhook: %w", err)
	}
	known := webhooks.Context{
		ConsumerVersion: r.ConsumerVersion, ConsumerVersionTags: r.ConsumerVersionTags, ConsumerVersionBranch: r.ConsumerVersionBranch,
		ProviderVersion: r.ProviderVersion, ProviderVersionBranch: r.ProviderVersionBranch, ProviderVersionDescriptions: r.ProviderVersionDescriptions,
		DeployedProviderVersion: r.DeployedProviderVersion, BuildURL: r.BuildURL, Compared: r.Compared,
		Cause: events.Cause{BaseURL: r.BaseURL, RequestID: r.RequestID, Traceparent: r.Traceparent, Actor: r.Actor},
	}
	return known, events.Fact{
		ID: r.Fact.ID, Time: r.Fact.Time.Time(), Data: r.Fact.Data, RequestID: r.RequestID, Traceparent: r.Traceparent, Actor: r.Actor,
	}, nil
}

func (tx *Tx) AddTriggered(ctx context.Context, t webhooks.NewTriggered) error {
	known, err := contextText(t.Context, t.Fact)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "add triggered webhook", `
		INSERT INTO triggered_webhooks (uuid, webhook_id, event, subject, integration_id, publication_id, verification_id,
			status, attempts, round_start, held, context, request_id, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?)`,
		t.UUID, t.WebhookID, string(t.Event), t.Fact.Subject, unlessZero(t.Publication.IntegrationID), unlessZero(t.Publication.ID), unlessZero(t.ResultID),
		string(webhooks.NotRun), false, known, t.Context.Cause.RequestID, tx.now, tx.now)
	return err
}

// unlessZero returns NULL for 0.
func unlessZero(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

func (tx *Tx) RecordExecution(ctx context.Context, uuid string, attempt int, status webhooks.Status, execution webhooks.Execution) (bool, error) {
	changed, err := tx.exec(ctx, "record attempt", "UPDATE triggered_webhooks SET status = ?, attempts = ?, reason = ?, updated_at = ? WHERE uuid = ? AND attempts = ?",
		string(status), attempt, execution.Reason, tx.now, uuid, attempt-1)
	if err != nil || changed == 0 {
		return false, err
	}
	_, err = tx.exec(ctx, "record execution", `
		INSERT INTO webhook_executions (triggered_id, success, logs, created_at) SELECT id, ?, ?, ? FROM triggered_webhooks WHERE uuid = ?`,
		execution.Success, execution.Logs, tx.now, uuid)
	return true, err
}

func (tx *Tx) EnqueueDelivery(ctx context.Context, uuid string, attempt int, at time.Time) error {
	return tx.queue.EnqueueDelivery(ctx, tx.open, uuid, attempt, at, tx.Now())
}
