package db

import (
	"context"
	"errors"
)

// whole is a transaction in which several others take part.
type whole struct {
	tx *Tx
	// failed is why one of them was undone, and so all are.
	failed error
	// after is what to do once all are committed.
	after []func()
}

type wholeKey struct{}

// wholeOf is the transaction in which what is done with ctx takes part, unless it
// is inside one of those that do: these have a Tx to use.
func wholeOf(ctx context.Context) *whole {
	if ctx.Value(txKey{}) != nil {
		return nil
	}
	w, _ := ctx.Value(wholeKey{}).(*whole)
	return w
}

// InOneTx runs fn in one transaction, in which every InTx and View and all reading
// with fn's context takes part. If one of them is undone, everything is. fn may
// run more than once, and must use its context from one goroutine at a time.
func (d *DB) InOneTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	var w *whole
	err := d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		tx.isPart = true
		w = &whole{tx: tx}
		ctx = context.WithValue(context.WithValue(ctx, wholeKey{}, w), txKey{}, nil)
		if err := fn(ctx, tx); w.failed == nil {
			return err
		}
		return w.failed
	})
	if err != nil {
		return err
	}
	for _, do := range w.after {
		do()
	}
	return nil
}

// errPanicked is why a transaction is undone of which a part has panicked, whoever
// catches that.
var errPanicked = errors.New("store: a part of the transaction has panicked")

// within runs fn as a part of the whole.
func (w *whole) within(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	err := errPanicked // unless it returns
	defer func() {
		if err != nil && w.failed == nil {
			w.failed = err
		}
	}()
	err = fn(context.WithValue(ctx, txKey{}, true), w.tx)
	return err
}

// AfterCommit does something once what was written with ctx is committed: at once,
// or at the end of InOneTx.
func AfterCommit(ctx context.Context, do func()) {
	if w := wholeOf(ctx); w != nil {
		w.after = append(w.after, do)
		return
	}
	do()
}
