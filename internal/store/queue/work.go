package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"github.com/accord-broker/accord/internal/store/db"
)

const (
	// purgeInterval is how long hidden rows may lie before they are deleted.
	purgeInterval = time.Minute
	// share is how long one job purges or polls, so that stopping never waits for
	// it.
	share = 5 * time.Second
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

// Work are the jobs that the broker does beside answering requests.
type Work struct {
	// Deliver makes one attempt to send a triggered webhook, or returns after what
	// time to call it again. An error lets it be called again later, too.
	Deliver func(ctx context.Context, uuid string, attempt int) (again time.Duration, err error)
	// Purge deletes a batch of what was hidden, and reports whether there is more.
	Purge func(ctx context.Context) (more bool, err error)
	// PollVerdicts looks for verdicts that have changed, and reports whether there is more
	// to look at; nil if nobody wants to know.
	PollVerdicts func(ctx context.Context) (more bool, err error)
	// Compare compares a version of a provider, or a publication of a pact, with
	// what matters on the other side, as long as ctx lasts; nil if nobody does.
	Compare func(ctx context.Context, providerVersion, publication int64) error
	// Clean deletes what is old, for as long as ctx lasts; nil if nobody does.
	Clean func(ctx context.Context) error
	// CleanAt tells when, and CleanTimeout is what one job may take.
	CleanAt      river.PeriodicSchedule
	CleanTimeout time.Duration
	// Backup copies the database if that is due; nil if nobody does. An error lets it
	// be called again after BackupAgain.
	Backup func(ctx context.Context) error
	// BackupAt tells when, and BackupTimeout is what one job may take.
	BackupAt                   river.PeriodicSchedule
	BackupTimeout, BackupAgain time.Duration
	// Follow is told when a job begins, and returns what is told how it has ended; nil
	// if nobody wants to know.
	Follow func(ctx context.Context, kind Kind) (followed context.Context, end func(Outcome))
	// Announced returns a channel that is closed when this process next announces
	// a fact.
	Announced func() <-chan struct{}
	// Workers is how many deliveries are made at a time. The broker's own jobs have
	// queues of their own, so that no receiver can hold them up.
	Workers int
	Logger  *slog.Logger
	// takeOver makes jobs due again whose process died, where nothing else does.
	takeOver func(ctx context.Context) error
}

// Start begins to do the jobs that are due, those that a process left behind
// that was killed included. Stop waits for running jobs until its context ends,
// and must be called before the database is closed.
func (q *Queue) Start(ctx context.Context, work Work) (stop func(context.Context) error, err error) {
	work.takeOver = func(context.Context) error { return nil }
	if q.database.Dialect == db.Postgres && work.Clean != nil {
		work.takeOver = q.takeOverCleaning
	}
	workers, err := work.workers()
	if err != nil {
		return nil, fmt.Errorf("start work: %w", err)
	}
	periodic := []*river.PeriodicJob{periodically(purgeInterval, purgeJob{})}
	if work.PollVerdicts != nil {
		periodic = append(periodic, periodically(pollInterval, pollJob{}))
	}
	config := &river.Config{
		PeriodicJobs:  periodic,
		FetchCooldown: fetchCooldown, FetchPollInterval: fetchInterval, JobTimeout: jobTimeout, RescueStuckJobsAfter: rescueAfter,
		Middleware: work.following(), CompletedJobRetentionPeriod: time.Hour, Logger: slog.New(warnOnly{work.Logger.Handler()}), RetryPolicy: retryPolicy{}, Workers: workers,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: work.Workers}, purgeJob{}.Kind(): {MaxWorkers: 1}, pollJob{}.Kind(): {MaxWorkers: 1},
			compareJob{}.Kind(): {MaxWorkers: 1},
		},
	}
	if work.Clean != nil {
		config.Queues[cleanJob{}.Kind()] = river.QueueConfig{MaxWorkers: 1}
		config.PeriodicJobs = append(config.PeriodicJobs, river.NewPeriodicJob(work.CleanAt, func() (river.JobArgs, *river.InsertOpts) {
			return cleanJob{}, ownQueue(cleanJob{})
		}, nil))
	}
	if work.Backup != nil {
		config.Queues[backupJob{}.Kind()] = river.QueueConfig{MaxWorkers: 1}
		// One that was missed while no broker ran is made at the start.
		config.PeriodicJobs = append(config.PeriodicJobs, river.NewPeriodicJob(work.BackupAt, func() (river.JobArgs, *river.InsertOpts) {
			return backupJob{}, ownQueue(backupJob{})
		}, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	if q.database.Dialect == db.Postgres {
		return start(ctx, riverpgxv5.New(q.database.Postgres()), config, work)
	}
	if err := q.takeOverJobs(ctx); err != nil {
		return nil, err
	}
	return start(ctx, riversqlite.New(q.database.SQLite()), config, work)
}

// Kind is the name of a kind of job.
type Kind string

// Outcome is how a job has ended.
type Outcome string

// Delivery is the kind of the jobs that deliver webhooks.
const Delivery Kind = "deliver_webhook"

// A job is done, has more to do, for which it comes back, or has failed and is tried
// again.
const (
	Done          Outcome = "done"
	ToBeContinued Outcome = "to_be_continued"
	Failed        Outcome = "failed"
)

// following tells of each job, if somebody wants to know.
func (w Work) following() []rivertype.Middleware {
	if w.Follow == nil {
		return nil
	}
	return []rivertype.Middleware{river.WorkerMiddlewareFunc(func(ctx context.Context, job *rivertype.JobRow, do func(ctx context.Context) error) error {
		ctx, end := w.Follow(ctx, Kind(job.Kind))
		outcome := Failed // unless it comes back
		defer func() { end(outcome) }()
		err := do(ctx)
		outcome = outcomeOf(err)
		return err
	})}
}

func outcomeOf(err error) Outcome {
	var snoozed *river.JobSnoozeError
	switch {
	case err == nil:
		return Done
	case errors.As(err, &snoozed):
		return ToBeContinued
	}
	return Failed
}

func (w Work) workers() (*river.Workers, error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[deliveryJob]) error {
		again, err := w.Deliver(ctx, job.Args.UUID, job.Args.Attempt)
		if err == nil && again > 0 {
			return river.JobSnooze(again)
		}
		return err
	})); err != nil {
		return nil, err
	}
	if err := river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[purgeJob]) error {
		return errors.Join(w.takeOver(ctx), forAWhile(ctx, w.Purge))
	})); err != nil {
		return workers, err
	}
	if w.Compare != nil {
		if err := river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[compareJob]) error {
			return w.compareForAWhile(ctx, job.Args)
		})); err != nil {
			return workers, err
		}
	}
	if w.Clean != nil {
		if err := river.AddWorkerSafely(workers, &cleaner{work: w}); err != nil {
			return workers, err
		}
	}
	if w.Backup != nil {
		if err := river.AddWorkerSafely(workers, &backuper{work: w}); err != nil {
			return workers, err
		}
	}
	if w.PollVerdicts == nil {
		return workers, nil
	}
	return workers, river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[pollJob]) error {
		return forAWhile(ctx, w.PollVerdicts)
	}))
}

