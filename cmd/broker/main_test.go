package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/links"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

const timeout = 30 * time.Second

// program is the built broker.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "accord-program-*")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "broker")
	output, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, output)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path)) // a temporary folder, at worst left behind
	}
	os.Exit(code)
}

// process is a running broker.
type process struct {
	*exec.Cmd
	base links.Base
}

var answersAt = regexp.MustCompile(`answers at (http://\S+)`)

// start starts the program on the database, with further settings if any, and
// waits until it answers.
func start(t *testing.T, database string, settings ...string) *process {
	t.Helper()
	path, err := program()
	require.NoError(t, err)
	command := exec.Command(path, "serve")
	command.Env = append(settings, "PACT_BROKER_PORT=0", "PACT_BROKER_LOG_LEVEL=warn", "PACT_BROKER_SEED_EXAMPLE_DATA=false", "PACT_BROKER_DATABASE_URL="+database)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill() // it may be dead already, which is what tests do
		_ = command.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	found := answersAt.FindStringSubmatch(line)
	require.NotNil(t, found, "%v %s %s", err, line, &said)
	return &process{Cmd: command, base: links.Base(found[1])}
}

// publication is a contract that says which version published it.
type publication struct{ consumer, version string }

const provider = "Stock"

func (p publication) address(base links.Base) string {
	return base.Pact(provider, p.consumer, p.version)
}

func (p publication) description() string { return p.consumer + " asks as " + p.version }

// publish returns the status of the broker's answer, or 0 if there was none.
func (p publication) publish(base links.Base) int {
	body, err := json.Marshal(testbroker.Content(p.consumer, provider, p.description()))
	if err != nil {
		panic(err) // made of texts only
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, p.address(base), bytes.NewReader(body))
	if err != nil {
		panic(err) // the address is the broker's own
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

// publishUntilKilled publishes from several clients at once until the broker
// does not answer any more, and sends on acknowledged what it has acknowledged.
func publishUntilKilled(t *testing.T, base links.Base, round int, acknowledged chan<- publication) {
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			for n := 0; ; n++ {
				p := publication{fmt.Sprintf("Shop %d", client), fmt.Sprintf("%d.%d", round, n)}
				status := p.publish(base)
				if status != http.StatusCreated {
					assert.Zero(t, status, "publishing %v", p)
					return
				}
				acknowledged <- p
			}
		})
	}
	clients.Wait()
	close(acknowledged)
}

// publishAndKill kills the broker once it has acknowledged so many contracts
// while more are on the way, and returns all that were acknowledged.
func publishAndKill(t *testing.T, broker *process, round, enough int) []publication {
	t.Helper()
	acknowledged := make(chan publication)
	go publishUntilKilled(t, broker.base, round, acknowledged)
	var all []publication
	for p := range acknowledged {
		if all = append(all, p); len(all) == enough {
			require.NoError(t, broker.Process.Kill())
		}
	}
	require.GreaterOrEqual(t, len(all), enough)
	return all
}

func requireKept(t *testing.T, broker *process, p publication) {
	t.Helper()
	response, err := http.Get(p.address(broker.base))
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode, "%v is lost", p)
	var pact struct {
		Interactions []struct{ Description string }
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&pact))
	require.Len(t, pact.Interactions, 1)
	require.Equal(t, p.description(), pact.Interactions[0].Description)
}

func TestServe_killedWhilePublishingKeepsAllThatItAcknowledged(t *testing.T) {
	databases := map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "accord.db") },
		"postgres": func(t *testing.T) string { return testpostgres.Database(t) },
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			url := database(t)
			var all []publication
			for round := range 3 {
				all = append(all, publishAndKill(t, start(t, url), round, 30+25*round)...)
			}
			broker := start(t, url)
			for _, p := range all {
				requireKept(t, broker, p)
			}
			require.Equal(t, http.StatusCreated, publication{"Shop 0", "after"}.publish(broker.base))
		})
	}
}

func TestServe_finishesOnSIGTERM(t *testing.T) {
	broker := start(t, "sqlite://"+filepath.Join(t.TempDir(), "accord.db"))
	require.NoError(t, broker.Process.Signal(syscall.SIGTERM))
	require.NoError(t, broker.Wait())
}
