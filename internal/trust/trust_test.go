package trust

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/testing/testissuer"
)

func TestClaim_fitsWhatItsPatternsSay(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"octo/web", "octo/web", true}, {"octo/web", "octo/webx", false}, {"octo/web", "xocto/web", false}, {"octo/web", "Octo/web", false},
		{"octo/*", "octo/web", true}, {"octo/*", "octo/", true}, {"octo/*", "octo/web/x", false}, {"octo/*", "octopus/web", false},
		{"refs/heads/**", "refs/heads/a/b", true}, {"**", "anything\nat all", true}, {"a.c", "abc", false}, {"a+", "aa", false}, {"(a|b)", "a", false},
		{"octo/web\n", "octo/web", false}, {"refs/tags/v*", "refs/tags/v1.0", true},
	} {
		require.Equal(t, test.want, Claim{Patterns: []string{"no", test.pattern}}.matches(test.text), "%s %s", test.pattern, test.text)
	}
}

func TestRule_saysWhyClaimsDoNotFit(t *testing.T) {
	r := Rule{Issuer: "https://ci", Audience: "broker", Claims: []Claim{{"repository", []string{"octo/web", "octo/api"}}, {"ref_protected", []string{"true"}}}}
	claims := func(text string) (c map[string]any) {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&c))
		return c
	}
	require.Empty(t, r.Unmet(claims(`{"iss":"https://ci","aud":["x","broker"],"repository":"octo/api","ref_protected":true}`)))
	require.Equal(t, []string{`iss is "https://other" and not "https://ci"`}, r.Unmet(claims(`{"iss":"https://other"}`)))
	require.Equal(t, []string{
		`aud is "x" and not "broker"`, `repository is "octo/evil", which fits none of "octo/web", "octo/api"`, "ref_protected is missing",
	}, r.Unmet(claims(`{"iss":"https://ci","aud":"x","repository":"octo/evil"}`)))
	require.NotEmpty(t, r.Unmet(claims(`{"iss":"https://ci","aud":[["broker"]],"repository":"octo/api","ref_protected":true}`)), "a list in a list")
	require.NotEmpty(t, r.Unmet(claims(`{"iss":"https://ci","aud":"broker","repository":{"octo/api":1},"ref_protected":1}`)))
}

func TestRule_isRefusedWhereItTrustsEverybody(t *testing.T) {
	good := Rule{Name: "web", Issuer: "https://ci.example", Audience: "broker", Role: access.Viewer, Scope: access.Everything, Claims: []Claim{{"repository", []string{"octo/web"}}}}
	private := func(host string) bool { return host == "ci.local" }
	require.Empty(t, good.check(private))
	for name, test := range map[string]struct {
		change func(r *Rule)
		field  string
	}{
		"no claims":        {func(r *Rule) { r.Claims = nil }, "claims"},
		"any repository":   {func(r *Rule) { r.Claims = []Claim{{"repository", []string{"*"}}} }, "claims"},
		"any of two":       {func(r *Rule) { r.Claims = []Claim{{"repository", []string{"octo/web", "**/*"}}} }, "claims"},
		"of any owner":     {func(r *Rule) { r.Claims = []Claim{{"repository", []string{"*/web"}}} }, "claims"},
		"any subject":      {func(r *Rule) { r.Claims = []Claim{{"sub", []string{"*:*"}}} }, "claims"},
		"any repository's": {func(r *Rule) { r.Claims = []Claim{{"sub", []string{"repo:*/*:ref:refs/heads/main"}}} }, "claims"},
		"any organisation": {func(r *Rule) { r.Claims = []Claim{{"sub", []string{"sc://**"}}} }, "claims"},
		"anybody's branch": {func(r *Rule) {
			r.Claims = []Claim{{"ref", []string{"refs/heads/main"}}, {"ref_protected", []string{"true"}}}
		}, "claims"},
		"the audience":     {func(r *Rule) { r.Claims = []Claim{{"aud", []string{"broker"}}} }, "claims"},
		"no pattern":       {func(r *Rule) { r.Claims = append(r.Claims, Claim{"ref", nil}) }, "claims.ref"},
		"http":             {func(r *Rule) { r.Issuer = "http://ci.example" }, "issuer"},
		"no address":       {func(r *Rule) { r.Issuer = "github" }, "issuer"},
		"a file":           {func(r *Rule) { r.Issuer = "file:///etc/passwd" }, "issuer"},
		"credentials":      {func(r *Rule) { r.Issuer = "https://a:b@ci.example" }, "issuer"},
		"no audience":      {func(r *Rule) { r.Audience = " " }, "audience"},
		"a name of blanks": {func(r *Rule) { r.Name = " " }, "name"},
		"an odd name":      {func(r *Rule) { r.Name = "we\u200bb" }, "name"},
	} {
		r := good
		r.Claims = append([]Claim{}, good.Claims...)
		test.change(&r)
		wrong := r.check(private)
		require.NotEmpty(t, wrong, name)
		require.Equal(t, test.field, wrong[0].Name, name)
	}
	require.Equal(t, "ci web: repo: x", tokenName(good, "repo:\u202ex"))
	long := good
	long.Scope = access.Scope{Applications: []string{strings.Repeat("x", 500)}, Labels: []string{strings.Repeat("ü", 500)}}
	require.Empty(t, long.check(private), "applications and labels may be called so")
	local := good
	local.Issuer = "http://ci.local:8080"
	require.Empty(t, local.check(private))
}

