package selection_test

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

// moment counts what has happened.
type moment int

// built is a version as the model knows it.
type built struct {
	application, number string
	made                moment
	// branches and tags are when it was put there.
	branches, tags map[string]moment
	// words is what it says to Stock, "" for nothing.
	words string
	// deployed are the instances, released the environments where it is.
	deployed []string
	released []string
}

// result is a success: failures change nothing of what is asked for here.
type result struct {
	consumer, words string
	at              moment
	by              *built
	wip             bool
	// tags are those that the provider's version had at that moment.
	tags []string
}

// selectorCase is a selector, with what the model makes of it.
type selectorCase struct {
	text string
	// finds are the reasons by which it finds the version.
	finds func(v *built) []string
}

// archive is a history, in which everything is found by going through all of it.
type archive struct {
	scenario
	random       *rand.Rand
	now          moment
	versions     []*built
	results      []result
	firstUsed    map[string]moment // of tags on Stock
	branchMade   map[string]moment // on Stock
	mainBranches map[string]string
	heads        map[[2]string]*built
	happened     []string
}

func (a *archive) tell(format string, args ...any) {
	a.now++
	a.happened = append(a.happened, fmt.Sprintf(format, args...))
}

func (a *archive) version(application string) *built {
	v := &built{application: application, number: fmt.Sprint(len(a.versions) + 1), made: a.now, branches: map[string]moment{}, tags: map[string]moment{}}
	a.versions = append(a.versions, v)
	return v
}

func (a *archive) onBranch(v *built, branch string) {
	if branch == "" {
		return
	}
	if _, is := v.branches[branch]; is {
		return
	}
	v.branches[branch] = a.now
	a.heads[[2]string{v.application, branch}] = v
	if _, known := a.branchMade[branch]; !known && v.application == "Stock" {
		a.branchMade[branch] = a.now
	}
}

func (a *archive) tagged(v *built, tag string) {
	if _, is := v.tags[tag]; is {
		return
	}
	v.tags[tag] = a.now
	if _, known := a.firstUsed[tag]; !known && v.application == "Stock" {
		a.firstUsed[tag] = a.now
	}
}

