package webhooks_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

const (
	allWebhooks   = "/api/v1/webhooks"
	allDeliveries = "/api/v1/webhook-deliveries"
)

// hook is a webhook as the model knows it.
type hook struct {
	id                       string
	number                   int
	events                   []string
	consumer, provider       map[string]any
	filter                   map[string][]string
	enabled, paused, deleted bool
	// fails tells that the receiver refuses what is sent.
	fails bool
}

// happening is something that happens, with all that webhooks may ask about it.
type happening struct {
	event, subject                    string
	applications                      []string
	consumer, provider                string
	branches, providerBranches, where []string
}

// due is a delivery that there must be.
type due struct {
	hook           *hook
	event, subject string
}

// watched is a broker with webhooks, and the notes of somebody who watches it.
type watched struct {
	t        *testing.T
	b        *testbroker.Broker
	to       *testbroker.Receiver
	random   *rand.Rand
	labels   map[string][]string
	branches map[string][]string // by application and version
	hooks    []*hook
	due      []due
	count    int
	log      []string
}

func (w *watched) tell(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

func (w *watched) history() string { return strings.Join(w.log, "\n") }

// choose takes one or two of the texts.
func (w *watched) choose(texts ...string) []string {
	first := testrandom.OneOf(w.random, texts...)
	if second := testrandom.OneOf(w.random, texts...); second != first {
		return []string{first, second}
	}
	return []string{first}
}

// draw gives the webhook other words, whatever it is.
func (w *watched) draw(h *hook) testbroker.Object {
	h.events = w.choose("version_created", "contract_published", "provider_verification_published", "deployment_recorded")
	side := func() map[string]any {
		return testrandom.OneOf(w.random, nil, nil, nil, map[string]any{"name": testrandom.OneOf(w.random, "Shop", "Till", "Stock")}, map[string]any{"label": testrandom.OneOf(w.random, "web", "core")})
	}
	h.consumer, h.provider, h.enabled = side(), side(), w.random.IntN(5) > 0
	h.filter = map[string][]string{}
	for condition, patterns := range map[string][]string{
		"applications": {"Shop", "S*", "*l*", "Nobody"}, "consumers": {"Shop", "T*ll"}, "providers": {"Stock", "St*"}, "application_labels": {"web", "c*"},
		"consumer_labels": {"w*b"}, "provider_labels": {"core", "web"}, "branches": {"main", "feat/*", "*"}, "provider_branches": {"main", "*"}, "environments": {"live", "*t*"},
	} {
		if w.random.IntN(8) == 0 {
			h.filter[condition] = w.choose(patterns...)
		}
	}
	address := fmt.Sprintf("%s/hook?%d", w.to.URL, h.number)
	if h.fails {
		address = fmt.Sprintf("%s/fail?%d", w.to.URL, h.number)
	}
	body := testbroker.Object{"events": h.events, "filter": h.filter, "enabled": h.enabled, "request": testbroker.Object{"method": "POST", "url": address}}
	if h.consumer != nil {
		body["consumer"] = h.consumer
	}
	if h.provider != nil {
		body["provider"] = h.provider
	}
	return body
}

func (w *watched) make() {
	h := &hook{number: len(w.hooks) + 1, fails: w.random.IntN(6) == 0}
	body := w.draw(h)
	h.id = w.b.Post(allWebhooks, body).OK(http.StatusCreated).Text("id")
	w.hooks = append(w.hooks, h)
	w.tell("make %d: %v", h.number, body)
}

// some is any webhook that there is, nil if there is none.
func (w *watched) some() *hook {
	alive := slices.DeleteFunc(slices.Clone(w.hooks), func(h *hook) bool { return h.deleted })
	if len(alive) == 0 {
		return nil
	}
	return alive[w.random.IntN(len(alive))]
}

func (w *watched) alter() {
	h := w.some()
	if h == nil {
		return
	}
	switch w.random.IntN(6) {
	case 0:
		w.tell("delete %d", h.number)
		w.b.Delete(allWebhooks + "/" + h.id).OK(http.StatusNoContent)
		h.deleted = true
	case 1, 2:
		w.tell("pause %d", h.number)
		w.b.Post(allWebhooks+"/"+h.id+"/pause", "").OK(http.StatusOK)
		h.paused = true
	case 3:
		w.resume(h)
	default:
		body := w.draw(h)
		w.tell("change %d: %v", h.number, body)
		w.b.Put(allWebhooks+"/"+h.id, body).OK(http.StatusOK)
	}
}

func (w *watched) resume(h *hook) {
	w.tell("resume %d", h.number)
	w.b.Post(allWebhooks+"/"+h.id+"/resume", "").OK(http.StatusOK)
	h.paused = false
}

// fits reports whether one of the values is meant by one of the patterns.
func fits(patterns []string, values ...string) bool {
	for _, pattern := range patterns {
		meant := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
		if slices.ContainsFunc(values, meant.MatchString) {
			return true
		}
	}
	return len(patterns) == 0
}

// listens reads a webhook as docs/webhooks.md does.
func (w *watched) listens(h *hook, what happening) bool {
	if h.deleted || !h.enabled || !slices.Contains(h.events, what.event) {
		return false
	}
	party := func(side map[string]any, name string) bool {
		if wanted, named := side["name"]; named {
			return wanted == name
		}
		if wanted, labelled := side["label"]; labelled {
			return slices.Contains(w.labels[name], wanted.(string))
		}
		return true
	}
	if !party(h.consumer, what.consumer) || !party(h.provider, what.provider) {
		return false
	}
	named := func(name string) []string {
		if name == "" {
			return nil
		}
		return []string{name}
	}
	var labels []string
	for _, name := range what.applications {
		labels = append(labels, w.labels[name]...)
	}
	for condition, values := range map[string][]string{
		"applications": what.applications, "consumers": named(what.consumer), "providers": named(what.provider), "application_labels": labels,
		"consumer_labels": w.labels[what.consumer], "provider_labels": w.labels[what.provider],
		"branches": what.branches, "provider_branches": what.providerBranches, "environments": what.where,
	} {
		if !fits(h.filter[condition], values...) {
			return false
		}
	}
	return true
}

func (w *watched) happened(what happening) {
	w.tell("%+v", what)
	for _, h := range w.hooks {
		if w.listens(h, what) {
			w.due = append(w.due, due{h, what.event, what.subject})
		}
	}
}

// newVersion makes a version of an application, on a branch or on none.
func (w *watched) newVersion(application string) (number string) {
	w.count++
	number = fmt.Sprint(w.count)
	w.b.Version(application, number)
	w.happened(happening{event: "version_created", subject: application, applications: []string{application}})
	if branch := testrandom.OneOf(w.random, "", "main", "feat/x"); branch != "" {
		w.b.Put("/pacticipants/"+application+"/branches/"+strings.ReplaceAll(branch, "/", "%2F")+"/versions/"+number, nil).OK()
		w.branches[application+" "+number] = []string{branch}
	}
	return number
}

func (w *watched) happen() {
	application := testrandom.OneOf(w.random, "Shop", "Till", "Stock")
	number := w.newVersion(application)
	about := happening{subject: application, applications: []string{application}, branches: w.branches[application+" "+number]}
	switch w.random.IntN(3) {
	case 0:
		about.event, about.where = "deployment_recorded", []string{testrandom.OneOf(w.random, "live", "test")}
		w.b.Deploy(application, number, about.where[0])
		w.happened(about)
	case 1:
		about.consumer, about.provider = application, testrandom.OneOf(w.random, "Stock", "Till")
		if about.consumer == about.provider {
			return
		}
		about.event, about.applications = "contract_published", []string{about.consumer, about.provider}
		pact := w.b.Pact(about.consumer, number).Saying(testbroker.Content(about.consumer, about.provider, number)).With(about.provider)
		w.happened(about)
		if w.random.IntN(2) == 0 {
			providerNumber := w.newVersion(about.provider)
			about.event, about.subject, about.providerBranches = "provider_verification_published", about.provider, w.branches[about.provider+" "+providerNumber]
			if w.random.IntN(2) == 0 {
				pact.VerifiedBy(providerNumber)
			} else {
				pact.FailedBy(providerNumber)
			}
			w.happened(about)
		}
	}
}

// compare holds the list of deliveries against the notes, and returns their ids by
// webhook; those of webhooks that are gone stand under "".
func (w *watched) compare() map[string][]string {
	w.t.Helper()
	var want, got []string
	for _, d := range w.due {
		id := d.hook.id
		if d.hook.deleted {
			id = ""
		}
		want = append(want, id+" "+d.event+" "+d.subject)
	}
	byHook := map[string][]string{}
	for address := allDeliveries + "?limit=50"; ; {
		page := w.b.Get(address).OK(http.StatusOK)
		for i := range page.Find("items").([]any) {
			id, _ := page.Find("items", i, "webhook_id").(string)
			got = append(got, id+" "+page.Text("items", i, "event")+" "+page.Text("items", i, "subject"))
			byHook[id] = append(byHook[id], page.Text("items", i, "id"))
		}
		next, more := page.Find("next_cursor").(string)
		if !more {
			break
		}
		address = allDeliveries + "?limit=50&cursor=" + next
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(w.t, want, got, "the deliveries after\n%s", w.history())
	return byHook
}

// settle waits until nothing is on its way but what is held.
func (w *watched) settle() {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		page := w.b.Get(allDeliveries + "?status=not_run&status=retrying&limit=200").OK(http.StatusOK)
		return !slices.ContainsFunc(page.Find("items").([]any), func(item any) bool { return item.(testbroker.Object)["held"] != true })
	}, 20*time.Second, 5*time.Millisecond, "after\n%s", w.history())
}

