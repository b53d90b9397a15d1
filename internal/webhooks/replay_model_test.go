package webhooks_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// replayed is a delivery as one who replays looks at it.
type replayed struct {
	id, webhook, event, status, subject, consumer, provider string
	attempts                                                int
	at                                                      time.Time
}

// finishedOf are all deliveries, the newest first, once nothing is on its way.
func finishedOf(t *testing.T, b *testbroker.Broker) (all []replayed) {
	t.Helper()
	var items []any
	var page testbroker.Response
	require.Eventually(t, func() bool {
		page = b.Get(allDeliveries + "?limit=200").OK(http.StatusOK)
		items = page.Find("items").([]any)
		return !slices.ContainsFunc(items, func(item any) bool {
			return item.(testbroker.Object)["status"] == "not_run" || item.(testbroker.Object)["status"] == "retrying"
		})
	}, 20*time.Second, 5*time.Millisecond)
	for i := range items {
		text := func(name string) string {
			value, _ := page.Find("items", i, name).(string)
			return value
		}
		at, err := time.Parse(time.RFC3339Nano, text("triggered_at"))
		require.NoError(t, err)
		all = append(all, replayed{text("id"), text("webhook_id"), text("event"), text("status"), text("subject"), text("consumer"), text("provider"), int(page.Find("items", i, "attempts").(float64)), at})
	}
	return all
}

// However the deliveries are chosen that are to be sent again, it is those and no others,
// each once, whatever became of them and of their webhooks before.
func TestReplay_sendsAgainWhatTheListShowsForTheSameFilter(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Work()
		to := testbroker.NewReceiver(t)
		var hooks []string
		for i, path := range []string{"/ok", "/fail", "/gone"} {
			for _, provider := range []string{"Stock", "Mail"} {
				b.Version(provider, "1")
			}
			w := testbroker.Object{"description": path, "events": []string{"version_created", "contract_published", "tag_added"}, "request": testbroker.Object{"method": "POST", "url": to.URL + path}}
			if i == 0 {
				w["provider"] = testbroker.Object{"name": "Stock"}
			}
			hooks = append(hooks, b.Post(allWebhooks, w).OK(http.StatusCreated).Text("id"))
		}
		for n := range 4 {
			number := fmt.Sprint(n)
			b.Pact("Shop", number).Tags("dev").Saying(testbroker.Content("Shop", "Stock", number)).With("Stock")
			b.Pact("Till", number).Saying(testbroker.Content("Till", "Mail", number)).With("Mail")
		}
		finishedOf(t, b)
		b.Delete(allWebhooks + "/" + hooks[2]).OK(http.StatusNoContent)

		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			b := b.For(t)
			for range 2 {
				for range len(to.Got) {
					<-to.Got // it takes only so many
				}
				before := finishedOf(t, b)
				want := map[string]int{}
				for _, d := range before {
					want[d.id] = d.attempts
				}
				for _, hook := range hooks[:2] { // what is sent again waits
					b.Post(allWebhooks+"/"+hook+"/pause", "").OK(http.StatusOK)
				}
				again := map[string]bool{}
				for range 6 {
					body, fits := drawReplay(random, hooks, before)
					count := 0
					for _, d := range before {
						if fits(d) && d.webhook != "" && !again[d.id] {
							count++
							again[d.id] = true
							want[d.id]++
							if d.status == "failure" {
								want[d.id]++ // it is refused again, twice
							}
						}
					}
					require.EqualValues(t, count, b.Post(allDeliveries+"/replay", body).OK(http.StatusAccepted).Find("redelivered"), "%v of %v but %v", body, before, again)
				}
				for _, hook := range hooks[:2] {
					b.Post(allWebhooks+"/"+hook+"/resume", "").OK(http.StatusOK)
				}
				got := map[string]int{}
				for _, d := range finishedOf(t, b) {
					got[d.id] = d.attempts
				}
				require.Equal(t, want, got)
			}
		})
	}, testbroker.With(testbroker.CallingHere), testbroker.With(func(s *config.Settings) { s.Versions.FirstTagAsBranch = false }))
}

// drawReplay draws what is to be sent again, and which deliveries that means.
func drawReplay(random *rand.Rand, hooks []string, all []replayed) (body testbroker.Object, fits func(d replayed) bool) {
	body = testbroker.Object{}
	var conditions []func(d replayed) bool
	narrow := func(name string, of func(d replayed) []string, values ...string) {
		if random.IntN(3) == 0 {
			value := testrandom.OneOf(random, values...)
			body[name] = value
			conditions = append(conditions, func(d replayed) bool { return slices.Contains(of(d), value) })
		}
	}
	narrow("status", func(d replayed) []string { return []string{d.status} }, "success", "failure")
	narrow("event", func(d replayed) []string { return []string{d.event} }, "version_created", "contract_published", "tag_added", "branch_created")
	narrow("webhook", func(d replayed) []string { return []string{d.webhook} }, hooks...)
	narrow("application", func(d replayed) []string { return []string{d.subject, d.consumer, d.provider} }, "Shop", "Till", "Stock")
	since, until := all[random.IntN(len(all))].at, all[random.IntN(len(all))].at
	if body["status"] == nil || random.IntN(2) == 0 {
		body["since"] = since.Format(time.RFC3339Nano)
		conditions = append(conditions, func(d replayed) bool { return !d.at.Before(since) })
	}
	if random.IntN(3) == 0 {
		body["until"] = until.Format(time.RFC3339Nano)
		conditions = append(conditions, func(d replayed) bool { return d.at.Before(until) })
	}
	return body, func(d replayed) bool {
		return !slices.ContainsFunc(conditions, func(holds func(replayed) bool) bool { return !holds(d) })
	}
}
