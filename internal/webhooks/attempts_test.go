package webhooks_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
)

// moody refuses the first calls for each delivery, as many as its path says.
type moody struct {
	*httptest.Server
	mutex sync.Mutex
	// got are the calls by delivery: what was sent, and how it was signed for which try.
	got map[string][]string
}

func newMoody(t *testing.T) *moody {
	m := &moody{got: map[string][]string{}}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		m.mutex.Lock()
		defer m.mutex.Unlock()
		id := r.Header.Get("webhook-id")
		m.got[id] = append(m.got[id], string(body))
		var refused int
		if _, err := fmt.Sscanf(r.URL.Path, "/refuse/%d", &refused); err != nil {
			t.Error(err)
		}
		if len(m.got[id]) <= refused {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(m.Close)
	return m
}

// calls are what was sent for a delivery until now.
func (m *moody) calls(id string) []string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return slices.Clone(m.got[id])
}

// ended waits until nothing more is to be sent of a delivery.
func ended(t *testing.T, b *testbroker.Broker, id string) (shown testbroker.Response) {
	t.Helper()
	require.Eventually(t, func() bool {
		shown = b.Get(allDeliveries + "/" + id).OK(http.StatusOK)
		return shown.Text("status") == "success" || shown.Text("status") == "failure"
	}, 20*time.Second, 5*time.Millisecond)
	return shown
}

// withSchedule lets webhooks call the test, and be tried four times at once.
func withSchedule(s *config.Settings) {
	testbroker.CallingHere(s)
	s.Webhooks.RetrySchedule = []time.Duration{0, 0, 0}
}

// A delivery is tried until it is taken and no longer, at most as often as the schedule
// says, with the same message; each attempt is told of, and so is the end. By hand it begins
// anew.
func TestDeliver_triesAsOftenAsTheScheduleSays(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := newMoody(t)
		const most = 4
		for refused := range most + 2 {
			b.Post(allWebhooks, testbroker.Object{"description": fmt.Sprint(refused), "events": []string{"version_created"}, "request": testbroker.Object{"method": "POST", "url": fmt.Sprintf("%s/refuse/%d", to.URL, refused)}}).OK(http.StatusCreated)
		}
		b.Version("Shop", "1")
		list := b.Get(allDeliveries + "?event=version_created").OK(http.StatusOK)
		for i := range list.Find("items").([]any) {
			require.Equal(t, []any{"not_run", float64(0), float64(most)}, []any{list.Find("items", i, "status"), list.Find("items", i, "attempts"), list.Find("items", i, "attempts_remaining")})
		}
		b.Work()
		failed := 0
		for i := range list.Find("items").([]any) {
			var refused int
			_, err := fmt.Sscan(list.Text("items", i, "webhook"), &refused)
			require.NoError(t, err)
			id := list.Text("items", i, "id")
			attempts, status := min(refused+1, most), "success"
			if refused >= most {
				status = "failure"
				failed++
			}
			shown := ended(t, b, id)
			require.Equal(t, status, shown.Text("status"), "refused %d times", refused)
			require.EqualValues(t, attempts, shown.Find("attempts"), "refused %d times", refused)
			require.EqualValues(t, 0, shown.Find("attempts_remaining"))
			require.Equal(t, status == "failure", shown.Find("reason") != nil, "a reason where it failed")
			made := shown.Find("made").([]any)
			require.Len(t, made, attempts)
			for n := range made {
				require.EqualValues(t, n+1, shown.Find("made", n, "number"))
				require.Equal(t, n == refused, shown.Find("made", n, "success"))
				require.Equal(t, n == most-1 && status == "failure", strings.Contains(shown.Text("made", n, "log"), "failed after 4 attempts"))
			}
			calls := to.calls(id)
			require.Len(t, calls, attempts)
			require.Len(t, slices.Compact(calls), 1, "the message stays the same")

			if refused == most+1 { // four more refuse nothing but the first
				b.Post(allDeliveries+"/"+id+"/redeliver", "").OK(http.StatusAccepted)
				shown = ended(t, b, id)
				require.Equal(t, []any{"success", float64(most + 2)}, []any{shown.Find("status"), shown.Find("attempts")})
				require.Nil(t, shown.Find("reason"))
			}
		}
		told := b.Get("/api/v1/events?type=webhook_delivery_failed").OK(http.StatusOK)
		require.Len(t, told.Find("items"), failed, "each that is given up is told of once")
	}, testbroker.With(withSchedule))
}

