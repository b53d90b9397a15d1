package app_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/app"
	"github.com/accord-broker/accord/internal/testing/pactbrokerdb"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// BenchmarkImport imports a Pact Broker with 200,000 versions; see docs/performance.md.
func BenchmarkImport(b *testing.B) {
	const versions = 200_000
	name := filepath.Join(b.TempDir(), "pact_broker.db")
	database, err := sql.Open("sqlite3", name)
	require.NoError(b, err)
	database.SetMaxOpenConns(1)
	for _, statement := range append(append([]string{"PRAGMA synchronous=OFF"}, pactbrokerdb.Schema(pactbrokerdb.SQLite)...), pactbrokerdb.Large(versions)...) {
		_, err := database.Exec(statement)
		require.NoError(b, err, statement)
	}
	require.NoError(b, database.Close())
	for target, options := range map[string][]testbroker.Option{"sqlite": {testbroker.Durable()}, "postgres": {testbroker.OnPostgres()}} {
		b.Run(target, func(b *testing.B) {
			for range b.N {
				into := testbroker.New(b, options...)
				stop, heap := watchHeap()
				started := time.Now()
				source, err := app.OpenPactBroker(context.Background(), "sqlite://"+name, "")
				require.NoError(b, err)
				_, err = app.RunImport(context.Background(), into.Settings(), app.ImportRequest{Source: source, OnConflict: app.StopOnConflict, Progress: quiet})
				require.NoError(b, err)
				require.NoError(b, source.Close())
				b.ReportMetric(versions/time.Since(started).Seconds(), "versions/s")
				stop()
				b.ReportMetric(float64(heap.Load())/(1<<20), "MB-heap")
			}
		})
	}
}

// watchHeap keeps the most that the heap holds until it is stopped.
func watchHeap() (stop func(), most *atomic.Uint64) {
	most = new(atomic.Uint64)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				most.Store(max(most.Load(), now.HeapInuse))
			}
		}
	}()
	return func() { close(done) }, most
}
