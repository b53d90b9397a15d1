package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/store/db"
	"github.com/accord-broker/accord/internal/webhooks"
)

type webhookRow struct {
	ID            int64
	UUID          string
	Description   string
	Consumer      *string
	ConsumerLabel *string
	Provider      *string
	ProviderLabel *string
	Enabled       bool
	Events        string
	Method        string
	URL           string
	Headers       string
	Body          *string
	Username      string
	Password      string
	Encrypted     []byte `gorm:"column:sealed"`
	SigningKeys   []byte
	EventFilter   string `gorm:"column:aim"`
	Format        string
	Paused        bool
	Missing       string `gorm:"column:missing_secrets"`
	CreatedAt     micros
	UpdatedAt     micros
}

// filterText is a filter as it is stored: the lists that have entries.
func filterText(f webhooks.EventFilter) (string, error) {
	lists := f.Lists()
	maps.DeleteFunc(lists, func(_ string, list []string) bool { return len(list) == 0 })
	text, err := json.Marshal(lists)
	return string(text), err
}

const (
	sqlWebhookColumns = `w.id, w.uuid, w.description, c.name AS consumer, w.consumer_label, p.name AS provider, w.provider_label, w.enabled, w.events,
		w.method, w.url, w.headers, w.body, w.username, w.password, w.aim, w.format, w.paused, w.missing_secrets, w.created_at, w.updated_at`
	sqlWebhookSecrets = `, w.sealed, w.signing_keys`
	// sqlFromWebhooks leaves out those of applications that are being deleted.
	sqlFromWebhooks = ` FROM webhooks w
		LEFT JOIN pacticipants c ON c.id = w.consumer_id
		LEFT JOIN pacticipants p ON p.id = w.provider_id
		WHERE (w.consumer_id IS NULL OR c.id IS NOT NULL) AND (w.provider_id IS NULL OR p.id IS NOT NULL) `
)

func (r webhookRow) toStored() (webhooks.Stored, error) {
	w := webhooks.Webhook{
		UUID: r.UUID, Description: r.Description,
		Consumer: webhooks.Side{Name: text(r.Consumer), Label: text(r.ConsumerLabel)}, Provider: webhooks.Side{Name: text(r.Provider), Label: text(r.ProviderLabel)},
		Enabled: r.Enabled, Format: webhooks.Format(r.Format), Paused: r.Paused, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(),
		Request: webhooks.Request{Method: r.Method, URL: r.URL, Body: []byte(text(r.Body)), Username: r.Username, Password: r.Password},
	}
	if err := json.Unmarshal([]byte(r.Events), &w.Events); err != nil {
		return webhooks.Stored{}, fmt.Errorf("read events of webhook %s: %w", r.UUID, err)
	}
	if err := json.Unmarshal([]byte(r.Headers), &w.Request.Headers); err != nil {
		return webhooks.Stored{}, fmt.Errorf("read headers of webhook %s: %w", r.UUID, err)
	}
	var lists map[string][]string
	if err := json.Unmarshal([]byte(r.EventFilter), &lists); err != nil {
		return webhooks.Stored{}, fmt.Errorf("read event filter of webhook %s: %w", r.UUID, err)
	}
	w.EventFilter = webhooks.NewEventFilter(lists)
	var missing []string
	if err := json.Unmarshal([]byte(r.Missing), &missing); err != nil {
		return webhooks.Stored{}, fmt.Errorf("read what webhook %s lacks: %w", r.UUID, err)
	}
	return webhooks.Stored{ID: r.ID, Webhook: w, Encrypted: r.Encrypted, SigningKeys: r.SigningKeys, Missing: missing}, nil
}

// webhooks reads the webhooks that fit the condition, oldest first.
func (q *queries) webhooks(ctx context.Context, condition string, args ...any) ([]webhooks.Stored, error) {
	return q.webhooksWith(ctx, sqlWebhookColumns+sqlWebhookSecrets, condition, args...)
}

func (q *queries) webhooksWith(ctx context.Context, columns, condition string, args ...any) ([]webhooks.Stored, error) {
	found, err := rows[webhookRow](ctx, q, "read webhooks", "SELECT "+columns+sqlFromWebhooks+condition+" ORDER BY w.id", args...)
	kept := make([]webhooks.Stored, len(found))
	for i := 0; err == nil && i < len(found); i++ {
		kept[i], err = found[i].toStored()
	}
	return kept, err
}

