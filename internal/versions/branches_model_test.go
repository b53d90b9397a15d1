package versions_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

const web = "/pacticipants/Web"

// grown is a branch: the versions on it in the order in which they were made, and the one
// that came to it last.
type grown struct {
	on, head []string
	closed   bool
}

// tree is an application with its branches and tags, written down as it grows.
type tree struct {
	t        *testing.T
	b        *testbroker.Broker
	random   *rand.Rand
	versions []string // in the order in which they were made
	branches map[string]*grown
	tags     map[string][]string
	count    int
	happened []string
}

func (w *tree) tell(format string, args ...any) {
	w.happened = append(w.happened, fmt.Sprintf(format, args...))
}

func (w *tree) some() string { return w.versions[w.random.IntN(len(w.versions))] }

func (w *tree) newest(numbers []string) string {
	for _, number := range slices.Backward(w.versions) {
		if slices.Contains(numbers, number) {
			return number
		}
	}
	return ""
}

func (w *tree) make() {
	w.count++
	number := fmt.Sprint(w.count)
	w.tell("make %s", number)
	w.b.Put(web+"/versions/"+number, map[string]any{}).OK(http.StatusCreated)
	w.versions = append(w.versions, number)
}

func drawBranch(random *rand.Rand) string {
	return testrandom.OneOf(random, "main", "feat/x", "über")
}

func onBranch(branch, number string) string {
	return web + "/branches/" + strings.NewReplacer("/", "%2F", "ü", "%C3%BC").Replace(branch) + number
}

func (w *tree) put() {
	branch, number := drawBranch(w.random), w.some()
	w.tell("put %s on %s", number, branch)
	grows := w.branches[branch]
	if grows == nil {
		grows = &grown{}
		w.branches[branch] = grows
	}
	answer := w.b.Put(onBranch(branch, "/versions/"+number), nil)
	if slices.Contains(grows.on, number) {
		answer.OK(http.StatusOK)
		return
	}
	answer.OK(http.StatusCreated)
	grows.on, grows.head, grows.closed = append(grows.on, number), []string{number}, false
}

// takeOff lets the head be the newest of those that are left, if it was the one.
func (w *tree) takeOff(grows *grown, number string) {
	grows.on = slices.DeleteFunc(grows.on, func(n string) bool { return n == number })
	if slices.Contains(grows.head, number) {
		grows.head = nil
		if newest := w.newest(grows.on); newest != "" {
			grows.head = []string{newest}
		}
	}
}

func (w *tree) remove() {
	branch, number := drawBranch(w.random), w.some()
	w.tell("take %s off %s", number, branch)
	answer := w.b.Delete(onBranch(branch, "/versions/"+number))
	if grows := w.branches[branch]; grows != nil && slices.Contains(grows.on, number) {
		answer.OK(http.StatusNoContent)
		w.takeOff(grows, number)
		return
	}
	answer.OK(http.StatusNotFound)
}

func (w *tree) deleteVersion() {
	if len(w.versions) < 3 {
		return
	}
	number := w.some()
	w.tell("delete %s", number)
	w.b.Delete(web + "/versions/" + number).OK(http.StatusNoContent)
	w.versions = slices.DeleteFunc(w.versions, func(n string) bool { return n == number })
	for _, grows := range w.branches {
		w.takeOff(grows, number)
	}
	for tag, numbers := range w.tags {
		w.tags[tag] = slices.DeleteFunc(numbers, func(n string) bool { return n == number })
	}
}

func (w *tree) deleteBranch() {
	branch := drawBranch(w.random)
	w.tell("delete the branch %s", branch)
	answer := w.b.Delete(onBranch(branch, ""))
	if w.branches[branch] == nil {
		answer.OK(http.StatusNotFound)
		return
	}
	answer.OK(http.StatusNoContent)
	delete(w.branches, branch)
}

func (w *tree) close() {
	branch := drawBranch(w.random)
	closing := w.random.IntN(2) == 0
	w.tell("close the branch %s: %v", branch, closing)
	what := "/reopen"
	if closing {
		what = "/close"
	}
	answer := w.b.Post(strings.Replace(onBranch(branch, what), "/pacticipants/", "/api/v1/applications/", 1), nil)
	if grows := w.branches[branch]; grows != nil {
		answer.OK(http.StatusOK)
		grows.closed = closing
		return
	}
	answer.OK(http.StatusNotFound)
}

