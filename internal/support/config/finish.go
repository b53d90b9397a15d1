package config

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// finish settles what depends on several settings, and checks that they agree.
func (l *loader) finish(t *target, s source) {
	l.finishDatabase(t, s)
	l.finishAccess(t, s)
	l.finishPeople(t)
	l.finishTimes(t)
	l.finishBackups(t)
	l.finishFeatures(t)
	t.SeedExampleData = t.Database.URL == defaultDatabase
	if t.seed != nil {
		t.SeedExampleData = *t.seed
	}
	t.Webhooks.Certificates = l.readCertificates(s.certificates)
}

func (l *loader) finishDatabase(t *target, s source) {
	_, given := s.values["database_url"]
	if t.databaseRequired && !given && !t.parts.given() {
		l.problem("%s must say where everything is kept: %s", variable("database_url"), databaseURLs)
	}
	if !given && t.parts.password != "" && t.parts.username == "" {
		l.problem("%s is set, but %s is not: nobody could log in with it", variable("database_password"), variable("database_username"))
		return
	}
	if !given && t.parts.given() {
		assembled, err := t.parts.assemble()
		if err != nil {
			l.problem("%v", err)
			return
		}
		if err := databaseURL(&t.Database.URL)(assembled); err != nil {
			l.problem("%s and the other parts of the database address must make up %v", variable("database_name"), err)
		}
	}
	t.Database.URL = withSSLMode(t.Database.URL, t.parts.sslmode)
}

func (l *loader) finishAccess(t *target, s source) {
	a := &t.Access
	defer func() { a.RequestsPerMinute = requestsPerMinute(t) }()
	a.BasicAuth = a.Username != "" && a.Password != ""
	if t.basicAuth != nil {
		if *t.basicAuth && !a.BasicAuth {
			l.problem("%s is true, but %s or %s is not set: nobody could write", s.values["basic_auth_enabled"].from,
				variable("basic_auth_username"), variable("basic_auth_password"))
		}
		a.BasicAuth = *t.basicAuth && a.BasicAuth
	} else if (a.Username == "") != (a.Password == "") {
		l.problem("%s and %s must be set together: with one of them alone the broker would be open",
			variable("basic_auth_username"), variable("basic_auth_password"))
	}
	if (a.ReadOnlyUsername == "") != (a.ReadOnlyPassword == "") {
		l.problem("%s and %s must be set together", variable("basic_auth_read_only_username"), variable("basic_auth_read_only_password"))
	} else if a.ReadOnlyUsername != "" && !a.BasicAuth && t.basicAuth == nil {
		l.problem("%s is set, but %s is not: nobody could write", variable("basic_auth_read_only_username"), variable("basic_auth_username"))
	}
}

// guardedRate is the limit of requests a minute where credentials are asked for:
// far more than pipelines send.
const guardedRate = 60_000

func requestsPerMinute(t *target) int {
	switch {
	case t.rateLimit != nil:
		return *t.rateLimit
	case t.Access.Tokens || t.Access.BasicAuth:
		return guardedRate
	}
	return 0
}

func (l *loader) finishPeople(t *target) {
	a, o := t.Access, t.Access.OpenID
	if a.SessionIdle <= 0 || a.SessionIdle > a.SessionLifetime {
		l.problem("%s (%s) must be more than 0 and not longer than %s (%s)", variable("session_idle_timeout"), a.SessionIdle, variable("session_lifetime"), a.SessionLifetime)
	}
	if o.Issuer == "" {
		return
	}
	if o.ClientID == "" {
		l.problem("%s is set, but %s is not: the provider would not know who asks", variable("oidc_issuer"), variable("oidc_client_id"))
	}
	if !a.Tokens {
		l.problem("%s is set, but %s is not on: nobody would have to sign in", variable("oidc_issuer"), variable("access"))
	}
	if !slices.Contains(o.Scopes, "openid") {
		l.problem("%s must name openid", variable("oidc_scopes"))
	}
}

func (l *loader) finishTimes(t *target) {
	if v := t.Verdicts; v.PendingFor > v.LostAfter {
		l.problem("%s (%s) must not be longer than %s (%s)", variable("verdict_pending_for"), v.PendingFor, variable("verdict_lost_after"), v.LostAfter)
	}
	if w := t.Selection; w.MinWIPWindowDays > w.MaxWIPLookbackDays {
		l.problem("%s (%d) must not be more than %s (%d)", variable("min_wip_window_days"), w.MinWIPWindowDays, variable("max_wip_lookback_days"), w.MaxWIPLookbackDays)
	}
}

// knownFeatures are the optional behaviours that there are.
var knownFeatures = []string{"disable_pacts_for_verification", "expand_currently_deployed_provider_versions"}

// finishFeatures warns of features that there are not: the Pact Broker has others.
func (l *loader) finishFeatures(t *target) {
	for _, feature := range t.Features {
		if !slices.Contains(knownFeatures, feature) {
			l.warn("%s names %q, which is no feature here; there are: %s.", variable("features"), feature, strings.Join(knownFeatures, ", "))
		}
	}
}

// certificateSource is a certificate as it is written in the settings.
type certificateSource struct {
	Description string `yaml:"description"`
	Content     string `yaml:"content"`
	Path        string `yaml:"path"`
	from        string
}

var certificateKey = regexp.MustCompile(`^webhook_certificates__(\d{1,3})__(description|content|path)$`)

// takeCertificates takes PACT_BROKER_WEBHOOK_CERTIFICATES__0__CONTENT and its
// kind out of the environment, in the order of their numbers.
func (l *loader) takeCertificates(s *source) {
	byNumber := map[int]certificateSource{}
	highest := -1
	for _, key := range s.names() {
		found := certificateKey.FindStringSubmatch(key)
		if found == nil {
			continue
		}
		n, err := strconv.Atoi(found[1])
		if err != nil {
			continue
		}
		c, v := byNumber[n], s.values[key]
		switch found[2] {
		case "description":
			c.Description = v.text
		case "content":
			c.Content = v.text
		case "path":
			c.Path = v.text
		}
		c.from = fmt.Sprintf("%s__%d", variable("webhook_certificates"), n)
		byNumber[n], highest = c, max(highest, n)
		delete(s.values, key)
	}
	for n := 0; n <= highest; n++ {
		if c, ok := byNumber[n]; ok {
			s.certificates = append(s.certificates, c)
		}
	}
}

func (l *loader) readCertificates(sources []certificateSource) []Certificate {
	var all []Certificate
	for _, c := range sources {
		if (c.Content == "") == (c.Path == "") {
			l.problem("%s must have either content or path", c.from)
			continue
		}
		text := c.Content
		if c.Path != "" {
			content, err := os.ReadFile(c.Path)
			if err != nil {
				l.problem("%s names a file that cannot be read: %v", c.from, err)
				continue
			}
			text = string(content)
		}
		if !isCertificate(text) {
			l.problem("%s must be a certificate in PEM form, beginning with -----BEGIN CERTIFICATE-----", c.from)
			continue
		}
		all = append(all, Certificate{Description: c.Description, PEM: text})
	}
	return all
}

func isCertificate(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	_, err := x509.ParseCertificate(block.Bytes)
	return err == nil
}
