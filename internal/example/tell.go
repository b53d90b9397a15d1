// Package example is a company whose contracts show what a broker is good for, and
// tells them to any broker that understands the Pact Broker's API.
package example

import (
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

// Tell tells a broker of the company: its contracts, the results of its providers,
// and what is deployed where. It may be told again. progress is called after each
// request with the number of requests so far. The error is the first answer that
// was a refusal.
func Tell(ctx context.Context, call Call, progress func(requests int)) error {
	t := teller{ctx: ctx, call: call, progress: progress}
	t.company()
	return t.err
}

// teller stops at the first answer that is not a success.
type teller struct {
	ctx      context.Context
	call     Call
	progress func(requests int)
	requests int
	err      error
}

func (t *teller) company() {
	for _, p := range silent {
		t.version(p, 1)
	}
	for _, p := range pairs {
		t.pair(p)
	}
	t.external("card-gateway", "Belongs to our bank, which verifies no contracts.")
	for _, l := range labels {
		t.send(http.MethodPut, at.Label(l.application, l.label), nil)
	}
	t.stages()
}

// pair publishes a contract and what came of verifying it.
func (t *teller) pair(p pair) {
	results := t.publish(p)
	for _, n := range p.verified {
		t.result(results, p.provider, n, true, nil)
	}
	for _, n := range p.failed {
		t.result(results, p.provider, n, false, failures[p.file])
	}
}

// external marks an application as another company's. A Pact Broker knows nothing
// of that, and is told the rest.
func (t *teller) external(application, reason string) {
	if status, text := t.ask(http.MethodPut, at.External(application), map[string]any{"reason": reason}); status != http.StatusNotFound {
		t.succeeded(http.MethodPut, at.External(application), status, text)
	}
}

// stages makes the environments that are missing and records what is there.
func (t *teller) stages() {
	uuids := map[string]string{}
	for _, e := range t.send(http.MethodGet, at.Environments(), nil).Embedded.Environments {
		uuids[e.Name] = e.UUID
	}
	for _, stage := range stages {
		uuid, there := uuids[stage.environment]
		if !there {
			uuid = t.send(http.MethodPost, at.Environments(), map[string]any{"name": stage.environment, "production": stage.production}).UUID
		}
		for _, application := range slices.Sorted(maps.Keys(stage.versions)) {
			t.send(http.MethodPost, at.RecordDeployment(application, Commit(application, stage.versions[application]), uuid), nil)
		}
	}
}

func (t *teller) version(application string, n int) {
	t.send(http.MethodPut, at.BranchVersion(application, "main", Commit(application, n)), nil)
}

// publish returns where results for the contract go.
func (t *teller) publish(p pair) (results string) {
	commit := Commit(p.consumer, p.version)
	t.send(http.MethodPost, at.PublishContracts(), map[string]any{
		"pacticipantName": p.consumer, "pacticipantVersionNumber": commit, "branch": "main",
		"contracts": []any{map[string]any{
			"consumerName": p.consumer, "providerName": p.provider, "specification": "pact",
			"contentType": "application/json", "content": base64.StdEncoding.EncodeToString(p.content()),
		}},
	})
	return t.send(http.MethodGet, at.Pact(p.provider, p.consumer, commit), nil).Links.Results.Href
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

func (t *teller) result(address, provider string, n int, success bool, tests any) {
	t.version(provider, n)
	t.send(http.MethodPost, address, map[string]any{"success": success, "providerApplicationVersion": Commit(provider, n), "testResults": tests})
}

// answer is what the story needs of the answers.
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

func (t *teller) send(method, address string, body any) (got answer) {
	status, text := t.ask(method, address, body)
	if !t.succeeded(method, address, status, text) {
		return answer{}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.err = fmt.Errorf("%s %s: %w", method, address, err)
	}
	return got
}

// ask asks unless something has failed before.
func (t *teller) ask(method, address string, body any) (status int, text []byte) {
	if t.err != nil {
		return 0, nil
	}
	status, text, t.err = t.call(t.ctx, method, address, body)
	t.requests++
	t.progress(t.requests)
	return status, text
}

// succeeded reports whether the answer is a success, and keeps it as the error if
// it is not.
func (t *teller) succeeded(method, address string, status int, text []byte) bool {
	if t.err == nil && status >= http.StatusMultipleChoices {
		t.err = fmt.Errorf("%s %s: %d %.300s", method, address, status, text)
	}
	return t.err == nil
}
