package v1

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// webhookShown is how the own API shows a webhook; secrets are starred before.
type webhookShown struct {
	ID          string              `json:"id"`
	Description string              `json:"description"`
	Consumer    *sideShown          `json:"consumer"`
	Provider    *sideShown          `json:"provider"`
	Events      []events.Type       `json:"events"`
	Filter      map[string][]string `json:"filter"`
	Format      webhooks.Format     `json:"format"`
	Enabled     bool                `json:"enabled"`
	Paused      bool                `json:"paused"`
	Request     requestShown        `json:"request"`
	SigningKeys []signingKeyShown   `json:"signing_keys"`
	CreatedAt   string              `json:"created_at"`
	UpdatedAt   string              `json:"updated_at"`
}

type sideShown struct {
	Name  string `json:"name,omitempty"`
	Label string `json:"label,omitempty"`
}

type requestShown struct {
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers,omitempty"`
	Body     json.RawMessage   `json:"body,omitempty"`
	Username string            `json:"username,omitempty"`
	Password string            `json:"password,omitempty"`
}

type signingKeyShown struct {
	ID        string `json:"id"`
	Secret    string `json:"secret,omitempty"`
	CreatedAt string `json:"created_at"`
}

func representWebhook(w webhooks.Detailed) webhookShown {
	shown := webhookShown{
		ID: w.UUID, Description: w.Name(), Consumer: representSide(w.Consumer), Provider: representSide(w.Provider),
		Events: w.Events, Filter: representEventFilter(w.EventFilter), Format: w.Format, Enabled: w.Enabled, Paused: w.Paused, Request: representRequest(w.Request),
		SigningKeys: make([]signingKeyShown, len(w.SigningKeys)), CreatedAt: instant(w.CreatedAt), UpdatedAt: instant(w.UpdatedAt),
	}
	for i, key := range w.SigningKeys {
		shown.SigningKeys[i] = representKey(key)
	}
	return shown
}

func representSide(side webhooks.Side) *sideShown {
	if side.Any() {
		return nil
	}
	return &sideShown{Name: side.Name, Label: side.Label}
}

func representRequest(r webhooks.Request) requestShown {
	headers := make(map[string]string, len(r.Headers))
	for _, header := range r.Headers {
		headers[header.Name] = header.Value
	}
	return requestShown{Method: r.Method, URL: r.URL, Headers: headers, Body: r.Body, Username: r.Username, Password: r.Password}
}

// representEventFilter shows all lists, also those without entries.
func representEventFilter(filter webhooks.EventFilter) map[string][]string {
	shown := filter.Lists()
	for name, list := range shown {
		if list == nil {
			shown[name] = []string{}
		}
	}
	return shown
}

func representKey(key webhooks.SigningKey) signingKeyShown {
	return signingKeyShown{ID: key.ID, Secret: key.Secret, CreatedAt: instant(key.CreatedAt)}
}

func (a *API) listWebhooks(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	after, err := part.afterID()
	if err != nil {
		return err
	}
	query := webhooks.DetailedQuery{After: after, Limit: part.Limit + 1}
	query.Consumer, _ = edge.QueryValue(c, "consumer")
	query.Provider, _ = edge.QueryValue(c, "provider")
	if query.Event, err = eventAsked(c); err != nil {
		return err
	}
	team, asked, err := a.teamAsked(c)
	if err != nil {
		return err
	}
	if asked {
		owned, err := a.Directory.ApplicationsOf(c.Request.Context(), team)
		if err != nil {
			return err
		}
		query.Of = webhooks.SideOf(owned, team.Labels)
	}
	found, err := a.Webhooks.ListDetailed(c.Request.Context(), query)
	if err != nil {
		return err
	}
	return answerPart(c, part, found, func(w webhooks.Detailed) int64 { return w.ID }, representWebhook)
}

// eventAsked is the event that the query names. It returns an Invalid fault for
// one that there is not.
func eventAsked(c *gin.Context) (events.Type, error) {
	name, given := edge.QueryValue(c, "event")
	if event := events.Type(name); !given || event.Known() {
		return event, nil
	}
	return "", fault.InvalidField("event", "is none that the broker announces")
}

func (a *API) createWebhook(c *gin.Context) error {
	draft, err := readWebhook(c)
	if err != nil {
		return err
	}
	created, err := a.Webhooks.CreateDetailed(c.Request.Context(), draft)
	if err != nil {
		return err
	}
	c.Header("Location", edge.Base(c).Path(v1+"/webhooks/"+created.UUID))
	return edge.HAL(c, http.StatusCreated, representWebhook(created))
}

func (a *API) showWebhook(c *gin.Context) error {
	return a.answerWebhook(c, a.Webhooks.ShowDetailed)
}

func (a *API) pauseWebhook(c *gin.Context) error {
	return a.answerWebhook(c, a.Webhooks.Pause)
}

func (a *API) resumeWebhook(c *gin.Context) error {
	return a.answerWebhook(c, a.Webhooks.Resume)
}

// answerWebhook shows what an operation returns for the webhook of the address.
func (a *API) answerWebhook(c *gin.Context, operation func(ctx context.Context, uuid string) (webhooks.Detailed, error)) error {
	w, err := operation(c.Request.Context(), edge.Param(c, "uuid"))
	if err != nil {
		return err
	}
	edge.LastModified(c, w.UpdatedAt)
	return edge.HAL(c, http.StatusOK, representWebhook(w))
}

func (a *API) putWebhook(c *gin.Context) error {
	draft, err := readWebhook(c)
	if err != nil {
		return err
	}
	w, created, err := a.Webhooks.PutDetailed(c.Request.Context(), edge.Param(c, "uuid"), draft)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return edge.HAL(c, status, representWebhook(w))
}

// signingKeyBody is what is sent to add a signing key.
type signingKeyBody struct {
	Secret string `json:"secret"`
}

func (a *API) addSigningKey(c *gin.Context) error {
	var body signingKeyBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	key, err := a.Webhooks.AddSigningKey(c.Request.Context(), edge.Param(c, "uuid"), body.Secret)
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusCreated, representKey(key))
}

func (a *API) removeSigningKey(c *gin.Context) error {
	if err := a.Webhooks.RemoveSigningKey(c.Request.Context(), edge.Param(c, "uuid"), edge.Param(c, "key")); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func (a *API) deleteWebhook(c *gin.Context) error {
	if err := a.Webhooks.Delete(c.Request.Context(), edge.Param(c, "uuid")); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
