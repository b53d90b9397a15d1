package v1

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/trust"
)

// What RFC 8693 calls the exchange and its tokens.
const (
	grantTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	typeAccessToken    = "urn:ietf:params:oauth:token-type:access_token"
	typeIDToken        = "urn:ietf:params:oauth:token-type:id_token"
	typeJWT            = "urn:ietf:params:oauth:token-type:jwt"
)

// exchanged is a token that was given in exchange, as RFC 8693 shows it.
type exchanged struct {
	AccessToken     string `json:"access_token"`
	IssuedTokenType string `json:"issued_token_type"`
	TokenType       string `json:"token_type"`
	ExpiresIn       int    `json:"expires_in"`
	Scope           string `json:"scope"`
}

// oauthError is a failure as OAuth shows it.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// refuseExchange answers as RFC 6749 §5.2 wants it.
func refuseExchange(c *gin.Context, code, description string) error {
	c.Header("Cache-Control", "no-store")
	return edge.Answer{Status: http.StatusBadRequest, Media: edge.JSON, Body: oauthError{code, description}}
}

func (a *API) exchangeToken(c *gin.Context) error {
	body, err := edge.Body(c)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return refuseExchange(c, "invalid_request", "The body is no form.")
	}
	subject := form.Get("subject_token")
	switch kind, wanted := form.Get("subject_token_type"), form.Get("requested_token_type"); {
	case form.Get("grant_type") != grantTokenExchange:
		return refuseExchange(c, "unsupported_grant_type", "grant_type must be "+grantTokenExchange+".")
	case subject == "":
		return refuseExchange(c, "invalid_request", "subject_token is missing: send the token of the CI provider.")
	case kind != typeJWT && kind != typeIDToken:
		return refuseExchange(c, "invalid_request", "subject_token_type must be "+typeJWT+" or "+typeIDToken+".")
	case wanted != "" && wanted != typeAccessToken:
		return refuseExchange(c, "invalid_request", "requested_token_type must be "+typeAccessToken+", or left out.")
	case form.Has("actor_token"):
		return refuseExchange(c, "invalid_request", "actor_token is not taken: nobody can ask for somebody else here.")
	}
	t, secret, err := a.Trust.Exchange(c.Request.Context(), subject)
	var refused trust.Refusal
	if errors.As(err, &refused) {
		if origin, known := audit.OriginOf(c.Request.Context()); known {
			a.Audit.Refused(origin, audit.Unauthorized)
		}
		return refuseExchange(c, "invalid_grant", refused.Reason)
	}
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	return edge.HAL(c, http.StatusOK, exchanged{
		AccessToken: secret, IssuedTokenType: typeAccessToken, TokenType: "Bearer", ExpiresIn: int(trust.Lifetime.Seconds()), Scope: string(t.Role),
	})
}

// ruleBody is what is sent to make or replace a rule.
type ruleBody struct {
	Name         string              `json:"name"`
	Issuer       string              `json:"issuer"`
	Audience     string              `json:"audience"`
	Claims       map[string][]string `json:"claims"`
	Role         string              `json:"role"`
	Applications []string            `json:"applications"`
	Labels       []string            `json:"labels"`
	Teams        []string            `json:"teams"`
}

func (b ruleBody) rule() trust.Rule {
	r := trust.Rule{
		Name: strings.TrimSpace(b.Name), Issuer: b.Issuer, Audience: b.Audience, Role: access.Role(b.Role),
		Scope: access.ScopeOf(b.Applications, b.Labels, b.Teams),
	}
	for _, name := range slices.Sorted(maps.Keys(b.Claims)) {
		r.Claims = append(r.Claims, trust.Claim{Name: name, Patterns: b.Claims[name]})
	}
	return r
}

// ruleShown is a rule.
type ruleShown struct {
	ID string `json:"id"`
	ruleBody
	AllApplications bool `json:"all_applications"`
	// Labelled is told where the rule is made or replaced, and left out in lists.
	Labelled     *[]string `json:"labelled_applications,omitempty"`
	FromSettings bool      `json:"from_settings"`
	// Ignored says why no token is given under it.
	Ignored   []string `json:"ignored"`
	CreatedAt *string  `json:"created_at"`
}

