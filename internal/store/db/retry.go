package db

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/accord-broker/accord/internal/support/fault"
)

const (
	// attempts is how often a transaction is tried when another one gets in its
	// way; SQLite has one writer and none does.
	attempts = 10
	// shortestPause and longestPause bound the wait between two attempts.
	shortestPause = 2 * time.Millisecond
	longestPause  = 250 * time.Millisecond
)

// remediable is the error of a transaction that may succeed once Remedy, which may wait
// for others, has reported true.
type remediable interface {
	error
	Remedy(ctx context.Context) bool
}

// remedied does outside of the transaction what its error asks for.
func remedied(ctx context.Context, err error) bool {
	var r remediable
	return errors.As(err, &r) && r.Remedy(ctx)
}

// retried runs a transaction until it is not given up because of another one, or of what
// can be remedied, with a pause before each further attempt.
func retried(ctx context.Context, transaction func() error) error {
	err := transaction()
	for attempt := 1; attempt < attempts && (retryable(err) || remedied(ctx, err)); attempt++ {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pauseBefore(attempt)):
		}
		err = transaction()
	}
	return err
}

// pauseBefore is how long to wait before a further attempt: any time up to a
// bound that doubles, so that those who got in each other's way part.
func pauseBefore(attempt int) time.Duration {
	bound := min(shortestPause<<(attempt-1), longestPause)
	return rand.N(bound) + 1
}

// bounded ends what a transaction does after the longest time that one may
// take. Waiting until it can begin does not count.
func (d *DB) bounded(fn func(context.Context, *Tx) error) func(context.Context, *Tx) error {
	limit := d.options.TransactionTimeout
	if limit == 0 {
		return fn
	}
	return func(ctx context.Context, tx *Tx) error {
		ctx, cancel := context.WithTimeoutCause(ctx, limit, errTooLong)
		defer cancel()
		err := fn(ctx, tx)
		if err != nil && errors.Is(context.Cause(ctx), errTooLong) {
			return fault.TooLong(limit).Because(err)
		}
		return err
	}
}

// errTooLong is the cause for which the context of a bounded transaction ends.
var errTooLong = errors.New("store: the transaction took too long")

// retryable reports whether the transaction failed because of another one, so that
// trying again can succeed or find out what is the matter now: a deadlock, a
// serialization failure, something that another transaction has added or taken
// away since this one looked. What SQLite's only writer is refused it will be
// refused again.
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.Is(err, ErrConflict) ||
		errors.As(err, &pg) && slices.Contains([]string{"40P01", "40001", "23505", "23503"}, pg.Code)
}
