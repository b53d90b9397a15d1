// Package testbroker gives each test a whole broker of its own, on a fresh
// database, and words to fill it: what an application published, what was
// verified, what is deployed where. Everything goes through HTTP, and every
// answer is held against openapi.yaml. Only tests import it.
package testbroker

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/support/links"
)

// Base is the address that the broker believes to have, without the server of
// URL being needed.
const Base = links.Base("http://broker.test")

// Broker is a broker in the process of the test.
type Broker struct {
	t        testing.TB
	app      *app.App
	settings config.Settings
	url      string
	// always is what is special about every request.
	always []Change
}

// Option changes the broker of a test.
type Option func(*options)

type options struct {
	settings config.Settings
	app      []app.Option
	postgres bool
	durable  bool
	logged   func(line string)
}

// Durable writes to the disk as a broker does that is no test, which is what
// counts when writes are measured.
func Durable() Option { return func(o *options) { o.durable = true } }

// OnPostgres runs the broker on PostgreSQL instead of SQLite. Where there is no
// PostgreSQL the test is skipped, but never in CI.
func OnPostgres() Option { return func(o *options) { o.postgres = true } }

// With changes the settings.
func With(change func(*config.Settings)) Option {
	return func(o *options) { change(&o.settings) }
}

// At lets the broker read the given clock.
func At(clock func() time.Time) Option {
	return func(o *options) { o.app = append(o.app, app.WithClock(clock)) }
}

// Traced lets say know every statement that the broker runs, with its arguments in
// place.
func Traced(say func(statement string)) Option {
	return func(o *options) { o.app = append(o.app, app.WithTrace(say)) }
}

// Snapshots lets say know every state of the database that the broker reads.
func Snapshots(say func(what string)) Option {
	return func(o *options) { o.app = append(o.app, app.WithSnapshots(say)) }
}

// Logged tells what the broker logs, a line at a time, besides showing it.
func Logged(tell func(line string)) Option { return func(o *options) { o.logged = tell } }

// New starts a broker on an empty database. It ends with the test.
func New(t testing.TB, change ...Option) *Broker {
	t.Helper()
	o := options{settings: config.Default()}
	o.settings.SeedExampleData = false
	o.settings.Server.BaseURLs = []string{string(Base)}
	for _, apply := range change {
		apply(&o)
	}
	if o.postgres {
		o.settings.Database.URL = postgresDatabase(t)
		o.settings.Database.MaxConnections = 8
	} else {
		o.settings.Database.URL = sqliteDatabase(t)
		if !o.durable {
			o.app = append(o.app, app.WithoutDurability())
		}
	}
	running, err := app.New(context.Background(), o.settings, logger(t, o.logged), o.app...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Close()) })
	running.Seed(context.Background())
	return &Broker{t: t, app: running, settings: o.settings}
}

// Each runs the test with a broker on SQLite and with one on PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, b *Broker), change ...Option) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, New(t, change...))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, New(t, slices.Concat(change, []Option{OnPostgres()})...))
	})
}

// For is the same broker in the hands of another test: what fails fails there.
func (b *Broker) For(t testing.TB) *Broker {
	other := *b
	other.t = t
	return &other
}

// Handler is the broker as a handler, for requests of another kind than Do makes.
func (b *Broker) Handler() http.Handler { return b.app.Handler() }

// Settings are those that the broker runs with.
func (b *Broker) Settings() config.Settings { return b.settings }

// Work lets the broker do its jobs, such as sending webhooks, until the test
// ends.
func (b *Broker) Work() {
	b.t.Helper()
	stop, err := b.app.StartWork(context.Background())
	require.NoError(b.t, err)
	b.t.Cleanup(func() { require.NoError(b.t, stop()) })
}

// PollVerdicts announces the verdicts that have changed, as one of the jobs does.
func (b *Broker) PollVerdicts() {
	b.t.Helper()
	for more := true; more; {
		var err error
		more, err = b.app.VerdictMonitor().Poll(context.Background())
		require.NoError(b.t, err)
	}
}

// Followers counts those who follow the events at the moment.
func (b *Broker) Followers() int { return b.app.Feed().Followers() }

// StopFeed lets nobody follow the events any longer, as the broker does when it
// is told to stop.
func (b *Broker) StopFeed() { b.app.Feed().Close() }

// Replica is another broker on the same database, which must be PostgreSQL, with
// other settings if they are changed. It ends with the test.
func (b *Broker) Replica(change ...func(*config.Settings)) *Broker {
	b.t.Helper()
	settings := b.settings
	for _, apply := range change {
		apply(&settings)
	}
	running, err := app.New(context.Background(), settings, logger(b.t, nil))
	require.NoError(b.t, err)
	b.t.Cleanup(func() { require.NoError(b.t, running.Close()) })
	return &Broker{t: b.t, app: running, settings: settings}
}

// URL is the address of a server for clients that need one; it is started at
// the first call. Links in answers begin with Base unless settings say otherwise.
func (b *Broker) URL() string {
	if b.url == "" {
		server := httptest.NewServer(b.app.Handler())
		b.t.Cleanup(server.Close)
		b.url = server.URL
	}
	return b.url
}

// logger shows warnings and failures of the broker in the test's output, and
// everything if ACCORD_TEST_LOG is set.
func logger(t testing.TB, tell func(line string)) *slog.Logger {
	level := "warn"
	if os.Getenv("ACCORD_TEST_LOG") != "" {
		level = "debug"
	}
	return app.NewLogger(config.Log{Level: level}, testWriter{t, tell})
}

type testWriter struct {
	t    testing.TB
	tell func(line string)
}

var _ io.Writer = testWriter{}

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Logf("broker: %s", line)
	if w.tell != nil {
		w.tell(string(line))
	}
	return len(line), nil
}
