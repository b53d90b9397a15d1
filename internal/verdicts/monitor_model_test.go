package verdicts_test

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// answers are those that the heads of the main branches get, by application; who has no
// version on its main branch gets none.
func (w *world) answers() map[string]string {
	told := map[string]string{}
	for _, application := range everybody {
		onMain := slices.ContainsFunc(w.of(application), func(v *build) bool { return v.branch == "main" })
		if onMain {
			answer := w.b.Get("/can-i-deploy?pacticipant=" + application + "&version=" + w.head(application).number + "&environment=live").OK(http.StatusOK)
			deployable, known := answer.Find("summary", "deployable").(bool)
			told[application] = map[bool]map[bool]string{true: {true: "yes", false: "no"}, false: {false: "unknown"}}[known][deployable]
		}
	}
	return told
}

// announced are the changes of verdicts that the feed has told of since the last time, as
// "application version: before, now".
func (w *world) announced(cursor *string) (all []string) {
	w.b.PollVerdicts()
	for {
		address := "/api/v1/events?type=verdict_changed&limit=100"
		if *cursor != "" {
			address += "&cursor=" + *cursor
		}
		page := w.b.Get(address).OK(http.StatusOK)
		items, _ := page.Find("items").([]any)
		for i := range items {
			data := func(name string) string { return page.Text("items", i, "data", name) }
			require.Equal(w.t, "live main", data("environment")+" "+data("branch"))
			all = append(all, data("pacticipant")+" "+data("version")+": "+data("previous_verdict")+", "+data("verdict"))
		}
		if next, more := page.Find("next_cursor").(string); more {
			*cursor = next
		}
		if len(items) == 0 {
			slices.Sort(all)
			return all
		}
	}
}

// alter does what changes answers without a word about contracts.
func (w *world) alter() {
	switch w.random.IntN(4) {
	case 0:
		if len(w.builds) > 0 {
			v := testrandom.OneOf(w.random, w.builds...)
			if len(w.placedAt(v)) == 0 && w.head(v.application) != v {
				w.tell("delete %s", v)
				w.b.Delete(at.Version(v.application, v.number)).OK(http.StatusNoContent)
				w.forget(v)
			}
		}
	case 1:
		if v := w.onMain(); v != nil {
			w.tell("%s comes to main once more", v)
			w.b.Put(at.BranchVersion(v.application, "main", v.number), nil).OK()
		}
	default:
		w.waver()
	}
}

func (w *world) onMain() *build {
	for _, v := range slices.Backward(w.builds) {
		if v.branch == "main" {
			return v
		}
	}
	return nil
}

func (w *world) placedAt(v *build) []*record {
	return slices.DeleteFunc(slices.Clone(w.there), func(r *record) bool { return r.of != v })
}

// forget strikes a version from the model. What it has said others say, too, or nobody
// asks for.
func (w *world) forget(v *build) {
	w.gone = append(w.gone, v)
	w.builds = slices.DeleteFunc(w.builds, func(other *build) bool { return other == v })
	w.outcomes = slices.DeleteFunc(w.outcomes, func(o outcome) bool { return o.by == v })
}

// Whatever happens, the feed tells of a verdict exactly when asking before and after has
// another answer, with both, and of the version that was asked about; the first answer of
// an application is not told.
func TestVerdictChanged_isWhatAskingBeforeAndAfterShows(t *testing.T) {
	onEach(t, func(t *testing.T, random *rand.Rand, on ...testbroker.Option) {
		clock := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		w := newWorld(t, random, &clock)
		w.b = testbroker.New(t, append(on, testbroker.At(func() time.Time { return clock }))...)
		w.b.Environment("live")
		cursor := ""
		before := w.answers()
		w.announced(&cursor)
		for range 60 {
			for range 1 + random.IntN(2) { // of two steps at once only the end counts
				testrandom.OneOf(random, func() { w.step(&clock) }, func() { w.step(&clock) }, w.alter)()
			}
			// Whoever asks has pacts compared, which the monitor must not rely on.
			told := ""
			lookFirst := random.IntN(2) == 0
			if lookFirst {
				told = strings.Join(w.announced(&cursor), "\n")
			}
			now, want := w.answers(), []string{}
			for application, answer := range now {
				if was := before[application]; was != "" && was != answer {
					want = append(want, application+" "+w.head(application).number+": "+was+", "+answer)
				}
			}
			slices.Sort(want)
			if !lookFirst {
				told = strings.Join(w.announced(&cursor), "\n")
			}
			require.Equal(t, strings.Join(want, "\n"), told, "after\n%s", w.history())
			before = now
		}
	}, 1)
}
