package v1

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/support/fault"
)

// tokenBody is what is sent to make a token.
type tokenBody struct {
	Name         string     `json:"name"`
	Owner        string     `json:"owner"`
	Role         string     `json:"role"`
	Applications []string   `json:"applications"`
	Labels       []string   `json:"labels"`
	Teams        []string   `json:"teams"`
	ExpiresAt    *time.Time `json:"expires_at"`
}

// tokenShown is a token; its secret is shown when it is made and never again.
type tokenShown struct {
	ID              string   `json:"id"`
	Secret          string   `json:"secret,omitempty"`
	Prefix          string   `json:"prefix"`
	Name            string   `json:"name"`
	Owner           string   `json:"owner"`
	Role            string   `json:"role"`
	AllApplications bool     `json:"all_applications"`
	Applications    []string `json:"applications"`
	Labels          []string `json:"labels"`
	Teams           []string `json:"teams"`
	// Labelled is told where the scope is given, and left out in lists.
	Labelled   *[]string `json:"labelled_applications,omitempty"`
	CreatedAt  string    `json:"created_at"`
	ExpiresAt  *string   `json:"expires_at"`
	RevokedAt  *string   `json:"revoked_at"`
	LastUsedAt *string   `json:"last_used_at"`
}

func representToken(t access.Token, secret string) tokenShown {
	return tokenShown{
		ID: t.ID, Secret: secret, Prefix: t.Prefix, Name: t.Name, Owner: t.Owner, Role: string(t.Role),
		AllApplications: t.Scope.All, Applications: append([]string{}, t.Scope.Applications...), Labels: append([]string{}, t.Scope.Labels...), Teams: append([]string{}, t.Scope.Teams...),
		CreatedAt: instant(t.CreatedAt), ExpiresAt: instantOrNull(t.ExpiresAt), RevokedAt: instantOrNull(t.RevokedAt), LastUsedAt: instantOrNull(t.LastUsedAt),
	}
}

func instantOrNull(at time.Time) *string {
	if at.IsZero() {
		return nil
	}
	text := instant(at)
	return &text
}

func (a *API) listTokens(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	team, _, err := a.teamAsked(c)
	if err != nil {
		return err
	}
	found, err := a.Tokens.Read.Tokens(c.Request.Context(), team.Name, part.After, part.Limit+1)
	if err != nil {
		return err
	}
	return answerPart(c, part, found, func(t access.Token) string { return t.ID }, func(t access.Token) tokenShown { return representToken(t, "") })
}

func (a *API) createToken(c *gin.Context) error {
	var body tokenBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	if err := checkScope(body.Applications, body.Labels, body.Teams); err != nil {
		return err
	}
	wanted := access.Wanted{Name: body.Name, Owner: body.Owner, Role: access.Role(body.Role), Applications: body.Applications, Labels: body.Labels, Teams: body.Teams}
	if body.ExpiresAt != nil {
		if wanted.Lifetime = body.ExpiresAt.Sub(a.Tokens.Now()); wanted.Lifetime <= 0 {
			return fault.InvalidField("expires_at", "must be in the future")
		}
	}
	t, secret, err := a.Tokens.Create(c.Request.Context(), wanted)
	if err != nil {
		return err
	}
	return a.answerNewToken(c, t, secret)
}

// answerNewToken shows a token with its secret, which no cache may keep.
func (a *API) answerNewToken(c *gin.Context, t access.Token, secret string) (err error) {
	shown := representToken(t, secret)
	if shown.Labelled, err = a.labelledNow(c, t.Scope); err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	return edge.HAL(c, http.StatusCreated, shown)
}

func (a *API) rotateToken(c *gin.Context) error {
	body := struct {
		OverlapSeconds int64 `json:"overlap_seconds"`
	}{}
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	t, secret, err := a.Tokens.Rotate(c.Request.Context(), edge.Param(c, "token"), time.Duration(body.OverlapSeconds)*time.Second)
	if err != nil {
		return err
	}
	return a.answerNewToken(c, t, secret)
}

func (a *API) revokeToken(c *gin.Context) error {
	if err := a.Tokens.Revoke(c.Request.Context(), edge.Param(c, "token")); err != nil {
		return err
	}
	return edge.NoContent(c)
}
