package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// span is a span as a collector gets it.
type span struct {
	TraceID    string `json:"traceId"`
	SpanID     string `json:"spanId"`
	ParentID   string `json:"parentSpanId"`
	Name       string `json:"name"`
	Kind       int    `json:"kind"`
	Attributes []struct {
		Key   string `json:"key"`
		Value struct {
			Text string `json:"stringValue"`
		} `json:"value"`
	} `json:"attributes"`
}

func (s span) says(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.Text
		}
	}
	return ""
}

// collector gets spans until the test ends, and hands on each.
func collector(t *testing.T) <-chan span {
	spans := make(chan span, 10_000)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var sent struct {
			ResourceSpans []struct {
				ScopeSpans []struct {
					Spans []span `json:"spans"`
				} `json:"scopeSpans"`
			} `json:"resourceSpans"`
		}
		if r.URL.Path != "/v1/traces" || r.Header.Get("X-Key") != "a b" || json.NewDecoder(r.Body).Decode(&sent) != nil {
			t.Errorf("the collector got %s %s", r.Method, r.URL)
			return
		}
		for _, s := range sent.ResourceSpans[0].ScopeSpans[0].Spans {
			spans <- s
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "X-Key=a%20b")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "5")
	return spans
}

// until returns the first span that fits, and those before it.
func until(spans <-chan span, fits func(span) bool) (found span, before []span) {
	for s := range spans {
		if fits(s) {
			return s, before
		}
		before = append(before, s)
	}
	return span{}, before
}

func TestTraces_goFromTheRequestToItsStatements(t *testing.T) {
	spans := collector(t)
	b := testbroker.New(t)
	answer := b.Put("/pacticipants/web/versions/1", map[string]any{}, testbroker.Header("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).OK()
	served, before := until(spans, func(s span) bool { return s.says("accord.operation") == "putVersion" })
	require.Equal(t, "PUT /pacticipants/:pacticipant/versions/:number", served.Name)
	require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", served.TraceID)
	require.Equal(t, "00f067aa0ba902b7", served.ParentID)
	require.Equal(t, "201", served.says("http.response.status_code"))
	require.Equal(t, answer.Header.Get("X-Request-Id"), served.says("accord.request_id"))
	require.Equal(t, "00-4bf92f3577b34da6a3ce929d0e0e4736-"+served.SpanID+"-01", answer.Header.Get("Traceparent"))
	statements := 0
	for _, s := range before {
		if s.ParentID == served.SpanID && s.says("db.query.text") != "" {
			statements++
			require.Equal(t, served.TraceID, s.TraceID)
			require.True(t, strings.HasPrefix(s.says("db.query.text"), s.Name), s.says("db.query.text"))
			require.NotContains(t, s.says("db.query.text"), "'web'")
		}
	}
	require.NotZero(t, statements)
}

func TestTraces_goOnToTheDeliveries(t *testing.T) {
	spans := collector(t)
	receiver := testbroker.NewReceiver(t)
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	b.Post("/api/v1/webhooks", map[string]any{"events": []string{"contract_published"}, "request": map[string]any{"method": "POST", "url": receiver.URL}}).OK(http.StatusCreated)
	b.Work()
	b.Pact("web", "1").With("orders")
	published, _ := until(spans, func(s span) bool { return s.says("accord.operation") == "publishContracts" })
	delivered, _ := until(spans, func(s span) bool { return s.Name == "deliver webhook" })
	require.Equal(t, published.TraceID, delivered.TraceID)
	require.Equal(t, published.SpanID, delivered.ParentID)
}

// A request that waited for the collector would never be answered here.
func TestTraces_andCountsFollowJobs(t *testing.T) {
	spans := collector(t)
	b := testbroker.New(t)
	b.Work()
	purged, _ := until(spans, func(s span) bool { return s.Name == "job purge" })
	require.Equal(t, "done", purged.says("accord.job.outcome"))
	require.Empty(t, purged.ParentID, "it is part of no request")
	require.Regexp(t, `accord_job_duration_seconds_count\{kind="purge",outcome="done"\} [1-9]`, string(b.Get("/metrics", testbroker.Accept(prometheus)).OK(http.StatusOK).Body))
}

func TestTraces_waitForNoCollector(t *testing.T) {
	answered := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-answered }))
	t.Cleanup(hanging.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", hanging.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5")
	b := testbroker.New(t)
	for range 100 {
		b.Get("/pacticipants").OK(http.StatusOK)
	}
	close(answered)
}
