// Package queue does what the broker does beside answering requests: it puts
// jobs into the queue in the transaction of what asks for them, and works them
// off, however often the process is killed in between. It is River's home.
package queue

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/accord-broker/accord/internal/store/db"
)

// Queue is the queue of jobs of a database.
type Queue struct {
	database *db.DB
	// insert puts a job into the queue in the open transaction.
	insert func(ctx context.Context, tx *db.Tx, args river.JobArgs, options *river.InsertOpts) error
}

// New returns the queue of the database.
func New(database *db.DB) (*Queue, error) {
	q := &Queue{database: database}
	config := &river.Config{Logger: slog.New(slog.DiscardHandler)}
	if database.Dialect == db.SQLite {
		client, err := river.NewClient[*sql.Tx](riversqlite.New(nil), config)
		q.insert = func(ctx context.Context, tx *db.Tx, args river.JobArgs, options *river.InsertOpts) error {
			_, err := client.InsertTx(ctx, tx.SQLite(), args, options)
			return err
		}
		return q, err
	}
	client, err := river.NewClient[pgx.Tx](riverpgxv5.New(nil), config)
	q.insert = func(ctx context.Context, tx *db.Tx, args river.JobArgs, options *river.InsertOpts) error {
		_, err := client.InsertTx(ctx, tx.Postgres(), args, options)
		return err
	}
	return q, err
}

// EnqueueDelivery lets the attempt be made after the commit: at that time, or
// at once if that is not after now.
func (q *Queue) EnqueueDelivery(ctx context.Context, tx *db.Tx, uuid string, attempt int, at, now time.Time) error {
	options := &river.InsertOpts{MaxAttempts: jobAttempts}
	if at.After(now) {
		options.ScheduledAt = at
	}
	if err := q.insert(ctx, tx, deliveryJob{UUID: uuid, Attempt: attempt}, options); err != nil {
		return fmt.Errorf("enqueue delivery: %w", err)
	}
	return nil
}

// EnqueueComparisons lets the version of a provider, or the publication of a pact,
// be compared after the commit.
func (q *Queue) EnqueueComparisons(ctx context.Context, tx *db.Tx, providerVersion, publication int64) error {
	job := compareJob{ProviderVersion: providerVersion, Publication: publication}
	if err := q.insert(ctx, tx, job, &river.InsertOpts{Queue: job.Kind(), MaxAttempts: jobAttempts}); err != nil {
		return fmt.Errorf("enqueue comparisons: %w", err)
	}
	return nil
}
