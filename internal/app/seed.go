package app

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"accord/internal/edge"
	"accord/internal/store"
	"accord/internal/support/links"
)

// The example: a shop asks a stock service. Version 1 of both is in production.
// Version 2 of the shop also wants to reserve articles, which only version 2 of
// the stock service can; both are in the test environment. So version 2 of the
// shop must wait until version 2 of the stock service is in production.
const (
	exampleShop  = "example-shop"
	exampleStock = "example-stock"
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

// seeder tells the story of the example to the broker, and stops at the first
// answer that is not a success.
type seeder struct {
	ctx    context.Context
	caller caller
	err    error
}

// at is the base of the paths that the seeder asks for.
const at = links.Base("")

func (s *seeder) tell() {
	test, production := s.environment("test", false), s.environment("production", true)

	s.branch(exampleStock, "1")
	first := s.publish("1", "example/shop-1.json")
	s.result(first, "1", true)
	s.deploy("1", test)
	s.deploy("1", production)

	s.branch(exampleStock, "2")
	second := s.publish("2", "example/shop-2.json")
	s.result(second, "1", false)
	s.result(first, "2", true)
	s.result(second, "2", true)
	s.deploy("2", test)
}

func (s *seeder) environment(name string, production bool) (uuid string) {
	answer := s.send(http.MethodPost, at.Environments(), map[string]any{"name": name, "production": production})
	return answer.UUID
}

func (s *seeder) branch(application, version string) {
	s.send(http.MethodPut, at.BranchVersion(application, "main", version), nil)
}

// publish returns where results for the contract go.
func (s *seeder) publish(version, file string) (results string) {
	content, err := example.ReadFile(file)
	s.err = errors.Join(s.err, err)
	s.send(http.MethodPost, at.PublishContracts(), map[string]any{
		"pacticipantName": exampleShop, "pacticipantVersionNumber": version, "branch": "main",
		"contracts": []any{map[string]any{
			"consumerName": exampleShop, "providerName": exampleStock, "specification": "pact",
			"contentType": "application/json", "content": base64.StdEncoding.EncodeToString(content),
		}},
	})
	pact := s.send(http.MethodGet, at.Pact(exampleStock, exampleShop, version), nil)
	return pact.Links.Results.Href
}

func (s *seeder) result(address, providerVersion string, success bool) {
	s.send(http.MethodPost, address, map[string]any{"success": success, "providerApplicationVersion": providerVersion})
}

func (s *seeder) deploy(version, environment string) {
	for _, application := range []string{exampleStock, exampleShop} {
		s.send(http.MethodPost, at.RecordDeployment(application, version, environment), nil)
	}
}

// told is what the story needs of the answers.
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
