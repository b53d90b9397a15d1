package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/benchmark"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// question is a request that can be made again and again.
type question struct{ method, address, body string }

// BenchmarkCanIDeploy asks about an application with thirty integrations, all
// verified and deployed, through HTTP.
func BenchmarkCanIDeploy(b *testing.B) {
	measure(b, 30, func(version string) question {
		return question{method: http.MethodGet, address: "/can-i-deploy?pacticipant=Hub&environment=prod&version=" + version}
	}, func(answer testbroker.Response) {
		require.Equal(b, true, answer.Find("summary", "deployable"))
		require.Len(b, answer.Find("matrix"), 30)
	})
}

// BenchmarkPactsForVerification asks what a provider with thirty consumers has
// to verify on its main branch, and what is work in progress.
func BenchmarkPactsForVerification(b *testing.B) {
	body := `{"providerVersionBranch":"main","includeWipPactsSince":"` + time.Now().Add(-2*time.Minute).UTC().Format(time.RFC3339) +
		`","consumerVersionSelectors":[{"mainBranch":true},{"matchingBranch":true},{"deployedOrReleased":true}]}`
	measure(b, 60, func(string) question {
		return question{method: http.MethodPost, address: "/pacts/provider/Hub/for-verification", body: body}
	}, func(answer testbroker.Response) {
		require.Len(b, answer.Find("_embedded", "pacts"), 30)
	})
}

// measure asks a broker with so many integrations of Hub again and again, after
// a short history and after one a hundred times as long, and reports the median
// and the 99th percentile beside the mean. With -short it leaves out the latter.
func measure(b *testing.B, integrations int, about func(version string) question, check func(testbroker.Response)) {
	b.Helper()
	for _, database := range []struct {
		name    string
		options []testbroker.Option
	}{{"sqlite", nil}, {"postgres", []testbroker.Option{testbroker.OnPostgres()}}} {
		for _, versions := range []int{1_000, 100_000} {
			b.Run(fmt.Sprintf("%s/versions=%d", database.name, versions), func(b *testing.B) {
				if testing.Short() && versions > 1_000 {
					b.Skip("a long history is not for short runs")
				}
				broker := testbroker.New(b, database.options...)
				q := about(seed(b, broker, integrations, versions))
				check(broker.Do(q.method, q.address, q.body).OK(http.StatusOK))
				ask(b, broker.Handler(), q)
			})
		}
	}
}

// seed fills the broker's database and returns the newest version of Hub.
func seed(b *testing.B, broker *testbroker.Broker, integrations, versions int) string {
	b.Helper()
	version, err := benchmark.Seed(context.Background(), broker.Settings().Database.URL, benchmark.History{Integrations: integrations, Versions: versions, Until: time.Now()})
	require.NoError(b, err)
	return version
}

func ask(b *testing.B, broker http.Handler, q question) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		request, recorder := httptest.NewRequest(q.method, q.address, strings.NewReader(q.body)), httptest.NewRecorder()
		request.Header.Set("Content-Type", "application/json")
		start := time.Now()
		broker.ServeHTTP(recorder, request)
		took = append(took, time.Since(start))
	}
	report(b, took)
}
