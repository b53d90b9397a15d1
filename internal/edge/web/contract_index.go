package web

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/accord-broker/accord/internal/edge"
	"github.com/accord-broker/accord/internal/pactfile"
)

// What of a large contract is shown at once.
const (
	interactionsListed = 100
	endpointsListed    = 300
	// rulesTried is how many rules for paths are tried on paths without one.
	rulesTried = 20
)

// indexed is an interaction as far as one must know it to find it among the others.
type indexed struct {
	place       int
	raw         json.RawMessage
	verb, path  string
	description string
	states      string
	id          string
	rule        pathPattern
	failed      bool
	change      word
}

// pathPattern is what a rule asks of a path.
type pathPattern struct {
	text string
	// heading is the path with what may vary in braces, "" if nobody can tell.
	heading string
	matches *regexp.Regexp
}

// indexOf finds out what each interaction is about.
func indexOf(read readable) []*indexed {
	all := make([]*indexed, 0, len(read.interactions)+len(read.messages))
	for _, raw := range slices.Concat(read.interactions, read.messages) {
		e := &indexed{place: len(all), raw: raw, verb: messageVerb, description: textOf(pactfile.Member(raw, "description")), id: textOf(pactfile.Member(raw, "_id"))}
		kind, request := textOf(pactfile.Member(raw, "type")), pactfile.Member(raw, "request")
		e.states = statesIn(raw)
		switch {
		case strings.Contains(kind, "Synchronous/Messages"):
			e.verb, e.path = synchronousVerb, e.description
		case request != nil && !strings.Contains(kind, "Messages"):
			e.verb, e.path = strings.ToUpper(textOf(pactfile.Member(request, "method"))), strings.TrimSpace(textOf(pactfile.Member(request, "path")))
			e.path = orWord(e.path, "an interaction without a path")
			e.rule = patternOf(e.path, request)
		default:
			e.path = e.description
		}
		if strings.TrimSpace(e.path) == "" {
			e.path = "an interaction without a description"
		}
		all = append(all, e)
	}
	return all
}

// statesIn are the names of the provider states, as results name them.
func statesIn(raw json.RawMessage) string {
	for _, name := range []string{"providerState", "provider_state", "providerStates"} {
		if pactfile.Member(raw, name) != nil {
			return stateNames(map[string]json.RawMessage{name: pactfile.Member(raw, name)})
		}
	}
	return ""
}

// patternOf is what the rule for the path of a request says, and how it is headed.
func patternOf(path string, request json.RawMessage) (p pathPattern) {
	matching := pactfile.Member(request, "matchingRules")
	rule := pactfile.Member(matching, "path")
	if rule == nil {
		rule = pactfile.Member(matching, "$.path")
	}
	if rule == nil {
		return p
	}
	r := wordsOfPart(map[string]json.RawMessage{"matchingRules": json.RawMessage(`{"path":` + string(rule) + `}`)})
	p.text = r.named("path", "", "").Rule
	if expression := textOf(pactfile.Member(pactfile.Member(pactfile.Member(request, "generators"), "path"), "expression")); strings.HasPrefix(expression, "/") {
		p.heading = strings.ReplaceAll(expression, "${", "{")
	}
	for _, matcher := range matchersOf(json.RawMessage(rule)) {
		if regex := textOf(fields(matcher)["regex"]); regex != "" && len(regex) <= pathRuleAtMost {
			p.heading = orWord(p.heading, headingOf(path, regex))
			p.matches, _ = regexp.Compile(`^(?:` + regex + `)$`) // what Go does not know matches nothing here
		}
	}
	return p
}

// pathRuleAtMost is how long a rule for a path is that is looked into.
const pathRuleAtMost = 500

// headingOf is a path with braces in the place of those parts that a rule leaves open; "" if
// the rule does not go part by part.
func headingOf(path, regex string) string {
	regex = strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(regex, "^"), "$"), `\/`, "/")
	parts, open := strings.Split(path, "/"), false
	for i, wanted := range strings.Split(regex, "/") {
		if i >= len(parts) || strings.Count(wanted, "(") != strings.Count(wanted, ")") || strings.Count(wanted, "[") != strings.Count(wanted, "]") {
			return ""
		}
		if wanted != regexp.QuoteMeta(parts[i]) && strings.ReplaceAll(wanted, `\-`, "-") != parts[i] {
			parts[i], open = "{…}", true
		}
	}
	if !open || strings.Count(regex, "/") != len(parts)-1 {
		return ""
	}
	return strings.Join(parts, "/")
}

