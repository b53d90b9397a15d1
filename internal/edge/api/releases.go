package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// releasedVersion is how a release is shown.
type releasedVersion struct {
	UUID               string    `json:"uuid"`
	CurrentlySupported bool      `json:"currentlySupported"`
	SupportEndedAt     string    `json:"supportEndedAt,omitempty"`
	UpdatedAt          string    `json:"updatedAt,omitempty"`
	CreatedAt          string    `json:"createdAt"`
	Embedded           *recorded `json:"_embedded,omitempty"`
	Links              hal.Links `json:"_links"`
}

// releasedList is how lists of releases are shown.
type releasedList struct {
	Embedded struct {
		ReleasedVersions []releasedVersion `json:"releasedVersions"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

func (a *API) recordRelease(c *gin.Context) error {
	v, e, err := a.versionAndEnvironment(c)
	if err != nil {
		return err
	}
	if err := edge.RequireMedia(c); err != nil {
		return err
	}
	r, created, err := a.Deploying.Release(c.Request.Context(), e, v)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	shown := representReleased(base, r, embedRecord(base, r.Pacticipant, r.Number, &e))
	if created {
		return edge.Created(c, base.ReleasedVersion(r.UUID), shown)
	}
	c.Header("Location", base.ReleasedVersion(r.UUID))
	return edge.HAL(c, http.StatusOK, shown)
}

func (a *API) showReleasedVersion(c *gin.Context) error {
	r, err := a.releasedVersion(c)
	if err != nil {
		return err
	}
	return a.writeReleased(c, r)
}

// releasedVersion is the release that the address names.
func (a *API) releasedVersion(c *gin.Context) (deployments.Released, error) {
	uuid := edge.Param(c, "uuid")
	r, found, err := a.Deployments.ReleasedByUUID(c.Request.Context(), uuid)
	if err == nil && !found {
		err = fault.Missing("no released version %s", uuid)
	}
	return r, err
}

func (a *API) updateReleasedVersion(c *gin.Context) error {
	r, err := a.releasedVersion(c)
	if err != nil {
		return err
	}
	properties, err := edge.Object(c)
	if err != nil {
		return err
	}
	ends, err := readEnding(properties, "currentlySupported")
	if err != nil {
		return err
	}
	if ends {
		if r, err = a.Deploying.EndSupport(c.Request.Context(), r.UUID); err != nil {
			return err
		}
	}
	return a.writeReleased(c, r)
}

func (a *API) writeReleased(c *gin.Context, r deployments.Released) error {
	e, err := a.environmentByID(c.Request.Context(), r.EnvironmentID)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	return edge.HAL(c, http.StatusOK, representReleased(base, r, embedRecord(base, r.Pacticipant, r.Number, e)))
}

func (a *API) listReleasedVersions(c *gin.Context) error {
	v, e, err := a.versionAndEnvironment(c)
	if err != nil {
		return err
	}
	return a.writeReleasedList(c, deployments.ReleasedQuery{EnvironmentID: e.ID, VersionIDs: []int64{v.ID}}, false)
}

func (a *API) listCurrentlySupportedVersions(c *gin.Context) error {
	e, err := a.environment(c)
	if err != nil {
		return err
	}
	query := deployments.ReleasedQuery{EnvironmentID: e.ID, Supported: true, OldestFirst: true}
	if query.PacticipantIDs, err = a.filterByPacticipant(c); err != nil {
		return err
	}
	query.Number, _ = edge.QueryValue(c, "version")
	return a.writeReleasedList(c, query, true)
}

func (a *API) writeReleasedList(c *gin.Context, query deployments.ReleasedQuery, embed bool) error {
	found, err := a.Deployments.Released(c.Request.Context(), query)
	if err != nil {
		return err
	}
	base := edge.Base(c)
	list := releasedList{Links: hal.Links{{Name: "self", Value: hal.To(edge.SelfWithQuery(c), "Released versions")}}}
	list.Embedded.ReleasedVersions = []releasedVersion{}
	for _, r := range found {
		var about *recorded
		if embed {
			about = embedRecord(base, r.Pacticipant, r.Number, nil)
		}
		list.Embedded.ReleasedVersions = append(list.Embedded.ReleasedVersions, representReleased(base, r, about))
	}
	return edge.HAL(c, http.StatusOK, list)
}

func representReleased(base links.Base, r deployments.Released, about *recorded) releasedVersion {
	shown := releasedVersion{
		UUID: r.UUID, CurrentlySupported: r.Supported, UpdatedAt: hal.TimeChanged(r.CreatedAt, r.UpdatedAt), CreatedAt: hal.Time(r.CreatedAt),
		Embedded: about, Links: hal.Links{{Name: "self", Value: hal.Link{Href: base.ReleasedVersion(r.UUID)}}},
	}
	if r.SupportEndedAt != nil {
		shown.SupportEndedAt = hal.Time(*r.SupportEndedAt)
	}
	return shown
}
