//go:build pact

package canideploy

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/stretchr/testify/require"
)

// These tests run the program against a stand-in for the broker; what it asked for
// becomes its contract with Accord. internal/testing/ownpacts verifies it.

// body is JSON, with matchers in it.
type body = map[string]any

func TestContract_mayBeDeployed(t *testing.T) {
	whatIsSaid(t, "web 1 may go to production", "may web 1 go to production", exitYes, true, 0)
}

func TestContract_nobodyKnows(t *testing.T) {
	whatIsSaid(t, "nobody has verified web 1", "may web 1 go to production, which nobody knows", exitNo, nil, 1)
}

func whatIsSaid(t *testing.T, state, question string, code int, deployable any, unknown int) {
	t.Helper()
	pact := newPact(t)
	err := pact.AddInteraction().Given(state).UponReceiving(question).
		WithRequest(http.MethodGet, "/matrix", ofWeb("web")).
		WillRespondWith(http.StatusOK, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/hal+json;charset=utf-8", `^application/(hal\+)?json.*$`))
			b.JSONBody(body{
				"summary": body{"deployable": deployable, "reason": matchers.Like("All is well."), "unknown": unknown},
				"notices": matchers.EachLike(body{"type": matchers.Like("success"), "text": matchers.Like("All is well.")}, 1),
				"matrix": matchers.EachLike(body{
					"consumer": body{"name": matchers.S("web"), "version": body{"number": matchers.S("1")}},
					"provider": body{"name": matchers.S("orders")},
				}, 1),
			})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			require.Equal(t, code, runAgainst(server, "web", "--output", "json", "--retry-while-unknown", "0"))
			return nil
		})
	require.NoError(t, err)
}

func TestContract_anApplicationThatNobodyKnows(t *testing.T) {
	err := newPact(t).AddInteraction().UponReceiving("may a version of nobody go to production").
		WithRequest(http.MethodGet, "/matrix", ofWeb("nobody")).
		WillRespondWith(http.StatusBadRequest, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/hal+json;charset=utf-8", `^application/(hal\+)?json.*$`))
			b.JSONBody(body{"errors": matchers.EachLike(matchers.Like("Pacticipant nobody not found"), 1)})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			require.Equal(t, exitNoVerdict, runAgainst(server, "nobody"))
			return nil
		})
	require.NoError(t, err)
}

func TestContract_theExplanation(t *testing.T) {
	err := newPact(t).AddInteraction().Given("nobody has verified web 1").UponReceiving("why may web 1 not go to production").
		WithRequest(http.MethodGet, verdictsPath, ofWeb("web")).
		WillRespondWith(http.StatusOK, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/json", `^application/json.*$`))
			b.JSONBody(body{
				"decision": matchers.S("unknown"), "summary": matchers.Like("Nobody knows."),
				"pairs": matchers.EachLike(body{
					"code": matchers.Like("never_verified"), "decision": matchers.S("unknown"), "title": matchers.Like("Not verified"), "explanation": matchers.Like("Nobody has."),
					"self_healing": matchers.Like(true), "counted": true,
					"consumer": body{"name": matchers.S("web"), "version": matchers.S("1")}, "provider": body{"name": matchers.S("orders")},
					"actions": matchers.EachLike(body{"title": matchers.Like("Verify it.")}, 1),
				}, 1),
			})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			require.Equal(t, exitNo, runAgainst(server, "web", "--explain", "--retry-while-unknown", "0"))
			return nil
		})
	require.NoError(t, err)
}

func TestContract_aJobThatNobodyTrusts(t *testing.T) {
	err := newPact(t).AddInteraction().UponReceiving("a token of a CI job that no rule trusts").
		WithRequest(http.MethodPost, "/api/v1/token-exchange", func(b *consumer.V4RequestBuilder) {
			b.Body("application/x-www-form-urlencoded", []byte("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=jwt&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"))
		}).
		WillRespondWith(http.StatusBadRequest, func(b *consumer.V4ResponseBuilder) {
			b.Header("Content-Type", matchers.Regex("application/json", `^application/json.*$`))
			b.JSONBody(body{"error": matchers.S("invalid_grant"), "error_description": matchers.Like("No rule fits.")})
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			var out, errOut bytes.Buffer
			code := Run([]string{"--pacticipant", "web", "--version", "1", "--to-environment", "production", "--ci-identity",
				"--broker-base-url", fmt.Sprintf("http://%s:%d", server.Host, server.Port)}, nil, &out, &errOut,
				func(name string) string { return map[string]string{readyToken: "jwt"}[name] })
			require.Equal(t, exitNoVerdict, code)
			require.Contains(t, errOut.String(), "does not trust this CI job: No rule fits.")
			return nil
		})
	require.NoError(t, err)
}

// ofWeb is the question about version 1 of an application and production.
func ofWeb(name string) consumer.V4RequestBuilderFunc {
	return func(b *consumer.V4RequestBuilder) {
		b.Query("q[][pacticipant]", matchers.S(name))
		b.Query("q[][version]", matchers.S("1"))
		b.Query("latestby", matchers.S("cvpv"))
		b.Query("environment", matchers.S("production"))
	}
}

func runAgainst(server consumer.MockServerConfig, name string, more ...string) int {
	arguments := append([]string{"--pacticipant", name, "--version", "1", "--to-environment", "production",
		"--broker-base-url", fmt.Sprintf("http://%s:%d", server.Host, server.Port)}, more...)
	var out, errOut bytes.Buffer
	return Run(arguments, nil, &out, &errOut, func(string) string { return "" })
}

func newPact(t *testing.T) *consumer.V4HTTPMockProvider {
	t.Helper()
	pact, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{Consumer: "can-i-deploy", Provider: "accord", Host: "127.0.0.1", PactDir: os.Getenv("PACT_DIR")})
	require.NoError(t, err)
	return pact
}
