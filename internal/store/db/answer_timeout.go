package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A PostgreSQL that is stopped, or behind a network that loses everything, neither
// answers nor refuses. What it would have ended by itself is ended here a little later,
// so that nobody waits for it without end.
const (
	// connectWithin is how long connecting may take unless the address says otherwise.
	connectWithin = 5 * time.Second
	// acquireWithin is how long to wait for a connection when all are in use.
	acquireWithin = 20 * time.Second
	// answerWithin is how much later than the time for a statement its answer may come.
	answerWithin = 3 * time.Second
	// checkWithin is how long a probe waits.
	checkWithin = 2 * time.Second
)

var (
	// errSilent is for a server that has not answered in time.
	errSilent = errors.New("store: the database does not answer")
	// errCrowded is for a wait for a connection that was too long.
	errCrowded = errors.New("store: all connections to the database are in use")
)

// within runs do for no longer than the limit, 0 for none, and returns the reason with
// what do returns if that is why it failed.
func within(ctx context.Context, limit time.Duration, reason error, do func(ctx context.Context) error) error {
	if limit == 0 {
		return do(ctx)
	}
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := do(bounded)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", reason, err)
	}
	return err
}

// answerTimeoutOf is how long to wait for an answer on connections made so: a little longer
// than the server may take, and as long as it takes where that has no limit.
func answerTimeoutOf(config *pgxpool.Config) time.Duration {
	limit, err := strconv.Atoi(config.ConnConfig.RuntimeParams["statement_timeout"])
	if err != nil || limit == 0 {
		return 0
	}
	return time.Duration(limit)*time.Millisecond + answerWithin
}

// lend takes a connection from the pool, which gets it back by Release.
func (d *DB) lend(ctx context.Context) (lent *pgxpool.Conn, err error) {
	err = within(ctx, acquireWithin, errCrowded, func(ctx context.Context) error {
		lent, err = d.pool.Acquire(ctx)
		return err
	})
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) {
		return nil, connecting
	}
	return lent, err
}

// begun begins a transaction on a connection, hands it on, and commits or undoes it.
func (d *DB) begun(ctx context.Context, lent *pgxpool.Conn, fn func(pgx.Tx) error) error {
	var open pgx.Tx
	if err := within(ctx, d.answerTimeout, errSilent, func(ctx context.Context) (err error) {
		open, err = lent.Begin(ctx)
		return err
	}); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestEnd)
		defer cancel()
		_ = open.Rollback(ctx) // after a commit there is nothing to undo, and a connection that cannot is closed
	}()
	if err := fn(open); err != nil {
		return err
	}
	return within(ctx, d.answerTimeout, errSilent, open.Commit)
}
