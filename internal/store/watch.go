package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"accord/internal/matrix"
)

// LastAnswers returns the last answers about the application, by environment.
func (q *queries) LastAnswers(ctx context.Context, pacticipantID int64) (map[int64]matrix.Answer, error) {
	type answerRow struct {
		EnvironmentID int64
		Answer        string
	}
	found, err := rows[answerRow](ctx, q, "read last answers", "SELECT environment_id, answer FROM last_answers WHERE pacticipant_id = ?", pacticipantID)
	answers := make(map[int64]matrix.Answer, len(found))
	for _, r := range found {
		answers[r.EnvironmentID] = matrix.AnswerNamed(r.Answer)
	}
	return answers, err
}

// UpdateLastAnswer makes this the last answer about the application and the
// environment.
func (tx *Tx) UpdateLastAnswer(ctx context.Context, pacticipantID, environmentID int64, a matrix.Answer) error {
	_, err := tx.exec(ctx, "keep answer", `
		INSERT INTO last_answers (pacticipant_id, environment_id, answer) VALUES (?, ?, ?)
		ON CONFLICT (pacticipant_id, environment_id) DO UPDATE SET answer = excluded.answer`, pacticipantID, environmentID, a.String())
	return err
}

// FeedPosition returns the position up to which a reader of the broker's own has
// read the feed; 0 if it never has.
func (q *queries) FeedPosition(ctx context.Context, reader string) (int64, error) {
	position, _, err := row[int64](ctx, q, "read place in feed", "SELECT position FROM feed_places WHERE reader = ?", reader)
	return position, err
}

// UpdateFeedPosition keeps how far the reader has read.
func (tx *Tx) UpdateFeedPosition(ctx context.Context, reader string, position int64) error {
	_, err := tx.exec(ctx, "keep place in feed",
		"INSERT INTO feed_places (reader, position) VALUES (?, ?) ON CONFLICT (reader) DO UPDATE SET position = excluded.position", reader, position)
	return err
}

// watchJob looks for verdicts that have changed.
type watchJob struct{}

// Kind names the job in the queue.
func (watchJob) Kind() string { return "watch_verdicts" }

const (
	// watchInterval is how often verdicts are looked at even if this process knows
	// of no reason to, and watchDelay how long changes may gather before they are.
	watchInterval = 5 * time.Minute
	watchDelay    = time.Second
	// watchShare is how long one job looks, so that stopping never waits for it.
	watchShare = 5 * time.Second
)

// watching lets verdicts be looked at now and then.
func watching() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(watchInterval), func() (river.JobArgs, *river.InsertOpts) {
		return watchJob{}, alone()
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// watchForAWhile looks at verdicts, and comes back at once if that takes longer
// than its share of time.
func (w Work) watchForAWhile(ctx context.Context, _ *river.Job[watchJob]) error {
	for start := time.Now(); time.Since(start) < watchShare; {
		more, err := w.PollVerdicts(ctx)
		if err != nil || !more {
			return err
		}
	}
	return river.JobSnooze(0)
}

// nudge lets verdicts be looked at a moment after something was announced, until
// ctx ends. While a job is looking already, another one must follow, since the
// first may have looked before.
func (d *DB) nudge(ctx context.Context, insert inserter, logger *slog.Logger) {
	for announced := d.Announced(); ; {
		select {
		case <-ctx.Done():
			return
		case <-announced:
		}
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return
			case <-time.After(watchDelay):
			}
			announced = d.Announced()
			inserted, err := insert(ctx, watchJob{}, alone())
			if err != nil && ctx.Err() == nil {
				logger.WarnContext(ctx, "verdicts are looked at later", "error", err)
			}
			waiting = err == nil && inserted.UniqueSkippedAsDuplicate
		}
	}
}

// inserter puts a job into the queue, in a transaction of its own.
type inserter func(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)

// alone keeps a job out of the queue while another one of its kind is in it.
func alone() *river.InsertOpts {
	return &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}
