package api

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/webhooks"
)

// webhookTest is what a test run did.
type webhookTest struct {
	Error    *probeFailed     `json:"error,omitempty"`
	Request  webhookSent      `json:"request"`
	Response *webhookResponse `json:"response,omitempty"`
	Message  string           `json:"message,omitempty"`
	Logs     string           `json:"logs"`
	Success  bool             `json:"success"`
	Links    hal.Links        `json:"_links"`
}

type webhookSent struct {
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body,omitempty"`
	URL     string            `json:"url"`
}

type webhookResponse struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body"`
}

func (a *API) testWebhook(c *gin.Context) error {
	uuid, base := edge.Param(c, "uuid"), edge.Base(c)
	outcome, err := a.Webhooks.Test(c.Request.Context(), uuid)
	if err != nil {
		return err
	}
	return a.tellTest(c, outcome, hal.Links{
		{Name: "webhook", Value: hal.Link{Href: base.Webhook(uuid)}},
		{Name: "try-again", Value: hal.To(base.ExecuteWebhook(uuid), "Send the webhook again")},
	})
}

func (a *API) testUnsavedWebhook(c *gin.Context) error {
	draft, err := readWebhook(c)
	if err != nil {
		return err
	}
	outcome, err := a.Webhooks.TestUnsaved(c.Request.Context(), draft)
	if err != nil {
		return err
	}
	return a.tellTest(c, outcome, hal.Links{{Name: "try-again", Value: hal.To(edge.Base(c).ExecuteUnsavedWebhook(), "Send the webhook again")}})
}

// tellTest answers 200 whatever came of the call; the answer says it.
func (a *API) tellTest(c *gin.Context, outcome webhooks.Outcome, relations hal.Links) error {
	told := webhookTest{
		Request: webhookSent{Headers: headerMap(outcome.Sent.Headers), Body: jsonOrText(outcome.Sent.Body), URL: outcome.Sent.Path},
		Logs:    outcome.Logs, Success: outcome.Success, Links: relations,
	}
	if outcome.Failure != "" {
		told.Error = &probeFailed{Message: outcome.Failure}
	}
	if r := outcome.Response; r != nil {
		told.Response = &webhookResponse{Status: r.Status, Headers: headerMap(r.Headers), Body: jsonOrText([]byte(r.Body))}
		if told.Response.Body == nil {
			told.Response.Body = ""
		}
	}
	if !a.Webhooks.ShowsResponses() {
		told.Message = webhooks.ResponsesHidden
	}
	return edge.HAL(c, http.StatusOK, told)
}

// jsonOrText shows a body as JSON if it is an object or an array, as text
// otherwise, and not at all if it is empty.
func jsonOrText(body []byte) any {
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return nil
	case len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(trimmed):
		return json.RawMessage(trimmed)
	}
	return string(body)
}
