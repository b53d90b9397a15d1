package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/webhooks"
)

// triggeredWebhook is a delivery as shown.
type triggeredWebhook struct {
	Name              string          `json:"name,omitempty"`
	Status            webhooks.Status `json:"status"`
	AttemptsMade      int             `json:"attemptsMade"`
	AttemptsRemaining int             `json:"attemptsRemaining"`
	TriggerType       string          `json:"triggerType"`
	EventName         events.Type     `json:"eventName"`
	TriggeredAt       string          `json:"triggeredAt"`
	Links             hal.Links       `json:"_links"`
}

type triggeredWebhooks struct {
	Embedded embeddedTriggered `json:"_embedded"`
	Links    hal.Links         `json:"_links"`
}

type embeddedTriggered struct {
	Triggered []triggeredWebhook `json:"triggeredWebhooks"`
}

func (a *API) representTriggered(base links.Base, all []webhooks.Triggered) embeddedTriggered {
	shown := make([]triggeredWebhook, len(all))
	for i, t := range all {
		logs := logsLink(base, t)
		shown[i] = triggeredWebhook{
			Name: t.WebhookName, Status: t.Status, AttemptsMade: t.Attempts, AttemptsRemaining: a.Webhooks.Remaining(t),
			TriggerType: "resource_creation", EventName: t.Event, TriggeredAt: hal.Time(t.TriggeredAt),
			Links: hal.Links{{Name: "pb:logs", Value: logs}, {Name: "logs", Value: logs}},
		}
		if t.Webhook != "" {
			shown[i].Links = shown[i].Links.With("pb:webhook", hal.Named(base.Webhook(t.Webhook), "The webhook", t.WebhookName))
		}
	}
	return embeddedTriggered{Triggered: shown}
}

func logsLink(base links.Base, t webhooks.Triggered) hal.Link {
	return hal.Named(base.TriggeredWebhookLogs(t.UUID), "What was sent and answered", t.WebhookName)
}

func (a *API) listTriggeredWebhooksOfPact(c *gin.Context) error {
	if err := access.Require(c.Request.Context(), a.Deliveries, access.ManageWebhooks, edge.Param(c, "consumer"), edge.Param(c, "provider")); err != nil {
		return err
	}
	p, err := a.findPact(c, ofVersion(c))
	if err != nil {
		return err
	}
	all, err := a.Deliveries.TriggeredByPact(c.Request.Context(), p.ID)
	if err != nil {
		return err
	}
	triggered, err := a.Webhooks.SeenDeliveries(c.Request.Context(), all)
	if err != nil {
		return err
	}
	return a.tellTriggered(c, triggered, "Webhooks triggered by the publication of the "+pactName(p))
}

func (a *API) listTriggeredWebhooksOfResult(c *gin.Context) error {
	if err := access.Require(c.Request.Context(), a.Deliveries, access.ManageWebhooks, edge.Param(c, "consumer"), edge.Param(c, "provider")); err != nil {
		return err
	}
	at := webhooks.ResultAddress{Consumer: edge.Param(c, "consumer"), Provider: edge.Param(c, "provider"), SHA: edge.Param(c, "sha")}
	var triggered []webhooks.Triggered
	number, err := strconv.ParseInt(edge.Param(c, "result"), 10, 64)
	found := err == nil
	if found {
		at.Number = number
		triggered, found, err = a.Deliveries.TriggeredByResult(c.Request.Context(), at)
		if err != nil {
			return err
		}
	}
	if !found {
		return fault.Missing("There is no result %s.", edge.Param(c, "result"))
	}
	if triggered, err = a.Webhooks.SeenDeliveries(c.Request.Context(), triggered); err != nil {
		return err
	}
	return a.tellTriggered(c, triggered, "Webhooks triggered by the publication of verification result "+edge.Param(c, "result"))
}

func (a *API) tellTriggered(c *gin.Context, triggered []webhooks.Triggered, title string) error {
	return edge.HAL(c, http.StatusOK, triggeredWebhooks{
		Embedded: a.representTriggered(edge.Base(c), triggered),
		Links:    hal.Links{{Name: "self", Value: hal.To(edge.Self(c), title)}},
	})
}

// webhookLogs are the logs of a delivery.
type webhookLogs struct {
	EventName    events.Type    `json:"eventName"`
	ConsumerName string         `json:"consumerName"`
	ProviderName string         `json:"providerName"`
	Executions   []executionLog `json:"executions"`
	Embedded     embeddedUUID   `json:"_embedded"`
	Links        hal.Links      `json:"_links"`
}

