package app_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accord/internal/testing/testbroker"
)

// listen sets a webhook that sends every new version to the address.
func listen(b *testbroker.Broker, address string) {
	b.Post("/api/v1/webhooks", map[string]any{
		"events": []string{"version_created"}, "request": map[string]any{"method": "POST", "url": address},
	}).OK(http.StatusCreated)
}

func TestReplicas_sendEachDeliveryOnce(t *testing.T) {
	const versions = 60
	address, got := recordingServer(t)
	one := testbroker.New(t, testbroker.OnPostgres(), testbroker.With(callingHere))
	replicas := []*testbroker.Broker{one, one.Replica(), one.Replica()}
	listen(one, address)
	for _, replica := range replicas {
		replica.Work()
	}
	for n := range versions {
		replicas[n%len(replicas)].Version("Shop", strconv.Itoa(n))
	}
	require.Eventually(t, func() bool {
		return len(one.Get("/api/v1/webhook-deliveries?status=success&limit=200").OK().Find("items").([]any)) == versions
	}, 30*time.Second, 10*time.Millisecond)
	require.Len(t, got, versions, "some were sent more than once")
	seen := map[string]bool{}
	for range versions {
		seen[(<-got).header.Get("webhook-id")] = true
	}
	require.Len(t, seen, versions)
}

// BenchmarkDeliveries sends what has piled up while nobody worked.
func BenchmarkDeliveries(b *testing.B) {
	const backlog = 1000
	for name, database := range map[string]testbroker.Option{"sqlite": testbroker.Durable(), "postgres": testbroker.OnPostgres()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				address, got := recordingServer(b)
				broker := testbroker.New(b, database, testbroker.With(callingHere))
				listen(broker, address)
				for n := range backlog {
					broker.Version("Shop", strconv.Itoa(n))
				}
				b.StartTimer()
				broker.Work()
				for range backlog {
					<-got
				}
			}
			b.ReportMetric(float64(backlog*b.N)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}
