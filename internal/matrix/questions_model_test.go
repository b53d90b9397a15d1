package matrix_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/support/config"
	"github.com/accord-broker/accord/internal/testing/testbroker"
	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// built is a version, and what is known of it.
type built struct {
	application, number string
	position            int
	branches, tags      []string
	deployed            bool
	// says is the content of the pact with each provider.
	says map[string]string
}

func (v *built) String() string { return v.application + " " + v.number }

// found is a result for a content.
type found struct {
	content string
	by      *built
	success bool
	number  int
}

// row is a pact and the result that counts, or none.
type row struct {
	pact     *built
	provider string
	by       *built
	result   *found
}

func (r row) String() string {
	switch {
	case r.result != nil:
		return fmt.Sprintf("%s, %s: %v", r.pact, r.by, r.result.success)
	case r.by != nil:
		return fmt.Sprintf("%s, %s: none", r.pact, r.by)
	}
	return fmt.Sprintf("%s, %s: none", r.pact, r.provider)
}

// ledger is all that happened between three applications; a question is answered by
// going through all of it, by the rules of the Pact Broker and our departures from them.
type ledger struct {
	random   *rand.Rand
	versions []*built
	heads    map[[2]string]*built
	results  []*found
	happened []string
}

var (
	three        = []string{"Bank", "Mail", "Shop"}
	mainBranches = map[string]string{"Bank": "trunk", "Mail": "trunk"} // Shop has none
)

// selector says which versions of an application are meant.
type selector struct {
	application, version, branch, tag, environment string
	mainBranch, latest                             bool
}

func (s selector) any() bool { return s == selector{application: s.application} }

func (l *ledger) matching(s selector) []*built {
	var all []*built
	for _, v := range l.versions {
		if v.application == s.application && (s.version == "" || v.number == s.version) && (s.branch == "" || slices.Contains(v.branches, s.branch)) &&
			(s.tag == "" || slices.Contains(v.tags, s.tag)) && (s.environment == "" || v.deployed) &&
			(!s.mainBranch || mainBranches[s.application] != "" && slices.Contains(v.branches, mainBranches[s.application])) {
			all = append(all, v)
		}
	}
	if !s.latest || len(all) == 0 {
		return all
	}
	branch := s.branch
	if s.mainBranch {
		branch = mainBranches[s.application]
	}
	if branch != "" {
		return []*built{l.heads[[2]string{s.application, branch}]}
	}
	return all[len(all)-1:]
}

// question is one that can be put to the matrix.
type question struct {
	selectors []selector
	target    selector // without an application
	ignore    []selector
	latestby  string
}

func (q question) targeted() bool { return q.target != selector{} }

// answered is what the rules make of a question.
type answered struct {
	deployable    any
	rows, ignored []string
}

// entry is a version that is meant, any version, or none that exists.
type entry struct {
	application string
	version     *built
	any         bool
}

