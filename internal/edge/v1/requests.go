package v1

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/requests"
)

// requestHistory is how the own API shows what happened to a request.
type requestHistory struct {
	ID      string           `json:"id"`
	Answers []answerShown    `json:"answers"`
	Facts   []map[string]any `json:"facts"`
	// Deliveries is null for who may not see webhooks, and tells of those that one may see.
	Deliveries []webhookDeliveryShown `json:"deliveries"`
	More       bool                   `json:"more"`
}

type answerShown struct {
	ReceivedAt  string  `json:"received_at"`
	TookMS      float64 `json:"took_ms"`
	Method      string  `json:"method"`
	Path        string  `json:"path"`
	Operation   string  `json:"operation"`
	Actor       *string `json:"actor"`
	Traceparent *string `json:"traceparent"`
	Status      int     `json:"status"`
	Code        *string `json:"code"`
	Replayed    bool    `json:"replayed"`
}

func (a *API) showRequest(c *gin.Context) error {
	id := edge.Param(c, "request")
	if err := a.Requests.Store(c.Request.Context()); err != nil {
		return err
	}
	return edge.AnswerInOneView(c, func(c *gin.Context) error { return a.showHistory(c, id) })
}

func (a *API) showHistory(c *gin.Context, id string) error {
	history, err := a.Requests.Find(c.Request.Context(), id, toldTo(access.Of(c.Request.Context())))
	if err != nil {
		return err
	}
	shown := requestHistory{ID: id, Answers: make([]answerShown, len(history.Completed)), Facts: make([]map[string]any, len(history.Facts)), More: history.More}
	for i, completed := range history.Completed {
		shown.Answers[i] = representAnswer(completed)
	}
	for i, fact := range history.Facts {
		shown.Facts[i] = fact.CloudEvent(string(edge.Base(c)))
	}
	if !access.Of(c.Request.Context()).Allows(access.ManageWebhooks) {
		return edge.HAL(c, http.StatusOK, shown)
	}
	deliveries, err := a.Webhooks.SeenDeliveries(c.Request.Context(), history.Deliveries)
	if err != nil {
		return err
	}
	shown.Deliveries = make([]webhookDeliveryShown, len(deliveries))
	for i, delivery := range deliveries {
		shown.Deliveries[i] = a.representDelivery(delivery)
	}
	return edge.HAL(c, http.StatusOK, shown)
}

// toldTo says which requests somebody is told of, by what these needed: of those about
// webhooks, their secrets, and who may do what, who may do so to everything.
func toldTo(p access.Principal) func(action string) bool {
	return func(action string) bool {
		switch needed := access.Action(action); needed {
		case "":
			return p.AllowsAll(access.Administer)
		case access.ManageWebhooks, access.Administer:
			return p.AllowsAll(needed)
		default:
			return true
		}
	}
}

func representAnswer(a requests.Completed) answerShown {
	return answerShown{
		ReceivedAt: instant(a.ReceivedAt), TookMS: float64(a.Took.Microseconds()) / 1000, Method: a.Method, Path: a.Path, Operation: a.Operation,
		Actor: unlessEmpty(a.Actor), Traceparent: unlessEmpty(a.Traceparent), Status: a.Status, Code: unlessEmpty(a.Code), Replayed: a.Replayed,
	}
}
