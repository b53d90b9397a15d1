package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	// scope is what made the spans.
	scope = "github.com/accord-broker/accord"
	// longestStatement bounds how much of a statement a span shows.
	longestStatement = 300
)

// Traces follow requests and deliveries through the broker, for OpenTelemetry. They
// wait for nobody: what a collector does not take is dropped. Nil follows nothing.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// NewTraces sends spans to where OpenTelemetry's variables say. It returns nil if
// they say nothing, and an error that names a variable if it cannot do what that says.
func NewTraces(env func(string) string, version string, logger *slog.Logger) (*Traces, error) {
	out, err := exporterOf(env, logger)
	if out == nil || err != nil {
		return nil, err
	}
	name := env("OTEL_SERVICE_NAME")
	if name == "" {
		name = "accord"
	}
	about, err := resource.New(context.Background(), resource.WithAttributes(attribute.String("service.name", name), attribute.String("service.version", version)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	// The sampler and the queue of spans have variables of their own, which the
	// library reads.
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(out), sdktrace.WithResource(about))
	return &Traces{provider: provider, tracer: provider.Tracer(scope, trace.WithInstrumentationVersion(version))}, nil
}

// exporterOf is nil if the variables do not ask for traces.
func exporterOf(env func(string) string, logger *slog.Logger) (*exporter, error) {
	either := func(name string) (value, variable string) {
		if value := env("OTEL_EXPORTER_OTLP_TRACES_" + name); value != "" {
			return value, "OTEL_EXPORTER_OTLP_TRACES_" + name
		}
		return env("OTEL_EXPORTER_OTLP_" + name), "OTEL_EXPORTER_OTLP_" + name
	}
	endpoint, variable := either("ENDPOINT")
	switch kind := env("OTEL_TRACES_EXPORTER"); {
	case endpoint == "" || kind == "none" || strings.EqualFold(env("OTEL_SDK_DISABLED"), "true"):
		return nil, nil
	case kind != "" && kind != "otlp":
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER is otlp or none, not %.40q", kind)
	}
	address, err := url.Parse(endpoint)
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Host == "" {
		return nil, fmt.Errorf("%s is an address such as http://collector:4318, not %.200q", variable, endpoint)
	}
	if variable == "OTEL_EXPORTER_OTLP_ENDPOINT" {
		address = address.JoinPath("v1", "traces")
	}
	if protocol, variable := either("PROTOCOL"); protocol == "grpc" {
		return nil, fmt.Errorf("%s: spans are sent as http/json, which every collector takes at its port for HTTP, usually 4318; not as grpc", variable)
	}
	out := &exporter{address: address.String(), headers: map[string]string{}, timeout: 10 * time.Second, logger: logger}
	if text, variable := either("TIMEOUT"); text != "" {
		milliseconds, err := strconv.Atoi(text)
		if err != nil || milliseconds < 1 {
			return nil, fmt.Errorf("%s is a number of milliseconds, not %.40q", variable, text)
		}
		out.timeout = time.Duration(milliseconds) * time.Millisecond
	}
	headers, variable := either("HEADERS")
	for pair := range strings.SplitSeq(headers, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || err != nil {
			return nil, fmt.Errorf("%s is a list such as name=value,name=value", variable) // it may hold secrets
		}
		out.headers[strings.TrimSpace(name)] = value
	}
	return out, nil
}

// Span is a part of a trace.
type Span struct{ span trace.Span }

// Start begins a span: below the one of the context, else as a part of the trace
// that the W3C trace context names, else of a new one. It returns the trace context
// for those who come next.
func (t *Traces) Start(ctx context.Context, traceparent, name string, serves bool) (traced context.Context, next string, span *Span) {
	if t == nil {
		return ctx, traceparent, nil
	}
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
	}
	kind := trace.SpanKindClient
	if serves {
		kind = trace.SpanKindServer
	}
	ctx, started := t.tracer.Start(ctx, name, trace.WithSpanKind(kind))
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return ctx, carrier["traceparent"], &Span{started}
}

// Within begins a span for a part of the work that the span of the context stands
// for. It is nil where nobody follows that work.
func (t *Traces) Within(ctx context.Context, name string) (traced context.Context, span *Span) {
	if t == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, nil
	}
	ctx, started := t.tracer.Start(ctx, name)
	return ctx, &Span{started}
}

// Rename calls the span otherwise, once more is known.
func (s *Span) Rename(name string) {
	if s != nil {
		s.span.SetName(name)
	}
}

// End ends the span, with what there is to say of it in pairs of name and value, and
// with what went wrong, "" if nothing did.
func (s *Span) End(wrong string, pairs ...string) {
	if s == nil {
		return
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			s.span.SetAttributes(attribute.String(pairs[i], pairs[i+1]))
		}
	}
	if wrong != "" {
		s.span.SetStatus(codes.Error, wrong)
	}
	s.span.End()
}

// EndWith ends the span, tells in it that the work failed if it did, and returns err.
func (s *Span) EndWith(err error) error {
	wrong := ""
	if err != nil {
		wrong = "failed"
	}
	s.End(wrong)
	return err
}

// Statement adds a statement that has run to the span of the context, if it has one.
func (t *Traces) Statement(ctx context.Context, database, statement string, took time.Duration) {
	if t == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	statement = strings.Join(strings.Fields(statement), " ")
	name, _, _ := strings.Cut(statement, " ")
	end := time.Now()
	_, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(end.Add(-took)), trace.WithAttributes(
		attribute.String("db.system.name", database), attribute.String("db.query.text", strings.ToValidUTF8(statement[:min(len(statement), longestStatement)], ""))))
	span.End(trace.WithTimestamp(end))
}

// Close sends what is left, as long as ctx lasts.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
