package db

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
)

// Together runs reads that need nothing of one another, within a transaction of
// PostgreSQL so that the statements which all of them are waiting for travel
// together: the way there and back takes longer than most statements. Only one of
// the reads runs at a time, each until its next statement, and no later statement
// is begun once one has failed. It returns the error that came first.
func (r *Reader) Together(ctx context.Context, reads ...func(ctx context.Context) error) error {
	if r.batch == nil || r.group != nil {
		return inTurn(ctx, reads)
	}
	r.group = &group{}
	defer func() { r.group = nil }()
	var first error
	var waiting []*waitingRead
	for _, read := range reads {
		w := &waitingRead{}
		w.next, w.stop = iter.Pull(func(yield func(*request) bool) {
			w.yield = yield
			if err := read(ctx); err != nil && first == nil {
				first = err
			}
		})
		defer w.stop()
		waiting = append(waiting, w)
	}
	for len(waiting) > 0 && first == nil {
		waiting = r.group.advance(waiting)
		if asked := requestsOf(waiting); len(asked) > 0 {
			r.batch(ctx, asked)
		}
	}
	return first
}

func inTurn(ctx context.Context, reads []func(ctx context.Context) error) error {
	for _, read := range reads {
		if err := read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// group are reads that run together.
type group struct{ running *waitingRead }

// waitingRead is a read that waits for the answer to its request.
type waitingRead struct {
	next  func() (*request, bool)
	stop  func()
	yield func(*request) bool
	asked *request
}

// request is a statement that waits to be sent, with what came of it.
type request struct {
	text string
	args []any
	into target
	err  error
}

// advance lets each read go on until its next statement, and returns those that
// have one.
func (g *group) advance(reads []*waitingRead) []*waitingRead {
	var waiting []*waitingRead
	for _, w := range reads {
		g.running = w
		asked, more := w.next()
		if more {
			w.asked = asked
			waiting = append(waiting, w)
		}
	}
	return waiting
}

func requestsOf(waiting []*waitingRead) []*request {
	asked := make([]*request, len(waiting))
	for i, w := range waiting {
		asked[i] = w.asked
	}
	return asked
}

// errGivenUp ends a read because another one, with which it ran, has failed.
var errGivenUp = errors.New("store: another read has failed")

// ask waits until the statement of the read that runs now was sent with others.
func (g *group) ask(text string, args []any, into target) error {
	asked := &request{text: text, args: args, into: into}
	if !g.running.yield(asked) {
		return errGivenUp
	}
	return asked.err
}

// idle is the state of a connection without a transaction.
const idle = 'I'

// together sends statements in one go and takes up what they find, each in turn.
func (c *postgresConn) together(ctx context.Context, asked []*request) {
	var batch pgx.Batch
	begin := c.begin
	if c.begin = ""; begin != "" {
		batch.Queue(begin)
	}
	for _, r := range asked {
		batch.Queue(r.text, r.args...)
	}
	// What failed stands in the requests; here it only says whether time was short.
	short := within(ctx, c.answerTimeout, errSilent, func(ctx context.Context) error {
		results := c.SendBatch(ctx, &batch)
		var failed error
		if begin != "" {
			_, failed = results.Exec()
		}
		for _, r := range asked {
			if r.err = failed; failed != nil {
				continue
			}
			rows, err := results.Query()
			if err == nil {
				err = c.read(rows, r.into)
			}
			failed, r.err = err, err
		}
		if err := results.Close(); err != nil && failed == nil {
			failed, asked[len(asked)-1].err = err, err
		}
		return failed
	})
	if errors.Is(short, errSilent) {
		for _, r := range asked {
			if r.err != nil {
				r.err = short
			}
		}
	}
	if c.PgConn().TxStatus() == idle {
		c.begin = begin
	}
}