// One claim says who is meant by a name that nobody else can have, in full.
func TestClaim_saysWhoByTheWholeNameOfOneWhoIsMeant(t *testing.T) {
	for claim, patterns := range map[string][]string{
		"sub": {
			"repo**", "repo*", "r**", "project_path**", "repo:**", "repo:octo*", "repo:octo**", "repo:*/web", "repo: /*", "sc://*", "org/*", "ref:refs/heads/main", "ref:refs/heads/*", "environment:prod:*", "environment:prod", "actor:octo", "actor:octo/*",
			"job_workflow_ref:octo/ci/.github/workflows/deploy.yml@*", "event_name:push:repo:*", "ref:*:repo:octo/web", "repository_owner:octo*", "workflow:build:ref:refs/heads/main", "organization:acme*", "system:serviceaccount:*", "**", "*/*", "/*",
		},
		"repository": {"o**", "octo*", "*/*", " /*", "-/*"}, "repository_owner": {"octo*"}, "project_path": {"octo**"}, "ci_config_ref_uri": {"gitlab.com**", "gitlab.com/*", "gitlab.com/octo*"},
		"event": {"push"}, "user_access_level": {"owner"}, "deployment_action": {"start"}, "environment_action": {"start"}, "job_source": {"push"}, "build_source": {"webhook"}, "runner_id": {"1"},
		"Ref": {"refs/heads/main"}, "Repository": {"octo/web"}, "actor": {"octo"}, "job_workflow_ref": {"octo/ci/.github/workflows/build.yml@refs/heads/main"}, "pipeline_slug": {"web"},
	} {
		for _, pattern := range patterns {
			require.NotEmpty(t, checkClaims([]Claim{{claim, []string{pattern}}}), "%s: %s", claim, pattern)
		}
	}
	for claim, patterns := range map[string][]string{
		"sub": {
			"repo:octo/*", "repo:octo/web:*", "repo:octo/web*", "project_path:octo/**", "organization:acme:*", "sc://acme/*", "org/1-2/project/*", "{3-4}:*", "system:serviceaccount:ci:*", "job", "repository_owner:octo:*", "ref:refs/heads/main:repository:octo/*", "environment:prod:repo:octo/web", "account:1:*",
		},
		"repository": {"octo/web", "octo/*", "octo/**"}, "repository_owner": {"octo"}, "repository_id": {"42"}, "namespace_path": {"octo/teams/*"}, "project_id": {"42"},
		"ci_config_ref_uri": {"gitlab.com/octo/**"}, "organization_slug": {"acme"},
	} {
		for _, pattern := range patterns {
			require.Empty(t, checkClaims([]Claim{{claim, []string{pattern}}}), "%s: %s", claim, pattern)
		}
	}
}

// kept is a store of one rule in memory, which only the look-up of keys needs.
type kept []Rule

func (k kept) TrustRules(context.Context) ([]Rule, error) { return k, nil }

