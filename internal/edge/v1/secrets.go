package v1

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/webhooks"
)

// secretBody is what is sent to keep a secret.
type secretBody struct {
	Value        string   `json:"value"`
	Description  string   `json:"description"`
	Hosts        []string `json:"hosts"`
	Applications []string `json:"applications"`
	Labels       []string `json:"labels"`
	Teams        []string `json:"teams"`
}

// secretShown is a secret without its value, which is never shown.
type secretShown struct {
	Name            string   `json:"name"`
	Description     string   `json:"description"`
	Hosts           []string `json:"hosts"`
	AllApplications bool     `json:"all_applications"`
	Applications    []string `json:"applications"`
	Labels          []string `json:"labels"`
	Teams           []string `json:"teams"`
	// Labelled is told where the secret is set, and left out in lists.
	Labelled  *[]string `json:"labelled_applications,omitempty"`
	CreatedAt string    `json:"created_at"`
	UpdatedAt string    `json:"updated_at"`
}

func representSecret(s webhooks.Secret) secretShown {
	return secretShown{
		Name: s.Name, Description: s.Description, Hosts: append([]string{}, s.Hosts...),
		AllApplications: s.Scope.All, Applications: append([]string{}, s.Scope.Applications...), Labels: append([]string{}, s.Scope.Labels...), Teams: append([]string{}, s.Scope.Teams...),
		CreatedAt: instant(s.CreatedAt), UpdatedAt: instant(s.UpdatedAt),
	}
}

func (a *API) listSecrets(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	team, _, err := a.teamAsked(c)
	if err != nil {
		return err
	}
	found, err := a.Webhooks.ListSecrets(c.Request.Context(), team.Name, part.After, part.Limit+1)
	if err != nil {
		return err
	}
	return answerPart(c, part, found, func(s webhooks.Secret) string { return s.Name }, representSecret)
}

func (a *API) putSecret(c *gin.Context) error {
	var body secretBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	if err := checkScope(body.Applications, body.Labels, body.Teams); err != nil {
		return err
	}
	kept, created, err := a.Webhooks.PutSecret(c.Request.Context(), webhooks.Secret{
		Name: edge.Param(c, "secret"), Description: body.Description, Hosts: body.Hosts, Scope: access.ScopeOf(body.Applications, body.Labels, body.Teams),
	}, body.Value)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	shown := representSecret(kept)
	labelled := append([]string{}, kept.Labelled...)
	shown.Labelled = &labelled
	return edge.HAL(c, status, shown)
}

func (a *API) deleteSecret(c *gin.Context) error {
	if err := a.Webhooks.DeleteSecret(c.Request.Context(), edge.Param(c, "secret")); err != nil {
		return err
	}
	return edge.NoContent(c)
}
