package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// deliveryJob makes one attempt of a delivery.
type deliveryJob struct {
	UUID    string `json:"uuid"`
	Attempt int    `json:"attempt"`
}

// Kind names the job in the queue.
func (deliveryJob) Kind() string { return "deliver_webhook" }

// sweepJob deletes what was hidden, batch by batch.
type sweepJob struct{}

// Kind names the job in the queue.
func (sweepJob) Kind() string { return "sweep" }

const (
	// sweepInterval is how long hidden rows may lie before they are deleted, and
	// sweepShare how long one job deletes, so that stopping never waits for it.
	sweepInterval = time.Minute
	sweepShare    = 5 * time.Second
	// jobTimeout is longer than any webhook takes.
	jobTimeout = 45 * time.Second
	// rescueAfter is when a job whose process died is given to another one.
	rescueAfter = time.Minute
	// jobAttempts is how often a job is tried that could not even be begun, for
	// example because the database did not answer. Attempts of deliveries are
	// jobs of their own.
	jobAttempts   = 100
	fetchCooldown = 20 * time.Millisecond
	fetchInterval = time.Second
)

// EnqueueDelivery lets the attempt be made at that time, after the commit.
func (tx *Tx) EnqueueDelivery(ctx context.Context, uuid string, attempt int, at time.Time) error {
	args := deliveryJob{UUID: uuid, Attempt: attempt}
	options := &river.InsertOpts{MaxAttempts: jobAttempts}
	if at.After(tx.Now()) {
		options.ScheduledAt = at
	}
	var err error
	switch native := tx.native.(type) {
	case *sql.Tx:
		_, err = tx.inserters.sqlite.InsertTx(ctx, native, args, options)
	case pgx.Tx:
		_, err = tx.inserters.postgres.InsertTx(ctx, native, args, options)
	default:
		err = errors.New("there is no open transaction")
	}
	if err != nil {
		return fmt.Errorf("enqueue delivery: %w", err)
	}
	return nil
}

// inserters put jobs into the queue; the one of the other database is nil.
type inserters struct {
	sqlite   *river.Client[*sql.Tx]
	postgres *river.Client[pgx.Tx]
}

func newInserters(d dialect) (inserters, error) {
	config := &river.Config{Logger: slog.New(slog.DiscardHandler)}
	if d == sqliteDialect {
		client, err := river.NewClient(riversqlite.New(nil), config)
		return inserters{sqlite: client}, err
	}
	client, err := river.NewClient(riverpgxv5.New(nil), config)
	return inserters{postgres: client}, err
}

// Work are the jobs that the broker does beside answering requests.
type Work struct {
	// Deliver makes one attempt to send a triggered webhook. An error lets it be
	// called again later.
	Deliver func(ctx context.Context, uuid string, attempt int) error
	// PollVerdicts looks for verdicts that have changed, and reports whether there is more
	// to look at; nil if nobody wants to know.
	PollVerdicts func(ctx context.Context) (more bool, err error)
	// Workers is how many jobs are done at a time.
	Workers int
	Logger  *slog.Logger
}

// StartWork begins to do the jobs that are due, those that a process left behind
// that was killed included. Stop waits for running jobs until its context ends,
// and must be called before the database is closed.
func (d *DB) StartWork(ctx context.Context, work Work) (stop func(context.Context) error, err error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[deliveryJob]) error {
		return work.Deliver(ctx, job.Args.UUID, job.Args.Attempt)
	})); err != nil {
		return nil, fmt.Errorf("start work: %w", err)
	}
	if err := river.AddWorkerSafely(workers, river.WorkFunc(d.sweepForAWhile)); err != nil {
		return nil, fmt.Errorf("start work: %w", err)
	}
	periodic := []*river.PeriodicJob{sweeping()}
	if work.PollVerdicts != nil {
		periodic = append(periodic, watching())
		if err := river.AddWorkerSafely(workers, river.WorkFunc(work.watchForAWhile)); err != nil {
			return nil, fmt.Errorf("start work: %w", err)
		}
	}
	config := &river.Config{
		PeriodicJobs:  periodic,
		FetchCooldown: fetchCooldown, FetchPollInterval: fetchInterval, JobTimeout: jobTimeout, RescueStuckJobsAfter: rescueAfter,
		CompletedJobRetentionPeriod: time.Hour, Logger: slog.New(quiet{work.Logger.Handler()}), RetryPolicy: patience{}, Workers: workers,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: work.Workers}},
	}
	if d.dialect == sqliteDialect {
		if err := d.takeOverJobs(ctx); err != nil {
			return nil, err
		}
		pool, err := d.writer.DB()
		if err != nil {
			return nil, fmt.Errorf("start work: %w", err)
		}
		return startClient(ctx, d, riversqlite.New(pool), config, work)
	}
	return startClient(ctx, d, riverpgxv5.New(d.pool), config, work)
}

// sweeping begins a sweep now and then, unless one is going on.
func sweeping() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(sweepInterval), func() (river.JobArgs, *river.InsertOpts) {
		return sweepJob{}, alone()
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// sweepForAWhile deletes what was hidden, and comes back at once if that takes
// longer than its share of time.
func (d *DB) sweepForAWhile(ctx context.Context, _ *river.Job[sweepJob]) error {
	for start := time.Now(); time.Since(start) < sweepShare; {
		more, err := d.Sweep(ctx)
		if err != nil || !more {
			return err
		}
	}
	return river.JobSnooze(0)
}

func startClient[T any](ctx context.Context, d *DB, driver riverdriver.Driver[T], config *river.Config, work Work) (stop func(context.Context) error, err error) {
	client, err := river.NewClient(driver, config)
	if err != nil {
		return nil, fmt.Errorf("start work: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	if err := client.Start(ctx); err != nil {
		return nil, fmt.Errorf("start work: %w", err)
	}
	if work.PollVerdicts == nil {
		return client.Stop, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	var nudging sync.WaitGroup
	nudging.Go(func() { d.nudge(ctx, client.Insert, work.Logger) })
	return func(ctx context.Context) error {
		cancel()
		nudging.Wait()
		return client.Stop(ctx)
	}, nil
}

// takeOverJobs makes those jobs due that were running when the process died that
// last used the SQLite file. With PostgreSQL other replicas may be running them,
// so there they are rescued after a while.
func (d *DB) takeOverJobs(ctx context.Context) error {
	return d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.exec(ctx, "take over jobs", "UPDATE river_job SET state = 'available' WHERE state = 'running'")
		return err
	})
}

// quiet lets only what needs attention of the job queue into the log.
type quiet struct{ slog.Handler }

// Enabled reports whether something of that level is logged.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// patience tries jobs again that could not be begun: soon, then ever more
// rarely, but at least every five minutes.
type patience struct{}

// NextRetry is when the job is tried again.
func (patience) NextRetry(job *rivertype.JobRow) time.Time {
	wait := time.Second << min(len(job.Errors), 8)
	return time.Now().Add(min(wait, 5*time.Minute))
}
