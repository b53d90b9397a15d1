package commands_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testissuer"
)

// accessPage is docs/access.md as somebody follows it: what is typed there, in
// order.
type accessPage struct {
	t      *testing.T
	blocks []string
}

func readAccessPage(t *testing.T) accessPage {
	text, err := os.ReadFile("../../docs/access.md")
	require.NoError(t, err)
	p := accessPage{t: t}
	for _, block := range regexp.MustCompile("(?s)\n```(?:sh|yaml)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		p.blocks = append(p.blocks, block[1])
	}
	return p
}

// block is the one that holds a text.
func (p accessPage) block(text string) string {
	p.t.Helper()
	for _, block := range p.blocks {
		if strings.Contains(block, text) {
			return block
		}
	}
	p.t.Fatalf("docs/access.md no longer shows %q", text)
	return ""
}

// shellWord is one word of a command line, quoted or not.
var shellWord = regexp.MustCompile(`'([^']*)'|"([^"]*)"|([^\s'"]+)`)

func shellWords(line string) (words []string) {
	for _, found := range shellWord.FindAllStringSubmatch(strings.ReplaceAll(line, "\\\n", " "), -1) {
		words = append(words, found[1]+found[2]+found[3])
	}
	return words
}

// brokerCommand is a call of the broker's command line that stands on its own.
var brokerCommand = regexp.MustCompile(`(?m)(?:^|\()broker ((?:token|user) (?:create|list|disable|password)[^)#\n]*)`)

// follow types the commands of a block at the machine of a broker, and returns
// what the last has printed.
func (p accessPage) follow(b *testbroker.Broker, block string) (printed string) {
	p.t.Helper()
	for _, command := range brokerCommand.FindAllStringSubmatch(block, -1) {
		code, out, complaint := run(p.t, []string{"PACT_BROKER_DATABASE_URL=" + b.Settings().Database.URL, "PACT_BROKER_ACCESS=on"}, shellWords(command[1])...)
		require.Zero(p.t, code, "broker %s: %s", command[1], complaint)
		printed = strings.TrimSpace(out)
	}
	return printed
}

// send sends what curl sends in a block, and returns the answer.
func (p accessPage) send(b *testbroker.Broker, block string, as testbroker.Change) testbroker.Response {
	p.t.Helper()
	words := shellWords(block[strings.Index(block, "curl"):])
	method, address, body := http.MethodPost, "", ""
	for i, word := range words {
		switch {
		case i > 0 && words[i-1] == "-X":
			method = word
		case i > 0 && words[i-1] == "-d":
			body = word
		case address == "" && strings.Contains(word, "/api/v1/"):
			address = word[strings.Index(word, "/api/v1/"):]
		}
	}
	return b.Do(method, address, body, as)
}

// guardedBy is a broker with access on, as the page sets it up.
func guardedBy(t *testing.T, change ...func(*config.Settings)) *testbroker.Broker {
	return testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access.Tokens = true
		for _, c := range change {
			c(s)
		}
	}))
}

func bearer(token string) testbroker.Change {
	return testbroker.Header("Authorization", "Bearer "+token)
}

func TestAccessPage_setsUpOneTeam(t *testing.T) {
	p, b := readAccessPage(t), guardedBy(t)
	b.Get("/pacticipants").OK(http.StatusUnauthorized)
	admin := p.follow(b, p.block("export ADMIN_TOKEN="))
	require.True(t, access.IsSecret(admin), "the token alone is printed: %q", admin)
	pipelines := p.block(`--role developer --application web --expires 90d`)
	made := p.follow(b, pipelines)
	for _, token := range []string{made, p.send(b, pipelines, bearer(admin)).OK(http.StatusCreated).Text("secret")} {
		b.Put("/pacticipants/web/versions/1", testbroker.Object{}, bearer(token)).OK(http.StatusOK, http.StatusCreated)
		b.Put("/pacticipants/api/versions/1", testbroker.Object{}, bearer(token)).OK(http.StatusForbidden)
		b.Get("/pacticipants", testbroker.As("whoever", token)).OK(http.StatusOK)
	}
	code, _, complaint := run(t, []string{"PACT_BROKER_DATABASE_URL=" + b.Settings().Database.URL}, "user", "create", "admin", "--role", "admin") // as the first start of serve does
	require.Zero(t, code, complaint)
	require.NotEmpty(t, p.follow(b, p.block("broker user create jo")))
	team := p.block("/api/v1/teams/Shop")
	p.send(b, team, bearer(admin)).OK(http.StatusCreated)
	shop := p.follow(b, team)
	require.Equal(t, "Shop", b.Get("/api/v1/me", bearer(shop)).OK(http.StatusOK).Text("grants", 0, "teams", 0))
}