// some is a version of one of the applications, nil if there is none.
func (a *archive) some(applications ...string) *built {
	var all []*built
	for _, v := range a.versions {
		if slices.Contains(applications, v.application) {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[a.random.IntN(len(all))]
}

func (a *archive) publishSomething() {
	consumer := testrandom.OneOf(a.random, "App", "Shop", "web")
	a.tell("publish by %s", consumer)
	v := a.version(consumer)
	branch := testrandom.OneOf(a.random, "", "trunk", "feat", "x")
	var tags []string
	if a.random.IntN(3) == 0 {
		tags = []string{testrandom.OneOf(a.random, "dev", "trunk")}
	}
	v.words = testrandom.OneOf(a.random, "a", "b", "c", "d", "")
	pact := a.b.Pact(consumer, v.number).Branch(branch).Tags(tags...)
	if v.words == "" {
		pact.With("Another")
	} else {
		pact.Saying(testbroker.Content(consumer, "Stock", v.words)).With("Stock")
	}
	a.onBranch(v, branch)
	for _, tag := range tags {
		a.tagged(v, tag)
	}
	a.tell("%s %s on %q with %v says %q", consumer, v.number, branch, tags, v.words)
}

func (a *archive) moveSomething() {
	v := a.some("App", "Shop", "web", "Stock")
	if v == nil {
		return
	}
	switch a.random.IntN(4) {
	case 0:
		branch := testrandom.OneOf(a.random, "trunk", "feat", "x")
		a.tell("put %s %s on branch %s", v.application, v.number, branch)
		a.b.Put(at.BranchVersion(v.application, branch, v.number), nil).OK()
		a.onBranch(v, branch)
	case 1:
		tag := testrandom.OneOf(a.random, "dev", "trunk")
		a.tell("tag %s %s with %s", v.application, v.number, tag)
		a.b.Tag(v.application, v.number, tag)
		a.tagged(v, tag)
	case 2:
		environment, instance := testrandom.OneOf(a.random, "test", "live"), testrandom.OneOf(a.random, "", "blue")
		a.tell("deploy %s %s to %s %q", v.application, v.number, environment, instance)
		if instance == "" {
			a.b.Deploy(v.application, v.number, environment)
		} else {
			a.b.Deploy(v.application, v.number, environment, instance)
		}
		place := environment + "/" + instance
		for _, other := range a.versions {
			if other.application == v.application && other != v {
				other.deployed = slices.DeleteFunc(other.deployed, func(at string) bool { return at == place })
			}
		}
		if !slices.Contains(v.deployed, place) {
			v.deployed = append(v.deployed, place)
		}
	case 3:
		environment := testrandom.OneOf(a.random, "test", "live")
		a.tell("release %s %s to %s", v.application, v.number, environment)
		released := a.b.Release(v.application, v.number, environment)
		if a.random.IntN(3) == 0 {
			a.b.Patch(released, map[string]any{"currentlySupported": false}).OK(http.StatusOK)
			v.released = slices.DeleteFunc(v.released, func(at string) bool { return at == environment })
		} else if !slices.Contains(v.released, environment) {
			v.released = append(v.released, environment)
		}
	}
}

func (a *archive) buildStock() {
	branch, tag := testrandom.OneOf(a.random, "", "main", "topic"), testrandom.OneOf(a.random, "", "prod", "dev")
	a.tell("build Stock")
	v := a.version("Stock")
	a.b.Version("Stock", v.number)
	if branch != "" {
		a.b.Put(at.BranchVersion("Stock", branch, v.number), nil).OK()
		a.onBranch(v, branch)
	}
	if tag != "" {
		a.b.Tag("Stock", v.number, tag)
		a.tagged(v, tag)
	}
	a.tell("Stock %s on %q with %q", v.number, branch, tag)
}

func (a *archive) verifySomething() {
	v, by := a.some("App", "Shop", "web"), a.some("Stock")
	if v == nil || by == nil || v.words == "" {
		return
	}
	success, wip := a.random.IntN(3) > 0, a.random.IntN(3) == 0
	a.tell("Stock %s verifies what %s %s says, as work in progress %v: %v", by.number, v.application, v.number, wip, success)
	results := a.b.Get(at.Pact("Stock", v.application, v.number)).OK(http.StatusOK).Link("pb:publish-verification-results")
	if wip {
		before, _, _ := strings.Cut(results, "/metadata/")
		results = strings.TrimSuffix(before, "/verification-results") + "/metadata/dz10cnVl/verification-results" // w=true
	}
	a.b.Post(results, map[string]any{"success": success, "providerApplicationVersion": by.number}).OK(http.StatusCreated)
	if !success {
		return
	}
	var tags []string
	for tag := range by.tags {
		tags = append(tags, tag)
	}
	a.results = append(a.results, result{consumer: v.application, words: v.words, at: a.now, by: by, wip: wip, tags: tags})
}

// newest is the newest version of the consumer that fits.
func (a *archive) newest(consumer string, fits func(v *built) bool) *built {
	for _, v := range slices.Backward(a.versions) {
		if v.application == consumer && fits(v) {
			return v
		}
	}
	return nil
}

func (a *archive) head(v *built, branch string) bool {
	return a.heads[[2]string{v.application, branch}] == v
}

func (a *archive) tagHead(v *built, tag string) bool {
	return a.newest(v.application, func(other *built) bool { _, is := other.tags[tag]; return is }) == v
}

// finds makes one reason of a condition.
func finds(reason string, when func(v *built) bool) func(v *built) []string {
	return func(v *built) []string {
		if when(v) {
			return []string{reason}
		}
		return nil
	}
}

func inPlaces(v *built, environment string) (deployed, released []string) {
	for _, place := range v.deployed {
		name, _, _ := strings.Cut(place, "/")
		if environment == "" || name == environment {
			deployed = append(deployed, "deployed to "+name)
		}
	}
	for _, name := range v.released {
		if environment == "" || name == environment {
			released = append(released, "released in "+name)
		}
	}
	return deployed, released
}

func (a *archive) selectors(branch string) []selectorCase {
	latest := selectorCase{`{"latest":true}`, finds("latest", func(v *built) bool {
		return a.newest(v.application, func(other *built) bool { return other.words != "" }) == v
	})}
	main := selectorCase{`{"mainBranch":true}`, finds("latest from main branch", func(v *built) bool {
		name := a.mainBranches[v.application]
		return name != "" && a.head(v, name)
	})}
	all := []selectorCase{latest, main}
	for _, name := range []string{"trunk", "feat", "x"} {
		all = append(all, selectorCase{`{"branch":"` + name + `"}`, finds("latest from branch "+name, func(v *built) bool { return a.head(v, name) })})
		all = append(all, selectorCase{`{"branch":"` + name + `","fallbackBranch":"trunk"}`, func(v *built) []string {
			if a.head(v, name) {
				return []string{"latest from branch " + name}
			}
			if a.heads[[2]string{v.application, name}] == nil && a.head(v, "trunk") {
				return []string{"latest from branch trunk"}
			}
			return nil
		}})
	}
	all = append(all, selectorCase{`{"branch":true}`, func(v *built) (reasons []string) {
		for branch := range v.branches {
			if a.head(v, branch) {
				reasons = append(reasons, "latest from branch "+branch)
			}
		}
		return reasons
	}})
	if branch != "" {
		all = append(all, selectorCase{`{"matchingBranch":true}`, finds("latest from branch "+branch, func(v *built) bool { return a.head(v, branch) })})
	}
	for _, tag := range []string{"dev", "trunk"} {
		all = append(all, selectorCase{`{"tag":"` + tag + `","latest":true}`, finds("latest with tag "+tag, func(v *built) bool { return a.tagHead(v, tag) })},
			selectorCase{`{"tag":"` + tag + `"}`, finds("one of "+tag, func(v *built) bool { _, is := v.tags[tag]; return is })})
	}
	for _, environment := range []string{"", "test", "live"} {
		in := ""
		if environment != "" {
			in = `,"environment":"` + environment + `"`
			all = append(all, selectorCase{`{"environment":"` + environment + `"}`, finds("in "+environment, func(v *built) bool {
				deployed, released := inPlaces(v, environment)
				return len(deployed)+len(released) > 0
			})})
		}
		all = append(all, selectorCase{`{"deployed":true` + in + `}`, func(v *built) []string { deployed, _ := inPlaces(v, environment); return deployed }},
			selectorCase{`{"released":true` + in + `}`, func(v *built) []string { _, released := inPlaces(v, environment); return released }},
			selectorCase{`{"deployedOrReleased":true` + in + `}`, func(v *built) []string {
				deployed, released := inPlaces(v, environment)
				return append(deployed, released...)
			}})
	}
	return all
}

// defaults are what is asked for where there are no selectors.
func (a *archive) defaults(v *built) []string {
	deployed, released := inPlaces(v, "")
	reasons := append(deployed, released...)
	name := a.mainBranches[v.application]
	onMain := a.heads[[2]string{v.application, name}]
	withTag := a.newest(v.application, func(other *built) bool { _, is := other.tags[name]; return is })
	switch {
	case name != "" && onMain != nil:
		if onMain == v {
			reasons = append(reasons, "latest from main branch")
		}
	case name != "" && withTag != nil:
		if withTag == v {
			reasons = append(reasons, "latest with tag "+name)
		}
	case a.newest(v.application, func(other *built) bool { return other.words != "" }) == v:
		reasons = append(reasons, "latest")
	}
	return reasons
}

// succeeded reports whether a success of the content fits.
func (a *archive) succeeded(consumer, words string, fits func(r result) bool) bool {
	return slices.ContainsFunc(a.results, func(r result) bool { return r.consumer == consumer && r.words == words && fits(r) })
}

func (v *built) isOn(branch string) bool { _, is := v.branches[branch]; return is }

func (v *built) isElsewhere(branch string) bool {
	return len(v.branches) > 1 || len(v.branches) == 1 && !v.isOn(branch)
}

func (a *archive) pending(consumer, words, branch string, tags []string) bool {
	switch {
	case branch != "":
		made, exists := a.branchMade[branch]
		return !a.succeeded(consumer, words, func(r result) bool {
			return r.by.isOn(branch) || r.by.isElsewhere(branch) && (!exists || r.at < made)
		})
	case len(tags) > 0:
		return slices.ContainsFunc(tags, func(tag string) bool {
			used, isUsed := a.firstUsed[tag]
			return !a.succeeded(consumer, words, func(r result) bool {
				_, own := r.by.tags[tag]
				return own || len(r.by.tags) > 0 && (!isUsed || r.at < used)
			})
		})
	}
	return !a.succeeded(consumer, words, func(result) bool { return true })
}

// inProgress reports whether a content that was not asked for is work in progress.
func (a *archive) inProgress(consumer, words, branch string, tags []string) bool {
	if branch != "" {
		first, exists := moment(0), false
		for _, v := range a.versions {
			if v.application == "Stock" && v.isOn(branch) && !exists {
				first, exists = v.made, true
			}
		}
		return !a.succeeded(consumer, words, func(r result) bool {
			return !r.wip && (r.by.isOn(branch) || r.by.isElsewhere(branch) && (!exists || r.at < first))
		})
	}
	return slices.ContainsFunc(tags, func(tag string) bool {
		used, isUsed := a.firstUsed[tag]
		return !a.succeeded(consumer, words, func(r result) bool {
			return !r.wip && (slices.Contains(r.tags, tag) || len(r.tags) > 0 && (!isUsed || r.at < used))
		})
	})
}

// line is what is told of one content.
type line struct {
	consumer string
	newest   *built
	reasons  []string
	suffix   string
}

// collect makes one line of all versions of a consumer that say the same.
func (a *archive) collect(reasonsOf func(v *built) []string) []*line {
	var lines []*line
	for _, v := range a.versions {
		if v.words == "" {
			continue
		}
		reasons := reasonsOf(v)
		if len(reasons) == 0 {
			continue
		}
		i := slices.IndexFunc(lines, func(l *line) bool { return l.consumer == v.application && l.newest.words == v.words })
		if i < 0 {
			i = len(lines)
			lines = append(lines, &line{consumer: v.application})
		}
		lines[i].newest = v
		lines[i].reasons = append(lines[i].reasons, reasons...)
	}
	slices.SortStableFunc(lines, func(x, y *line) int {
		if x.consumer != y.consumer {
			return strings.Compare(strings.ToLower(x.consumer), strings.ToLower(y.consumer))
		}
		return int(x.newest.made - y.newest.made)
	})
	return lines
}

func (l *line) String() string {
	slices.Sort(l.reasons)
	return fmt.Sprintf("%s %s: %s%s", l.consumer, l.newest.number, strings.Join(slices.Compact(l.reasons), ", "), l.suffix)
}

// expected are the lines that the rules make of a query.
func (a *archive) expected(reasonsOf func(v *built) []string, branch string, tags []string, withWIP bool) []string {
	asked := a.collect(reasonsOf)
	var lines []string
	for _, l := range asked {
		if a.pending(l.consumer, l.newest.words, branch, tags) {
			l.suffix = " [pending]"
		}
		lines = append(lines, l.String())
	}
	if !withWIP || branch == "" && len(tags) == 0 {
		return lines
	}
	for _, l := range a.collect(func(v *built) (reasons []string) {
		if slices.ContainsFunc(asked, func(l *line) bool { return l.consumer == v.application && l.newest.words == v.words }) {
			return nil
		}
		for branch := range v.branches {
			if a.head(v, branch) {
				reasons = append(reasons, "latest from branch "+branch)
			}
		}
		for tag := range v.tags {
			if a.tagHead(v, tag) {
				reasons = append(reasons, "latest with tag "+tag)
			}
		}
		return reasons
	}) {
		if a.inProgress(l.consumer, l.newest.words, branch, tags) {
			l.suffix = " [wip]"
			lines = append(lines, l.String())
		}
	}
	return lines
}

// inAnyOrder puts the reasons of each line in order, each once.
func inAnyOrder(lines []string) (sorted []string) {
	for _, text := range lines {
		name, rest, _ := strings.Cut(text, ": ")
		suffix := ""
		if at := strings.Index(rest, " ["); at >= 0 {
			rest, suffix = rest[:at], rest[at:]
		}
		reasons := strings.Split(rest, ", ")
		slices.Sort(reasons)
		sorted = append(sorted, name+": "+strings.Join(slices.Compact(reasons), ", ")+suffix)
	}
	return sorted
}

func (a *archive) compare() {
	for _, where := range []struct {
		branch string
		tags   []string
	}{{}, {branch: "main"}, {branch: "topic"}, {branch: "trunk"}, {branch: "unheard-of"}, {tags: []string{"prod"}}, {tags: []string{"dev", "prod"}}, {tags: []string{"new"}}} {
		known := a.selectors(where.branch)
		query := asking{}
		if where.branch != "" {
			query = query.branch(where.branch)
		}
		if where.tags != nil {
			query = query.tags(where.tags...)
		}
		check := func(query asking, reasonsOf func(v *built) []string, what string) {
			a.t.Helper()
			require.Equal(a.t, a.expected(reasonsOf, where.branch, where.tags, false), inAnyOrder(a.ask(query)), "%s, asked by %+v after\n%s", what, where, strings.Join(a.happened, "\n"))
			require.Equal(a.t, a.expected(reasonsOf, where.branch, where.tags, true), inAnyOrder(a.ask(query.wip())), "%s and work in progress, asked by %+v after\n%s", what, where, strings.Join(a.happened, "\n"))
		}
		check(query, a.defaults, "no selectors")
		for range 6 {
			one, two := known[a.random.IntN(len(known))], known[a.random.IntN(len(known))]
			consumer := testrandom.OneOf(a.random, "", "Shop", "web")
			narrowed := two.text
			if consumer != "" {
				narrowed = strings.TrimSuffix(two.text, "}") + `,"consumer":"` + consumer + `"}`
			}
			selectors := query.with("consumerVersionSelectors", rawJSON("["+one.text+","+narrowed+"]"))
			check(selectors, func(v *built) []string {
				reasons := one.finds(v)
				if consumer == "" || consumer == v.application {
					for _, reason := range two.finds(v) {
						if tag, isTag := strings.CutPrefix(reason, "one of "); isTag && consumer != "" {
							reason = "one of " + consumer + " " + tag
						}
						reasons = append(reasons, reason)
					}
				}
				return reasons
			}, one.text+" "+narrowed)
		}
	}
}

// Whatever happened before, each query finds what going through all of it finds by the
// rules of the Pact Broker: what to verify, what is pending, and what is work in progress.
func TestSelect_isWhatGoingThroughTheHistoryFinds(t *testing.T) {
	play(t, func(s scenario) {
		testrandom.Each(s.t, func(t *testing.T, random *rand.Rand) {
			a := &archive{
				scenario: scenario{t, s.b.For(t), s.clock}, random: random, firstUsed: map[string]moment{}, branchMade: map[string]moment{},
				mainBranches: map[string]string{"App": "trunk", "Shop": "trunk", "web": "dev"}, heads: map[[2]string]*built{},
			}
			for _, name := range []string{"App", "Shop", "web", "Stock", "Another"} {
				a.b.Patch(at.Pacticipant(name), map[string]any{}).OK()
				a.b.Delete(at.Pacticipant(name)).OK(http.StatusNoContent) // what an earlier history left
				a.b.Patch(at.Pacticipant(name), map[string]any{"mainBranch": mainOrNone(a.mainBranches[name])}).OK()
			}
			a.b.Environment("test")
			a.b.Environment("live")
			for step := range 45 {
				testrandom.OneOf(random, a.publishSomething, a.publishSomething, a.publishSomething, a.moveSomething, a.moveSomething, a.buildStock, a.verifySomething, a.verifySomething)()
				if step%15 == 14 {
					a.compare()
				}
			}
		}, 1)
	}, testbroker.With(func(s *config.Settings) { s.Versions.FirstTagAsBranch = false; s.Versions.DetectMainBranch = false }))
}

// mainOrNone is null where there is no main branch.
func mainOrNone(branch string) any {
	if branch == "" {
		return nil
	}
	return branch
}
