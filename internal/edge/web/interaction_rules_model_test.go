package web

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/accord-broker/accord/internal/testing/testrandom"
)

// bodyNode is a value of a body: an object, a list, or as it is written.
type bodyNode struct {
	names  []string // of the members of an object
	within []*bodyNode
	text   string
}

func (n *bodyNode) isObject() bool { return n.text == "{" }

// bodyNames are names that a path can write in one way or another.
var bodyNames = []string{"a", "b", "id", "x-y", "b c", "é", "7", "a.b", "$", "@type", "a]b", "*"}

// anyBody is a value of so many levels at most.
func anyBody(random *rand.Rand, depth int) *bodyNode {
	if depth == 0 || random.IntN(4) == 0 {
		return &bodyNode{text: []string{"1", `"x"`, "true", "null", "2.5", "{}", "[]"}[random.IntN(7)]}
	}
	n := &bodyNode{text: "["}
	if random.IntN(2) == 0 {
		n.text = "{"
	}
	for _, i := range random.Perm(len(bodyNames))[:1+random.IntN(3)] {
		if n.isObject() {
			n.names = append(n.names, bodyNames[i])
		}
		n.within = append(n.within, anyBody(random, depth-1))
	}
	return n
}

// steps are those to the values within.
func (n *bodyNode) step(i int) string {
	if n.isObject() {
		return n.names[i]
	}
	return strconv.Itoa(i)
}

// json is the value as a pact has it.
func (n *bodyNode) json() string {
	if n.text != "{" && n.text != "[" {
		return n.text
	}
	parts := make([]string, len(n.within))
	for i, within := range n.within {
		parts[i] = within.json()
		if n.isObject() {
			parts[i] = jsonText(n.names[i]) + ":" + parts[i]
		}
	}
	return n.text + strings.Join(parts, ",") + map[string]string{"{": "}", "[": "]"}[n.text]
}

// paths are those of all values, and each whether the value is written in one line.
func (n *bodyNode) paths(at []string) (all [][]string, single []bool) {
	all, single = [][]string{at}, []bool{len(n.within) == 0}
	for i, within := range n.within {
		below, one := within.paths(append(slices.Clone(at), n.step(i)))
		all, single = append(all, below...), append(single, one...)
	}
	return all, single
}

// saidRule is a rule of the model: where it stands, and what the page says of it.
type saidRule struct {
	path []string // "*" stands for any step where star is set
	star []bool
	json string
	text string
	kind bool // about the kind of the value
}

// saidMatchers are matchers with what the page says of them.
var saidMatchers = []saidRule{
	{json: `{"match":"type"}`, text: "any value of this kind", kind: true}, {json: `{"match":"type","min":2}`, text: "at least 2, each like this", kind: true},
	{json: `{"match":"regex","regex":"\\d+"}`, text: `matches \d+`}, {json: `{"match":"integer"}`, text: "any whole number"}, {json: `{"match":"equality"}`, text: "exactly this"},
	{json: `{"match":"null"}`, text: "nothing"}, {json: `{"match":"include","value":"x"}`, text: "contains x"}, {json: `{"match":"values"}`, text: "any keys, each value like this"},
	{json: `{"match":"date","format":"yyyy"}`, text: "a date like yyyy"}, {json: `{"match":"boolean"}`, text: "true or false"}, {json: `{"match":"semver"}`, text: "a version number"},
}

// anyRules are rules for some of the paths, with some of their steps left open.
func anyRules(random *rand.Rand, paths [][]string) (rules []saidRule) {
	for range random.IntN(8) {
		rule := saidMatchers[random.IntN(len(saidMatchers))]
		rule.path = paths[random.IntN(len(paths))]
		rule.star = make([]bool, len(rule.path))
		for i := range rule.star {
			rule.star[i] = random.IntN(3) == 0 || rule.path[i] == "*" // there is no way to write a star that is a name
		}
		if !slices.ContainsFunc(rules, func(other saidRule) bool { return other.written(0) == rule.written(0) }) {
			rules = append(rules, rule)
		}
	}
	return rules
}

