package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
)

func TestCheckBaseURL(t *testing.T) {
	tests := []struct {
		base, host  string
		port        int
		problematic bool
	}{
		{"", "127.0.0.1", 9393, false},
		{"http://127.0.0.1:9292", "127.0.0.1", 9292, false},
		{"http://127.0.0.1:9292", "127.0.0.1", 9393, true},
		{"http://localhost:9292/pacts", "127.0.0.1", 9393, true},
		{"http://[::1]:9292", "0.0.0.0", 9393, true},
		{"http://localhost:9292", "", 9393, true},
		{"http://10.0.0.7:9292", "10.0.0.7", 9393, true},
		{"http://10.0.0.7:9292", "0.0.0.0", 9393, false},
		{"https://broker.example.org", "0.0.0.0", 9393, false},
		{"http://localhost", "127.0.0.1", 80, false},
		{"https://localhost", "127.0.0.1", 443, false},
		{"https://localhost", "127.0.0.1", 9292, true},
		{"https://localhost http://localhost http://localhost:9292", "0.0.0.0", 9292, false},
		{"https://localhost http://localhost", "0.0.0.0", 9292, true},
		{"https://localhost https://broker.example.org", "0.0.0.0", 9292, true},
	}
	for _, tt := range tests {
		t.Run(tt.base+" on "+tt.host, func(t *testing.T) {
			server := config.Server{Host: tt.host, BaseURLs: strings.Fields(tt.base)}
			require.Equal(t, tt.problematic, app.CheckBaseURL(server, tt.port) != "")
		})
	}
}

func TestRun_warnsOfTheBaseAddressOfAnotherBroker(t *testing.T) {
	s := settings(t)
	s.Server.BaseURLs = []string{"http://127.0.0.1:9292"}
	out, log, stop := start(t, s)
	out.find(t, `listening (127\.0\.0\.1:\d+)`)
	require.NoError(t, stop())
	require.Contains(t, log.String(), "PACT_BROKER_BASE_URL is http://127.0.0.1:9292, but the broker listens on port")
}
