package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// label is how a label of an application is shown.
type label struct {
	Name      string    `json:"name"`
	UpdatedAt string    `json:"updatedAt,omitempty"`
	CreatedAt string    `json:"createdAt"`
	Links     hal.Links `json:"_links"`
}

// labelList is how the labels in use are shown.
type labelList struct {
	Page     *edge.PageObject `json:"page,omitempty"`
	Embedded struct {
		Labels []labelName `json:"labels"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

type labelName struct {
	Name string `json:"name"`
}

func (a *API) listLabels(c *gin.Context) error {
	page, err := edge.PageOf(c)
	if err != nil {
		return err
	}
	names, total, err := a.PacticipantLists.Labels(c.Request.Context(), page.Limit(), page.Offset())
	if err != nil {
		return err
	}
	list := labelList{Page: page.Object(total), Links: hal.Paging(c, hal.Links{{Name: "self", Value: hal.To(edge.Base(c).Labels(), "Labels")}}, page, total)}
	list.Embedded.Labels = []labelName{}
	for _, name := range names {
		list.Embedded.Labels = append(list.Embedded.Labels, labelName{name})
	}
	return edge.HAL(c, http.StatusOK, list)
}

func (a *API) showLabel(c *gin.Context) error {
	name := edge.Param(c, "label")
	p, found, err := a.PacticipantLists.FindPacticipant(c.Request.Context(), edge.Param(c, "pacticipant"))
	if err != nil {
		return err
	}
	if !found {
		return fault.Missing("no label %s", name)
	}
	l, found, err := a.PacticipantLists.FindLabel(c.Request.Context(), p, name)
	if err != nil {
		return err
	}
	if !found {
		return fault.Missing("no label %s", name)
	}
	return edge.HAL(c, http.StatusOK, representLabel(edge.Base(c), p.Name, l))
}

func (a *API) addLabel(c *gin.Context) error {
	if err := edge.RequireMedia(c); err != nil {
		return err
	}
	name := edge.Param(c, "pacticipant")
	l, created, err := a.Pacticipants.AddLabel(c.Request.Context(), name, edge.Param(c, "label"))
	if err != nil {
		return err
	}
	shown := representLabel(edge.Base(c), name, l)
	if created {
		return edge.Created(c, edge.Base(c).Label(name, l.Name), shown)
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func (a *API) removeLabel(c *gin.Context) error {
	removed, err := a.Pacticipants.RemoveLabel(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "label"))
	if err != nil {
		return err
	}
	if !removed {
		return fault.Missing("no label %s", edge.Param(c, "label"))
	}
	return edge.NoContent(c)
}

// checkAddress refuses names in the address under which nothing can be kept.
func checkAddress(parameters ...string) edge.HandlerFunc {
	return func(c *gin.Context) error { return checkNames(c, parameters...) }
}

// checkSeen refuses names in the address of a list of which nothing is to be seen:
// nothing has them, and whoever asks for one has lost the name on the way.
func checkSeen(parameter string) edge.HandlerFunc {
	return func(c *gin.Context) error {
		if pacticipants.LooksBlank(edge.Param(c, parameter)) {
			return fault.InvalidField(parameter, "cannot be blank")
		}
		return nil
	}
}

func representLabel(base links.Base, pacticipant string, l pacticipants.Label) label {
	return label{
		Name: l.Name, UpdatedAt: hal.TimeChanged(l.CreatedAt, l.UpdatedAt), CreatedAt: hal.Time(l.CreatedAt),
		Links: hal.Links{
			{Name: "self", Value: hal.Named(base.Label(pacticipant, l.Name), "Label", l.Name)},
			{Name: "pacticipant", Value: hal.Named(base.Pacticipant(pacticipant), "Application", pacticipant)},
		},
	}
}
