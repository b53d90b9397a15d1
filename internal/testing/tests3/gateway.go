package tests3

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// gatewayScript runs the rest of the command line until its standard input closes,
// which happens when the process that started it is gone.
const gatewayScript = `
"$@" </dev/null &
read -r _
kill $!
wait $!
`

// startGateway starts VersityGW on an empty folder, for this test alone, and reports
// whether it is installed, which it must be where ACCORD_REQUIRE_S3 is set.
func startGateway(t *testing.T) (way, bool) {
	t.Helper()
	program, err := exec.LookPath("versitygw")
	if err != nil {
		require.Empty(t, os.Getenv("ACCORD_REQUIRE_S3"), "VersityGW is not installed: .ci/tools s3")
		return way{}, false
	}
	// A socket may have a hundred characters, so it is in no folder of the test.
	sockets, err := os.MkdirTemp("", "s3-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(sockets)) })
	folder, socket := t.TempDir(), filepath.Join(sockets, "s3")
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "data", Bucket), 0o700))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "beside"), 0o700))
	cmd := exec.CommandContext(context.Background(), "sh", "-c", gatewayScript, "sh", program, "--quiet", "--port", socket,
		"posix", "--sidecar", filepath.Join(folder, "beside"), filepath.Join(folder, "data"))
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	said, err := os.Create(filepath.Join(folder, "log"))
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = said, said
	lifeline, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, lifeline.Close())
		_ = cmd.Wait() // it was killed, which is no success
		require.NoError(t, said.Close())
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	require.Eventually(t, func() bool {
		conn, err := dial(t.Context(), "", "")
		return err == nil && conn.Close() == nil
	}, time.Minute, 5*time.Millisecond, "the store does not answer")
	transport := &http.Transport{DialContext: dial}
	t.Cleanup(transport.CloseIdleConnections)
	return way{&url.URL{Scheme: "http", Host: "store.test"}, transport}, true
}