func (l *ledger) answer(q question) answered {
	ignored := func(application string, v *built) bool {
		return slices.ContainsFunc(q.ignore, func(s selector) bool {
			return s.application == application && (s.any() || v != nil && s.version == v.number)
		})
	}
	var entries []entry
	missing := false
	for _, s := range q.selectors {
		switch versions := l.matching(s); {
		case s.any():
			entries = append(entries, entry{application: s.application, any: true})
		case len(versions) == 0:
			entries = append(entries, entry{application: s.application})
			missing = missing || !ignored(s.application, nil)
		default:
			for _, v := range versions {
				entries = append(entries, entry{application: s.application, version: v})
			}
		}
	}
	specified := func(application string) bool {
		return slices.ContainsFunc(q.selectors, func(s selector) bool { return s.application == application })
	}
	alone := len(q.selectors) == 1 && !q.targeted()
	if q.targeted() {
		for _, application := range l.partners(entries) {
			if specified(application) {
				continue
			}
			target := q.target
			target.application = application
			versions := l.matching(target)
			for _, v := range versions {
				entries = append(entries, entry{application: application, version: v})
			}
			if len(versions) == 0 {
				entries = append(entries, entry{application: application})
			}
		}
	}
	rows := l.among(q, entries, alone || len(entries) == 1)
	rows = slices.DeleteFunc(rows, func(r row) bool { return !specified(r.pact.application) && !specified(r.provider) })
	if q.target.environment != "" {
		rows = l.withAllThere(rows, entries)
	}
	rows = counting(rows, q)
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.pact.application, b.pact.application), cmp.Compare(b.pact.position, a.pact.position), strings.Compare(a.provider, b.provider),
			cmp.Compare(b.byPosition(), a.byPosition()), cmp.Compare(b.number(), a.number()))
	})
	var told answered
	unverified, failed := 0, 0
	for _, r := range rows {
		if ignored(r.pact.application, r.pact) || ignored(r.provider, r.by) {
			told.ignored = append(told.ignored, r.String())
			continue
		}
		told.rows = append(told.rows, r.String())
		switch {
		case r.result == nil:
			unverified++
		case !r.result.success:
			failed++
		}
	}
	switch {
	case missing:
		told.deployable = false
	case unverified > 0:
		told.deployable = nil
	default:
		told.deployable = failed == 0
	}
	return told
}

func (r row) byPosition() int {
	if r.by == nil {
		return 1_000_000 // comes first
	}
	return r.by.position
}

func (r row) number() int {
	if r.result == nil {
		return 0
	}
	return r.result.number
}

