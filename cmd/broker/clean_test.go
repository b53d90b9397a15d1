package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testpostgres"
)

// versionsOf are the numbers of an application's versions.
func versionsOf(t *testing.T, broker *process, application string) (numbers []string) {
	t.Helper()
	response, err := http.Get(string(broker.base) + "/pacticipants/" + application + "/versions?size=1000")
	require.NoError(t, err)
	defer response.Body.Close()
	var list struct {
		Embedded struct {
			Versions []struct{ Number string }
		} `json:"_embedded"`
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&list))
	for _, v := range list.Embedded.Versions {
		numbers = append(numbers, v.Number)
	}
	return numbers
}

// TestClean_killedTenTimesDeletesNoMoreThanItWasAskedTo kills the command while a
// broker serves from the same database.
func TestClean_killedTenTimesDeletesNoMoreThanItWasAskedTo(t *testing.T) {
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "accord.db") },
		"postgres": func(t *testing.T) string { return testpostgres.Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := database(t)
			broker := start(t, url)
			var kept []string
			for n := range 120 {
				p := publication{"Shop", fmt.Sprintf("old-%d", n)}
				if n%2 == 1 {
					p.version = fmt.Sprintf("new-%d", n)
					kept = append([]string{p.version}, kept...)
				}
				require.Equal(t, http.StatusCreated, p.publish(broker.base))
			}
			path, err := program()
			require.NoError(t, err)
			run := func(arguments ...string) *exec.Cmd {
				command := exec.Command(path, arguments...)
				command.Env = []string{"PACT_BROKER_DATABASE_URL=" + url, "PACT_BROKER_PORT=0"}
				return command
			}
			clean := []string{"clean", "--rule", "delete versions numbered old-*"}
			for kill := range 10 {
				command := run(clean...)
				require.NoError(t, command.Start())
				<-time.After(time.Duration(20+15*kill) * time.Millisecond)
				_ = command.Process.Kill() // it may be done already
				_ = command.Wait()
				require.Subset(t, versionsOf(t, broker, "Shop"), kept)
			}
			var out []byte
			require.Eventually(t, func() bool { // the server may not have noticed the last death yet
				out, err = run(clean...).CombinedOutput()
				require.NoError(t, err, string(out))
				return len(versionsOf(t, broker, "Shop")) == len(kept)
			}, 10*time.Second, 100*time.Millisecond, string(out))
			require.Equal(t, kept, versionsOf(t, broker, "Shop"))
			for _, version := range kept {
				requireKept(t, broker, publication{"Shop", version})
			}
			out, err = run("doctor").CombinedOutput()
			require.NoError(t, err, string(out))
		})
	}
}