type executionLog struct {
	Success   bool   `json:"success"`
	Logs      string `json:"logs"`
	CreatedAt string `json:"createdAt"`
}

type embeddedUUID struct {
	Triggered struct {
		UUID string `json:"uuid"`
	} `json:"triggeredWebhook"`
}

func (a *API) showWebhookLogs(c *gin.Context) error {
	triggered, executions, err := a.Webhooks.ShowDelivery(c.Request.Context(), a.Deliveries, edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	if edge.Accepted(c) == edge.PlainText {
		return edge.Text(c, http.StatusOK, edge.PlainText, joinedLogs(executions))
	}
	shown := webhookLogs{
		EventName: triggered.Event, ConsumerName: triggered.Consumer, ProviderName: triggered.Provider, Executions: make([]executionLog, len(executions)),
		Links: hal.Links{{Name: "self", Value: hal.To(edge.Self(c), "Logs of the triggered webhook")}},
	}
	for i, e := range executions {
		shown.Executions[i] = executionLog{Success: e.Success, Logs: e.Logs, CreatedAt: hal.Time(e.CreatedAt)}
	}
	shown.Embedded.Triggered.UUID = triggered.UUID
	if triggered.Webhook != "" {
		shown.Links = shown.Links.With("pb:webhook", hal.To(edge.Base(c).Webhook(triggered.Webhook), triggered.WebhookName))
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func joinedLogs(executions []webhooks.Execution) string {
	if len(executions) == 0 {
		return "The webhook has not been sent yet. Ask again in a moment.\n"
	}
	logs := make([]string, len(executions))
	for i, e := range executions {
		logs[i] = e.Logs
	}
	return strings.Join(logs, "\n")
}

// webhookStatus sums up the latest deliveries of a pair.
type webhookStatus struct {
	Summary  statusSummary     `json:"summary"`
	Embedded embeddedTriggered `json:"_embedded"`
	Links    hal.Links         `json:"_links"`
}

type statusSummary struct {
	Successful int `json:"successful"`
	Failed     int `json:"failed"`
	Retrying   int `json:"retrying,omitempty"`
	NotRun     int `json:"notRun,omitempty"`
}

func (a *API) showWebhookStatus(c *gin.Context) error {
	if err := access.Require(c.Request.Context(), a.Deliveries, access.ManageWebhooks, edge.Param(c, "consumer"), edge.Param(c, "provider")); err != nil {
		return err
	}
	ctx := c.Request.Context()
	provider, err := pacticipants.Get(ctx, a.Deliveries, "provider", edge.Param(c, "provider"))
	if err != nil {
		return err
	}
	consumer, err := pacticipants.Get(ctx, a.Deliveries, "consumer", edge.Param(c, "consumer"))
	if err != nil {
		return err
	}
	all, err := a.Deliveries.LatestTriggered(ctx, consumer.ID, provider.ID)
	if err != nil {
		return err
	}
	latest, err := a.Webhooks.SeenDeliveries(ctx, all)
	if err != nil {
		return err
	}
	pact, published, err := a.Pacts.FindPact(ctx, contracts.PactQuery{Consumer: consumer.Name, Provider: provider.Name})
	if err != nil {
		return err
	}
	relations := statusLinks(edge.Base(c), latest, consumer.Name, provider.Name)
	if published {
		relations = relations.With("pb:pact-version", pactLink(edge.Base(c), pact))
	}
	return edge.HAL(c, http.StatusOK, webhookStatus{
		Summary: statusSummary(webhooks.Summarise(latest)), Embedded: a.representTriggered(edge.Base(c), latest), Links: relations,
	})
}

func statusLinks(base links.Base, latest []webhooks.Triggered, consumer, provider string) hal.Links {
	failing := []hal.Link{}
	for _, t := range latest {
		if t.Status == webhooks.Failure || t.Status == webhooks.Retrying {
			failing = append(failing, logsLink(base, t))
		}
	}
	return hal.Links{
		{Name: "self", Value: hal.To(base.WebhookStatus(provider, consumer), "State of the webhooks of the pair")},
		{Name: "pb:error-logs", Value: failing},
		{Name: "pb:pact-webhooks", Value: hal.To(base.PactWebhooks(provider, consumer), "Webhooks of the pair")},
		{Name: "pb:consumer", Value: hal.Named(base.Pacticipant(consumer), "The consumer", consumer)},
		{Name: "pb:provider", Value: hal.Named(base.Pacticipant(provider), "The provider", provider)},
	}
}
