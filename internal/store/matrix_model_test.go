package store_test

import (
	"slices"

	"github.com/accord-broker/accord/internal/matrix"
	"github.com/accord-broker/accord/internal/providercontracts"
)

// history is everything that happened, in order, and nothing that follows
// from it.
type history struct {
	// main tells which applications have a main branch.
	main map[string]bool
	// versions are in the order in which they were first mentioned.
	versions          []numbered
	publications      []published
	results           []verified
	providerContracts []publishedContract
	comparisons       []compared
	branches          []named
	tags              []named
	// deployments with an empty number ended one.
	deployments []placed
	// releases are those that are supported.
	releases []named
}

// numbered is a version of an application.
type numbered struct{ app, number string }

type published struct {
	numbered
	provider, content string
}

type verified struct {
	consumer, content string
	by                numbered
	success           bool
}

// publishedContract is what names all that a version has published as a provider.
type publishedContract struct {
	numbered
	key string
}

type compared struct {
	consumer, content string
	by                numbered
	key               string
	outcome           providercontracts.Outcome
}

// named is a version on a branch, under a tag, or in an environment.
type named struct {
	numbered
	name string
}

type placed struct {
	numbered
	environment, instance string
}

// tally is what a verdict comes to.
type tally struct {
	answer                            matrix.Answer
	success, failed, unknown, ignored int
}

func (c *history) mention(v numbered) {
	if !slices.Contains(c.versions, v) {
		c.versions = append(c.versions, v)
	}
}

// counting is the publication that has replaced the given one, or that one.
func (c *history) counting(p published) published {
	for _, later := range c.publications {
		if later.numbered == p.numbered && later.provider == p.provider {
			p = later
		}
	}
	return p
}

// inSlot is the version that is where the deployment was made.
func (c *history) inSlot(at placed) (there numbered) {
	for _, d := range c.deployments {
		if d.app == at.app && d.environment == at.environment && d.instance == at.instance {
			there = d.numbered
		}
	}
	return there
}

func (c *history) in(v numbered, environment string) bool {
	if slices.Contains(c.releases, named{v, environment}) {
		return true
	}
	return slices.ContainsFunc(c.deployments, func(d placed) bool { return d.environment == environment && c.inSlot(d) == v })
}

// head is the version that joined the branch last.
func (c *history) head(app, branch string) (head numbered) {
	for _, b := range c.branches {
		if b.app == app && b.name == branch {
			head = b.numbered
		}
	}
	return head
}

// meets reports whether the version meets each criterion but that of being the
// latest.
func (c *history) meets(v numbered, k matrix.Criteria) bool {
	on := func(branch string) bool {
		if k.Latest {
			return c.head(v.app, branch) == v
		}
		return slices.Contains(c.branches, named{v, branch})
	}
	return (k.Version == "" || v.number == k.Version) &&
		(k.Branch == "" || on(k.Branch)) &&
		(!k.MainBranch || c.main[v.app] && on("main")) &&
		(k.Tag == "" || slices.Contains(c.tags, named{v, k.Tag})) &&
		(k.Environment == "" || c.in(v, k.Environment))
}

// matching are the versions of the application that a selector stands for.
func (c *history) matching(app string, k matrix.Criteria) []numbered {
	var found []numbered
	for _, v := range c.versions {
		if v.app == app && c.meets(v, k) {
			found = append(found, v)
		}
	}
	if k.Latest && len(found) > 1 {
		return found[len(found)-1:]
	}
	return found
}

// stand is one version that a selector stands for, any version, or none.
type stand struct {
	numbered
	any, none, specified bool
}

func (c *history) stands(app string, k matrix.Criteria, specified bool) []stand {
	if k == (matrix.Criteria{}) {
		return []stand{{numbered: numbered{app: app}, any: true, specified: specified}}
	}
	var found []stand
	for _, v := range c.matching(app, k) {
		found = append(found, stand{numbered: v, specified: specified})
	}
	if len(found) == 0 {
		found = []stand{{numbered: numbered{app: app}, none: true, specified: specified}}
	}
	return found
}

