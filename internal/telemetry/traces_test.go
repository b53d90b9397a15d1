package telemetry_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/telemetry"
)

func TestNewTraces_isAskedForByTheStandardVariables(t *testing.T) {
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	for name, tt := range map[string]struct {
		variables map[string]string
		on        bool
		says      string
	}{
		"nothing is set":         {nil, false, ""},
		"an endpoint":            {map[string]string{endpoint: "http://collector:4318"}, true, ""},
		"one for traces":         {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector/in"}, true, ""},
		"one for metrics":        {map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "https://collector/in"}, false, ""},
		"all is switched off":    {map[string]string{endpoint: "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, false, ""},
		"traces go nowhere":      {map[string]string{endpoint: "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, false, ""},
		"another exporter":       {map[string]string{endpoint: "http://collector:4318", "OTEL_TRACES_EXPORTER": "zipkin"}, false, "OTEL_TRACES_EXPORTER is otlp or none"},
		"no address":             {map[string]string{endpoint: "collector:4318"}, false, endpoint},
		"another protocol":       {map[string]string{endpoint: "http://collector:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false, "OTEL_EXPORTER_OTLP_PROTOCOL"},
		"a time that is none":    {map[string]string{endpoint: "http://collector:4318", "OTEL_EXPORTER_OTLP_TIMEOUT": "10s"}, false, "milliseconds"},
		"headers":                {map[string]string{endpoint: "http://collector:4318", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b,x=y"}, true, ""},
		"headers without values": {map[string]string{endpoint: "http://collector:4318", "OTEL_EXPORTER_OTLP_HEADERS": "secret"}, false, "OTEL_EXPORTER_OTLP_HEADERS"},
	} {
		t.Run(name, func(t *testing.T) {
			traces, err := telemetry.NewTraces(func(name string) string { return tt.variables[name] }, "1.0.0", slog.New(slog.DiscardHandler))
			if tt.says != "" {
				require.ErrorContains(t, err, tt.says)
				require.NotContains(t, err.Error(), "secret")
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.on, traces != nil)
			require.NoError(t, traces.Close(t.Context()))
		})
	}
}

func TestTraces_ofNobodyFollowNothing(t *testing.T) {
	var traces *telemetry.Traces
	ctx, next, span := traces.Start(t.Context(), "00-1-2-01", "GET", true)
	require.Equal(t, t.Context(), ctx)
	require.Equal(t, "00-1-2-01", next)
	span.Rename("GET /")
	span.End("", "a", "b")
	traces.Statement(ctx, "sqlite", "SELECT 1", 0)
}
