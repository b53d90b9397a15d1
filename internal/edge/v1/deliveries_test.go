package v1_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

const deliveries = "/api/v1/webhook-deliveries"

// ids are the ids of the items of a list.
func ids(r testbroker.Response) []any {
	found := []any{}
	for _, item := range r.Find("items").([]any) {
		found = append(found, item.(testbroker.Object)["id"])
	}
	return found
}

func TestDeliveries_areListedWithFiltersAndEachAttempt(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		good := b.Post(ownWebhooks, detailedWebhook(to.URL+"/ok", testbroker.Object{}, "contract_published")).OK(201).Text("id")
		b.Post(ownWebhooks, detailedWebhook(to.URL+"/fail", testbroker.Object{}, "version_created")).OK(201)
		b.Pact("Web", "1").With("Ledger")
		dead := finished(t, b, delivery(b, "version_created"))
		sent := finished(t, b, delivery(b, "contract_published"))
		require.Equal(t, "failure", dead.Text("status"))
		require.Equal(t, "success", sent.Text("status"))

		require.Len(t, dead.Find("made"), 2)
		require.Contains(t, dead.Text("made", 1, "log"), "failed after 2 attempts")
		require.Equal(t, "Web", dead.Text("subject"))
		require.Nil(t, dead.Find("consumer"))
		require.NotEmpty(t, dead.Text("request_id"))
		require.Equal(t, []any{"Web", "Ledger", good}, []any{sent.Find("consumer"), sent.Find("provider"), sent.Find("webhook_id")})

		for query, want := range map[string][]any{
			"":                                    {sent.Find("id"), dead.Find("id")},
			"?status=failure":                     {dead.Find("id")},
			"?status=failure&status=success":      {sent.Find("id"), dead.Find("id")},
			"?webhook=" + good:                    {sent.Find("id")},
			"?event=version_created":              {dead.Find("id")},
			"?consumer=Web":                       {sent.Find("id")},
			"?provider=Ledger":                    {sent.Find("id")},
			"?provider=Web":                       {},
			"?application=Web":                    {sent.Find("id"), dead.Find("id")},
			"?application=Ledger":                 {sent.Find("id")},
			"?since=2020-01-01T00:00:00Z&limit=1": {sent.Find("id")},
			"?since=2120-01-01T00:00:00%2B01:00":  {},
			"?until=2020-01-01T00:00:00Z":         {},
		} {
			require.ElementsMatch(t, want, ids(b.Get(deliveries+query).OK(200)), query)
		}
		first := b.Get(deliveries + "?limit=1").OK()
		require.Len(t, ids(b.Get(deliveries+"?limit=1&cursor="+first.Text("next_cursor")).OK()), 1)
		for _, query := range []string{"?status=lost", "?since=yesterday", "?cursor=!", "?event=rapture", "?colour=red"} {
			b.Get(deliveries + query).OK(400)
		}
		b.Get(deliveries + "/00000000-0000-0000-0000-000000000000").OK(404)
	}, testbroker.With(testbroker.CallingHere))
}

