package telemetry_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/telemetry"
)

// counted is what a collector gets after some of everything has happened.
func counted(t *testing.T) string {
	t.Helper()
	m := telemetry.New("v1.2.3", "sqlite", func() telemetry.Pool { return telemetry.Pool{Open: 3, InUse: 2, Most: 9, Waited: time.Second} },
		func() telemetry.Circuits { return telemetry.Circuits{Open: 4, HalfOpen: 1} })
	m.Request(telemetry.Request{Operation: "showPact", Method: "GET", Status: 200, Took: time.Millisecond})
	m.Request(telemetry.Request{Operation: "showPact", Method: "GET", Path: "/pact", Status: 404, Code: "not_found", Deprecated: true, Replayed: true})
	m.Statement(false, time.Millisecond)
	m.Statement(true, time.Millisecond)
	m.Fact("contract_published")
	m.Attempt(false, time.Second)
	m.Attempt(true, time.Second)
	m.NotMade("circuit_open")
	m.Verdict("compatible", "no")
	m.Pair("verified", "yes")
	m.Job("purge", "done", time.Millisecond)
	m.BackedUp("finished", 7)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code)
	return w.Body.String()
}

func TestMetrics_tellWhatHappened(t *testing.T) {
	text := counted(t)
	for _, line := range []string{
		`accord_http_request_duration_seconds_count{method="GET",operation="showPact",status="200"} 1`,
		`accord_http_failures_total{code="not_found"} 1`,
		`accord_deprecated_requests_total{operation="showPact",path="/pact"} 1`,
		`accord_idempotent_replays_total 1`,
		`accord_database_statement_duration_seconds_count{kind="write"} 1`,
		`accord_events_total{type="contract_published"} 1`,
		`accord_webhook_attempt_duration_seconds_count{result="failure"} 1`,
		`accord_webhook_attempt_duration_seconds_count{result="success"} 1`,
		`accord_webhook_attempts_not_made_total{reason="circuit_open"} 1`,
		`accord_webhook_circuits{state="open"} 4`,
		`accord_webhook_circuits{state="half_open"} 1`,
		`accord_backups_total{outcome="finished"} 1`,
		`accord_backup_last_size_bytes 7`,
		`accord_verdicts_total{decision="no",face="compatible"} 1`,
		`accord_job_duration_seconds_count{kind="purge",outcome="done"} 1`,
		`accord_verdict_pairs_total{code="verified",decision="yes"} 1`,
		`accord_database_connections_in_use 2`,
		`accord_build_info{database="sqlite",version="v1.2.3"} 1`,
	} {
		require.Contains(t, text, line)
	}
}

// A rule or a panel that asks for a metric that there is not would stay silent.
func TestMonitoring_asksForWhatIsCounted(t *testing.T) {
	text := counted(t)
	for _, file := range []string{"alerts.yaml", "dashboard.json"} {
		asked, err := os.ReadFile("../../deploy/monitoring/" + file)
		require.NoError(t, err)
		metric := regexp.MustCompile(`\b(?:accord|process|go)_[a-z_]+\b`)
		require.NotEmpty(t, metric.FindString(string(asked)), file)
		for line := range strings.Lines(string(asked)) {
			kept := "# TYPE %s " // what people read names all that belongs together
			if strings.Contains(line, "expr") {
				kept = `%s[ {]`
			}
			for _, name := range metric.FindAllString(line, -1) {
				require.Regexp(t, `(?m)^`+fmt.Sprintf(kept, name), text, "%s asks for %s", file, name)
			}
		}
	}
}
