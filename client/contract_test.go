//go:build pact

package client_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/client"
)

// These tests run the client against a stand-in for the broker. What it asked for,
// and what it could live with, becomes its contract with Accord: a file in the
// folder PACT_DIR, or in ./pacts. internal/testing/ownpacts verifies it.

// body is JSON, with matchers in it.
type body = map[string]any

const jsonType, problemType = `application/json(;.*)?`, `application/problem\+json(;.*)?`

func TestContract_aVerdictThatIsYes(t *testing.T) {
	asking(t, "web 1 may go to production", "a question about web 1", client.Yes)
}

func TestContract_aVerdictThatIsUnknown(t *testing.T) {
	asking(t, "nobody has verified web 1", "a question about web 1 that nobody can answer", client.Unknown)
}

func asking(t *testing.T, state, question, decision string) {
	t.Helper()
	pair := body{
		"code": matchers.Like("verified"), "decision": matchers.S(decision), "title": matchers.Like("Verified"), "self_healing": matchers.Like(false),
		"consumer": body{"name": matchers.S("web"), "version": matchers.S("1")},
		"provider": body{"name": matchers.S("orders")},
	}
	err := accord(t).AddInteraction().Given(state).UponReceiving(question).
		WithRequest(http.MethodPost, "/api/v1/verdicts", func(b *consumer.V4RequestBuilder) {
			b.Header("Idempotency-Key", matchers.Regex("MW5NQ2ZWR7L3XH4J6K8PAYTVQG", `^\S{16,}$`))
			b.JSONBody(map[string]any{
				"versions": []any{map[string]any{"application": "web", "version": "1"}}, "target": map[string]any{"environment": "production"},
			})
		}).
		WillRespondWith(http.StatusOK, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/json", jsonType))
			b.JSONBody(body{"decision": matchers.S(decision), "summary": matchers.Like("All is well."), "pairs": matchers.EachLike(pair, 1)})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			verdict, err := of(server).Verdict(t.Context(), client.Question{Versions: []client.Version{{Application: "web", Version: "1"}}, Target: client.Environment("production")})
			require.NoError(t, err)
			require.Equal(t, decision, verdict.Decision)
			require.Equal(t, "web 1", verdict.Pairs[0].Consumer.String())
			return nil
		})
	require.NoError(t, err)
}

func TestContract_whatRuns(t *testing.T) {
	err := accord(t).AddInteraction().UponReceiving("a question about what runs").
		WithRequest(http.MethodGet, "/api/v1/about").
		WillRespondWith(http.StatusOK, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/json", jsonType))
			b.JSONBody(body{
				"name": matchers.S("Accord"), "version": matchers.Like("1.0.0"), "compatible_with": matchers.Like("Pact Broker 2.120.0"),
				"database": matchers.Regex("sqlite", "^(sqlite|postgres)$"), "started_at": matchers.Regex("2026-11-21T08:54:31Z", `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*$`),
			})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			about, err := of(server).About(t.Context())
			require.NoError(t, err)
			require.Equal(t, "Accord", about.Name)
			return nil
		})
	require.NoError(t, err)
}

func TestContract_aRoleThatDoesNotExist(t *testing.T) {
	err := accord(t).AddInteraction().UponReceiving("a token with a role that does not exist").
		WithRequest(http.MethodPost, "/api/v1/tokens", func(b *consumer.V4RequestBuilder) {
			b.JSONBody(map[string]any{"name": "builds", "role": "emperor"})
		}).
		WillRespondWith(http.StatusBadRequest, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/problem+json", problemType))
			b.JSONBody(body{
				"status": 400, "code": matchers.S("invalid"), "retryable": false, "action": matchers.Like("Correct the fields that are named."),
				"request_id": matchers.Like("k3v5"), "errors": matchers.EachLike(body{"pointer": matchers.S("/role"), "detail": matchers.Like("is not known")}, 1),
			})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			_, err := of(server).CreateToken(t.Context(), client.NewToken{Name: "builds", Role: "emperor"})
			require.True(t, client.IsCode(err, "invalid"), "%v", err)
			return nil
		})
	require.NoError(t, err)
}

func TestContract_theTokens(t *testing.T) {
	err := accord(t).AddInteraction().Given("there is a token called builds").UponReceiving("a question for the tokens").
		WithRequest(http.MethodGet, "/api/v1/tokens").
		WillRespondWith(http.StatusOK, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/json", jsonType))
			b.JSONBody(body{"items": matchers.EachLike(body{
				"id": matchers.Like("7"), "name": matchers.Like("builds"), "role": matchers.Like("viewer"),
			}, 1), "next_cursor": nil})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			for token, err := range of(server).Tokens(t.Context(), "") {
				require.NoError(t, err)
				require.Equal(t, "builds", token.Name)
			}
			return nil
		})
	require.NoError(t, err)
}

// What can-i-deploy asks for the reasons.
func TestContract_aVerdictInTheWordsOfTheMatrix(t *testing.T) {
	words := url.Values{"q[][pacticipant]": {"web"}, "q[][version]": {"1"}, "latestby": {"cvpv"}, "environment": {"production"}}
	err := accord(t).AddInteraction().Given("nobody has verified web 1").UponReceiving("a question about web 1 in the words of the matrix").
		WithRequest(http.MethodGet, "/api/v1/verdicts", func(b *consumer.V4RequestBuilder) {
			for name, values := range words {
				b.Query(name, matchers.S(values[0]))
			}
		}).
		WillRespondWith(http.StatusOK, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/json", jsonType))
			b.JSONBody(body{"decision": matchers.S(client.Unknown), "pairs": matchers.EachLike(body{
				"code": matchers.Like("never_verified"), "decision": matchers.S(client.Unknown), "since": matchers.Like("2026-11-21T08:54:31Z"),
				"owner": body{"name": matchers.S("orders")}, "actions": matchers.EachLike(body{"title": matchers.Like("Verify it.")}, 1),
			}, 1)})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			verdict, err := of(server).VerdictFor(t.Context(), words)
			require.NoError(t, err)
			require.Equal(t, "orders", verdict.Pairs[0].Owner.Name)
			require.NotEmpty(t, verdict.Pairs[0].Actions[0].Title)
			return nil
		})
	require.NoError(t, err)
}

// What can-i-deploy does first in a job that has an identity.
func TestContract_aJobThatNobodyTrusts(t *testing.T) {
	err := accord(t).AddInteraction().UponReceiving("a token of a CI job that no rule trusts").
		WithRequest(http.MethodPost, "/api/v1/token-exchange", func(b *consumer.V4RequestBuilder) {
			b.Header("Content-Type", matchers.S("application/x-www-form-urlencoded"))
			b.Body("application/x-www-form-urlencoded", []byte("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=jwt&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"))
		}).
		WillRespondWith(http.StatusBadRequest, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/json", jsonType))
			b.JSONBody(body{"error": matchers.S("invalid_grant"), "error_description": matchers.Like("No rule fits.")})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			_, err := of(server).ExchangeToken(t.Context(), "jwt")
			require.True(t, client.IsCode(err, "invalid_grant"), "%v", err)
			return nil
		})
	require.NoError(t, err)
}

func accord(t *testing.T) *consumer.V4HTTPMockProvider {
	t.Helper()
	pact, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{Consumer: "accord-client", Provider: "accord", Host: "127.0.0.1", PactDir: os.Getenv("PACT_DIR")})
	require.NoError(t, err)
	return pact
}

func of(server consumer.MockServerConfig) *client.Client {
	return &client.Client{BaseURL: fmt.Sprintf("http://%s:%d", server.Host, server.Port)}
}
