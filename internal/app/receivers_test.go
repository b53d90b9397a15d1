package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// receivers are the listings of docs/webhooks.md that verify signatures, and how
// to run each.
var receivers = map[string]struct {
	file    string
	command []string
}{
	"In Go":         {"main.go", []string{"go", "run"}},
	"In Python":     {"receiver.py", []string{"python3"}},
	"In JavaScript": {"receiver.js", []string{"node"}},
}

// freePort is a port on which nothing listens.
func freePort(t *testing.T) string {
	listening, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listening.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listening.Close())
	return port
}

// run starts a listing with the secret and waits until it listens.
func run(t *testing.T, title, listing, secret string) (address string) {
	t.Helper()
	receiver := receivers[title]
	_, err := exec.LookPath(receiver.command[0])
	require.NoError(t, err, "%s is needed to try the listing", receiver.command[0])
	file, port := filepath.Join(t.TempDir(), receiver.file), freePort(t)
	require.NoError(t, os.WriteFile(file, []byte(listing), 0o600))
	command := exec.CommandContext(t.Context(), receiver.command[0], append(receiver.command[1:], file)...)
	command.Env = append(os.Environ(), "WEBHOOK_SECRET="+secret, "PORT="+port)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Wait() // it was killed when the test's context ended
		if t.Failed() {
			t.Log(said.String())
		}
	})
	require.Eventually(t, func() bool {
		connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
		return err == nil && connection.Close() == nil
	}, time.Minute, 20*time.Millisecond, "%s does not listen", title)
	return "http://127.0.0.1:" + port + "/"
}

func TestReceivers_takeWhatTheBrokerHasSignedAndNothingElse(t *testing.T) {
	listings := recipes(t)
	for title := range receivers {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			b := testbroker.New(t, testbroker.With(callingHere))
			b.Work()
			recorder, got := recordingServer(t)
			const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
			address := run(t, title, listings[title], secret)
			for _, to := range []string{address, recorder} {
				id := b.Post("/api/v1/webhooks", map[string]any{"events": []string{"version_created"}, "request": map[string]any{"method": "POST", "url": to}}).OK(http.StatusCreated).Text("id")
				b.Post("/api/v1/webhooks/"+id+"/signing-keys", map[string]string{"secret": secret}).OK(http.StatusCreated)
				b.Post("/api/v1/webhooks/"+id+"/signing-keys", "").OK(http.StatusCreated)
			}
			b.Version("Shop", "1")
			sent := within(t, got)
			require.Eventually(t, func() bool {
				return len(b.Get("/api/v1/webhook-deliveries?status=success").OK().Find("items").([]any)) == 2
			}, 20*time.Second, 10*time.Millisecond, "the receiver refused what the broker sent, signed with two keys")

			require.Equal(t, http.StatusNoContent, deliver(t, address, sent.header, sent.body))
			require.Equal(t, http.StatusUnauthorized, deliver(t, address, sent.header, sent.body+" "), "another body")
			for name, value := range map[string]string{"webhook-id": "another", "webhook-timestamp": "1", "webhook-signature": "v1," + base64.StdEncoding.EncodeToString(make([]byte, 32))} {
				forged := sent.header.Clone()
				forged.Set(name, value)
				require.Equal(t, http.StatusUnauthorized, deliver(t, address, forged, sent.body), "another %s", name)
				forged.Del(name)
				require.Equal(t, http.StatusUnauthorized, deliver(t, address, forged, sent.body), "no %s", name)
			}
		})
	}
}

// deliver sends what the broker might have sent.
func deliver(t *testing.T, address string, header http.Header, body string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	request.Header = header.Clone()
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	return response.StatusCode
}