func TestRedeliver_sendsTheSameMessageAgainWithAllItsRetries(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		w := detailedWebhook(to.URL+"/fail", testbroker.Object{}, "contract_published")
		address := ownWebhooks + "/" + b.Post(ownWebhooks, w).OK(201).Text("id")
		b.Pact("Web", "1").With("Ledger")
		id := delivery(b, "contract_published")
		require.Equal(t, "failure", finished(t, b, id).Text("status"))
		sent := to.Next(t)
		to.Next(t)

		b.Post(deliveries+"/"+id+"/redeliver", "").OK(202)
		require.Equal(t, sent.Body, to.Next(t).Body)
		require.Equal(t, id, to.Next(t).Get("webhook-id"))
		require.Contains(t, finished(t, b, id).Text("made", 3, "log"), "failed after 2 attempts", "the schedule began anew")

		w["request"].(testbroker.Object)["url"] = to.URL + "/mended"
		b.Put(address, w).OK(200)
		again := b.Post(deliveries+"/"+id+"/redeliver", "").OK(202)
		require.Equal(t, "retrying", again.Text("status"))
		require.Equal(t, "/mended", to.Next(t).Path)
		require.Equal(t, "success", finished(t, b, id).Text("status"))

		b.Post(deliveries+"/00000000-0000-0000-0000-000000000000/redeliver", "").OK(404)
		b.Delete(address).OK(204)
		refused := b.Post(deliveries+"/"+id+"/redeliver", "").OK(409)
		require.Regexp(t, `/problems/[a-z-]+$`, refused.Text("type"))
		require.NotContains(t, refused.Text("type"), "server-error")
		require.Equal(t, deliveries+"/"+id+"/redeliver", refused.Text("instance"))
		require.Nil(t, b.Get(deliveries+"/"+id).OK().Find("webhook_id"))
	}, testbroker.With(testbroker.CallingHere))
}

func TestReplay_sendsAgainWhatFits(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		w := detailedWebhook(to.URL+"/fail", testbroker.Object{}, "version_created")
		address := ownWebhooks + "/" + b.Post(ownWebhooks, w).OK(201).Text("id")
		b.Post(ownWebhooks, detailedWebhook(to.URL+"/ok", testbroker.Object{}, "version_created")).OK(201)
		for _, number := range []string{"1", "2", "3"} {
			b.Version("Web", number)
		}
		settled := func(count int) {
			require.Eventually(t, func() bool {
				return len(ids(b.Get(deliveries+"?status=success&status=failure").OK())) == count
			}, 10*time.Second, 5*time.Millisecond)
		}
		settled(6)
		w["request"].(testbroker.Object)["url"] = to.URL + "/mended"
		b.Put(address, w).OK(200)

		replay := func(body testbroker.Object) any {
			return b.Post(deliveries+"/replay", body).OK(202).Find("redelivered")
		}
		require.Equal(t, float64(0), replay(testbroker.Object{"status": "failure", "application": "Ledger"}))
		require.Equal(t, float64(0), replay(testbroker.Object{"since": "2120-01-01T00:00:00Z"}))
		require.Equal(t, float64(3), replay(testbroker.Object{"status": "failure", "event": "version_created"}))
		settled(6)
		require.Empty(t, ids(b.Get(deliveries+"?status=failure").OK()), "no dead letters are left")
		require.Equal(t, float64(6), replay(testbroker.Object{"since": "2020-01-01T00:00:00Z"}))
		settled(6)
		require.Equal(t, 3*2+3+3+6, len(to.Got))

		b.Post(deliveries+"/replay", testbroker.Object{}).OK(400)
		b.Post(deliveries+"/replay", testbroker.Object{"status": "failure", "event": "rapture"}).OK(400)
	}, testbroker.With(testbroker.CallingHere))
}

func TestPause_letsDeliveriesWait(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		address := ownWebhooks + "/" + b.Post(ownWebhooks, detailedWebhook(to.URL+"/paused", testbroker.Object{}, "version_created")).OK(201).Text("id")
		b.Post(ownWebhooks, detailedWebhook(to.URL+"/going", testbroker.Object{}, "version_created")).OK(201)
		require.Equal(t, true, b.Post(address+"/pause", "").OK(200).Find("paused"))
		for _, number := range []string{"1", "2"} {
			b.Version("Web", number)
			require.Equal(t, "/going", to.Next(t).Path)
		}
		var waiting []any
		require.Eventually(t, func() bool {
			waiting = nil
			for _, item := range b.Get(deliveries + "?status=not_run").OK().Find("items").([]any) {
				if item.(testbroker.Object)["held"] == true {
					waiting = append(waiting, item.(testbroker.Object)["id"])
				}
			}
			return len(waiting) == 2
		}, 10*time.Second, 5*time.Millisecond)
		b.Post(deliveries+"/"+waiting[0].(string)+"/redeliver", "").OK(409)

		require.Equal(t, false, b.Post(address+"/resume", "").OK(200).Find("paused"))
		require.ElementsMatch(t, waiting, []any{to.Next(t).Get("webhook-id"), to.Next(t).Get("webhook-id")})
		require.Equal(t, "success", finished(t, b, waiting[0].(string)).Text("status"))
		b.Post(ownWebhooks+"/nobody/pause", "").OK(404)
		b.Post(ownWebhooks+"/nobody/resume", "").OK(404)
	}, testbroker.With(testbroker.CallingHere))
}

