package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"

	"github.com/accord-broker/accord/internal/access"
	"github.com/accord-broker/accord/internal/audit"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/trust"
	"github.com/accord-broker/accord/internal/webhooks"
)

// issuerTimeout is how long an issuer may take to answer: a pipeline waits.
const issuerTimeout = 5 * time.Second

// newTrust makes the service that exchanges tokens of CI providers. Their keys
// are read under the guard that webhooks are sent under.
func (a *App) newTrust() (*trust.Service, error) {
	private, err := webhooks.ParseHostRules(a.settings.Access.TrustPrivateHosts)
	if err != nil {
		return nil, config.Problems{fmt.Sprintf("PACT_BROKER_TRUST_PRIVATE_HOSTS: %v", err)}
	}
	connection := webhooks.Connection{
		Guard: webhooks.Guard{Allowed: private}, Timeout: issuerTimeout,
		Proxy: func(address *url.URL) (*url.URL, error) {
			return http.ProxyFromEnvironment(&http.Request{URL: address})
		},
	}
	client, err := connection.Client(a.logger)
	if err != nil {
		return nil, err
	}
	s := &trust.Service{
		Read: a.db, Now: time.Now, NewID: uuid.NewString,
		Keys: &trust.Keys{Client: client, Now: time.Now, Private: func(host string) bool {
			return slices.ContainsFunc(private, func(r webhooks.HostRule) bool { return r.Matches(host) })
		}},
		InTx: func(ctx context.Context, fn func(ctx context.Context, tx trust.Tx) error) error {
			return a.db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx) })
		},
	}
	s.Settings, err = readTrustRules(a.settings.Access.TrustRules, s.Check)
	return s, err
}

// warnOfIgnoredRules says which kept trust rules do not count any more.
func (a *App) warnOfIgnoredRules(ctx context.Context) error {
	rules, err := a.trust.Rules(ctx)
	for _, r := range rules {
		if len(r.Ignored) > 0 {
			a.logger.Warn("a trust rule is ignored, and no token is given under it: "+strings.Join(r.Ignored, "; "),
				"rule", r.Name, "id", r.ID, "remedy", "Correct it on the page of trust rules, or with PUT /api/v1/trust-rules/"+r.ID+", or delete it.")
		}
	}
	return err
}

// AccessChecked is what a database holds of access that needs to be looked at.
type AccessChecked struct {
	// Guards are what has become of the triggers by which the database refuses to change
	// the audit.
	Guards audit.Guards
	// Ignored are the trust rules that do not count any more.
	Ignored []trust.Rule
}

// CheckAccess looks into the database that the settings name, which must be up to
// date, whether or not a broker serves from it.
func CheckAccess(ctx context.Context, settings config.Settings) (found AccessChecked, err error) {
	database, err := openToRead(ctx, settings)
	if err != nil {
		return found, err
	}
	a := &App{settings: settings, db: database, logger: slog.New(slog.DiscardHandler)}
	err = a.checkAccess(ctx, &found)
	return found, errors.Join(err, database.Close())
}

func (a *App) checkAccess(ctx context.Context, found *AccessChecked) (err error) {
	if found.Guards, err = a.db.Guards(ctx); err != nil {
		return err
	}
	rules, err := a.newTrust()
	if err != nil {
		return err
	}
	all, err := rules.Rules(ctx)
	found.Ignored = slices.DeleteFunc(all, func(r trust.Rule) bool { return len(r.Ignored) == 0 })
	return err
}

// trustFile is a rule as the file of the settings has it.
type trustFile struct {
	Name         string              `yaml:"name"`
	Issuer       string              `yaml:"issuer"`
	Audience     string              `yaml:"audience"`
	Claims       map[string][]string `yaml:"claims"`
	Role         string              `yaml:"role"`
	Applications []string            `yaml:"applications"`
	Labels       []string            `yaml:"labels"`
	Teams        []string            `yaml:"teams"`
}

// readTrustRules reads the file of rules, if there is one. The error is
// config.Problems that name what is wrong with which rule.
func readTrustRules(path string, check func(trust.Rule) error) ([]trust.Rule, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, config.Problems{fmt.Sprintf("PACT_BROKER_TRUST_RULES must name a file that can be read: %v", err)}
	}
	defer file.Close()
	var written []trustFile
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(&written); err != nil {
		return nil, config.Problems{fmt.Sprintf("PACT_BROKER_TRUST_RULES: %s must be a list of rules in YAML: %v", path, err)}
	}
	var rules []trust.Rule
	var problems config.Problems
	for i, w := range written {
		r := trust.Rule{
			ID: "settings-" + strconv.Itoa(i+1), Name: w.Name, Issuer: w.Issuer, Audience: w.Audience, Role: access.Role(w.Role),
			Scope: access.ScopeOf(w.Applications, w.Labels, w.Teams),
		}
		for _, name := range slices.Sorted(maps.Keys(w.Claims)) {
			r.Claims = append(r.Claims, trust.Claim{Name: name, Patterns: w.Claims[name]})
		}
		if wrong := access.EmptyLists(w.Applications, w.Labels, w.Teams); len(wrong) > 0 {
			problems = append(problems, fmt.Sprintf("PACT_BROKER_TRUST_RULES: %s: rule no. %d: %v", path, i+1, fault.InvalidFields(wrong...)))
		}
		if err := check(r); err != nil {
			problems = append(problems, fmt.Sprintf("PACT_BROKER_TRUST_RULES: %s: rule no. %d: %v", path, i+1, err))
		}
		rules = append(rules, r)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return rules, nil
}
