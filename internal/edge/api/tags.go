package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/versions"
)

// tag is how a tag of a version is shown.
type tag struct {
	Name      string    `json:"name"`
	UpdatedAt string    `json:"updatedAt,omitempty"`
	CreatedAt string    `json:"createdAt"`
	Links     hal.Links `json:"_links"`
}

func (a *API) showTag(c *gin.Context) error {
	v, err := a.version(c)
	if err != nil {
		return err
	}
	t, found, err := a.VersionLists.FindTag(c.Request.Context(), v, edge.Param(c, "tag"))
	if err != nil {
		return err
	}
	if !found {
		return fault.Missing("version %s has no tag %s", v.Number, edge.Param(c, "tag"))
	}
	return edge.HAL(c, http.StatusOK, representTag(edge.Base(c), v.Pacticipant, v.Number, t))
}

func (a *API) addTag(c *gin.Context) error {
	if err := edge.RequireMedia(c); err != nil {
		return err
	}
	pacticipant, number, base := edge.Param(c, "pacticipant"), edge.Param(c, "number"), edge.Base(c)
	t, created, err := a.Versions.PutTag(c.Request.Context(), pacticipant, number, edge.Param(c, "tag"))
	if err != nil {
		return err
	}
	shown := representTag(base, pacticipant, number, t)
	if created {
		return edge.Created(c, base.Tag(pacticipant, number, t.Name), shown)
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func (a *API) removeTag(c *gin.Context) error {
	if err := a.Versions.RemoveTag(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "number"), edge.Param(c, "tag")); err != nil {
		return err
	}
	return edge.NoContent(c)
}

func representTag(base links.Base, pacticipant, number string, t versions.Tag) tag {
	return tag{
		Name: t.Name, UpdatedAt: hal.TimeChanged(t.CreatedAt, t.UpdatedAt), CreatedAt: hal.Time(t.CreatedAt),
		Links: hal.Links{
			{Name: "self", Value: hal.Named(base.Tag(pacticipant, number, t.Name), "Tag", t.Name)},
			{Name: "version", Value: hal.Named(base.Version(pacticipant, number), "Version", number)},
			{Name: "pacticipant", Value: hal.Named(base.Pacticipant(pacticipant), "Application", pacticipant)},
		},
	}
}
