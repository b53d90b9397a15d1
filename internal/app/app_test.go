package app_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
)

// screen is a writer that lets a test wait for a text.
type screen struct {
	mutex sync.Mutex
	text  bytes.Buffer
	wrote chan struct{}
}

func newScreen() *screen { return &screen{wrote: make(chan struct{}, 1000)} }

func (s *screen) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	defer func() { s.wrote <- struct{}{} }()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

// find waits until the text matches, and returns the match's first group.
func (s *screen) find(t *testing.T, pattern string) string {
	t.Helper()
	form := regexp.MustCompile(pattern)
	for {
		if found := form.FindStringSubmatch(s.String()); found != nil {
			return found[1]
		}
		select {
		case <-s.wrote:
		case <-time.After(10 * time.Second):
			t.Fatalf("waited for %s, saw:\n%s", pattern, s)
		}
	}
}

func settings(t *testing.T) config.Settings {
	t.Helper()
	s := config.Default()
	s.Server.Port = 0
	s.SeedExampleData = false
	s.Database.URL = "sqlite://" + filepath.Join(t.TempDir(), "accord.db")
	return s
}

// start runs a broker and returns what it prints, logs, and a way to stop it.
func start(t *testing.T, s config.Settings) (out, log *screen, stop func() error) {
	t.Helper()
	out, log = newScreen(), newScreen()
	broker, err := app.New(context.Background(), s, app.NewLogger(s.Log, log))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- broker.Run(ctx, out) }()
	stopped := false
	stop = func() error {
		cancel()
		stopped = true
		err := <-done
		require.NoError(t, broker.Close())
		return err
	}
	t.Cleanup(func() {
		if !stopped {
			_ = stop()
		}
	})
	return out, log, stop
}

const address = `(http://127\.0\.0\.1:\d+)`

func TestRun_saysInEightNarrowLinesWhereToGo(t *testing.T) {
	for _, hasExample := range []bool{false, true} {
		s := settings(t)
		s.SeedExampleData = hasExample
		out, log, stop := start(t, s)
		url := out.find(t, "answers at "+address)
		resp, err := http.Get(url + "/diagnostic/status/heartbeat")
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.NoError(t, stop())

		require.Contains(t, out.String(), "listening "+strings.TrimPrefix(url, "http://")+"\n")
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.LessOrEqual(t, len(lines), 8)
		for _, line := range lines {
			if !strings.Contains(line, "SQLite in ") {
				require.LessOrEqual(t, len(line), 80, line)
			}
		}
		require.Equal(t, hasExample, strings.Contains(out.String(), "checkout-web"))
		require.NotContains(t, log.String(), "WARN")
		_, err = http.Get(url)
		require.Error(t, err, "still listening")
	}
}

func TestRun_announcesInTheLogForCollectors(t *testing.T) {
	s := settings(t)
	s.Log.Format = "json"
	out, log, _ := start(t, s)
	log.find(t, `"msg":"ready".*"address":"`+address+`"`)
	require.Empty(t, out.String())
}

func TestRun_warnsWhenOpenToTheNetwork(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*config.Settings)
		warned bool
	}{
		{"open", func(s *config.Settings) { s.Server.Host = "0.0.0.0" }, true},
		{"with credentials", func(s *config.Settings) {
			s.Server.Host, s.Access.BasicAuth, s.Server.BaseURLs = "0.0.0.0", true, []string{"http://broker.example.org"}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := settings(t)
			tt.change(&s)
			out, log, stop := start(t, s)
			out.find(t, `answers at (http://\S+)`)
			require.NoError(t, stop())
			require.Equal(t, tt.warned, strings.Contains(log.String(), "everybody who reaches this address"))
			require.Equal(t, tt.warned, strings.Contains(log.String(), "PACT_BROKER_BASE_URL"))
		})
	}
}

func TestRun_warnsWhereCallersAreToldApartButTheAddressIsNotSet(t *testing.T) {
	s := settings(t)
	require.NotContains(t, startsWith(t, s), "PACT_BROKER_BASE_URL")
	s.Access.Tokens = true
	require.Contains(t, startsWith(t, s), "set PACT_BROKER_BASE_URL", "a proxy on this machine may let others reach it")
}

func TestRun_saysWhenTheAddressIsTaken(t *testing.T) {
	s := settings(t)
	out, _, _ := start(t, s)
	url := out.find(t, "answers at "+address)
	s = settings(t)
	port, err := strconv.Atoi(url[strings.LastIndex(url, ":")+1:])
	require.NoError(t, err)
	s.Server.Port = port
	broker, err := app.New(context.Background(), s, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer broker.Close()
	require.ErrorContains(t, broker.Run(context.Background(), io.Discard), "PACT_BROKER_PORT")
}

func TestClose_leavesOneFile(t *testing.T) {
	s := settings(t)
	out, _, stop := start(t, s)
	url := out.find(t, "answers at "+address)
	resp, err := http.Get(url + "/diagnostic/status/dependencies")
	require.NoError(t, err)
	resp.Body.Close()
	require.NoError(t, stop())

	path, _ := s.Database.File()
	_, err = os.Stat(path + "-wal")
	require.ErrorIs(t, err, os.ErrNotExist, "what was written is still beside the database")
}
