package client

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// The forms of what a webhook sends.
const (
	Template    = "template"
	CloudEvents = "cloudevents"
)

// Webhook is whom to tell when something happens.
type Webhook struct {
	ID          string `json:"id"`
	Description string `json:"description"`
	// Consumer and Provider are nil for any application.
	Consumer *WebhookSide `json:"consumer"`
	Provider *WebhookSide `json:"provider"`
	// Events are types without "accord.".
	Events []string    `json:"events"`
	Filter EventFilter `json:"filter"`
	// Format is Template or CloudEvents.
	Format  string `json:"format"`
	Enabled bool   `json:"enabled"`
	// Paused tells that its deliveries wait.
	Paused  bool           `json:"paused"`
	Request WebhookRequest `json:"request"`
	// SigningKeys are the newest first, two at most.
	SigningKeys []SigningKey `json:"signing_keys"`
	CreatedAt   time.Time    `json:"created_at"`
	UpdatedAt   time.Time    `json:"updated_at"`
	// ETag is of this state, for IfUnchanged; "" unless it was read by itself.
	ETag string `json:"-"`
}

// WebhookSide is an application by name, or all with a label.
type WebhookSide struct {
	Name  string `json:"name,omitempty"`
	Label string `json:"label,omitempty"`
}

// EventFilter are conditions on events, all of which must hold: in each list that is not
// empty one entry must fit, "*" standing for any text.
type EventFilter struct {
	// Applications are in any role.
	Applications      []string `json:"applications,omitempty"`
	Consumers         []string `json:"consumers,omitempty"`
	Providers         []string `json:"providers,omitempty"`
	ApplicationLabels []string `json:"application_labels,omitempty"`
	ConsumerLabels    []string `json:"consumer_labels,omitempty"`
	ProviderLabels    []string `json:"provider_labels,omitempty"`
	// Branches and Tags are those of the consumer's version, or of the version itself if the
	// event is about one application.
	Branches []string `json:"branches,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	// ProviderBranches and ProviderTags are those of the version that verified, or ought to.
	ProviderBranches []string `json:"provider_branches,omitempty"`
	ProviderTags     []string `json:"provider_tags,omitempty"`
	Environments     []string `json:"environments,omitempty"`
}

// WebhookRequest is what is sent to whom. Secrets in what is read are starred; starred
// ones that are sent stay as they are.
type WebhookRequest struct {
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers,omitempty"`
	Username string            `json:"username,omitempty"`
	Password string            `json:"password,omitempty"`
	// Body is any JSON, a text as a JSON string.
	Body json.RawMessage `json:"body,omitempty"`
}

// SigningKey is what a receiver proves with that a message comes from the broker.
type SigningKey struct {
	ID string `json:"id"`
	// Secret is in the answer to what made the key only.
	Secret    string    `json:"secret"`
	CreatedAt time.Time `json:"created_at"`
}

// NewWebhook says what a webhook is to be.
type NewWebhook struct {
	Description string       `json:"description,omitempty"`
	Consumer    *WebhookSide `json:"consumer,omitempty"`
	Provider    *WebhookSide `json:"provider,omitempty"`
	Events      []string     `json:"events"`
	Filter      EventFilter  `json:"filter,omitzero"`
	// Format is CloudEvents unless there is a body.
	Format string `json:"format,omitempty"`
	// Enabled is true unless it says otherwise.
	Enabled *bool          `json:"enabled,omitempty"`
	Request WebhookRequest `json:"request"`
}

// WebhookQuery says which webhooks are wanted; all that is given has to fit.
type WebhookQuery struct {
	Event              string
	Consumer, Provider string
	Team               string
}

// Webhooks lists the webhooks that fit, the oldest first.
func (c *Client) Webhooks(ctx context.Context, q WebhookQuery) iter.Seq2[Webhook, error] {
	return list[Webhook](ctx, c, at("webhooks"), asking("event", q.Event, "consumer", q.Consumer, "provider", q.Provider, "team", q.Team))
}

// Webhook is the webhook with the id.
func (c *Client) Webhook(ctx context.Context, id string) (webhook Webhook, err error) {
	err = c.getTagged(ctx, at("webhooks", id), &webhook, &webhook.ETag)
	return webhook, err
}

// CreateWebhook sets a webhook. The secret of its signing key is in this answer and
// nowhere else; a broker without a key for secrets signs nothing.
func (c *Client) CreateWebhook(ctx context.Context, wanted NewWebhook) (webhook Webhook, err error) {
	err = c.post(ctx, at("webhooks"), wanted, &webhook)
	return webhook, err
}

// PutWebhook sets a webhook under an id of your own, or replaces it; signing keys, a pause
// and starred secrets stay.
func (c *Client) PutWebhook(ctx context.Context, id string, wanted NewWebhook, only ...Condition) (webhook Webhook, err error) {
	err = c.put(ctx, at("webhooks", id), wanted, &webhook, only)
	return webhook, err
}

// DeleteWebhook deletes a webhook; what it has delivered stays on record.
func (c *Client) DeleteWebhook(ctx context.Context, id string, only ...Condition) error {
	return c.remove(ctx, at("webhooks", id), only...)
}

// PauseWebhook lets the deliveries of a webhook wait; it goes on listening.
func (c *Client) PauseWebhook(ctx context.Context, id string) (webhook Webhook, err error) {
	err = c.post(ctx, at("webhooks", id, "pause"), nil, &webhook)
	return webhook, err
}

// ResumeWebhook sends what has been waiting, and whatever follows.
func (c *Client) ResumeWebhook(ctx context.Context, id string) (webhook Webhook, err error) {
	err = c.post(ctx, at("webhooks", id, "resume"), nil, &webhook)
	return webhook, err
}

// AddSigningKey gives a webhook a new signing key, with a secret of your own choice or,
// for "", one that is made up; the latest of the others stays valid beside it.
func (c *Client) AddSigningKey(ctx context.Context, webhook, secret string) (key SigningKey, err error) {
	body := struct {
		Secret string `json:"secret,omitempty"`
	}{secret}
	err = c.post(ctx, at("webhooks", webhook, "signing-keys"), body, &key)
	return key, err
}

// RemoveSigningKey signs with a key no longer.
func (c *Client) RemoveSigningKey(ctx context.Context, webhook, key string) error {
	return c.remove(ctx, at("webhooks", webhook, "signing-keys", key))
}
