package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/store/queue"
	"github.com/accord-broker/accord/internal/support/fault"
	"github.com/accord-broker/accord/internal/support/release"
	"github.com/accord-broker/accord/internal/telemetry"
	"github.com/accord-broker/accord/internal/webhooks"
)

// slowStatement is how long a statement may take before the log tells of it.
const slowStatement = 500 * time.Millisecond

// newMetrics are the counters of this broker.
func (a *App) newMetrics() *telemetry.Metrics {
	return telemetry.New(release.Version(), a.db.Name(), func() telemetry.Pool {
		open, inUse, most, waited := a.db.Connections()
		return telemetry.Pool{Open: open, InUse: inUse, Most: most, Waited: waited}
	}, func() telemetry.Circuits {
		receivers := a.webhooks.Receivers
		return telemetry.Circuits{Open: receivers.Count(webhooks.Open), HalfOpen: receivers.Count(webhooks.HalfOpen)}
	})
}

// observe counts a statement and tells of a slow one, with the request that asked it.
func (a *App) observe(ctx context.Context, statement string, took time.Duration) {
	words := strings.Fields(statement)
	if a.db != nil {
		a.traces.Statement(ctx, a.db.Name(), statement, took)
	}
	if a.metrics != nil && len(words) > 0 {
		a.metrics.Statement(!strings.EqualFold(words[0], "SELECT") && !strings.EqualFold(words[0], "WITH"), took)
	}
	if took < slowStatement {
		return
	}
	text := strings.Join(words, " ")
	a.logger.WarnContext(ctx, "slow statement", "took_ms", took.Milliseconds(), "statement", text[:min(len(text), 300)],
		"request_id", edge.RequestID(ctx), "route", edge.RoutePattern(ctx))
}

// count counts a request that was answered.
func (a *App) count(e edge.CompletedRequest) {
	a.metrics.Request(telemetry.Request{
		Operation: e.Operation, Method: e.Method, Path: e.Pattern, Code: e.Code, Status: e.Status, Deprecated: e.Deprecated, Replayed: e.Replayed, Took: e.Took,
	})
}

// ready reports whether the broker can serve: it can use its database and is not
// about to stop.
func (a *App) ready(ctx context.Context) error {
	if a.stopping.Load() {
		return fault.New(fault.Unavailable, "The broker is stopping.")
	}
	return a.db.Check(ctx)
}

// serveAdmin serves profiles and metrics at an address of their own, if one is set,
// until ctx ends.
func (a *App) serveAdmin(ctx context.Context) error {
	address := a.settings.Server.AdminAddress
	if address == "" {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s, which PACT_BROKER_ADMIN_ADDRESS sets: %w", address, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.Handle("/metrics", a.metrics.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTime}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.logger.Warn("the admin address is not served any more", "error", err)
		}
	}()
	context.AfterFunc(ctx, func() { _ = server.Close() }) // nobody waits for profiles
	a.logger.Info("profiles and metrics for administrators", "listening", listener.Addr().String())
	return nil
}

// deliver makes one attempt to deliver a webhook, and counts those that the broker
// itself is to blame for that they could not be made.
func (a *App) deliver(ctx context.Context, uuid string, attempt int) (again time.Duration, err error) {
	again, err = a.webhooks.Deliver(ctx, uuid, attempt)
	if err != nil {
		a.metrics.NotMade("error")
	}
	return again, err
}

// countAttempt counts what became of an attempt to deliver a webhook.
func (a *App) countAttempt(attempt webhooks.Attempt) {
	if attempt.NotMade != "" {
		a.metrics.NotMade(string(attempt.NotMade))
		return
	}
	a.metrics.Attempt(attempt.Success, attempt.Took)
}

// lastTraces is how long stopping waits for a collector to take the last spans.
const lastTraces = 3 * time.Second

// sendTraces sends the spans that are left. What a collector does not take is lost,
// which is no failure of the broker.
func (a *App) sendTraces() error {
	ctx, cancel := context.WithTimeout(context.Background(), lastTraces)
	defer cancel()
	if err := a.traces.Close(ctx); err != nil {
		a.logger.Warn("the last traces are lost", "error", err)
	}
	return nil
}

// follow makes a span of each request; nil if nobody wants any.
func (a *App) follow() func(ctx context.Context, traceParent, method string) (context.Context, string, func(edge.CompletedRequest)) {
	if a.traces == nil {
		return nil
	}
	return func(ctx context.Context, traceParent, method string) (context.Context, string, func(edge.CompletedRequest)) {
		traced, next, span := a.traces.Start(ctx, traceParent, method, true)
		return traced, next, func(e edge.CompletedRequest) {
			span.Rename(strings.TrimSpace(method + " " + e.Pattern))
			wrong := ""
			if e.Status >= http.StatusInternalServerError {
				wrong = e.Code
			}
			span.End(wrong, "http.request.method", method, "http.route", e.Pattern, "url.path", e.Path, "http.response.status_code", strconv.Itoa(e.Status),
				"accord.operation", e.Operation, "accord.request_id", e.RequestID, "accord.code", e.Code, "enduser.id", e.Actor)
		}
	}
}

// followJob counts a job, and makes a span of it. An attempt to deliver has one of its
// own, in the trace of the request that triggered it.
func (a *App) followJob(ctx context.Context, kind queue.Kind) (followed context.Context, end func(queue.Outcome)) {
	begun, span := time.Now(), (*telemetry.Span)(nil)
	if kind != queue.Delivery {
		ctx, _, span = a.traces.Start(ctx, "", "job "+string(kind), true)
	}
	return ctx, func(outcome queue.Outcome) {
		a.metrics.Job(string(kind), string(outcome), time.Since(begun))
		wrong := ""
		if outcome == queue.Failed {
			wrong = string(outcome)
		}
		span.End(wrong, "accord.job.outcome", string(outcome))
	}
}

// followCall makes a span of an attempt to deliver a webhook, in the trace of the
// request that triggered it.
func (a *App) followCall(ctx context.Context, traceParent, uuid string) (context.Context, func(wrong string)) {
	traced, _, span := a.traces.Start(ctx, traceParent, "deliver webhook", false)
	return traced, func(wrong string) { span.End(wrong, "accord.delivery", uuid) }
}
