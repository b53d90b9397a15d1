package app_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// publication is what a pipeline sends to publish a contract of its own content.
func publication(consumer string, n int64) string {
	pact := fmt.Sprintf(`{"consumer":{"name":%q},"provider":{"name":"App2"},"interactions":[{"description":"question %d","request":{"method":"GET","path":"/%d"},"response":{"status":200}}]}`, consumer, n, n)
	body, err := json.Marshal(map[string]any{
		"pacticipantName": consumer, "pacticipantVersionNumber": fmt.Sprintf("bench-%d", n), "branch": "main",
		"contracts": []any{map[string]any{
			"consumerName": consumer, "providerName": "App2", "specification": "pact", "contentType": "application/json",
			"content": base64.StdEncoding.EncodeToString([]byte(pact)),
		}},
	})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// manyContracts is what a pipeline sends to publish new contracts with so many
// providers under so many tags at once.
func manyContracts(providers, tags int) string { return manySaying(providers, tags, "question") }

func manySaying(providers, tags int, what string) string {
	consumer := fmt.Sprintf("Hub%d", providers)
	var contracts, under []any
	for n := range providers {
		provider := fmt.Sprintf("Spoke%d of %s", n, consumer)
		pact := fmt.Sprintf(`{"consumer":{"name":%q},"provider":{"name":%q},"interactions":[{"description":%q,"request":{"method":"GET","path":"/%d"},"response":{"status":200}}]}`, consumer, provider, what, n)
		contracts = append(contracts, map[string]any{
			"consumerName": consumer, "providerName": provider, "specification": "pact", "contentType": "application/json",
			"content": base64.StdEncoding.EncodeToString([]byte(pact)),
		})
	}
	for n := range tags {
		under = append(under, fmt.Sprintf("tag-%d", n))
	}
	body, err := json.Marshal(map[string]any{"pacticipantName": consumer, "pacticipantVersionNumber": "1", "branch": "main", "tags": under, "contracts": contracts})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// The largest publication that is taken, by itself: all others who write to SQLite
// wait for it.
func BenchmarkPublishLargest(b *testing.B) {
	for _, on := range publishing {
		b.Run(on.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				broker := testbroker.New(b, on.options...)
				b.StartTimer()
				broker.Post("/contracts/publish", manyContracts(500, 100)).OK(http.StatusOK)
			}
		})
	}
}

// publish publishes a contract through HTTP and returns how long that took.
func publish(b *testing.B, broker http.Handler, consumer string, n int64) time.Duration {
	b.Helper()
	request, recorder := httptest.NewRequest(http.MethodPost, "/contracts/publish", strings.NewReader(publication(consumer, n))), httptest.NewRecorder()
	request.Header.Set("Content-Type", "application/json")
	start := time.Now()
	broker.ServeHTTP(recorder, request)
	took := time.Since(start)
	if recorder.Code != http.StatusOK {
		b.Errorf("%d: %s", recorder.Code, recorder.Body)
	}
	return took
}

// publishing are the databases on which publishing is measured.
var publishing = []struct {
	name    string
	options []testbroker.Option
}{
	{"sqlite", nil},
	{"sqlite,durable", []testbroker.Option{testbroker.Durable()}},
	{"postgres", []testbroker.Option{testbroker.OnPostgres()}},
}

// BenchmarkPublish publishes new versions with new contents, one after the other.
func BenchmarkPublish(b *testing.B) {
	for _, on := range publishing {
		b.Run(on.name, func(b *testing.B) {
			broker := testbroker.New(b, on.options...)
			seed(b, broker, 30, 1_000)
			var took []time.Duration
			n := int64(0)
			for b.Loop() {
				n++
				took = append(took, publish(b, broker.Handler(), "Hub", n))
			}
			report(b, took)
		})
	}
}

// BenchmarkFiftyPublishers lets fifty pipelines, each of an application of its
// own, publish at the same time, one contract after the other.
func BenchmarkFiftyPublishers(b *testing.B) {
	const publishers = 50
	for _, on := range publishing {
		b.Run(on.name, func(b *testing.B) {
			broker := testbroker.New(b, on.options...)
			seed(b, broker, 30, 1_000)
			var next atomic.Int64
			took := make([][]time.Duration, publishers)
			var running sync.WaitGroup
			start := time.Now()
			b.ResetTimer()
			for p := range publishers {
				running.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						took[p] = append(took[p], publish(b, broker.Handler(), fmt.Sprintf("Publisher%d", p), n))
					}
				})
			}
			running.Wait()
			b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "publications/s")
			report(b, slices.Concat(took...))
		})
	}
}

// report tells the median and the 99th percentile.
func report(b *testing.B, took []time.Duration) {
	b.Helper()
	require.NotEmpty(b, took)
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/10].Microseconds())/1000, "p10-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
