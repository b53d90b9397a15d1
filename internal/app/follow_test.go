package app_test

import (
	"bufio"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRun_stopsAtOnceThoughSomebodyFollowsTheEvents(t *testing.T) {
	s := settings(t)
	s.Server.ShutdownGrace = time.Minute
	out, _, stop := start(t, s)
	r, err := http.NewRequest(http.MethodGet, out.find(t, "answers at "+address)+"/api/v1/events", http.NoBody)
	require.NoError(t, err)
	r.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	require.True(t, lines.Scan(), "the stream has begun")

	asked := time.Now()
	require.NoError(t, stop())

	require.Less(t, time.Since(asked), 20*time.Second)
	for lines.Scan() {
	}
	require.NoError(t, lines.Err(), "the stream ended, it was not cut off")
}
