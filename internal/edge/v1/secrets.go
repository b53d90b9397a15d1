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
	Value       string   `json:"value"`
	Description string   `json:"description"`
	Hosts       []string `json:"hosts"`
}

// secretShown is a secret without its value, which is never shown.
type secretShown struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Hosts       []string `json:"hosts"`
	CreatedAt   string   `json:"created_at"`
	UpdatedAt   string   `json:"updated_at"`
}

func representSecret(s webhooks.Secret) secretShown {
	return secretShown{Name: s.Name, Description: s.Description, Hosts: append([]string{}, s.Hosts...), CreatedAt: instant(s.CreatedAt), UpdatedAt: instant(s.UpdatedAt)}
}

func (a *API) listSecrets(c *gin.Context) error {
	if err := access.Require(c.Request.Context(), a.Deliveries, access.ManageWebhooks); err != nil {
		return err
	}
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	found, err := a.Deliveries.ListSecrets(c.Request.Context(), part.After, part.Limit+1)
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
	kept, created, err := a.Webhooks.PutSecret(c.Request.Context(), webhooks.Secret{Name: edge.Param(c, "secret"), Description: body.Description, Hosts: body.Hosts}, body.Value)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return edge.HAL(c, status, representSecret(kept))
}

func (a *API) deleteSecret(c *gin.Context) error {
	if err := a.Webhooks.DeleteSecret(c.Request.Context(), edge.Param(c, "secret")); err != nil {
		return err
	}
	return edge.NoContent(c)
}