// endpointGroup are the interactions of one endpoint.
type endpointGroup struct {
	verb, path string
	rules      string
	entries    []*indexed
}

// endpointGroups puts the interactions of an endpoint together: of one path, or of one rule for
// paths and whatever else has a path that meets it. They are in the order of the first of
// each, within an endpoint those of the same provider state one after the other.
func endpointGroups(all []*indexed) []*endpointGroup {
	var groups []*endpointGroup
	known := map[string]*endpointGroup{}
	open := openPaths(all)
	for _, e := range all {
		path := orWord(e.rule.heading, e.path)
		if e.rule.text == "" {
			path = orWord(open.headingFor(e.verb, e.path), path)
		}
		key := e.verb + " " + path
		g := known[key]
		if g == nil {
			g = &endpointGroup{verb: e.verb, path: path}
			known[key], groups = g, append(groups, g)
		}
		if e.rule.text != "" && !strings.Contains(g.rules, e.rule.text) {
			g.rules = joined(g.rules, e.rule.text)
		}
		g.entries = append(g.entries, e)
	}
	for _, g := range groups {
		first := map[string]int{}
		for _, e := range g.entries {
			if _, seen := first[e.states]; !seen {
				first[e.states] = len(first)
			}
		}
		slices.SortStableFunc(g.entries, func(a, b *indexed) int { return first[a.states] - first[b.states] })
	}
	return groups
}

// pathsWithRules are rules for paths that have a heading, by the method.
type pathsWithRules struct {
	rules map[string][]pathPattern
	found map[string]string
}

func openPaths(all []*indexed) pathsWithRules {
	p := pathsWithRules{map[string][]pathPattern{}, map[string]string{}}
	for _, e := range all {
		known := slices.ContainsFunc(p.rules[e.verb], func(other pathPattern) bool { return other.text == e.rule.text })
		if e.rule.heading != "" && e.rule.matches != nil && !known && len(p.rules[e.verb]) < rulesTried {
			p.rules[e.verb] = append(p.rules[e.verb], e.rule)
		}
	}
	return p
}

// headingFor is the heading of the rule that a path meets, "" if it meets none.
func (p pathsWithRules) headingFor(verb, path string) string {
	key := verb + " " + path
	heading, known := p.found[key]
	if known {
		return heading
	}
	for _, rule := range p.rules[verb] {
		if rule.matches.MatchString(path) {
			heading = rule.heading
			break
		}
	}
	p.found[key] = heading
	return heading
}

// fits reports whether an interaction has a text that somebody looks for.
func (e *indexed) fits(asked string) bool {
	return contains(e.verb+" "+e.path, asked) || contains(e.description, asked) || contains(e.states, asked) || contains(e.rule.text, asked) || contains(e.rule.heading, asked)
}

// chosen is which interactions of a contract are asked for.
type chosen struct {
	text, kind string
	// interaction is the place from 1 of one that must be on the page, 0 for none.
	interaction int
}

// kindsShown are the values of ?show= with their words.
var kindsShown = []link{{"All", ""}, {"Failed", "failed"}, {"New or changed", "changed"}}

func choiceWithin(c *gin.Context) (which chosen) {
	which.text, _ = edge.QueryValue(c, "q")
	which.text = strings.TrimSpace(which.text)
	which.kind, _ = edge.QueryValue(c, "show")
	if text, given := edge.QueryValue(c, "interaction"); given {
		_, _ = fmt.Sscan(text, &which.interaction) // what is no number asks for none
	}
	return which
}

// takes reports whether an interaction is of the kind that is asked for.
func (e *indexed) takes(kind string) bool {
	return kind != "failed" && kind != "changed" || kind == "failed" && e.failed || kind == "changed" && e.change.Word != ""
}

// interactionGroup are the interactions of one endpoint, as far as they are on the page.
type interactionGroup struct {
	ID, Verb, Path, Rule string
	Count                string
	Items                []interaction
}

