package v1

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// webhookDeliveryShown is how the own API shows what a webhook has sent or is to send.
type webhookDeliveryShown struct {
	ID                string          `json:"id"`
	WebhookID         *string         `json:"webhook_id"`
	Webhook           *string         `json:"webhook"`
	Event             events.Type     `json:"event"`
	Subject           string          `json:"subject"`
	Consumer          *string         `json:"consumer"`
	Provider          *string         `json:"provider"`
	Receiver          *receiverShown  `json:"receiver"`
	Status            webhooks.Status `json:"status"`
	Held              bool            `json:"held"`
	Reason            *string         `json:"reason"`
	Attempts          int             `json:"attempts"`
	AttemptsRemaining int             `json:"attempts_remaining"`
	RequestID         *string         `json:"request_id"`
	TriggeredAt       string          `json:"triggered_at"`
	UpdatedAt         string          `json:"updated_at"`
}

// receiverShown is how it stands with whom a webhook calls, as far as the process
// knows that answers.
type receiverShown struct {
	Host    string           `json:"host"`
	Circuit webhooks.Circuit `json:"circuit"`
	RetryAt *string          `json:"retry_at"`
}

func (a *API) representReceiver(name, webhook string) *receiverShown {
	if name == "" {
		return nil
	}
	state := a.Webhooks.Receivers.State(name, webhook)
	shown := &receiverShown{Host: name, Circuit: state.Circuit}
	if state.Circuit == webhooks.Open {
		shown.RetryAt = unlessEmpty(instant(state.OpenUntil))
	}
	return shown
}

type deliveryWithAttempts struct {
	webhookDeliveryShown
	Made []attemptShown `json:"made"`
}

type attemptShown struct {
	Number  int    `json:"number"`
	Success bool   `json:"success"`
	At      string `json:"at"`
	Log     string `json:"log"`
}

func (a *API) representDelivery(t webhooks.Triggered) webhookDeliveryShown {
	return webhookDeliveryShown{
		ID: t.UUID, WebhookID: unlessEmpty(t.Webhook), Webhook: unlessEmpty(t.WebhookName), Event: t.Event, Subject: t.Subject,
		Consumer: unlessEmpty(t.Consumer), Provider: unlessEmpty(t.Provider), Receiver: a.representReceiver(t.Receiver, t.Webhook), Status: t.Status, Held: t.Paused, Reason: unlessEmpty(t.Reason),
		Attempts: t.Attempts, AttemptsRemaining: a.Webhooks.Remaining(t), RequestID: unlessEmpty(t.RequestID),
		TriggeredAt: instant(t.TriggeredAt), UpdatedAt: instant(t.UpdatedAt),
	}
}

// unlessEmpty is the text, or null if there is none.
func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (a *API) listDeliveries(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	query, err := deliveriesAsked(c, part)
	if err != nil {
		return err
	}
	if query.Applications, err = a.applicationsAsked(c); err != nil {
		return err
	}
	found, err := a.Webhooks.ListDeliveries(c.Request.Context(), a.Deliveries, query)
	if err != nil {
		return err
	}
	return answerPart(c, part, found, func(t webhooks.Triggered) int64 { return t.ID }, a.representDelivery)
}

func deliveriesAsked(c *gin.Context, part slice) (webhooks.DeliveryQuery, error) {
	query := webhooks.DeliveryQuery{Limit: part.Limit + 1}
	query.Webhook, _ = edge.QueryValue(c, "webhook")
	query.Application, _ = edge.QueryValue(c, "application")
	query.Consumer, _ = edge.QueryValue(c, "consumer")
	query.Provider, _ = edge.QueryValue(c, "provider")
	for _, pair := range edge.Query(c) {
		switch pair.Key {
		case "status":
			query.Statuses = append(query.Statuses, webhooks.Status(pair.Value))
		case "since":
			query.Since, _ = time.Parse(time.RFC3339, pair.Value) // the contract has checked it
		case "until":
			query.Until, _ = time.Parse(time.RFC3339, pair.Value) // the contract has checked it
		}
	}
	var err error
	if query.Event, err = eventAsked(c); err != nil {
		return query, err
	}
	query.Beyond, err = part.afterID()
	return query, err
}

func (a *API) showDelivery(c *gin.Context) error {
	t, attempts, err := a.Webhooks.ShowDelivery(c.Request.Context(), a.Deliveries, edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	shown := deliveryWithAttempts{webhookDeliveryShown: a.representDelivery(t), Made: make([]attemptShown, len(attempts))}
	for i, attempt := range attempts {
		shown.Made[i] = attemptShown{Number: i + 1, Success: attempt.Success, At: instant(attempt.CreatedAt), Log: attempt.Logs}
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func (a *API) redeliver(c *gin.Context) error {
	ctx, uuid := c.Request.Context(), edge.Param(c, "uuid")
	t, err := a.Webhooks.Redeliver(ctx, uuid)
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusAccepted, a.representDelivery(t))
}

// replayBody says what is to be sent again.
type replayBody struct {
	Since       time.Time       `json:"since"`
	Until       time.Time       `json:"until"`
	Status      webhooks.Status `json:"status"`
	Webhook     string          `json:"webhook"`
	Event       events.Type     `json:"event"`
	Application string          `json:"application"`
}

type replayedShown struct {
	Redelivered int  `json:"redelivered"`
	More        bool `json:"more"`
}

func (a *API) replayDeliveries(c *gin.Context) error {
	var body replayBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	query := webhooks.DeliveryQuery{Since: body.Since, Until: body.Until, Webhook: body.Webhook, Event: body.Event, Application: body.Application}
	if body.Event != "" && !body.Event.Known() {
		return fault.InvalidField("event", "is none that the broker announces")
	}
	if body.Status != "" {
		query.Statuses = []webhooks.Status{body.Status}
	}
	count, more, err := a.Webhooks.Replay(c.Request.Context(), a.Deliveries, query)
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusAccepted, replayedShown{Redelivered: count, More: more})
}
