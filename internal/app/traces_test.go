package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// span is a span as a collector gets it.
type span struct {
	TraceID  string `json:"traceId"`
	SpanID   string `json:"spanId"`
	ParentID string `json:"parentSpanId"`
	Name     string `json:"name"`
	Kind     int    `json:"kind"`
	Status   struct {
		Code int `json:"code"`
	} `json:"status"`
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
func until(t *testing.T, spans <-chan span, fits func(span) bool) (found span, before []span) {
	t.Helper()
	for late := time.After(time.Minute); ; {
		select {
		case s := <-spans:
			if fits(s) {
				return s, before
			}
			before = append(before, s)
		case <-late:
			t.Fatalf("no such span came, but %d others", len(before))
		}
	}
}

func TestTraces_goFromTheRequestToItsStatements(t *testing.T) {
	spans := collector(t)
	b := testbroker.New(t)
	answer := b.Put("/pacticipants/web/versions/1", map[string]any{}, testbroker.Header("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).OK()
	served, before := until(t, spans, func(s span) bool { return s.says("accord.operation") == "putVersion" })
	require.Equal(t, "PUT /pacticipants/:pacticipant/versions/:number", served.Name)
	require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", served.TraceID)
	require.Equal(t, "00f067aa0ba902b7", served.ParentID)
	require.Equal(t, "201", served.says("http.response.status_code"))
	require.Equal(t, answer.Header.Get("X-Request-Id"), served.says("accord.request_id"))
	require.Equal(t, "00-4bf92f3577b34da6a3ce929d0e0e4736-"+served.SpanID+"-01", answer.Header.Get("Traceparent"))
	changed := named(t, before, "versions changes")
	require.Equal(t, served.SpanID, changed.ParentID)
	require.Equal(t, 1, changed.Kind, "internal")
	statements := 0
	for _, s := range before {
		if s.ParentID == changed.SpanID && s.says("db.query.text") != "" {
			statements++
			require.Equal(t, served.TraceID, s.TraceID)
			require.True(t, strings.HasPrefix(s.says("db.query.text"), s.Name), s.says("db.query.text"))
			require.NotContains(t, s.says("db.query.text"), "'web'")
		}
	}
	require.NotZero(t, statements)
}

// named is the one span of that name.
func named(t *testing.T, spans []span, name string) span {
	t.Helper()
	var found []span
	for _, s := range spans {
		if s.Name == name {
			found = append(found, s)
		}
	}
	require.Len(t, found, 1, name)
	return found[0]
}

func TestTraces_tellWhatAServiceReads(t *testing.T) {
	spans := collector(t)
	b := testbroker.New(t)
	b.Pact("web", "1").With("orders")
	b.Get("/api/v1/verdicts?pacticipant=web&version=1&to=main").OK(http.StatusOK)
	served, before := until(t, spans, func(s span) bool { return s.says("accord.operation") == "showVerdict" })
	read := named(t, below(before, served), "verdicts reads")
	require.NotEmpty(t, below(before, read), "its statements")
	require.Zero(t, read.Status.Code)

	b.Get("/api/v1/verdicts?pacticipant=nobody&version=1&to=main").OK(http.StatusBadRequest)
	served, before = until(t, spans, func(s span) bool { return s.says("accord.operation") == "showVerdict" })
	require.Equal(t, 2, named(t, below(before, served), "verdicts reads").Status.Code, "an error")
}

// below are the spans directly below another.
func below(spans []span, above span) (found []span) {
	for _, s := range spans {
		if s.ParentID == above.SpanID {
			found = append(found, s)
		}
	}
	return found
}

func TestTraces_goOnToTheDeliveries(t *testing.T) {
	spans := collector(t)
	receiver := testbroker.NewReceiver(t)
	b := testbroker.New(t, testbroker.With(testbroker.CallingHere))
	b.Post("/api/v1/webhooks", map[string]any{"events": []string{"contract_published"}, "request": map[string]any{"method": "POST", "url": receiver.URL}}).OK(http.StatusCreated)
	b.Work()
	b.Pact("web", "1").With("orders")
	published, before := until(t, spans, func(s span) bool { return s.says("accord.operation") == "publishContracts" })
	delivers := func(s span) bool { return s.Name == "deliver webhook" }
	var delivered span
	if i := slices.IndexFunc(before, delivers); i >= 0 { // it was done before the publisher had the answer
		delivered = before[i]
	} else {
		delivered, _ = until(t, spans, delivers)
	}
	require.Equal(t, published.TraceID, delivered.TraceID)
	require.Equal(t, published.SpanID, delivered.ParentID)
}

// A request that waited for the collector would never be answered here.
func TestTraces_andCountsFollowJobs(t *testing.T) {
	spans := collector(t)
	b := testbroker.New(t)
	b.Work()
	purged, _ := until(t, spans, func(s span) bool { return s.Name == "job purge" })
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
