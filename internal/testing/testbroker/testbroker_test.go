package testbroker_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

func TestEach_givesABrokerThatAnswers(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		index := b.Get("/").OK(http.StatusOK)
		require.Equal(t, "http://broker.test/contracts/publish", index.Link("pb:publish-contracts"))
		require.Equal(t, true, b.Get("/diagnostic/status/dependencies").Find("database", "ok"))
		require.Nil(t, index.Find("_links", "curies", 7, "name"))
	})
}

func TestWith_changesTheSettings(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{BasicAuth: true, Username: "ci", Password: "hush", PublicHeartbeat: true}
	}))
	require.Equal(t, http.StatusUnauthorized, b.Get("/").Status)
	require.Equal(t, http.StatusOK, b.Get("/", testbroker.As("ci", "hush")).Status)
	require.Equal(t, http.StatusOK, b.Get("/diagnostic/status/heartbeat").Status)
}

func TestDo_followsLinksBelowAPath(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = []string{"https://example.org/broker"} }))
	self := b.Get("/diagnostic/status/heartbeat").OK(http.StatusOK).Link("self")
	require.Equal(t, "https://example.org/broker/diagnostic/status/heartbeat", self)
	b.Get(self).OK(http.StatusOK)
}

func TestURL_servesClients(t *testing.T) {
	b := testbroker.New(t)
	resp, err := http.Get(b.URL() + "/")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		testbroker.New(b)
	}
}
