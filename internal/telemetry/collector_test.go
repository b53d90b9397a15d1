package telemetry_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/telemetry"
)

// collector takes what is sent, as OpenTelemetry's does.
type collector struct {
	*httptest.Server
	mutex   sync.Mutex
	status  int
	headers []http.Header
	paths   []string
	spans   []sentSpan
	about   map[string]string
}

type sentAttribute struct {
	Key   string
	Value struct{ StringValue string }
}

type sentSpan struct {
	TraceID, SpanID, ParentSpanID, Name string
	Kind                                int
	StartTimeUnixNano, EndTimeUnixNano  string
	Attributes                          []sentAttribute
	Status                              struct {
		Code    int
		Message string
	}
}

func named(attributes []sentAttribute) map[string]string {
	all := map[string]string{}
	for _, a := range attributes {
		all[a.Key] = a.Value.StringValue
	}
	return all
}

func newCollector(t *testing.T, status int) *collector {
	t.Helper()
	c := &collector{status: status}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what is missing is seen in the test
		var sent struct {
			ResourceSpans []struct {
				Resource   struct{ Attributes []sentAttribute }
				ScopeSpans []struct{ Spans []sentSpan }
			}
		}
		_ = json.Unmarshal(body, &sent) // as above
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.headers, c.paths = append(c.headers, r.Header), append(c.paths, r.URL.Path)
		for _, resource := range sent.ResourceSpans {
			c.about = named(resource.Resource.Attributes)
			for _, scope := range resource.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
		w.WriteHeader(c.status)
	}))
	t.Cleanup(c.Close)
	return c
}

func tracesTo(t *testing.T, c *collector, log io.Writer, variables map[string]string) *telemetry.Traces {
	t.Helper()
	all := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL}
	for name, value := range variables {
		all[name] = value
	}
	traces, err := telemetry.NewTraces(func(name string) string { return all[name] }, "v1.2.3", slog.New(slog.NewTextHandler(log, nil)))
	require.NoError(t, err)
	require.NotNil(t, traces)
	return traces
}