// row is a pact with at most one result.
type row struct {
	pact    published
	by      numbered
	outcome matrix.Outcome
}

// inquiry recomputes one verdict.
type inquiry struct {
	*history
	q         matrix.Question
	ignoring  []stand
	stands    []stand
	required  [][2]string
	rows      []row
	specified map[string]bool
}

func (c *history) recompute(q matrix.Question) tally {
	i := &inquiry{history: c, q: q, specified: map[string]bool{}}
	for _, s := range q.Ignore {
		i.ignoring = append(i.ignoring, i.history.stands(s.Pacticipant, s.Criteria, false)...)
	}
	for _, s := range q.Selectors {
		i.stands = append(i.stands, i.history.stands(s.Pacticipant, s.Criteria, true)...)
		i.specified[s.Pacticipant] = true
	}
	i.infer()
	i.read()
	return i.conclude()
}

func (i *inquiry) alone() bool { return len(i.q.Selectors) == 1 && !i.q.Target.Given() }

// counts reports whether the publication is not replaced, or that does not matter.
func (i *inquiry) counts(n int) bool {
	p := i.publications[n]
	if i.q.LatestBy == matrix.Everything {
		return true
	}
	return !slices.ContainsFunc(i.publications[n+1:], func(later published) bool { return later.numbered == p.numbered && later.provider == p.provider })
}

// verifications are the results for what was published: of each version the
// last, or all if everything counts.
func (i *inquiry) verifications(p published) []verified {
	var found []verified
	for _, r := range i.results {
		if r.consumer != p.app || r.content != p.content || r.by.app != p.provider {
			continue
		}
		if i.q.LatestBy != matrix.Everything {
			found = slices.DeleteFunc(found, func(before verified) bool { return before.by == r.by })
		}
		found = append(found, r)
	}
	return found
}

// contractsKey names what the version has published last as a provider.
func (c *history) contractsKey(v numbered) (key string) {
	for _, p := range c.providerContracts {
		if p.numbered == v {
			key = p.key
		}
	}
	return key
}

// comparedLast are the last comparisons of what was published with each version,
// as far as the version has not published something else since.
func (c *history) comparedLast(p published) []compared {
	var found []compared
	for _, k := range c.comparisons {
		if k.consumer == p.app && k.content == p.content && k.by.app == p.provider {
			found = slices.DeleteFunc(found, func(before compared) bool { return before.by == k.by })
			found = append(found, k)
		}
	}
	return slices.DeleteFunc(found, func(k compared) bool { return k.key != c.contractsKey(k.by) })
}

// weighed adds what comparisons say to the results of verifications: a failure of
// either beats a success, and what decides nothing does not count.
func (i *inquiry) weighed(p published) []verified {
	found := i.verifications(p)
	for _, k := range i.comparedLast(p) {
		if !k.outcome.Decides() {
			continue
		}
		says := verified{k.consumer, k.content, k.by, k.outcome.Succeeds()}
		at := slices.IndexFunc(found, func(r verified) bool { return r.by == k.by })
		switch {
		case at < 0 || i.q.LatestBy == matrix.Everything:
			found = append(found, says)
		case found[at].success:
			found[at] = says
		}
	}
	return found
}

// infer finds the required pairs and, with a target, what is there of those
// with whom the specified applications deal.
func (i *inquiry) infer() {
	partners := map[string]bool{}
	latest := *i
	latest.q.LatestBy = matrix.LatestByBothVersions
	for n, p := range i.publications {
		asks := slices.ContainsFunc(i.stands, func(s stand) bool { return s.any && s.app == p.app || s.numbered == p.numbered }) && latest.counts(n)
		if asks && (i.alone() || i.q.Target.Given() || i.specified[p.provider]) {
			i.required = append(i.required, [2]string{p.app, p.provider})
		}
		if asks {
			partners[p.provider] = true
		}
		if i.specified[p.provider] {
			partners[p.app] = true
		}
	}
	if !i.q.Target.Given() {
		return
	}
	t := i.q.Target
	for app := range partners {
		if !i.specified[app] {
			i.stands = append(i.stands, i.history.stands(app, matrix.Criteria{Environment: t.Environment, Tag: t.Tag, Latest: t.Latest, MainBranch: t.MainBranch}, false)...)
		}
	}
}

