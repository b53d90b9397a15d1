package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// exporter sends spans as OTLP in JSON over HTTP. OpenTelemetry's own exporter brings
// gRPC and protobuf, which are larger than all of Accord's own code.
type exporter struct {
	address string
	headers map[string]string
	timeout time.Duration
	logger  *slog.Logger
	// mutex guards warned: when the log last told of a collector that takes nothing.
	mutex  sync.Mutex
	warned time.Time
}

// warnEvery is how often the log tells of a collector that takes nothing.
const warnEvery = time.Minute

// The form of OTLP in JSON, as far as it is needed.
type (
	otlpRequest struct {
		ResourceSpans []otlpResource `json:"resourceSpans"`
	}
	otlpResource struct {
		Resource   otlpAttributes `json:"resource"`
		ScopeSpans []otlpScope    `json:"scopeSpans"`
	}
	otlpAttributes struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpScope struct {
		Scope otlpName   `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpName struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		ParentID   string          `json:"parentSpanId,omitempty"`
		Name       string          `json:"name"`
		Kind       int             `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
		Status     *otlpStatus     `json:"status,omitempty"`
	}
	otlpAttribute struct {
		Key   string `json:"key"`
		Value struct {
			String string `json:"stringValue"`
		} `json:"value"`
	}
	otlpStatus struct {
		Code    int    `json:"code"`
		Message string `json:"message,omitempty"`
	}
)

// otlpError is the code of a span in which something went wrong.
const otlpError = 2

// ExportSpans sends spans. A collector that does not take them loses them; the log
// tells of it now and then.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := e.send(ctx, spans); err != nil {
		e.warn(err)
	}
	return nil
}

// Shutdown has nothing to end.
func (e *exporter) Shutdown(context.Context) error { return nil }

func (e *exporter) warn(err error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if now := time.Now(); now.Sub(e.warned) >= warnEvery {
		e.warned = now
		e.logger.Warn("traces are lost", "error", err, "remedy", "Look after the collector, or unset OTEL_EXPORTER_OTLP_ENDPOINT.")
	}
}

func (e *exporter) send(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	text, err := json.Marshal(inOTLP(spans))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.address, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range e.headers {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()                     // nothing in it matters
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)) // so that the connection can be used again
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the collector answered %d", answer.StatusCode)
	}
	return nil
}

// inOTLP is for spans of one process, which share a resource and a scope.
func inOTLP(spans []sdktrace.ReadOnlySpan) otlpRequest {
	scope := otlpScope{Scope: otlpName{spans[0].InstrumentationScope().Name, spans[0].InstrumentationScope().Version}}
	for _, s := range spans {
		span := otlpSpan{
			TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(), Name: s.Name(), Kind: int(s.SpanKind()),
			Start: strconv.FormatInt(s.StartTime().UnixNano(), 10), End: strconv.FormatInt(s.EndTime().UnixNano(), 10), Attributes: attributesOf(s.Attributes()),
		}
		if s.Parent().HasSpanID() {
			span.ParentID = s.Parent().SpanID().String()
		}
		if s.Status().Code == codes.Error {
			span.Status = &otlpStatus{otlpError, s.Status().Description}
		}
		scope.Spans = append(scope.Spans, span)
	}
	return otlpRequest{[]otlpResource{{otlpAttributes{attributesOf(spans[0].Resource().Attributes())}, []otlpScope{scope}}}}
}

func attributesOf(pairs []attribute.KeyValue) (all []otlpAttribute) {
	for _, pair := range pairs {
		a := otlpAttribute{Key: string(pair.Key)}
		a.Value.String = pair.Value.String()
		all = append(all, a)
	}
	return all
}