// written is the path of a rule as one library or another writes it.
func (r saidRule) written(as int) string {
	path := "$"
	for i, step := range r.path {
		_, notNumber := strconv.Atoi(step)
		switch plain := strings.Trim(step, "abcdefghijklmnopqrstuvwxyz-") == ""; {
		case r.star[i] && as == 0:
			path += "[*]"
		case r.star[i]:
			path += ".*"
		case notNumber == nil && as == 0:
			path += "[" + step + "]"
		case plain && as == 0:
			path += "." + step
		case as == 2:
			path += `["` + step + `"]`
		default:
			path += "['" + step + "']"
		}
	}
	return path
}

// leads reports whether a rule is about what is at the path or, for a longer path, above
// it, and how many steps it leaves open.
func (r saidRule) leads(path []string) (open int, leads bool) {
	if len(r.path) > len(path) {
		return 0, false
	}
	for i, step := range r.path {
		switch {
		case r.star[i]:
			open++
		case step != path[i]:
			return 0, false
		}
	}
	return open, true
}

// wordsFor are what may stand beside the value at a path: what the rule says that is the most
// exact, of equally exact ones any, or else what the nearest above passes on.
func wordsFor(rules []saidRule, path []string, single bool) (texts []string) {
	for length := len(path); length >= 0; length-- {
		fewest := len(path) + 1
		for _, r := range rules {
			open, leads := r.leads(path)
			if !leads || len(r.path) != length || open > fewest {
				continue
			}
			if open < fewest {
				fewest, texts = open, nil
			}
			switch {
			case length == len(path):
				texts = append(texts, r.text)
			case r.kind:
				texts = append(texts, "any value of this kind")
			default:
				texts = append(texts, "")
			}
		}
		if len(texts) > 0 {
			return texts
		}
		if !single {
			break // what has lines of its own within hands the rule on to them
		}
	}
	return []string{""}
}

// Whatever a body has and wherever rules are written, in the second to the fourth version
// of the format and in each way to write a path, beside each value stands what holds for
// it: the most exact rule, or what the nearest above passes on.
func TestRules_holdForThoseValuesToWhichTheyLead(t *testing.T) {
	testrandom.Each(t, func(t *testing.T, random *rand.Rand) {
		for range 150 {
			body := anyBody(random, 4)
			paths, single := body.paths(nil)
			rules := anyRules(random, paths)
			for form, content := range map[string]string{"V2": inV2(random, body, rules), "V3": inV3(random, body, rules), "V4": inV4(random, body, rules)} {
				shown := shownOf(t, content)
				blocks := shown.Parts[len(shown.Parts)-1].Blocks
				var lines []bodyLine
				if len(blocks) > 0 {
					lines = blocks[0].Lines
				}
				if body.text == "null" {
					require.Empty(t, lines, "there is no body")
					continue
				}
				require.Empty(t, shown.Parts[len(shown.Parts)-1].Further, "all rules lead to something: %s", content)
				lines = slices.DeleteFunc(lines, func(l bodyLine) bool { return l.Key == "" && strings.Trim(l.Text, "}],") == "" && l.Rule == "" })
				require.Len(t, lines, len(paths), content)
				for i, path := range paths {
					require.Contains(t, saidOf(wordsFor(rules, path, single[i]), lines[i].Text), lines[i].Rule, "%s, at %q of\n%s", form, path, content)
				}
			}
		}
	})
}

// saidOf are the words for a value: which kind is meant, where that is seen.
func saidOf(words []string, value string) []string {
	kinds := map[string]string{"1": "any number", "2.5": "any number", "true": "true or false", `"x"`: "any text", "x": "any text"}
	said := slices.Clone(words)
	for i, text := range said {
		if kind, seen := kinds[strings.TrimSuffix(value, ",")]; seen && text == "any value of this kind" {
			said[i] = kind
		}
	}
	return said
}

func inV2(random *rand.Rand, body *bodyNode, rules []saidRule) string {
	written := make([]string, len(rules))
	for i, r := range rules {
		written[i] = jsonText("$.body"+r.written(2 * random.IntN(2))[1:]) + ":" + r.json
	}
	return fmt.Sprintf(`{"description":"d","request":{"method":"GET","path":"/"},"response":{"status":200,"body":%s,"matchingRules":{%s}}}`, body.json(), strings.Join(written, ","))
}

