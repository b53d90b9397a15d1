package app_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// prometheus is what a collector sends, shortened.
const prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"

func TestMetrics_areThoseOfThePactBrokerUnlessPrometheusAsks(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("test")
		b.Pact("Shop", "1").Branch("main").With("Stock").VerifiedBy("7")
		b.Deploy("Stock", "7", "test")
		b.Get("/api/v1/verdicts?pacticipant=Shop&version=1&environment=test").OK(http.StatusOK)
		b.Get("/can-i-deploy?pacticipant=Shop&version=1&environment=test").OK(http.StatusOK)
		b.Get("/pact/provider/Stock/consumer/Shop/latest").OK(http.StatusOK)
		b.Get("/api/v1/nothing").OK(http.StatusNotFound)
		require.NotNil(t, b.Get("/metrics").OK(http.StatusOK).Find("pacticipants"))
		for _, accept := range []string{prometheus, "text/plain"} {
			text := string(b.Get("/metrics", testbroker.Accept(accept)).OK(http.StatusOK).Body)
			for _, line := range []string{
				`accord_http_request_duration_seconds_count{method="POST",operation="publishContracts",status="200"} 1`,
				`accord_http_failures_total{code="not_found"}`,
				`accord_deprecated_requests_total{operation="showLatestPact",path="/pact/provider/:provider/consumer/:consumer/latest"} 1`,
				`accord_events_total{type="contract_published"} 1`,
				`accord_verdicts_total{decision="yes",face="v1"} 1`,
				`accord_verdicts_total{decision="yes",face="compatible"} 1`,
				`accord_verdict_pairs_total{code=`,
				`accord_database_statement_duration_seconds_count{kind="write"}`,
				`accord_database_connections_max`,
			} {
				require.Contains(t, text, line, accept)
			}
		}
	})
}

func TestHealth_isToldApart(t *testing.T) {
	b := testbroker.New(t, testbroker.With(func(s *config.Settings) {
		s.Access = config.Access{BasicAuth: true, Username: "ci", Password: "hush"}
	}))
	require.Equal(t, "ok", b.Get("/livez").OK(http.StatusOK).Text("status"))
	require.Equal(t, "ready", b.Get("/readyz").OK(http.StatusOK).Text("status"))
	b.Get("/metrics").OK(http.StatusUnauthorized)
	about := b.Get("/api/v1/about", testbroker.As("ci", "hush")).OK(http.StatusOK)
	require.Equal(t, "sqlite", about.Text("database"))
	require.True(t, strings.HasPrefix(about.Text("compatible_with"), "Pact Broker 2."))
}

func TestRun_servesProfilesAtAnAddressOfTheirOwn(t *testing.T) {
	s := settings(t)
	s.Server.AdminAddress = "127.0.0.1:0"
	out, log, stop := start(t, s)
	out.find(t, `listening (127\.0\.0\.1:\d+)`)
	require.Contains(t, log.String(), "profiles and metrics for administrators")
	require.NoError(t, errors.Join(stop()))
}
