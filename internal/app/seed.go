package app

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/support/links"
)

//go:embed example/*.json
var example embed.FS

// seeded is the note that the example data was loaded, or never shall be.
const seeded = "example data"

// Seed loads the example data if the settings want it and the database was
// empty when it was first opened with that setting. If that fails, for settings
// that the example does not fit, the broker does without. Run does this once it
// answers, so that the first start is as fast as any.
func (a *App) Seed(ctx context.Context) {
	if !a.settings.SeedExampleData {
		return
	}
	wanted, err := a.takeNote(ctx)
	if err == nil && wanted {
		err = a.tellExample(ctx)
	}
	if err != nil {
		a.logger.Warn("the example data could not be loaded", "error", err)
	}
}

// takeNote notes that the example data is dealt with, and reports whether it
// is to be loaded now: by one of several replicas, into an empty database.
func (a *App) takeNote(ctx context.Context) (wanted bool, err error) {
	err = a.db.InTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		isNew, err := tx.AddNote(ctx, seeded)
		if err != nil || !isNew {
			return err
		}
		wanted, err = tx.IsEmpty(ctx)
		return err
	})
	return wanted, err
}

// tellExample tells the example to the broker, without access log or gate.
func (a *App) tellExample(ctx context.Context) error {
	serving := a.serving
	serving.Logger, serving.Gate = slog.New(slog.DiscardHandler), nil
	s := seeder{ctx: ctx, caller: caller{edge.New(serving)}}
	s.tell()
	return s.err
}

// seeder plays the scenario of the example to the broker, and stops at the first
// answer that is not a success.
type seeder struct {
	ctx    context.Context
	caller caller
	err    error
}

// at is the base of the paths that the seeder asks for.
const at = links.Base("")

func (s *seeder) tell() {
	for _, p := range exampleProviders {
		s.version(p, 1)
	}
	for _, p := range examplePairs {
		s.pair(p)
	}
	s.send(http.MethodPut, at.External("card-gateway"), map[string]any{"reason": "Belongs to our bank, which verifies no contracts."})
	for _, l := range exampleLabels {
		s.send(http.MethodPut, at.Label(l.application, l.label), nil)
	}
	for _, stage := range exampleStages {
		s.stage(stage)
	}
}

// pair publishes a contract and what came of verifying it.
func (s *seeder) pair(p examplePair) {
	if p.file == "" {
		p.file = p.consumer + "-" + p.provider
	}
	results := s.publish(p)
	for _, n := range p.verified {
		s.result(results, p.provider, n, true, nil)
	}
	for _, n := range p.failed {
		s.result(results, p.provider, n, false, exampleFailures[p.file])
	}
}

// stage makes an environment and records what is there.
func (s *seeder) stage(stage exampleStage) {
	made := s.send(http.MethodPost, at.Environments(), map[string]any{"name": stage.environment, "production": stage.production})
	for _, application := range slices.Sorted(maps.Keys(stage.versions)) {
		commit := exampleCommit(application, stage.versions[application])
		s.send(http.MethodPost, at.RecordDeployment(application, commit, made.UUID), nil)
	}
}

func (s *seeder) version(application string, n int) {
	s.send(http.MethodPut, at.BranchVersion(application, "main", exampleCommit(application, n)), nil)
}

// publish returns where results for the contract go.
func (s *seeder) publish(p examplePair) (results string) {
	content, err := example.ReadFile("example/" + p.file + ".json")
	s.err = errors.Join(s.err, err)
	commit := exampleCommit(p.consumer, p.version)
	s.send(http.MethodPost, at.PublishContracts(), map[string]any{
		"pacticipantName": p.consumer, "pacticipantVersionNumber": commit, "branch": "main",
		"contracts": []any{map[string]any{
			"consumerName": p.consumer, "providerName": p.provider, "specification": "pact",
			"contentType": "application/json", "content": base64.StdEncoding.EncodeToString(content),
		}},
	})
	pact := s.send(http.MethodGet, at.Pact(p.provider, p.consumer, commit), nil)
	return pact.Links.Results.Href
}

func (s *seeder) result(address, provider string, n int, success bool, tests any) {
	s.version(provider, n)
	s.send(http.MethodPost, address, map[string]any{"success": success, "providerApplicationVersion": exampleCommit(provider, n), "testResults": tests})
}

// told is what the scenario needs of the answers.
type told struct {
	UUID  string `json:"uuid"`
	Links struct {
		Results struct {
			Href string `json:"href"`
		} `json:"pb:publish-verification-results"`
	} `json:"_links"`
}

func (s *seeder) send(method, address string, body any) (answer told) {
	if s.err != nil {
		return told{}
	}
	status, text, err := s.caller.call(s.ctx, method, address, body)
	if err == nil && status >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s: %d %s", method, address, status, text)
	}
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	s.err = err
	return answer
}
