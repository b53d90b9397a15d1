package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"
)

func TestWarnOnly_leavesOutThatTheQueueIsBeingStopped(t *testing.T) {
	var said bytes.Buffer
	logger := slog.New(warnOnly{slog.NewTextHandler(&said, nil)}).With("part", "queue")
	logger.Info("a job was done")
	logger.Error("Error inserting periodic jobs", "error", context.Canceled.Error(), "num_jobs", 2)
	logger.Error("Error starting transaction", "error", "begin: context canceled")
	require.Empty(t, said.String())
	logger.Error("Error starting transaction", "error", "no connection", "note", "before context canceled something")
	require.Contains(t, said.String(), "no connection")
}

func TestFollowing_tellsHowEachJobHasEnded(t *testing.T) {
	require.Empty(t, Work{}.following(), "unless nobody wants to know")
	type key struct{}
	var told []string
	work := Work{Follow: func(ctx context.Context, kind Kind) (context.Context, func(Outcome)) {
		return context.WithValue(ctx, key{}, kind), func(o Outcome) { told = append(told, fmt.Sprintf("%s %s", kind, o)) }
	}}
	followed := work.following()[0].(rivertype.WorkerMiddleware)
	job := &rivertype.JobRow{Kind: "purge"}
	for _, ended := range []error{nil, river.JobSnooze(0), fmt.Errorf("later: %w", river.JobSnooze(1)), errors.New("the disk is full"), river.JobCancel(errors.New("never"))} {
		err := followed.Work(t.Context(), job, func(ctx context.Context) error {
			require.Equal(t, Kind("purge"), ctx.Value(key{}), "what was begun with it goes on into the job")
			return ended
		})
		require.Equal(t, ended, err)
	}
	require.Panics(t, func() { _ = followed.Work(t.Context(), job, func(context.Context) error { panic("a bug") }) })
	require.Equal(t, []string{"purge done", "purge to_be_continued", "purge to_be_continued", "purge failed", "purge failed", "purge failed"}, told)
}
