// Package generated_test tries a whole broker with requests that Schemathesis makes
// up from openapi.yaml, on both faces and on both databases: with what the contract
// allows and with what it does not, with names of what is there, and from one answer
// to the next. None may be answered with a failure of the broker, or otherwise than
// the contract says.
//
// `make generated` runs it. Without the variable ACCORD_SCHEMATHESIS, which names the
// program, it is skipped. ACCORD_SEED repeats a run.
package generated_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const (
	// programVariable names the program to run.
	programVariable = "ACCORD_SCHEMATHESIS"
	// budget is for how many seconds requests are made in each phase, unless
	// ACCORD_GENERATED_SECONDS says otherwise. Both databases are tried at a time.
	budget = "25"
	// timeout is how long one run may take in all before it counts as stuck.
	timeout = 10 * time.Minute
)

func TestBroker_answersAsTheContractSays(t *testing.T) {
	if os.Getenv(programVariable) == "" {
		t.Skip("`make generated` tries the broker with generated requests")
	}
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		fill(b)
		known := filepath.Join(t.TempDir(), "known.json")
		discover(t, b).write(t, known)
		for _, phases := range []string{"examples,coverage,fuzzing", "stateful"} {
			say, err := run(t, known, b.URL(), phases, cmp.Or(os.Getenv("ACCORD_GENERATED_SECONDS"), budget))
			t.Logf("%s", say)
			require.NoError(t, err, "some answers are not what openapi.yaml says")
		}
	}, testbroker.With(settings))
}

// settings let the broker call nobody, whatever it is told.
func settings(s *config.Settings) {
	s.SeedExampleData = true
	s.Server.BaseURLs = nil
	s.Webhooks.Hosts, s.Webhooks.Methods = []string{"receiver.invalid"}, []string{"POST", "GET"}
	s.Secrets.Key = base64.StdEncoding.EncodeToString(make([]byte, 32))
	s.Access.RequestsPerMinute = 0
}

// fill makes one of each thing that the example company lacks.
func fill(b *testbroker.Broker) {
	webhook := map[string]any{"events": []string{"contract_published"}, "request": map[string]any{"method": "POST", "url": "https://receiver.invalid/hook"}}
	b.Post("/api/v1/webhooks", webhook).OK(http.StatusCreated)
	b.Pact("kiosk", "1").With("payments") // of which the webhook is to tell
	b.Put("/api/v1/secrets/CI_TOKEN", map[string]any{"value": "sesame"}).OK(http.StatusCreated)
	b.Post("/api/v1/tokens", map[string]any{"name": "builds", "role": "consumer-ci"}).OK(http.StatusCreated)
	b.Post("/api/v1/trust-rules", map[string]any{
		"name": "builds", "issuer": "https://issuer.invalid", "audience": "accord", "claims": map[string]any{"repository": []string{"example/web"}}, "role": "viewer",
	}).OK(http.StatusCreated)
	b.Put("/api/v1/teams/shop", map[string]any{"applications": []string{"checkout-web"}}).OK(http.StatusCreated)
	b.Put("/api/v1/roles/reader", map[string]any{"actions": []string{"read"}}).OK(http.StatusCreated)
	b.Post("/api/v1/users", map[string]any{"name": "ada", "role": "admin"}).OK(http.StatusCreated)
	b.Put("/pacticipants/payments/labels/money", nil).OK(http.StatusCreated)
	b.Post("/provider-contracts/provider/payments/publish", map[string]any{
		"pacticipantVersionNumber": "9", "branch": "main", "contract": map[string]any{
			"content":     base64.StdEncoding.EncodeToString([]byte("openapi: 3.0.3\ninfo: {title: Payments, version: '9'}\npaths:\n  /payments: {get: {responses: {'200': {description: ok}}}}\n")),
			"contentType": "application/yaml", "specification": "oas",
			"selfVerificationResults": map[string]any{"success": true, "content": "b2s=", "contentType": "text/plain", "verifier": "own-tests"},
		},
	}).OK(http.StatusCreated, http.StatusOK)
}

// run lets Schemathesis make its requests in some of its phases, for so many seconds,
// and returns what it said.
func run(t *testing.T, known, address, phases, seconds string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join("..", "..", "..", ".ci", "schemathesis"))))
	command := exec.CommandContext(ctx, os.Getenv(programVariable), "run", address+"/openapi.yaml", "--url", address,
		"--phases", phases, "--seed", seed(t), "--max-time", seconds, "--no-color", "--warnings", "off")
	command.Dir = folder
	command.Env = append(os.Environ(), "ACCORD_KNOWN="+known, "PYTHONDONTWRITEBYTECODE=1")
	say, err := command.CombinedOutput()
	return string(say), err
}

// seed is that of the run to repeat, or a new one.
func seed(t *testing.T) string {
	text := os.Getenv("ACCORD_SEED")
	if text == "" {
		var random [4]byte
		_, err := rand.Read(random[:])
		require.NoError(t, err)
		text = strconv.Itoa(int(binary.BigEndian.Uint32(random[:])))
	}
	t.Logf("to repeat this run: ACCORD_SEED=%s make generated", text)
	return text
}
