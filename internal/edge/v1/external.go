package v1

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pacticipants"
)

// externalBody is what is sent to mark an application as external.
type externalBody struct {
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

type externalShown struct {
	Application string `json:"application"`
	Since       string `json:"since"`
	Reason      string `json:"reason"`
}

func (a *API) markExternal(c *gin.Context) error {
	var body externalBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	p, e, err := a.Pacticipants.MarkExternal(c.Request.Context(), edge.Param(c, "pacticipant"), pacticipants.External{Since: body.Since, Reason: body.Reason})
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, representExternal(p.Name, e))
}

func (a *API) showExternal(c *gin.Context) error {
	p, e, err := a.Pacticipants.External(c.Request.Context(), edge.Param(c, "pacticipant"))
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, representExternal(p.Name, e))
}

func (a *API) unmarkExternal(c *gin.Context) error {
	if err := a.Pacticipants.UnmarkExternal(c.Request.Context(), edge.Param(c, "pacticipant")); err != nil {
		return err
	}
	return edge.NoContent(c)
}

func representExternal(name string, e pacticipants.External) externalShown {
	return externalShown{Application: name, Since: instant(e.Since), Reason: e.Reason}
}

// instant is how the own API shows times: RFC 3339 in UTC.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }
