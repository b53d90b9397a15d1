package api

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/pacticipants"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/versions"
)

// branch is how a branch is shown.
type branch struct {
	Name      string    `json:"name"`
	UpdatedAt string    `json:"updatedAt,omitempty"`
	CreatedAt string    `json:"createdAt"`
	Links     hal.Links `json:"_links"`
}

// branchList is how lists of branches are shown.
type branchList struct {
	Page     *edge.PageObject `json:"page"`
	Embedded struct {
		Branches []branch `json:"branches"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

// branchVersion is how the membership of a version in a branch is shown.
type branchVersion struct {
	UpdatedAt string    `json:"updatedAt,omitempty"`
	CreatedAt string    `json:"createdAt"`
	Links     hal.Links `json:"_links"`
}

func (a *API) listBranches(c *gin.Context) error {
	page, err := edge.PageOf(c)
	if err != nil {
		return err
	}
	page = page.Always()
	p, err := a.pacticipant(c)
	if err != nil {
		return err
	}
	search, err := edge.Search(c)
	if err != nil {
		return err
	}
	found, total, err := a.VersionLists.Branches(c.Request.Context(), p, search, page.Limit(), page.Offset())
	if err != nil {
		return err
	}
	base := edge.Base(c)
	list := branchList{Page: page.Object(total)}
	list.Embedded.Branches = []branch{}
	entries := []hal.Link{}
	for _, b := range found {
		list.Embedded.Branches = append(list.Embedded.Branches, representBranch(base, p.Name, b))
		entries = append(entries, hal.Link{Name: b.Name, Href: base.Branch(p.Name, b.Name)})
	}
	list.Links = hal.Paging(c, hal.Links{{Name: "self", Value: hal.To(edge.SelfWithQuery(c), "Branches")}, {Name: "pb:branches", Value: entries}}, page, total)
	return edge.HAL(c, http.StatusOK, list)
}

func (a *API) deleteBranches(c *gin.Context) error {
	removed, left, err := a.Versions.DeleteBranches(c.Request.Context(), edge.Param(c, "pacticipant"), edge.QueryValues(c, "exclude[]"))
	if err != nil {
		return err
	}
	text := fmt.Sprintf("Deleted %d branches; remaining: %d. Their versions stay.", removed, left)
	return edge.HAL(c, http.StatusAccepted, map[string][]notice{"notices": {{"success", text}}})
}

func (a *API) showBranch(c *gin.Context) error {
	p, b, err := a.branch(c)
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, representBranch(edge.Base(c), p.Name, b))
}

// branch is the branch that the address names, with its application.
func (a *API) branch(c *gin.Context) (pacticipants.Pacticipant, versions.Branch, error) {
	p, found, err := a.PacticipantLists.FindPacticipant(c.Request.Context(), edge.Param(c, "pacticipant"))
	if err != nil {
		return p, versions.Branch{}, err
	}
	b := versions.Branch{}
	if found {
		b, found, err = a.VersionLists.FindBranch(c.Request.Context(), p, edge.Param(c, "branch"))
	}
	if err == nil && !found {
		err = fault.Missing("no branch %s", edge.Param(c, "branch"))
	}
	return p, b, err
}

func (a *API) deleteBranch(c *gin.Context) error {
	if err := a.Versions.DeleteBranch(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "branch")); err != nil {
		return err
	}
	return edge.NoContent(c)
}

func (a *API) showBranchVersion(c *gin.Context) error {
	v, err := a.version(c)
	if err != nil {
		return err
	}
	memberships, err := a.VersionLists.BranchesOf(c.Request.Context(), v.ID)
	if err != nil {
		return err
	}
	for _, b := range memberships {
		if b.Branch == edge.Param(c, "branch") {
			return edge.HAL(c, http.StatusOK, representBranchVersion(edge.Base(c), v.Pacticipant, v.Number, b))
		}
	}
	return fault.Missing("version %s is not on branch %s", v.Number, edge.Param(c, "branch"))
}

func (a *API) addBranchVersion(c *gin.Context) error {
	if err := edge.RequireMedia(c); err != nil {
		return err
	}
	pacticipant, number, base := edge.Param(c, "pacticipant"), edge.Param(c, "number"), edge.Base(c)
	b, created, err := a.Versions.PutOnBranch(c.Request.Context(), pacticipant, number, edge.Param(c, "branch"))
	if err != nil {
		return err
	}
	shown := representBranchVersion(base, pacticipant, number, b)
	if created {
		return edge.Created(c, base.BranchVersion(pacticipant, b.Branch, number), shown)
	}
	return edge.HAL(c, http.StatusOK, shown)
}

func (a *API) removeBranchVersion(c *gin.Context) error {
	if err := a.Versions.TakeOffBranch(c.Request.Context(), edge.Param(c, "pacticipant"), edge.Param(c, "number"), edge.Param(c, "branch")); err != nil {
		return err
	}
	return edge.NoContent(c)
}

func representBranch(base links.Base, pacticipant string, b versions.Branch) branch {
	return branch{
		Name: b.Name, UpdatedAt: hal.TimeChanged(b.CreatedAt, b.UpdatedAt), CreatedAt: hal.Time(b.CreatedAt),
		Links: hal.Links{
			{Name: "self", Value: hal.To(base.Branch(pacticipant, b.Name), "Branch")},
			{Name: "pb:latest-version", Value: hal.To(base.LatestVersionOnBranch(pacticipant, b.Name), "Head of the branch")},
		},
	}
}

func representBranchVersion(base links.Base, pacticipant, number string, b versions.BranchVersion) branchVersion {
	return branchVersion{
		UpdatedAt: hal.TimeChanged(b.CreatedAt, b.UpdatedAt), CreatedAt: hal.Time(b.CreatedAt),
		Links: hal.Links{
			{Name: "self", Value: hal.To(base.BranchVersion(pacticipant, b.Branch, number), "Branch version")},
			{Name: "pb:branch", Value: hal.Named(base.Branch(pacticipant, b.Branch), "Branch", b.Branch)},
			{Name: "pb:version", Value: hal.Named(base.Version(pacticipant, number), "Version", number)},
		},
	}
}
