// Package telemetry counts what the broker does, for Prometheus to collect, and
// follows requests through it, for OpenTelemetry.
package telemetry

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Pool is how it stands with the connections to the database.
type Pool struct {
	Open, InUse, Most int
	// Waited is how long statements have waited for a connection in all.
	Waited time.Duration
}

// Circuits is how many receivers of webhooks are not called because they have not
// answered, and how many are being tried again.
type Circuits struct{ Open, HalfOpen int }

// Metrics are the counters of one broker.
type Metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	failures   *prometheus.CounterVec
	deprecated *prometheus.CounterVec
	replayed   prometheus.Counter
	statements *prometheus.HistogramVec
	facts      *prometheus.CounterVec
	deliveries *prometheus.HistogramVec
	notMade    *prometheus.CounterVec
	verdicts   *prometheus.CounterVec
	pairs      *prometheus.CounterVec
	jobs       *prometheus.HistogramVec
	cleanups   *prometheus.CounterVec
	cleaned    *prometheus.CounterVec
	cleaning   prometheus.Gauge
	backups    *prometheus.CounterVec
	lastBackup prometheus.Gauge
	backupSize prometheus.Gauge
}

// seconds are the bounds of durations: from what a statement takes on SQLite to what
// no client waits for.
var seconds = []float64{.0002, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// New returns metrics of a broker of that version on that database. Pool and
// circuits are asked whenever they are collected.
func New(version, database string, pool func() Pool, circuits func() Circuits) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "accord_http_request_duration_seconds", Buckets: seconds,
			Help: "How long requests took, by operation of openapi.yaml and by status."}, []string{"operation", "method", "status"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accord_http_failures_total",
			Help: "Requests that were answered with a failure, by its code; see docs/errors.md."}, []string{"code"}),
		deprecated: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accord_deprecated_requests_total",
			Help: "Requests to deprecated endpoints."}, []string{"operation", "path"}),
		replayed: prometheus.NewCounter(prometheus.CounterOpts{Name: "accord_idempotent_replays_total",
			Help: "Requests that got the answer kept for their Idempotency-Key."}),
		statements: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "accord_database_statement_duration_seconds", Buckets: seconds,
			Help: "How long statements took, by whether they read or write."}, []string{"kind"}),
		facts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accord_events_total",
			Help: "What happened in the broker, by type; see docs/events.md."}, []string{"type"}),
		deliveries: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "accord_webhook_attempt_duration_seconds", Buckets: seconds,
			Help: "How long attempts to deliver webhooks took, by whether the receiver took the message: success or failure."}, []string{"result"}),
		notMade: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accord_webhook_attempts_not_made_total",
			Help: "Attempts to deliver webhooks that were not made: refused, circuit_open, postponed, or for an error of the broker."}, []string{"reason"}),
		verdicts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accord_verdicts_total",
			Help: "Verdicts, by the face that gave them (compatible or v1), and by whether it may be deployed: yes, no or unknown."}, []string{"face", "decision"}),
		pairs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accord_verdict_pairs_total",
			Help: "Pairs in verdicts of /api/v1, by code and decision; see docs/verdicts.md."}, []string{"code", "decision"}),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "accord_job_duration_seconds", Buckets: seconds,
			Help: "How long the broker's own work took, by kind of job, and by outcome: done, to_be_continued or failed."}, []string{"kind", "outcome"}),
		cleanups: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accord_cleanups_total",
			Help: "Clean-ups on schedule, by outcome: finished, out_of_time, failed, or left_to_another."}, []string{"outcome"}),
		cleaned: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accord_cleaned_rows_total",
			Help: "Rows that clean-ups on schedule deleted, by kind; see docs/cleaning.md."}, []string{"kind"}),
		cleaning: prometheus.NewGauge(prometheus.GaugeOpts{Name: "accord_cleanup_progress_ratio",
			Help: "How much of its present step the clean-up that is running has done; 0 if none is."}),
		backups: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "accord_backups_total",
			Help: "Backups on schedule, by outcome: finished, or failed."}, []string{"outcome"}),
		lastBackup: prometheus.NewGauge(prometheus.GaugeOpts{Name: "accord_backup_last_timestamp_seconds",
			Help: "Of which moment the newest backup is, where backups are made on schedule; 0 if there is none."}),
		backupSize: prometheus.NewGauge(prometheus.GaugeOpts{Name: "accord_backup_last_size_bytes",
			Help: "How large the last backup is that this broker has made."}),
	}
	m.registry.MustRegister(
		m.requests,
		m.failures,
		m.deprecated,
		m.replayed,
		m.statements,
		m.facts,
		m.deliveries,
		m.notMade,
		m.verdicts,
		m.pairs,
		m.jobs,
		m.cleanups,
		m.cleaned,
		m.cleaning,
		m.backups,
		m.lastBackup,
		m.backupSize,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		about(version, database),
	)
	for name, of := range map[string]struct {
		help string
		of   func(Pool) float64
	}{
		"open":         {"Connections to the database that are open.", func(p Pool) float64 { return float64(p.Open) }},
		"in_use":       {"Connections to the database that are in use.", func(p Pool) float64 { return float64(p.InUse) }},
		"max":          {"Connections to the database that may be open.", func(p Pool) float64 { return float64(p.Most) }},
		"wait_seconds": {"How long statements have waited for a connection in all.", func(p Pool) float64 { return p.Waited.Seconds() }},
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "accord_database_connections_" + name, Help: of.help},
			func() float64 { return of.of(pool()) }))
	}
	for state, of := range map[string]func(Circuits) float64{
		"open":      func(c Circuits) float64 { return float64(c.Open) },
		"half_open": func(c Circuits) float64 { return float64(c.HalfOpen) },
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "accord_webhook_circuits", ConstLabels: prometheus.Labels{"state": state},
			Help: "Receivers of webhooks that this broker does not call because they have not answered (open), or tries again (half_open)."},
			func() float64 { return of(circuits()) }))
	}
	return m
}