// cleaner does a job that takes its time.
type cleaner struct {
	river.WorkerDefaults[cleanJob]
	work Work
}

// Timeout is how long it may take.
func (c *cleaner) Timeout(*river.Job[cleanJob]) time.Duration { return c.work.CleanTimeout }

// Work cleans up. What fails is tried again when the next time comes.
func (c *cleaner) Work(ctx context.Context, _ *river.Job[cleanJob]) error {
	if err := c.work.Clean(ctx); err != nil && ctx.Err() == nil {
		return river.JobCancel(err)
	}
	return nil
}

// backuper does a job that takes its time, too.
type backuper struct {
	river.WorkerDefaults[backupJob]
	work Work
}

// Timeout is how long it may take.
func (b *backuper) Timeout(*river.Job[backupJob]) time.Duration { return b.work.BackupTimeout }

// Work backs up, or lets the job come back after a while.
func (b *backuper) Work(ctx context.Context, _ *river.Job[backupJob]) error {
	err := b.work.Backup(ctx)
	if err != nil && ctx.Err() == nil {
		return river.JobSnooze(b.work.BackupAgain)
	}
	return err
}

// compareForAWhile compares as long as its share of time, and lets the job come
// back at once if more is left.
func (w Work) compareForAWhile(ctx context.Context, job compareJob) error {
	hurried, cancel := context.WithTimeout(ctx, share)
	defer cancel()
	err := w.Compare(hurried, job.ProviderVersion, job.Publication)
	if err != nil && hurried.Err() != nil && ctx.Err() == nil {
		return river.JobSnooze(0)
	}
	return err
}