// asked reports whether a version is among the entries.
func (i *inquiry) asked(v numbered) bool {
	return slices.ContainsFunc(i.stands, func(s stand) bool { return s.any && s.app == v.app || s.numbered == v })
}

// read joins every pact with every result and keeps what the question is about.
func (i *inquiry) read() {
	single := len(i.stands) == 1 || i.alone()
	involved := func(app string) bool {
		return slices.ContainsFunc(i.stands, func(s stand) bool { return s.app == app })
	}
	for n, p := range i.publications {
		if !i.counts(n) || !i.specified[p.app] && !i.specified[p.provider] {
			continue
		}
		consuming := i.asked(p.numbered) && (single || involved(p.provider))
		var of []row
		for _, r := range i.weighed(p) {
			if providing := i.asked(r.by); consuming && (single || providing) || single && providing {
				outcome := matrix.Failed
				if r.success {
					outcome = matrix.Successful
				}
				of = append(of, row{p, r.by, outcome})
			}
		}
		if !consuming {
			i.rows = append(i.rows, of...)
			continue
		}
		i.rows = append(i.rows, i.completed(p, of)...)
	}
	i.keepLatest()
	i.rows = slices.DeleteFunc(i.rows, func(r row) bool { return len(i.q.Outcomes) > 0 && !slices.Contains(i.q.Outcomes, r.outcome) })
}

// completed adds what is missing: a row without a version if there is no result
// at all, and one for each version that is live in the target and has none.
func (i *inquiry) completed(p published, of []row) []row {
	if len(of) == 0 {
		return []row{{pact: p}}
	}
	if i.q.Target.Environment == "" || p.app == p.provider {
		return of
	}
	with := slices.Clone(of)
	for _, s := range i.stands {
		known := slices.ContainsFunc(with, func(r row) bool { return r.by == s.numbered })
		if s.app == p.provider && !s.any && !s.none && !known {
			with = append(with, row{pact: p, by: s.numbered})
		}
	}
	return with
}

// keepLatest keeps the row with the newest provider version of each consumer
// version and provider, if the question says so and has no environment.
func (i *inquiry) keepLatest() {
	if i.q.LatestBy != matrix.LatestByConsumer || i.q.Target.Environment != "" {
		return
	}
	var kept []row
	for _, r := range i.rows {
		newer := slices.ContainsFunc(i.rows, func(o row) bool {
			return o.pact == r.pact && slices.Index(i.versions, o.by) > slices.Index(i.versions, r.by)
		})
		if !newer {
			kept = append(kept, r)
		}
	}
	i.rows = kept
}

func (i *inquiry) ignores(v numbered) bool {
	return slices.ContainsFunc(i.ignoring, func(s stand) bool { return s.any && s.app == v.app || !s.any && !s.none && s.numbered == v })
}

func (i *inquiry) conclude() tally {
	var t tally
	seen := map[[2]string]bool{}
	for _, r := range i.rows {
		seen[[2]string{r.pact.app, r.pact.provider}] = true
		switch {
		case i.ignores(r.pact.numbered) || i.ignores(numbered{r.pact.provider, r.by.number}):
			t.ignored++
		case r.outcome == matrix.Successful:
			t.success++
		case r.outcome == matrix.Failed:
			t.failed++
		default:
			t.unknown++
		}
	}
	for _, pair := range i.required {
		if !seen[pair] {
			seen[pair] = true
			t.unknown++
		}
	}
	missing := slices.ContainsFunc(i.stands, func(s stand) bool { return s.none && s.specified && !i.ignores(s.numbered) })
	switch {
	case missing:
		t.answer = matrix.No
	case t.unknown > 0:
		t.answer = matrix.Unknown
	case t.failed > 0:
		t.answer = matrix.No
	default:
		t.answer = matrix.Yes
	}
	return t
}