// However webhooks are made, changed, paused and deleted between what happens, there is a
// delivery for each that listened at that moment and for nobody else, and each that can be
// sent arrives as often as it is tried and no more.
func TestDeliveries_areThoseOfWhoListenedWhenItHappened(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		w := &watched{
			t: t, b: b, to: testbroker.NewReceiver(t), random: nil, branches: map[string][]string{},
			labels: map[string][]string{"Shop": {"web"}, "Till": {"web", "core"}, "Stock": {"core"}},
		}
		for application, labels := range w.labels {
			for _, label := range labels {
				b.Put("/pacticipants/"+application+"/labels/"+label, testbroker.Object{}).OK()
			}
		}
		b.Environment("live")
		b.Environment("test")
		working := false
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			w.t, w.b, w.random = t, b.For(t), random
			w.make()
			for range 45 {
				testrandom.OneOf(random, w.make, w.alter, w.alter, w.happen, w.happen, w.happen, w.happen)()
			}
			w.compare()
			if !working {
				b.Work()
				working = true
			}
			w.settle()
			for range 10 { // now they are sent as it happens
				testrandom.OneOf(random, w.alter, w.happen, w.happen)()
			}
			for _, h := range w.hooks {
				if h.paused && !h.deleted {
					w.resume(h)
				}
			}
			w.settle()
			w.judge(w.compare())
		}, 1)
	}, testbroker.With(testbroker.CallingHere))
}

