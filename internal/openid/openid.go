// Package openid lets people prove who they are at an OpenID Connect provider:
// the code flow with PKCE, with a state and a nonce that are bound to the
// browser and count once.
package openid

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
)

// Settings say which provider it is, and what it calls things.
type Settings struct {
	Issuer, ClientID, ClientSecret string
	// Name is what people know it as.
	Name        string
	Scopes      []string
	GroupsClaim string
	NameClaim   string
}

// answerTimeout is how long the provider may take for an answer.
const answerTimeout = 10 * time.Second

// longestClaim is how long a text may be that the provider says of somebody.
const longestClaim = 500

// Provider is where people prove who they are.
type Provider struct {
	settings Settings
	client   *http.Client
	now      func() time.Time
	// spend reports whether a secret is used for the first time.
	spend func(ctx context.Context, secret string, until time.Time) (bool, error)

	mutex     sync.Mutex
	found     *found
	discovery *discovery
}

// found is what the provider says of itself.
type found struct {
	oauth2     oauth2.Config
	verifier   *oidc.IDTokenVerifier
	provider   *oidc.Provider
	endSession string
}

// New returns a provider, which is first asked when somebody signs in: a broker
// starts without it.
func New(s Settings, now func() time.Time, spend func(ctx context.Context, secret string, until time.Time) (bool, error)) *Provider {
	client := &http.Client{Timeout: answerTimeout, CheckRedirect: takeNothingElsewhere}
	return &Provider{settings: s, client: client, now: now, spend: spend}
}

// takeNothingElsewhere lets what is only read be elsewhere, by https where it was asked
// for by https. The code is sent, with the secret of the client, where the provider has
// said, and no further.
func takeNothingElsewhere(next *http.Request, made []*http.Request) error {
	first := made[0]
	if first.Method != http.MethodGet || first.URL.Scheme == "https" && next.URL.Scheme != "https" || len(made) >= 10 {
		return http.ErrUseLastResponse
	}
	return nil
}

// Name is what people know the provider as.
func (p *Provider) Name() string {
	if p.settings.Name != "" {
		return p.settings.Name
	}
	if u, err := url.Parse(p.settings.Issuer); err == nil {
		return u.Hostname()
	}
	return p.settings.Issuer
}

// Host is where the provider is.
func (p *Provider) Host() string {
	u, err := url.Parse(p.settings.Issuer)
	if err != nil {
		return p.settings.Issuer
	}
	return u.Host
}

// away says that the provider cannot be asked.
func away(err error) error {
	return fault.New(fault.Unavailable, "The provider at which people sign in does not answer. Try again, or sign in with a local account.").Because(err)
}

// discovery is a question to the provider about itself, for all who wait for it.
type discovery struct {
	done  chan struct{}
	found *found
	err   error
}

// discover asks the provider once for its addresses and keys, however many sign in
// meanwhile. It returns an Unavailable fault if it does not answer, or if ctx ends
// before it does.
func (p *Provider) discover(ctx context.Context) (*found, error) {
	p.mutex.Lock()
	known, asked := p.found, p.discovery
	if known == nil && asked == nil {
		asked = &discovery{done: make(chan struct{})}
		p.discovery = asked
		// The provider keeps the context to fetch new keys, so it must outlive the request.
		go p.ask(context.WithoutCancel(ctx), asked)
	}
	p.mutex.Unlock()
	if known != nil {
		return known, nil
	}
	select {
	case <-asked.done:
		return asked.found, asked.err
	case <-ctx.Done():
		return nil, away(ctx.Err())
	}
}

// ask asks the provider, and tells all who wait.
func (p *Provider) ask(ctx context.Context, a *discovery) {
	a.found, a.err = p.describe(ctx)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.found, p.discovery = a.found, nil
	close(a.done)
}