func TestAccessPage_setsUpACompanyWithOpenIDConnect(t *testing.T) {
	block := readAccessPage(t).block("PACT_BROKER_OIDC_ISSUER=")
	secret := filepath.Join(t.TempDir(), "oidc")
	require.NoError(t, os.WriteFile(secret, []byte("hush\n"), 0o600))
	var environ []string
	for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
		line, _, _ = strings.Cut(line, " #")
		environ = append(environ, strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(line), "'", ""), "/run/secrets/oidc", secret))
	}
	loaded, err := config.Load(config.Sources{Environ: environ})
	require.NoError(t, err)
	require.True(t, loaded.Settings.Access.Tokens)
	o := loaded.Settings.Access.OpenID
	require.Equal(t, []string{"https://login.example.org/realms/shop", "accord", "hush"}, []string{o.Issuer, o.ClientID, o.ClientSecret})
	require.Equal(t, []config.GroupRole{{Group: "platform", Role: "admin"}, {Group: "releases", Role: "deployer"}, {Group: "shop-devs", Role: "developer", Team: "Shop"}}, o.Groups)
}

func TestAccessPage_setsUpCIOnly(t *testing.T) {
	p, issuer := readAccessPage(t), testissuer.New(t)
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	fromFile := strings.ReplaceAll(p.block("project_path: [octo/api]"), "https://gitlab.com", issuer.URL)
	require.NoError(t, os.WriteFile(rules, []byte(fromFile), 0o600))
	b := guardedBy(t, func(s *config.Settings) {
		s.Access.TrustPrivateHosts, s.Access.TrustRules = []string{"127.0.0.1"}, rules
	})
	admin := bearer(p.follow(b, p.block("export ADMIN_TOKEN=")))
	rule := p.block(`"repository": ["octo/web"]`)
	p.send(b, strings.ReplaceAll(rule, "https://token.actions.githubusercontent.com", issuer.URL), admin).OK(http.StatusCreated)

	exchange := p.block("subject_token_type=")
	form := url.Values{}
	for _, field := range regexp.MustCompile(`-d "?([a-z_]+)=([^\s"]+)`).FindAllStringSubmatch(exchange, -1) {
		form.Set(field[1], field[2])
	}
	require.Equal(t, "$PACT_BROKER_ID_TOKEN", form.Get("subject_token"))
	const audience = "https://broker.example.org"
	gitlab := issuer.Claims(audience, "octo/api")
	gitlab["project_path"], gitlab["ref_protected"] = "octo/api", "true"
	for application, claims := range map[string]map[string]any{"web": issuer.Claims(audience, "octo/web"), "api": gitlab} {
		form.Set("subject_token", issuer.Sign(claims))
		token := bearer(b.Do(http.MethodPost, "/api/v1/token-exchange", form.Encode(), testbroker.ContentType("application/x-www-form-urlencoded")).OK(http.StatusOK).Text("access_token"))
		b.Put("/pacticipants/"+application+"/versions/1", testbroker.Object{}, token).OK(http.StatusCreated)
		b.Put("/pacticipants/another/versions/1", testbroker.Object{}, token).OK(http.StatusForbidden)
	}
	form.Set("subject_token", issuer.Sign(issuer.Claims(audience, "octo/evil")))
	b.Do(http.MethodPost, "/api/v1/token-exchange", form.Encode(), testbroker.ContentType("application/x-www-form-urlencoded")).OK(http.StatusBadRequest)
}