func representRule(r trust.Rule) ruleShown {
	shown := ruleShown{
		ID: r.ID, AllApplications: r.Scope.All, FromSettings: r.IsFromSettings(), Ignored: append([]string{}, r.Ignored...), CreatedAt: instantOrNull(r.CreatedAt),
		ruleBody: ruleBody{
			Name: r.Name, Issuer: r.Issuer, Audience: r.Audience, Claims: map[string][]string{}, Role: string(r.Role),
			Applications: append([]string{}, r.Scope.Applications...), Labels: append([]string{}, r.Scope.Labels...), Teams: append([]string{}, r.Scope.Teams...),
		},
	}
	for _, c := range r.Claims {
		shown.Claims[c.Name] = c.Patterns
	}
	return shown
}

func (a *API) listTrustRules(c *gin.Context) error {
	part, err := sliceOf(c)
	if err != nil {
		return err
	}
	team, _, err := a.teamAsked(c)
	if err != nil {
		return err
	}
	rules, err := a.Trust.Rules(c.Request.Context())
	if err != nil {
		return err
	}
	rules = rules[slices.IndexFunc(rules, func(r trust.Rule) bool { return r.ID == part.After })+1:]
	rules = slices.DeleteFunc(rules, func(r trust.Rule) bool { return !r.Scope.For(team.Name) })
	return answerPart(c, part, rules, func(r trust.Rule) string { return r.ID }, representRule)
}

func (a *API) createTrustRule(c *gin.Context) error {
	var body ruleBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	if err := checkScope(body.Applications, body.Labels, body.Teams); err != nil {
		return err
	}
	r, err := a.Trust.Create(c.Request.Context(), body.rule())
	if err != nil {
		return err
	}
	return a.answerRule(c, http.StatusCreated, r)
}

func (a *API) putTrustRule(c *gin.Context) error {
	var body ruleBody
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	if err := checkScope(body.Applications, body.Labels, body.Teams); err != nil {
		return err
	}
	r := body.rule()
	r.ID = edge.Param(c, "rule")
	r, err := a.Trust.Update(c.Request.Context(), r)
	if err != nil {
		return err
	}
	return a.answerRule(c, http.StatusOK, r)
}

// answerRule shows a rule that was made or replaced.
func (a *API) answerRule(c *gin.Context, status int, r trust.Rule) (err error) {
	shown := representRule(r)
	if shown.Labelled, err = a.labelledNow(c, r.Scope); err != nil {
		return err
	}
	return edge.HAL(c, status, shown)
}

func (a *API) deleteTrustRule(c *gin.Context) error {
	if err := a.Trust.Remove(c.Request.Context(), edge.Param(c, "rule")); err != nil {
		return err
	}
	return edge.NoContent(c)
}

// triedShown says of a rule whether a token meets it.
type triedShown struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Met     bool     `json:"met"`
	Reasons []string `json:"reasons"`
}

// trialShown is what would become of a token.
type trialShown struct {
	Accepted bool         `json:"accepted"`
	Refused  *string      `json:"refused"`
	Issuer   string       `json:"issuer"`
	Subject  string       `json:"subject"`
	Rule     *string      `json:"rule"`
	Rules    []triedShown `json:"rules"`
}

func (a *API) tryTrustRules(c *gin.Context) error {
	var body struct {
		SubjectToken string `json:"subject_token"`
	}
	if err := edge.Decode(c, &body); err != nil {
		return err
	}
	trial, err := a.Trust.Try(c.Request.Context(), body.SubjectToken)
	if err != nil {
		return err
	}
	shown := trialShown{Accepted: trial.Met != nil, Issuer: trial.Issuer, Subject: trial.Subject, Rules: []triedShown{}}
	if trial.Refused != "" {
		shown.Refused = &trial.Refused
	}
	if trial.Met != nil {
		shown.Rule = &trial.Met.ID
	}
	for _, t := range trial.Rules {
		shown.Rules = append(shown.Rules, triedShown{ID: t.Rule.ID, Name: t.Rule.Name, Met: len(t.Reasons) == 0, Reasons: append([]string{}, t.Reasons...)})
	}
	return edge.HAL(c, http.StatusOK, shown)
}
