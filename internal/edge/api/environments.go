package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/deployments"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/edge/hal"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/links"
)

// environment is how an environment is shown.
type environment struct {
	UUID        string     `json:"uuid"`
	Name        string     `json:"name"`
	DisplayName string     `json:"displayName"`
	Production  bool       `json:"production"`
	Contacts    *[]contact `json:"contacts,omitempty"`
	UpdatedAt   string     `json:"updatedAt,omitempty"`
	CreatedAt   string     `json:"createdAt"`
	Links       hal.Links  `json:"_links"`
}

type contact struct {
	Name    string          `json:"name"`
	Details json.RawMessage `json:"details,omitempty"`
}

// environmentList is how lists of environments are shown.
type environmentList struct {
	Embedded struct {
		Environments []environment `json:"environments"`
	} `json:"_embedded"`
	Links hal.Links `json:"_links"`
}

func (a *API) listEnvironments(c *gin.Context) error {
	all, err := a.Deployments.Environments(c.Request.Context())
	if err != nil {
		return err
	}
	base := edge.Base(c)
	name, filtered := edge.QueryValue(c, "name")
	var list environmentList
	list.Embedded.Environments = []environment{}
	entries := []hal.Link{}
	for _, e := range all {
		if filtered && name != "" && e.Name != name {
			continue
		}
		list.Embedded.Environments = append(list.Embedded.Environments, representEnvironment(base, e))
		entries = append(entries, hal.Named(base.Environment(e.UUID), "Environment", e.Name))
	}
	list.Links = hal.Links{{Name: "self", Value: hal.To(base.Environments(), "Environments")}, {Name: "pb:environments", Value: entries}}
	return edge.HAL(c, http.StatusOK, list)
}

func (a *API) showEnvironment(c *gin.Context) error {
	e, err := a.environment(c)
	if err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, representEnvironment(edge.Base(c), e))
}

// environment is the environment that the address names.
func (a *API) environment(c *gin.Context) (deployments.Environment, error) {
	uuid := edge.Param(c, "uuid")
	e, found, err := a.Deployments.EnvironmentByUUID(c.Request.Context(), uuid)
	if err == nil && !found {
		err = fault.Missing("no environment %s", uuid)
	}
	return e, err
}

func (a *API) createEnvironment(c *gin.Context) error {
	e, err := bodyOf[deployments.Environment](c)
	if err != nil {
		return err
	}
	if e, err = a.Deploying.Create(c.Request.Context(), e); err != nil {
		return err
	}
	base := edge.Base(c)
	return edge.Created(c, base.Environment(e.UUID), representEnvironment(base, e))
}

func (a *API) replaceEnvironment(c *gin.Context) error {
	before, err := a.environment(c)
	if err != nil {
		return err
	}
	e, err := bodyOf[deployments.Environment](c)
	if err != nil {
		return err
	}
	e.UUID = before.UUID
	if e, err = a.Deploying.Replace(c.Request.Context(), e); err != nil {
		return err
	}
	return edge.HAL(c, http.StatusOK, representEnvironment(edge.Base(c), e))
}

func (a *API) deleteEnvironment(c *gin.Context) error {
	if err := a.Deploying.Delete(c.Request.Context(), edge.Param(c, "uuid")); err != nil {
		return err
	}
	return edge.NoContent(c)
}

func representEnvironment(base links.Base, e deployments.Environment) environment {
	shown := environment{
		UUID: e.UUID, Name: e.Name, DisplayName: e.DisplayName, Production: e.Production,
		UpdatedAt: hal.TimeChanged(e.CreatedAt, e.UpdatedAt), CreatedAt: hal.Time(e.CreatedAt),
		Links: hal.Links{
			{Name: "self", Value: hal.Named(base.Environment(e.UUID), "Environment", e.Name)},
			{Name: "pb:currently-deployed-deployed-versions", Value: hal.To(base.CurrentlyDeployed(e.UUID), "Versions that are deployed here now")},
			{Name: "pb:currently-supported-released-versions", Value: hal.To(base.CurrentlySupported(e.UUID), "Versions that are released here and supported")},
			{Name: "pb:environments", Value: hal.To(base.Environments(), "Environments")},
		},
	}
	if e.Contacts != nil {
		contacts := make([]contact, len(e.Contacts))
		for i, person := range e.Contacts {
			contacts[i] = contact{Name: person.Name, Details: person.Details}
		}
		shown.Contacts = &contacts
	}
	return shown
}
