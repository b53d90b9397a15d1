package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// TrustRule says which tokens of a CI provider are exchanged, and for what.
type TrustRule struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Issuer   string `json:"issuer"`
	Audience string `json:"audience"`
	// Claims are the patterns of which each claim must meet one.
	Claims          map[string][]string `json:"claims"`
	Role            string              `json:"role"`
	AllApplications bool                `json:"all_applications"`
	Applications    []string            `json:"applications"`
	Labels          []string            `json:"labels"`
	Teams           []string            `json:"teams"`
	// LabelledApplications are those that have one of the labels now, also of the teams,
	// where the rule is made or replaced; it is not told elsewhere.
	LabelledApplications []string `json:"labelled_applications,omitempty"`
	// FromSettings tells that it stands in a file of the operator, where alone it can be
	// changed; CreatedAt is nil then.
	FromSettings bool       `json:"from_settings"`
	CreatedAt    *time.Time `json:"created_at"`
	// Ignored says why no token is given under it; it is empty for a rule that counts.
	Ignored []string `json:"ignored"`
}

// NewTrustRule says what rule to make.
type NewTrustRule struct {
	Name string `json:"name"`
	// Issuer is the claim iss, and where the keys are found.
	Issuer string `json:"issuer"`
	// Audience is what must be in the claim aud.
	Audience string `json:"audience"`
	// Claims say what each claim must be: one of the patterns, in which "*" is any text
	// without a slash and "**" any text.
	Claims map[string][]string `json:"claims"`
	Role   string              `json:"role"`
	// Applications, Labels and Teams are what the role is for; none of them stands for all.
	Applications []string `json:"applications,omitempty"`
	Labels       []string `json:"labels,omitempty"`
	Teams        []string `json:"teams,omitempty"`
}

// TrustTrial is what would become of a token of a CI provider.
type TrustTrial struct {
	Accepted bool `json:"accepted"`
	// Refused says why the token itself is not accepted; "" if it is.
	Refused string `json:"refused"`
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
	// Rule is the id of the rule under which it would be exchanged; "" for none.
	Rule  string      `json:"rule"`
	Rules []RuleTrial `json:"rules"`
}

// RuleTrial reports whether a token meets a rule, or why not.
type RuleTrial struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Met     bool     `json:"met"`
	Reasons []string `json:"reasons"`
}

// ExchangedToken is what a CI job proves itself with to the broker.
type ExchangedToken struct {
	// AccessToken is for Client.Token.
	AccessToken     string `json:"access_token"`
	IssuedTokenType string `json:"issued_token_type"`
	TokenType       string `json:"token_type"`
	// ExpiresIn are the seconds for which it is accepted.
	ExpiresIn int `json:"expires_in"`
	// Scope is its role.
	Scope string `json:"scope"`
}

// TrustRules lists the rules in the order in which they are tried: those that give a role
// for the applications of the team, or all for "".
func (c *Client) TrustRules(ctx context.Context, team string) iter.Seq2[TrustRule, error] {
	return list[TrustRule](ctx, c, at("trust-rules"), asking("team", team))
}

// CreateTrustRule makes a rule.
func (c *Client) CreateTrustRule(ctx context.Context, wanted NewTrustRule) (rule TrustRule, err error) {
	err = c.post(ctx, at("trust-rules"), wanted, &rule)
	return rule, err
}

// PutTrustRule replaces a rule, and ends the tokens that were given under it.
func (c *Client) PutTrustRule(ctx context.Context, id string, wanted NewTrustRule) (rule TrustRule, err error) {
	err = c.put(ctx, at("trust-rules", id), wanted, &rule, nil)
	return rule, err
}

// DeleteTrustRule deletes a rule, and ends the tokens that were given under it.
func (c *Client) DeleteTrustRule(ctx context.Context, id string) error {
	return c.remove(ctx, at("trust-rules", id))
}

// TryTrustRules tells which rule a token of a CI provider meets, and which it does not
// and why, without exchanging it.
func (c *Client) TryTrustRules(ctx context.Context, jobToken string) (trial TrustTrial, err error) {
	body := struct {
		Token string `json:"subject_token"`
	}{jobToken}
	err = c.post(ctx, at("trust-rules", "try"), body, &trial)
	return trial, err
}

// ExchangeToken exchanges the token with which a CI provider says who a job is for one
// of the broker. One that is not accepted is a Problem with the code invalid_grant.
func (c *Client) ExchangeToken(ctx context.Context, jobToken string) (token ExchangedToken, err error) {
	form := url.Values{
		"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"}, "subject_token": {jobToken},
	}
	err = c.do(ctx, call{
		method: http.MethodPost, path: at("token-exchange"), body: []byte(form.Encode()), unnamed: true,
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}, &token)
	return token, err
}