func (q *queries) Webhook(ctx context.Context, uuid string) (webhooks.Stored, bool, error) {
	return db.First(q.webhooks(ctx, "AND w.uuid = ?", uuid))
}

func (q *queries) Webhooks(ctx context.Context, query webhooks.Query) ([]webhooks.Stored, error) {
	if !query.Exactly {
		return q.webhooks(ctx, "")
	}
	return q.webhooks(ctx, "AND coalesce(w.consumer_id, 0) = ? AND coalesce(w.provider_id, 0) = ?", query.ConsumerID, query.ProviderID)
}

// anyWebhooks says whether there are webhooks, and whether one is enabled.
type anyWebhooks struct{ Any, Enabled bool }

// AnyWebhooks reads the database once in a transaction.
func (tx *Tx) AnyWebhooks(ctx context.Context) (exist, enabled bool, err error) {
	if tx.webhooks == nil {
		found, _, err := row[anyWebhooks](ctx, &tx.queries, "look for webhooks",
			`SELECT EXISTS (SELECT 1 FROM webhooks) AS "any", EXISTS (SELECT 1 FROM webhooks WHERE enabled) AS enabled`)
		if err != nil {
			return false, false, err
		}
		tx.webhooks = &found
	}
	return tx.webhooks.Any, tx.webhooks.Enabled, nil
}

func (tx *Tx) Listening(ctx context.Context, event events.Type, consumerID, providerID int64) ([]webhooks.Stored, error) {
	if _, enabled, err := tx.AnyWebhooks(ctx); err != nil || !enabled {
		return nil, err
	}
	return tx.webhooksWith(ctx, sqlWebhookColumns, `AND w.enabled AND `+sqlNaming+` AND w.events <> replace(w.events, ?, '')`,
		consumerID, providerID, `"`+string(event)+`"`)
}

// sqlNaming is the condition for webhooks whose sides name two applications, or
// none.
const sqlNaming = "(w.consumer_id IS NULL OR w.consumer_id = ?) AND (w.provider_id IS NULL OR w.provider_id = ?)"

func (tx *Tx) WebhookSides(ctx context.Context, consumerID, providerID int64) ([]webhooks.Sides, error) {
	type sidesRow struct{ Consumer, ConsumerLabel, Provider, ProviderLabel *string }
	found, err := rows[sidesRow](ctx, &tx.queries, "read sides of webhooks", `
		SELECT DISTINCT c.name AS consumer, w.consumer_label, p.name AS provider, w.provider_label`+sqlFromWebhooks+" AND "+sqlNaming, consumerID, providerID)
	sides := make([]webhooks.Sides, len(found))
	for i, r := range found {
		sides[i] = webhooks.Sides{
			Consumer: webhooks.Side{Name: text(r.Consumer), Label: text(r.ConsumerLabel)}, Provider: webhooks.Side{Name: text(r.Provider), Label: text(r.ProviderLabel)},
		}
	}
	return sides, err
}

// sideID finds an application that a webhook names; nil for no name.
func (tx *Tx) sideID(ctx context.Context, side webhooks.Side) (*int64, error) {
	if side.Name == "" {
		return nil, nil
	}
	p, found, err := tx.FindPacticipant(ctx, side.Name)
	if err == nil && !found {
		err = fmt.Errorf("keep webhook: there is no pacticipant %q", side.Name)
	}
	return &p.ID, err
}

// webhookValues are the values of the columns that a client sets, in the order
// of AddWebhook.
func (tx *Tx) webhookValues(ctx context.Context, kept webhooks.Stored) ([]any, error) {
	w := kept.Webhook
	consumer, err := tx.sideID(ctx, w.Consumer)
	if err != nil {
		return nil, err
	}
	provider, err := tx.sideID(ctx, w.Provider)
	if err != nil {
		return nil, err
	}
	listening, err := json.Marshal(w.Events)
	if err != nil {
		return nil, err
	}
	headers, err := json.Marshal(w.Request.Headers)
	if err != nil {
		return nil, err
	}
	filter, err := filterText(w.EventFilter)
	if err != nil {
		return nil, err
	}
	return []any{
		w.Description, consumer, nullable(w.Consumer.Label), provider, nullable(w.Provider.Label), w.Enabled, string(listening),
		w.Request.Method, w.Request.URL, string(headers), nullable(string(w.Request.Body)), w.Request.Username, w.Request.Password, kept.Encrypted,
		filter, string(w.Format),
	}, nil
}

