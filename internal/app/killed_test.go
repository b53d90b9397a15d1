package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// dyingDatabase names the database of the process that is to be killed.
const dyingDatabase = "ACCORD_TEST_DYING_DATABASE"

// dyingAtWork lets that process do what is to be done in the background.
const dyingAtWork = "ACCORD_TEST_DYING_AT_WORK"

// TestDyingBroker is no test, but the process of those that follow: a broker that is
// killed when it has done what a request wants and is about to answer it.
func TestDyingBroker(t *testing.T) {
	url := os.Getenv(dyingDatabase)
	if url == "" {
		t.Skip("it is run by others")
	}
	settings := config.Default()
	settings.Database.URL, settings.SeedExampleData = url, false
	running, err := app.New(context.Background(), settings, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	if os.Getenv(dyingAtWork) != "" {
		_, err := running.StartWork(context.Background())
		require.NoError(t, err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Handler().ServeHTTP(killing{w}, r)
	}))
	_, _ = os.Stdout.WriteString(server.URL + "\n") // who reads it fails if it is missing
	select {}
}

// killing kills the process instead of answering.
type killing struct{ http.ResponseWriter }

func (killing) WriteHeader(int) { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }

// dyingBroker starts such a process and returns its address, and what waits for its
// end.
func dyingBroker(t *testing.T, database string) (address string, wait func()) {
	t.Helper()
	address, _, wait = brokerProcess(t, database)
	return address, wait
}

// workingBroker starts one that works, and returns what kills it.
func workingBroker(t *testing.T, database string) (kill, wait func()) {
	t.Helper()
	_, kill, wait = brokerProcess(t, database)
	return kill, wait
}

func brokerProcess(t *testing.T, database string) (address string, kill, wait func()) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run", "^TestDyingBroker$") //nolint:gosec // this very test
	child.Env = append(os.Environ(), dyingDatabase+"="+database)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	t.Cleanup(func() { _ = child.Process.Kill() }) // it may be dead
	line := make([]byte, 100)
	n, err := out.Read(line)
	require.NoError(t, err)
	return strings.TrimSpace(string(line[:n])), func() { require.NoError(t, child.Process.Kill()) }, func() { _ = child.Wait() } // it was killed
}

// post sends a body with a key and returns the answer, nil if there is none.
func post(t *testing.T, address, key string, body any) *http.Response {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(text))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil
	}
	t.Cleanup(func() { _ = answer.Body.Close() }) // it was read as far as it is wanted
	return answer
}

func TestIdempotencyKey_survivesKill(t *testing.T) {
	for name, databaseOf := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "accord.db") },
		"postgres": func(t *testing.T) string { return testbroker.New(t, testbroker.OnPostgres()).Settings().Database.URL },
	} {
		t.Run(name, func(t *testing.T) {
			settings := config.Default()
			settings.Database.URL, settings.SeedExampleData = databaseOf(t), false
			within := func(do func(address string)) {
				running, err := app.New(t.Context(), settings, slog.New(slog.DiscardHandler))
				require.NoError(t, err)
				defer func() { require.NoError(t, running.Close()) }()
				server := httptest.NewServer(running.Handler())
				defer server.Close()
				do(server.URL)
			}
			const results = "/pacts/provider/Stock/consumer/Shop/latest"
			var target string
			within(func(address string) {
				content := testbroker.Content("Shop", "Stock", "one")
				require.Equal(t, http.StatusOK, post(t, address+"/contracts/publish", "publish", testbroker.Object{
					"pacticipantName": "Shop", "pacticipantVersionNumber": "1",
					"contracts": []any{testbroker.Object{"consumerName": "Shop", "providerName": "Stock", "specification": "pact", "contentType": "application/json", "content": encoded(t, content)}},
				}).StatusCode)
				target = resultsPath(t, address+results)
			})
			body := testbroker.Object{"success": true, "providerApplicationVersion": "7"}
			dying, wait := dyingBroker(t, settings.Database.URL)
			require.Nil(t, post(t, dying+target, "result", body), "the broker was killed before it answered")
			wait()
			within(func(address string) {
				again := post(t, address+target, "result", body)
				require.Equal(t, http.StatusCreated, again.StatusCode)
				require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
				next := post(t, address+target, "another", body)
				require.Equal(t, number(again)+1, number(next), "nothing was done twice")
			})
		})
	}
}

func encoded(t *testing.T, content any) string {
	t.Helper()
	text, err := json.Marshal(content)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(text)
}

// resultsPath is where results of the pact at the address are published.
func resultsPath(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	found := regexp.MustCompile(`"pb:publish-verification-results":\{[^}]*"href":"http://[^/]+([^"]+)"`).FindSubmatch(text)
	require.NotNil(t, found, "%s", text)
	return string(found[1])
}

// number is that of the result that an answer tells of.
func number(answer *http.Response) int {
	n, _ := strconv.Atoi(path.Base(answer.Header.Get("Location"))) // 0 would be noticed
	return n
}
