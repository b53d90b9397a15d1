package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accord/internal/support/testbroker"
)

const integrations = 30

// BenchmarkCanIDeploy asks about an application with thirty integrations, all
// verified and deployed, after a short history and after one a hundred times as
// long.
func BenchmarkCanIDeploy(b *testing.B) {
	for name, database := range map[string][]testbroker.Option{"sqlite": nil, "postgres": {testbroker.OnPostgres()}} {
		for _, history := range []int{10, 1000} {
			b.Run(fmt.Sprintf("%s/versions=%d", name, history), func(b *testing.B) {
				broker := testbroker.New(b, database...)
				tellHistory(broker, history)
				question := "/can-i-deploy?pacticipant=Hub&version=" + strconv.Itoa(history) + "&environment=production"
				require.Equal(b, true, broker.Get(question).Find("summary", "deployable"))
				measure(b, broker, question)
			})
		}
	}
}

// tellHistory publishes so many versions of Hub with thirty providers, each of
// which has verified the contract and is in production.
func tellHistory(broker *testbroker.Broker, versions int) {
	contents := map[string]any{}
	for n := range integrations {
		contents["Provider "+strconv.Itoa(n)] = nil
	}
	for version := 1; version <= versions; version++ {
		broker.Publish("Hub", strconv.Itoa(version), "main", nil, contents).OK(http.StatusOK)
	}
	for provider := range contents {
		pact := broker.Get(at.Pact(provider, "Hub", "1")).OK(http.StatusOK)
		broker.Post(pact.Link("pb:publish-verification-results"), map[string]any{"success": true, "providerApplicationVersion": "1"}).OK(http.StatusCreated)
		broker.Deploy(provider, "1", "production")
	}
}

// measure asks again and again, and reports the median and the 99th percentile
// beside the mean.
func measure(b *testing.B, broker *testbroker.Broker, question string) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		request, recorder := httptest.NewRequest(http.MethodGet, question, http.NoBody), httptest.NewRecorder()
		start := time.Now()
		broker.Handler().ServeHTTP(recorder, request)
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