// partners are the applications with which those that are asked about have to do: the
// providers of the versions, and whoever consumes one of them.
func (l *ledger) partners(entries []entry) (all []string) {
	for _, e := range entries {
		for _, v := range l.versions {
			for provider := range v.says {
				if v.application == e.application && (e.any || v == e.version) {
					all = append(all, provider)
				}
				if provider == e.application {
					all = append(all, v.application)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// resultsFor are the results for a content by a version: the last, unless all count.
func (l *ledger) resultsFor(content string, by *built, every bool) (all []*found) {
	for _, r := range l.results {
		if r.content != content || r.by != by {
			continue
		}
		if !every {
			all = nil
		}
		all = append(all, r)
	}
	return all
}

// among are the rows of the entries with each other or, if there is one application
// alone, with everybody.
func (l *ledger) among(q question, entries []entry, alone bool) (rows []row) {
	meant := func(v *built) bool {
		return slices.ContainsFunc(entries, func(e entry) bool { return e.application == v.application && (e.any || e.version == v) })
	}
	named := func(application string) bool {
		return slices.ContainsFunc(entries, func(e entry) bool { return e.application == application })
	}
	for _, v := range l.versions {
		for provider, content := range v.says {
			consuming := meant(v)
			if !alone && (!consuming || !named(provider)) {
				continue
			}
			before := len(rows)
			for _, by := range l.versions {
				if by.application != provider || !meant(by) && (!alone || !consuming) {
					continue
				}
				for _, result := range l.resultsFor(content, by, q.latestby == "") {
					rows = append(rows, row{v, provider, by, result})
				}
			}
			if len(rows) == before && consuming {
				rows = append(rows, row{pact: v, provider: provider})
			}
		}
	}
	return rows
}

// withAllThere adds a row for each version in the environment that has no result for a
// pact that others have verified.
func (l *ledger) withAllThere(rows []row, entries []entry) []row {
	type pact struct {
		of       *built
		provider string
	}
	tried := map[pact][]*built{}
	for _, r := range rows {
		if r.result != nil {
			p := pact{r.pact, r.provider}
			tried[p] = append(tried[p], r.by)
		}
	}
	for p, by := range tried {
		for _, e := range entries {
			if e.application == p.provider && e.version != nil && !slices.Contains(by, e.version) {
				rows = append(rows, row{pact: p.of, provider: p.provider, by: e.version})
			}
		}
	}
	return rows
}

// counting keeps the one row of each group that counts.
func counting(rows []row, q question) []row {
	by := q.latestby
	if by == "" {
		return rows
	}
	if q.target.environment != "" {
		by = "cvpv"
	}
	groups := map[string][]row{}
	for _, r := range rows {
		key := r.pact.application + "/" + r.provider
		if by != "cp" {
			key += "/" + r.pact.number
		}
		if by == "cvpv" && r.by != nil {
			key += "/" + r.by.number
		}
		groups[key] = append(groups[key], r)
	}
	var kept []row
	for _, group := range groups {
		newest := slices.MaxFunc(group, func(a, b row) int { return cmp.Compare(a.pact.position, b.pact.position) })
		if newest.by != nil {
			newest = slices.MaxFunc(group, func(a, b row) int {
				return cmp.Or(cmp.Compare(a.by.positionOrNone(), b.by.positionOrNone()), cmp.Compare(a.pact.position, b.pact.position))
			})
		}
		kept = append(kept, newest)
	}
	return kept
}

func (v *built) positionOrNone() int {
	if v == nil {
		return -1
	}
	return v.position
}

// happen lets the applications publish, verify, deploy and move for a while.
func (l *ledger) happen(b *testbroker.Broker) {
	tell := func(format string, args ...any) { l.happened = append(l.happened, fmt.Sprintf(format, args...)) }
	for n := range 9 {
		v := &built{application: three[n%3], number: fmt.Sprint(n/3 + 1), position: n, says: map[string]string{}}
		b.Version(v.application, v.number)
		l.versions = append(l.versions, v)
	}
	some := func() *built { return l.versions[l.random.IntN(len(l.versions))] }
	for range 40 {
		v := some()
		switch l.random.IntN(7) {
		case 0, 1:
			provider := testrandom.OneOf(l.random, three...)
			if _, said := v.says[provider]; said || provider == v.application {
				continue
			}
			words := testrandom.OneOf(l.random, "a", "b")
			tell("%s says %s to %s", v, words, provider)
			b.Pact(v.application, v.number).Saying(testbroker.Content(v.application, provider, words)).With(provider)
			v.says[provider] = v.application + " to " + provider + ": " + words
		case 2, 3, 4:
			by := some()
			content, said := v.says[by.application]
			if !said {
				continue
			}
			success := l.random.IntN(3) > 0
			tell("%s verifies %s: %v", by, v, success)
			pact := b.Get(at.Pact(by.application, v.application, v.number)).OK(http.StatusOK)
			b.Post(pact.Link("pb:publish-verification-results"), map[string]any{"success": success, "providerApplicationVersion": by.number}).OK(http.StatusCreated)
			l.results = append(l.results, &found{content, by, success, len(l.results) + 1})
		case 5:
			branch := testrandom.OneOf(l.random, "trunk", "feat")
			if !slices.Contains(v.branches, branch) {
				tell("%s comes to branch %s", v, branch)
				b.Put(at.BranchVersion(v.application, branch, v.number), nil).OK()
				v.branches = append(v.branches, branch)
				l.heads[[2]string{v.application, branch}] = v
			}
		case 6:
			if l.random.IntN(2) == 0 {
				tell("%s is tagged dev", v)
				b.Tag(v.application, v.number, "dev")
				v.tags = append(v.tags, "dev")
				continue
			}
			tell("%s is released to live", v)
			b.Release(v.application, v.number, "live")
			v.deployed = true
		}
	}
}

func (l *ledger) ask() question {
	draw := func() selector {
		s := selector{application: testrandom.OneOf(l.random, three...)}
		return testrandom.OneOf(l.random,
			s, selector{application: s.application, version: fmt.Sprint(1 + l.random.IntN(4))}, selector{application: s.application, version: fmt.Sprint(1 + l.random.IntN(3))},
			selector{application: s.application, branch: "trunk", latest: true}, selector{application: s.application, branch: "feat"}, selector{application: s.application, tag: "dev", latest: true},
			selector{application: s.application, tag: "dev"}, selector{application: s.application, mainBranch: true, latest: true}, selector{application: s.application, environment: "live"}, selector{application: s.application, latest: true},
		)
	}
	q := question{latestby: testrandom.OneOf(l.random, "", "cvp", "cvpv", "cp"), selectors: []selector{draw()}}
	if second := draw(); l.random.IntN(2) == 0 && second.application != q.selectors[0].application {
		q.selectors = append(q.selectors, second)
	}
	q.target = testrandom.OneOf(l.random, selector{}, selector{environment: "live"}, selector{environment: "live"}, selector{tag: "dev", latest: true}, selector{tag: "dev"}, selector{latest: true}, selector{mainBranch: true, latest: true}, selector{mainBranch: true})
	switch l.random.IntN(4) {
	case 0:
		q.ignore = []selector{{application: testrandom.OneOf(l.random, three...)}}
	case 1:
		q.ignore = []selector{{application: testrandom.OneOf(l.random, three...), version: fmt.Sprint(1 + l.random.IntN(3))}}
	}
	return q
}

func (q question) query() string {
	var parts []string
	add := func(name, value string) {
		if value != "" && value != "false" {
			parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
		}
	}
	criteria := func(s selector, name func(string) string) {
		add(name("pacticipant"), s.application)
		add(name("version"), s.version)
		add(name("branch"), s.branch)
		add(name("tag"), s.tag)
		add(name("environment"), s.environment)
		add(name("mainBranch"), fmt.Sprint(s.mainBranch))
		add(name("latest"), fmt.Sprint(s.latest))
	}
	for _, s := range q.selectors {
		criteria(s, func(field string) string { return "q[][" + field + "]" })
	}
	for _, s := range q.ignore {
		criteria(s, func(field string) string { return "ignore[][" + field + "]" })
	}
	criteria(q.target, func(field string) string { return field })
	add("latestby", q.latestby)
	add("limit", "1000")
	return strings.Join(parts, "&")
}

// heard is what the broker answers, in the words of the model.
func heard(answer testbroker.Response) answered {
	told := answered{deployable: answer.Find("summary", "deployable")}
	for i := range answer.Find("matrix").([]any) {
		line := answer.Text("matrix", i, "consumer", "name") + " " + answer.Text("matrix", i, "consumer", "version", "number") + ", " + answer.Text("matrix", i, "provider", "name")
		if number, known := answer.Find("matrix", i, "provider", "version", "number").(string); known {
			line += " " + number
		}
		line += ": "
		if success := answer.Find("matrix", i, "verificationResult", "success"); success != nil {
			line += fmt.Sprint(success)
		} else {
			line += "none"
		}
		if answer.Find("matrix", i, "ignored") == true {
			told.ignored = append(told.ignored, line)
		} else {
			told.rows = append(told.rows, line)
		}
	}
	return told
}

// Every question that can be put to the matrix, with whichever selectors, target, results
// that count and exceptions, is answered with the rows and the verdict of the rules.
func TestMatrix_answersEveryQuestionByTheRules(t *testing.T) {
	testbroker.Each(t, func(t *testing.T, b *testbroker.Broker) {
		b.Environment("live")
		testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
			b := b.For(t)
			for _, name := range three {
				b.Patch(at.Pacticipant(name), map[string]any{}).OK()
				b.Delete(at.Pacticipant(name)).OK(http.StatusNoContent) // what an earlier history left
				application := map[string]any{}
				if branch, set := mainBranches[name]; set {
					application["mainBranch"] = branch
				}
				b.Patch(at.Pacticipant(name), application).OK()
			}
			l := &ledger{random: random, heads: map[[2]string]*built{}}
			l.happen(b)
			given := map[any]int{}
			for range 200 {
				q := l.ask()
				answer := b.Get("/matrix?" + q.query()).OK(http.StatusOK)
				want := l.answer(q)
				require.Equal(t, want, heard(answer), "%+v\n%s\n%s", q, strings.Join(l.happened, "\n"), answer.Body)
				given[want.deployable]++
			}
			require.Len(t, given, 3, "each answer is given: %v", given)
		}, 1)
	}, testbroker.With(func(s *config.Settings) { s.Versions.FirstTagAsBranch = false; s.Versions.DetectMainBranch = false }))
}
