package app

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
)

// slow is a handler that says when it was asked, and answers when it is let.
type slow struct {
	asked chan struct{}
	let   chan struct{}
}

func (s slow) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	close(s.asked)
	<-s.let
	_, _ = io.WriteString(w, "done") // the client looks at it
}

// askAndStop asks the slow handler, tells the server to stop while it is at
// work, and returns the answer of the client and the end of the server.
func askAndStop(t *testing.T, grace time.Duration, handler slow) (answer <-chan string, ended <-chan error) {
	t.Helper()
	a := &App{settings: config.Default(), logger: slog.New(slog.DiscardHandler), handler: handler}
	a.settings.Server.Port, a.settings.Server.ShutdownGrace = 0, grace
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := a.server()
	go func() { _ = server.Serve(listener) }() // ends with drain
	answers, ends := make(chan string, 1), make(chan error, 1)
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answers <- "cut off"
			return
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			text = []byte("cut off")
		}
		answers <- string(text)
	}()
	<-handler.asked
	go func() { ends <- a.drain(server) }()
	require.Eventually(t, func() bool {
		conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", listener.Addr().String())
		if err == nil {
			_ = conn.Close() // it was only to see whether somebody listens
		}
		return err != nil
	}, 5*time.Second, time.Millisecond, "it still takes new requests")
	return answers, ends
}

func TestDrain_letsRunningRequestsFinish(t *testing.T) {
	handler := slow{make(chan struct{}), make(chan struct{})}
	answer, ended := askAndStop(t, time.Minute, handler)
	close(handler.let)
	require.Equal(t, "done", <-answer)
	require.NoError(t, <-ended)
}

func TestDrain_cutsOffWhatTakesTooLong(t *testing.T) {
	handler := slow{make(chan struct{}), make(chan struct{})}
	defer close(handler.let)
	answer, ended := askAndStop(t, time.Millisecond, handler)
	require.ErrorContains(t, <-ended, "PACT_BROKER_SHUTDOWN_GRACE")
	require.Equal(t, "cut off", <-answer)
}

func TestOpenPatiently_triesAsOftenAsIsSet(t *testing.T) {
	settings := config.Default()
	settings.Database.URL = "postgres://127.0.0.1:1/none"
	for _, retries := range []int{0, 1} {
		settings.Database.ConnectRetries = retries
		logged := &counter{}
		_, err := New(context.Background(), settings, slog.New(slog.NewTextHandler(logged, nil)))
		require.Error(t, err)
		require.Equal(t, retries, logged.lines)
	}
}

// counter counts the lines written to it.
type counter struct{ lines int }

func (c *counter) Write(line []byte) (int, error) {
	c.lines++
	return len(line), nil
}

func TestServer_hangsUpOnClientsThatDoNotSayWhatTheyWant(t *testing.T) {
	a := &App{settings: config.Default(), logger: slog.New(slog.DiscardHandler), handler: http.NotFoundHandler()}
	server := a.server()
	require.GreaterOrEqual(t, server.ReadHeaderTimeout, 30*time.Second, "a busy machine leaves clients alone for long that have connected")
	server.ReadHeaderTimeout /= 100 // the test need not wait as long as clients may
	server.IdleTimeout /= 1000
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }() // ends with the test
	defer server.Close()
	for what, said := range map[string]string{
		"nothing": "", "half a header": "GET / HTTP/1.1\r\nHost: broker\r\nX-Slow: ", "and then nothing any more": "GET / HTTP/1.1\r\nHost: broker\r\n\r\n",
	} {
		conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", listener.Addr().String())
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(4*time.Second)))
		_, err = io.WriteString(conn, said)
		require.NoError(t, err)
		_, err = io.ReadAll(conn)
		require.NoError(t, err, "%s: the server waits for ever", what)
		require.NoError(t, conn.Close())
	}
}
