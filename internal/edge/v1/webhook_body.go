package v1

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/events"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/webhooks"
)

// webhookBody is a webhook as it is sent; openapi.yaml has been held against it.
type webhookBody struct {
	Description string              `json:"description"`
	Consumer    *sideShown          `json:"consumer"`
	Provider    *sideShown          `json:"provider"`
	Events      []events.Type       `json:"events"`
	Filter      map[string][]string `json:"filter"`
	Format      webhooks.Format     `json:"format"`
	Enabled     *bool               `json:"enabled"`
	Request     webhookRequestBody  `json:"request"`
}

type webhookRequestBody struct {
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers"`
	Body     json.RawMessage   `json:"body"`
	Username string            `json:"username"`
	// Password tells null, which removes the password, from nothing, which keeps it.
	Password json.RawMessage `json:"password"`
}

// maxEvents is how many events a webhook may name.
const maxEvents = 200

// readWebhook reads the webhook that was sent.
func readWebhook(c *gin.Context) (webhooks.Draft, error) {
	var body webhookBody
	if err := edge.Decode(c, &body); err != nil {
		return webhooks.Draft{}, err
	}
	return body.draft(), nil
}

func (b webhookBody) draft() webhooks.Draft {
	d := webhooks.Draft{Detailed: true, Webhook: webhooks.Webhook{
		Description: b.Description, Enabled: b.Enabled == nil || *b.Enabled, EventFilter: webhooks.NewEventFilter(b.Filter), Format: b.Format,
	}}
	blame := func(wrong ...fault.Field) { d.Wrong = append(d.Wrong, wrong...) }
	for _, side := range []struct {
		role string
		sent *sideShown
		into *webhooks.Side
	}{{"consumer", b.Consumer, &d.Webhook.Consumer}, {"provider", b.Provider, &d.Webhook.Provider}} {
		if side.sent != nil {
			var wrong []fault.Field
			*side.into, wrong = webhooks.NewSide(side.role, side.sent.Name, side.sent.Label)
			blame(wrong...)
		}
	}
	if len(b.Events) > maxEvents {
		blame(fault.Field{Name: "events", Message: fmt.Sprintf("must not be more than %d", maxEvents)})
	} else {
		d.Webhook.Events = distinct(b.Events)
	}
	var wrong []fault.Field
	d.Webhook.Request, wrong = b.Request.request()
	d.PasswordRemoved = isNull(b.Request.Password)
	blame(wrong...)
	if d.Webhook.Format == "" {
		d.Webhook.Format = webhooks.DefaultFormat(d.Webhook.Request)
	}
	return d
}

// request is the request that was sent, with what is wrong with it.
func (b webhookRequestBody) request() (webhooks.Request, []fault.Field) {
	r := webhooks.Request{Method: b.Method, URL: b.URL, Username: b.Username}
	var wrong []fault.Field
	if b.Headers != nil {
		r.Headers, wrong = webhooks.NewHeaders(b.Headers)
	}
	if b.Body != nil && !isNull(b.Body) {
		r.Body = b.Body
	}
	if b.Password != nil && json.Unmarshal(b.Password, &r.Password) != nil {
		wrong = append(wrong, fault.Field{Name: "request.password", Message: "must be a string"})
	}
	return r, wrong
}

func isNull(value json.RawMessage) bool { return string(value) == "null" }

// distinct returns each event once, in the order in which they first stand.
func distinct(all []events.Type) []events.Type {
	var once []events.Type
	for _, event := range all {
		if !slices.Contains(once, event) {
			once = append(once, event)
		}
	}
	return once
}
