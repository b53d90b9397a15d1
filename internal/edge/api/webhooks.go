package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/webhooks"
)

// webhook is a webhook as shown; secrets are starred before.
type webhook struct {
	UUID        string         `json:"uuid"`
	Description string         `json:"description"`
	Consumer    *webhookSide   `json:"consumer,omitempty"`
	Provider    *webhookSide   `json:"provider,omitempty"`
	Enabled     bool           `json:"enabled"`
	Request     webhookRequest `json:"request"`
	Events      []webhookEvent `json:"events"`
	UpdatedAt   string         `json:"updatedAt,omitempty"`
	CreatedAt   string         `json:"createdAt"`
	Links       hal.Links      `json:"_links"`
}

type webhookSide struct {
	Name  string `json:"name,omitempty"`
	Label string `json:"label,omitempty"`
}

type webhookRequest struct {
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers,omitempty"`
	Body     json.RawMessage   `json:"body,omitempty"`
	Username string            `json:"username,omitempty"`
	Password string            `json:"password,omitempty"`
}

type webhookEvent struct {
	Name events.Type `json:"name"`
}

func representWebhook(base links.Base, w webhooks.Webhook) webhook {
	shown := webhook{
		UUID: w.UUID, Description: w.Name(), Enabled: w.Enabled,
		Consumer: representSide(w.Consumer), Provider: representSide(w.Provider),
		Request:   representRequest(w.Request),
		UpdatedAt: hal.TimeChanged(w.CreatedAt, w.UpdatedAt), CreatedAt: hal.Time(w.CreatedAt), Links: webhookLinks(base, w),
	}
	for _, event := range w.Events {
		shown.Events = append(shown.Events, webhookEvent{event})
	}
	return shown
}

func representRequest(r webhooks.Request) webhookRequest {
	return webhookRequest{Method: r.Method, URL: r.URL, Headers: headerMap(r.Headers), Body: r.Body, Username: r.Username, Password: r.Password}
}

func representSide(side webhooks.Side) *webhookSide {
	if side.Any() {
		return nil
	}
	return &webhookSide{Name: side.Name, Label: side.Label}
}

func headerMap(headers []webhooks.Header) map[string]string {
	values := make(map[string]string, len(headers))
	for _, header := range headers {
		values[header.Name] = header.Value
	}
	return values
}

func webhookLinks(base links.Base, w webhooks.Webhook) hal.Links {
	relations := hal.Links{
		{Name: "self", Value: hal.To(base.Webhook(w.UUID), w.Name())},
		{Name: "pb:execute", Value: hal.To(base.ExecuteWebhook(w.UUID), "Send the webhook now, as a test")},
	}
	relations = sideLink(base, relations, "consumer", w.Consumer)
	relations = sideLink(base, relations, "provider", w.Provider)
	if w.Consumer.Name != "" && w.Provider.Name != "" {
		relations = relations.With("pb:pact-webhooks", hal.To(base.WebhooksOf(w.Provider.Name, w.Consumer.Name), "Webhooks of the pair"))
	}
	return relations.With("pb:webhooks", hal.To(base.Webhooks(), "All webhooks"))
}

func sideLink(base links.Base, relations hal.Links, role string, side webhooks.Side) hal.Links {
	switch {
	case side.Name != "":
		return relations.With("pb:"+role, hal.Named(base.Pacticipant(side.Name), "The "+role, side.Name))
	case side.Label != "":
		return relations.With("pb:"+role+"s", hal.Named(base.PacticipantsWithLabel(side.Label), "Applications with the label", side.Label))
	}
	return relations
}

// webhookSides is what the address says of the sides.
func webhookSides(c *gin.Context) webhooks.SideNames {
	return webhooks.SideNames{Consumer: edge.Param(c, "consumer"), Provider: edge.Param(c, "provider")}
}

func (a *API) listWebhooks(c *gin.Context) error         { return a.listWebhooksOf(c, "Webhooks") }
func (a *API) listProviderWebhooks(c *gin.Context) error { return a.listWebhooksOf(c, "Webhooks") }
func (a *API) listConsumerWebhooks(c *gin.Context) error { return a.listWebhooksOf(c, "Webhooks") }
func (a *API) listPairWebhooks(c *gin.Context) error     { return a.listWebhooksOf(c, "Webhooks") }
func (a *API) listPactWebhooks(c *gin.Context) error     { return a.listWebhooksOf(c, "Pact webhooks") }

func (a *API) listWebhooksOf(c *gin.Context, title string) error {
	found, err := a.Webhooks.List(c.Request.Context(), webhookSides(c))
	if err != nil {
		return err
	}
	base := edge.Base(c)
	all := make([]hal.Link, len(found))
	for i, w := range found {
		all[i] = hal.Named(base.Webhook(w.UUID), w.Scope(), w.Name())
	}
	return edge.HAL(c, http.StatusOK, index{Links: hal.Links{
		{Name: "self", Value: hal.To(edge.Self(c), title)},
		{Name: "pb:create", Value: hal.To(edge.Self(c), "POST to set another webhook")},
		{Name: "pb:webhooks", Value: all},
		{Name: "curies", Value: []hal.Link{{Name: "pb", Href: base.Path("/doc/webhooks-{rel}"), Templated: hal.Templated("", "").Templated}}},
	}})
}

func (a *API) createWebhook(c *gin.Context) error         { return a.createWebhookFor(c) }
func (a *API) createProviderWebhook(c *gin.Context) error { return a.createWebhookFor(c) }
func (a *API) createConsumerWebhook(c *gin.Context) error { return a.createWebhookFor(c) }
func (a *API) createPairWebhook(c *gin.Context) error     { return a.createWebhookFor(c) }
func (a *API) createPactWebhook(c *gin.Context) error     { return a.createWebhookFor(c) }

func (a *API) createWebhookFor(c *gin.Context) error {
	draft, err := readWebhook(c)
	if err != nil {
		return err
	}
	created, err := a.Webhooks.Create(c.Request.Context(), webhookSides(c), draft)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	c.Header("Location", base.Webhook(created.UUID))
	return edge.HAL(c, http.StatusCreated, representWebhook(base, created))
}

func (a *API) showWebhook(c *gin.Context) error {
	w, err := a.Webhooks.Show(c.Request.Context(), edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, representWebhook(edge.Base(c), w))
}

func (a *API) putWebhook(c *gin.Context) error {
	draft, err := readWebhook(c)
	if err != nil {
		return err
	}
	w, created, err := a.Webhooks.Put(c.Request.Context(), edge.Param(c, "uuid"), draft)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return edge.HAL(c, status, representWebhook(edge.Base(c), w))
}

func (a *API) deleteWebhook(c *gin.Context) error {
	if err := a.Webhooks.Delete(c.Request.Context(), edge.Param(c, "uuid")); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
