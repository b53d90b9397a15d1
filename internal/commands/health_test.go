package commands_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHealth_asksTheBrokerOfTheSameSettings(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		host   string
		code   int
		says   string
	}{
		"it answers":                         {200, "127.0.0.1", 0, "answers"},
		"it listens everywhere":              {200, "0.0.0.0", 0, "answers"},
		"it asks for a token":                {401, "127.0.0.1", 0, "answers"},
		"it has lost its database":           {503, "127.0.0.1", 1, "answered 503 Service Unavailable; its log says why"},
		"something else has its port":        {404, "127.0.0.1", 1, "answered 404"},
		"it answers with a fault of its own": {500, "127.0.0.1", 1, "answered 500"},
	} {
		t.Run(name, func(t *testing.T) {
			broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				require.Equal(t, "/diagnostic/status/heartbeat", r.URL.Path)
				w.WriteHeader(tt.status)
			}))
			t.Cleanup(broker.Close)
			_, port, err := net.SplitHostPort(broker.Listener.Addr().String())
			require.NoError(t, err)
			code, out, errors := run(t, nil, "health", "--host", tt.host, "--port", port)
			require.Equal(t, tt.code, code)
			require.Contains(t, out+errors, tt.says)
		})
	}
}

func TestHealth_sendsTheCredentialsThatTheBrokerAsksFor(t *testing.T) {
	broker := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		require.Equal(t, "ci:secret", user+":"+password)
	}))
	t.Cleanup(broker.Close)
	_, port, err := net.SplitHostPort(broker.Listener.Addr().String())
	require.NoError(t, err)
	code, _, errors := run(t, []string{"PACT_BROKER_BASIC_AUTH_USERNAME=ci", "PACT_BROKER_BASIC_AUTH_PASSWORD=secret", "PACT_BROKER_BASIC_AUTH_ENABLED=true"}, "health", "--port", port)
	require.Zero(t, code, errors)
}

func TestHealth_saysThatNobodyAnswers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	code, out, errors := run(t, nil, "health", "--port", port)
	require.Equal(t, 1, code)
	require.Empty(t, out)
	require.Contains(t, errors, "no broker answers at http://127.0.0.1:"+port)
}
