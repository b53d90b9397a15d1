package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/contracts"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
)

// removedPacts tells where to go on once pacts are gone.
type removedPacts struct {
	Links hal.Links `json:"_links"`
}

func (a *API) deletePact(c *gin.Context) error {
	which := pair(c)
	left, err := a.Contracts.RemovePact(c.Request.Context(), which.Consumer, which.Provider, edge.Param(c, "number"))
	if err != nil {
		return err
	}
	return tellRemoved(c, left)
}

func (a *API) deletePactVersions(c *gin.Context) error {
	which := pair(c)
	if _, err := a.Contracts.RemovePacts(c.Request.Context(), which.Consumer, which.Provider, contracts.Query{}); err != nil {
		return err
	}
	return edge.NoContent(c)
}

func (a *API) deletePactsWithTag(c *gin.Context) error {
	return a.deletePacts(c, contracts.Query{Tag: edge.Param(c, "tag")})
}

func (a *API) deletePactsOnBranch(c *gin.Context) error {
	return a.deletePacts(c, contracts.Query{Branch: edge.Param(c, "branch")})
}

func (a *API) deletePactsOnMainBranch(c *gin.Context) error {
	return a.deletePacts(c, contracts.Query{MainBranch: true})
}

func (a *API) deleteLatestPactsOnBranch(c *gin.Context) error {
	return a.deletePacts(c, contracts.Query{Branch: edge.Param(c, "branch"), HeadsOnly: true})
}

func (a *API) deleteLatestPactsOnMainBranch(c *gin.Context) error {
	return a.deletePacts(c, contracts.Query{MainBranch: true, HeadsOnly: true})
}

// deletePacts deletes what GET lists at the same address, and nothing else.
func (a *API) deletePacts(c *gin.Context, which contracts.Query) error {
	at := pair(c)
	left, err := a.Contracts.RemovePacts(c.Request.Context(), at.Consumer, at.Provider, which)
	if err != nil {
		return err
	}
	return tellRemoved(c, left)
}

func tellRemoved(c *gin.Context, left bool) error {
	base, at := edge.Base(c), pair(c)
	removed := removedPacts{Links: hal.Links{{Name: "index", Value: hal.Link{Href: base.Index()}}}}
	if left {
		removed.Links = removed.Links.With("pb:latest-pact-version", hal.To(base.LatestPact(at.Provider, at.Consumer), "Latest pact of the pair"))
	}
	return edge.HAL(c, http.StatusOK, removed)
}