// describe is what the provider says of itself.
func (p *Provider) describe(ctx context.Context) (*found, error) {
	provider, err := oidc.NewProvider(p.context(ctx), p.settings.Issuer)
	if err != nil {
		return nil, away(err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, away(err)
	}
	return &found{
		provider:   provider,
		oauth2:     oauth2.Config{ClientID: p.settings.ClientID, ClientSecret: p.settings.ClientSecret, Endpoint: provider.Endpoint(), Scopes: p.settings.Scopes},
		verifier:   provider.Verifier(&oidc.Config{ClientID: p.settings.ClientID, Now: p.now}),
		endSession: more.EndSession,
	}, nil
}

func (p *Provider) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// BrowserLifetime is how long somebody may take to sign in at the provider.
const BrowserLifetime = 10 * time.Minute

// NewBrowserSecret makes the secret that binds one sign-in to a browser, which
// keeps it. All that is sent to the provider is derived from it, so that nothing
// needs to be stored for those who never come back.
func NewBrowserSecret() string { return rand.Text() + rand.Text() }

// derive makes one of the texts that belong to a secret, from which it cannot be
// told.
func derive(secret, purpose string) string {
	sum := sha256.Sum256([]byte(purpose + " " + secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Begin returns the address at the provider to which the browser with the secret
// is sent, and from there to the callback.
func (p *Provider) Begin(ctx context.Context, secret, callback string) (string, error) {
	f, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	config := f.oauth2
	config.RedirectURL = callback
	return config.AuthCodeURL(derive(secret, "state"), oidc.Nonce(derive(secret, "nonce")), oauth2.S256ChallengeOption(derive(secret, "verifier"))), nil
}

// Answer is what the provider lets the browser bring back.
type Answer struct{ Code, State, Issuer, Error, Description string }

// notProven says that an answer of the provider proves nothing, and why, for
// those who look into the log.
func notProven(err error) error {
	return nobodySignedIn("The provider's answer does not prove who you are", err)
}

// nobodySignedIn says what went wrong in words that help who signs in, and the reason
// to those who look into the log.
func nobodySignedIn(what string, reason error) error {
	return fault.New(fault.Forbidden, "%s, so nobody was signed in. Begin again from the sign-in page.", what).
		Coded("forbidden", "Sign in again.").Because(reason)
}

// providerErrors are the words in which providers refuse (RFC 6749, 4.1.2.1, and OpenID
// Connect Core, 3.1.2.6). No others are shown.
var providerErrors = []string{
	"access_denied", "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "server_error", "temporarily_unavailable",
	"interaction_required", "login_required", "account_selection_required", "consent_required",
}

// refusedThere says that the provider has let nobody in.
func refusedThere(a Answer) error {
	what := "The provider has not let you in"
	if slices.Contains(providerErrors, a.Error) {
		what += " (" + strings.ReplaceAll(a.Error, "_", " ") + ")"
	}
	return nobodySignedIn(what, errors.New("the provider refused: "+a.Error+" "+a.Description))
}

// Finish returns whom the provider vouches for, to the browser with the secret.
// It returns a Forbidden fault for an answer that proves nothing: meant for
// another browser, brought twice, expired, signed by somebody else.
func (p *Provider) Finish(ctx context.Context, secret, callback string, a Answer) (access.Identity, error) {
	if secret == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(derive(secret, "state"))) != 1 {
		return access.Identity{}, nobodySignedIn("This browser has not begun to sign in, or more than ten minutes ago", errors.New("the state is not this browser's"))
	}
	if a.Issuer != "" && a.Issuer != p.settings.Issuer {
		return access.Identity{}, notProven(errors.New("another provider has answered"))
	}
	if a.Error != "" {
		return access.Identity{}, refusedThere(a)
	}
	f, err := p.discover(ctx)
	if err != nil {
		return access.Identity{}, err
	}
	token, raw, err := p.redeem(ctx, f, secret, callback, a.Code)
	if err != nil {
		return access.Identity{}, err
	}
	first, err := p.spend(ctx, secret, p.now().Add(time.Hour))
	if err != nil {
		return access.Identity{}, err
	}
	if !first {
		return access.Identity{}, nobodySignedIn("This sign-in has ended before", errors.New("the state was used before"))
	}
	return p.identity(ctx, f, token, raw)
}

// proof is what a code is worth.
type proof struct {
	id     *oidc.IDToken
	access *oauth2.Token
}

// redeem exchanges the code, and checks what it is exchanged for.
func (p *Provider) redeem(ctx context.Context, f *found, secret, callback, code string) (proof, string, error) {
	config := f.oauth2
	config.RedirectURL = callback
	tokens, err := config.Exchange(p.context(ctx), code, oauth2.VerifierOption(derive(secret, "verifier")))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError && refused.Response.StatusCode != http.StatusTooManyRequests:
		return proof{}, "", notProven(errors.New("the provider does not take the code: " + refused.ErrorCode))
	case err != nil:
		return proof{}, "", away(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := f.verifier.Verify(p.context(ctx), raw)
	if err != nil {
		return proof{}, "", notProven(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(derive(secret, "nonce"))) != 1 {
		return proof{}, "", notProven(errors.New("the nonce is another"))
	}
	if err := checkParty(id, p.settings.ClientID); err != nil {
		return proof{}, "", notProven(err)
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(tokens.AccessToken); err != nil {
			return proof{}, "", notProven(err)
		}
	}
	return proof{id, tokens}, raw, nil
}

// checkParty returns an error for a token that was made for another client, and names
// this one among its audiences only (OpenID Connect Core, 3.1.3.7).
func checkParty(id *oidc.IDToken, client string) error {
	var claims struct {
		Party *string `json:"azp"`
	}
	switch err := id.Claims(&claims); {
	case err != nil:
		return err
	case claims.Party == nil && len(id.Audience) > 1:
		return errors.New("the token is for several clients, and does not say for which one it was made")
	case claims.Party != nil && *claims.Party != client:
		return errors.New("the token was made for another client")
	}
	return nil
}

// identity is whom the claims describe, also those that the provider tells only if
// asked.
func (p *Provider) identity(ctx context.Context, f *found, token proof, raw string) (access.Identity, error) {
	claims := map[string]any{}
	if err := token.id.Claims(&claims); err != nil {
		return access.Identity{}, notProven(err)
	}
	if subject := token.id.Subject; subject == "" || len(subject) > longestClaim || strings.ContainsFunc(subject, unicode.IsControl) {
		return access.Identity{}, notProven(errors.New("the provider does not say who it is"))
	}
	if err := p.complete(ctx, f, token, claims); err != nil {
		return access.Identity{}, err
	}
	return access.Identity{
		Issuer: token.id.Issuer, Subject: token.id.Subject, Name: nameIn(claims, p.settings.NameClaim, token.id.Subject),
		Groups: textsIn(claims, p.settings.GroupsClaim), Token: raw,
	}, nil
}

// complete adds the claims that the provider tells only if asked, where the groups
// or the name are not among those of the ID token: many providers leave the name
// out of it. Nobody is turned away for a name alone that cannot be asked for.
func (p *Provider) complete(ctx context.Context, f *found, token proof, claims map[string]any) error {
	_, groups := lookUp(claims, p.settings.GroupsClaim)
	_, name := lookUp(claims, p.settings.NameClaim)
	if groups && name || f.provider.UserInfoEndpoint() == "" {
		return nil
	}
	more, err := f.provider.UserInfo(p.context(ctx), oauth2.StaticTokenSource(token.access))
	if err != nil && groups {
		return nil
	}
	if err != nil {
		return away(err)
	}
	told := map[string]any{}
	if err := more.Claims(&told); err != nil || more.Subject != token.id.Subject {
		return notProven(errors.New("what the provider tells is about somebody else"))
	}
	for claim, value := range told {
		if _, known := claims[claim]; !known {
			claims[claim] = value
		}
	}
	return nil
}

// nameIn is by what somebody is shown: the claim that is set, a verified e-mail
// address, or the subject.
func nameIn(claims map[string]any, claim, subject string) string {
	if name, _ := lookUp(claims, claim); name != nil {
		if text, isText := name.(string); isText && strings.TrimSpace(text) != "" {
			return text
		}
	}
	if verified, _ := claims["email_verified"].(bool); verified {
		if email, _ := claims["email"].(string); email != "" {
			return email
		}
	}
	return subject
}

// lookUp finds a claim by its name, or where the dots in it lead.
func lookUp(claims map[string]any, name string) (any, bool) {
	if value, told := claims[name]; told {
		return value, true
	}
	first, rest, nested := strings.Cut(name, ".")
	inner, isObject := claims[first].(map[string]any)
	if !nested || !isObject {
		return nil, false
	}
	return lookUp(inner, rest)
}

// textsIn reads a claim that is a text or a list of texts.
func textsIn(claims map[string]any, name string) []string {
	value, _ := lookUp(claims, name)
	var texts []string
	switch value := value.(type) {
	case string:
		texts = []string{value}
	case []any:
		for _, one := range value {
			if text, isText := one.(string); isText {
				texts = append(texts, text)
			}
		}
	}
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" || len(text) > longestClaim || strings.ContainsRune(text, 0) })
}

// End returns the address at which somebody signs out at the provider as well,
// and is led back from; "" if it has none. Token is what Finish has returned.
func (p *Provider) End(ctx context.Context, token, back string) string {
	f, err := p.discover(ctx)
	if err != nil || f.endSession == "" {
		return ""
	}
	address, err := url.Parse(f.endSession)
	if err != nil || address.Scheme != "https" && address.Scheme != "http" {
		return ""
	}
	query := address.Query()
	query.Set("client_id", p.settings.ClientID)
	query.Set("post_logout_redirect_uri", back)
	if token != "" {
		query.Set("id_token_hint", token)
	}
	address.RawQuery = query.Encode()
	return address.String()
}
