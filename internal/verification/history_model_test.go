package verification_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// recorded is a result, and the content that it is for.
type recorded struct {
	content, build, address string
	number                  float64
	success                 bool
}

// said is what a version of the consumer says to a provider.
type said struct{ number, provider string }

// bench is where contracts are verified, with notes of all that came of it.
type bench struct {
	t        *testing.T
	b        *testbroker.Broker
	random   *rand.Rand
	versions []string
	says     map[said]string // the content
	results  []recorded      // those that are left, the oldest first
	highest  map[string]float64
	gone     []string
	happened []string
}

func (w *bench) tell(format string, args ...any) {
	w.happened = append(w.happened, fmt.Sprintf(format, args...))
}

func (w *bench) publish() {
	number := fmt.Sprint(len(w.versions) + 1)
	w.versions = append(w.versions, number)
	contents := map[string]any{}
	for _, provider := range []string{"Stock", "bank"} {
		if words := testrandom.OneOf(w.random, "a", "b", ""); words != "" {
			contents[provider] = testbroker.Content("Shop", provider, words)
			w.says[said{number, provider}] = provider + ": " + words
		}
	}
	if len(contents) == 0 {
		w.b.Version("Shop", number)
	} else {
		w.b.Publish("Shop", number, "", nil, contents).OK(http.StatusOK)
	}
	w.tell("%s says %v", number, contents)
}

func (w *bench) some() (which said, content string, found bool) {
	which = said{testrandom.OneOf(w.random, w.versions...), testrandom.OneOf(w.random, "Stock", "bank")}
	content, found = w.says[which]
	return which, content, found
}

func (s said) path() string {
	return "/pacts/provider/" + s.provider + "/consumer/Shop/version/" + s.number
}

func (w *bench) verify() {
	which, content, found := w.some()
	if !found {
		return
	}
	r := recorded{content: content, build: testrandom.OneOf(w.random, "1", "2"), success: w.random.IntN(2) == 0}
	answer := w.b.Post(w.b.Get(which.path()).OK(http.StatusOK).Link("pb:publish-verification-results"), map[string]any{"success": r.success, "providerApplicationVersion": r.build}).OK(http.StatusCreated)
	r.address = answer.Link("self")
	_, err := fmt.Sscan(r.address[strings.LastIndex(r.address, "/")+1:], &r.number)
	require.NoError(w.t, err)
	w.tell("build %s verifies %s: %v, as number %v", r.build, content, r.success, r.number)
	require.Greater(w.t, r.number, w.highest[content], "no number is given twice, also of one that was deleted, after\n%s", strings.Join(w.happened, "\n"))
	w.highest[content] = r.number
	w.results = append(w.results, r)
}

// latest is the place of the newest result of the content, -1 if there is none.
func (w *bench) latest(content string) int {
	for i, r := range slices.Backward(w.results) {
		if r.content == content {
			return i
		}
	}
	return -1
}

func (w *bench) remove() {
	if w.random.IntN(2) == 0 && len(w.results) > 0 {
		i := w.random.IntN(len(w.results))
		w.tell("delete number %v of %s", w.results[i].number, w.results[i].content)
		w.b.Delete(w.results[i].address).OK(http.StatusNoContent)
		w.drop(i)
		return
	}
	which, content, found := w.some()
	w.tell("delete the latest of %v", which)
	answer := w.b.Delete(which.path() + "/verification-results/latest")
	if i := w.latest(content); found && i >= 0 {
		require.Equal(w.t, http.StatusNoContent, answer.Status, strings.Join(w.happened, "\n"))
		w.drop(i)
		return
	}
	require.Equal(w.t, http.StatusNotFound, answer.Status, strings.Join(w.happened, "\n"))
}

func (w *bench) drop(i int) {
	w.gone = append(w.gone, w.results[i].address)
	w.results = slices.Delete(w.results, i, i+1)
}

// compare asks for every result in every way.
func (w *bench) compare() {
	w.t.Helper()
	history := strings.Join(w.happened, "\n")
	for _, r := range w.results {
		shown := w.b.Get(r.address).OK(http.StatusOK)
		require.Equal(w.t, []any{r.success, r.build}, []any{shown.Find("success"), shown.Find("providerApplicationVersion")}, "%+v after\n%s", r, history)
	}
	for _, address := range w.gone {
		w.b.Get(address).OK(http.StatusNotFound)
		w.b.Delete(address).OK(http.StatusNotFound)
	}
	for _, number := range w.versions {
		summary := map[string][]any{"successful": {}, "failed": {}, "unknown": {}}
		all := true
		for _, provider := range []string{"bank", "Stock"} { // by the name, whatever its case
			which := said{number, provider}
			content, says := w.says[which]
			answer := w.b.Get(which.path() + "/verification-results/latest")
			i := -1
			if says {
				i = w.latest(content)
			}
			switch {
			case !says:
				require.Equal(w.t, http.StatusNotFound, answer.Status, "%v after\n%s", which, history)
				continue
			case i < 0:
				require.Equal(w.t, http.StatusNotFound, answer.Status, "%v after\n%s", which, history)
				summary["unknown"] = append(summary["unknown"], provider)
			case w.results[i].success:
				summary["successful"] = append(summary["successful"], provider)
			default:
				summary["failed"] = append(summary["failed"], provider)
			}
			if i >= 0 {
				require.Equal(w.t, w.results[i].address, answer.OK(http.StatusOK).Link("self"), "%v after\n%s", which, history)
			}
			all = all && i >= 0 && w.results[i].success
		}
		shown := w.b.Get("/verification-results/consumer/Shop/version/" + number + "/latest").OK(http.StatusOK)
		require.Equal(w.t, all, shown.Find("success"), "%s after\n%s", number, history)
		for kind, want := range summary {
			require.Equal(w.t, want, shown.Find("providerSummary", kind), "%s of %s after\n%s", kind, number, history)
		}
	}
}

// However results are recorded and deleted, the newest that is left of a content counts for
// every version that says it, each is found under its own number, and no number is given
// twice.
func TestResults_areThoseThatTheHistoryLeaves(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			w := &bench{t: t, b: b.For(t), random: random, says: map[said]string{}, highest: map[string]float64{}}
			for _, name := range []string{"Shop", "Stock", "bank"} { // what an earlier history left
				w.b.Patch("/pacticipants/"+name, map[string]any{}).OK()
				w.b.Delete("/pacticipants/" + name).OK(http.StatusNoContent)
			}
			w.publish()
			for step := range 60 {
				testrandom.OneOf(random, w.verify, w.verify, w.verify, w.remove, w.remove, func() {
					if random.IntN(3) == 0 {
						w.publish()
					}
				})()
				if step%12 == 11 {
					w.compare()
				}
			}
		}, 1)
	})
}