// listedRules are rules as the later versions of the format have them.
func listedRules(random *rand.Rand, rules []saidRule) string {
	written := make([]string, len(rules))
	for i, r := range rules {
		written[i] = jsonText(r.written(random.IntN(3))) + `:{"combine":"AND","matchers":[` + r.json + `]}`
	}
	return `{"body":{` + strings.Join(written, ",") + `}}`
}

func inV3(random *rand.Rand, body *bodyNode, rules []saidRule) string {
	return fmt.Sprintf(`{"description":"d","contents":%s,"matchingRules":%s}`, body.json(), listedRules(random, rules))
}

func inV4(random *rand.Rand, body *bodyNode, rules []saidRule) string {
	return fmt.Sprintf(`{"type":"Synchronous/HTTP","description":"d","request":{"method":"GET","path":"/"},"response":{"status":200,"body":{"content":%s,"contentType":"application/json","encoded":false},"matchingRules":%s}}`, body.json(), listedRules(random, rules))
}

// What a plugin has added to a contract, and what is no JSON, is shown as it is, and rules
// that stand beside none of its lines are listed: without them the page would say that
// exactly this is asked for.
func TestRules_thatStandBesideNothingAreListed(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		lines   []string
	}{
		"protobuf": {`{"type":"Synchronous/Messages","description":"Calculator/add","pluginConfiguration":{"protobuf":{"service":"Calculator/add","descriptorKey":"0a"}},"interactionMarkup":{"markup":"message","markupType":"COMMON_MARK"},
			"request":{"contents":{"content":"CgUNAABAQA==","contentType":"application/protobuf;message=Shape","contentTypeHint":"BINARY","encoded":"base64"},"matchingRules":{"body":{"$.side":{"matchers":[{"match":"number"}]}}}},
			"response":[{"contents":{"content":"DQAAEEE=","contentType":"application/protobuf;message=Area","encoded":"base64"},"metadata":{"contentType":"application/protobuf;message=Area"}}]}`,
			[]string{"[application/protobuf;message=Shape · 7 bytes]", "0000: 0a 05 0d 00 00 40 40     .....@@", "further: $.side <any number>", "contentType: application/protobuf;message=Area", "[application/protobuf;message=Area · 5 bytes]", "0000: 0d 00 00 10 41           ....A"}},
		"csv": {`{"type":"Synchronous/HTTP","description":"report","request":{"method":"GET","path":"/reports/report.csv"},"response":{"status":200,"body":{"content":"Name,100,2000-01-01\n","contentType":"text/csv;charset=UTF-8","encoded":false},
			"matchingRules":{"body":{"column:Number":{"matchers":[{"match":"number"}]},"column:Name":{"combine":"AND","matchers":[{"match":"type"}]}}},"generators":{"body":{"column:Date":{"type":"Date"}}}}}`,
			[]string{"GET /reports/report.csv", "200", "[text/csv;charset=UTF-8]", "Name,100,2000-01-01", "further: column:Number <any number>", "further: column:Name <any value of this kind>", "further: column:Date <made anew: a date>"}},
		"XML": {`{"description":"d","request":{"method":"POST","path":"/","headers":{"Content-Type":"application/xml"},"body":"<a b=\"1\"/>","matchingRules":{"body":{"$.a['@b']":{"matchers":[{"match":"integer"}]}}}},"response":{"status":204}}`,
			[]string{"POST /", "Content-Type: application/xml", `<a b="1"/>`, "further: $.a['@b'] <any whole number>", "204"}},
		"a body in a wrapper of older versions": {`{"description":"d","request":{"method":"POST","path":"/","body":{"content":{"n":1},"contentType":"application/json"}},"response":{"status":204}}`,
			[]string{"POST /", "{", `."content": {`, `.."n": 1`, ".},", `."contentType": "application/json"`, "}", "204"}},
		"a kind that nobody knows yet": {`{"type":"Asynchronous/Streams","description":"d","contents":{"content":[1],"contentType":"application/json","encoded":false}}`,
			[]string{"[", ".1", "]"}},
	} {
		var lines []string
		for _, part := range shownOf(t, c.content).Parts {
			lines = append(lines, lined(part)...)
		}
		require.Equal(t, c.lines, lines, name)
		require.True(t, json.Valid([]byte(c.content)), name)
	}
}
