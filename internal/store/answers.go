package store

import (
	"context"
	"time"

	"github.com/accord-broker/accord/internal/store/db"
)

// answersKept is how long answers are kept for requests that are sent again.
const answersKept = 24 * time.Hour

func (d *DB) StoredAnswer(ctx context.Context, key []byte) ([]byte, error) {
	now := time.Now
	if d.options.Now != nil {
		now = d.options.Now
	}
	return d.findAnswer(ctx, key, microsOf(now()))
}

func (q *queries) findAnswer(ctx context.Context, key []byte, now micros) ([]byte, error) {
	answer, _, err := row[[]byte](ctx, q, "find kept answer", "SELECT answer FROM kept_answers WHERE request_key = ? AND created_at > ?",
		key, now-micros(answersKept/time.Microsecond))
	return answer, err
}

func (d *DB) AnswerOnce(ctx context.Context, key []byte, fn func(ctx context.Context) (answer []byte, err error)) (kept []byte, taken bool, err error) {
	err = d.database.InOneTx(ctx, func(ctx context.Context, open *db.Tx) error {
		tx := d.tx(open)
		if taken, err = tx.lockAnswer(ctx, key); err != nil || taken {
			return err
		}
		if kept, err = tx.findAnswer(ctx, key, tx.now); err != nil || kept != nil {
			return err
		}
		answer, err := fn(ctx)
		if err != nil {
			return err
		}
		return tx.storeAnswer(ctx, key, answer)
	})
	return kept, taken, err
}

func (d *DB) StoreAnswer(ctx context.Context, key, answer []byte) error {
	return d.InTx(ctx, func(ctx context.Context, tx *Tx) error { return tx.storeAnswer(ctx, key, answer) })
}

// lockAnswer reports whether another replica works on the same request. In one
// process, which SQLite has, the edge knows.
func (tx *Tx) lockAnswer(ctx context.Context, key []byte) (taken bool, err error) {
	if tx.dialect == db.SQLite {
		return false, nil
	}
	locked, _, err := row[bool](ctx, &tx.queries, "lock kept answer", "SELECT pg_try_advisory_xact_lock(hashtextextended(encode(?::bytea, 'hex'), 1))", key)
	return err == nil && !locked, err
}

func (tx *Tx) storeAnswer(ctx context.Context, key, answer []byte) error {
	_, err := tx.exec(ctx, "keep answer", `INSERT INTO kept_answers (request_key, answer, created_at) VALUES (?, ?, ?)
		ON CONFLICT (request_key) DO UPDATE SET answer = excluded.answer, created_at = excluded.created_at`, key, answer, tx.now)
	return err
}

// deleteOldAnswers deletes a batch of answers that have been kept long enough, and
// reports whether more are left.
func (tx *Tx) deleteOldAnswers(ctx context.Context) (more bool, err error) {
	// The first condition is asked of a row again if it is replaced meanwhile.
	before := tx.now - micros(answersKept/time.Microsecond)
	n, err := tx.exec(ctx, "delete kept answers",
		"DELETE FROM kept_answers WHERE created_at <= ? AND request_key IN (SELECT request_key FROM kept_answers WHERE created_at <= ? ORDER BY created_at LIMIT ?)",
		before, before, purgeBatch)
	return n == purgeBatch, err
}
