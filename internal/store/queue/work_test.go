package queue

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

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
