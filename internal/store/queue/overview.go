package queue

import (
	"context"
	"strings"
	"time"

	"github.com/accord-broker/accord/internal/store/db"
)

// KindOfJob is how it stands with the jobs of a kind. Those that are done are known for
// an hour, those that were given up for a week.
type KindOfJob struct {
	Kind string
	// Due are those whose time has come, Later those for another time, Retried those of
	// them that have failed before.
	Due, Later, Retried int
	Running, Done       int
	// GivenUp are those that have failed for good.
	GivenUp int
	// LastEnd is when the last of them ended, and Oldest since when the oldest of those
	// that are due waits; zero if there is none.
	LastEnd, Oldest time.Time
}

// Overview tells how it stands with the jobs of each kind that there is, by kind.
func (q *Queue) Overview(ctx context.Context) ([]KindOfJob, error) {
	seconds, now := "CAST(strftime('%s', {x}) AS INTEGER)", "strftime('%Y-%m-%d %H:%M:%f', 'now')"
	if q.database.Dialect == db.Postgres {
		seconds, now = "CAST(floor(extract(epoch FROM {x})) AS BIGINT)", "now()"
	}
	second := func(expression string) string {
		return "coalesce(" + strings.ReplaceAll(seconds, "{x}", expression) + ", 0)"
	}
	const waiting = "state IN ('available', 'retryable', 'scheduled', 'pending')"
	type kindRow struct {
		Kind                                        string
		Due, Later, Retried, Running, Done, GivenUp int
		LastEnd, Oldest                             int64
	}
	count := func(condition string) string { return "count(CASE WHEN " + condition + " THEN 1 END)" }
	due := waiting + " AND scheduled_at <= " + now
	found, err := db.Rows[kindRow](ctx, &q.database.Reader, "look at jobs", "SELECT kind, "+
		count(due)+" AS due, "+count(waiting+" AND scheduled_at > "+now)+" AS later, "+count("state = 'retryable'")+" AS retried, "+
		count("state = 'running'")+" AS running, "+count("state = 'completed'")+" AS done, "+count("state IN ('discarded', 'cancelled')")+" AS given_up, "+
		second("max(finalized_at)")+" AS last_end, "+second("min(CASE WHEN "+due+" THEN scheduled_at END)")+" AS oldest FROM river_job GROUP BY kind ORDER BY kind")
	kinds := make([]KindOfJob, len(found))
	for i, r := range found {
		kinds[i] = KindOfJob{Kind: r.Kind, Due: r.Due, Later: r.Later, Retried: r.Retried, Running: r.Running, Done: r.Done, GivenUp: r.GivenUp, LastEnd: moment(r.LastEnd), Oldest: moment(r.Oldest)}
	}
	return kinds, err
}

func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