func serviceFor(i *testissuer.Issuer, now func() time.Time) *Service {
	rule := Rule{ID: "1", Name: "web", Issuer: i.URL, Audience: "broker", Role: access.Viewer, Claims: []Claim{{"repository", []string{"octo/web"}}}}
	return &Service{Read: kept{rule}, Now: now, Keys: &Keys{Client: http.DefaultClient, Private: func(string) bool { return true }, Now: now}}
}

func TestTry_acceptsOnlyWhatTheIssuerSigned(t *testing.T) {
	i, stranger := testissuer.New(t), testissuer.New(t)
	s := serviceFor(i, time.Now)
	own := func(change func(map[string]any)) map[string]any {
		claims := i.Claims("broker", "octo/web")
		change(claims)
		return claims
	}
	unchanged := own(func(map[string]any) {})
	public, err := x509.MarshalPKIXPublicKey(i.Public())
	require.NoError(t, err)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	body := func(claims map[string]any) string {
		text, err := json.Marshal(claims)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	none := func(header string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + body(unchanged) + "."
	}
	signed := i.Sign(unchanged)
	parts := strings.Split(signed, ".")
	hour := time.Now().Add(time.Hour).Unix()
	for name, test := range map[string]struct{ token, refused string }{
		"none":                      {none(`{"alg":"none"}`), "no signed token"},
		"None":                      {none(`{"alg":"None","typ":"JWT"}`), "no signed token"},
		"HS256 with the public key": {i.SignWith(jose.HS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), "0", unchanged), "no signed token"},
		"HS256 with the DER key":    {i.SignWith(jose.HS256, public, "0", unchanged), "no signed token"},
		"another key":               {i.SignWith(jose.RS256, other, "0", unchanged), "signature is wrong"},
		"another key, another id":   {i.SignWith(jose.RS256, other, "9", unchanged), "no key of that id"},
		"another algorithm":         {i.SignWith(jose.PS256, other, "0", unchanged), "no key"},
		"changed claims":            {parts[0] + "." + body(own(func(c map[string]any) { c["repository"] = "octo/evil" })) + "." + parts[2], "signature is wrong"},
		"no signature":              {parts[0] + "." + parts[1] + ".", "signature is wrong"},
		"expired":                   {i.Sign(own(func(c map[string]any) { c["exp"] = time.Now().Add(-2 * time.Minute).Unix() })), "expired"},
		"without an end":            {i.Sign(own(func(c map[string]any) { delete(c, "exp") })), "never expires"},
		"an end that is text":       {i.Sign(own(func(c map[string]any) { c["exp"] = "never" })), "never expires"},
		"not yet":                   {i.Sign(own(func(c map[string]any) { c["nbf"] = hour })), "not valid yet"},
		"a beginning that is text":  {i.Sign(own(func(c map[string]any) { c["nbf"] = "1" })), "cannot be read"},
		"a beginning far away":      {i.Sign(own(func(c map[string]any) { c["nbf"] = int64(1) << 50 })), "cannot be read"},
		"made at no time":           {i.Sign(own(func(c map[string]any) { c["iat"] = "now" })), "cannot be read"},
		"made in the future":        {i.Sign(own(func(c map[string]any) { c["iat"] = hour })), "not valid yet"},
		"of another issuer":         {stranger.Sign(stranger.Claims("broker", "octo/web")), "no trust rule names its issuer"},
		"signed by another issuer":  {stranger.Sign(unchanged), "signature is wrong"},
		"no token":                  {"x", "no signed token"},
		"nothing":                   {"", "no signed token"},
		"two of them":               {signed + "." + signed, "no signed token"},
		"longer than anybody's":     {strings.Repeat("x", maxToken+1), "longer than"},
		"claims that are no object": {parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte("[1]")) + "." + parts[2], "no signed token"},
		"an issuer that is no text": {i.Sign(own(func(c map[string]any) { c["iss"] = []string{i.URL} })), "no trust rule names its issuer"},
		"an issuer with a slash":    {i.Sign(own(func(c map[string]any) { c["iss"] = i.URL + "/" })), "no trust rule names its issuer"},
	} {
		trial, err := s.Try(t.Context(), test.token)
		require.NoError(t, err)
		require.Contains(t, trial.Refused, test.refused, name)
		require.Nil(t, trial.Met, name)
	}
	trial, err := s.Try(t.Context(), signed)
	require.NoError(t, err)
	require.Empty(t, trial.Refused)
	require.NotNil(t, trial.Met)
	trial, err = s.Try(t.Context(), i.Sign(own(func(c map[string]any) { c["aud"] = "elsewhere" })))
	require.NoError(t, err)
	require.Empty(t, trial.Refused)
	require.Nil(t, trial.Met)
	require.Contains(t, trial.Rules[0].Reasons[0], `aud is "elsewhere"`)
}