// about is the metric that says what runs; its value is always 1.
func about(version, database string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "accord_build_info", Help: "Which version runs, on which database.",
		ConstLabels: prometheus.Labels{"version": version, "database": database}})
	g.Set(1)
	return g
}

// Handler answers a collector.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true, EnableOpenMetrics: true})
}

// Request is an answered request.
type Request struct {
	Operation, Method, Path, Code string
	Status                        int
	Deprecated, Replayed          bool
	Took                          time.Duration
}

// methods are those that are counted by their names.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodTrace, http.MethodConnect, http.MethodOptions,
}

// methodOf is the method, or "other" for all that clients make up: each value would
// be kept for as long as the process runs.
func methodOf(r Request) string {
	if slices.Contains(methods, r.Method) {
		return r.Method
	}
	return "other"
}

// Request counts a request.
func (m *Metrics) Request(r Request) {
	m.requests.WithLabelValues(r.Operation, methodOf(r), strconv.Itoa(r.Status)).Observe(r.Took.Seconds())
	if r.Code != "" {
		m.failures.WithLabelValues(r.Code).Inc()
	}
	if r.Deprecated {
		m.deprecated.WithLabelValues(r.Operation, r.Path).Inc()
	}
	if r.Replayed {
		m.replayed.Inc()
	}
}

// Statement counts a statement.
func (m *Metrics) Statement(writes bool, took time.Duration) {
	kind := "read"
	if writes {
		kind = "write"
	}
	m.statements.WithLabelValues(kind).Observe(took.Seconds())
}

// Fact counts what happened.
func (m *Metrics) Fact(kind string) { m.facts.WithLabelValues(kind).Inc() }

// Attempt counts an attempt to deliver a webhook that was made.
func (m *Metrics) Attempt(success bool, took time.Duration) {
	result := "failure"
	if success {
		result = "success"
	}
	m.deliveries.WithLabelValues(result).Observe(took.Seconds())
}

// NotMade counts an attempt that was not made.
func (m *Metrics) NotMade(reason string) { m.notMade.WithLabelValues(reason).Inc() }

// Verdict counts a verdict that a face of the API has given.
func (m *Metrics) Verdict(face, decision string) { m.verdicts.WithLabelValues(face, decision).Inc() }

// Pair counts a pair of a verdict.
func (m *Metrics) Pair(code, decision string) { m.pairs.WithLabelValues(code, decision).Inc() }

// Job counts a job of the broker that has ended.
func (m *Metrics) Job(kind, outcome string, took time.Duration) {
	m.jobs.WithLabelValues(kind, outcome).Observe(took.Seconds())
}

// CleaningUp tells how much of its step a clean-up has done.
func (m *Metrics) CleaningUp(done, all int64) {
	if all > 0 {
		m.cleaning.Set(float64(done) / float64(all))
	}
}

// CleanedUp counts a clean-up with what it deleted, by kind.
func (m *Metrics) CleanedUp(outcome string, rows map[string]int64) {
	m.cleaning.Set(0)
	m.cleanups.WithLabelValues(outcome).Inc()
	for kind, n := range rows {
		m.cleaned.WithLabelValues(kind).Add(float64(n))
	}
}

// LastBackup tells of which moment the newest backup is.
func (m *Metrics) LastBackup(at time.Time) { m.lastBackup.Set(float64(at.Unix())) }

// BackedUp counts a backup on schedule, with its size.
func (m *Metrics) BackedUp(outcome string, size int64) {
	m.backups.WithLabelValues(outcome).Inc()
	if size > 0 {
		m.backupSize.Set(float64(size))
	}
}