// endpoint is a line of the list of endpoints.
type endpoint struct {
	Verb, Path, Address string
	Mark                word
}

// fill lays out the interactions that are asked for, and lists the endpoints of all.
func (v contractView) fill(c *gin.Context, all []*indexed, page edge.Page, shown *contractPage) {
	which := choiceWithin(c)
	shown.Asked = which.text
	for _, kind := range kindsShown {
		n := len(slices.DeleteFunc(slices.Clone(all), func(e *indexed) bool { return !e.takes(kind.Address) }))
		if n > 0 || kind.Address == "" || kind.Address == which.kind {
			shown.Kinds = append(shown.Kinds, kindChoice{Text: kind.Text, Count: n, Address: addressWith(c, "show", kind.Address) + "#parts", Chosen: kind.Address == which.kind})
		}
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(e *indexed) bool { return !e.takes(which.kind) || which.text != "" && !e.fits(which.text) })
	groups := endpointGroups(kept)
	total := len(kept)
	page = pageWith(page, groups, which.interaction)
	before := 0
	for n, g := range groups {
		id := fmt.Sprintf("g%d", n+1)
		if n < endpointsListed {
			at := endpoint{Verb: g.verb, Path: g.path, Address: "#" + id, Mark: v.markOf(g.entries)}
			if number := before/page.Size + 1; number != page.Number {
				at.Address = pageAddress(c, edge.Page{Number: page.Number, Size: page.Size}, number) + "#" + id
			}
			shown.Endpoints = append(shown.Endpoints, at)
		}
		group := interactionGroup{ID: id, Verb: g.verb, Path: g.path, Rule: g.rules, Count: counted(len(g.entries), kindOf(g.verb))}
		for i, e := range g.entries {
			if at := before + i; at >= page.Offset() && at < page.Offset()+page.Size {
				group.Items = append(group.Items, v.laidOut(e))
			}
		}
		if before += len(g.entries); len(group.Items) > 0 {
			shown.Groups = append(shown.Groups, group)
		}
	}
	shown.FurtherEndpoints = max(0, len(groups)-endpointsListed)
	shown.Filtered = len(kept) != len(all)
	if total > page.Size || shown.Filtered || page.Number > 1 {
		shown.Paging = pagingOf(c, page, total)
	}
}

// pageWith is the page on which an interaction is that must be seen.
func pageWith(page edge.Page, groups []*endpointGroup, interaction int) edge.Page {
	at := 0
	for _, g := range groups {
		for _, e := range g.entries {
			if e.place+1 == interaction {
				page.Number = at/page.Size + 1
			}
			at++
		}
	}
	return page
}

// kindOf is what the interactions with a verb are called.
func kindOf(verb string) string {
	switch verb {
	case messageVerb:
		return "message"
	case synchronousVerb:
		return "synchronous message"
	}
	return "interaction"
}

// kindChoice is a choice of which interactions are shown.
type kindChoice struct {
	Text    string
	Count   int
	Address string
	Chosen  bool
}

// addressWith is the address of the page with another value in its query, from the first
// page on.
func addressWith(c *gin.Context, key, value string) string {
	query := slices.DeleteFunc(questionPart(c), func(p edge.Pair) bool { return p.Key == key })
	if value != "" {
		query = append(query, edge.Pair{Key: key, Value: value, HasValue: true})
	}
	return "?" + written(query)
}

// keptWithout is what of the query a form hands on that sets the keys.
func keptWithout(c *gin.Context, keys ...string) []edge.Pair {
	return slices.DeleteFunc(questionPart(c), func(p edge.Pair) bool { return slices.Contains(keys, p.Key) || !p.HasValue })
}

// laidOut is an interaction as the page shows it.
func (v contractView) laidOut(e *indexed) interaction {
	i := v.interaction(e.place, e.raw)
	i.By = v.shownResult
	if e.change.Word != "" {
		i.Pills, i.Open = append(i.Pills, e.change), i.Open || v.opensChanged
	}
	return i
}

// markOf is the worst of the marks of interactions.
func (v contractView) markOf(entries []*indexed) word {
	if slices.ContainsFunc(entries, func(e *indexed) bool { return e.failed }) {
		return v.failures.word(true)
	}
	return v.failures.word(false)
}
