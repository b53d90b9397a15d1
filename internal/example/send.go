// Package example is a company whose contracts show what a broker is good for, and
// sends them to any broker that understands the Pact Broker's API.
package example

import (
	"cmp"
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/accord-broker/accord/internal/support/links"
)

//go:embed contracts/*.json
var contracts embed.FS

// Call sends a body as JSON, or none if it is nil, to a path or to a link of the
// broker, and returns what it answers, be it a refusal.
type Call func(ctx context.Context, method, address string, body any) (status int, answer []byte, err error)

// at is the base of the paths that are asked for.
const at = links.Base("")

// Send sends a broker the company: its contracts, the results of its providers,
// and what is deployed where. It may be sent again. progress is called after each
// request with the number of requests so far. The error is the first answer that
// was a refusal.
func Send(ctx context.Context, call Call, progress func(requests int)) error {
	s := sender{ctx: ctx, call: call, progress: progress}
	s.company()
	return s.err
}

// sender stops at the first answer that is not a success.
type sender struct {
	ctx      context.Context
	call     Call
	progress func(requests int)
	requests int
	err      error
}

func (s *sender) company() {
	for _, p := range silent {
		s.version(p, 1)
	}
	for _, p := range pairs {
		s.pair(p)
	}
	s.optional(http.MethodPut, at.External("card-gateway"), map[string]any{"reason": "Belongs to our bank, which verifies no contracts."})
	for _, t := range teams {
		s.optional(http.MethodPut, at.Path("/api/v1/teams/"+t.name), map[string]any{"labels": []string{t.label}, "contact": t.contact})
	}
	s.optional(http.MethodPut, at.Webhook(webhook), map[string]any{
		"description": "Verify the contracts of payments", "enabled": false, "provider": map[string]any{"name": "payments"},
		"events":  []any{map[string]any{"name": "contract_requiring_verification_published"}},
		"request": map[string]any{"method": http.MethodPost, "url": "https://ci.example.org/mugs/payments/builds", "body": map[string]any{"pact": "${pactbroker.pactUrl}"}},
	})
	for _, name := range Applications() {
		if name != "card-gateway" {
			s.send(http.MethodPatch, at.Pacticipant(name), map[string]any{"repositoryUrl": repository(name)})
		}
	}
	for _, l := range labels {
		s.send(http.MethodPut, at.Label(l.application, l.label), nil)
	}
	s.stages()
}

// pair publishes a contract and what came of verifying it.
func (s *sender) pair(p pair) {
	results := s.publish(p)
	for _, n := range p.verified {
		s.result(results, p.provider, n, true, nil)
	}
	for _, n := range p.failed {
		s.result(results, p.provider, n, false, failures[p.file])
	}
}

// optional sends what a broker may not know or may not want: a Pact Broker knows nothing of
// other companies and teams, and settings may allow no webhook. It is told the rest.
func (s *sender) optional(method, address string, body any) {
	status, text := s.ask(method, address, body)
	if status != http.StatusNotFound && status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
		s.succeeded(method, address, status, text)
	}
}

// stages makes the environments that are missing and records what is there.
func (s *sender) stages() {
	uuids := map[string]string{}
	for _, e := range s.send(http.MethodGet, at.Environments(), nil).Embedded.Environments {
		uuids[e.Name] = e.UUID
	}
	for _, stage := range stages {
		uuid, there := uuids[stage.environment]
		if !there {
			uuid = s.send(http.MethodPost, at.Environments(), map[string]any{
				"name": stage.environment, "production": stage.production,
				"contacts": []any{map[string]any{"name": "Platform", "details": map[string]any{"chat": "#platform"}}},
			}).UUID
		}
		for _, application := range slices.Sorted(maps.Keys(stage.versions)) {
			s.send(http.MethodPost, at.RecordDeployment(application, Commit(application, stage.versions[application]), uuid), nil)
		}
	}
}

func (s *sender) version(application string, n int) {
	s.send(http.MethodPut, at.BranchVersion(application, "main", Commit(application, n)), nil)
}

// publish returns where results for the contract go.
func (s *sender) publish(p pair) (results string) {
	commit := Commit(p.consumer, p.version)
	s.send(http.MethodPost, at.PublishContracts(), map[string]any{
		"pacticipantName": p.consumer, "pacticipantVersionNumber": commit, "branch": cmp.Or(p.branch, "main"), "tags": p.tags, "buildUrl": build(p.consumer, p.version),
		"contracts": []any{map[string]any{
			"consumerName": p.consumer, "providerName": p.provider, "specification": "pact",
			"contentType": "application/json", "content": base64.StdEncoding.EncodeToString(p.content()),
		}},
	})
	return s.send(http.MethodGet, at.Pact(p.provider, p.consumer, commit), nil).Links.Results.Href
}

// content is the pact. Each is in the program: the tests publish all.
func (p pair) content() []byte {
	name := p.file
	if name == "" {
		name = p.consumer + "-" + p.provider
	}
	content, err := contracts.ReadFile("contracts/" + name + ".json")
	if err != nil {
		panic(err)
	}
	return content
}

func (s *sender) result(address, provider string, n int, success bool, tests any) {
	s.version(provider, n)
	s.send(http.MethodPost, address, map[string]any{"success": success, "providerApplicationVersion": Commit(provider, n), "buildUrl": build(provider, n), "testResults": tests})
}

// answer is what the example needs of the answers.
type answer struct {
	UUID  string `json:"uuid"`
	Links struct {
		Results struct {
			Href string `json:"href"`
		} `json:"pb:publish-verification-results"`
	} `json:"_links"`
	Embedded struct {
		Environments []struct {
			UUID string `json:"uuid"`
			Name string `json:"name"`
		} `json:"environments"`
	} `json:"_embedded"`
}

func (s *sender) send(method, address string, body any) (got answer) {
	status, text := s.ask(method, address, body)
	if !s.succeeded(method, address, status, text) {
		return answer{}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		s.err = fmt.Errorf("%s %s: %w", method, address, err)
	}
	return got
}

// ask asks unless something has failed before.
func (s *sender) ask(method, address string, body any) (status int, text []byte) {
	if s.err != nil {
		return 0, nil
	}
	status, text, s.err = s.call(s.ctx, method, address, body)
	s.requests++
	s.progress(s.requests)
	return status, text
}

// succeeded reports whether the answer is a success, and keeps it as the error if
// it is not.
func (s *sender) succeeded(method, address string, status int, text []byte) bool {
	if s.err == nil && status >= http.StatusMultipleChoices {
		s.err = fmt.Errorf("%s %s: %d %.300s", method, address, status, text)
	}
	return s.err == nil
}