// periodically begins a job now and then, unless one of its kind is in the queue.
func periodically(interval time.Duration, args river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(interval), func() (river.JobArgs, *river.InsertOpts) {
		return args, ownQueue(args)
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// forAWhile does step by step what is to be done, and lets the job come back at
// once if that takes longer than its share of time.
func forAWhile(ctx context.Context, step func(ctx context.Context) (more bool, err error)) error {
	for start := time.Now(); time.Since(start) < share; {
		more, err := step(ctx)
		if err != nil || !more {
			return err
		}
	}
	return river.JobSnooze(0)
}

func start[T any](ctx context.Context, driver riverdriver.Driver[T], config *river.Config, work Work) (stop func(context.Context) error, err error) {
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
	var enqueuing sync.WaitGroup
	enqueuing.Go(func() { enqueueOnAnnounce(ctx, work, client.Insert) })
	return func(ctx context.Context) error {
		cancel()
		enqueuing.Wait()
		return client.Stop(ctx)
	}, nil
}

// takeOverJobs makes those jobs due that were running when the process died that
// last used the SQLite file. With PostgreSQL other replicas may be running them,
// so there they are rescued after a while.
func (q *Queue) takeOverJobs(ctx context.Context) error {
	return q.database.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "take over jobs", "UPDATE river_job SET state = 'available' WHERE state = 'running'")
		return err
	})
}

// sqlAbandoned finds, in PostgreSQL, clean-ups at which nobody may be any more. One that
// has just begun has perhaps not got hold of the lock yet.
const sqlAbandoned = "kind = 'clean' AND state = 'running' AND attempted_at < now() - interval '10 seconds'"

// takeOverCleaning makes a clean-up due again whose process died. It may take hours,
// so it is not rescued after a while as others are, and until then it would keep out
// the next. Who cleans up holds a lock, of which a process that died lets go.
func (q *Queue) takeOverCleaning(ctx context.Context) error {
	found, _, err := db.Row[int64](ctx, &q.database.Reader, "look for abandoned clean-ups", "SELECT count(*) FROM river_job WHERE "+sqlAbandoned)
	if err != nil || found == 0 {
		return err
	}
	unlock, locked, err := q.database.TryLock(ctx, CleaningLock)
	if err != nil || !locked {
		return err
	}
	defer unlock()
	return q.database.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "take over clean-ups", "UPDATE river_job SET state = 'available' WHERE "+sqlAbandoned)
		return err
	})
}

// CleaningLock is the lock of the one process that cleans up.
const CleaningLock = "clean"

// ownQueue puts a job into the queue with the name of its kind, and keeps it out
// while another one of its kind is in any queue.
func ownQueue(args river.JobArgs) *river.InsertOpts {
	return &river.InsertOpts{Queue: args.Kind(), UniqueOpts: river.UniqueOpts{ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

// warnOnly lets only what needs attention of the job queue into the log.
type warnOnly struct{ slog.Handler }

// Enabled reports whether something of that level is logged.
func (w warnOnly) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// Handle leaves out what the queue says because it is being stopped.
func (w warnOnly) Handle(ctx context.Context, record slog.Record) error {
	stopped := false
	record.Attrs(func(a slog.Attr) bool {
		stopped = strings.HasSuffix(a.Value.String(), context.Canceled.Error())
		return !stopped
	})
	if stopped {
		return nil
	}
	return w.Handler.Handle(ctx, record)
}

// WithAttrs keeps to what needs attention.
func (w warnOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnOnly{w.Handler.WithAttrs(attrs)}
}

// WithGroup keeps to what needs attention.
func (w warnOnly) WithGroup(name string) slog.Handler { return warnOnly{w.Handler.WithGroup(name)} }

// retryPolicy tries jobs again that could not be begun: soon, then ever more
// rarely, but at least every five minutes.
type retryPolicy struct{}

// NextRetry is when the job is tried again.
func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	wait := time.Second << min(len(job.Errors), 8)
	return time.Now().Add(min(wait, 5*time.Minute))
}
