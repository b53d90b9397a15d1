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
	Name         string   `json:"name"`
	Owner        string   `json:"owner"`
	Role         string   `json:"role"`
	Applications []string `json:"applications"`
	Labels       []string `json:"labels"`
	Teams        []string `json:"teams"`
	ExpiresAt    *string  `json:"expires_at"`
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
		lifetime, err := lifetimeUntil(*body.ExpiresAt, a.Tokens.Now())
		if err != nil {
			return err
		}
		wanted.Lifetime = lifetime
	}
	t, secret, err := a.Tokens.Create(c.Request.Context(), wanted)
	if err != nil {
		return err
	}
	return a.answerNewToken(c, t, secret)
}

// longestLifetime is the longest that a token which expires may live.
const longestLifetime = 100 * 365 * 24 * time.Hour

// lifetimeUntil is how long a token lives that is made now and expires then.
func lifetimeUntil(text string, now time.Time) (time.Duration, error) {
	end, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return 0, fault.InvalidField("expires_at", "must be a time such as 2027-01-31T15:30:00Z").Because(err)
	case !end.After(now):
		return 0, fault.InvalidField("expires_at", "must be in the future")
	case end.Sub(now) > longestLifetime:
		return 0, fault.InvalidField("expires_at", "must be within 100 years; leave it out for a token that does not expire")
	}
	return end.Sub(now), nil
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
