package api

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
)

// Probe reports whether something that the broker needs answers.
type Probe func(context.Context) error

// heartbeat tells that the broker answers.
type heartbeat struct {
	OK    bool      `json:"ok"`
	Links hal.Links `json:"_links"`
}

func (a *API) showHeartbeat(c *gin.Context) error {
	return edge.HAL(c, http.StatusOK, heartbeat{OK: true, Links: hal.Links{{Name: "self", Value: hal.Link{Href: edge.Base(c).Heartbeat()}}}})
}

// dependency is the state of one thing that the broker needs.
type dependency struct {
	OK    bool         `json:"ok"`
	Error *probeFailed `json:"error,omitempty"`
}

type probeFailed struct {
	Message string `json:"message"`
}

// showDependencies answers 500 if anything that the broker needs is down, so
// that load balancers see it.
func (a *API) showDependencies(c *gin.Context) error {
	status := http.StatusOK
	states := map[string]any{"_links": hal.Links{{Name: "self", Value: hal.Link{Href: edge.Base(c).Dependencies()}}}}
	for name, probe := range a.Dependencies {
		state := dependency{OK: true}
		if err := probe(c.Request.Context()); err != nil {
			edge.Report(c, err)
			state = dependency{Error: &probeFailed{Message: err.Error()}}
			status = http.StatusInternalServerError
		}
		states[name] = state
	}
	return edge.HAL(c, status, states)
}
