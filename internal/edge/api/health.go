package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// stateShown is how the broker is doing, for what watches over it.
type stateShown struct {
	Status string `json:"status"`
}

// showLife tells that the process answers. It asks nothing of the database: what
// restarts the broker when this fails would not help that.
func (a *API) showLife(c *gin.Context) error {
	return edge.HAL(c, http.StatusOK, stateShown{"ok"})
}

// showReadiness reports whether the broker can serve now, so that a load balancer sends
// its requests elsewhere if not.
func (a *API) showReadiness(c *gin.Context) error {
	if a.Ready == nil {
		return a.showLife(c)
	}
	if err := a.Ready(c.Request.Context()); err != nil {
		if fault.Is(err, fault.Unavailable) {
			return err
		}
		return fault.New(fault.Unavailable, "The broker cannot use its database now.").Because(err)
	}
	return edge.HAL(c, http.StatusOK, stateShown{"ready"})
}