// AddWebhook keeps a new webhook.
func (tx *Tx) AddWebhook(ctx context.Context, kept webhooks.Stored) error {
	tx.webhooks = nil // what is known of them changes
	values, err := tx.webhookValues(ctx, kept)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "add webhook", `
		INSERT INTO webhooks (description, consumer_id, consumer_label, provider_id, provider_label, enabled, events,
			method, url, headers, body, username, password, sealed, aim, format, uuid, signing_keys, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		append(values, kept.Webhook.UUID, kept.SigningKeys, tx.now, tx.now)...)
	return err
}

func (tx *Tx) UpdateWebhook(ctx context.Context, kept webhooks.Stored) error {
	tx.webhooks = nil // what is known of them changes
	values, err := tx.webhookValues(ctx, kept)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "update webhook", `
		UPDATE webhooks SET description = ?, consumer_id = ?, consumer_label = ?, provider_id = ?, provider_label = ?, enabled = ?, events = ?,
			method = ?, url = ?, headers = ?, body = ?, username = ?, password = ?, sealed = ?, aim = ?, format = ?,
			missing_secrets = ?, to_enable = to_enable AND NOT ?, updated_at = ?
		WHERE id = ?`, append(values, jsonList(kept.Missing), kept.Webhook.Enabled, tx.now, kept.ID)...)
	return err
}

func (tx *Tx) LockWebhook(ctx context.Context, uuid string) (webhooks.Stored, bool, error) {
	// Deliveries may refer to it meanwhile: FOR UPDATE would make publishers wait.
	if err := tx.lockBy(ctx, "lock webhook", "SELECT id FROM webhooks WHERE uuid = ? FOR NO KEY UPDATE", uuid); err != nil {
		return webhooks.Stored{}, false, err
	}
	return tx.Webhook(ctx, uuid)
}

func (tx *Tx) HideURL(ctx context.Context, webhookID int64, url string, encrypted []byte) error {
	_, err := tx.exec(ctx, "hide URL of webhook", "UPDATE webhooks SET url = ?, sealed = ? WHERE id = ?", url, encrypted, webhookID)
	return err
}

func (tx *Tx) SetSigningKeys(ctx context.Context, kept webhooks.Stored) error {
	_, err := tx.exec(ctx, "set signing keys", "UPDATE webhooks SET signing_keys = ?, missing_secrets = ? WHERE id = ?", kept.SigningKeys, jsonList(kept.Missing), kept.ID)
	return err
}

func (tx *Tx) SetPaused(ctx context.Context, webhookID int64, paused bool) error {
	_, err := tx.exec(ctx, "pause or resume webhook", "UPDATE webhooks SET paused = ? WHERE id = ?", paused, webhookID)
	return err
}

func (tx *Tx) RemoveWebhook(ctx context.Context, uuid string) error {
	tx.webhooks = nil // what is known of them changes
	_, err := tx.exec(ctx, "remove webhook", "DELETE FROM webhooks WHERE uuid = ?", uuid)
	return err
}

// RemoveWebhooksOf deletes the webhooks that name the application on either side.
func (tx *Tx) RemoveWebhooksOf(ctx context.Context, pacticipantID int64) error {
	tx.webhooks = nil // what is known of them changes
	_, err := tx.exec(ctx, "remove webhooks of pacticipant", "DELETE FROM webhooks WHERE consumer_id = ? OR provider_id = ?", pacticipantID, pacticipantID)
	return err
}

// RemoveWebhooksBetween deletes the webhooks that name both applications.
func (tx *Tx) RemoveWebhooksBetween(ctx context.Context, consumerID, providerID int64) error {
	tx.webhooks = nil // what is known of them changes
	_, err := tx.exec(ctx, "remove webhooks of integration", "DELETE FROM webhooks WHERE consumer_id = ? AND provider_id = ?", consumerID, providerID)
	return err
}
