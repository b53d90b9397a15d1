package app_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
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

func TestDeliveries_toAReceiverThatHangsHoldUpNobodyElse(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		const backlog = 60
		b.Work()
		good, got := recordingServer(t)
		release := make(chan struct{})
		var running, most atomic.Int32
		hung := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			for now, seen := running.Add(1), most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			<-release
		}))
		t.Cleanup(hung.Close)
		t.Cleanup(func() { close(release) })
		for application, address := range map[string]string{"Shop": hung.URL, "Bank": good} {
			b.Post("/api/v1/webhooks", map[string]any{
				"events": []string{"version_created"}, "filter": map[string]any{"applications": []string{application}},
				"request": map[string]any{"method": "POST", "url": address},
			}).OK(http.StatusCreated)
		}
		for n := range backlog {
			b.Version("Shop", strconv.Itoa(n))
		}
		require.Eventually(t, func() bool { return running.Load() >= 1 }, 20*time.Second, time.Millisecond)
		begun := time.Now()
		b.Version("Bank", "1")
		within(t, got)
		require.Less(t, time.Since(begun), 10*time.Second, "calls to the other one take 15 s each")
		require.LessOrEqual(t, most.Load(), int32(5))
	}, testbroker.With(callingHere))
}

func TestDeliveries_toManyReceiversThatHangHoldUpNobodyElse(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		const hanging = 60
		b.Work()
		good, got := recordingServer(t)
		var running atomic.Int32
		release := make(chan struct{})
		for range hanging {
			hung := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				running.Add(1)
				<-release
			}))
			t.Cleanup(hung.Close)
			listen(b, hung.URL)
		}
		t.Cleanup(func() { close(release) })
		b.Version("Shop", "1")
		require.Eventually(t, func() bool { return running.Load() == hanging }, 20*time.Second, time.Millisecond)
		listen(b, good)
		begun := time.Now()
		b.Version("Bank", "1")
		within(t, got)
		require.Less(t, time.Since(begun), 10*time.Second, "calls to the others take 15 s each")
	}, testbroker.With(callingHere))
}

func TestDeliveries_tellOfAReceiverThatDoesNotAnswer(t *testing.T) {
	b := testbroker.New(t, testbroker.With(callingHere), testbroker.With(func(s *config.Settings) { s.Webhooks.RetrySchedule = nil }))
	b.Work()
	address := "http://127.0.0.1:" + freePort(t)
	listen(b, address)
	require.NotContains(t, b.Get("/metrics").OK().Find("webhooks"), "openCircuits")
	for n := range 6 {
		b.Version("Shop", strconv.Itoa(n))
		require.Eventually(t, func() bool {
			return len(b.Get("/api/v1/webhook-deliveries?status=failure").OK().Find("items").([]any)) == n+1
		}, 20*time.Second, 5*time.Millisecond)
	}
	latest := b.Get("/api/v1/webhook-deliveries?limit=1").OK()
	require.Contains(t, latest.Text("items", 0, "reason"), "has not answered 5 calls of this webhook in a row")
	require.Equal(t, "open", latest.Text("items", 0, "receiver", "circuit"))
	require.Equal(t, strings.TrimPrefix(address, "http://"), latest.Text("items", 0, "receiver", "host"))
	require.NotEmpty(t, latest.Text("items", 0, "receiver", "retry_at"))
	require.Equal(t, float64(1), b.Get("/metrics").OK().Find("webhooks", "openCircuits"))
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