// Whoever else asks for the same at the same moment, a delivery is sent again once.
func TestRedeliver_andReplayAtTheSameMomentSendOnce(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := newMoody(t)
		webhook := allWebhooks + "/" + b.Post(allWebhooks, testbroker.Object{"events": []string{"version_created"}, "request": testbroker.Object{"method": "POST", "url": to.URL + "/refuse/0"}}).OK(http.StatusCreated).Text("id")
		b.Work()
		const many = 12
		for n := range many {
			b.Version("Shop", fmt.Sprint(n))
		}
		list := b.Get(allDeliveries + "?limit=50").OK(http.StatusOK)
		var ids []string
		for i := range list.Find("items").([]any) {
			ids = append(ids, list.Text("items", i, "id"))
			ended(t, b, ids[i])
		}
		require.Len(t, ids, many)
		b.Post(webhook+"/pause", "").OK(http.StatusOK) // what is sent again waits, so that all find it under way

		again := testbroker.AtOnce(8, func(i int) testbroker.Response {
			if i%2 == 0 {
				return b.Post(allDeliveries+"/replay", testbroker.Object{"status": "success"})
			}
			return b.Post(allDeliveries+"/"+ids[0]+"/redeliver", "")
		})
		sent := 0
		for i, answer := range again {
			switch {
			case i%2 == 0:
				sent += int(answer.OK(http.StatusAccepted).Find("redelivered").(float64))
			case answer.Status == http.StatusAccepted:
				sent++
			default:
				answer.OK(http.StatusConflict)
			}
		}
		require.Equal(t, many, sent, "each was sent again by one of those who asked")
		b.Post(allDeliveries+"/"+ids[1]+"/redeliver", "").OK(http.StatusConflict)
		b.Post(webhook+"/resume", "").OK(http.StatusOK)
		for _, id := range ids {
			shown := ended(t, b, id)
			require.EqualValues(t, 2, shown.Find("attempts"), id)
			require.Len(t, to.calls(id), 2)
		}
	}, testbroker.With(withSchedule))
}

// A webhook that is deleted while its deliveries wait sends none of them, and each says
// why; what has arrived before stays told of.
func TestDeliver_sendsNothingForAWebhookThatIsGone(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		to := newMoody(t)
		webhook := allWebhooks + "/" + b.Post(allWebhooks, testbroker.Object{"events": []string{"version_created"}, "request": testbroker.Object{"method": "POST", "url": to.URL + "/refuse/0"}}).OK(http.StatusCreated).Text("id")
		b.Version("Shop", "1")
		waiting := b.Get(allDeliveries).OK(http.StatusOK).Text("items", 0, "id")
		b.Delete(webhook).OK(http.StatusNoContent)
		b.Work()
		shown := ended(t, b, waiting)
		require.Equal(t, "failure", shown.Text("status"))
		require.Contains(t, shown.Text("reason"), "deleted")
		require.Nil(t, shown.Find("webhook_id"))
		require.Empty(t, to.calls(waiting))
		b.Post(allDeliveries+"/"+waiting+"/redeliver", "").OK(http.StatusConflict)
		require.EqualValues(t, 0, b.Post(allDeliveries+"/replay", testbroker.Object{"status": "failure"}).OK(http.StatusAccepted).Find("redelivered"))
	}, testbroker.With(withSchedule))
}

// Who listens to an application goes on listening when it is called otherwise: by side, and
// by the names in a filter for as long as the former one leads there.
func TestDeliveries_goOnWhenAnApplicationIsRenamed(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Version("Shop", "1")
		b.Version("Till", "1")
		webhook := func(description, condition, pattern string) testbroker.Object {
			return testbroker.Object{"description": description, "events": []string{"contract_published"}, "filter": testbroker.Object{condition: []string{pattern}}, "request": testbroker.Object{"method": "POST", "url": "http://127.0.0.1/"}}
		}
		bySide := webhook("side", "environments", "x")
		bySide["consumer"] = testbroker.Object{"name": "Shop"}
		delete(bySide, "filter")
		for _, w := range []testbroker.Object{
			bySide, webhook("consumer", "consumers", "Shop"), webhook("application", "applications", "Sho*"), webhook("now", "consumers", "Web"), webhook("provider", "providers", "Till"), webhook("other", "consumers", "Till"),
		} {
			b.Post(allWebhooks, w).OK(http.StatusCreated)
		}
		deliveries := 0
		heard := func(number string) (names []string) {
			b.Pact("Web", number).Saying(testbroker.Content("Web", "Counter", number)).With("Counter")
			list := b.Get(allDeliveries + "?limit=100").OK(http.StatusOK)
			items := list.Find("items").([]any)
			for i := range len(items) - deliveries {
				names = append(names, list.Text("items", i, "webhook"))
			}
			deliveries = len(items)
			slices.Sort(names)
			return names
		}
		for former, name := range map[string]string{"Shop": "Web", "Till": "Counter"} {
			b.Post("/api/v1/applications/"+former+"/rename", testbroker.Object{"name": name}).OK(http.StatusOK)
		}
		require.Equal(t, []string{"application", "consumer", "now", "provider", "side"}, heard("2"))
		b.Delete("/api/v1/applications/Web/former-names/Shop").OK(http.StatusNoContent)
		require.Equal(t, []string{"now", "provider", "side"}, heard("3"), "the name may be another's from now on")
	}, testbroker.With(testbroker.CallingHere))
}