// Whoever writes a token in another way shows it once more, and not another one.
func TestProof_isThatOfWhatWasSigned(t *testing.T) {
	i := testissuer.New(t)
	proof := func(token string) string {
		shown, err := parse(token)
		require.NoError(t, err, token)
		return string(shown.proof())
	}
	for name, id := range map[string]any{"none": nil, "text": "a", "number": 5, "empty": ""} {
		claims := i.Claims("broker", "octo/web")
		if claims["jti"] = id; id == nil {
			delete(claims, "jti")
		}
		token := i.Sign(claims)
		for _, other := range []string{token[:30] + "\r\n" + token[30:], token[:len(token)-9] + "\n" + token[len(token)-9:], i.Sign(claims)} {
			require.Equal(t, proof(token), proof(other), name)
		}
		claims["sub"], claims["jti"] = "somebody else", "other"
		require.NotEqual(t, proof(token), proof(i.Sign(claims)), name)
	}
}

func TestKeys_areKeptAndReadAgainWhenTheyRotate(t *testing.T) {
	i := testissuer.New(t)
	offset := time.Duration(0)
	s := serviceFor(i, func() time.Time { return time.Now().Add(offset) })
	accepted := func() bool {
		claims := i.Claims("broker", "octo/web")
		claims["exp"] = time.Now().Add(100 * time.Hour).Unix()
		trial, err := s.Try(t.Context(), i.Sign(claims))
		require.NoError(t, err)
		return trial.Refused == ""
	}
	for range 5 {
		require.True(t, accepted())
	}
	require.Equal(t, 1, i.Asked())
	i.Rotate()
	require.False(t, accepted(), "an unknown key is asked for twice a minute at most")
	require.Equal(t, 1, i.Asked())
	offset += keysPause
	require.True(t, accepted())
	require.Equal(t, 2, i.Asked())
	i.Down(true)
	offset += 2 * time.Hour
	require.True(t, accepted(), "keys outlast an issuer that does not answer")
	offset += keysKept
	require.False(t, accepted())
	i.Down(false)
	offset += keysPause
	require.True(t, accepted())
}

func TestTry_believesNoShortKeys(t *testing.T) {
	for bits, refused := range map[int]string{1024: "RSA key of less than 2048 bits", 2047: "RSA key of less than 2048 bits", 2048: ""} {
		i := testissuer.New(t)
		i.RotateTo(bits)
		trial, err := serviceFor(i, time.Now).Try(t.Context(), i.Sign(i.Claims("broker", "octo/web")))
		require.NoError(t, err)
		require.Equal(t, refused == "", trial.Refused == "", "%d bits: %s", bits, trial.Refused)
		require.Contains(t, trial.Refused, refused)
		require.Equal(t, refused == "", trial.Met != nil)
	}
}

func TestKeys_areNotReadWhereTheDescriptionIsAnotherIssuers(t *testing.T) {
	i := testissuer.New(t)
	s := serviceFor(i, time.Now)
	_, err := s.Keys.find(t.Context(), i.URL+"/", "0", "RS256")
	require.ErrorContains(t, err, "another issuer")
	_, err = s.Keys.find(t.Context(), i.URL+"/nowhere", "0", "RS256")
	require.ErrorContains(t, err, "404")
	s.Keys.Private = func(string) bool { return false }
	_, err = s.Keys.find(t.Context(), i.URL, "0", "RS256")
	require.ErrorContains(t, err, "no address with https")
	require.True(t, fault.Is(s.Check(Rule{}), fault.Invalid))
}
