package app

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"

	"github.com/accord-broker/accord/internal/access"
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
		Read: a.db, Now: time.Now, NewID: uuid.NewString, Directory: newDirectory(a.db),
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