// A request is one trace with whoever sent it, and what it asks the database is within.
func TestTraces_sendWhatBelongsTogether(t *testing.T) {
	c := newCollector(t, http.StatusOK)
	traces := tracesTo(t, c, io.Discard, map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b, x-team = blue"})
	const caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	ctx, next, span := traces.Start(t.Context(), caller, "GET", true)
	require.NotEqual(t, caller, next, "those who come next are below this span")
	require.True(t, strings.HasPrefix(next, "00-0af7651916cd43dd8448eb211c80319c-"), next)
	traces.Statement(ctx, "sqlite", "SELECT *\n  FROM t\tWHERE x = ?", 5*time.Millisecond)
	_, _, inner := traces.Start(ctx, "", "deliver", false)
	inner.End("it was refused", "url.full", "https://ci", "empty", "", "odd")
	span.Rename("GET /pacts")
	span.End("", "http.route", "/pacts")
	require.NoError(t, traces.Close(t.Context()))

	require.Len(t, c.spans, 3)
	byName := map[string]sentSpan{}
	for _, s := range c.spans {
		require.Equal(t, "0af7651916cd43dd8448eb211c80319c", s.TraceID)
		byName[s.Name] = s
	}
	request, statement, delivery := byName["GET /pacts"], byName["SELECT"], byName["deliver"]
	require.Equal(t, "b7ad6b7169203331", request.ParentSpanID)
	require.Equal(t, request.SpanID, statement.ParentSpanID)
	require.Equal(t, request.SpanID, delivery.ParentSpanID)
	require.Equal(t, []int{2, 3, 3}, []int{request.Kind, statement.Kind, delivery.Kind}, "one who serves, and two who call")
	require.Equal(t, map[string]string{"http.route": "/pacts"}, named(request.Attributes))
	require.Equal(t, map[string]string{"db.system.name": "sqlite", "db.query.text": "SELECT * FROM t WHERE x = ?"}, named(statement.Attributes))
	require.Equal(t, map[string]string{"url.full": "https://ci"}, named(delivery.Attributes), "what is empty says nothing")
	require.Zero(t, request.Status.Code)
	require.Equal(t, 2, delivery.Status.Code)
	require.Equal(t, "it was refused", delivery.Status.Message)
	require.Less(t, statement.StartTimeUnixNano, statement.EndTimeUnixNano)
	require.Equal(t, "accord", c.about["service.name"])
	require.Equal(t, "v1.2.3", c.about["service.version"])
	require.Equal(t, []string{"a b", "blue", "application/json"}, []string{c.headers[0].Get("api-key"), c.headers[0].Get("X-Team"), c.headers[0].Get("Content-Type")})
}

func TestTraces_goWhereTheVariablesSay(t *testing.T) {
	for name, tt := range map[string]struct {
		variable, path, want string
	}{
		"for everything":               {"OTEL_EXPORTER_OTLP_ENDPOINT", "", "/v1/traces"},
		"for everything, below a path": {"OTEL_EXPORTER_OTLP_ENDPOINT", "/otlp/", "/otlp/v1/traces"},
		"for traces":                   {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/in", "/in"},
		"for traces, without a path":   {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/", "/"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCollector(t, http.StatusOK)
			traces := tracesTo(t, c, io.Discard, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1/wrong", tt.variable: c.URL + tt.path, "OTEL_SERVICE_NAME": "broker-eu"})
			_, _, span := traces.Start(t.Context(), "", "GET", true)
			span.End("")
			require.NoError(t, traces.Close(t.Context()))
			require.Equal(t, []string{tt.want}, c.paths)
			require.Equal(t, "broker-eu", c.about["service.name"])
		})
	}
}

// A collector that takes nothing costs nothing but the traces, and the log says so once
// and without secrets.
func TestTraces_areLostWithAWordInTheLog(t *testing.T) {
	var log bytes.Buffer
	c := newCollector(t, http.StatusServiceUnavailable)
	traces := tracesTo(t, c, &log, map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "api-key=s3cret", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1"})
	for range 3 {
		_, _, span := traces.Start(t.Context(), "", "GET", true)
		span.End("")
	}
	require.NoError(t, traces.Close(t.Context()))
	require.Equal(t, 1, strings.Count(log.String(), "traces are lost"), log.String())
	require.Contains(t, log.String(), "the collector answered 503")
	require.NotContains(t, log.String(), "s3cret")
}

// Statements of nobody's request, such as those of the broker's own work, are no traces.
func TestTraces_followStatementsOfRequestsOnly(t *testing.T) {
	c := newCollector(t, http.StatusOK)
	traces := tracesTo(t, c, io.Discard, nil)
	traces.Statement(t.Context(), "sqlite", "SELECT 1", time.Second)
	unsampled, _, span := traces.Start(t.Context(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "GET", true)
	traces.Statement(unsampled, "sqlite", "SELECT 1", time.Second)
	span.End("")
	require.NoError(t, traces.Close(t.Context()))
	require.Empty(t, c.spans, "whoever sent the request does not want it traced")
}

func TestMetrics_followACleanUp(t *testing.T) {
	m := telemetry.New("v1", "sqlite", func() telemetry.Pool { return telemetry.Pool{} }, func() telemetry.Circuits { return telemetry.Circuits{} })
	scraped := func() string {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return w.Body.String()
	}
	m.CleaningUp(1, 4)
	require.Contains(t, scraped(), "\naccord_cleanup_progress_ratio 0.25\n")
	m.CleaningUp(0, 0)
	require.Contains(t, scraped(), "\naccord_cleanup_progress_ratio 0.25\n", "a step of nothing is no progress")
	m.CleanedUp("finished", map[string]int64{"versions": 3})
	m.CleanedUp("failed", map[string]int64{"versions": 2, "results": 0})
	text := scraped()
	for _, line := range []string{
		"\naccord_cleanup_progress_ratio 0\n", `accord_cleanups_total{outcome="finished"} 1`, `accord_cleanups_total{outcome="failed"} 1`, `accord_cleaned_rows_total{kind="versions"} 5`,
	} {
		require.Contains(t, text, line)
	}
	m.LastBackup(time.Unix(1_700_000_000, 0))
	m.BackedUp("finished", 42)
	m.BackedUp("failed", 0)
	text = scraped()
	require.Contains(t, text, "\naccord_backup_last_timestamp_seconds 1.7e+09\n")
	require.Contains(t, text, "\naccord_backup_last_size_bytes 42\n", "one that failed has no size")
}

// What is counted has few values of its labels, however many requests there are.
func TestMetrics_doNotGrowWithPaths(t *testing.T) {
	m := telemetry.New("v1", "sqlite", func() telemetry.Pool { return telemetry.Pool{} }, func() telemetry.Circuits { return telemetry.Circuits{} })
	for i := range 100 {
		m.Request(telemetry.Request{Operation: "showPact", Method: "GET", Path: strings.Repeat("/x", i), Status: 200})
	}
	for i := range 5 {
		m.Request(telemetry.Request{Method: strings.Repeat("X", i+1), Status: 405})
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Contains(t, w.Body.String(), `accord_http_request_duration_seconds_count{method="other",operation="",status="405"} 5`)
	require.Contains(t, w.Body.String(), `accord_http_request_duration_seconds_count{method="GET",operation="showPact",status="200"} 100`)
	require.NotContains(t, w.Body.String(), "/x/x")
	require.NotContains(t, w.Body.String(), "accord_idempotent_replays_total 1")
}