func (w *tree) tag() {
	tag, number := testrandom.OneOf(w.random, "dev", "prod"), w.some()
	if w.random.IntN(3) == 0 {
		w.tell("take the tag %s off %s", tag, number)
		answer := w.b.Delete(web + "/versions/" + number + "/tags/" + tag)
		if !slices.Contains(w.tags[tag], number) {
			answer.OK(http.StatusNotFound)
			return
		}
		answer.OK(http.StatusNoContent)
		w.tags[tag] = slices.DeleteFunc(w.tags[tag], func(n string) bool { return n == number })
		return
	}
	w.tell("tag %s with %s", number, tag)
	w.b.Tag("Web", number, tag)
	if !slices.Contains(w.tags[tag], number) {
		w.tags[tag] = append(w.tags[tag], number)
	}
}

// descending are those of the numbers that there are, the newest first.
func (w *tree) descending(numbers []string) []string {
	all := []string{}
	for _, number := range slices.Backward(w.versions) {
		if slices.Contains(numbers, number) {
			all = append(all, number)
		}
	}
	return all
}

func numbersOf(answer testbroker.Response) []string {
	all := []string{}
	for i := range answer.OK(http.StatusOK).Find("_embedded", "versions").([]any) {
		all = append(all, answer.Text("_embedded", "versions", i, "number"))
	}
	return all
}

// compare asks for everything and holds it against what was written down.
func (w *tree) compare() {
	w.t.Helper()
	history := strings.Join(w.happened, "\n")
	latest := func(address string, want string) {
		w.t.Helper()
		answer := w.b.Get(address)
		if want == "" {
			require.Equal(w.t, http.StatusNotFound, answer.Status, "%s after\n%s", address, history)
			return
		}
		require.Equal(w.t, want, answer.OK(http.StatusOK).Text("number"), "%s after\n%s", address, history)
	}
	require.Equal(w.t, w.descending(w.versions), numbersOf(w.b.Get(web+"/versions")), "all versions after\n%s", history)
	latest(web+"/latest-version", w.newest(w.versions))
	for _, tag := range []string{"dev", "prod", "never"} {
		latest(web+"/latest-version/"+tag, w.newest(w.tags[tag]))
	}
	for _, branch := range []string{"main", "feat/x", "über"} {
		grows, head := w.branches[branch], ""
		shown := w.b.Get(strings.Replace(onBranch(branch, ""), "/pacticipants/", "/api/v1/applications/", 1))
		if grows == nil {
			require.Equal(w.t, http.StatusNotFound, shown.Status, "%s after\n%s", branch, history)
			latest(onBranch(branch, "/latest-version"), "")
			continue
		}
		var shownHead any
		if len(grows.head) > 0 {
			head, shownHead = grows.head[0], grows.head[0]
		}
		latest(onBranch(branch, "/latest-version"), head)
		require.Equal(w.t, shownHead, shown.OK(http.StatusOK).Find("head"), "%s after\n%s", branch, history)
		require.Equal(w.t, grows.closed, shown.Text("state") == "closed", "%s after\n%s", branch, history)
		require.Equal(w.t, w.descending(grows.on), numbersOf(w.b.Get(onBranch(branch, "/versions"))), "the versions on %s after\n%s", branch, history)
		for _, number := range w.versions {
			answer := w.b.Get(onBranch(branch, "/versions/"+number))
			require.Equal(w.t, slices.Contains(grows.on, number), answer.Status == http.StatusOK, "%s on %s after\n%s", number, branch, history)
		}
	}
}

// However versions come to branches, leave them and are deleted, the head is the one that
// came last, else the newest that is left; the latest with a tag is the newest that has it,
// whenever it was put on.
func TestBranches_haveTheHeadThatTheHistorySays(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			w := &tree{t: t, b: b.For(t), random: random, branches: map[string]*grown{}, tags: map[string][]string{}}
			w.b.Patch(web, map[string]any{}).OK()
			w.b.Delete(web).OK(http.StatusNoContent) // what an earlier history left
			w.make()
			w.make()
			for step := range 70 {
				testrandom.OneOf(random, w.make, w.put, w.put, w.put, w.remove, w.deleteVersion, w.tag, w.tag, w.close, func() {
					if random.IntN(3) == 0 {
						w.deleteBranch()
					}
				})()
				if step%10 == 9 {
					w.compare()
				}
			}
		}, 1)
	}, testbroker.With(func(s *config.Settings) { s.Versions.FirstTagAsBranch = false; s.Versions.DetectMainBranch = false }))
}