// judge holds what the receiver got against the deliveries: each that could be sent came
// once, or twice if it was refused, always with the number of its webhook.
func (w *watched) judge(byHook map[string][]string) {
	w.t.Helper()
	times, paths := map[string]int{}, map[string]string{}
	for range len(w.to.Got) {
		got := <-w.to.Got
		times[got.Get("webhook-id")]++
		paths[got.Get("webhook-id")] = got.Path
	}
	for _, h := range w.hooks {
		if h.deleted {
			continue
		}
		want, path := 1, fmt.Sprintf("/hook?%d", h.number)
		if h.fails {
			want, path = 2, fmt.Sprintf("/fail?%d", h.number)
		}
		for _, delivery := range byHook[h.id] {
			require.Equal(w.t, want, times[delivery], "%s of webhook %d, after\n%s", delivery, h.number, w.history())
			require.Equal(w.t, path, paths[delivery])
		}
	}
	for delivery, count := range times {
		require.LessOrEqual(w.t, count, 2, delivery)
	}
	// The next history finds what this one has left in no receiver's hands.
	for _, h := range w.hooks {
		if !h.deleted {
			w.b.Delete(allWebhooks + "/" + h.id).OK(http.StatusNoContent)
			h.deleted = true
		}
	}
	w.compare()
}
