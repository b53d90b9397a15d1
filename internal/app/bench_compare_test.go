package app_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/moving"
	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/benchmark"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// BenchmarkCompare compares a broker on SQLite with one on PostgreSQL that hold the same
// history, of as many versions as ACCORD_BENCH_VERSIONS says, and tells how much memory
// the three hold together at most.
func BenchmarkCompare(b *testing.B) {
	versions := 200_000
	if set := os.Getenv("ACCORD_BENCH_VERSIONS"); set != "" {
		var err error
		versions, err = strconv.Atoi(set)
		require.NoError(b, err)
	}
	history := benchmark.History{Integrations: 30, Versions: versions, Until: time.Now().Add(-time.Hour)}
	anywhere := testbroker.With(func(s *config.Settings) { s.Server.BaseURLs = nil })
	var sides []moving.Remote
	for _, options := range [][]testbroker.Option{{anywhere}, {anywhere, testbroker.OnPostgres()}} {
		broker := testbroker.New(b, options...)
		_, err := benchmark.Seed(context.Background(), broker.Settings().Database.URL, history)
		require.NoError(b, err)
		server := httptest.NewServer(broker.Handler())
		b.Cleanup(server.Close)
		sides = append(sides, moving.Remote{URL: server.URL, Pause: time.Millisecond})
	}
	b.ResetTimer()
	for range b.N {
		stop, heap := watchHeap()
		began := time.Now()
		found, err := moving.Compare(context.Background(), sides[0], sides[1],
			moving.CompareOptions{Since: time.Now().AddDate(0, 0, -30), WorkInProgressSince: time.Now().AddDate(0, -1, 0), Progress: func(string, int, int) {}})
		require.NoError(b, err)
		require.Empty(b, found.Differences)
		asked := 0
		for _, n := range found.Asked {
			asked += n
		}
		b.ReportMetric(float64(asked), "questions")
		b.ReportMetric(float64(versions)/time.Since(began).Seconds(), "versions/s")
		stop()
		b.ReportMetric(float64(heap.Load())/(1<<20), "MB-heap")
	}
}
