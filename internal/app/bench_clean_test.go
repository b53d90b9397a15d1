package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/cleaning"
	"github.com/accord-broker/accord/internal/store"
	"github.com/accord-broker/accord/internal/testing/benchmark"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// BenchmarkClean asks again and again whether a version may be deployed, first while
// nothing else happens, then while a history is cleaned up of which nearly all goes,
// for as long as one clean-up may take. It tells how fast that is, and by how much the
// answers come later meanwhile. The history has as many versions as
// ACCORD_BENCH_VERSIONS says.
func BenchmarkClean(b *testing.B) {
	versions := 100_000
	if set := os.Getenv("ACCORD_BENCH_VERSIONS"); set != "" {
		var err error
		versions, err = strconv.Atoi(set)
		require.NoError(b, err)
	}
	for _, database := range []struct {
		name    string
		options []testbroker.Option
	}{{"sqlite", []testbroker.Option{testbroker.Durable()}}, {"postgres", []testbroker.Option{testbroker.OnPostgres()}}} {
		for _, made := range []struct {
			name    string
			history benchmark.History
		}{
			{"new contract each time", benchmark.History{Integrations: 30, Versions: versions}},
			{"same contract always", benchmark.History{Integrations: 2, Versions: versions, Builds: versions}},
		} {
			b.Run(fmt.Sprintf("%s/versions=%d/%s", database.name, versions, made.name), func(b *testing.B) {
				for range b.N {
					measureClean(b, testbroker.New(b, database.options...), made.history)
				}
			})
		}
	}
}

func measureClean(b *testing.B, broker *testbroker.Broker, history benchmark.History) {
	b.Helper()
	ctx := context.Background()
	history.Until = time.Now().AddDate(-1, 0, 0)
	newest, err := benchmark.Seed(ctx, broker.Settings().Database.URL, history)
	require.NoError(b, err)
	address := "/can-i-deploy?pacticipant=Hub&environment=prod&version=" + newest
	ask := func() time.Duration {
		request, answer := httptest.NewRequest(http.MethodGet, address, nil), httptest.NewRecorder()
		began := time.Now()
		broker.Handler().ServeHTTP(answer, request)
		took := time.Since(began)
		require.Contains(b, answer.Body.String(), `"deployable":true`)
		return took
	}
	quiet := asked(ask, func(n int) bool { return n < 3000 })

	type outcome struct {
		cleaned store.Cleaned
		err     error
		took    time.Duration
	}
	settings, ended := broker.Settings(), make(chan outcome, 1)
	settings.Cleaning.Rules = "delete versions older than 90 days"
	go func() {
		began := time.Now()
		done, err := app.Clean(ctx, settings, func(cleaning.Step, int64, int64) {})
		ended <- outcome{done, err, time.Since(began)}
	}()
	busy := asked(ask, func(int) bool { return len(ended) == 0 })
	result := <-ended
	require.NoError(b, result.err)
	var gone int64
	for _, a := range result.cleaned.Applications {
		gone += a.Gone
	}
	require.True(b, !result.cleaned.Finished || gone > int64(history.Versions)*9/10, "%d went", gone)
	b.ReportMetric(float64(gone)/result.took.Seconds(), "deleted/s")
	b.ReportMetric(milliseconds(quiet, 50), "quiet-p50-ms")
	b.ReportMetric(milliseconds(quiet, 99), "quiet-p99-ms")
	b.ReportMetric(milliseconds(busy, 50), "cleaning-p50-ms")
	b.ReportMetric(milliseconds(busy, 99), "cleaning-p99-ms")
}

// asked is how long the answers took, in order, to a question that was asked with a
// short rest after each answer.
func asked(ask func() time.Duration, again func(n int) bool) []time.Duration {
	const rest = 2 * time.Millisecond
	var took []time.Duration
	for again(len(took)) {
		took = append(took, ask())
		<-time.After(rest)
	}
	slices.Sort(took)
	return took
}

// milliseconds are those under which so many percent of the sorted times are.
func milliseconds(sorted []time.Duration, percent int) float64 {
	return float64(sorted[len(sorted)*percent/100].Microseconds()) / 1000
}