func TestWebhooks_tellOfFailuresButNotOfTheirOwn(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		b.Post(ownWebhooks, detailedWebhook(to.URL+"/fail?first", testbroker.Object{}, "version_created")).OK(201)
		b.Post(ownWebhooks, detailedWebhook(to.URL+"/fail?notice", testbroker.Object{}, "webhook_delivery_failed")).OK(201)
		b.Version("Web", "1")
		failed := delivery(b, "version_created")
		finished(t, b, failed)
		notice := finished(t, b, delivery(b, "webhook_delivery_failed"))
		require.Equal(t, "failure", notice.Text("status"))
		require.Len(t, ids(b.Get(deliveries).OK()), 2, "the failed notice causes no other one")
		require.Contains(t, to.Next(t).Path, "first")
		to.Next(t)
		require.Contains(t, to.Next(t).Body, `"delivery_id":"`+failed+`"`)
	}, testbroker.With(testbroker.CallingHere))
}

func TestWebhooks_nameTheRequestThatCausedThem(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	b, to := testbroker.New(t, testbroker.With(testbroker.CallingHere)), testbroker.NewReceiver(t)
	b.Work()
	b.Post(ownWebhooks, detailedWebhook(to.URL+"/fail", testbroker.Object{}, "version_created")).OK(201)
	b.Post(ownWebhooks, detailedWebhook(to.URL+"/ok", testbroker.Object{}, "contract_published", "webhook_delivery_failed")).OK(201)
	b.Publish("Web", "1", "main", nil, map[string]any{"Ledger": nil}, testbroker.Header("X-Request-Id", "build-7"), testbroker.Header("Traceparent", parent)).OK(200)
	for range 4 {
		sent := to.Next(t)
		require.Equal(t, "build-7", sent.Get("x-request-id"), sent.Body)
		require.Equal(t, parent[3:35], sent.Get("traceparent")[3:35], sent.Body)
		require.Contains(t, sent.Body, `"requestid":"build-7"`)
	}
	finished(t, b, delivery(b, "webhook_delivery_failed"))
	for _, item := range b.Get(deliveries).OK().Find("items").([]any) {
		require.Equal(t, "build-7", item.(testbroker.Object)["request_id"])
	}
}

func TestWebhooks_doNotCallNamesThatLeadToPrivateAddresses(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := testbroker.NewReceiver(t)
		b.Work()
		b.Post(ownWebhooks, detailedWebhook("http://localhost:"+to.Port(t)+"/", testbroker.Object{}, "version_created")).OK(201)
		b.Version("Web", "1")
		refused := finished(t, b, delivery(b, "version_created"))
		require.Equal(t, "failure", refused.Text("status"))
		require.Contains(t, b.Get(deliveries).OK().Text("items", 0, "reason"), "no public address was found for localhost", "the list tells why")
		require.Contains(t, refused.Text("made", 0, "log"), "PACT_BROKER_WEBHOOK_PRIVATE_HOSTS")
		require.Empty(t, to.Got, "nothing was called")
	}, testbroker.With(func(s *config.Settings) {
		testbroker.CallingHere(s)
		s.Webhooks.Hosts = nil
	}))
}
