package pacticipants_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// allNames are those that applications have, had, or could have.
var allNames = []string{"Shop", "Web", "Store", "Stock", "Till", "Shop front"}

// register knows who is called how, and who was.
type register struct {
	t      *testing.T
	b      *testbroker.Broker
	random *rand.Rand
	// called and formerly are applications by their names; each application is the number
	// of its only version.
	called, formerly map[string]string
	// left are the names that an application has given up, the last first.
	left     map[string][]string
	count    int
	happened []string
}

func (r *register) tell(format string, args ...any) {
	r.happened = append(r.happened, fmt.Sprintf(format, args...))
}

// leadsTo is the application that the name leads to, "" for none.
func (r *register) leadsTo(name string) string {
	if p, taken := r.called[name]; taken {
		return p
	}
	return r.formerly[name]
}

func (r *register) nameOf(application string) string {
	for name, p := range r.called {
		if p == application {
			return name
		}
	}
	return ""
}

func (r *register) status(want int, answer testbroker.Response, what string) {
	r.t.Helper()
	require.Equal(r.t, want, answer.Status, "%s: %s after\n%s", what, answer.Body, strings.Join(r.happened, "\n"))
}

// mention makes an application known, unless the name leads to one.
func (r *register) mention() {
	name := testrandom.OneOf(r.random, allNames...)
	r.tell("mention %s", name)
	if testrandom.OneOf(r.random, true, false) {
		r.b.Post("/pacticipants", map[string]any{"name": name}).OK(http.StatusCreated)
	} else {
		r.b.Patch(at(name), map[string]any{}).OK(http.StatusOK, http.StatusCreated)
	}
	if r.leadsTo(name) != "" {
		return
	}
	r.count++
	p := fmt.Sprint(r.count)
	r.b.Put(at(name)+"/versions/"+p, map[string]any{}).OK(http.StatusCreated)
	r.called[name] = p
}

func at(name string) string { return "/pacticipants/" + strings.ReplaceAll(name, " ", "%20") }

func v1(name string) string { return "/api/v1/applications/" + strings.ReplaceAll(name, " ", "%20") }

func (r *register) rename() {
	name, to := testrandom.OneOf(r.random, allNames...), testrandom.OneOf(r.random, allNames...)
	r.tell("rename %s to %s", name, to)
	p, other := r.leadsTo(name), r.leadsTo(to)
	answer := r.b.Post(v1(name)+"/rename", map[string]any{"name": to})
	switch {
	case p == "":
		r.status(http.StatusNotFound, answer, "nobody is called so")
		return
	case other != "" && other != p:
		r.status(http.StatusConflict, answer, "somebody else is found by it")
		return
	}
	r.status(http.StatusOK, answer, "it is free")
	present := r.nameOf(p)
	if present == to {
		return
	}
	delete(r.called, present)
	r.forget(to)
	r.called[to] = p
	r.giveUp(p, present)
}

// giveUp lets a name be a former one of the application.
func (r *register) giveUp(p, name string) {
	r.forget(name)
	r.formerly[name] = p
	r.left[p] = append([]string{name}, r.left[p]...)
}

// forget lets a name be a former one of nobody.
func (r *register) forget(name string) {
	delete(r.formerly, name)
	for p, names := range r.left {
		r.left[p] = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
	}
}

func (r *register) drop() {
	name, former := testrandom.OneOf(r.random, allNames...), testrandom.OneOf(r.random, allNames...)
	r.tell("drop %s of %s", former, name)
	answer := r.b.Delete(v1(name) + "/former-names/" + strings.ReplaceAll(former, " ", "%20"))
	if p := r.leadsTo(name); p == "" || r.formerly[former] != p {
		r.status(http.StatusNotFound, answer, "it never was")
		return
	}
	r.status(http.StatusNoContent, answer, "it was")
	r.forget(former)
}

func (r *register) remove() {
	name := testrandom.OneOf(r.random, allNames...)
	r.tell("delete %s", name)
	answer := r.b.Delete(at(name))
	p := r.leadsTo(name)
	if p == "" {
		r.status(http.StatusNotFound, answer, "nobody is called so")
		return
	}
	if r.called[name] == "" {
		r.status(http.StatusConflict, answer, "somebody was")
		return
	}
	r.status(http.StatusNoContent, answer, "somebody is")
	delete(r.called, r.nameOf(p))
	for _, former := range r.left[p] {
		r.forget(former)
	}
}

func (r *register) merge() {
	name, into := testrandom.OneOf(r.random, allNames...), testrandom.OneOf(r.random, allNames...)
	r.tell("merge %s into %s", name, into)
	duplicate, other := r.leadsTo(name), r.leadsTo(into)
	answer := r.b.Post(v1(name)+"/merge", map[string]any{"into": into})
	switch {
	case duplicate == "" || other == "":
		r.status(http.StatusNotFound, answer, "one of them is nobody")
		return
	case duplicate == other:
		r.status(http.StatusBadRequest, answer, "it is the same")
		return
	}
	r.status(http.StatusOK, answer, "they are two")
	present := r.nameOf(duplicate)
	delete(r.called, present)
	for _, former := range slices.Backward(slices.Clone(r.left[duplicate])) {
		r.forget(former)
		r.formerly[former] = other
		r.left[other] = append(r.left[other], former) // their order is that of the moments
	}
	r.giveUp(other, present)
}

// compare asks for everybody by every name.
func (r *register) compare() {
	r.t.Helper()
	history := strings.Join(r.happened, "\n")
	for _, name := range allNames {
		p := r.leadsTo(name)
		answer := r.b.Get(at(name))
		if p == "" {
			require.Equal(r.t, http.StatusNotFound, answer.Status, "%s leads to nobody after\n%s", name, history)
			continue
		}
		present := r.nameOf(p)
		require.Equal(r.t, present, answer.OK(http.StatusOK).Text("name"), "%s after\n%s", name, history)
		r.b.Get(at(name) + "/versions/" + p).OK(http.StatusOK)
		shown := r.b.Get(v1(name) + "/former-names").OK(http.StatusOK)
		require.Equal(r.t, present, shown.Text("application"))
		former := []string{}
		for i := range shown.Find("former_names").([]any) {
			former = append(former, shown.Text("former_names", i, "name"))
		}
		require.ElementsMatch(r.t, r.left[p], former, "the former names of %s after\n%s", present, history)
	}
	listed := []string{}
	for i := range r.b.Get("/pacticipants").OK(http.StatusOK).Find("_embedded", "pacticipants").([]any) {
		listed = append(listed, r.b.Get("/pacticipants").Text("_embedded", "pacticipants", i, "name"))
	}
	require.ElementsMatch(r.t, slices.Collect(maps.Keys(r.called)), listed, "all that there are after\n%s", history)
}

// However applications are made, renamed, merged and deleted, each name leads to who has
// it, else to who gave it up last, and to nobody who is gone.
func TestNames_leadToWhoHasThemOrHadThemLast(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			r := &register{t: t, b: b.For(t), random: random, called: map[string]string{}, formerly: map[string]string{}, left: map[string][]string{}}
			for _, name := range allNames { // what an earlier history left
				r.b.Delete(at(name))
			}
			for step := range 80 {
				testrandom.OneOf(random, r.mention, r.mention, r.mention, r.rename, r.rename, r.rename, r.drop, r.remove, r.merge)()
				if step%8 == 7 {
					r.compare()
				}
			}
		}, 1)
	})
}
